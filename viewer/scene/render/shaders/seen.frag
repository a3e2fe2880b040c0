// What the vertices have computed.
in vec3 seen;
out vec4 pixel;

void main() {
    pixel = vec4(seen, 1.0);
}
