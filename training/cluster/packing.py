"""Fragments and weights as numpy arrays, which Ray's object store passes on without copies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray

from ..fragment import Fragment
from ..ppo import Rollout

Arrays = dict[str, NDArray[np.generic]]
PARTS = ("last_obs", "jta", "torque", "passive")
OBSERVATIONS = ("obs", "last_obs")


@dataclass(frozen=True)
class Packed:
    """A fragment: its arrays by their names, and all else of it."""

    arrays: Arrays
    rest: Fragment
    """Without tensors."""
    seconds: float
    """Time of the rollout on the actor, s."""

    @property
    def bytes(self) -> int:
        return sum(array.nbytes for array in self.arrays.values())


NOTHING = torch.zeros(0)


def pack(fragment: Fragment, float16: bool, seconds: float = 0.0) -> Packed:
    """float16: send observations so; they were rounded before, and nothing is lost."""
    tensors = {name: getattr(fragment, name) for name in PARTS}
    tensors |= {name: t for name, t in vars(fragment.rollout).items() if name != "values"}
    if float16:
        tensors |= {name: tensors[name].half() for name in OBSERVATIONS}
    rest = _with(fragment, Rollout(0, 0, 0, 0), dict.fromkeys(PARTS, NOTHING))
    return Packed({name: t.numpy() for name, t in tensors.items()}, rest, seconds)


def unpack(packed: Packed) -> Fragment:
    """The fragment, float32; its tensors are copies of the arrays."""
    tensors = {name: torch.from_numpy(a.astype(np.float32)) for name, a in packed.arrays.items()}
    rollout = Rollout(0, 0, 0, 0)
    for name in vars(rollout).keys() & tensors.keys():
        setattr(rollout, name, tensors[name])
    rollout.values = torch.zeros_like(rollout.rewards)
    return _with(packed.rest, rollout, tensors)


def _with(fragment: Fragment, rollout: Rollout, parts: Mapping[str, torch.Tensor]) -> Fragment:
    last_obs, jta, torque, passive = (parts[name] for name in PARTS)
    return replace(
        fragment, rollout=rollout, last_obs=last_obs, jta=jta, torque=torque, passive=passive
    )


def pack_weights(state: Mapping[str, torch.Tensor]) -> Arrays:
    return {name: tensor.detach().cpu().numpy() for name, tensor in state.items()}


def unpack_weights(arrays: Arrays) -> dict[str, torch.Tensor]:
    """Tensors of their own: arrays from the object store are read-only."""
    return {name: torch.from_numpy(array.copy()) for name, array in arrays.items()}
