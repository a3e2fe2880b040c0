"""MuJoCo's models, from the plain arrays of a compiled MjModel; the mujoco package itself is not needed."""
