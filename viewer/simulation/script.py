"""A recording that is replayed: the inputs of its steps and the changes between them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muscle_viewer.viewer.simulation.inputs import Inputs
    from muscle_viewer.viewer.simulation.run_log import Change


class Script:
    """Inputs in their order; None is a reset. Empty where nothing is replayed."""

    def __init__(self, inputs: Sequence[Inputs | None], changes: Sequence[Change]) -> None:
        self._inputs, self._changes = list(inputs), list(changes)
        self._at = 0

    @property
    def remaining(self) -> int:
        """Number of inputs that were not taken yet."""
        return len(self._inputs) - self._at

    @property
    def is_done(self) -> bool:
        """Whether all of a recording was replayed."""
        return bool(self._inputs) and not self.remaining

    def changes(self) -> Iterator[Change]:
        """Take the changes that come before the next inputs."""
        while self._changes and self._changes[0].index <= self._at:
            yield self._changes.pop(0)

    def next(self) -> Inputs | None:
        """Take the next inputs."""
        self._at += 1
        return self._inputs[self._at - 1]

    def end(self) -> None:
        """Leave out what remains; the policy acts from now on."""
        del self._inputs[self._at :]
        self._changes.clear()

    def clear(self) -> None:
        """Forget the recording."""
        self._inputs.clear()
        self._at = 0
