layout(std140) uniform Scene {
    mat4 view_projection;
    mat4 shadow_projection;  // world to the clip space of the shadow map
    mat4 inverse_view_projection;
    vec4 eye;                // xyz
    vec4 light;              // xyz: unit direction to the light, w: 1 where shadows are drawn
    vec4 light_colour;       // rgb, linear
    vec4 sky_light;          // rgb, linear: what comes from above
    vec4 ground_light;       // rgb, linear: what comes from below
    vec4 zenith;             // rgb, as displayed
    vec4 horizon;            // rgb, as displayed
    vec4 ground;             // rgb, as displayed, in the light; w: 1 where the grid is drawn
    vec4 ground_shadow;      // rgb, as displayed, in the shadow
    vec4 centre;             // xyz: the point on the ground below what the camera looks at
    vec4 patch_;             // where shadows fall on the ground: least x and z, greatest x and z
};
