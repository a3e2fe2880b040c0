"""What can be asked of the viewer.

A panel, a key or a mouse click never changes anything: it sends one of these. They are carried out in the order they
came at the top of the next frame: first by the runtime (`RuntimeCommand`), else by the view state (`ViewCommand`), else
by the application (`AppCommand`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.perturbation import Grip


class Command:
    """Anything that can be sent."""

    __slots__ = ()


class RuntimeCommand(Command):
    """A command to the simulation."""

    __slots__ = ()


class ViewCommand(Command):
    """A command to what is shown and how."""

    __slots__ = ()


class AppCommand(Command):
    """A command to the program."""

    __slots__ = ()


class HandCommand(AppCommand):
    """A command about a place in the 3D view, or a direction of the character's."""

    __slots__ = ()


class FileCommand(AppCommand):
    """A command that reads or writes files."""

    __slots__ = ()


Send = Callable[[Command], None]


@dataclass(frozen=True, slots=True)
class Play(RuntimeCommand):
    """Run the simulation; begins a new episode if the last one has ended."""


@dataclass(frozen=True, slots=True)
class Pause(RuntimeCommand):
    """Hold the simulation."""


@dataclass(frozen=True, slots=True)
class TogglePlay(RuntimeCommand):
    """Play if paused, pause if playing."""


@dataclass(frozen=True, slots=True)
class Step(RuntimeCommand):
    """Advance by `count` control steps, then hold; negative ones go back in the history."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class Seek(RuntimeCommand):
    """Show the frame of an index of the history, and hold."""

    index: int


@dataclass(frozen=True, slots=True)
class Loop(RuntimeCommand):
    """Repeat what lies between two indices of the history; None ends it."""

    between: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Resume(RuntimeCommand):
    """Simulate on from the shown frame; what came after it is forgotten."""


@dataclass(frozen=True, slots=True)
class Reset(RuntimeCommand):
    """Begin a new episode; also the way out of an error."""


@dataclass(frozen=True, slots=True)
class SetSpeed(RuntimeCommand):
    """Simulated seconds per second of wall time."""

    speed: float


@dataclass(frozen=True, slots=True)
class Faster(RuntimeCommand):
    """The next higher speed."""


@dataclass(frozen=True, slots=True)
class Slower(RuntimeCommand):
    """The next lower speed."""


@dataclass(frozen=True, slots=True)
class SetAutoReset(RuntimeCommand):
    """Whether an ended episode is followed by a new one at once."""

    enabled: bool


class TouchCommand(RuntimeCommand):
    """A command that changes what happens: in the past, it begins a new future there."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Drag(TouchCommand):
    """Hold a point of a body with a spring and drag it; None lets go."""

    grip: Grip | None


@dataclass(frozen=True, slots=True)
class Push(TouchCommand):
    """A force (N, world) on a body's origin for some simulated seconds."""

    body: int
    force: tuple[float, float, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class Override(TouchCommand):
    """Hold a muscle's excitation at a value in [0, 1]; None gives it back to the network."""

    muscle: int
    value: float | None


@dataclass(frozen=True, slots=True)
class ClearOverrides(TouchCommand):
    """Give all muscles back to the network."""


@dataclass(frozen=True, slots=True)
class SetParameters(TouchCommand):
    """Go on with other parameters of character and world."""

    parameters: Parameters


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
class CompareBy(ViewCommand):
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


@dataclass(frozen=True, slots=True)
class TogglePanels(AppCommand):
    """Show or hide all panels."""


@dataclass(frozen=True, slots=True)
class TogglePanel(AppCommand):
    """Show or hide one panel by its title."""

    title: str


@dataclass(frozen=True, slots=True)
class ResetLayout(AppCommand):
    """Dock the panels as at first."""


@dataclass(frozen=True, slots=True)
class SaveScreenshot(FileCommand):
    """Write what is seen to a PNG; without a path, to a new file in the working directory."""

    path: Path | None = None
    panels: bool = True


@dataclass(frozen=True, slots=True)
class CopyScreenshot(FileCommand):
    """Copy what is seen to the clipboard."""

    panels: bool = True


@dataclass(frozen=True, slots=True)
class ToggleFilm(FileCommand):
    """Film what is seen from now on, or end the film; without a path, to a new file in the working directory."""

    path: Path | None = None
    ending: str = ""
    """Of the new file: .mp4 or .gif; as `SetPictureLook` says where it is empty."""


@dataclass(frozen=True, slots=True)
class PointAt(HandCommand):
    """Hover over what lies under a point of the view, across and up in [-1, 1]."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class PickAt(HandCommand):
    """Select the muscle at a point of the 3D view, across and up in [-1, 1]; none there clears the selection."""

    across: float
    up: float
    extend: bool = False


@dataclass(frozen=True, slots=True)
class CompareWith(FileCommand):
    """Open another checkpoint beside the one that runs; both begin anew from the same seed."""

    path: Path


@dataclass(frozen=True, slots=True)
class CompareEngines(FileCommand):
    """Run the checkpoint on the other engine beside it; both begin anew."""


@dataclass(frozen=True, slots=True)
class EndComparison(AppCommand):
    """Go on with the first alone."""


@dataclass(frozen=True, slots=True)
class Open(FileCommand):
    """Show a checkpoint, a training run's folder or a recorded run instead of what is shown."""

    path: Path


@dataclass(frozen=True, slots=True)
class Reload(FileCommand):
    """Read the checkpoint's file again; weights that fit are swapped under the running simulation."""


@dataclass(frozen=True, slots=True)
class SetAutoReload(FileCommand):
    """Whether a newer checkpoint is taken at once, without asking."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class SaveRun(FileCommand):
    """Write the run to a file that replays bit for bit; without a path, to a new file in the working directory."""

    path: Path | None = None


@dataclass(frozen=True, slots=True)
class PushFrom(HandCommand):
    """Push as `SetPush` says, towards the character's left and forward (each in [-1, 1])."""

    left: float
    forward: float


@dataclass(frozen=True, slots=True)
class GrabAt(HandCommand):
    """Hold the body at a point of the 3D view, across and up in [-1, 1], with a spring."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class DragTo(HandCommand):
    """Drag what is held to a point of the view, in the plane of the picture."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class LetGo(HandCommand):
    """Let go of what is held."""


@dataclass(frozen=True, slots=True)
class ExportChannels(FileCommand):
    """Write channels (name, field, column) of the history to a new .csv in the working directory."""

    channels: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class ExportHistory(FileCommand):
    """Write the history to a new file of a kind of `export.KINDS` in the working directory, or to a path."""

    kind: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class Focus(AppCommand):
    """Open a panel and bring it to the front, by its title."""

    title: str


@dataclass(frozen=True, slots=True)
class Dismiss(AppCommand):
    """Take the oldest notice away."""


@dataclass(frozen=True, slots=True)
class Quit(AppCommand):
    """End the program."""
