"""The renderer of one frame: shadow map, sky, ground, bones, muscles, outlines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.scene.render.bones import Bones
from muscle_viewer.viewer.scene.render.canvas import Canvas, Rectangle, around, bounds
from muscle_viewer.viewer.scene.render.kept import KeptPicture
from muscle_viewer.viewer.scene.render.markers import Markers
from muscle_viewer.viewer.scene.render.muscles import Muscles
from muscle_viewer.viewer.scene.render.program import Program
from muscle_viewer.viewer.scene.render.scene_block import SceneBlock
from muscle_viewer.viewer.scene.render.shadow import TEXTURE_UNIT, ShadowMap, fallen, light_matrix
from muscle_viewer.viewer.scene.render.surroundings import Surroundings
from muscle_viewer.viewer.scene.render.theme import daylight, studio
from muscle_viewer.viewer.scene.skin import KINDS, skin
from muscle_viewer.viewer.scene.tessellation import pixels_per_metre
from OpenGL import GL

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo, Shape
    from muscle_viewer.viewer.scene.muscle_geometry import MuscleGeometry
    from muscle_viewer.viewer.scene.render.quality import Quality
    from muscle_viewer.viewer.scene.view_state import ViewState

Highlights = dict[int, tuple[float, float, float]]
"""Muscles to outline and their colours, as displayed."""

SKIN, SKIN_OPACITY = np.array([0.72, 0.42, 0.26]), 0.42
"""Colour, linear light, and opacity of the bodies' bounding boxes and capsules."""

HIDDEN_OPACITY = 0.35
"""Opacity of markers behind a body, so that a force inside the leg is visible."""

OUTLINE_PIXELS = 2.2
MARGIN = 0.16
"""Largest distance of what is drawn of a character from its path points, body origins and shapes, m."""


@dataclass(frozen=True)
class Ghost:
    """A translucent skeleton: rotations (bodies, 3, 3), positions (bodies, 3), colour and opacity."""

    rotations: np.ndarray
    positions: np.ndarray
    colour: tuple[float, float, float]
    """Linear light."""
    opacity: float = 0.38
    shapes: list[Shape] | None = None
    """Shapes of another character; None for those of the drawn one."""


@dataclass(frozen=True)
class Picture:
    """Everything that a picture shows of a character."""

    frame: Frame
    colours: np.ndarray
    """Colours of the muscles, linear light, shape (muscles, 3)."""
    glow: np.ndarray
    """Emitted light of the muscles, in [0, 1], shape (muscles,)."""
    highlights: Highlights = field(default_factory=dict)
    faint: np.ndarray | None = None
    """Which muscles are drawn with `faintness`, bool (muscles,)."""
    faintness: float = 0.12
    ghosts: tuple[Ghost, ...] = ()
    moves: bool = False
    """Whether it differs from the picture before."""

    def look(self, view: ViewState) -> tuple[object, ...]:
        """All of it and of the view that is seen; like looks, like pictures, for one character in one rectangle."""
        frame, camera = self.frame, view.camera
        seen = (frame.path_points, frame.body_rotations, frame.body_positions, frame.fibre_lengths,
                frame.center_of_mass, self.colours, self.glow, camera.view(), camera.target, camera.distance)  # fmt: skip
        ghosts = tuple(
            (g.rotations.tobytes(), g.positions.tobytes(), g.colour, g.opacity, id(g.shapes))
            for g in self.ghosts
        )
        faint = None if self.faint is None else self.faint.tobytes()
        return (
            *(np.asarray(values).tobytes() for values in seen), tuple(self.highlights.items()), faint,
            self.faintness, ghosts, frozenset(view.layers), view.backdrop,
        )  # fmt: skip


class Scene:
    """Draws frames of one character. Needs a current OpenGL 3.3 core context from construction on."""

    def __init__(
        self,
        info: ModelInfo,
        geometry: MuscleGeometry,
        quality: Quality,
    ) -> None:
        self._themes = {"daylight": daylight(), "studio": studio()}
        self._theme = self._themes["daylight"]
        self._quality = quality
        self.markers = Markers()
        """Markers, to be filled before each picture."""
        self._ghosts: dict[tuple[float, float, float], tuple[list[Shape], Bones]] = {}
        """Bones of the ghosts, by colour."""
        self._skins: dict[str, Bones] = {}
        """Bounding shapes, by kind."""
        self._block = SceneBlock()
        self._canvas = Canvas(quality.samples)
        self._kept = KeptPicture()
        self._smooth_motion = quality.smooth_motion
        self._scale = 1.0
        """Pixels of a metre where the character is nearest."""
        self._shadow = ShadowMap(quality.shadow_size)
        self._cast, self._cast_last = np.eye(4), False
        """The shadow map's matrix, transposed, and whether the last picture drew the map."""
        self._build(info, geometry)
        taps = (
            f"SHADOW_SIZE {quality.shadow_size}",
            f"SHADOW_SPREAD {quality.ground_spread}",
            f"SHADOW_SIDE {quality.ground_side}",
        )
        self._surroundings = Surroundings(taps)
        light = (*taps, "SHADOW_ROTATED") if quality.rotated else taps
        if not quality.lit_per_pixel:
            light = (*taps[:2], "SHADOW_SIDE 1", "VERTEX_LIGHT")
        bone, muscle = (
            ("bone.frag", "muscle.frag") if quality.lit_per_pixel else ("displayed.frag",) * 2
        )
        self._programs = {
            "bones": Program("bone.vert", bone, light),
            "muscles": Program("muscle.vert", muscle, light),
            "outlines": Program("muscle.vert", "displayed.frag", (*taps, "OUTLINE")),
            "bone shadows": Program("bone.vert", "depth.frag", (*taps, "SHADOW")),
            "muscle shadows": Program("muscle.vert", "depth.frag", (*taps, "SHADOW")),
        }
        for program in (*self._programs.values(), *self._surroundings.programs):
            program.use()
            GL.glUniform1i(program.uniform("shadow_map"), TEXTURE_UNIT)

    def take(self, info: ModelInfo, geometry: MuscleGeometry) -> None:
        """Replace the character."""
        self._kept.forget()
        self._delete_character()
        self._build(info, geometry)

    def _build(self, info: ModelInfo, geometry: MuscleGeometry) -> None:
        self._info = info
        self._bones = Bones(info.shapes, self._theme.bone, self._quality)
        self._muscles = Muscles(geometry, self._quality)

    def draw(
        self, picture: Picture, view: ViewState, framebuffer: int, viewport: Rectangle
    ) -> None:
        """Draw a picture into a region of a framebuffer."""
        *_, width, height = viewport
        if width <= 0 or height <= 0:
            return
        look = (width, height, self.markers.look(), *picture.look(view))
        if self._kept.shown(look, framebuffer, viewport):
            return
        self._theme = self._themes[view.backdrop]
        frame = picture.frame
        projection = view.camera.projection(width / height) @ view.camera.view()
        points = np.concatenate([frame.path_points, frame.body_positions])
        casts = view.shows("shadows") and self._updates_shadows(picture)
        if casts:
            middle = np.array([frame.center_of_mass[0], 0.82, frame.center_of_mass[2]], float)
            self._cast = light_matrix(self._theme.light, middle, self._shadow.size).T
        self._scale = pixels_per_metre(projection, height, points, MARGIN)
        self._upload(view, projection, points)
        self._fill(picture, view)
        GL.glDisable(GL.GL_BLEND)
        GL.glDepthFunc(GL.GL_LEQUAL)
        if casts:
            self._draw_shadows(view)
        if picture.moves and not self._smooth_motion:
            self._draw_plainly(framebuffer, viewport, view, picture)
            self._kept.forget()
        else:
            reach = self._reach(points, picture)
            part = bounds(reach, projection, (width, height), MARGIN)
            self._draw_finely(framebuffer, viewport, part, view, picture)
            self._kept.note(look, framebuffer, viewport)
        GL.glDisable(GL.GL_SCISSOR_TEST)

    def _updates_shadows(self, picture: Picture) -> bool:
        """Whether to draw the shadow map; with a software rasteriser, moving pictures update it every second time."""
        self._cast_last = not (self._cast_last and picture.moves and not self._smooth_motion)
        return self._cast_last

    def _reach(self, points: np.ndarray, picture: Picture) -> np.ndarray:
        """Points around which everything lies that is multisampled."""
        parts = [
            points,
            self._bones.places(),
            *(ghost.positions for ghost in picture.ghosts),
            self.markers.places(),
        ]
        return np.concatenate([part for part in parts if len(part)])

    def _draw_plainly(
        self, framebuffer: int, viewport: Rectangle, view: ViewState, picture: Picture
    ) -> None:
        """Draw with one sample per pixel, directly into the framebuffer."""
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        GL.glViewport(*viewport)
        self._surroundings.draw([viewport], view.shows("shadows"))
        GL.glClear(GL.GL_DEPTH_BUFFER_BIT)
        self._draw_character(view, picture, viewport[2:])

    def _draw_finely(
        self,
        framebuffer: int,
        viewport: Rectangle,
        part: Rectangle,
        view: ViewState,
        picture: Picture,
    ) -> None:
        """Draw with several samples per pixel in the part of the view where the character is."""
        x, y, *size = viewport
        GL.glBindFramebuffer(GL.GL_FRAMEBUFFER, framebuffer)
        GL.glViewport(*viewport)
        rest = [(x + a, y + b, w, h) for a, b, w, h in around(part, (size[0], size[1]))]
        self._surroundings.draw(rest, view.shows("shadows"))
        if part[2] > 0 and part[3] > 0:
            self._canvas.begin((size[0], size[1]), part)
            self._surroundings.draw([(0, 0, part[2], part[3])], view.shows("shadows"))
            self._draw_character(view, picture, (size[0], size[1]))
            self._canvas.resolve(framebuffer, (x, y), part)

    def _upload(self, view: ViewState, projection: np.ndarray, points: np.ndarray) -> None:
        theme, values, camera = self._theme, self._block.values, view.camera
        values["view_projection"] = projection.T
        values["inverse_view_projection"] = np.linalg.inv(projection).T
        values["shadow_projection"] = self._cast
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

    def _fill(self, picture: Picture, view: ViewState) -> None:
        frame = picture.frame
        if view.shows("bones"):
            self._bones.update(frame.body_rotations, frame.body_positions)
        if view.shows("muscles"):
            self._muscles.update(
                frame,
                picture.colours,
                picture.glow,
                picture.highlights,
                self._scale,
                picture.faint,
            )
        for kind in KINDS:
            if view.shows(f"{kind} skin"):
                if kind not in self._skins:
                    self._skins[kind] = Bones(skin(self._info, kind), SKIN, self._quality)
                self._skins[kind].update(frame.body_rotations, frame.body_positions)
        for ghost in picture.ghosts:
            self._ghost(ghost).update(ghost.rotations, ghost.positions)
        self.markers.upload()

    def _ghost(self, ghost: Ghost) -> Bones:
        """The bones of a ghost's character, in its colour."""
        shapes = ghost.shapes or self._info.shapes
        known = self._ghosts.get(ghost.colour)
        if known and known[0] is shapes:
            return known[1]
        if known:
            known[1].delete()
        bones = Bones(shapes, np.array(ghost.colour), self._quality)
        self._ghosts[ghost.colour] = shapes, bones
        return bones

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

    def _draw_character(self, view: ViewState, picture: Picture, size: tuple[int, int]) -> None:
        GL.glEnable(GL.GL_DEPTH_TEST)
        GL.glEnable(GL.GL_CULL_FACE)
        if view.shows("muscles"):
            self._programs["muscles"].use()
            self._muscles.draw()
        self._programs["bones"].use()
        if view.shows("bones"):
            self._bones.draw(self._scale)
        self.markers.draw()
        _shine_through(self.markers.draw, HIDDEN_OPACITY)
        if view.shows("muscles") and picture.highlights:
            pixel = view.camera.pixel_size(size[1], size[0] / size[1]) * view.camera.distance
            program = self._programs["outlines"]
            program.use()
            GL.glUniform1f(program.uniform("inflate"), OUTLINE_PIXELS * pixel)
            GL.glCullFace(GL.GL_FRONT)
            self._muscles.draw_outlined()
            GL.glCullFace(GL.GL_BACK)
        for kind, bones in self._skins.items():
            if view.shows(f"{kind} skin"):
                self._programs["bones"].use()
                _see_through(partial(bones.draw, self._scale), SKIN_OPACITY)
        for ghost in picture.ghosts:
            self._programs["bones"].use()
            _see_through(partial(self._ghost(ghost).draw, self._scale), ghost.opacity)
        if view.shows("muscles") and picture.faint is not None and picture.faintness > 0.0:
            self._programs["muscles"].use()
            _see_through(self._muscles.draw_faint, picture.faintness)

    def delete(self) -> None:
        """Free everything on the GPU."""
        self._block.delete()
        self._canvas.delete()
        self._kept.delete()
        self._shadow.delete()
        self._delete_character()
        self.markers.delete()
        self._surroundings.delete()
        for program in self._programs.values():
            program.delete()

    def _delete_character(self) -> None:
        self._bones.delete()
        self._muscles.delete()
        for bones in (*(bones for _, bones in self._ghosts.values()), *self._skins.values()):
            bones.delete()
        self._ghosts.clear()
        self._skins.clear()


def _see_through(draw: Callable[[], None], opacity: float) -> None:
    """Draw the nearest surfaces, blended with the picture behind them."""
    GL.glColorMask(False, False, False, False)
    draw()
    GL.glColorMask(True, True, True, True)
    GL.glEnable(GL.GL_BLEND)
    GL.glBlendColor(0.0, 0.0, 0.0, opacity)
    GL.glBlendFunc(GL.GL_CONSTANT_ALPHA, GL.GL_ONE_MINUS_CONSTANT_ALPHA)
    draw()
    GL.glDisable(GL.GL_BLEND)


def _shine_through(draw: Callable[[], None], opacity: float) -> None:
    """Draw the parts that are hidden by the picture so far, blended with it."""
    GL.glEnable(GL.GL_BLEND)
    GL.glBlendColor(0.0, 0.0, 0.0, opacity)
    GL.glBlendFunc(GL.GL_CONSTANT_ALPHA, GL.GL_ONE_MINUS_CONSTANT_ALPHA)
    GL.glDepthFunc(GL.GL_GREATER)
    GL.glDepthMask(False)
    draw()
    GL.glDepthMask(True)
    GL.glDepthFunc(GL.GL_LEQUAL)
    GL.glDisable(GL.GL_BLEND)
