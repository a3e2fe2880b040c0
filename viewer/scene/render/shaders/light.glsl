uniform sampler2DShadow shadow_map;

// ACES-like filmic curve (Narkowicz 2015), then a square root: near sRGB, and cheap.
vec3 display(vec3 linear) {
    vec3 c = linear * (2.51 * linear + 0.03) / (linear * (2.43 * linear + 0.59) + 0.14);
    return sqrt(clamp(c, 0.0, 1.0));
}

// Where the light is compared, texels from a point: in a square, or at four places, each in a row and a column of its own,
// which soften an edge along these as a square of 4 x 4 would.
#ifdef SHADOW_ROTATED
const int kPlaces = 4;
vec2 compared(int k) {
    return 0.95 * vec2(float(k) - 1.5, float((2 * k + 1) % 5) - 1.5);
}
#else
const int kPlaces = SHADOW_SIDE * SHADOW_SIDE;
vec2 compared(int k) {
    return SHADOW_SPREAD * (vec2(k % SHADOW_SIDE, k / SHADOW_SIDE) - 0.5 * float(SHADOW_SIDE - 1));
}
#endif

// The share of the light that arrives, by bilinear comparisons about the point.
float lit(vec3 position, vec3 normal) {
    vec3 p = (shadow_projection * vec4(position + 0.01 * normal, 1.0)).xyz * 0.5 + 0.5;
    if (any(lessThan(p, vec3(0.0))) || any(greaterThan(p, vec3(1.0)))) return 1.0;  // beyond the map
    float sum = 0.0;
    for (int k = 0; k < kPlaces; ++k)
        sum += texture(shadow_map, vec3(p.xy + compared(k) / float(SHADOW_SIZE), p.z));
    return max(sum / float(kPlaces), 1.0 - light.w);
}

// A surface in sun and sky, as displayed: wrapped diffuse, light from above and below, a soft highlight, a bright rim,
// and light of its own.
vec3 shade(vec3 albedo, vec3 normal, vec3 position, float gloss, vec3 glow) {
    vec3 to_eye = normalize(eye.xyz - position);
    float facing = dot(normal, light.xyz);
    float sun = lit(position, normal);
    float diffuse = max(0.0, (facing + 0.15) / 1.15) * sun;
    float up = 0.5 + 0.5 * normal.y;
    vec3 ambient = mix(ground_light.rgb, sky_light.rgb, up);
    float edge = 1.0 - max(0.0, dot(normal, to_eye));
    float d = max(0.0, dot(normal, normalize(light.xyz + to_eye)));
    float d4 = d * d * d * d, d16 = d4 * d4 * d4 * d4;
    return display(albedo * (light_colour.rgb * diffuse + ambient) + glow
        + gloss * sun * d16 * d16 * light_colour.rgb + 0.25 * edge * edge * edge * up * sky_light.rgb);
}

// A muscle as displayed: pale where it is tendon, of its tint and glowing (w) where there is a belly.
vec3 shade_muscle(vec4 tint, float belly, vec3 normal, vec3 position) {
    float red = smoothstep(0.04, 0.35, belly);
    vec3 albedo = mix(vec3(0.62, 0.56, 0.46), tint.rgb, red);
    return shade(albedo, normal, position, 0.14, tint.a * red * tint.rgb);
}
