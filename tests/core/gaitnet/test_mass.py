"""The released human of MASS, read as it is; skipped where its data is not at hand (MASS_DATA)."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import replace

import numpy as np
import pytest
from left_out import MASS_DATA as DATA
from left_out import needs_mass
from muscle_viewer.core import Environment, ModelError, _core, load_checkpoint
from muscle_viewer.core.configuration.environment_config import Observation
from muscle_viewer.core.gaitnet.characters.assemble import read_gaitnet_character
from muscle_viewer.core.gaitnet.characters.obj import read_obj
from muscle_viewer.core.gaitnet.motions.bvh import read_bvh
from muscle_viewer.core.gaitnet.source import GaitNetCharacter
from muscle_viewer.core.mirror import build_mirror
from muscle_viewer.core.readers.character import Character
from muscle_viewer.core.scene import Scene, build_scene

pytestmark = needs_mass


@pytest.fixture(scope="module")
def source() -> GaitNetCharacter:
    return GaitNetCharacter(
        generation="mass", skeleton=DATA / "human.xml", muscles=DATA / "muscle284.xml"
    )


@pytest.fixture(scope="module")
def human(source: GaitNetCharacter) -> Character:
    return read_gaitnet_character(source)


@pytest.fixture(scope="module")
def scene() -> Scene:
    return build_scene(DATA / "metadata.txt")


def zero_pose(character: Character) -> tuple[_core.Model, _core.ReferenceSimulation]:
    model = _core.Model(character)
    simulation = _core.ReferenceSimulation(model, actuator="muscle")
    simulation.kinematics()
    simulation.muscles()
    return model, simulation


def test_counts_are_those_of_the_paper(human: Character) -> None:
    model = _core.Model(human)
    assert (model.num_bodies, model.num_dofs, model.num_muscles) == (23, 56, 284)
    assert model.num_entries == 1104  # dofs of the joints between the bodies of a path


def test_1098_torques_are_above_the_threshold_where_force_is_on_the_first_body(
    human: Character,
) -> None:
    """In numpy alone: the zero pose's joint frames are all parallel to the world."""
    origins, above = [], []
    for k, body in enumerate(human.bodies):
        start = origins[body.parent] if k else np.zeros(3)
        origins.append(start + body.joint.position)
        above.append({k} | (above[body.parent] if k else set()))
    count = 0
    for muscle in human.muscles:
        points = np.array(
            [sum(a.weight * (origins[a.body] + a.position) for a in p) for p in muscle.path]
        )
        units = np.diff(points, axis=0)
        total = np.linalg.norm(units, axis=1).sum()
        units /= np.linalg.norm(units, axis=1)[:, None]
        pull = np.zeros_like(points)
        pull[:-1] += units
        pull[1:] -= units
        length = (total - muscle.tendon_slack_length) / muscle.optimal_fibre_length
        pull *= muscle.max_isometric_force * np.exp(-((length - 1) ** 2) / 0.5)
        for j, body in enumerate(human.bodies[1:], 1):
            moved = [j in above[p[0].body] for p in muscle.path]
            torque = np.cross(points - origins[j], pull)[moved].sum(0)
            if body.joint.type == "revolute":
                count += abs(torque @ body.joint.axis) > 1e-3
            elif body.joint.type == "ball":
                count += int((abs(torque) > 1e-3).sum())
    assert count == 1098


def test_muscle_lengths_and_hill_parameters_are_the_xmls(human: Character) -> None:
    _, simulation = zero_pose(human)
    lengths = simulation.field("muscle_length")[:, 0]
    for k, unit in enumerate(ElementTree.parse(DATA / "muscle284.xml").getroot()):
        points = np.array([[float(x) for x in w.get("p").split()] for w in unit])
        total = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
        muscle = human.muscles[k]
        assert muscle.name == unit.get("name")
        # In the zero pose a blended point is where the file says, whatever carries it.
        assert lengths[k] == pytest.approx(total, abs=1e-9)
        assert muscle.optimal_fibre_length == pytest.approx(float(unit.get("lm")) * total)
        assert muscle.tendon_slack_length == pytest.approx(float(unit.get("lt")) * total)


def test_bodies_stand_where_the_xml_puts_them(human: Character) -> None:
    _, simulation = zero_pose(human)
    root = None
    for k, node in enumerate(ElementTree.parse(DATA / "human.xml").getroot()):
        text = node.find("Joint/Transformation").get("translation")
        joint = np.array([float(x) for x in text.split()])
        root = joint if root is None else root
        at = simulation.field("body_position")[3 * k : 3 * k + 3, 0]
        np.testing.assert_allclose(at, joint - root, atol=1e-9)
        text = node.find("Body/Transformation").get("translation")
        center = np.array([float(x) for x in text.split()])
        turn = simulation.field("body_rotation")[9 * k : 9 * k + 9, 0].reshape(3, 3)
        np.testing.assert_allclose(at + turn @ human.bodies[k].com, center - root, atol=1e-9)


def test_the_inertia_of_a_box_is_darts(human: Character) -> None:
    dart = pytest.importorskip("dartpy", reason="dartpy is the oracle")
    for k, node in enumerate(ElementTree.parse(DATA / "human.xml").getroot()):
        body = node.find("Body")
        if body.get("type") != "Box":
            continue
        size = [float(x) for x in body.get("size").split()]
        wanted = dart.dynamics.BoxShape(size).computeInertia(float(body.get("mass")))
        xx, yy, zz, xy, xz, yz = human.bodies[k].inertia
        given = np.linalg.eigvalsh([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        np.testing.assert_allclose(given, np.sort(np.diag(wanted)), rtol=1e-9)


def test_the_motion_is_the_captures_at_the_zero_poses_height(scene: Scene) -> None:
    capture = read_bvh(DATA / "motion" / "walk.bvh")
    motion = scene.motion
    assert motion.frames.shape == (len(capture.translation), 56)
    assert motion.frame_time == pytest.approx(capture.frame_time)
    assert motion.frames[0, 4] == pytest.approx(0.9809)
    advance = capture.translation[-1] - capture.translation[0]
    np.testing.assert_allclose(motion.cycle_translation[[0, 2]], advance[[0, 2]])
    assert motion.cycle_translation[2] / motion.duration > 0.8  # it walks, m/s
    # The knee follows its own capture joint: the angle about x.
    knee = motion.coordinates.index("TibiaR")
    turn = capture.rotations["Character1_RightLeg"]
    angle = np.arccos(np.clip((np.trace(turn, axis1=1, axis2=2) - 1) / 2, -1, 1))
    assert abs(abs(motion.frames[:, knee]) - angle).max() < 0.1


def test_every_bone_has_its_mesh(scene: Scene) -> None:
    meshes = [shape.mesh for shape in scene.info.shapes if shape.type == "mesh"]
    assert len(meshes) == 23
    shape = next(s for s in scene.info.shapes if s.mesh and s.mesh.name == "R_Femur.obj")
    vertices, triangles = read_obj(shape.mesh)
    assert triangles.max() < len(vertices)
    # In the body's frame the femur hangs from the hip, half a metre at most.
    local = vertices * shape.size + shape.position
    assert -0.55 < local[:, 1].min() < -0.35 and abs(local[:, 1].max()) < 0.1


def test_it_follows_the_walk_by_stable_pd_without_a_policy() -> None:
    checkpoint = load_checkpoint(DATA / "metadata.txt")
    environment = Environment(checkpoint.config, seed=0)
    policy = checkpoint.load_into(environment)
    obs = environment.reset()
    for _ in range(9):  # 0.3 s
        obs, _, terminated, _ = environment.step(policy.act(obs))
        assert not terminated
    frame = environment.frame()
    error = frame.positions[6:] - frame.reference_positions[6:]
    assert np.sqrt(np.mean(error**2)) < 0.3
    assert frame.contact_forces[:, 1].sum() > 100  # N: it stands on the ground


def test_a_refusal_names_the_skeleton_s_file(scene: Scene) -> None:
    config = scene.config.model_copy(update={"observation": Observation(), "actuator": "muscle"})
    with pytest.raises(ModelError) as refusal:
        build_mirror(replace(scene, config=config))
    assert str(refusal.value).startswith(
        f"{(DATA / 'human.xml').resolve()}: bodies: 'FootThumbR' and"
    )
