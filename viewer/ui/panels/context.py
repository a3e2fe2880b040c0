"""What a panel may know, and what a panel is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from muscle_viewer.viewer.scene.colour_modes import ColourMode, colour_modes
from muscle_viewer.viewer.simulation.parameters import Bounds

if TYPE_CHECKING:
    import numpy as np
    from imgui_bundle import imgui
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.analysis.insight import Insight
    from muscle_viewer.viewer.commands import Send
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.history import History
    from muscle_viewer.viewer.simulation.runtime import Status
    from muscle_viewer.viewer.simulation.second_simulation import SecondSimulation
    from muscle_viewer.viewer.ui.notifications import Notification
    from muscle_viewer.viewer.ui.panels.progress import Loading


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
    notifications: Sequence[Notification] = ()
    """Errors and news not yet dismissed, oldest first."""
    modes: Mapping[str, ColourMode] = field(default_factory=dict)
    """What the muscles' colours can show, by name."""
    action: np.ndarray | None = None
    """What led to the shown frame, float32 (actions,); None after a reset."""
    observation: np.ndarray | None = None
    """What the policy sees at the shown frame, float32 (observations,)."""
    insight: Insight | None = None
    """Into the muscles' laws and networks, where there is a checkpoint."""
    images: Callable[[str, np.ndarray], imgui.ImTextureRef] | None = None
    """Shows an image, uint8 (height, width, 4), under a name; None where nothing can be drawn."""
    labels: Sequence[tuple[float, float, str]] = ()
    """Words in the 3D view, in the coordinates of the layout."""
    recent: Sequence[Path] = ()
    """Files opened before, the last first."""
    panels: Sequence[str] = ()
    """Titles of all panels."""
    loading: Loading | None = None
    """What is being opened."""
    film_seconds: float | None = None
    """Length of the film that is being made; None without one."""
    bounds: Bounds = field(default_factory=Bounds)
    """How far the sliders go."""
    second: SecondSimulation | None = None
    """The second simulation, where there are two."""
    entries: Callable[[str], Sequence[str]] = lambda _: ()
    """Names of each entry of an `action` and of an `observation`."""

    @property
    def mode(self) -> ColourMode:
        """What the muscles' colours show."""
        modes = self.modes or colour_modes(self.info)
        return modes[self.view.colour_by]

    @property
    def clock(self) -> float:
        """Of the shown frame: simulated seconds since the viewer started."""
        return self.history.time(self.status.cursor)


class Panel(Protocol):
    """A window of the layout. Its own state (filter, sort) is its fields; it never sees the environment."""

    title: str
    place: str
    """Where it docks at first: "left", "right", "below"; "float" does not dock, "strip" is the bottom."""
    open: bool

    def draw(self, context: Context, send: Send) -> None:
        """Draw the contents with Dear ImGui, within the panel's window."""
