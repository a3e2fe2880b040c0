"""What drives a muscle: its force curves, and the contribution of each network input to its excitation."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.analysis.muscle_sweep import MuscleSweeps

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch
    from muscle_viewer.core.frame import Frame, ModelInfo
    from muscle_viewer.core.readers.character import Character, MuscleLaw
    from muscle_viewer.viewer.simulation.subject import Subject

TORQUE_SCALE = 200.0
"""N m: the network's inputs are torques over this (MASS, GaitNet)."""


def active_force_length(length: np.ndarray, law: MuscleLaw) -> np.ndarray:
    """Share of the isometric force at fibre lengths (optimal); as core/src/muscle/hill.hpp."""
    return np.exp(-((length - 1.0) ** 2) / law.force_length_width)


def passive_force_length(length: np.ndarray, law: MuscleLaw) -> np.ndarray:
    """Passive force over maximal isometric force at fibre lengths (optimal)."""
    k = law.passive_exponent
    x = np.minimum((length - 1.0) * k / law.passive_strain, 2.5 * k)
    return np.where(length < 1.0, 0.0, (np.exp(x) - 1.0) / (np.exp(k) - 1.0))


def force_velocity(velocity: np.ndarray, law: MuscleLaw) -> np.ndarray:
    """Force over isometric force at fibre velocities (optimal lengths a second, positive when lengthening)."""
    if not law.force_velocity:
        return np.ones_like(velocity)
    v = np.asarray(velocity) / law.max_velocity
    shortened, lengthened = np.clip(v, -1.0, 0.0), np.maximum(v, 0.0)
    concentric = (1.0 + shortened) / (1.0 - 4.0 * shortened)
    eccentric = (1.0 + lengthened * 1.6 / 0.06) / (1.0 + lengthened / 0.06)
    return np.where(v > 0.0, eccentric, concentric)


@dataclass(frozen=True)
class Attribution:
    """Contributions of the network's inputs to an excitation: gradient times input, summed by muscle and by dof."""

    muscles: np.ndarray
    """Contribution of each muscle's torques at full activation, shape (muscles,)."""
    dofs: np.ndarray
    """Contribution of the torque desired at each joint dof, shape (joint dofs,)."""
    layers: list[np.ndarray]
    """Activations of the hidden layers."""


class Insight:
    """The force curves and input contributions of one character and one muscle network."""

    def __init__(
        self,
        info: ModelInfo,
        character: Character,
        muscle: Mapping[str, torch.Tensor],
        sweeps: MuscleSweeps | None = None,
    ) -> None:
        self.sweeps = sweeps
        """The muscles over the range of a coordinate."""
        self.law = character.muscle_law
        self._info = info
        pennation = np.array([m.pennation for m in character.muscles])
        self._width = np.asarray(info.optimal_fibre_length) * np.sin(pennation)
        self._cosine = np.cos(pennation)
        self._muscle = muscle

    def cosines(self, frame: Frame) -> np.ndarray:
        """Cosines of the pennation angles at the frame, shape (muscles,)."""
        if self.law.pennation == "constant_angle":
            return self._cosine
        length = frame.fibre_lengths * self._info.optimal_fibre_length
        along = np.sqrt(np.maximum(length**2 - self._width**2, 0.0))
        return along / np.maximum(length, 1e-9)

    def full_forces(self, frame: Frame) -> np.ndarray:
        """Active forces along the tendons at full activation, N, shape (muscles,)."""
        isometric = active_force_length(frame.fibre_lengths, self.law)
        share = isometric * force_velocity(frame.fibre_velocities, self.law)
        return self._info.max_isometric_force * self.cosines(frame) * share

    def inputs(self, frame: Frame) -> np.ndarray:
        """The network's input at the frame, float32 (network entries + joint dofs,)."""
        entries = self._info.network_entries
        jacobian = (frame.moment_arms * self.full_forces(frame)[self._info.muscle_of])[entries]
        torques = frame.network_torques
        return (np.concatenate([jacobian, torques]) / TORQUE_SCALE).astype(np.float32)

    def attribution(self, frame: Frame, muscle: int) -> Attribution | None:
        """Contributions to one muscle's excitation; None without a network."""
        import torch

        layers = _layers(self._muscle)
        if not layers:
            return None
        x = torch.from_numpy(self.inputs(frame)).requires_grad_()
        hidden, y = [], x
        for k, (weight, bias) in enumerate(layers):
            y = torch.nn.functional.linear(y, weight, bias)
            if k < len(layers) - 1:
                y = torch.nn.functional.leaky_relu(y, 0.2)
                hidden.append(y.detach().numpy())
        # before relu(tanh(.)), so that the inputs of a muscle at rest contribute too
        (gradient,) = torch.autograd.grad(y[muscle], x)
        share = (gradient * x).detach().numpy()
        muscle_of = self._info.muscle_of[self._info.network_entries]
        entries = len(muscle_of)
        by_muscle = np.bincount(muscle_of, share[:entries], minlength=len(self._info.muscle_names))
        return Attribution(by_muscle, share[entries:], hidden)


def _layers(state: Mapping[str, torch.Tensor]) -> list[tuple[torch.Tensor, torch.Tensor]]:
    """Weights and biases in order, of either key style."""
    for names in ([f"fc.{k}" for k in (0, 2, 4, 6)], [f"fc{k}" for k in (1, 2, 3, 4)]):
        if all(f"{name}.weight" in state for name in names):
            return [
                (state[f"{name}.weight"].float(), state[f"{name}.bias"].float()) for name in names
            ]
    return []


def insight_of(subject: Subject) -> Insight | None:
    """The `Insight` of a subject; None if it has no model (a still character)."""
    if subject.model is None:
        return None
    scene, network = subject.model
    return Insight(scene.info, scene.character, network, MuscleSweeps(scene))


def value_of(policy: object, observation: np.ndarray) -> float | None:
    """The critic's value of an observation; None for a policy without one (a cascade)."""
    import torch
    from muscle_viewer.core.policy import Policy

    if not isinstance(policy, Policy):
        return None
    with torch.no_grad():
        row = torch.from_numpy(np.asarray(observation, np.float32))[None]
        return float(policy.critic(policy.normalise(row).float()).squeeze())


def action_std_of(policy: object) -> np.ndarray | None:
    """Standard deviations (actions,) of the Gaussian that actions are drawn from in training; None without one."""
    from muscle_viewer.core.policy import Policy

    return policy.log_std.detach().exp().numpy() if isinstance(policy, Policy) else None


class InsightCache:
    """Keeps the `Insight` of the subject asked for last."""

    def __init__(self) -> None:
        self._subject: Subject | None = None
        self._insight: Insight | None = None

    def insight(self, subject: Subject) -> Insight | None:
        """The subject's `Insight`, made again only when the subject changes."""
        if subject is not self._subject:
            self._subject, self._insight = subject, insight_of(subject)
        return self._insight
