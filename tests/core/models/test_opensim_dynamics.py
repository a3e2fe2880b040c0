"""The skeletons of .osim models against OpenSim: placements, mass matrix, accelerations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_models
from muscle_viewer.core import _core
from muscle_viewer.core.models.assemble import assemble
from muscle_viewer.core.models.opensim.skeleton import WORLD, skeleton_of
from muscle_viewer.core.readers.character import Character

opensim = pytest.importorskip("opensim", reason="the oracle extra brings it")

POSES = 100
GRAVITY = 9.80665


@dataclass
class Twin:
    """A model on both sides, without muscles."""

    theirs: Any
    state: Any
    character: Character
    model: _core.Model
    order: list[str]
    """OpenSim's coordinates in the order of Simbody's mobilities."""


@pytest.fixture(scope="module", params=["rajagopal", "gait14dof22musc_20170320", "gait9dof18musc"])
def twin(request: pytest.FixtureRequest) -> Twin:
    opensim.Logger.setLevelString("Off")
    if request.param == "rajagopal":
        file: Path = request.getfixturevalue("rajagopal_osim")
    else:
        file = request.getfixturevalue("osim_rl_models") / f"{request.param}.osim"
    theirs = opensim.Model(str(file))
    for i in range(theirs.getForceSet().getSize()):
        theirs.getForceSet().get(i).set_appliesForce(False)
    state = theirs.initSystem()
    character = assemble(small_models.character([]), skeleton_of(theirs, opensim))
    coordinates = theirs.getCoordinateSet()
    order = [""] * coordinates.getSize()
    for i in range(len(order)):
        for k in range(len(order)):
            coordinates.get(k).setSpeedValue(state, 1.0 if k == i else 0.0)
        order[int(np.argmax([state.getU().get(k) for k in range(len(order))]))] = coordinates.get(i).getName()  # fmt: skip
    for i in range(len(order)):
        coordinates.get(i).setSpeedValue(state, 0.0)
    return Twin(theirs, state, character, _core.Model(character), order)


@dataclass
class State:
    position: np.ndarray
    velocity: np.ndarray
    map: np.ndarray
    """OpenSim's mobilities = map @ our velocities, with the couplers."""


def random_state(
    rng: np.random.Generator, twin: Twin, speed: float, resting: tuple[str, ...] = ()
) -> State:
    """A state within the ranges."""
    names, coordinates = twin.character.dof_names, twin.theirs.getCoordinateSet()
    ranges = [(coordinates.get(n).getRangeMin(), coordinates.get(n).getRangeMax()) for n in names]
    position = np.array([rng.uniform(low, high) for low, high in ranges])
    velocity = rng.normal(size=len(names)) * speed
    velocity[[names.index(name) for name in resting]] = 0
    mobilities = set_state(twin, position, velocity)
    twin.theirs.realizeAcceleration(twin.state)
    return State(position, velocity, mobilities)


def set_state(twin: Twin, position: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    """Set OpenSim's state, with the couplers by its own functions. Returns State.map."""
    names, coordinates = twin.character.dof_names, twin.theirs.getCoordinateSet()
    mobilities = np.zeros((len(twin.order), len(names)))

    def put(name: str, value: float, slope: float, k: int) -> None:
        coordinates.get(name).setValue(twin.state, float(value), False)
        coordinates.get(name).setSpeedValue(twin.state, float(slope * velocity[k]))
        mobilities[twin.order.index(name), k] = slope

    for k, name in enumerate(names):
        put(name, position[k], 1.0, k)
    first = opensim.StdVectorInt()
    first.append(0)
    for coordinate in twin.character.coordinates:
        if coordinate.follows is not None and not coordinate.locked:
            k = names.index(coordinate.follows)
            function = coupler_of(twin.theirs, coordinate.name).getFunction()
            at = opensim.Vector(1, float(position[k]))
            put(coordinate.name, function.calcValue(at), function.calcDerivative(first, at), k)
    return mobilities


def coupler_of(model: Any, dependent: str) -> Any:
    constraints = model.getConstraintSet()
    couplers = [
        opensim.CoordinateCouplerConstraint.safeDownCast(constraints.get(i))
        for i in range(constraints.getSize())
    ]
    return next(c for c in couplers if c.getDependentCoordinateName() == dependent)


def simulation(twin: Twin, lanes: bool, gravity: float) -> Any:
    settings = {"actuator": "torque", "ground": False, "time_step": 1e-15, "gravity": gravity}
    if lanes:
        return _core.LanesSimulation(twin.model, _core.instruction_sets()[0], **settings)
    return _core.ReferenceSimulation(twin.model, **settings)


def accelerations(ours: Any, state: State, torque: np.ndarray) -> np.ndarray:
    ours.set_state(0, state.position, state.velocity)
    ours.field("direct_torque")[:, 0] = torque
    ours.kinematics()
    ours.forward_dynamics()
    return np.array(ours.field("acceleration")[:, 0], np.float64)


def mass_matrix(twin: Twin, state: State) -> np.ndarray:
    """OpenSim's, of our velocities."""
    theirs = opensim.Matrix()
    twin.theirs.getMatterSubsystem().calcM(twin.state, theirs)
    size = range(theirs.ncol())
    full = np.array([[theirs.get(i, j) for j in size] for i in size])
    return np.asarray(state.map.T @ full @ state.map)


def condition(matrix: np.ndarray) -> float:
    """The condition number with a unit diagonal: large near a gimbal lock of joints in series."""
    scale = np.sqrt(np.diag(matrix))
    return float(np.linalg.cond(matrix / np.outer(scale, scale)))


@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-9), (True, 2e-6)])
def test_bodies_are_where_opensim_has_them(twin: Twin, lanes: bool, tolerance: float) -> None:
    rng = np.random.default_rng(1)
    ours = simulation(twin, lanes, GRAVITY)
    bodies = twin.theirs.getBodySet()
    for _ in range(POSES):
        state = random_state(rng, twin, 1.0)
        ours.set_state(0, state.position, state.velocity)
        ours.kinematics()
        turns = ours.field("body_rotation")[:, 0].reshape(-1, 3, 3)
        origins = ours.field("body_position")[:, 0].reshape(-1, 3)
        far = max(1.0, float(np.abs(origins).max())) if lanes else 1.0
        for i in range(bodies.getSize()):
            transform = bodies.get(i).getTransformInGround(twin.state)
            rotation = np.array([[transform.R().get(i, j) for j in range(3)] for i in range(3)])
            position = np.array([transform.p().get(i) for i in range(3)])
            place = twin.character.frames[bodies.get(i).getName()]
            turn, origin = turns[place.body], origins[place.body]
            np.testing.assert_allclose(
                turn @ place.rotation, WORLD.rotation @ rotation, atol=tolerance
            )
            np.testing.assert_allclose(
                origin + turn @ place.position, WORLD.rotation @ position, atol=tolerance * far
            )


@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-9), (True, 1e-5)])
def test_unit_torques_make_the_inverse_of_opensims_mass_matrix(
    twin: Twin, lanes: bool, tolerance: float
) -> None:
    rng = np.random.default_rng(2)
    ours = simulation(twin, lanes, 0.0)
    dofs = twin.model.num_dofs
    for _ in range(POSES // 5):
        state = random_state(rng, twin, 0.0)
        wanted = mass_matrix(twin, state)
        inverse = np.array([accelerations(ours, state, unit) for unit in np.eye(dofs)])
        scale = np.sqrt(np.diag(wanted))
        error = (wanted @ inverse - np.eye(dofs)) * scale / scale[:, None]
        assert np.abs(error).max() < tolerance * condition(wanted)


KNEES = ("knee_angle_r", "knee_angle_l")


@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-7), (True, 1e-4)])
def test_accelerations_are_those_of_opensim_while_the_knees_rest(
    twin: Twin, lanes: bool, tolerance: float
) -> None:
    rng = np.random.default_rng(3)
    ours = simulation(twin, lanes, GRAVITY)
    for _ in range(POSES):
        state = random_state(rng, twin, 2.0, resting=KNEES)
        found = accelerations(ours, state, np.zeros(twin.model.num_dofs))
        wanted = opensim_accelerations(twin)
        # Near a gimbal lock, a few roundings of a float times the condition number.
        bound = max(tolerance, 2e-7 * condition(mass_matrix(twin, state))) if lanes else tolerance
        np.testing.assert_allclose(found, wanted, atol=bound * np.abs(wanted).max())


def test_opensims_energy_is_conserved_by_our_accelerations(twin: Twin) -> None:
    """While the knees move, OpenSim's own accelerations miss the balance of its energy: the velocity-dependent
    terms of its joints with several functions are not exact. Ours agree with MuJoCo's there."""
    rng = np.random.default_rng(4)
    ours = simulation(twin, False, GRAVITY)
    own, found = [], []
    for _ in range(20):
        state = random_state(rng, twin, 2.0)
        theirs = opensim_accelerations(twin)
        mine = accelerations(ours, state, np.zeros(twin.model.num_dofs))
        assert np.abs(mine - theirs).max() < 0.02 * np.abs(theirs).max()
        own.append(power(twin, state, theirs))
        found.append(power(twin, state, mine))
    # What is left is the error of the central difference, near the splines' knots above all.
    assert np.median(np.abs(found)) < 1e-3
    assert np.abs(found).max() < max(0.2 * np.abs(own).max(), 2e-3)


def power(twin: Twin, state: State, acceleration: np.ndarray) -> float:
    """The rate of OpenSim's total energy along a motion with this acceleration, W, by a central difference."""
    step, energies = 1e-4, []
    for h in (-step, step):
        position = state.position + h * state.velocity + h * h / 2 * acceleration
        set_state(twin, position, state.velocity + h * acceleration)
        twin.theirs.realizeVelocity(twin.state)
        energies.append(
            twin.theirs.calcKineticEnergy(twin.state) + twin.theirs.calcPotentialEnergy(twin.state)
        )
    return (energies[1] - energies[0]) / (2 * step)


def opensim_accelerations(twin: Twin) -> np.ndarray:
    coordinates = twin.theirs.getCoordinateSet()
    return np.array(
        [coordinates.get(n).getAccelerationValue(twin.state) for n in twin.character.dof_names]
    )
