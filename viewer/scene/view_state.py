"""What the 3D view shows, and how: the selection, the layers and the camera. Not kept between sessions."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.scene import commands as c
from muscle_viewer.viewer.scene.camera import Camera, Flight, Follower
from muscle_viewer.viewer.scene.colormap import MAPS
from muscle_viewer.viewer.scene.saved_view import SavedView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from muscle_viewer.viewer.scene.colour_modes import ColourMode

LAYERS = (
    "muscles", "bones", "shadows", "grid", "legend",
    "ground reaction forces", "centre of mass", "footprints", "reference ghost", "target ghost",
    "box skin", "capsule skin", "contact geometry",
)  # fmt: skip
"""Layers of the scene that can be shown or hidden, by the names that the window shows."""

SHOWN_AT_FIRST = LAYERS[:5]

BACKDROPS = ("daylight", "studio")
"""Backgrounds of the scene; whether the panels are light or dark is independent of it."""

COMPARISONS = ("split", "ghost")
"""Ways to show a second simulation: side by side, or as a ghost."""


@dataclass(frozen=True)
class PictureLook:
    """Options of screenshots and videos."""

    panels: bool = False
    """Whether videos show the panels."""
    size: tuple[int, int] | None = None
    """Width and height, pixels; None is the window's."""
    ending: str = ".mp4"
    """Ending of videos: .mp4 or .gif."""
    fps: int = 30
    """Frames per second of videos."""


@dataclass(frozen=True, eq=False)
class Pointed:
    """What lies at a point of the view, across and up in [-1, 1], whose menu is open."""

    across: float
    up: float
    muscle: int | None
    body: int | None


@dataclass
class ViewState:
    """State that the panels and the renderer read; only `apply` changes it."""

    camera: Camera = field(default_factory=Camera)
    follower: Follower = field(default_factory=Follower)
    flight: Flight = field(default_factory=Flight)
    follow: bool = True
    view_name: str = "three-quarter"
    """Name of the view that the camera shows; empty after it was rotated by hand."""
    views: dict[str, SavedView] = field(default_factory=dict)
    """The views that the user saved, by their names."""
    centre: np.ndarray = field(default_factory=lambda: np.zeros(3))
    """The shown character's centre of mass, m."""
    name_requests: int = 0
    """How often the name of a view to be saved was asked for."""
    layers: set[str] = field(default_factory=lambda: set(SHOWN_AT_FIRST))
    selection: list[int] = field(default_factory=list)
    """Selected muscles, in the order they were chosen."""
    hovered: int | None = None
    pointed: Pointed | None = None
    """What the menu in the picture was opened for last."""
    colour_by: str = "activation"
    """A name of `colour_modes`."""
    colour_ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    """Values at the ends of the colour map, of the quantities whose range was set."""
    colour_map: str = ""
    """A name of `colormap.MAPS`; empty: each quantity's own map."""
    font_scale: float = 1.0
    """Size of the panels' text, as a factor on the usual one."""
    isolated: frozenset[str] = frozenset()
    """Functional groups that are shown opaque, the others faint; empty shows all muscles opaque."""
    faintness: float = 0.12
    """Opacity of the muscles that are not isolated."""
    backdrop: str = "daylight"
    comparison: str = "split"
    """One of COMPARISONS."""
    changed_side: str = "both"
    """The simulations of a comparison that the sliders change, one of `commands.SIDES`."""
    light_panels: bool = False
    push_body: int = 0
    push_force: float = 150.0
    """N"""
    push_seconds: float = 0.2
    look: PictureLook = PictureLook()
    revealed: int = 0
    """Number of changes of the selection, so that a panel scrolls to a new selection once."""

    def apply(self, command: c.ViewCommand) -> None:
        """Carry out one command."""
        match command:
            case c.Select(muscle, extend):
                self._select(muscle, extend)
            case c.SelectGroup(muscles, extend):
                kept = [m for m in self.selection if m not in muscles] if extend else []
                self.selection = [*kept, *muscles]
                self.revealed += 1
            case c.ClearSelection():
                self.selection = []
            case c.Hover(muscle):
                self.hovered = muscle
            case c.ToggleLayer(layer):
                self.layers ^= {layer}
            case c.ColourBy(mode):
                self.colour_by = mode
            case c.SetColourRange(ends):
                self.colour_ranges.pop(self.colour_by, None)
                if ends and ends[0] < ends[1]:
                    self.colour_ranges[self.colour_by] = ends
            case c.SetColourMap(name):
                self.colour_map = name
            case c.SetFontScale(scale):
                self.font_scale = min(max(float(scale), 0.6), 3.0)
            case c.Isolate(group, extend):
                self._isolate(group, extend)
            case c.SetFaintness(opacity):
                self.faintness = min(max(float(opacity), 0.0), 1.0)
            case c.SetBackdrop(name):
                self.backdrop = name
            case c.SetComparison(mode):
                self.comparison = mode
            case c.SetChangedSide(side):
                self.changed_side = side
            case c.ToggleComparison():
                self.comparison = COMPARISONS[self.comparison == COMPARISONS[0]]
            case c.SetPush(body, force, seconds):
                self.push_body, self.push_force, self.push_seconds = body, force, seconds
            case c.SetPictureLook(panels, size, ending, fps):
                self.look = PictureLook(panels, size, ending, fps)
            case c.ToggleLightPanels():
                self.light_panels = not self.light_panels
            case c.ToggleFollow():
                self.follow = not self.follow
                self.follower.forget()
            case c.LookFrom(view):
                self._look_from(view)
            case c.NameView():
                self.name_requests += 1
            case c.Orbit(yaw, pitch):
                self.flight.stop()
                self.view_name = ""
                self.camera.orbit(yaw, pitch)
            case c.Pan(right, up):
                self.camera.pan(right, up)
            case c.Zoom(steps):
                self.flight.stop()
                self.camera.zoom(steps)
            case _:
                raise TypeError(f"not a view command: {command!r}")

    def zoom_at(self, steps: float, across: float, up: float, aspect: float) -> None:
        """Zoom by notches of the wheel towards a point of the view, across and up in [-1, 1]."""
        self.flight.stop()
        self.camera.zoom_at(steps, across, up, aspect)

    def focus(self, point: np.ndarray) -> None:
        """Move the camera's target to a point of the world, and come closer."""
        self.flight.focus(self.camera, point)

    def mode(self, modes: Mapping[str, ColourMode]) -> ColourMode:
        """The quantity that the muscles' colours show, of those of a character."""
        mode = modes[self.colour_by]
        low, high = self.colour_ranges.get(self.colour_by, (mode.low, mode.high))
        return replace(mode, low=low, high=high, map=MAPS.get(self.colour_map, mode.map))

    def shows(self, layer: str) -> bool:
        """Whether a layer is shown."""
        return layer in self.layers

    def _select(self, muscle: int, extend: bool) -> None:
        if not extend:
            self.selection = [muscle]
        elif muscle in self.selection:
            self.selection = [m for m in self.selection if m != muscle]
        else:
            self.selection = [*self.selection, muscle]
        self.revealed += 1

    def _isolate(self, group: str | None, extend: bool) -> None:
        if group is None:
            self.isolated = frozenset()
        elif extend:
            self.isolated = self.isolated ^ {group}
        else:
            self.isolated = frozenset() if self.isolated == {group} else frozenset({group})

    def _look_from(self, view: str) -> None:
        self.view_name = view
        saved = self.views.get(view)
        if saved is None:
            self.flight.begin(self.camera, view)
        else:
            goal = saved.target_at(self.centre)
            self.flight.recall(self.camera, saved.yaw, saved.pitch, saved.distance, goal)

    def show_view(self, view: str) -> None:
        """Show a view, a saved one or one of `camera.VIEWS`, at once."""
        self.view_name = view
        self.follower.move(self.camera, self.centre, 0.0)
        if view in self.views:
            self.views[view].show(self.camera, self.centre)
        else:
            self.camera.look_from(view)
