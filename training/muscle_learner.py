"""Supervised learning of the muscle network: activations for a desired torque.

Loss after MASS (Lee et al. 2019, doi 10.1145/3306346.3322972, eq. 9, with the terms of its
successors): mean(((JtA a - tau) / s)^2) + w_a mean(a^2) + w_z mean(z^2), a = relu(tanh(z)), tau the
desired minus the passive torque. The last term keeps inactive muscles within reach of the
gradient. s is 100 N m there; here each dof has its own, 2.5 times its root mean square torque, as
the toes' small torques would otherwise weigh less than the effort of producing them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from muscle_viewer.core import BatchEnv, ConfigError, MuscleSamples
from muscle_viewer.core.mirror import Mirror
from numpy.typing import NDArray
from pydantic import ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn

from .symmetry import Reflection

TORQUE_SCALE = 200.0  # N m, scale of the network's inputs; as in the core
LOSS_SCALE = 2.5  # times a dof's root mean square torque
LEAST_SCALE = 10.0  # N m


@dataclass(frozen=True)
class MuscleSettings:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", allow_inf_nan=False)

    hidden: tuple[PositiveInt, PositiveInt, PositiveInt] = (256, 256, 256)
    """Widths of the three hidden layers."""
    learning_rate: PositiveFloat = 1e-3
    """Learning rate of the warm-up; 0.3 times as large while the policy learns."""
    batch: PositiveInt = 1024
    """Number of samples of a gradient step."""
    capacity: PositiveInt = 65536
    """Number of samples in the buffer; new ones replace the oldest."""
    activation_weight: NonNegativeFloat = 0.01
    """w_a of the loss: larger values give weaker activations and larger torque errors."""
    preactivation_weight: NonNegativeFloat = 0.001
    """w_z of the loss."""
    max_grad_norm: PositiveFloat = 0.5
    """Bound of the gradient's norm."""


class MuscleNetwork(nn.Module):
    """z of the muscle network: state_dict keys fc.0/2/4/6.weight|bias, as the core loads them."""

    def __init__(self, inputs: int, muscles: int, hidden: Sequence[int] = (256, 256, 256)) -> None:
        super().__init__()
        sizes = [inputs, *hidden, muscles]
        layers: list[nn.Module] = []
        for n, m in pairwise(sizes):
            layers += [nn.Linear(n, m), nn.LeakyReLU(0.2)]
        self.fc = nn.Sequential(*layers[:-1])
        for layer in self.fc:
            if isinstance(layer, nn.Linear):
                nn.init.xavier_uniform_(layer.weight)
                nn.init.zeros_(layer.bias)
        # Every muscle starts lightly active, so that the gradient reaches all of them.
        nn.init.constant_(layers[-2].bias, 0.1)  # type: ignore[arg-type]

    def forward(self, jta: torch.Tensor, torque: torch.Tensor) -> torch.Tensor:
        """Pre-activations (n, M) from reduced JtA (n, R) and desired torque (n, D), N m."""
        return self.fc(torch.cat([jta, torque], dim=1) / TORQUE_SCALE)


def activations(z: torch.Tensor) -> torch.Tensor:
    return torch.relu(torch.tanh(z))


class SampleBuffer:
    """The last `capacity` samples of (JtA, torque)."""

    def __init__(
        self, capacity: int, entries: int, dofs: int, device: torch.device | str = "cpu"
    ) -> None:
        self.jta = torch.zeros(capacity, entries, device=device)
        self.torque = torch.zeros(capacity, dofs, device=device)
        self.written = 0

    def __len__(self) -> int:
        return min(self.written, self.jta.shape[0])

    def add(self, samples: MuscleSamples) -> None:
        """Copy the finite rows; those of a diverged environment are not finite."""
        sound = np.isfinite(samples.jta).all(1) & np.isfinite(samples.torque).all(1)
        jta, torque = torch.from_numpy(samples.jta[sound]), torch.from_numpy(samples.torque[sound])
        rows = torch.arange(self.written, self.written + jta.shape[0]) % self.jta.shape[0]
        rows = rows.to(self.jta.device)
        self.jta[rows] = jta.to(self.jta.device)
        self.torque[rows] = torque.to(self.jta.device)
        self.written += jta.shape[0]

    def draw(self, count: int, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
        rows = torch.randint(len(self), (count,), generator=generator).to(self.jta.device)
        return self.jta.index_select(0, rows), self.torque.index_select(0, rows)

    def state_dict(self) -> dict[str, Any]:
        return {
            "jta": self.jta[: len(self)].to("cpu", copy=True),
            "torque": self.torque[: len(self)].to("cpu", copy=True),
            "written": self.written,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.written = int(state["written"])
        self.jta[: len(self)] = state["jta"]
        self.torque[: len(self)] = state["torque"]


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
        entries = torch.arange(len(muscle_of))
        self.driven = torch.from_numpy(np.flatnonzero(driven))
        spread = torch.zeros(muscles, len(entries))
        spread[torch.from_numpy(muscle_of).long(), entries] = 1
        collect = torch.zeros(len(entries), len(driven))
        collect[entries, torch.from_numpy(muscle_dofs).long()] = 1
        self._spread, self._collect = spread.to(device), collect[:, self.driven].to(device)
        self.driven = self.driven.to(device)

    def __call__(self, jta: torch.Tensor, a: torch.Tensor) -> torch.Tensor:
        """Active torque on the muscle-driven dofs, (n, driven), N m."""
        return (jta * (a @ self._spread)) @ self._collect

    def desired(self, torque: torch.Tensor) -> torch.Tensor:
        return torque[:, self.driven]


class MuscleLearner:
    def __init__(
        self,
        env: BatchEnv,
        settings: MuscleSettings,
        generator: torch.Generator,
        mirror: Mirror | None = None,
        device: torch.device | str = "cpu",
    ) -> None:
        self.settings = settings
        self._mirror = (
            (Reflection(mirror.entries, device), Reflection(mirror.joints, device))
            if mirror
            else None
        )
        self._generator = generator
        if env.config.muscles.network_torque != "active_only":
            raise ConfigError(
                "environment: muscles.network_torque: whole is for networks of MASS and GaitNet files; "
                "use active_only for training"
            )
        entries = torch.from_numpy(env.network_entries).long().to(device)
        self._entries = None if len(entries) == env.muscle_torque_dim else entries
        inputs = env.network_inputs
        self.network = MuscleNetwork(inputs, env.num_muscles, settings.hidden).to(device)
        self.torques = TorqueMap(
            env.muscle_of, env.muscle_dofs, env.muscle_driven_dofs, env.num_muscles, device
        )
        self.buffer = SampleBuffer(
            settings.capacity, env.muscle_torque_dim, env.num_joint_dofs, device
        )
        self.optimiser = torch.optim.Adam(
            self.network.parameters(), settings.learning_rate, fused=True
        )

    def torque_scale(self) -> torch.Tensor:
        """The scale of torque errors, (driven,), N m."""
        square = self.buffer.torque[: len(self.buffer)].square().mean(0)
        if self._mirror:
            square = 0.5 * (square + self._mirror[1](square).abs())
        return (LOSS_SCALE * square[self.torques.driven].sqrt()).clamp_min(LEAST_SCALE)

    def preactivations(self, jta: torch.Tensor, torque: torch.Tensor) -> torch.Tensor:
        """Pre-activations (n, M) from JtA (n, R), of which the network gets its entries, and torques (n, D)."""
        return self.network(jta if self._entries is None else jta[:, self._entries], torque)

    def loss(self, jta: torch.Tensor, torque: torch.Tensor, scale: torch.Tensor) -> torch.Tensor:
        z = self.preactivations(jta, torque)
        a = activations(z)
        error = (self.torques(jta, a) - self.torques.desired(torque)) / scale
        effort = self.settings.activation_weight * a.square().mean()
        reach = self.settings.preactivation_weight * z.square().mean()
        return error.square().mean() + effort + reach

    def update(self, batches: int, learning_rate: float) -> float:
        """Take gradient steps on samples drawn from the buffer; returns the mean loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        total = torch.zeros((), device=self.buffer.jta.device)
        scale = self.torque_scale()
        for _ in range(batches):
            jta, torque = self.buffer.draw(self.settings.batch, self._generator)
            if self._mirror:  # half of them mirrored
                half = len(jta) // 2
                jta[:half] = self._mirror[0](jta[:half])
                torque[:half] = self._mirror[1](torque[:half])
            loss = self.loss(jta, torque, scale)
            self.optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(
                self.network.parameters(), self.settings.max_grad_norm, foreach=True
            )
            self.optimiser.step()
            total += loss.detach()
        return total.item() / batches

    @torch.no_grad()
    def relative_error(self, samples: int = 2048) -> float:
        """Median of |JtA a - tau| / |tau| over the newest samples, muscle-driven dofs."""
        count = min(samples, len(self.buffer))
        newest = torch.arange(self.buffer.written - count, self.buffer.written)
        rows = (newest % self.buffer.jta.shape[0]).to(self.buffer.jta.device)
        jta, torque = self.buffer.jta[rows], self.buffer.torque[rows]
        wanted = self.torques.desired(torque)
        made = self.torques(jta, activations(self.preactivations(jta, torque)))
        return ((made - wanted).norm(dim=1) / wanted.norm(dim=1).clamp_min(1e-6)).median().item()

    def state_dict(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "buffer": self.buffer.state_dict(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.buffer.load_state_dict(state["buffer"])
