"""The log of a run: all inputs and changes, from which it can be replayed bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.viewer.simulation.inputs import Inputs
from muscle_viewer.viewer.simulation.parameters import Parameters

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame

QUANTITIES = ("positions", "velocities", "activations", "excitations", "contact_forces", "reward")
"""Quantities of each frame that a replay is compared by."""

LONGEST = 36_000
"""Largest number of steps of a log; a longer run starts a new log from its present state."""


@dataclass(frozen=True)
class Change:
    """New parameters or weights, which apply from the entry of an index on."""

    index: int
    kind: str
    """`parameters` or `checkpoint`."""
    value: Any


def quantities(frame: Frame) -> np.ndarray:
    """The compared quantities of a frame as one vector, float32."""
    parts = [np.ravel(np.asarray(getattr(frame, name), np.float32)) for name in QUANTITIES]
    return np.concatenate(parts)


class RunLog:
    """Inputs by the index of the frame that they lead to; None is a reset."""

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
        """Start the log at a frame and its state."""
        self.first = index
        self.base = state
        self.begins_with_reset = first_reset
        """Whether the base is the first reset of the seed."""
        self.parameters, self.checkpoint = parameters, checkpoint
        """Parameters at the base."""
        self.entries: list[Inputs | None] = [None]
        self.rows = [quantities(frame)]
        self.changes: list[Change] = []

    def append(self, inputs: Inputs | None, frame: Frame) -> None:
        """Append the inputs of a step, or None for a reset, and the resulting frame."""
        self.entries.append(inputs)
        self.rows.append(quantities(frame))

    @property
    def next(self) -> int:
        """Index of the next entry."""
        return self.first + len(self.entries)

    @property
    def is_full(self) -> bool:
        """Whether the log has reached its largest length."""
        return len(self.entries) >= LONGEST

    def change(self, kind: str, value: Any, instead: bool = False) -> None:
        """Log a change of the `parameters` or the `checkpoint`, which applies from the next entry on.

        instead: in place of the last change, if that is of the same kind and entry.
        """
        change = Change(self.next, kind, value)
        last = self.changes[-1] if self.changes else None
        if instead and last and (last.index, last.kind) == (change.index, kind):
            self.changes.pop()
        self.changes.append(change)

    def in_force(self, kind: str) -> Any:
        """The parameters or the checkpoint that apply to the next entry."""
        last = next((c.value for c in reversed(self.changes) if c.kind == kind), None)
        return getattr(self, kind) if last is None else last

    def inputs(self, index: int) -> Inputs | None:
        """The inputs of the step to the frame of an index; None for a reset and for a frame before the log's start."""
        at = index - self.first
        return self.entries[at] if 0 <= at < len(self.entries) else None

    def cut(self, index: int) -> None:
        """Discard all entries after an index."""
        keep = max(index - self.first + 1, 1)
        del self.entries[keep:], self.rows[keep:]
        self.changes = [change for change in self.changes if change.index < self.next]
