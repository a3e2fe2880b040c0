layout(location = 0) in vec3 corner;
layout(location = 1) in vec3 corner_normal;
layout(location = 2) in float end;       // how much of the half length is added to y
layout(location = 3) in vec4 size;       // xyz: scale, w: half length
layout(location = 4) in vec4 colour;     // rgb, linear, w: gloss
layout(location = 5) in vec4 row_x;      // rows of the transform to the world
layout(location = 6) in vec4 row_y;
layout(location = 7) in vec4 row_z;

#ifdef VERTEX_LIGHT
out vec3 displayed;
#else
out vec3 position;
out vec3 normal;
flat out vec4 tint;
#endif

void main() {
    vec4 local = vec4(corner * size.xyz + vec3(0.0, end * size.w, 0.0), 1.0);
    vec3 world = vec3(dot(row_x, local), dot(row_y, local), dot(row_z, local));
#ifdef SHADOW
    gl_Position = shadow_projection * vec4(world, 1.0);
#else
    gl_Position = view_projection * vec4(world, 1.0);
    vec3 n = corner_normal / size.xyz;
    n = normalize(vec3(dot(row_x.xyz, n), dot(row_y.xyz, n), dot(row_z.xyz, n)));
#ifdef VERTEX_LIGHT
    displayed = shade(colour.rgb, n, world, colour.a, vec3(0.0));
#else
    position = world;
    normal = n;
    tint = colour;
#endif
#endif
}
