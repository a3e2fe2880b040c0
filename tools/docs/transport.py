"""Write the table of docs/physiology.md on what the same motion and torques would cost with other activations or tendons.

.venv/bin/python -m tools.docs.transport checkpoints/walk.pt

A walk is recorded at the simulation's rate. Its cost by Minetti and Alexander (1997) is compared with that of other
activations that make the same muscle torques at the same instants, without activation dynamics, and with that of
the same muscle forces on tendons that stretch by Millard's curve.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from muscle_viewer.core import Environment, _core, load_checkpoint
from muscle_viewer.core.checkpoint import Checkpoint
from muscle_viewer.core.gait import smoothed
from muscle_viewer.core.metabolics import metabolic_power, shortening_cost
from muscle_viewer.core.readers.character import Character
from muscle_viewer.core.readers.muscle_laws import Millard2012, tables_of
from muscle_viewer.core.scene import build_scene
from numpy.typing import NDArray
from scipy.optimize import linprog, lsq_linear

from tools.marked_page import put_between

PAGE = Path(__file__).resolve().parents[2] / "docs" / "physiology.md"
BEGIN, END = "<!-- begin transport -->", "<!-- end transport -->"
SETTLING = 2.0
"""s at the start that are not counted."""
SAMPLED = 24
"""Substeps from one optimisation to the next."""
EXACTNESS = 100.0
"""Weight of a torque error of 1 N m in least squares, where a full activation weighs 1."""
CALF = ("soleus", "gasmed", "gaslat")
LONGER_CALF_TENDONS = 1.03
"""By which the human's file lengthens the calf's rigid tendons: their mean stretch."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Walk:
    """Muscles over T substeps; N, m, optimal fibre lengths per second."""

    lengths: Floats
    """(T, M) of the paths."""
    velocities: Floats
    """(T, M) of the fibres, lengthening positive."""
    capacities: Floats
    """(T, D, M) torques at full activation, N m."""
    activations: Floats
    forces: Floats
    """(T, M) of the tendons."""
    speed: float
    """m/s."""
    mass: float
    """kg, of the body."""


def record(checkpoint: Checkpoint, seconds: float) -> Walk:
    """A walk of the mean actions."""
    env = Environment(checkpoint.config, seed=1)
    policy = checkpoint.load_into(env)
    obs = env.reset()
    env.keep_substeps()
    parts = []
    for _ in range(round((SETTLING + seconds) * env.info.control_hz)):
        obs, _, terminated, _ = env.step(policy.act(obs))
        if terminated:
            raise SystemExit("error: the human fell")
        parts.append(env.substeps())
    hz = env.info.sim_hz
    counted = slice(round(SETTLING * hz), None)
    values = {name: np.concatenate([part[name] for part in parts])[counted] for name in parts[0]}
    path = values["body_positions"][:, 0, ::2].astype(float)
    speed = float(np.linalg.norm(path[-1] - path[0])) * hz / (len(path) - 1)
    return Walk(
        *_muscles(env.scene.model, values, hz),
        values["activations"].astype(float),
        values["muscle_forces"].astype(float),
        speed,
        env.info.total_mass,
    )


def _muscles(
    model: _core.Model, values: dict[str, NDArray[np.float32]], hz: int
) -> tuple[Floats, Floats, Floats]:
    """Path lengths, fibre velocities and torques at full activation, in double."""
    simulation = _core.ReferenceSimulation(
        model, actuator="activation", ground=False, time_step=1 / hz
    )
    lengths, velocities, capacities = [], [], []
    for position, velocity in zip(values["positions"], values["velocities"], strict=True):
        simulation.set_state(0, position.astype(float), velocity.astype(float))
        simulation.kinematics()
        simulation.muscles()
        capacity = np.zeros((model.num_dofs, model.num_muscles))
        capacity[model.dof_of_entry, model.muscle_of_entry] = simulation.field("jacobian")[:, 0]
        lengths.append(simulation.field("muscle_length")[:, 0].copy())
        velocities.append(simulation.field("fibre_velocity")[:, 0].copy())
        capacities.append(capacity)
    return np.array(lengths), np.array(velocities), np.array(capacities)


class Costs:
    """J/(kg m) by Minetti and Alexander, of a walk of a character whose muscles have its muscle law."""

    def __init__(self, walk: Walk, character: Character) -> None:
        self.walk, self.law = walk, character.muscle_law
        muscles = character.muscles
        self.force = np.array([m.max_isometric_force for m in muscles])
        self.optimal = np.array([m.optimal_fibre_length for m in muscles])
        self.slack = np.array([m.tendon_slack_length for m in muscles])
        self.width = self.optimal * np.sin([m.pennation for m in muscles])
        self.calf = np.array([m.name.startswith(CALF) for m in muscles])

    def of(self, activations: Floats, velocities: Floats) -> float:
        """Of activations (T, M) at fibre velocities (T, M)."""
        power = metabolic_power(
            activations, velocities, self.force, self.optimal, self.law.max_velocity
        )
        return float(power.sum(1).mean()) / (self.walk.mass * self.walk.speed)

    def simulated(self) -> float:
        """Of the walk's own activations."""
        return self.of(self.walk.activations, self.walk.velocities)

    def with_least_squares(self, weights: Floats) -> float:
        """With the activations of least weighted squares, (M,), that make the same torques."""
        effort = np.diag(np.sqrt(weights / weights.mean()))

        def solve(capacity: Floats, torque: Floats, _: Floats) -> Floats:
            system = np.vstack([EXACTNESS * capacity, effort])
            wanted = np.concatenate([EXACTNESS * torque, np.zeros(len(effort))])
            return np.asarray(lsq_linear(system, wanted, (0, 1)).x)

        return self._chosen(solve)

    def with_least_power(self) -> float:
        """With the activations of least metabolic power that make the same torques."""

        def solve(capacity: Floats, torque: Floats, price: Floats) -> Floats:
            return np.asarray(linprog(price, A_eq=capacity, b_eq=torque, bounds=(0, 1)).x)

        return self._chosen(solve)

    def _chosen(self, solve: Callable[[Floats, Floats, Floats], Floats]) -> float:
        walk, chosen = self.walk, []
        for t in range(0, len(walk.activations), SAMPLED):
            capacity = walk.capacities[t]
            capacity = capacity[np.abs(capacity).max(1) > 0]
            price = self.force * self.optimal
            price = price * shortening_cost(-walk.velocities[t] / self.law.max_velocity)
            chosen.append(solve(capacity, capacity @ walk.activations[t], price / price.max()))
        return self.of(np.array(chosen), walk.velocities[::SAMPLED])

    def with_elastic_tendons(self, stretching: NDArray[np.bool_], hz: int) -> float:
        """With the same muscle forces, where the tendons of some muscles (M,) stretch."""
        forces = smoothed(self.walk.forces, hz)
        slack = np.where(self.calf & stretching, self.slack / LONGER_CALF_TENDONS, self.slack)
        tendon = np.where(stretching, slack * stretched(forces / self.force), slack)
        along = np.maximum(self.walk.lengths - tendon, 0.01 * self.optimal)
        fibre = np.hypot(along, self.width)
        cosine, length = along / fibre, fibre / self.optimal
        velocity = np.gradient(along, 1 / hz, axis=0) * cosine / self.optimal
        active = forces / (self.force * cosine) - self._passive(length)
        shape = np.exp(-((length - 1) ** 2) / self.law.force_length_width)
        needed = active / (shape * force_velocity(velocity / self.law.max_velocity))
        return self.of(np.clip(needed, 0, 1), velocity)

    def _passive(self, length: Floats) -> Floats:
        exponent = self.law.passive_exponent
        rise = np.expm1(exponent * (length - 1) / self.law.passive_strain) / np.expm1(exponent)
        return np.maximum(rise, 0.0)


def force_velocity(velocity: Floats) -> Floats:
    """Of the core's Hill muscles (core/src/muscle/hill.hpp), lengthening positive; at least 0.01."""
    short, long = np.clip(velocity, -1, 0), np.maximum(velocity, 0) / 0.06
    return np.maximum(
        np.where(velocity > 0, (1 + 1.6 * long) / (1 + long), (1 + short) / (1 - 4 * short)), 0.01
    )


def stretched(force: Floats) -> Floats:
    """Length of Millard's tendon over its slack length at a force over the maximal isometric one."""
    law = Millard2012()
    lengths = np.linspace(1.0, 1 + 2 * law.tendon.strain, 2001)
    return np.interp(force, tables_of(law).tendon(lengths), lengths)


def table(costs: Costs, hz: int) -> str:
    """Markdown."""
    everyone = np.ones(len(costs.force))
    rows = {
        "as simulated": costs.simulated(),
        "without activation dynamics, least squared activations": costs.with_least_squares(
            everyone
        ),
        "without them, least squared activations weighted by the muscles' volumes": (
            costs.with_least_squares(costs.force * costs.optimal)
        ),
        "without them, least metabolic power": costs.with_least_power(),
        "as simulated, with the calf's tendons elastic": costs.with_elastic_tendons(costs.calf, hz),
        "as simulated, with all tendons elastic": costs.with_elastic_tendons(everyone > 0, hz),
    }
    lines = ["| the same motion, torques and forces | J/(kg m) |", "|---|---|"]
    return "\n".join([*lines, *(f"| {label} | {cost:.1f} |" for label, cost in rows.items())])


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--seconds", type=float, default=10.0)
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    scene = build_scene(checkpoint.config)
    costs = Costs(record(checkpoint, options.seconds), scene.character)
    put_between(PAGE, BEGIN, END, table(costs, scene.info.sim_hz))


if __name__ == "__main__":
    main()
