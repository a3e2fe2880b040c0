"""The commands that change what the 3D view shows, and how."""

from __future__ import annotations

from dataclasses import dataclass

from muscle_viewer.viewer.simulation.commands import Command


class ViewCommand(Command):
    """A command for the view state."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Select(ViewCommand):
    """Select one muscle by its index; `extend` adds it to the selection, or removes a muscle that is already selected."""

    muscle: int
    extend: bool = False


@dataclass(frozen=True, slots=True)
class SelectGroup(ViewCommand):
    """Select several muscles by their indices; `extend` adds them to the selection."""

    muscles: tuple[int, ...]
    extend: bool = False


@dataclass(frozen=True, slots=True)
class ClearSelection(ViewCommand):
    """Clear the selection."""


@dataclass(frozen=True, slots=True)
class Hover(ViewCommand):
    """Set the muscle under the mouse, or None."""

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
class SetColourRange(ViewCommand):
    """Set the values at the ends of the colour map of the shown quantity; None: its usual range."""

    ends: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class SetColourMap(ViewCommand):
    """Colour the muscles by a map (a name of `colormap.MAPS`); empty: each quantity's own."""

    name: str


@dataclass(frozen=True, slots=True)
class SetFontScale(ViewCommand):
    """Set the size of the panels' text, as a factor on the usual one."""

    scale: float


@dataclass(frozen=True, slots=True)
class Isolate(ViewCommand):
    """Show the muscles of one functional group opaque and the others faint; repeated, or with None, show all."""

    group: str | None
    extend: bool = False


@dataclass(frozen=True, slots=True)
class SetFaintness(ViewCommand):
    """Set the opacity, in [0, 1], of the muscles that are not isolated."""

    opacity: float


@dataclass(frozen=True, slots=True)
class SetBackdrop(ViewCommand):
    """Set the background of the scene (a name of `view_state.BACKDROPS`)."""

    name: str


@dataclass(frozen=True, slots=True)
class SetComparison(ViewCommand):
    """Set how a second simulation is shown (a name of `view_state.COMPARISONS`)."""

    mode: str


@dataclass(frozen=True, slots=True)
class SetChangedSide(ViewCommand):
    """Set which simulations of a comparison the sliders change (one of `SIDES`)."""

    side: str


@dataclass(frozen=True, slots=True)
class ToggleComparison(ViewCommand):
    """Switch between the modes of `view_state.COMPARISONS`."""


@dataclass(frozen=True, slots=True)
class SetPush(ViewCommand):
    """Set the body, force (N) and duration (s) of the next push."""

    body: int
    force: float
    seconds: float


@dataclass(frozen=True, slots=True)
class SetPictureLook(ViewCommand):
    """Set the options of screenshots and videos; a size of None is the window's."""

    panels: bool
    size: tuple[int, int] | None
    ending: str
    fps: int


@dataclass(frozen=True, slots=True)
class ToggleLightPanels(ViewCommand):
    """Switch between light and dark panels."""


@dataclass(frozen=True, slots=True)
class ToggleFollow(ViewCommand):
    """Switch whether the camera follows the character."""


@dataclass(frozen=True, slots=True)
class LookFrom(ViewCommand):
    """Move the camera to a named view (a name of `camera.VIEWS`, or of a view that was saved)."""

    view: str


@dataclass(frozen=True, slots=True)
class NameView(ViewCommand):
    """Ask for a name, and save what the camera shows under it."""


@dataclass(frozen=True, slots=True)
class Orbit(ViewCommand):
    """Rotate the camera about its target, radians."""

    yaw: float
    pitch: float


@dataclass(frozen=True, slots=True)
class Pan(ViewCommand):
    """Move the camera's target in the image plane, as fractions of the height of the view."""

    right: float
    up: float


@dataclass(frozen=True, slots=True)
class Zoom(ViewCommand):
    """Zoom in by `steps` notches of the mouse wheel; negative zooms out."""

    steps: float
