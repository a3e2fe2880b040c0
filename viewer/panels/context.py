"""What a panel may know, and what a panel is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.commands import Send
    from muscle_viewer.viewer.history import History
    from muscle_viewer.viewer.notice import Notice
    from muscle_viewer.viewer.runtime import Status
    from muscle_viewer.viewer.view_state import ViewState


@dataclass(frozen=True)
class Context:
    """The moment as the panels see it. Read only: what a panel wants, it sends."""

    info: ModelInfo
    frame: Frame
    status: Status
    history: History
    view: ViewState
    frame_rate: float
    """Pictures per second of late."""
    notices: Sequence[Notice] = ()
    """Errors and news not yet dismissed, oldest first."""

    @property
    def clock(self) -> float:
        """Of the shown frame: simulated seconds since the viewer started."""
        return self.history.time(self.status.cursor)


class Panel(Protocol):
    """A window of the layout. Its own state (filter, sort) is its fields; it never sees the environment."""

    title: str
    place: str
    """Where it docks at first: "left", "left bottom", "right", "below"; "float" does not dock, "strip" is the bottom."""
    open: bool

    def draw(self, context: Context, send: Send) -> None:
        """Draw the contents with Dear ImGui, within the panel's window."""
