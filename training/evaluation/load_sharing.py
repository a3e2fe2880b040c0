"""How a checkpoint's muscle network shares torques among the muscles, against the static optimum."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import torch
from muscle_viewer.core import BatchEnv
from numpy.typing import NDArray

from ..muscle_learner import USED, MuscleNetwork, activations
from ..muscle_samples import TorqueMap
from ..static_optimum import static_optimum

EVERY = 15
"""Control steps between two collections."""
MOST = 4096
"""Samples that are compared."""


class SampleCollector:
    """Muscle samples of the environments that are still in their episode, every few steps."""

    def __init__(self) -> None:
        self._jta: list[NDArray[np.float32]] = []
        self._torque: list[NDArray[np.float32]] = []
        self._steps = 0

    def __call__(self, env: BatchEnv, alive: NDArray[np.bool_]) -> None:
        self._steps += 1
        if self._steps % EVERY == 0 and sum(map(len, self._jta)) < MOST:
            samples = env.muscle_samples
            sound = alive & np.isfinite(samples.jta).all(1) & np.isfinite(samples.torque).all(1)
            self._jta.append(samples.jta[sound])
            self._torque.append(samples.torque[sound])

    def samples(self) -> tuple[torch.Tensor, torch.Tensor] | None:
        """JtA (n, R) and desired torque (n, D) of the active muscles, N m; None without any."""
        if not any(map(len, self._jta)):
            return None
        jta, torque = np.concatenate(self._jta), np.concatenate(self._torque)
        return torch.from_numpy(jta), torch.from_numpy(torque)


@torch.no_grad()
def effort(
    env: BatchEnv, weights: Mapping[str, torch.Tensor], samples: SampleCollector
) -> tuple[float, list[str]]:
    """The network's sum of squared activations over the optimum's, and the names of the muscles that the optimum uses
    above 0.05 on average and the network not above 0.01. nan and none where there is nothing to compare."""
    found = samples.samples()
    last = [weights[name] for name in weights if name.endswith("weight")]
    plain = len(last) == 4 and env.config.muscles.network_torque == "active_only"
    if found is None or not plain or last[0].shape[1] != env.muscle_torque_dim + env.num_joint_dofs:
        return float("nan"), []
    jta, torque = found
    network = MuscleNetwork(last[0].shape[1], env.num_muscles, [w.shape[0] for w in last[:3]])
    try:
        network.load_state_dict(dict(weights))
    except RuntimeError:  # a network of MASS or GaitNet, with other keys
        return float("nan"), []
    torques = TorqueMap(env.muscle_of, env.muscle_dofs, env.muscle_driven_dofs, env.num_muscles)
    optimum, converged = static_optimum(torques.dense(jta), torques.desired(torque))
    a, optimum = activations(network(jta, torque))[converged], optimum[converged]
    if not len(a):
        return float("nan"), []
    idle = (optimum.mean(0) > 0.05) & (a.mean(0) < USED)
    names = [env.info.muscle_names[int(k)] for k in idle.nonzero()[:, 0]]
    return float(a.square().sum() / optimum.square().sum()), names
