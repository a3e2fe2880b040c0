"""Everything that a run is made of, written down while it happens: enough to make it again, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.viewer.simulation.inputs import Inputs
from muscle_viewer.viewer.simulation.parameters import Parameters

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame

QUANTITIES = ("positions", "velocities", "activations", "excitations", "contact_forces", "reward")
"""What a replay is compared by."""

LONGEST = 36_000
"""Steps that are kept; a longer run begins again at the state where it is then."""


@dataclass(frozen=True)
class Change:
    """Parameters or weights that hold from the entry of an index on."""

    index: int
    kind: str
    """`parameters` or `checkpoint`."""
    value: Any


def quantities(frame: Frame) -> np.ndarray:
    """The compared quantities of a frame, side by side, float32."""
    parts = [np.ravel(np.asarray(getattr(frame, name), np.float32)) for name in QUANTITIES]
    return np.concatenate(parts)


class RunLog:
    """Entries by the index of the frame that they lead to; None is a reset."""

    def __init__(self, frame: Frame, state: Any, parameters: Parameters, checkpoint: Any) -> None:
        self.begin(0, frame, state, parameters, checkpoint, True)

    def begin(
        self,
        index: int,
        frame: Frame,
        state: Any,
        parameters: Parameters,
        checkpoint: Any,
        first_reset: bool,
    ) -> None:
        """Start at a frame and the state that goes with it."""
        self.first = index
        self.base = state
        self.begins_with_reset = first_reset
        """Whether the base is the first reset of the seed."""
        self.parameters, self.checkpoint = parameters, checkpoint
        """In force at the base."""
        self.entries: list[Inputs | None] = [None]
        self.rows = [quantities(frame)]
        self.changes: list[Change] = []

    def append(self, inputs: Inputs | None, frame: Frame) -> None:
        """The inputs of a step, or None for a reset, and the frame that came of it."""
        self.entries.append(inputs)
        self.rows.append(quantities(frame))

    @property
    def next(self) -> int:
        """Index of the entry that comes next."""
        return self.first + len(self.entries)

    @property
    def is_full(self) -> bool:
        """Whether it should begin again."""
        return len(self.entries) >= LONGEST

    def change(self, kind: str, value: Any) -> None:
        """From the next entry on, `parameters` or a `checkpoint` holds."""
        self.changes.append(Change(self.next, kind, value))

    def in_force(self, kind: str) -> Any:
        """The parameters or checkpoint that hold for the next entry."""
        last = next((c.value for c in reversed(self.changes) if c.kind == kind), None)
        return getattr(self, kind) if last is None else last

    def inputs(self, index: int) -> Inputs | None:
        """What led to the frame of an index; None for a reset and for what is not kept."""
        at = index - self.first
        return self.entries[at] if 0 <= at < len(self.entries) else None

    def cut(self, index: int) -> None:
        """Forget everything after an index."""
        keep = max(index - self.first + 1, 1)
        del self.entries[keep:], self.rows[keep:]
        self.changes = [change for change in self.changes if change.index < self.next]
