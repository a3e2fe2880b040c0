"""Write the table of docs/physiology.md on what the same motion and torques would cost with other activations or tendons.

.venv/bin/python -m tools.docs.transport checkpoints/walk.pt

A walk is recorded at the simulation's rate. Its cost by Minetti and Alexander (1997) and its muscles' timing are compared
with those of other activations that make the same muscle torques: of each instant by itself, without activation
dynamics; with them, by a choice that knows all instants; and with the same muscle forces on tendons that stretch by
Millard's curve.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from muscle_viewer.core import Environment, _core, gait, load_checkpoint
from muscle_viewer.core.checkpoint import Checkpoint
from muscle_viewer.core.metabolics import metabolic_power, shortening_cost
from muscle_viewer.core.norms import walking_kinetics
from muscle_viewer.core.readers.muscle_laws import Millard2012, tables_of
from muscle_viewer.core.scene import Scene, build_scene
from muscle_viewer.training.evaluation.kinetics import muscle_use
from numpy.typing import NDArray
from scipy.optimize import linprog, lsq_linear
from scipy.signal import butter, filtfilt

from tools.docs.anticipating_optimum import Effort, anticipating_optimum
from tools.marked_page import put_between

PAGE = Path(__file__).resolve().parents[2] / "docs" / "physiology.md"
BEGIN, END = "<!-- begin transport -->", "<!-- end transport -->"
SETTLING = 2.0
"""s at the start that are not counted."""
SAMPLED = 4
"""Substeps from one instant that is optimised to the next."""
MARGIN = 0.1
"""Part of the walk at either end that is not counted: there activations need not anticipate what is not recorded."""
SMOOTH = 6.0
"""Hz, of the low-pass filter of torques: where gait laboratories filter markers (Winter 2009, section 3.4.4)."""
FEW_SQUARES = 0.02
"""Of the squared activations beside the metabolic power, whose optimum is no unique one without."""
POWER = 10.0
"""Of the metabolic power, the most expensive muscle's at full activation being 1, beside torque errors of 1 N m."""
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
    loads: dict[str, Floats]
    """(T,) vertical force on each foot, body weights."""
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
    vertical, feet = values["contact_forces"][:, :, 1].astype(float), gait.foot_contacts(env.info)
    weight = env.info.total_mass * checkpoint.config.simulation.gravity
    return Walk(
        *_muscles(env.scene.model, values, hz),
        values["activations"].astype(float),
        values["muscle_forces"].astype(float),
        {side: vertical[:, feet[side]].sum(1) / weight for side in gait.SIDES},
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


@dataclass(frozen=True)
class Choice:
    """Activations (t, M) at fibre velocities (t, M), `every` substeps apart."""

    activations: Floats
    velocities: Floats
    every: int


class Alternatives:
    """What else could make the torques of a walk of `scene`'s character, whose muscles have its muscle law."""

    def __init__(self, walk: Walk, scene: Scene) -> None:
        self.walk, self.law, self.hz = walk, scene.character.muscle_law, scene.info.sim_hz
        muscles = scene.character.muscles
        self.names = list(scene.info.muscle_names)
        self.force = np.array([m.max_isometric_force for m in muscles])
        self.optimal = np.array([m.optimal_fibre_length for m in muscles])
        self.slack = np.array([m.tendon_slack_length for m in muscles])
        self.width = self.optimal * np.sin([m.pennation for m in muscles])
        self.calf = np.array([m.name.startswith(CALF) for m in muscles])
        every = slice(None, None, SAMPLED)
        driven = np.abs(walk.capacities).max((0, 2)) > 0
        self.capacities = walk.capacities[every][:, driven]
        self.activations, self.velocities = walk.activations[every], walk.velocities[every]
        self.torques = np.einsum("tdm,tm->td", self.capacities, self.activations)
        price = self.force * self.optimal
        price = price * shortening_cost(-self.velocities / self.law.max_velocity)
        self.prices = price / price.max()

    def cost(self, choice: Choice) -> float:
        """J/(kg m) by Minetti and Alexander."""
        power = metabolic_power(
            choice.activations,
            choice.velocities,
            self.force,
            self.optimal,
            self.law.max_velocity,
        ).sum(1)
        cut = round(MARGIN * len(power))
        return float(power[cut:-cut].mean()) / (self.walk.mass * self.walk.speed)

    def timing(self, choice: Choice) -> float:
        """Part of the cycle on which the muscles are active or silent as in EMG tables, their mean."""
        hz, kinetics = self.hz / choice.every, walking_kinetics()
        first, last = (part * len(choice.activations) / hz for part in (MARGIN, 1 - MARGIN))
        spans = {}
        for side, load in self.walk.loads.items():
            strikes = gait.strikes(gait.smoothed(load, self.hz), self.hz)
            spans[side] = gait.cycles(time for time in strikes if first <= time <= last)
        agreements = []
        for timing in kinetics.muscles.values():
            parts = timing.among(self.names) or {}
            cycles = [
                curve
                for side, found in parts.items()
                for curve in gait.over_cycles(choice.activations[:, found].mean(1), spans[side], hz)
            ]
            if cycles:
                agreements.append(muscle_use(cycles, timing.is_active(gait.POINTS)).agreement)
        return float(np.mean(agreements))

    def simulated(self) -> Choice:
        """The walk's own activations."""
        return Choice(self.walk.activations, self.walk.velocities, 1)

    def least_squares(self, weights: Floats) -> Choice:
        """The activations of least weighted squares, (M,), of each instant by itself."""
        effort = np.diag(np.sqrt(weights / weights.mean()))
        chosen = []
        for capacity, torque in zip(self.capacities, self.torques, strict=True):
            system = np.vstack([EXACTNESS * capacity, effort])
            wanted = np.concatenate([EXACTNESS * torque, np.zeros(len(effort))])
            chosen.append(lsq_linear(system, wanted, (0, 1)).x)
        return Choice(np.array(chosen), self.velocities, SAMPLED)

    def least_power(self) -> Choice:
        """The activations of least metabolic power of each instant by itself."""
        chosen = [
            linprog(price, A_eq=capacity, b_eq=torque, bounds=(0, 1)).x
            for capacity, torque, price in zip(
                self.capacities, self.torques, self.prices, strict=True
            )
        ]
        return Choice(np.array(chosen), self.velocities, SAMPLED)

    def anticipating(self, effort: Effort, dynamics: tuple[float, float], smooth: bool) -> Choice:
        """The activations of least effort over all instants, by activation dynamics; of torques without what is fast."""
        torques = self.torques
        if smooth:
            torques = filtfilt(*butter(2, SMOOTH * 2 * SAMPLED / self.hz), torques, axis=0)
        step = SAMPLED / self.hz
        found = anticipating_optimum(
            self.capacities, torques, effort, self.activations, step, dynamics
        )
        return Choice(found, self.velocities, SAMPLED)

    def elastic_tendons(self, stretching: NDArray[np.bool_]) -> Choice:
        """The same muscle forces, where the tendons of some muscles (M,) stretch."""
        forces = gait.smoothed(self.walk.forces, self.hz)
        slack = np.where(self.calf & stretching, self.slack / LONGER_CALF_TENDONS, self.slack)
        tendon = np.where(stretching, slack * stretched(forces / self.force), slack)
        along = np.maximum(self.walk.lengths - tendon, 0.01 * self.optimal)
        fibre = np.hypot(along, self.width)
        cosine, length = along / fibre, fibre / self.optimal
        velocity = np.gradient(along, 1 / self.hz, axis=0) * cosine / self.optimal
        active = forces / (self.force * cosine) - self._passive(length)
        shape = np.exp(-((length - 1) ** 2) / self.law.force_length_width)
        needed = active / (shape * force_velocity(velocity / self.law.max_velocity))
        return Choice(np.clip(needed, 0, 1), velocity, 1)

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


def table(of: Alternatives, dynamics: tuple[float, float]) -> str:
    """Markdown."""
    every = np.ones(len(of.force))
    squares = Effort(every, np.zeros_like(of.prices))
    power = Effort(FEW_SQUARES * every, POWER * of.prices)
    volumes = of.force * of.optimal
    rows = {
        "as simulated": of.simulated(),
        "without activation dynamics, least squared activations": of.least_squares(every),
        "without them, least squared activations weighted by the muscles' volumes": of.least_squares(
            volumes
        ),
        "without them, least metabolic power": of.least_power(),
        "with them, least squared activations of all instants together": of.anticipating(
            squares, dynamics, False
        ),
        "the same, torques without what is faster than 6 Hz": of.anticipating(
            squares, dynamics, True
        ),
        "the same torques, least metabolic power of all instants together": of.anticipating(
            power, dynamics, True
        ),
        "as simulated, with the calf's tendons elastic": of.elastic_tendons(of.calf),
        "as simulated, with all tendons elastic": of.elastic_tendons(every > 0),
    }
    lines = [
        "| the same motion, torques and forces | J/(kg m) | muscle timing |",
        "|---|---|---|",
        *(
            f"| {label} | {of.cost(choice):.1f} | {of.timing(choice):.0%} |"
            for label, choice in rows.items()
        ),
    ]
    return "\n".join(lines)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--seconds", type=float, default=5.0)
    options = parser.parse_args()
    checkpoint = load_checkpoint(options.checkpoint)
    lag = checkpoint.config.muscles.activation_dynamics
    if lag is None:
        raise SystemExit("error: the environment has no activation dynamics")
    walk = record(checkpoint, options.seconds)
    found = Alternatives(walk, build_scene(checkpoint.config))
    put_between(PAGE, BEGIN, END, table(found, (lag.activation, lag.deactivation)))


if __name__ == "__main__":
    main()
