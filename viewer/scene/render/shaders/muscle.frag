in vec3 position;
in vec3 normal;
flat in vec4 tint;
in float belly;
out vec4 pixel;

void main() {
    pixel = vec4(shade_muscle(tint, belly, normalize(normal), position), 1.0);
}
