"""Longer and shorter bones: mass, inertia, joints and muscles go with them, and the character still walks."""

from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import _core
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.readers.character import Body, Character
from muscle_viewer.core.scene import Scene
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.bone_lengths import motion_for, with_bone_lengths
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.simulation.session import CheckpointSession


@pytest.fixture(scope="module")
def session() -> CheckpointSession:
    return load_session(checkpoints_folder() / "walk.pt", seed=4)


@pytest.fixture
def scene(session: CheckpointSession) -> Scene:
    return session._scene


def named(character: Character, name: str) -> int:
    return [body.name for body in character.bodies].index(name)


def second_moment(body: Body) -> np.ndarray:
    """The integral of x x^T over the mass about the joint, (3, 3) kg m^2."""
    a, b, c_, d, e, f = body.inertia
    inertia = np.array([[a, d, e], [d, b, f], [e, f, c_]])
    about_com = 0.5 * np.trace(inertia) * np.eye(3) - inertia
    return about_com + body.mass * np.outer(body.com, body.com)


def test_mass_and_inertia_are_those_of_the_same_particles_stretched(scene: Scene) -> None:
    """Particles at x with mass m move to S x with mass 1.2 m: the moments follow."""
    k = named(scene.character, "femur_r")
    before = scene.character.bodies[k]
    after = with_bone_lengths(scene.character, {k: 1.2}).bodies[k]
    along = before.com / np.linalg.norm(before.com)
    stretch = np.eye(3) + 0.2 * np.outer(along, along)
    assert after.mass == pytest.approx(1.2 * before.mass)
    np.testing.assert_allclose(after.com, stretch @ before.com)
    np.testing.assert_allclose(
        second_moment(after), 1.2 * stretch @ second_moment(before) @ stretch.T, rtol=1e-9
    )


def test_what_hangs_on_the_bone_goes_along_and_muscles_keep_their_fibres_share(
    scene: Scene,
) -> None:
    character = scene.character
    femur, tibia = named(character, "femur_r"), named(character, "tibia_r")
    longer = with_bone_lengths(character, {femur: 1.1})
    lengths = [
        float(np.linalg.norm(who.bodies[tibia].joint.position)) for who in (character, longer)
    ]
    assert lengths[1] / lengths[0] == pytest.approx(1.1, abs=0.01)
    # The core's own path lengths in the zero pose grow as fibres and tendons do.
    paths = []
    for who in (character, longer):
        simulation = _core.ReferenceSimulation(_core.Model(who), actuator="muscle")
        simulation.kinematics()
        simulation.muscles()
        paths.append(simulation.field("muscle_length")[:, 0].copy())
    growth = paths[1] / paths[0]
    slack = [
        np.array([m.tendon_slack_length + m.optimal_fibre_length for m in who.muscles])
        for who in (character, longer)
    ]
    np.testing.assert_allclose(slack[1] / slack[0], growth, rtol=1e-5)
    crossing = [m.name for m in character.muscles].index("vaslat_r")
    other = [m.name for m in character.muscles].index("soleus_r")
    assert growth[crossing] > 1.03 and growth[other] == pytest.approx(1.0)


def test_nothing_changes_at_one(scene: Scene) -> None:
    assert with_bone_lengths(scene.character, {3: 1.0}) is scene.character
    assert motion_for(scene.motion, scene.character, scene.character) is scene.motion


def test_longer_legs_carry_the_root_higher_and_it_still_walks(session: CheckpointSession) -> None:
    bodies = session.info.body_names
    legs = [bodies.index(f"{bone}_{side}") for bone in ("femur", "tibia") for side in "rl"]
    runtime = Runtime(session)
    before = float(runtime.frame.positions[4])
    runtime.handle(c.SetParameters(Parameters().scaled("bones", legs, 1.05)))
    runtime.handle(c.Reset())
    assert runtime.message == ""
    assert runtime.frame.positions[4] / before == pytest.approx(1.045, abs=0.02)
    runtime.handle(c.Step(60))
    assert not [e for e in runtime.history.events if e.kind == "fall"]
    session.change(Parameters())


def test_old_runs_know_fewer_parameters(tmp_path: Path) -> None:
    old = {"gravity": 0.9, "friction": 1, "stiffness": 1, "damping": 1, "force": [], "length": []}
    assert Parameters.from_dict(old) == Parameters(gravity=0.9)
    new = Parameters(cadence=1.1, stride=0.9).scaled("bones", [2], 1.1).scaled("force", [1], 0.5)
    assert Parameters.from_dict(new.as_dict()) == new
