"""What the muscle learner learns from: samples of the simulator, and optimal activations for some of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from muscle_viewer.core import MuscleSamples
from numpy.typing import NDArray


class Ring:
    """The last `capacity` rows of a few arrays."""

    def __init__(
        self, capacity: int, widths: Mapping[str, int], device: torch.device | str = "cpu"
    ) -> None:
        self.arrays = {
            name: torch.zeros(capacity, width, device=device) for name, width in widths.items()
        }
        self.capacity, self.written = capacity, 0

    def __len__(self) -> int:
        return min(self.written, self.capacity)

    def append(self, **rows: torch.Tensor) -> None:
        """Rows (n, width) of every array."""
        count = len(next(iter(rows.values())))
        skipped = max(count - self.capacity, 0)
        at = torch.arange(self.written + skipped, self.written + count) % self.capacity
        for name, values in rows.items():
            array = self.arrays[name]
            array[at.to(array.device)] = values[skipped:].to(array.device)
        self.written += count

    def draw(self, count: int, generator: torch.Generator) -> tuple[torch.Tensor, ...]:
        rows = torch.randint(len(self), (count,), generator=generator)
        return tuple(a.index_select(0, rows.to(a.device)) for a in self.arrays.values())

    def newest(self, count: int) -> tuple[torch.Tensor, ...]:
        """At most `count` rows, the oldest first."""
        rows = torch.arange(self.written - min(count, len(self)), self.written) % self.capacity
        return tuple(a.index_select(0, rows.to(a.device)) for a in self.arrays.values())

    def state_dict(self) -> dict[str, Any]:
        kept = {
            name: a[: len(self)].to("cpu", copy=True)
            for name, a in self.arrays.items()
            if a.shape[1]
        }
        return {**kept, "written": self.written}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.written = int(state["written"])
        for name, array in self.arrays.items():
            if array.shape[1]:
                array[: len(self)] = state[name]


class SampleBuffer(Ring):
    """The last `capacity` samples of (JtA, torque, passive torque), as `MuscleSamples`.

    passive: the width of the passive torque, `dofs` or 0.
    """

    def __init__(
        self,
        capacity: int,
        entries: int,
        dofs: int,
        device: torch.device | str = "cpu",
        passive: int = 0,
    ) -> None:
        super().__init__(capacity, {"jta": entries, "torque": dofs, "passive": passive}, device)

    @property
    def jta(self) -> torch.Tensor:
        return self.arrays["jta"]

    @property
    def torque(self) -> torch.Tensor:
        return self.arrays["torque"]

    def add(self, samples: MuscleSamples) -> None:
        """Copy the finite rows; those of a diverged environment are not finite."""
        rows = finite(samples)
        self.append(**{name: torch.from_numpy(values) for name, values in vars(rows).items()})


def finite(samples: MuscleSamples, chosen: NDArray[np.bool_] | None = None) -> MuscleSamples:
    """A copy of the (chosen) rows that are finite."""
    arrays = vars(samples)
    sound = np.logical_and.reduce([np.isfinite(values).all(1) for values in arrays.values()])
    if chosen is not None:
        sound &= chosen
    return MuscleSamples(**{name: values[sound] for name, values in arrays.items()})


class TorqueMap:
    """The map from activations to joint torques: the sparse JtA, entry by entry. A muscle may span no joint."""

    def __init__(
        self,
        muscle_of: NDArray[np.int32],
        muscle_dofs: NDArray[np.int32],
        driven: NDArray[np.bool_],
        muscles: int,
        device: torch.device | str = "cpu",
    ) -> None:
        self.driven = torch.from_numpy(np.flatnonzero(driven)).to(device)
        self._muscles, self._dofs = muscles, int(np.count_nonzero(driven))
        # Entries of dofs that muscles do not drive are summed up in a column after those that are.
        column = np.where(driven, np.cumsum(driven) - 1, self._dofs)
        self._of_muscle = _Columns(muscle_of, muscles, device)
        self._of_dof = _Columns(column[muscle_dofs], self._dofs + 1, device)

    def __call__(self, jta: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        """Active torque on the muscle-driven dofs, (n, driven), N m."""
        return self._of_dof.summed(jta * self._of_muscle.spread(a))[:, : self._dofs]

    def desired(self, torque: torch.Tensor) -> torch.Tensor:
        return torque[:, self.driven]

    def dense(self, jta: torch.Tensor) -> torch.Tensor:
        """JtA on the driven dofs as matrices, (n, driven, M), N m."""
        matrices = jta.new_zeros(len(jta), (self._dofs + 1) * self._muscles)
        matrices[:, self._of_dof.index * self._muscles + self._of_muscle.index] = jta
        return matrices.view(len(jta), self._dofs + 1, self._muscles)[:, : self._dofs]


class _Columns:
    """The column of each of R entries, of `count` columns.

    On CUDA products with a matrix of ones are cheap, and unlike indexed sums they add in a fixed order.
    """

    def __init__(self, column: NDArray[np.integer], count: int, device: torch.device | str) -> None:
        self.index = torch.from_numpy(column).long().to(device)
        self._count = count
        self._ones = (
            torch.nn.functional.one_hot(self.index, count).float() if self.index.is_cuda else None
        )

    def spread(self, x: torch.Tensor) -> torch.Tensor:
        """The columns of x (n, count) of the entries, (n, R)."""
        return x.index_select(1, self.index) if self._ones is None else x @ self._ones.T

    def summed(self, x: torch.Tensor) -> torch.Tensor:
        """Sums of x (n, R) by the entries' columns, (n, count)."""
        if self._ones is not None:
            return x @ self._ones
        return x.new_zeros(len(x), self._count).index_add(1, self.index, x)
