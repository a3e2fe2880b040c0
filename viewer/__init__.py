"""The desktop viewer and the command line of Muscle Viewer.

The data goes one way: a checkpoint becomes a `Session` (core and policy), the `Runtime` steps it (commands in, frames
out), the `App` draws the latest frame and hands the panels a read-only context. Nothing here is imported before it is
needed: the command line answers `--help` without torch, OpenGL or Dear ImGui.
"""
