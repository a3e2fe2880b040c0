layout(location = 0) in vec3 corner;  // on the screen

out vec3 displayed;

void main() {
    vec4 far = inverse_view_projection * vec4(corner.xy, 1.0, 1.0);
    vec3 direction = normalize(far.xyz / far.w - eye.xyz);
    float up = max(0.0, direction.y);
    displayed = mix(horizon.rgb, zenith.rgb, 1.0 - exp(-4.0 * up));
    gl_Position = vec4(corner.xy, 1.0, 1.0);
}
