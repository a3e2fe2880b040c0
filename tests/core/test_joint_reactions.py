"""What the joints transmit, against DART under the same forces of the ground, of the muscles and of a push."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import Any

import numpy as np
import pytest
import small_models as models
from muscle_viewer.core import BatchEnv, Environment, gait, load_checkpoint
from muscle_viewer.core.folders import checkpoints_folder

STEPS = 16


@pytest.fixture(scope="module")
def walking() -> tuple[Environment, dict[str, np.ndarray]]:
    """The walk after half a second, under a push, and its last step's substeps."""
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    environment = Environment(checkpoint.config, seed=4)
    policy = checkpoint.load_into(environment)
    environment.record_reactions()
    environment.keep_substeps()
    observation = environment.reset()
    for _ in range(STEPS):
        environment.clear_external_forces()
        origin = environment.frame().body_positions[12]
        environment.add_external_force(12, np.array([30.0, 0.0, 50.0]), origin)
        observation, *_ = environment.step(policy.act(observation))
    return environment, environment.substeps()


def placed(twin: Any, character: Any, values: dict[str, np.ndarray], k: int) -> None:
    """Set DART's state to that of a substep's beginning."""
    q, v = values["positions"][k].astype(float), values["velocities"][k].astype(float)
    twin.setPositions(q)
    twin.setVelocities(models.dart_velocities(character, q, v))


def pull(nodes: list[Any], path: list[list[Any]], tension: float) -> None:
    """Add the pull of a muscle's path on the bodies, point by point."""
    points = [
        sum(a.weight * (nodes[a.body].getWorldTransform().multiply(a.position)) for a in point)
        for point in path
    ]
    for i, attachments in enumerate(path):
        towards = [points[n] - points[i] for n in (i - 1, i + 1) if 0 <= n < len(points)]
        force = tension * sum(way / np.linalg.norm(way) for way in towards)
        for a in attachments:
            nodes[a.body].addExtForce(a.weight * force, a.position, False, True)


def test_the_reactions_are_those_of_dart_under_the_same_forces(walking: Any) -> None:
    dartpy = pytest.importorskip("dartpy", reason="the oracle extra brings it")
    environment, values = walking
    character, info = environment.scene.character, environment.info
    bare = replace(
        character,
        bodies=[replace(b, joint=replace(b.joint, damping=0.0)) for b in character.bodies],
    )
    twin, nodes = models.dart_twin(bare)
    world = dartpy.simulation.World()
    world.setGravity([0, -9.81, 0])
    world.addSkeleton(twin)
    root = info.root_dofs
    assert np.abs(values["muscle_forces"]).max() > 300.0
    assert values["contact_forces"][:, :, 1].sum(axis=1).max() > 300.0
    for k in (0, 5, 11, 15):
        placed(twin, bare, values, k)
        twin.clearExternalForces()
        for c, body in enumerate(info.contact_bodies):
            here = nodes[body].getWorldTransform()
            local = here.inverse().multiply(values["contact_points"][k, c].astype(float))
            nodes[body].addExtForce(
                values["contact_forces"][k, c].astype(float), local, False, True
            )
        nodes[12].addExtForce(
            values["external_forces"][k, 12, 3:].astype(float), np.zeros(3), False, True
        )
        for muscle, tension in zip(character.muscles, values["muscle_forces"][k], strict=True):
            pull(nodes, muscle.path, float(tension))
        reactions = values["joint_reactions"][k].astype(float)
        torque = np.zeros(twin.getNumDofs())
        for dof in range(root, twin.getNumDofs()):
            body = info.dof_bodies[dof]
            joint = character.bodies[body].joint
            first = info.dof_bodies.index(body)
            axis = np.eye(3)[dof - first] if joint.type == "ball" else joint.axis
            torque[dof] = reactions[body, :3] @ axis
        twin.setForces(torque)
        twin.computeForwardDynamics()
        theirs = np.concatenate([nodes[0].getSpatialAcceleration(), twin.getAccelerations()[root:]])
        ours = values["accelerations"][k]
        assert np.abs(theirs - ours).max() < 2e-3 * np.abs(ours).max()
        for body in range(1, len(nodes)):
            transmitted = np.asarray(nodes[body].getBodyForce())
            apart = np.abs(transmitted - reactions[body])
            scale = max(np.abs(reactions[body, 3:]).max(), 10.0)
            assert apart.max() < 2e-3 * scale, (info.body_names[body], transmitted, reactions[body])


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_a_joints_moment_is_what_inverse_dynamics_finds(engine: str) -> None:
    """The muscles' torque with the reaction's part along the joint's axis, at knees and ankles, where damping counts.

    With DART in swing only: its contacts act beside the points at which the reactions take them.
    """
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    environment = Environment(checkpoint.config.on_engine(engine), seed=4)
    policy = checkpoint.load_into(environment)
    environment.record_reactions()
    observation, info = environment.reset(), environment.info
    bodies, contacts = environment.scene.character.bodies, gait.foot_contacts(info)
    own = []
    for _ in range(STEPS):
        observation, *_ = environment.step(policy.act(observation))
        frame = environment.frame()
        for side, name in product(gait.SIDES, ("knee_angle", "ankle_angle")):
            if engine == "dart" and frame.contact_forces[contacts[side]].any():
                continue
            dof = info.joint_names.index(f"{name}_{side[0]}")
            body = info.dof_bodies[info.root_dofs + dof]
            reaction = frame.joint_reactions[body, :3].astype(float)
            along = float(reaction @ np.asarray(bodies[body].joint.axis, float))
            moment, muscles = float(frame.joint_moments[dof]), float(frame.muscle_torques[dof])
            assert moment == pytest.approx(along + muscles, abs=0.05)
            own.append(abs(moment - muscles))
    assert len(own) > STEPS and max(own) > 1.0


def test_muscles_press_the_joints_that_they_cross(walking: Any) -> None:
    environment, values = walking
    tibia = environment.info.body_names.index("tibia_r")
    axial = values["joint_reactions"][:, tibia, 4].mean()
    weight = 9.81 * environment.info.total_mass
    assert abs(axial) > 0.3 * weight


def test_a_free_root_is_held_by_nothing(walking: Any) -> None:
    _, values = walking
    assert np.abs(values["joint_reactions"][:, 0]).max() < 0.5


def test_frames_hold_the_mean_over_the_substeps(walking: Any) -> None:
    environment, values = walking
    mean = values["joint_reactions"].mean(axis=0)
    assert environment.frame().joint_reactions == pytest.approx(mean, rel=1e-4, abs=1e-3)


def test_without_a_record_there_are_no_reactions() -> None:
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    environment = Environment(checkpoint.config)
    environment.reset()
    assert np.isnan(environment.frame().joint_reactions).all()
    assert environment.substeps() == {}


def test_a_batch_records_the_reactions_of_every_environment() -> None:
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    batch = BatchEnv(checkpoint.config, 3, seed=4)
    policy = checkpoint.load_into(batch)
    batch.record_substeps(reactions=True)
    alone = Environment(checkpoint.config, seed=4)
    alone_policy = checkpoint.load_into(alone)
    alone.record_reactions()
    observations, observation = batch.reset(), alone.reset()
    for _ in range(3):
        observations, *_ = batch.step(policy.act(observations))
        observation, *_ = alone.step(alone_policy.act(observation))
    found = batch.snapshot(["joint_reactions"])["joint_reactions"]
    assert np.isfinite(found).all()
    assert np.array_equal(found[0], alone.frame().joint_reactions)
    assert not np.array_equal(found[0], found[1])


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_reactions_that_are_recorded_no_longer_are_zero(engine: str) -> None:
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    environment = Environment(checkpoint.config.on_engine(engine))
    policy = checkpoint.load_into(environment)
    environment.keep_substeps()
    environment.record_reactions()
    observation, *_ = environment.step(policy.act(environment.reset()))
    assert environment.substeps()["joint_reactions"].any()
    environment.record_reactions(False)
    environment.step(policy.act(observation))
    assert not environment.substeps()["joint_reactions"].any()
