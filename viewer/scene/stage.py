"""The 3D view of one character: its scene, markers and labels, and picking."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.frame import alike
from muscle_viewer.viewer.scene import colours
from muscle_viewer.viewer.scene.colour_modes import colour_modes
from muscle_viewer.viewer.scene.dragging import BodyPicker, dragged
from muscle_viewer.viewer.scene.labels import on_screen
from muscle_viewer.viewer.scene.markings import Label, Markings
from muscle_viewer.viewer.scene.muscle_geometry import MuscleGeometry
from muscle_viewer.viewer.scene.picking import in_rectangle, pick
from muscle_viewer.viewer.scene.render.scene import Ghost, Highlights, Picture, Scene
from muscle_viewer.viewer.simulation.interpolate import blend

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.scene.labels import Rect
    from muscle_viewer.viewer.scene.render.canvas import Rectangle
    from muscle_viewer.viewer.scene.render.quality import Quality
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.perturbation import MouseSpring
    from muscle_viewer.viewer.simulation.runtime import Runtime
    from muscle_viewer.viewer.simulation.second_simulation import SecondSimulation

HOVERED = (1.0, 1.0, 1.0)

REFERENCE, TARGET = (0.10, 0.45, 0.85), (0.85, 0.45, 0.05)
"""Colours of the ghosts, linear light."""


class Stage:
    """Draws a runtime's character. Needs a current OpenGL context from construction on."""

    def __init__(
        self, runtime: Runtime | SecondSimulation, view: ViewState, quality: Quality
    ) -> None:
        self.runtime, self.view = runtime, view
        self.drawn: Frame = runtime.frame
        """The drawn frame, interpolated between two frames of the simulation."""
        self.rect: Rect = (0.0, 0.0, 1.0, 1.0)
        """Rectangle of the 3D view: x, y from above, width and height, pixels."""
        self.overlays: tuple[Ghost, ...] = ()
        """Ghosts of other simulations that are drawn over the scene."""
        self._take(runtime.subject.info)
        self._scene = Scene(self._info, self._geometry, quality)
        self._labels: list[Label] = []
        self._last_drawn: Frame | None = None
        self._shown: tuple[object, ...] = ()
        """Everything but the frame that the last picture depended on."""

    @property
    def is_known(self) -> bool:
        """Whether there is a character to show."""
        return getattr(self.runtime.session, "is_it", True)

    def fits(self, runtime: Runtime | SecondSimulation) -> bool:
        """Whether another runtime's character is drawn with the same shapes, paths and colours."""
        return alike(runtime.subject.info, self._info)

    def show(self, runtime: Runtime | SecondSimulation) -> None:
        """Replace the runtime by another one, whose character fits."""
        self.runtime, self.drawn = runtime, runtime.frame
        self._info = runtime.subject.info

    def advance(self) -> None:
        """Update to the runtime's present frame."""
        runtime = self.runtime
        if runtime.subject.info is not self._info:
            self._take(runtime.subject.info)
            self._scene.take(self._info, self._geometry)
        self.drawn = blend(runtime.previous, runtime.frame, runtime.blend)

    def draw(self, framebuffer: int, height: int) -> None:
        """Draw into `rect` of a framebuffer that is `height` pixels high."""
        x, y, w, h = self.rect
        viewport: Rectangle = (round(x), round(height - y - h), round(w), round(h))
        view, runtime = self.view, self.runtime
        if not self.is_known:
            view = replace(view, layers=view.layers & {"grid"})
        self._labels = self._markings.update(
            self._scene.markers, self.drawn, view, runtime.history, runtime.cursor,
            runtime.acting, runtime.spring,
        )  # fmt: skip
        highlights, camera = self._highlights(), view.camera.view().tobytes()
        ranges = tuple(view.colour_ranges.items())
        colours = (view.colour_by, ranges, view.colour_map)
        looks = (colours, view.isolated, view.faintness, view.backdrop)
        shown = (viewport, highlights, frozenset(view.layers), camera, looks)
        moves = self._shown != shown or self.drawn is not self._last_drawn
        self._shown, self._last_drawn = shown, self.drawn
        mode = view.mode(self.modes)
        picture = Picture(
            self.drawn,
            mode.map.linear[mode.map.index(mode.places(self.drawn))],
            mode.glow(self.drawn),
            highlights,
            ~np.isin(self._groups, list(view.isolated)) if view.isolated else None,
            view.faintness,
            self._ghosts(),
            moves,
        )
        self._scene.draw(picture, view, framebuffer, viewport)

    def screen_labels(self) -> list[tuple[float, float, str]]:
        """The labels, and their positions in layout coordinates."""
        found = []
        for point, text in self._labels:
            place = on_screen(self.view.camera, self.rect, point)
            if place:
                found.append((*place, text))
        return found

    def muscle_at(self, across: float, up: float) -> int | None:
        """The muscle at a point of the view, across and up in [-1, 1]."""
        geometry, frame = self._geometry, self.drawn
        if not self.view.shows("muscles"):
            return None
        eye, direction, pixel = self._ray(across, up)
        points = np.asarray(frame.path_points, float)
        starts, ends = points[geometry.first], points[geometry.first + 1]
        radii = geometry.radii(frame.fibre_lengths)[geometry.muscle]
        segment = pick(eye, direction, starts, ends, radii, pixel)
        return None if segment is None else int(geometry.muscle[segment])

    def muscles_in(self, low: np.ndarray, high: np.ndarray) -> tuple[int, ...]:
        """The muscles, but those that are faint, in a rectangle of the view, by two corners (2,) in [-1, 1]."""
        geometry, view = self._geometry, self.view
        if not view.shows("muscles"):
            return ()
        *_, width, height = self.rect
        projection = view.camera.projection(width / max(height, 1.0)) @ view.camera.view()
        points = np.asarray(self.drawn.path_points, float)
        starts, ends = points[geometry.first], points[geometry.first + 1]
        found = np.unique(geometry.muscle[in_rectangle(projection, starts, ends, low, high)])
        shown = np.isin(self._groups[found], list(view.isolated)) | (not view.isolated)
        return tuple(int(muscle) for muscle in found[shown])

    def spring_at(self, across: float, up: float) -> MouseSpring | None:
        """A mouse spring attached to the body at a point of the view, or None."""
        eye, direction, pixel = self._ray(across, up)
        return self._body_picker.spring_at(self.drawn, eye, direction, pixel)

    def point_at(self, across: float, up: float) -> np.ndarray | None:
        """The point (3,) of the body or muscle at a point of the view, or None."""
        spring = self.spring_at(across, up)
        if spring:
            return np.array(spring.target)
        muscle = self.muscle_at(across, up)
        if muscle is None:
            return None
        begin, end = self._info.path_offsets[muscle : muscle + 2]
        return np.asarray(self.drawn.path_points[begin:end], float).mean(axis=0)

    def body_at(self, across: float, up: float) -> int | None:
        """The body at a point of the view, or None."""
        spring = self.spring_at(across, up)
        return spring.body if spring else None

    def dragged_to(self, spring: MouseSpring, across: float, up: float) -> MouseSpring:
        """The spring with its target dragged to a point of the view, in the plane of the picture."""
        eye, direction, _ = self._ray(across, up)
        return dragged(spring, self.drawn, self.view.camera, eye, direction)

    def delete(self) -> None:
        """Free everything on the GPU."""
        self._scene.delete()

    def _take(self, info: ModelInfo) -> None:
        """Set the character that is drawn."""
        self._info = info
        self.modes = colour_modes(info)
        self._geometry = MuscleGeometry(info)
        self._markings = Markings(info)
        self._body_picker = BodyPicker(info)
        self._groups = np.array(info.muscle_groups)

    def _ghosts(self) -> tuple[Ghost, ...]:
        """Ghosts of the reference pose and of the target pose, if visible, and the overlays."""
        frame, pose = self.drawn, self.runtime.subject.pose
        found = []
        if self.view.shows("reference ghost"):
            found.append(Ghost(*pose(frame.reference_positions), REFERENCE))
        if self.view.shows("target ghost"):
            target = np.array(frame.target_positions)
            root = self._info.root_dofs
            target[:root] = frame.positions[:root]
            found.append(Ghost(*pose(target), TARGET))
        return (*found, *self.overlays)

    def _highlights(self) -> Highlights:
        chosen = {
            muscle: colours.rgb(colours.selection_colour(place))
            for place, muscle in enumerate(self.view.selection)
        }
        if self.view.hovered is not None:
            chosen.setdefault(self.view.hovered, HOVERED)
        return chosen

    def _ray(self, across: float, up: float) -> tuple[np.ndarray, np.ndarray, float]:
        """Eye and direction through a point of the view, and the width of a pixel at unit distance."""
        *_, width, height = self.rect
        aspect = width / max(height, 1.0)
        eye, direction = self.view.camera.ray(across, up, aspect)
        return eye, direction, self.view.camera.pixel_size(max(1, round(height)), aspect)
