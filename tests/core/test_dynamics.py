"""Kinematics and dynamics against DART, conservation laws, and the float lanes against double."""

from dataclasses import replace

import numpy as np
import pytest
import small_models as models
from muscle_viewer.core import _core

STEP = 1 / 480
ROOTS = ["free", "ball", "revolute"]


def reference(model: _core.Model, **options: object) -> _core.ReferenceSimulation:
    return _core.ReferenceSimulation(model, **({"ground": False, "time_step": STEP} | options))


def dart_world(skeleton: object) -> object:
    dartpy = pytest.importorskip("dartpy", reason="the oracle extra brings dartpy")
    world = dartpy.simulation.World()
    world.setTimeStep(STEP)
    world.setGravity([0, -9.81, 0])
    world.addSkeleton(skeleton)
    return world


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("seed", range(4))
def test_kinematics_agree_with_dart(root: str, seed: int) -> None:
    pytest.importorskip("dartpy", reason="the oracle extra brings dartpy")
    rng = np.random.default_rng(seed)
    character = models.random_character(rng, root)
    model = _core.Model(character)
    q, v = models.random_state(rng, model)
    skeleton, nodes = models.dart_twin(character)
    skeleton.setPositions(q)
    skeleton.setVelocities(models.dart_velocities(character, q, v))
    simulation = reference(model)
    simulation.set_state(0, q, v)
    simulation.kinematics()
    rotations = simulation.field("body_rotation")[:, 0].reshape(-1, 3, 3)
    positions = simulation.field("body_position")[:, 0].reshape(-1, 3)
    velocities = simulation.field("body_velocity")[:, 0].reshape(-1, 6)
    origin = nodes[0].getWorldTransform().translation()
    for i, node in enumerate(nodes):
        transform = node.getWorldTransform()
        np.testing.assert_allclose(rotations[i], transform.rotation(), atol=1e-12)
        np.testing.assert_allclose(positions[i] + origin, transform.translation(), atol=1e-12)
        np.testing.assert_allclose(velocities[i], node.getSpatialVelocity(), atol=1e-11)


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("seed", range(4))
def test_forward_dynamics_with_damping_agrees_with_dart(root: str, seed: int) -> None:
    pytest.importorskip("dartpy", reason="the oracle extra brings dartpy")
    rng = np.random.default_rng(100 + seed)
    character = models.random_character(rng, root)
    model = _core.Model(character)
    q, v = models.random_state(rng, model)
    tau = rng.normal(size=model.num_dofs) * 10
    skeleton, nodes = models.dart_twin(character)
    world = dart_world(skeleton)
    skeleton.setPositions(q)
    skeleton.setVelocities(models.dart_velocities(character, q, v))
    if root == "free":
        tau[:6] = 0
    skeleton.setForces(tau)
    skeleton.computeForwardDynamics()
    simulation = reference(model)
    simulation.set_state(0, q, v)
    simulation.field("direct_torque")[:, 0] = tau
    simulation.kinematics()
    simulation.forward_dynamics()
    ours = simulation.field("acceleration")[:, 0]
    theirs = skeleton.getAccelerations()
    if root == "free":
        theirs[:6] = nodes[0].getSpatialAcceleration()
    np.testing.assert_allclose(ours, theirs, atol=1e-9 * np.abs(theirs).max())
    assert world.getNumSkeletons() == 1


@pytest.mark.parametrize("seed", range(4))
def test_forward_dynamics_with_springs_in_the_joints_agrees_with_dart(seed: int) -> None:
    """DART's springs are implicit in the end-of-step angle, as ours."""
    pytest.importorskip("dartpy", reason="the oracle extra brings dartpy")
    rng = np.random.default_rng(300 + seed)
    character = models.random_character(rng, "revolute")
    hinges = [b for b in character.bodies if b.joint.type == "revolute"]
    for b in hinges:
        object.__setattr__(b.joint, "stiffness", float(rng.uniform(1, 400)))
        object.__setattr__(b.joint, "rest", float(rng.uniform(-0.5, 0.5)))
    model = _core.Model(character)
    q, v = models.random_state(rng, model)
    skeleton, nodes = models.dart_twin(character)
    world = dart_world(skeleton)
    for b, node in zip(character.bodies, nodes, strict=True):
        if b.joint.type != "revolute":
            continue
        carrier = node.getParentJoint()
        carrier.setSpringStiffness(0, b.joint.stiffness)
        carrier.setRestPosition(0, b.joint.rest)
    skeleton.setPositions(q)
    skeleton.setVelocities(models.dart_velocities(character, q, v))
    skeleton.computeForwardDynamics()
    simulation = reference(model)
    simulation.set_state(0, q, v)
    simulation.kinematics()
    simulation.forward_dynamics()
    theirs = skeleton.getAccelerations()
    ours = simulation.field("acceleration")[:, 0]
    np.testing.assert_allclose(ours, theirs, atol=1e-9 * np.abs(theirs).max())
    assert world.getNumSkeletons() == 1 and len(hinges) > 1


@pytest.mark.parametrize("root", ["ball", "revolute"])
def test_unit_torques_make_the_inverse_mass_matrix_of_dart(root: str) -> None:
    pytest.importorskip("dartpy", reason="the oracle extra brings dartpy")
    rng = np.random.default_rng(7)
    character = models.random_character(rng, root)
    for b in character.bodies:
        object.__setattr__(b.joint, "damping", 0.0)
    model = _core.Model(character)
    q, _ = models.random_state(rng, model)
    skeleton, _ = models.dart_twin(character)
    skeleton.setPositions(q)
    simulation = reference(model, gravity=0.0)
    simulation.set_state(0, q, np.zeros(model.num_dofs))
    simulation.kinematics()
    columns = []
    for k in range(model.num_dofs):
        simulation.field("direct_torque")[:, 0] = np.eye(model.num_dofs)[k]
        simulation.forward_dynamics()
        columns.append(simulation.field("acceleration")[:, 0].copy())
    inverse = np.array(columns).T
    np.testing.assert_allclose(inverse, inverse.T, atol=1e-10 * np.abs(inverse).max())
    mass = skeleton.getMassMatrix()
    np.testing.assert_allclose(mass @ inverse, np.eye(model.num_dofs), atol=1e-9)


def test_stable_pd_is_the_dense_formula() -> None:
    pytest.importorskip("dartpy", reason="the oracle extra brings dartpy")
    rng = np.random.default_rng(3)
    character = models.random_character(rng, "revolute")
    for b in character.bodies:
        object.__setattr__(b.joint, "damping", 0.0)
    model = _core.Model(character)
    q, v = models.random_state(rng, model, speed=0.5)
    simulation = reference(model, actuator="pd")
    simulation.set_state(0, q, v)
    target = q + rng.normal(size=model.num_dofs) * 0.2
    target_velocity = rng.normal(size=model.num_dofs)
    simulation.set_target(0, target)
    simulation.field("target_velocity")[:, 0] = target_velocity
    simulation.kinematics()
    simulation.desire()
    skeleton, _ = models.dart_twin(character)
    world = dart_world(skeleton)
    skeleton.setPositions(q)
    skeleton.setVelocities(v)
    mass, coriolis = skeleton.getMassMatrix(), skeleton.getCoriolisAndGravityForces()
    kp, kv = (
        np.concatenate(
            [
                np.broadcast_to(getattr(b.joint, name), len(b.joint.dof_names))
                for b in character.bodies
            ]
        )
        for name in ("kp", "kv")
    )
    # Tan, Liu, Turk 2011: the position error is the one at the end of the step, target moved on too.
    error, start = np.zeros(model.num_dofs), 0
    for b in character.bodies:
        n = models.DOFS[b.joint.type]
        part = slice(start, start + n)
        if b.joint.type == "revolute":
            error[part] = q[part] - target[part] + STEP * (v[part] - target_velocity[part])
        elif b.joint.type == "ball":
            ahead = models.exponential(q[part]) @ models.exponential(v[part] * STEP)
            aim = models.exponential(target[part]) @ models.exponential(
                target_velocity[part] * STEP
            )
            error[part] = rotation_vector(aim.T @ ahead)
        start += n
    p, d = -kp * error, -kv * (v - target_velocity)
    acceleration = np.linalg.solve(mass + STEP * np.diag(kv), -coriolis + p + d)
    wanted = p + d - STEP * kv * acceleration
    np.testing.assert_allclose(
        simulation.field("desired_torque")[:, 0], wanted, atol=1e-8 * np.abs(wanted).max()
    )
    assert world.getNumSkeletons() == 1


def test_the_gaitnets_stable_pd_foresees_neither_damping_nor_limits() -> None:
    """(M + dt Kv) qdd = -C + p + d + F, F the constraint forces of the step before; p of q + dt v as rotation vectors."""
    pytest.importorskip("dartpy", reason="the oracle extra brings dartpy")
    rng = np.random.default_rng(5)
    character = models.random_character(rng, "revolute", limits=True)
    model = _core.Model(character)
    q, v = models.random_state(rng, model, speed=0.5)
    simulation = reference(model, actuator="pd", gaitnet_pd=True)
    simulation.set_state(0, q, v)
    target, forces = q + rng.normal(size=model.num_dofs) * 0.2, rng.normal(size=model.num_dofs)
    simulation.set_target(0, target)
    simulation.field("target_velocity")[:] = 0
    simulation.field("constraint_force")[:, 0] = forces
    simulation.kinematics()
    simulation.desire()
    skeleton, _ = models.dart_twin(character)
    world = dart_world(skeleton)
    skeleton.setPositions(q)
    skeleton.setVelocities(v)
    kp, kv = (
        np.concatenate(
            [
                np.broadcast_to(getattr(b.joint, name), len(b.joint.dof_names))
                for b in character.bodies
            ]
        )
        for name in ("kp", "kv")
    )
    error, start = q + STEP * v - target, 0
    for b in character.bodies:
        part = slice(start, start + len(b.joint.dof_names))
        start = part.stop
        if b.joint.type == "ball":
            ahead, aim = (
                models.exponential(q[part] + STEP * v[part]),
                models.exponential(target[part]),
            )
            error[part] = rotation_vector(aim.T @ ahead)
    p, d = -kp * error, -kv * v
    mass, coriolis = skeleton.getMassMatrix(), skeleton.getCoriolisAndGravityForces()
    acceleration = np.linalg.solve(mass + STEP * np.diag(kv), -coriolis + p + d + forces)
    wanted = p + d - STEP * kv * acceleration
    np.testing.assert_allclose(
        simulation.field("desired_torque")[:, 0], wanted, atol=1e-8 * np.abs(wanted).max()
    )
    assert world.getNumSkeletons() == 1


def rotation_vector(matrix: np.ndarray) -> np.ndarray:
    angle = np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1))
    skew = matrix - matrix.T
    return np.array([skew[2, 1], skew[0, 2], skew[1, 0]]) * angle / (2 * np.sin(angle))


def momenta(
    character: models.Character, simulation: _core.ReferenceSimulation
) -> tuple[float, np.ndarray, np.ndarray]:
    """Kinetic plus potential energy (J), linear and angular momentum about the world's origin."""
    rotations = simulation.field("body_rotation")[:, 0].reshape(-1, 3, 3)
    origins = simulation.field("body_position")[:, 0].reshape(-1, 3)
    velocities = simulation.field("body_velocity")[:, 0].reshape(-1, 6)
    root = simulation.positions(0)[3:6]
    energy, linear, angular = 0.0, np.zeros(3), np.zeros(3)
    for b, turn, origin, v in zip(character.bodies, rotations, origins, velocities, strict=True):
        xx, yy, zz, xy, xz, yz = b.inertia
        inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        center_speed = v[3:] + np.cross(v[:3], b.com)
        center = root + origin + turn @ b.com
        momentum = b.mass * turn @ center_speed
        energy += 0.5 * b.mass * center_speed @ center_speed + 0.5 * v[:3] @ inertia @ v[:3]
        energy += b.mass * 9.81 * center[1]
        linear += momentum
        angular += np.cross(center, momentum) + turn @ inertia @ v[:3]
    return energy, linear, angular


def drift(time_step: float, gravity: float) -> tuple[float, float, float]:
    """Relative drift of energy, linear and angular momentum of a free chain after half a second."""
    rng = np.random.default_rng(11)
    character = models.random_character(rng, "free", count=6)
    for b in character.bodies:
        object.__setattr__(b.joint, "damping", 0.0)
    model = _core.Model(character)
    q, v = models.random_state(rng, model, speed=1.5)
    simulation = reference(model, actuator="torque", gravity=gravity, time_step=time_step)
    simulation.set_state(0, q, v)
    simulation.kinematics()
    energy, linear, angular = momenta(character, simulation)
    for _ in range(round(0.5 / time_step)):
        simulation.kinematics()
        simulation.desire()
        simulation.advance()
    simulation.kinematics()
    energy_after, linear_after, angular_after = momenta(character, simulation)
    return (
        abs(energy_after - energy) / abs(energy),
        float(np.linalg.norm(linear_after - linear) / np.linalg.norm(linear)),
        float(np.linalg.norm(angular_after - angular) / np.linalg.norm(angular)),
    )


def test_energy_is_conserved_to_the_order_of_the_integrator() -> None:
    coarse, fine = drift(2e-4, 9.81)[0], drift(5e-5, 9.81)[0]
    assert coarse < 2e-3
    assert fine < 0.4 * coarse


def test_momenta_are_conserved_to_the_order_of_the_integrator() -> None:
    _, *coarse = drift(2e-4, 0.0)
    _, *fine = drift(5e-5, 0.0)
    for at_coarse, at_fine in zip(coarse, fine, strict=True):
        assert at_coarse < 2e-3
        assert at_fine < 0.4 * at_coarse


@pytest.mark.parametrize("instruction_set", _core.instruction_sets())
@pytest.mark.parametrize("root", ROOTS)
def test_float_lanes_follow_double_over_a_step(instruction_set: str, root: str) -> None:
    rng = np.random.default_rng(5)
    model = _core.Model(models.random_character(rng, root, muscles=6, limits=True))
    lanes = _core.LanesSimulation(model, instruction_set, actuator="muscle")
    states = [models.random_state(rng, model) for _ in range(16)]
    targets = [rng.normal(size=model.num_dofs) * 0.4 for _ in range(16)]
    excitation = rng.uniform(size=(model.num_muscles, 16))
    lanes.field("excitation")[:] = excitation
    for lane, (q, v) in enumerate(states):
        lanes.set_state(lane, q, v)
        lanes.set_target(lane, targets[lane])
    step(lanes)
    for lane, (q, v) in enumerate(states):
        double = _core.ReferenceSimulation(model, actuator="muscle")
        double.set_state(0, q, v)
        double.set_target(0, targets[lane])
        double.field("excitation")[:, 0] = excitation[:, lane]
        step(double)
        for field in ("acceleration", "jacobian", "desired_torque", "fibre_length", "active_force"):
            exact = double.field(field)[:, 0]
            np.testing.assert_allclose(
                lanes.field(field)[:, lane],
                exact,
                atol=2e-4 * max(np.abs(exact).max(), 1.0),
                err_msg=field,
            )


def step(simulation: _core.LanesSimulation | _core.ReferenceSimulation) -> None:
    simulation.kinematics()
    simulation.muscles()
    simulation.desire()
    simulation.advance()


@pytest.mark.parametrize("instruction_set", _core.instruction_sets())
def test_lanes_with_equal_states_stay_equal_bit_for_bit(instruction_set: str) -> None:
    rng = np.random.default_rng(9)
    model = _core.Model(models.random_character(rng, "free", muscles=4, limits=True))
    lanes = _core.LanesSimulation(model, instruction_set, actuator="muscle")
    q, v = models.random_state(rng, model)
    other, other_v = models.random_state(rng, model)
    for lane in range(16):
        even = lane % 2 == 0
        lanes.set_state(lane, q if even else other, v if even else other_v)
    lanes.field("excitation")[:] = 0.3
    for _ in range(4):
        step(lanes)
    for field in ("position", "velocity", "jacobian", "muscle_torque"):
        values = lanes.field(field)
        assert np.array_equal(values[:, 0::2], np.repeat(values[:, :1], 8, axis=1)), field
        assert np.array_equal(values[:, 1::2], np.repeat(values[:, 1:2], 8, axis=1)), field
        assert not np.array_equal(values[:, 0], values[:, 1]), field


def test_a_lane_that_is_not_a_number_leaves_its_neighbours_alone() -> None:
    rng = np.random.default_rng(2)
    model = _core.Model(models.random_character(rng, "free", muscles=4))
    states = [models.random_state(rng, model) for _ in range(16)]
    results = []
    for poisoned in (False, True):
        lanes = _core.LanesSimulation(model, _core.instruction_sets()[0], actuator="muscle")
        for lane, (q, v) in enumerate(states):
            lanes.set_state(lane, q, v)
        if poisoned:
            lanes.field("velocity")[:, 3] = np.nan
        for _ in range(5):
            step(lanes)
        results.append(lanes.field("position").copy())
    untouched = [lane for lane in range(16) if lane != 3]
    assert np.array_equal(results[0][:, untouched], results[1][:, untouched])
    assert np.isnan(results[1][:, 3]).any()


def test_joint_limits_push_back() -> None:
    hinge = models.joint("revolute", lower=np.array([-0.5]), upper=np.array([0.5]), damping=0.1)
    bob = models.body("bob", -1, hinge, com=np.array([0.0, 0.0, 0.5]))
    model = _core.Model(models.character([bob]))
    simulation = reference(model, actuator="torque")
    simulation.set_state(0, np.array([0.0]), np.array([0.0]))
    for _ in range(480 * 5):
        step(simulation)
    # The weight m g c cos(q) rests on a stop of 1000 N m/rad.
    angle = float(simulation.positions(0)[0])
    excess = abs(angle) - 0.5
    assert excess == pytest.approx(9.81 * 0.5 * np.cos(angle) / 1000, rel=1e-6)


def test_the_cost_of_a_substep_is_counted_for_each_environment_alike():
    rng = np.random.default_rng(3)
    character = models.random_character(rng, "free", muscles=6)
    model = _core.Model(character)
    cost = _core.substep_cost(model, np.zeros(model.num_dofs))
    assert cost == _core.substep_cost(model, np.zeros(model.num_dofs))
    doubled = _core.Model(replace(character, muscles=[*character.muscles, *character.muscles]))
    twice = _core.substep_cost(doubled, np.zeros(model.num_dofs))
    for part in ("paths", "muscles"):
        operations, touched = cost[part]
        assert twice[part][0] == 2 * operations > 0
        assert touched < twice[part][1] < 2 * touched  # the bodies' state is the same
    assert twice["kinematics"] == cost["kinematics"]
    assert twice["stable_pd"] == cost["stable_pd"] > (0, 0)
    assert twice["dynamics"][0] > cost["dynamics"][0]
    without = _core.substep_cost(model, np.zeros(model.num_dofs), "pd")
    assert without["paths"] == without["muscles"] == (0, 0)
    assert without["kinematics"] == cost["kinematics"]
    assert 0 < without["dynamics"][0] < cost["dynamics"][0]


def test_each_further_link_of_a_chain_costs_as_much_as_the_one_before():
    counts = []
    for length in (1, 2, 3, 9):
        chain = [models.body(f"b{k}", k - 1, models.joint("revolute")) for k in range(length)]
        model = _core.Model(models.character(chain))
        counts.append(_core.substep_cost(model, np.zeros(length), "torque")["dynamics"][0])
    one, two, three, nine = counts
    assert three - two == two - one > 0
    assert nine == one + 8 * (two - one)
