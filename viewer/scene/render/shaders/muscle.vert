layout(location = 0) in vec3 ring;    // cosine and sine of the angle, place along the segment
layout(location = 1) in vec3 before;  // the path's points: one before, the segment's two, one after
layout(location = 2) in vec3 start;
layout(location = 3) in vec3 end;
layout(location = 4) in vec3 after;
layout(location = 5) in vec3 across;  // the same for all segments of a muscle: where angle 0 lies
layout(location = 6) in vec4 span;    // place of start and end along the path in [0, 1], belly radius, tendon share
layout(location = 7) in vec4 colour;  // rgb, linear, w: glow

uniform float inflate;                // metres, for outlines

#if defined(VERTEX_LIGHT) || defined(OUTLINE)
out vec3 displayed;
#else
out vec3 position;
out vec3 normal;
flat out vec4 tint;
out float belly;
#endif

const float kTendonRadius = 0.0028;

// How much of a belly there is at place s of the path: 0 on the tendons, 1 in the middle.
float bump(float s, float tendon) {
    float u = clamp((s - tendon) / (1.0 - 2.0 * tendon), 0.0, 1.0);
    float b = 4.0 * u * (1.0 - u);
    return b * (1.45 - 0.45 * b);
}

float radius_at(float s) {
    float thin = min(kTendonRadius, 0.6 * span.z);
    float pinch = smoothstep(-0.02, 0.03, min(s, 1.0 - s));
    return pinch * mix(thin, span.z, bump(s, span.w));
}

void main() {
    // A Hermite curve through the path's points that turns gently at each of them.
    vec3 chord = end - start;
    float size = max(length(chord), 1e-6);
    vec3 along = chord / size;
    vec3 come = start - before, go = after - end;
    vec3 t0 = normalize(along + come * inversesqrt(max(dot(come, come), 1e-12)));
    vec3 t1 = normalize(along + go * inversesqrt(max(dot(go, go), 1e-12)));
    float u = ring.z, v = 1.0 - u;
    vec3 centre = v * v * (1.0 + 2.0 * u) * start + u * u * (3.0 - 2.0 * u) * end
        + size * (u * v * v * t0 - u * u * v * t1);
    vec3 tangent = normalize(6.0 * u * v * chord / size + v * (1.0 - 3.0 * u) * t0 + u * (3.0 * u - 2.0) * t1);

    float s = mix(span.x, span.y, u);
    float radius = radius_at(s);
    float slope = (radius_at(s + 0.01) - radius_at(s - 0.01)) * (span.y - span.x) / (0.02 * size);
    vec3 side = normalize(across - dot(across, tangent) * tangent);
    vec3 out_ = ring.x * side + ring.y * cross(side, tangent);
    vec3 world = centre + (radius + inflate) * out_;
#if defined(SHADOW)
    gl_Position = shadow_projection * vec4(world, 1.0);
#else
    gl_Position = view_projection * vec4(world, 1.0);
    vec3 n = normalize(out_ - slope * tangent);
#if defined(OUTLINE)
    displayed = colour.rgb;
#elif defined(VERTEX_LIGHT)
    displayed = shade_muscle(colour, bump(s, span.w), n, world);
#else
    position = world;
    normal = n;
    tint = colour;
    belly = bump(s, span.w);
#endif
#endif
}
