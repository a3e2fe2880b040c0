in vec3 position;
in vec3 normal;
flat in vec4 tint;
out vec4 pixel;

void main() {
    pixel = vec4(shade(tint.rgb, normalize(normal), position, tint.a, vec3(0.0)), 1.0);
}
