"""Models of MuJoCo, from the plain arrays of a compiled MjModel."""
