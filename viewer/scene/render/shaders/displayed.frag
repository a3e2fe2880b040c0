// Writes the colour that the vertex shader has computed.
in vec3 displayed;
out vec4 pixel;

void main() {
    pixel = vec4(displayed, 1.0);
}
