// The ground about the camera's centre; with SHADOWED the rectangle in which shadows fall.
layout(location = 0) in vec3 corner;  // on the plane, metres; of the rectangle in [0, 1]

out vec2 place;
out vec2 from_centre;
out vec3 bright;  // the ground's colour in the light and in the shadow, faded into the distance
out vec3 dark;

void main() {
#ifdef SHADOWED
    vec3 position = vec3(mix(patch_.xy, patch_.zw, corner.xz), 0.0).xzy;
#else
    vec3 position = corner + centre.xyz;
#endif
    place = position.xz;
    from_centre = position.xz - centre.xz;
    float away = length(from_centre);
    float near = smoothstep(26.0, 3.0, away);
    bright = mix(horizon.rgb, ground.rgb, near);
    dark = mix(horizon.rgb, ground_shadow.rgb, near);
    gl_Position = view_projection * vec4(position, 1.0);
}
