"""Sky and ground."""

from __future__ import annotations

from muscle_viewer.viewer.scene.render import mesh
from muscle_viewer.viewer.scene.render.buffers import InstancedMesh
from muscle_viewer.viewer.scene.render.canvas import Rectangle
from muscle_viewer.viewer.scene.render.program import Program
from OpenGL import GL

REACH = 28.0
"""Radius of the ground, m, which is beyond the distance at which it fades into the horizon."""


class Surroundings:
    """The sky and the ground.

    It covers every pixel, so most of it is computed at few vertices, and shadows are looked up only where they can
    fall.
    """

    def __init__(self, defines: tuple[str, ...]) -> None:
        sky = InstancedMesh(mesh.screen(12))
        ground = InstancedMesh(mesh.disc(12, 16, REACH))
        patch = InstancedMesh(mesh.tiles(6))
        self._sky = (Program("sky.vert", "displayed.frag", defines), sky)
        self._ground = (Program("ground.vert", "ground.frag", defines), ground)
        self._patch = (Program("ground.vert", "ground.frag", (*defines, "SHADOWED")), patch)
        self._all = (self._sky, self._ground, self._patch)
        self.programs = tuple(program for program, _ in self._all)

    def draw(self, parts: list[Rectangle], shadows: bool) -> None:
        """Draw into parts of the current framebuffer, behind everything that comes later."""
        GL.glDisable(GL.GL_DEPTH_TEST)
        GL.glDisable(GL.GL_CULL_FACE)
        GL.glEnable(GL.GL_SCISSOR_TEST)
        for program, surface in self._all if shadows else self._all[:2]:
            program.use()
            for part in parts:
                GL.glScissor(*part)
                surface.draw()

    def delete(self) -> None:
        """Free programs and meshes."""
        for program, surface in self._all:
            program.delete()
            surface.delete()
