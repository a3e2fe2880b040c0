in vec2 place;
in vec2 from_centre;
in vec3 bright;
in vec3 dark;
out vec4 pixel;

// Lines of half width `width` at whole numbers of p, fainter where they are thinner than a pixel.
float lines(vec2 p, vec2 step, float width) {
    vec2 far = abs(fract(p - 0.5) - 0.5);
    vec2 line = clamp((width - far) / step + 0.5, 0.0, 1.0);
    vec2 kept = line * clamp(2.0 * width / step + 0.35, 0.0, 1.0) * clamp(1.5 - 3.0 * step, 0.0, 1.0);
    return max(kept.x, kept.y);
}

void main() {
    float away2 = dot(from_centre, from_centre);
#ifdef SHADOWED
    vec3 colour = mix(dark, bright, lit(vec3(place.x, 0.0, place.y), vec3(0.0, 1.0, 0.0)));
#else
    vec3 colour = bright;
#endif
    vec2 step = fwidth(place);
    float dim = 0.17 * clamp(1.0 - away2 / 400.0, 0.0, 1.0) * lines(place, step, 0.006);
    dim = max(dim, 0.055 * clamp(1.15 - away2 / 16.0, 0.0, 1.0) * lines(place * 5.0, step * 5.0, 0.012));
    pixel = vec4(colour * (1.0 - ground.w * dim), 1.0);
}
