"""How a checkpoint's muscle network shares torques among the muscles, against the static optimum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from muscle_viewer.core import BatchEnv, MuscleSamples
from numpy.typing import NDArray

from ..muscle_learner import USED, MuscleNetwork, activations
from ..muscle_samples import TorqueMap, finite

EVERY = 15
"""Control steps between two collections."""
MOST = 4096
"""Samples that are compared."""


class SampleCollector:
    """Muscle samples of the environments that are still in their episode, every few steps."""

    def __init__(self) -> None:
        self._parts: list[MuscleSamples] = []
        self._steps = 0

    def __call__(self, env: BatchEnv, alive: NDArray[np.bool_]) -> None:
        self._steps += 1
        if self._steps % EVERY == 0 and sum(len(part.jta) for part in self._parts) < MOST:
            self._parts.append(finite(env.muscle_samples, alive))

    def samples(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None:
        """JtA (n, R), desired torque of the active muscles (n, D) and the torque that the network is told (n, D), N m;
        None without any."""
        if not any(len(part.jta) for part in self._parts):
            return None
        jta, torque, passive = (
            torch.from_numpy(np.concatenate([getattr(part, name) for part in self._parts]))
            for name in ("jta", "torque", "passive")
        )
        return jta, torque, torque + passive if passive.shape[1] else torque


@torch.no_grad()
def effort(
    env: BatchEnv, weights: Mapping[str, torch.Tensor], samples: SampleCollector
) -> tuple[float, list[str]]:
    """The network's sum of squared activations over the optimum's, and the names of the muscles that the optimum uses
    above 0.05 on average and the network not above 0.01. nan and none where there is nothing to compare."""
    found = samples.samples()
    last = [weights[name] for name in weights if name.endswith("weight")]
    if found is None or len(last) != 4 or last[0].shape[1] != env.network_inputs:
        return float("nan"), []
    jta, torque, told = found
    network = MuscleNetwork(last[0].shape[1], env.num_muscles, [w.shape[0] for w in last[:3]])
    try:
        network.load_state_dict(dict(weights))
    except RuntimeError:  # a network of MASS or GaitNet, with other keys
        return float("nan"), []
    entries = torch.from_numpy(env.network_entries).long()
    torques = TorqueMap(env.muscle_of, env.muscle_dofs, env.muscle_driven_dofs, env.num_muscles)
    optimum, converged = torques.optimum(jta, torque)
    a = activations(network(jta, told, entries))[converged]
    optimum = optimum[converged]
    if not len(a):
        return float("nan"), []
    idle = (optimum.mean(0) > 0.05) & (a.mean(0) < USED)
    names = [env.info.muscle_names[int(k)] for k in idle.nonzero()[:, 0]]
    return float(a.square().sum() / optimum.square().sum()), names
