"""Comparison of an opened model with its program, in double precision and in the lanes' single precision."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ... import _core
from ...readers.character import Character
from ..gravity import STANDARD
from .program import Answer, Floats, MuscleGroup, Program, Tolerance

TIME_STEP = 1e-15
"""s; at a short step the implicit dampers of the dynamics are explicit, as in the programs' accelerations."""
ROOT_DOFS = 6


FARTHEST = 1.0
"""m; slides stay within it, as positions in single precision are the rougher the farther they are."""

TOLERANCES = {
    "body positions, m": Tolerance(1e-9, 2e-6),
    "body rotations": Tolerance(1e-9, 2e-6),
    "mass matrix, relative": Tolerance(1e-9, 1e-5),
    "accelerations, relative": Tolerance(1e-7, 1e-4),
}
"""By quantity; those of muscles are their groups'. Rotations: entries of the matrices. Mass matrix: the smallest relative
change of it, its diagonal scaled to 1, that explains the accelerations by torques about one dof (Rigal and Gaches 1967,
doi 10.1145/321406.321416). Accelerations, by the program's muscle torques: the torques that make up the difference, of
the largest acceleration in the state, torques over and accelerations times the root of the dof's inertia: near a gimbal
lock, a rounding makes large accelerations."""
LENGTHS, ARMS, FORCES = "muscle lengths, m", "moment arms, m", "muscle forces, of the maximal"


def quantity_of(name: str, group: MuscleGroup) -> str:
    """What a row calls a quantity of a group of muscles."""
    first, unit = name.split(", ")
    return f"{first} {group.name}, {unit}" if group.name else name


@dataclass(frozen=True)
class Row:
    """The largest differences of one quantity over all states, and the part that has the one in double precision."""

    quantity: str
    double: float
    single: float
    where: str
    allowed: Tolerance

    @property
    def agrees(self) -> bool:
        return self.double <= self.allowed.double and self.single <= self.allowed.single


@dataclass(frozen=True)
class Agreement:
    """The rows of one model."""

    program: str
    states: int
    dofs: int
    muscles: int
    rows: list[Row]
    left_out: list[str]
    doubtful: tuple[int, int]
    """How many cases of a muscle in a state were not compared, and how many there are."""
    reason: str
    """Why they were not."""

    @property
    def agrees(self) -> bool:
        return all(row.agrees for row in self.rows)


def measure(program: Program, states: int = 100, seed: int = 0) -> Agreement:
    """Compare at random poses within the coordinates' ranges, with random rates and activations."""
    character = program.character
    model = _core.Model(character)
    ours = [_Simulation(model, character, program.bodies, lanes) for lanes in (False, True)]
    rng = np.random.default_rng(seed)
    worst: dict[str, tuple[list[float], str]] = {}
    compared = np.any([group.members for group in program.groups], axis=0)
    doubtful = 0
    for _ in range(states):
        pose, rates, activations = random_state(rng, program)
        theirs = program.answer(pose, rates, activations)
        doubtful += int((compared & ~theirs.compared).sum())
        found = [
            simulation.differences(theirs, program.groups, pose, rates, activations)
            for simulation in ours
        ]
        for quantity, (double, where) in found[0].items():
            values, said = worst.get(quantity, ([0.0, 0.0], ""))
            single = found[1][quantity][0]
            said = where if double >= values[0] else said
            worst[quantity] = [_larger(values[0], double), _larger(values[1], single)], said
    rows = [
        Row(name, values[0], values[1], where, tolerance)
        for name, tolerance in _tolerances(program.groups).items() if name in worst
        for values, where in [worst[name]]
    ]  # fmt: skip
    return Agreement(
        program.name, states, len(character.dof_names), len(character.muscles), rows, character.left_out,
        (doubtful, states * int(compared.sum())), program.doubtful,
    )  # fmt: skip


def _tolerances(groups: list[MuscleGroup]) -> dict[str, Tolerance]:
    """Of all rows, in their order."""
    found = dict(TOLERANCES)
    for group in groups:
        found[quantity_of(LENGTHS, group)] = group.lengths
        found[quantity_of(ARMS, group)] = group.moment_arms
        found[quantity_of(FORCES, group)] = group.forces
    return found


def _larger(a: float, b: float) -> float:
    """The larger number; a NaN is larger than any."""
    return a if a > b or np.isnan(a) else b


def random_state(rng: np.random.Generator, program: Program) -> tuple[Floats, Floats, Floats]:
    """Dofs within the middle four fifths of their ranges, their rates, and the activations."""
    character = program.character
    slides = [b.joint.type == "slide" for b in character.bodies for _ in b.joint.dof_names]
    low, high = program.ranges.T
    low = np.where(slides, np.maximum(low, -FARTHEST), low)
    high = np.where(slides, np.minimum(high, FARTHEST), high)
    pose = rng.uniform(0.9 * low + 0.1 * high, 0.1 * low + 0.9 * high)
    rates = np.where(program.resting, 0.0, rng.normal(size=len(pose)))
    return pose, rates, rng.uniform(0.02, 1.0, len(character.muscles))


class _Simulation:
    """The opened model in one precision."""

    def __init__(
        self, model: _core.Model, character: Character, bodies: list[str], lanes: bool
    ) -> None:
        settings: dict[str, Any] = {
            "actuator": "activation", "ground": False, "time_step": TIME_STEP, "gravity": STANDARD,
        }  # fmt: skip
        self._model, self._names = model, character.dof_names
        self._muscles = [m.name for m in character.muscles]
        self._bodies = bodies
        self._places = [character.frames[name] for name in bodies]
        self._strength = np.maximum([m.max_isometric_force for m in character.muscles], 1e-9)
        self._simulation: Any = (
            _core.LanesSimulation(model, _core.instruction_sets()[0], **settings)
            if lanes
            else _core.ReferenceSimulation(model, **settings)
        )

    def differences(
        self,
        theirs: Answer,
        groups: list[MuscleGroup],
        pose: Floats,
        rates: Floats,
        activations: Floats,
    ) -> dict[str, tuple[float, str]]:
        """By quantity the largest difference, and the name of the body, dof or muscle that has it."""
        simulation = self._simulation
        simulation.set_state(0, pose, rates)
        simulation.field("activation")[:, 0] = activations
        simulation.kinematics()
        simulation.muscles()
        found: dict[str, tuple[float, str]] = {}

        def compare(quantity: str, errors: np.ndarray, names: list[str]) -> None:
            if errors.size:
                each = np.abs(errors.reshape(len(errors), -1)).max(1)
                k = int(np.argmax(np.where(np.isnan(each), np.inf, each)))
                found[quantity] = float(each[k]), names[k]

        rotations, origins = self._bodies_now(pose)
        compare("body rotations", rotations - theirs.rotations, self._bodies)
        compare("body positions, m", origins - theirs.origins, self._bodies)
        lengths = self._field("muscle_length") - theirs.lengths
        arms = (self._arms() - theirs.moment_arms)[:, self._joints]
        forces = (self._forces(activations) - theirs.forces) / self._strength
        for group in groups:
            chosen = np.flatnonzero(group.members & theirs.compared)
            names = [self._muscles[k] for k in chosen]
            compare(quantity_of(LENGTHS, group), lengths[chosen], names)
            compare(quantity_of(ARMS, group), arms[chosen], names)
            compare(quantity_of(FORCES, group), forces[chosen], names)
        driven = self._accelerations(theirs.torques)
        size = np.sqrt(np.diag(theirs.mass))
        scale = max(float(np.abs(size * theirs.accelerations).max()), 1e-9)
        missing = theirs.mass @ (driven - theirs.accelerations) / size
        compare("accelerations, relative", missing / scale, self._names)
        compare("mass matrix, relative", self._change_of_mass(theirs.mass), self._names)
        return found

    @property
    def _joints(self) -> slice:
        """The dofs behind a free root's, about which no muscle has moment arms here."""
        return slice(self._model.num_root_dofs, None)

    def _field(self, name: str) -> Floats:
        return np.array(self._simulation.field(name)[:, 0], np.float64)

    def _bodies_now(self, pose: Floats) -> tuple[Floats, Floats]:
        root = pose[3:6] if self._model.num_root_dofs == ROOT_DOFS else np.zeros(3)
        turns = self._field("body_rotation").reshape(-1, 3, 3)
        origins = root + self._field("body_position").reshape(-1, 3)
        return (
            np.array([turns[p.body] @ p.rotation for p in self._places]),
            np.array([origins[p.body] + turns[p.body] @ p.position for p in self._places]),
        )

    def _forces(self, activations: Floats) -> Floats:
        return activations * self._field("active_force") + self._field("passive_force")

    def _arms(self) -> Floats:
        arms = np.zeros((len(self._muscles), len(self._names)))
        arms[self._model.muscle_of_entry, self._model.dof_of_entry] = self._field("moment_arm")
        return arms

    def _change_of_mass(self, mass: Floats) -> Floats:
        """By dof: the relative change of the scaled mass matrix that a torque about the dof shows, shape (dofs,)."""
        size = np.sqrt(np.diag(mass))
        scaled = mass / np.outer(size, size)
        at_rest = self._accelerations(np.zeros(len(mass)))
        large = 100 * (1 + np.abs(at_rest * size).max())  # beside gravity
        errors = np.zeros(len(mass))
        for k, unit in enumerate(np.eye(len(mass))):
            x = (self._accelerations(large * size * unit) - at_rest) * size / large
            norm = np.linalg.norm(scaled, 2) * np.linalg.norm(x) + 1
            errors[k] = np.linalg.norm(scaled @ x - unit) / norm
        return errors

    def _accelerations(self, torque: Floats) -> Floats:
        self._simulation.field("direct_torque")[:, 0] = torque
        self._simulation.forward_dynamics()
        return self._field("acceleration")
