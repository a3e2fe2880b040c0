"""The commands of the viewer.

A panel, a key or a mouse click never changes anything itself: it sends one of these commands. They are carried out in the
order in which they were sent, at the start of the next frame: by the runtime (`RuntimeCommand`, in simulation/commands.py),
by the view state (`ViewCommand`, in scene/commands.py), or by the application (`AppCommand`, here).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from muscle_viewer.viewer.scene.commands import *  # noqa: F403 - one module that names all commands
from muscle_viewer.viewer.simulation.commands import *  # noqa: F403
from muscle_viewer.viewer.simulation.commands import Command


class AppCommand(Command):
    """A command for the application."""

    __slots__ = ()


class PointerCommand(AppCommand):
    """A command given by a point of the 3D view, or by a direction relative to the character."""

    __slots__ = ()


class FileCommand(AppCommand):
    """A command that reads or writes files."""

    __slots__ = ()


Send = Callable[[Command], None]


@dataclass(frozen=True, slots=True)
class TogglePanels(AppCommand):
    """Show or hide all panels."""


@dataclass(frozen=True, slots=True)
class TogglePanel(AppCommand):
    """Show or hide one panel by its title."""

    title: str


@dataclass(frozen=True, slots=True)
class ResetLayout(AppCommand):
    """Restore the default layout of the panels."""


@dataclass(frozen=True, slots=True)
class SaveScreenshot(FileCommand):
    """Write the picture to a PNG; without a path, to a new file in the working directory."""

    path: Path | None = None
    panels: bool = True


@dataclass(frozen=True, slots=True)
class CopyScreenshot(FileCommand):
    """Copy the picture to the clipboard."""

    panels: bool = True


@dataclass(frozen=True, slots=True)
class ToggleFilm(FileCommand):
    """Start or stop recording a video; without a path, to a new file in the working directory."""

    path: Path | None = None
    ending: str = ""
    """Ending of the new file, .mp4 or .gif; if empty, that of `SetPictureLook`."""


@dataclass(frozen=True, slots=True)
class FilmHistory(FileCommand):
    """Record the last seconds of the history again as a video, at true time; without a path, to a new file."""

    seconds: float
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class HoverAt(PointerCommand):
    """Hover the muscle at a point of the 3D view, across and up in [-1, 1]."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class FocusAt(PointerCommand):
    """Move the camera's target to the body or muscle at a point of the 3D view, across and up in [-1, 1]."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class MenuAt(PointerCommand):
    """Open the menu of what is at a point of the 3D view, across and up in [-1, 1]."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class ZoomAt(PointerCommand):
    """Zoom in by `steps` notches of the mouse wheel towards a point of the 3D view; negative zooms out."""

    steps: float
    across: float
    up: float


@dataclass(frozen=True, slots=True)
class PickAt(PointerCommand):
    """Select the muscle at a point of the 3D view, across and up in [-1, 1]; if there is none, clear the selection."""

    across: float
    up: float
    extend: bool = False


@dataclass(frozen=True, slots=True)
class PickBox(PointerCommand):
    """Select the muscles that a rectangle of the 3D view touches, by two corners, each across and up in [-1, 1]."""

    start: tuple[float, float]
    end: tuple[float, float]
    extend: bool = False


@dataclass(frozen=True, slots=True)
class CompareWith(FileCommand):
    """Compare with another checkpoint; both simulations restart from the same seed."""

    path: Path


@dataclass(frozen=True, slots=True)
class CompareEngines(FileCommand):
    """Compare with the same checkpoint on the other physics engine; both simulations restart."""


@dataclass(frozen=True, slots=True)
class FreezeBaseline(AppCommand):
    """Compare with the present as the baseline: changes of parameters then act on the first simulation alone."""


@dataclass(frozen=True, slots=True)
class EndComparison(AppCommand):
    """Remove the second simulation and continue with the first."""


@dataclass(frozen=True, slots=True)
class Open(FileCommand):
    """Open a checkpoint, a training run's folder or a recorded run in place of the current one."""

    path: Path


@dataclass(frozen=True, slots=True)
class OpenDialog(FileCommand):
    """Choose a file in the desktop's dialog, and open it or compare with it."""

    compare: bool = False


@dataclass(frozen=True, slots=True)
class SaveDialog(FileCommand):
    """Choose the file of a saving command (`SaveRun`, `SaveScreenshot`, `ExportHistory`, ...), and carry it out."""

    command: (
        SaveRun
        | SaveScreenshot
        | ExportHistory
        | ExportChannels
        | ToggleFilm
        | FilmHistory
        | SaveTable
    )


@dataclass(frozen=True, slots=True)
class Reload(FileCommand):
    """Reload the checkpoint's file; weights of the same shapes replace those of the running simulation."""


@dataclass(frozen=True, slots=True)
class ShowCheckpoint(FileCommand):
    """Go on with the weights of another checkpoint of the open training run."""

    path: Path


@dataclass(frozen=True, slots=True)
class MeasureFalls(AppCommand):
    """Simulate an episode of each of `count` seeds beside the running simulation, and list which fall."""

    count: int


@dataclass(frozen=True, slots=True)
class ToggleCrowd(AppCommand):
    """Show 16 environments of the checkpoint in place of the simulation, or the simulation again."""


@dataclass(frozen=True, slots=True)
class OpenSeed(FileCommand):
    """Open the checkpoint again with a random seed."""

    seed: int


@dataclass(frozen=True, slots=True)
class SetAutoReload(FileCommand):
    """Set whether a newer checkpoint is loaded without asking."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class SaveRun(FileCommand):
    """Write the run to a file that replays bit for bit; without a path, to a new file in the working directory."""

    path: Path | None = None


@dataclass(frozen=True, slots=True)
class PushFrom(PointerCommand):
    """Apply the push of `SetPush`, directed to the character's left and forward (each in [-1, 1])."""

    left: float
    forward: float
    body: int | None = None
    """Another body than that of `SetPush`."""


@dataclass(frozen=True, slots=True)
class AttachSpring(PointerCommand):
    """Attach the mouse spring to the body at a point of the 3D view, across and up in [-1, 1]."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class DragSpring(PointerCommand):
    """Drag the spring's free end to a point of the 3D view, in the plane of the picture."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class ReleaseSpring(PointerCommand):
    """Release the mouse spring."""


@dataclass(frozen=True, slots=True)
class SaveView(FileCommand):
    """Save what the camera shows as a view, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class DeleteView(FileCommand):
    """Delete a view that was saved, by its name."""

    name: str


@dataclass(frozen=True, slots=True)
class ExportChannels(FileCommand):
    """Write channels (name, field, column) of the history to a .csv; by default a new one in the working directory."""

    channels: tuple[tuple[str, str, int], ...]
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class ExportHistory(FileCommand):
    """Write the history to a new file of a kind of `export.KINDS` in the working directory, or to a path."""

    kind: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class StartSweep(AppCommand):
    """Measure the gait at `count` values of a parameter of the environment, from `first` to `last`."""

    parameter: str
    first: float
    last: float
    count: int


@dataclass(frozen=True, slots=True)
class StopSweep(AppCommand):
    """End the sweep; the measures so far stay."""


@dataclass(frozen=True, slots=True)
class SaveTable(FileCommand):
    """Write a table as text (.csv); without a path, to a new file in the working directory."""

    text: str
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class GoTo(AppCommand):
    """Show the next moment of a kind (`heel strike`, `toe-off`) after the shown frame, or with way -1 the one before it."""

    kind: str
    way: int = 1


@dataclass(frozen=True, slots=True)
class Focus(AppCommand):
    """Open a panel by its title and bring it to the front."""

    title: str


@dataclass(frozen=True, slots=True)
class Enlarge(AppCommand):
    """Show a panel large over the others, or put it back where it was."""

    title: str


@dataclass(frozen=True, slots=True)
class NextPanel(AppCommand):
    """Give the keyboard to the next panel, in front, or with way -1 to the one before; Esc takes it back."""

    way: int = 1


@dataclass(frozen=True, slots=True)
class Dismiss(AppCommand):
    """Dismiss the oldest notification."""


@dataclass(frozen=True, slots=True)
class Quit(AppCommand):
    """Quit the program."""
