"""Everything that can be asked of the viewer.

A panel, a key or a mouse click never changes anything: it sends one of these commands. They are carried out in the order
in which they came, at the top of the next frame: by the runtime (`RuntimeCommand`, in simulation/commands.py), by the view
state (`ViewCommand`, in scene/commands.py), or by the application (`AppCommand`, here).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from muscle_viewer.viewer.scene.commands import *  # noqa: F403 - one name for all commands
from muscle_viewer.viewer.simulation.commands import *  # noqa: F403
from muscle_viewer.viewer.simulation.commands import Command


class AppCommand(Command):
    """A command to the program."""

    __slots__ = ()


class PointerCommand(AppCommand):
    """A command about a place in the 3D view, or a direction of the character's."""

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
class HoverAt(PointerCommand):
    """Hover over what lies under a point of the view, across and up in [-1, 1]."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class PickAt(PointerCommand):
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
class PushFrom(PointerCommand):
    """Push as `SetPush` says, towards the character's left and forward (each in [-1, 1])."""

    left: float
    forward: float


@dataclass(frozen=True, slots=True)
class AttachSpring(PointerCommand):
    """Hold the body at a point of the 3D view, across and up in [-1, 1], with a spring."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class DragSpring(PointerCommand):
    """Drag what is held to a point of the view, in the plane of the picture."""

    across: float
    up: float


@dataclass(frozen=True, slots=True)
class ReleaseSpring(PointerCommand):
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
