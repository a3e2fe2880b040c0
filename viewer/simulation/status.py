"""What the window is told of the simulation: its state, and a snapshot for the panels."""

from __future__ import annotations

import enum
from dataclasses import dataclass

from muscle_viewer.viewer.simulation.edits import Edit
from muscle_viewer.viewer.simulation.inputs import Perturbation
from muscle_viewer.viewer.simulation.parameters import Parameters

NOTHING, AS_LOADED = Perturbation(), Parameters()


class State(enum.Enum):
    """State of the simulation."""

    PAUSED = "paused"
    PLAYING = "playing"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True)
class Status:
    """A snapshot of the runtime for the panels."""

    state: State
    message: str
    name: str
    time: float
    """Simulated seconds since the episode began."""
    episode: int
    speed: float
    real_time_factor: float
    """Simulated seconds per wall second, averaged over the last seconds; 0 while paused."""
    behind: bool
    """Whether the simulation plays and is slower than the requested speed."""
    auto_reset: bool
    cursor: int = 0
    """Index of the shown frame in the history."""
    live: bool = True
    """Whether the shown frame is the newest."""
    loop: tuple[int, int] | None = None
    """Indices of the first and last frame of the loop."""
    perturbation: Perturbation = NOTHING
    """`Runtime.acting`."""
    parameters: Parameters = AS_LOADED
    replaying: int = 0
    """Number of steps of a recording that remain."""
    done: tuple[Edit, ...] = ()
    """The user's changes, oldest first."""
    undone: tuple[Edit, ...] = ()
    """Those that were undone, the next to be done again last."""
