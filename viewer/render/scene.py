"""The picture of one frame: shadow map, sky, ground, bones, muscles, outlines."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.colormap import ACTIVATION
from muscle_viewer.viewer.render.bones import Bones
from muscle_viewer.viewer.render.canvas import Canvas, Rectangle, around, bounds
from muscle_viewer.viewer.render.muscles import Muscles
from muscle_viewer.viewer.render.program import Program
from muscle_viewer.viewer.render.scene_block import SceneBlock
from muscle_viewer.viewer.render.shadow import TEXTURE_UNIT, ShadowMap, fallen, light_matrix
from muscle_viewer.viewer.render.surroundings import Surroundings
from muscle_viewer.viewer.render.theme import Theme, daylight
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.muscle_geometry import MuscleGeometry
    from muscle_viewer.viewer.render.quality import Quality
    from muscle_viewer.viewer.view_state import ViewState

Highlights = dict[int, tuple[float, float, float]]
"""Muscles to outline and their colours, as displayed."""

OUTLINE_PIXELS = 2.2
MARGIN = 0.16
"""Metres that the character's shapes may reach beyond its path points and body origins."""


class Scene:
    """Draws frames of one character. Needs a current OpenGL 3.3 core context from construction on."""

    def __init__(
        self,
        info: ModelInfo,
        geometry: MuscleGeometry,
        quality: Quality,
        theme: Theme | None = None,
    ) -> None:
        self._theme = theme or daylight()
        self._block = SceneBlock()
        self._canvas = Canvas(quality.samples)
        self._smooth_motion = quality.smooth_motion
        self._shadow = ShadowMap(quality.shadow_size)
        self._bones = Bones(info, self._theme.bone, quality)
        self._muscles = Muscles(geometry, quality)
        size, spread = (
            f"SHADOW_SIZE {quality.shadow_size}",
            f"SHADOW_SPREAD {quality.shadow_spread}",
        )
        taps = (size, spread, f"SHADOW_SIDE {quality.shadow_side}")
        self._surroundings = Surroundings(taps)
        light = taps if quality.lit_per_pixel else (size, spread, "SHADOW_SIDE 1", "VERTEX_LIGHT")
        bone, muscle = ("bone.frag", "muscle.frag") if quality.lit_per_pixel else ("seen.frag",) * 2
        self._programs = {
            "bones": Program("bone.vert", bone, light),
            "muscles": Program("muscle.vert", muscle, light),
            "outlines": Program("muscle.vert", "seen.frag", (*taps, "OUTLINE")),
            "bone shadows": Program("bone.vert", "depth.frag", (*taps, "SHADOW")),
            "muscle shadows": Program("muscle.vert", "depth.frag", (*taps, "SHADOW")),
        }
        for program in (*self._programs.values(), *self._surroundings.programs):
            program.use()
            GL.glUniform1i(program.uniform("shadow_map"), TEXTURE_UNIT)

    def draw(
        self,
        frame: Frame,
        view: ViewState,
        highlights: Highlights,
        framebuffer: int,
        viewport: Rectangle,
        still: bool = True,
    ) -> None:
        """Draw a frame into a region of a framebuffer; `still` where it is the same picture as before."""
        *_, width, height = viewport
        if width <= 0 or height <= 0:
            return
        projection = view.camera.projection(width / height) @ view.camera.view()
        points = np.concatenate([frame.path_points, frame.body_positions])
        self._upload(frame, view, projection, points)
        self._fill(frame, view, highlights)
        GL.glDisable(GL.GL_BLEND)
        GL.glDepthFunc(GL.GL_LEQUAL)
        if view.shows("shadows"):
            self._draw_shadows(view)
        if not (still or self._smooth_motion):
            self._draw_plainly(framebuffer, viewport, view, highlights)
        else:
            part = bounds(points, projection, (width, height), MARGIN)
            self._draw_finely(framebuffer, viewport, part, view, highlights)
        GL.glDisable(GL.GL_SCISSOR_TEST)

    def _draw_plainly(
        self, framebuffer: int, viewport: Rectangle, view: ViewState, highlights: Highlights
    ) -> None:
        """One sample a pixel, straight into the framebuffer."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        GL.glViewport(*viewport)
        self._surroundings.draw([viewport], view.shows("shadows"))
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
        self._draw_character(view, highlights, viewport[2:])

    def _draw_finely(
        self,
        framebuffer: int,
        viewport: Rectangle,
        part: Rectangle,
        view: ViewState,
        highlights: Highlights,
    ) -> None:
        """Several samples a pixel in the part of the view where the character is."""
        x, y, *size = viewport
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        GL.glViewport(*viewport)
        rest = [(x + a, y + b, w, h) for a, b, w, h in around(part, (size[0], size[1]))]
        self._surroundings.draw(rest, view.shows("shadows"))
        if part[2] > 0 and part[3] > 0:
            self._canvas.begin((size[0], size[1]), part)
            self._surroundings.draw([(0, 0, part[2], part[3])], view.shows("shadows"))
            self._draw_character(view, highlights, (size[0], size[1]))
            self._canvas.resolve(framebuffer, (x, y), part)

    def _upload(
        self, frame: Frame, view: ViewState, projection: np.ndarray, points: np.ndarray
    ) -> None:
        theme, values, camera = self._theme, self._block.values, view.camera
        body = np.asarray(frame.center_of_mass, float)
        middle = np.array([body[0], 0.82, body[2]])
        values["view_projection"] = projection.T
        values["inverse_view_projection"] = np.linalg.inv(projection).T
        values["shadow_projection"] = light_matrix(theme.light, middle, self._shadow.size).T
        values["eye"][:3] = camera.eye
        values["light"] = [*theme.light, float(view.shows("shadows"))]
        values["light_colour"][:3] = theme.light_colour
        values["sky_light"][:3] = theme.sky_light
        values["ground_light"][:3] = theme.ground_light
        values["zenith"][:3] = theme.zenith
        values["horizon"][:3] = theme.horizon
        values["ground"] = [*theme.ground, float(view.shows("grid"))]
        values["ground_shadow"][:3] = theme.ground_shadow
        values["centre"][:3] = [camera.target[0], 0.0, camera.target[2]]
        values["patch"] = fallen(points, theme.light, MARGIN)
        self._block.upload()

    def _fill(self, frame: Frame, view: ViewState, highlights: Highlights) -> None:
        if view.shows("bones"):
            self._bones.update(frame)
        if view.shows("muscles"):
            values = frame.activations
            colours = ACTIVATION.linear[ACTIVATION.index(values)]
            self._muscles.update(frame, colours, np.clip(values, 0.0, 1.0), highlights)

    def _draw_shadows(self, view: ViewState) -> None:
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glEnable(GL.GL_CULL_FACE)
        self._shadow.begin()
        if view.shows("bones"):
            self._programs["bone shadows"].use()
            self._bones.draw_coarse()
        if view.shows("muscles"):
            self._programs["muscle shadows"].use()
            self._muscles.draw_coarse()
        self._shadow.end()

    def _draw_character(
        self, view: ViewState, highlights: Highlights, size: tuple[int, int]
    ) -> None:
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glEnable(GL.GL_CULL_FACE)
        if view.shows("muscles"):
            self._programs["muscles"].use()
            self._muscles.draw()
        if view.shows("bones"):
            self._programs["bones"].use()
            self._bones.draw()
        if view.shows("muscles") and highlights:
            pixel = view.camera.pixel_size(size[1], size[0] / size[1]) * view.camera.distance
            program = self._programs["outlines"]
            program.use()
            GL.glUniform1f(program.uniform("inflate"), OUTLINE_PIXELS * pixel)
            GL.glCullFace(GL.GL_FRONT)
            self._muscles.draw_outlined()
            GL.glCullFace(GL.GL_BACK)

    def delete(self) -> None:
        """Free everything on the GPU."""
        self._block.delete()
        self._canvas.delete()
        self._shadow.delete()
        self._bones.delete()
        self._muscles.delete()
        self._surroundings.delete()
        for program in self._programs.values():
            program.delete()
