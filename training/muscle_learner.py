"""Supervised learning of the muscle network: activations that make a desired torque with the least effort.

Loss: mean(((JtA a - tau) / s)^2) + w_r mean(|JtA a - tau|^2 / |tau|^2) + w_o mean((a - a*)^2) + w_a mean(a^2)
+ w_z mean(z^2), with a = relu(tanh(z)) and tau the desired minus the passive torque (what the network is told
is that, or the desired torque, `network_torque: whole`, as MASS does); the first and the last two terms after MASS
(Lee et al. 2019, doi 10.1145/3306346.3322972, eq. 9, and its successors). s is 100 N m there; here each
dof has its own, 2.5 times its root mean square torque, as the toes' small torques would otherwise weigh
less than the effort of producing them. The second is the torque error that muscle-eval measures, |tau| at least 20 N m.

The third term is the distance from the static optimum a* (core/src/muscle/load_sharing.hpp), for a quarter of a batch. The
torques alone leave 66 of 80 directions of the activations to a weak pull of w_a, and a muscle of negative z has
no gradient at all. Where a* > 0 the term takes tanh(z) for a, so that a silent muscle which should work is
pulled up through zero; where a* = 0 it takes a.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import torch
from muscle_viewer.core import BatchEnv
from muscle_viewer.core.mirror import Mirror
from pydantic import ConfigDict, NonNegativeFloat, PositiveFloat, PositiveInt
from torch import nn
from torch.nn.functional import linear

from .muscle_samples import Ring, SampleBuffer, TorqueMap
from .precision import Precision, takes_bfloat16
from .symmetry import Reflection

TORQUE_SCALE = 200.0  # N m, scale of the network's inputs; as in the core
LOSS_SCALE = 2.5  # times a dof's root mean square torque
LEAST_SCALE = 10.0  # N m
LEAST_TORQUE = 20.0  # N m, of a sample's torque that its relative error is of


@dataclass(frozen=True)
class MuscleSettings:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", allow_inf_nan=False)

    hidden: tuple[PositiveInt, PositiveInt, PositiveInt] = (256, 256, 256)
    """Widths of the three hidden layers."""
    learning_rate: PositiveFloat = 1e-3
    """Learning rate of the warm-up; 0.3 times as large while the policy learns."""
    batch: PositiveInt = 512
    """Number of samples of a gradient step."""
    capacity: PositiveInt = 65536
    """Number of samples in the buffer; new ones replace the oldest."""
    optimum_weight: NonNegativeFloat = 0.3
    """w_o of the loss: larger values give effort nearer to the optimum and larger torque errors."""
    optima: PositiveInt = 12
    """Number of static optima that are solved for each gradient step."""
    relative_weight: NonNegativeFloat = 0.0
    """w_r of the loss: with it samples of small torques count as much as those of large ones."""
    activation_weight: NonNegativeFloat = 0.0
    """w_a of the loss: larger values give weaker activations and larger torque errors."""
    preactivation_weight: NonNegativeFloat = 0.001
    """w_z of the loss."""
    max_grad_norm: PositiveFloat = 0.5
    """Bound of the gradient's norm."""
    precision: Precision = "auto"
    """Precision of the update's matrix products; parameters, torques and losses are float32. auto is bfloat16 on a CPU
    that multiplies it, and on such a GPU for a network of 512 or more inputs."""


Samples = tuple[torch.Tensor, torch.Tensor, torch.Tensor]
"""JtA (n, R), desired torque of the active muscles (n, D), passive torque (n, D) or (n, 0), N m."""

OPTIMA_KEPT = 8192
ITERATIONS = 30
"""Newton steps for an optimum: enough for all samples of a walk, and for most torques that are out of the muscles' reach;
the others are left out."""
USED = 0.01
"""Mean activation from which a muscle counts as used."""


@dataclass(frozen=True)
class Sharing:
    """How the network shares torques among the muscles, compared with the static optimum."""

    effort_ratio: float
    """Sum of squared activations over the optimum's."""
    used: float
    """Fraction of the muscles which the optimum uses that the network uses."""


def sharing(activations: torch.Tensor, optimum: torch.Tensor) -> Sharing:
    """Compare activations (n, M) with the optimal ones of the same samples."""
    effort = activations.square().sum() / optimum.square().sum().clamp_min(1e-9)
    wanted = optimum.mean(0) > USED
    used = (activations.mean(0) > USED)[wanted].float().mean()
    return Sharing(effort.item(), used.item())


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

    def forward(
        self, jta: torch.Tensor, torque: torch.Tensor, entries: torch.Tensor | None = None
    ) -> torch.Tensor:
        """Pre-activations (n, M) from reduced JtA (n, R) and desired torque (n, D), N m.

        entries: the columns of JtA that are inputs; without them all.
        """
        first, *rest = self.fc
        assert isinstance(first, nn.Linear)
        # Scaled and placed are the few weights, not the many samples.
        weight = first.weight / TORQUE_SCALE
        of_jta, of_torque = weight.tensor_split([weight.shape[1] - torque.shape[1]], dim=1)
        if entries is not None:
            everywhere = of_jta.new_zeros(len(of_jta), jta.shape[1])
            of_jta = everywhere.index_copy(1, entries, of_jta)
        x = linear(jta, of_jta, first.bias) + linear(torque, of_torque)
        for layer in rest:
            x = layer(x)
        return x


def activations(z: torch.Tensor) -> torch.Tensor:
    return torch.relu(torch.tanh(z))


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
        self.sharing = Sharing(math.nan, math.nan)
        """Load sharing beside the optima that were solved last; nan before the first."""
        self._mirror = (
            (Reflection(mirror.entries, device), Reflection(mirror.joints, device))
            if mirror
            else None
        )
        self._generator = generator
        entries = torch.from_numpy(env.network_entries).long().to(device)
        self._entries = None if len(entries) == env.muscle_torque_dim else entries
        inputs = env.network_inputs
        self.network = MuscleNetwork(inputs, env.num_muscles, settings.hidden).to(device)
        widths = (inputs, *settings.hidden)
        self._bfloat16 = takes_bfloat16(settings.precision, widths, torch.device(device))
        self.torques = TorqueMap(
            env.muscle_of, env.muscle_dofs, env.muscle_driven_dofs, env.num_muscles, device
        )
        self.buffer = SampleBuffer(
            settings.capacity,
            env.muscle_torque_dim,
            env.num_joint_dofs,
            device,
            passive=env.muscle_samples.passive.shape[1],
        )
        self.optima = Ring(
            OPTIMA_KEPT,
            {
                **{k: v.shape[1] for k, v in self.buffer.arrays.items()},
                "activation": env.num_muscles,
            },
            device,
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

    def preactivations(
        self, jta: torch.Tensor, torque: torch.Tensor, passive: torch.Tensor
    ) -> torch.Tensor:
        """Pre-activations (n, M) from JtA (n, R), of which the network gets its entries, and torques of `MuscleSamples`.

        With the passive torque (n, D) it is told the whole torque, without (n, 0) the active muscles' share.
        """
        told = torque + passive if passive.shape[1] else torque
        return self.network(jta, told, self._entries)

    def loss(
        self,
        jta: torch.Tensor,
        torque: torch.Tensor,
        passive: torch.Tensor,
        scale: torch.Tensor,
        optimum: torch.Tensor | None = None,
    ) -> torch.Tensor:
        """The loss of samples, of which the first have an optimum (n*, M)."""
        settings = self.settings
        with torch.autocast(jta.device.type, torch.bfloat16, enabled=self._bfloat16):
            z = self.preactivations(jta, torque, passive)
        z = z.float()
        signed = torch.tanh(z)
        a = torch.relu(signed)
        desired = self.torques.desired(torque)
        error = self.torques(jta, a) - desired
        loss = (error / scale).square().mean() + settings.preactivation_weight * z.square().mean()
        if settings.relative_weight:
            least = desired.square().sum(1).clamp_min(LEAST_TORQUE**2)
            loss = loss + settings.relative_weight * (error.square().sum(1) / least).mean()
        if settings.activation_weight:
            loss = loss + settings.activation_weight * a.square().mean()
        if optimum is not None:
            count = len(optimum)
            reached = torch.where(optimum > 0, signed[:count], a[:count])
            loss = loss + settings.optimum_weight * (reached - optimum).square().mean()
        return loss

    def update(self, batches: int, learning_rate: float) -> float:
        """Solve optima, then take gradient steps on samples drawn from the buffer; returns the mean loss."""
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate
        total = torch.zeros((), device=self.buffer.jta.device)
        scale = self.torque_scale()
        if self.settings.optimum_weight:
            self._solve(batches * self.settings.optima)
        for _ in range(batches):
            samples, optimum = self._batch()
            loss = self.loss(*samples, scale, optimum)
            self.optimiser.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(
                self.network.parameters(), self.settings.max_grad_norm, foreach=True
            )
            self.optimiser.step()
            total += loss.detach()
        return total.item() / batches

    def _batch(self) -> tuple[Samples, torch.Tensor | None]:
        """Samples, and the optima of the first quarter of them."""
        size = self.settings.batch
        known = size // 4 if self.settings.optimum_weight and len(self.optima) else 0
        rows = self.buffer.rows(size)
        self._draw([array[known:] for array in rows])
        optimum = None
        if known:
            *_, optimum = self.optima.rows(known)
            self.optima.draw([*(array[:known] for array in rows), optimum], self._generator)
        jta, torque, passive = rows
        return (jta, torque, passive), optimum

    def _draw(self, into: Sequence[torch.Tensor]) -> None:
        """Samples of the buffer, with a mirror half of them mirrored."""
        self.buffer.draw(into, self._generator)
        if self._mirror:
            jta, torque, passive = into
            half = len(jta) // 2
            entries, joints = self._mirror
            jta[:half], torque[:half] = entries(jta[:half]), joints(torque[:half])
            if passive.shape[1]:
                passive[:half] = joints(passive[:half])

    @torch.no_grad()
    def _solve(self, count: int) -> None:
        """Add the static optima of `count` samples, and compare the network's effort with theirs."""
        jta, torque, passive = rows = self.buffer.rows(count)
        self._draw(rows)
        optimum, found = self.torques.optimum(jta, torque, ITERATIONS)
        jta, torque, passive, optimum = jta[found], torque[found], passive[found], optimum[found]
        if not len(optimum):
            return
        self.optima.append(jta=jta, torque=torque, passive=passive, activation=optimum)
        self.sharing = sharing(activations(self.preactivations(jta, torque, passive)), optimum)

    @torch.no_grad()
    def relative_error(self, samples: int = 2048) -> float:
        """Median of |JtA a - tau| / |tau| over the newest samples, muscle-driven dofs."""
        jta, torque, passive = self.buffer.newest(samples)
        wanted = self.torques.desired(torque)
        made = self.torques(jta, activations(self.preactivations(jta, torque, passive)))
        return ((made - wanted).norm(dim=1) / wanted.norm(dim=1).clamp_min(1e-6)).median().item()

    def state_dict(self) -> dict[str, Any]:
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "buffer": self.buffer.state_dict(),
            "optima": self.optima.state_dict(),
            "generator": self._generator.get_state(),
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.buffer.load_state_dict(state["buffer"])
        if "optima" in state:  # runs of earlier versions have none
            self.optima.load_state_dict(state["optima"])
        if "generator" in state:
            self._generator.set_state(state["generator"])
