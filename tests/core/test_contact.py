"""Contact with the ground: rest, weight, friction, and forces that stay within the friction cone."""

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import small_models as models
from muscle_viewer.core import Environment, Policy, _core, load_checkpoint
from muscle_viewer.core.configuration import assets_folder, checkpoints_folder
from muscle_viewer.core.readers.character import Character, Contact
from muscle_viewer.core.readers.character_file import read_character

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


FRICTION = 0.9  # of the small models
ROUNDING = 2e-5  # of float forces


def forces(simulation: _core.ReferenceSimulation) -> np.ndarray:
    """Of the contacts on the character, (contacts, 3), N."""
    return np.asarray(simulation.field("contact_force")[:, 0], float).reshape(-1, 3)


def assert_in_the_cone(force: np.ndarray, friction: float = FRICTION) -> None:
    """No force of (contacts, 3) pulls, and no friction is beyond its bound."""
    assert force[:, 1].min(initial=0) >= 0
    tangential = np.hypot(force[:, 0], force[:, 2])
    assert (tangential <= friction * force[:, 1] * (1 + ROUNDING) + 1e-9).all()


def steps(simulation: _core.ReferenceSimulation, count: int) -> Iterator[np.ndarray]:
    """The contact forces of each of some steps."""
    for _ in range(count):
        run(simulation, 1 / 480)
        yield forces(simulation)


def cornered_box() -> Character:
    """The box with a sphere at each of its eight corners."""
    corners = [
        Contact(position=np.array([x, y, z]), radius=0.02)
        for x in (-0.1, 0.1)
        for y in (-0.05, 0.05)
        for z in (-0.15, 0.15)
    ]
    box = models.box()
    return replace(box, bodies=[replace(box.bodies[0], contacts=corners)])


def light_footed(foot: float) -> Character:
    """A trunk of 70 kg on a foot of so many kilograms, with stiff gains in between."""
    soles = [
        Contact(position=np.array([x, -0.03, z]), radius=0.02)
        for x in (-0.04, 0.04)
        for z in (-0.1, 0.1)
    ]
    trunk = models.body(
        "trunk",
        -1,
        models.joint("free"),
        mass=70.0,
        inertia=np.array([2.0, 2.0, 2.0, 0.0, 0.0, 0.0]),
    )
    ankle = models.joint("revolute", position=np.array([0.0, -0.3, 0.0]), kp=3000.0, kv=100.0)
    inertia = foot * 0.005 * np.array([1.0, 1.0, 1.0, 0.0, 0.0, 0.0])
    return models.character(
        [trunk, models.body("foot", 0, ankle, mass=foot, inertia=inertia, contacts=soles)]
    )


def push_hard(simulation: _core.ReferenceSimulation) -> None:
    """A box at rest is pushed by 5 kN: friction gives all that it can, from the first step on."""
    simulation.set_state(0, np.array([0, 0, 0, 0, 0.0693, 0]), np.zeros(6))
    run(simulation, 0.5)
    simulation.field("external_force")[3, 0] = 5000
    for force in steps(simulation, 12):
        assert_in_the_cone(force)
        total = force.sum(axis=0)
        assert -total[0] == pytest.approx(FRICTION * total[1], rel=0.02)


def push_aslant(simulation: _core.ReferenceSimulation, angle: float) -> None:
    """A box at rest is pushed harder than friction can hold: it gives all that it can, against the slip."""
    simulation.field("external_force")[:, 0] = 0
    simulation.set_state(0, np.array([0, 0, 0, 0, 0.0693, 0]), np.zeros(6))
    run(simulation, 0.5)
    way = np.array([np.cos(angle), 0, np.sin(angle)])
    simulation.field("external_force")[3:6, 0] = 1.3 * FRICTION * 70 * GRAVITY * way
    total = np.mean([force.sum(axis=0) for force in steps(simulation, 60)][20:], axis=0)
    np.testing.assert_allclose(total, total[1] * ([0, 1, 0] - FRICTION * way), atol=6)


def tumble(simulation: _core.ReferenceSimulation, throws: int) -> None:
    """Thrown boxes strike, roll and slide; each step's forces are in the cone and are what moves the box."""
    rng = np.random.default_rng(0)
    struck = 0
    for _ in range(throws):
        q = np.concatenate([rng.normal(size=3), [0, 0.4, 0]])
        simulation.set_state(0, q, rng.normal(size=6) * [8, 8, 8, 3, 1, 3])
        for _ in range(480):
            velocity = simulation.field("velocity")[:, 0].astype(float)
            (force,) = steps(simulation, 1)
            assert_in_the_cone(force)
            struck += int(force[:, 1].max() > 2000)
            rotation = simulation.field("body_rotation")[:, 0].reshape(3, 3).astype(float)
            change = simulation.field("acceleration")[3:, 0] + np.cross(velocity[:3], velocity[3:])
            total = force.sum(axis=0) - [0, 70 * GRAVITY, 0]
            moved = 70 * rotation @ change
            np.testing.assert_allclose(moved, total, atol=0.05 + 1e-4 * abs(total).max())
    assert struck


def slide_on_a_light_foot(simulation: _core.ReferenceSimulation) -> None:
    """A foot that is light beside its dampers slides, turns and tips under a push of 1 kN."""
    simulation.set_state(0, np.array([0, 0, 0, 0, 0.35, 0, 0]), np.array([0, 0, 0, 1.5, 0, 1, 0]))
    simulation.set_target(0, np.zeros(7))
    simulation.field("external_force")[3, 0] = 1000
    for force in steps(simulation, 60):
        assert_in_the_cone(force)
    assert simulation.positions(0)[3] == pytest.approx(0.255, abs=0.02)


@pytest.mark.parametrize(("name", "simulation"), simulations(models.box(), "torque"))
def test_a_box_pushed_beyond_friction_is_held_by_friction_alone(
    name: str, simulation: _core.ReferenceSimulation
) -> None:
    push_hard(simulation)


@pytest.mark.parametrize("angle", np.radians([20, 45, 250]))
@pytest.mark.parametrize(("name", "simulation"), simulations(cornered_box(), "torque"))
def test_friction_is_the_same_in_every_direction(
    name: str, simulation: _core.ReferenceSimulation, angle: float
) -> None:
    push_aslant(simulation, angle)


@pytest.mark.parametrize(("name", "simulation"), simulations(cornered_box(), "torque"))
def test_tumbling_boxes_are_never_pulled_nor_held_beyond_friction(
    name: str, simulation: _core.ReferenceSimulation
) -> None:
    tumble(simulation, 6)


@pytest.mark.parametrize("foot", [0.05, 0.2, 1.0])
def test_a_light_foot_slides_within_the_cone(foot: float) -> None:
    for _, simulation in simulations(light_footed(foot), "pd"):
        slide_on_a_light_foot(simulation)


@pytest.mark.parametrize("gait", ["walk.pt", "run.pt"])
def test_the_shipped_gaits_stand_within_the_cone(gait: str) -> None:
    checkpoint = load_checkpoint(checkpoints_folder() / gait)
    environment = Environment(checkpoint.config, seed=3)
    environment.load_muscle_weights(checkpoint.muscle)
    policy = Policy.from_state_dict(checkpoint.policy)
    observation = environment.reset()
    loaded = 0
    for _ in range(60):
        observation = environment.step(policy.act(observation))[0]
        force = np.asarray(environment.frame().contact_forces, float)
        assert_in_the_cone(force)
        loaded += np.count_nonzero(force[:, 1] > 1)
    assert loaded > 100
