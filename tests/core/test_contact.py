"""Contact with the ground: rest, weight, friction."""

from dataclasses import replace

import numpy as np
import pytest
import small_models as models
from muscle_viewer.core import _core
from muscle_viewer.core.configuration import assets_folder
from muscle_viewer.core.readers.character import Character, read_character

GRAVITY = 9.81


def simulations(character: Character, actuator: str) -> list[tuple[str, object]]:
    model = _core.Model(character)
    lanes = [
        (isa, _core.LanesSimulation(model, isa, actuator=actuator))
        for isa in _core.instruction_sets()
    ]
    return [("double", _core.ReferenceSimulation(model, actuator=actuator)), *lanes]


def run(simulation: _core.ReferenceSimulation, seconds: float) -> None:
    for _ in range(round(480 * seconds)):
        simulation.kinematics()
        simulation.desire()
        simulation.advance()


def ground_force(simulation: _core.ReferenceSimulation) -> np.ndarray:
    return simulation.field("contact_force")[:, 0].reshape(-1, 3).sum(axis=0)


@pytest.mark.parametrize(("name", "simulation"), simulations(models.box(), "torque"))
def test_a_dropped_box_comes_to_rest_with_its_weight_on_the_ground(
    name: str, simulation: _core.ReferenceSimulation
) -> None:
    q = np.array([0.1, 0.2, 0.05, 0.0, 0.3, 0.0])
    simulation.set_state(0, q, np.array([0, 0, 0, 0.5, 0, 0]))
    run(simulation, 2)
    at_rest = simulation.positions(0)
    run(simulation, 2)
    drift = np.abs(simulation.positions(0) - at_rest).max()
    assert drift < 1e-6
    assert np.abs(simulation.field("velocity")[:, 0]).max() < 1e-5
    force = ground_force(simulation)
    assert force[1] == pytest.approx(70 * GRAVITY, rel=1e-3)
    # Four springs of 2e5 N/m carry it: the depth is the static one.
    assert at_rest[4] == pytest.approx(0.07 - 70 * GRAVITY / (4 * 2e5), abs=1e-5)


@pytest.mark.parametrize(("friction", "slides"), [(0.9, False), (0.2, True)])
def test_a_pushed_box_slides_when_the_push_exceeds_friction(friction: float, slides: bool) -> None:
    character = models.box()
    contact = character.contact.model_copy(update={"friction": friction})
    _, simulation = simulations(replace(character, contact=contact), "torque")[0]
    simulation.set_state(0, np.array([0, 0, 0, 0, 0.0693, 0]), np.zeros(6))
    run(simulation, 0.5)
    push = 0.5 * 70 * GRAVITY
    simulation.field("external_force")[3, 0] = push
    run(simulation, 0.5)
    speed = simulation.field("velocity")[3, 0]
    run(simulation, 0.5)
    moved = simulation.positions(0)[3]
    if slides:
        gained = simulation.field("velocity")[3, 0] - speed
        assert gained == pytest.approx((0.5 - friction) * GRAVITY / 2, rel=0.01)
        assert ground_force(simulation)[0] == pytest.approx(-friction * 70 * GRAVITY, rel=0.01)
    else:
        assert abs(moved) < 0.005
        assert ground_force(simulation)[0] == pytest.approx(-push, rel=0.01)


def standing_human() -> tuple[Character, np.ndarray]:
    """The human with gains stiff enough to balance open loop, leaning until its weight is over its feet."""
    human = read_character(assets_folder() / "characters" / "human.yaml")
    stiff = [
        replace(b, joint=replace(b.joint, kp=10 * b.joint.kp, kv=10 * b.joint.kv))
        for b in human.bodies
    ]
    human = replace(human, bodies=stiff)
    model = _core.Model(human)
    simulation = _core.ReferenceSimulation(model)
    q = np.zeros(model.num_dofs)
    q[4] = 1.0
    simulation.set_state(0, q, np.zeros(model.num_dofs))
    simulation.kinematics()
    rotations = simulation.field("body_rotation")[:, 0].reshape(-1, 3, 3)
    origins = simulation.field("body_position")[:, 0].reshape(-1, 3)
    spheres = [
        (origins[i] + rotations[i] @ c.position, c.radius)
        for i, b in enumerate(human.bodies)
        for c in b.contacts
    ]
    center = (
        sum(b.mass * (origins[i] + rotations[i] @ b.com) for i, b in enumerate(human.bodies))
        / model.total_mass
    )
    ankle = next(origins[i] for i, b in enumerate(human.bodies) if b.name == "talus_r")
    middle = np.mean([c[2] for c, _ in spheres])
    lean = np.arctan2(middle - center[2], center[1] - ankle[1])
    dof = 0
    for b in human.bodies:
        if b.name.startswith("talus"):
            q[dof] = -lean * b.joint.axis[0]
        dof += models.DOFS[b.joint.type]
    q[0] = lean
    simulation.set_state(0, q, np.zeros(model.num_dofs))
    simulation.kinematics()
    rotations = simulation.field("body_rotation")[:, 0].reshape(-1, 3, 3)
    origins = simulation.field("body_position")[:, 0].reshape(-1, 3)
    lowest = min(
        (1.0 + origins[i] + rotations[i] @ c.position)[1] - c.radius
        for i, b in enumerate(human.bodies)
        for c in b.contacts
    )
    q[4] -= lowest
    return human, q


def test_the_standing_human_rests_on_the_ground() -> None:
    human, q = standing_human()
    for name, simulation in simulations(human, "pd"):
        simulation.set_state(0, q, np.zeros_like(q))
        simulation.set_target(0, q)
        run(simulation, 4)
        before = simulation.positions(0)
        run(simulation, 2)
        after = simulation.positions(0)
        weight = _core.Model(human).total_mass * GRAVITY
        assert ground_force(simulation)[1] == pytest.approx(weight, rel=0.01), name
        assert np.abs(after - before).max() < 1e-3, name
        assert after[4] > 0.85, name
