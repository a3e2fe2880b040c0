"""What can be asked of the picture: what it shows and how."""

from __future__ import annotations

from dataclasses import dataclass

from muscle_viewer.viewer.simulation.commands import Command


class ViewCommand(Command):
    """A command to what is shown and how."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Select(ViewCommand):
    """Select one muscle by its index; `extend` adds it to the selection, or takes it out if it is in it."""

    muscle: int
    extend: bool = False


@dataclass(frozen=True, slots=True)
class ClearSelection(ViewCommand):
    """Select nothing."""


@dataclass(frozen=True, slots=True)
class Hover(ViewCommand):
    """The muscle under the mouse, or None."""

    muscle: int | None


@dataclass(frozen=True, slots=True)
class ToggleLayer(ViewCommand):
    """Show or hide one layer of the scene (a name of `view_state.LAYERS`)."""

    layer: str


@dataclass(frozen=True, slots=True)
class ColourBy(ViewCommand):
    """Colour the muscles by a quantity (a name of `colour_modes`)."""

    mode: str


@dataclass(frozen=True, slots=True)
class Isolate(ViewCommand):
    """Show the muscles of one function in full and the others faintly; again, or None, shows all."""

    group: str | None
    extend: bool = False


@dataclass(frozen=True, slots=True)
class SetFaintness(ViewCommand):
    """Opacity in [0, 1] of the muscles that are not isolated."""

    opacity: float


@dataclass(frozen=True, slots=True)
class SetBackdrop(ViewCommand):
    """The scene's theme (a name of `view_state.BACKDROPS`)."""

    name: str


@dataclass(frozen=True, slots=True)
class SetComparison(ViewCommand):
    """Show a second simulation in a way of `view_state.COMPARISONS`."""

    way: str


@dataclass(frozen=True, slots=True)
class ToggleComparison(ViewCommand):
    """Show it in the other way."""


@dataclass(frozen=True, slots=True)
class SetPush(ViewCommand):
    """What the next push is: on which body, how strong (N), how long (s)."""

    body: int
    force: float
    seconds: float


@dataclass(frozen=True, slots=True)
class SetPictureLook(ViewCommand):
    """How screenshots and films are made: with panels, of what size (None: the window's), and which films."""

    panels: bool
    size: tuple[int, int] | None
    ending: str
    fps: int


@dataclass(frozen=True, slots=True)
class ToggleLightPanels(ViewCommand):
    """Light panels, or dark ones."""


@dataclass(frozen=True, slots=True)
class ToggleFollow(ViewCommand):
    """Let the camera follow the character, or stay."""


@dataclass(frozen=True, slots=True)
class LookFrom(ViewCommand):
    """Turn the camera to a named view (a name of `camera.VIEWS`)."""

    view: str


@dataclass(frozen=True, slots=True)
class Orbit(ViewCommand):
    """Turn the camera about its target, radians."""

    yaw: float
    pitch: float


@dataclass(frozen=True, slots=True)
class Pan(ViewCommand):
    """Move the camera's target in the image plane, as fractions of the height of the view."""

    right: float
    up: float


@dataclass(frozen=True, slots=True)
class Zoom(ViewCommand):
    """Come closer by `steps` notches of a wheel (negative: go away)."""

    steps: float
