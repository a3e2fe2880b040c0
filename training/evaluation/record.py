"""Episodes of a checkpoint's deterministic policy, recorded at the end of every control step."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np
from muscle_viewer.core import BatchEnv, Checkpoint
from numpy.typing import ArrayLike, NDArray

from .chosen_parameters import choose, muscle_strengths

Floats = NDArray[np.float32]


@dataclass(frozen=True)
class Push:
    """A horizontal force on a body's origin, in a random direction for every episode."""

    force: float
    """N"""
    duration: float
    """s"""
    at: float
    """Start of the push, s."""
    body: int = 0


@dataclass(frozen=True)
class Samples:
    """T control steps of one episode, without that of its fall or end; fields as in Frame."""

    phase: Floats
    """(T,)"""
    positions: Floats
    """(T, dofs)"""
    velocities: Floats
    """(T, dofs)"""
    reference_positions: Floats
    """(T, dofs)"""
    center_of_mass: Floats
    """(T, 3) m"""
    activations: Floats
    """(T, M)"""
    excitations: Floats
    """(T, M)"""
    fibre_lengths: Floats
    """(T, M) optimal fibre lengths."""
    active_forces: Floats
    """(T, M) N along the tendon."""
    passive_forces: Floats
    """(T, M) N along the tendon."""
    fibre_velocities: Floats
    """(T, M) optimal fibre lengths per second."""
    body_positions: Floats
    """(T, B, 3) m"""
    contact_points: Floats
    """(T, C, 3) m"""
    contact_forces: Floats
    """(T, C, 3) N"""
    ground_forces: Floats
    """(T, S, G, 3) N, of each of a step's S substeps."""
    desired_torques: Floats
    """(T, D) N m"""
    muscle_torques: Floats
    """(T, D) N m"""
    joint_moments: Floats
    """(T, D) N m"""
    joint_powers: Floats
    """(T, D) W"""

    def foot_force(self, settling: int, bodies: NDArray[np.intp]) -> NDArray[np.float64]:
        """The ground's force on a foot after the settling, at the simulation's rate, (steps * S, 3) N."""
        force = self.ground_forces[settling:, :, bodies].astype(np.float64).sum(axis=2)
        return force.reshape(-1, 3)


@dataclass(frozen=True)
class Episode:
    samples: Samples
    steps: int
    """Number of control steps until the fall or the end."""
    fell: bool
    total_reward: float
    mass: float
    """Mass of the body, kg."""
    weight: float
    """Weight of the body, N."""
    strengths: NDArray[np.float64]
    """Maximal isometric forces of its muscles, (M,) N."""


@dataclass(frozen=True)
class Batch:
    """Options of the environments' batch; see BatchEnv."""

    threads: int | None = None
    network_device: str = "cpu"
    parameters: Mapping[str, ArrayLike] | None = None
    """Values of the environment's parameters; the others have their defaults. None: each episode draws them."""
    clip: str | None = None
    """Name of the motion that the episodes follow; None: each draws one."""


ARRAYS = tuple(field.name for field in fields(Samples) if field.name != "phase")


def record(
    checkpoint: Checkpoint,
    episodes: int,
    seconds: float,
    seed: int = 1,
    batch: Batch = Batch(),
    push: Push | None = None,
    after_step: Callable[[BatchEnv, NDArray[np.bool_]], None] | None = None,
) -> tuple[BatchEnv, list[Episode]]:
    """One episode of each of `episodes` environments, `seconds` long; and the environments.

    They start as the configuration defines: on the reference, at random phases.
    after_step is given the environments and which of them are still in their episode, (episodes,).
    UserError for a checkpoint that does not fit its environment.
    """
    config = checkpoint.config.with_whole_ranges()
    config = config.model_copy(
        update={"episode": config.episode.model_copy(update={"max_time": seconds})}
    )
    env = BatchEnv(
        config,
        num_envs=episodes,
        seed=seed,
        threads=batch.threads,
        network_device=batch.network_device,
    )
    env.record_substeps()
    policy = checkpoint.load_into(env)
    directions = np.random.default_rng(seed).uniform(0, 2 * np.pi, episodes)
    begin, end = _steps(push, env.info.control_hz)

    moments: list[dict[str, NDArray[np.floating]]] = []
    alive = np.ones(episodes, bool)
    fell = np.zeros(episodes, bool)
    steps = np.zeros(episodes, int)
    rewards = np.zeros(episodes)
    if batch.parameters is not None:
        choose(env, batch.parameters)
    if batch.clip is not None:
        env.set_clip(batch.clip)
    obs = env.reset()
    masses, weights, strengths = env.body_masses, env.body_weights, muscle_strengths(env)
    step = 0
    while alive.any():
        if push and step == begin:
            _push(env, push, directions, alive)
        elif push and step == end:
            for index in map(int, np.flatnonzero(alive)):
                env.clear_external_forces(index)
        obs, reward, terminated, truncated = env.step(policy.act(obs))
        step += 1
        steps[alive] += 1
        rewards[alive] += reward[alive]
        fell |= alive & terminated
        alive &= ~(terminated | truncated)
        moments.append(_moment(env))
        if after_step:
            after_step(env, alive)
    return env, [
        Episode(
            _samples(moments, i, int(steps[i]) - 1),
            int(steps[i]),
            bool(fell[i]),
            float(rewards[i]),
            float(masses[i]),
            float(weights[i]),
            strengths[i],
        )
        for i in range(episodes)
    ]


def _moment(env: BatchEnv) -> dict[str, NDArray[np.floating]]:
    """The recorded fields of all environments now."""
    return {"phase": env.phases, **env.snapshot(ARRAYS)}


def _steps(push: Push | None, control_hz: int) -> tuple[int, int]:
    if push is None:
        return -1, -1
    begin = round(push.at * control_hz)
    return begin, begin + max(round(push.duration * control_hz), 1)


def _push(
    env: BatchEnv, push: Push, directions: NDArray[np.float64], alive: NDArray[np.bool_]
) -> None:
    places = env.snapshot(["body_positions"])["body_positions"][:, push.body]
    for index in map(int, np.flatnonzero(alive)):
        angle = directions[index]
        force = push.force * np.array([np.sin(angle), 0.0, np.cos(angle)])
        env.set_external_force(index, push.body, force, places[index])


def _samples(
    moments: list[dict[str, NDArray[np.floating]]], environment: int, count: int
) -> Samples:
    """The first `count` moments of an environment."""
    return Samples(
        **{
            name: np.array([moment[name][environment] for moment in moments], np.float32)[:count]
            for name in moments[0]
        }
    )
