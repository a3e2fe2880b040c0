"""The desktop viewer and the command line of Muscle Viewer.

Data flows in one direction: a checkpoint becomes a `Session` (core and policy), the `Runtime` steps it (commands in,
frames out), and the `App` draws the latest frame and passes the panels a read-only context. Modules are imported only
when they are needed: the command line answers `--help` without torch, OpenGL or Dear ImGui.
"""
