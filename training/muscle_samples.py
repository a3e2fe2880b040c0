"""What the muscle learner learns from: samples of the simulator, and optimal activations for some of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from muscle_viewer.core import MuscleSamples, _core
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

    def rows(self, count: int) -> list[torch.Tensor]:
        """Uninitialised (count, width), of every array."""
        return [a.new_empty(count, a.shape[1]) for a in self.arrays.values()]

    def draw(self, into: Sequence[torch.Tensor], generator: torch.Generator) -> None:
        """Fill (count, width) of every array with rows that are drawn independently."""
        rows = torch.randint(len(self), (len(into[0]),), generator=generator)
        for array, drawn in zip(self.arrays.values(), into, strict=True):
            torch.index_select(array, 0, rows.to(array.device), out=drawn)

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
        """Of another ring, of whose rows the newest are kept where they are more than `capacity`."""
        kept = {name: state[name] for name, array in self.arrays.items() if array.shape[1]}
        held = min((len(rows) for rows in kept.values()), default=0)
        self.written = int(state["written"])
        if (
            held != self.capacity and not held == self.written < self.capacity
        ):  # their places differ
            order = torch.arange(self.written - min(held, self.capacity), self.written)
            kept = {name: rows[order % held] for name, rows in kept.items()}
            self.written = len(order)
        for name, rows in kept.items():
            self.arrays[name][: len(self)] = rows[: len(self)]


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
        count = int(np.count_nonzero(driven))
        column = np.where(driven, np.cumsum(driven) - 1, -1)[muscle_dofs]
        self._sharing = _core.LoadSharing(
            muscle_of, column, muscles, count, torch.get_num_threads()
        )
        self._ones = (
            (_ones(muscle_of, muscles, device), _ones(column, count, device))
            if torch.device(device).type == "cuda"
            else None
        )
        """On CUDA, the muscles and the dofs of the entries: products with matrices of ones add in a fixed order."""

    def __call__(self, jta: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        """Active torque on the muscle-driven dofs, (n, driven), N m."""
        if self._ones is not None:
            of_muscle, of_dof = self._ones
            return (jta * (a @ of_muscle.T)) @ of_dof
        made: torch.Tensor = _Torques.apply(a, jta, self._sharing)
        return made

    def desired(self, torque: torch.Tensor) -> torch.Tensor:
        return torque[:, self.driven]

    @torch.no_grad()
    def optimum(
        self, jta: torch.Tensor, torque: torch.Tensor, iterations: int = 100
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Activations (n, M) of the least effort for the desired torque (n, D), and which rows have converged (n,).

        Static optimisation after Crowninshield and Brand (1981), see core/src/muscle/load_sharing.hpp.
        """
        found, converged = self._sharing.optima(
            jta.cpu().numpy(), self.desired(torque).cpu().numpy(), iterations
        )
        return torch.from_numpy(found).to(jta.device), torch.from_numpy(converged).to(jta.device)


class _Torques(torch.autograd.Function):
    """JtA a on the CPU, by the core."""

    @staticmethod
    def forward(
        ctx: Any, a: torch.Tensor, jta: torch.Tensor, sharing: _core.LoadSharing
    ) -> torch.Tensor:
        ctx.jta, ctx.sharing = jta, sharing
        return torch.from_numpy(sharing.torques(jta.numpy(), a.numpy()))

    @staticmethod
    def backward(ctx: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None, None]:
        pulled = ctx.sharing.pull_back(ctx.jta.numpy(), gradients[0].numpy())
        return torch.from_numpy(pulled), None, None


def _ones(column: NDArray[np.integer], count: int, device: torch.device | str) -> torch.Tensor:
    """1 at the column of each row, which has none if it is negative; (rows, count)."""
    return torch.from_numpy(np.equal.outer(column, np.arange(count)).astype(np.float32)).to(device)
