"""The interface of the panels: the read-only context that they draw, and the `Panel` protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from muscle_viewer.viewer.scene.colour_modes import ColourMode, colour_modes
from muscle_viewer.viewer.simulation.parameters import Bounds

if TYPE_CHECKING:
    import numpy as np
    from imgui_bundle import imgui
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.viewer.analysis.falls import Falls
    from muscle_viewer.viewer.analysis.insight import Insight
    from muscle_viewer.viewer.analysis.sweep import Sweep
    from muscle_viewer.viewer.commands import Send
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.history import History
    from muscle_viewer.viewer.simulation.runtime import Status
    from muscle_viewer.viewer.simulation.second_simulation import SecondSimulation
    from muscle_viewer.viewer.ui.notifications import Notification
    from muscle_viewer.viewer.ui.panels.progress import Loading


POSED = frozenset((
    "time", "phase", "positions", "reference_positions", "body_rotations", "body_positions", "path_points",
    "muscle_lengths", "fibre_lengths", "passive_forces", "moment_arms", "contact_points", "center_of_mass",
))  # fmt: skip
"""Fields of a frame that follow from a pose; the others are 0 in a frame that was not simulated."""

NOT_SIMULATED = "not simulated"
"""What stands in place of values that were not simulated."""


@dataclass(frozen=True)
class Context:
    """The present state of the viewer for the panels. Read only: a panel changes anything by sending a command."""

    info: ModelInfo
    frame: Frame
    status: Status
    history: History
    view: ViewState
    frame_rate: float
    """Pictures per second, averaged over the last ones."""
    notifications: Sequence[Notification] = ()
    """Notifications that are not dismissed yet, oldest first."""
    modes: Mapping[str, ColourMode] = field(default_factory=dict)
    """Quantities that the muscles' colours can show, by name."""
    action: np.ndarray | None = None
    """The action that led to the shown frame, float32 (actions,); None after a reset."""
    observation: np.ndarray | None = None
    """The policy's observation at the shown frame, float32 (observations,)."""
    insight: Insight | None = None
    """Muscle curves and network attributions, if a checkpoint is open."""
    images: Callable[[str, np.ndarray], imgui.ImTextureRef] | None = None
    """Uploads an image, uint8 (height, width, 4), as a named texture; None without a renderer."""
    labels: Sequence[tuple[float, float, str]] = ()
    """Texts over the 3D view and their positions in layout coordinates."""
    recent: Sequence[Path] = ()
    """Recently opened files, newest first."""
    panels: Sequence[str] = ()
    """Titles of all panels."""
    loading: Loading | None = None
    """The file that is being opened."""
    film_seconds: float | None = None
    """Length of the video that is being recorded, s; None if none is."""
    bounds: Bounds = field(default_factory=Bounds)
    """Bounds of the parameter sliders."""
    second: SecondSimulation | None = None
    """The second simulation, if there is one."""
    entries: Callable[[str], Sequence[str]] = lambda _: ()
    """Names of the entries of the `action` and of the `observation`."""
    other_engine: str = "DART"
    """Name of the physics engine that `CompareEngines` compares with."""

    has_policy: bool = True
    """Whether a policy acts; otherwise the character is posed, or moved by the excitations that are held."""
    open_panels: frozenset[str] = frozenset()
    sweep: Sweep | None = None
    """The last sweep over a parameter, if there is one."""
    checkpoints: Sequence[Path] = ()
    """The numbered checkpoints of the open training run, oldest first."""
    shown_checkpoint: Path | None = None
    """File of the weights that act."""
    falls: Falls | None = None
    """The last test of many seeds, if there is one."""
    value: float | None = None
    """The critic's value of the shown observation; None without one."""
    action_std: np.ndarray | None = None
    """Standard deviations of the actions in training, (actions,); None where they are not known."""
    has_activations: bool = True
    """Whether forces and activations are simulated."""
    is_empty: bool = False
    """Whether no file is open or being opened."""
    enlarged: str = ""
    """Title of the panel that is shown large over the others."""

    @property
    def is_simulated(self) -> bool:
        """Whether a step led to the shown frame; otherwise a pose did, which has only the fields POSED."""
        set_by_hand = self.status.live and bool(self.status.parameters.pose)
        posed = not self.has_policy and (self.frame.time == 0.0 or set_by_hand)
        return self.has_activations and not posed

    def has(self, fields: Iterable[str]) -> bool:
        """Whether the shown frame has values of all these fields."""
        return self.is_simulated or POSED.issuperset(fields)

    @property
    def mode(self) -> ColourMode:
        """The quantity that the muscles' colours show."""
        modes = self.modes or colour_modes(self.info)
        return self.view.mode(modes)

    @property
    def clock(self) -> float:
        """Time of the shown frame: simulated seconds since the viewer started."""
        return self.history.time(self.status.cursor)


class Panel(Protocol):
    """A window of the layout. Its own state (filter, order) is in its fields; it has no access to the environment.

    One with an attribute `needs_policy = True` shows nothing where nobody acts.
    """

    title: str
    place: str
    """Default place: docked "left", "right" or "below"; "float" and "overlay" are not docked, "strip" is at the bottom."""
    open: bool

    def draw(self, context: Context, send: Send) -> None:
        """Draw the contents with Dear ImGui, within the panel's window."""
