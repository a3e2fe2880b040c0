"""Division of skeletons into links, and the character-2 YAML."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import _core
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.models.read import parse_model
from muscle_viewer.core.readers.character import Character
from small_legs import TREE


def leg(**changes: Any) -> Character:
    return parse_model(yaml.safe_dump(yaml.safe_load(TREE) | changes), "leg.yaml")


def changed(path: str, value: Any) -> str:
    """The text with one value replaced; `path` like bodies.2.mass."""
    tree = yaml.safe_load(TREE)
    *keys, last = [int(key) if key.isdigit() else key for key in path.split(".")]
    node = tree
    for key in keys:
        node = node[key]
    node[last] = value
    return yaml.safe_dump(tree)


def test_a_joint_of_three_coordinates_becomes_a_chain_on_a_massless_ground() -> None:
    bodies = leg().bodies
    names = ["ground", "pelvis/height", "pelvis/tilt", "pelvis", "tibia", "kneecap"]
    assert [body.name for body in bodies] == names
    assert [body.parent for body in bodies] == [-1, 0, 1, 2, 3, 3]
    kinds = ["weld", "slide", "revolute", "revolute", "custom", "custom"]
    assert [body.joint.type for body in bodies] == kinds
    assert leg().dof_names == ["height", "tilt", "list", "knee"]
    assert [body.mass for body in bodies] == [0, 0, 0, 12, 3, 0.1]
    tilt = bodies[2].joint
    assert (tilt.lower, tilt.upper) == (np.array([-1.0]), np.array([1.0]))
    assert tilt.limit_stiffness == (100, 200) and tilt.limit_damping == (3, 3)
    assert bodies[4].joint.lower is None  # a range alone holds nothing back
    assert bodies[1].joint.armature == 0.5


def test_a_welded_body_becomes_part_of_its_parent() -> None:
    character = leg()
    pelvis, socket = character.bodies[3], character.frames["socket"]
    assert socket.body == 3
    np.testing.assert_allclose(socket.position, [0, -0.1, 0.1])
    np.testing.assert_allclose(pelvis.com, [0, -0.1 * 2 / 12, 0.1 * 2 / 12])
    reduced = 10 * 2 / 12
    along = 0.11 + reduced * (0.02 - np.array([0.0, 0.01, 0.01]))
    np.testing.assert_allclose(pelvis.inertia, [*along, 0, 0, reduced * 0.01])
    np.testing.assert_allclose(pelvis.contacts[0].position, [0, -0.2, 0.1])  # turned about x
    np.testing.assert_allclose(character.muscles[0].path[0][0].position, [0, -0.1, 0.0])


def test_a_coordinate_that_follows_another_moves_a_sibling_by_its_function() -> None:
    kneecap = leg().bodies[5].joint
    assert kneecap.coordinate_of == 4 and kneecap.dof_names == []
    assert kneecap.elements[0].amount.polynomial == (0.01, -0.05)


def test_moment_arms_are_the_slopes_of_the_length() -> None:
    character = leg()
    model = _core.Model(character)
    ours = _core.ReferenceSimulation(model, actuator="torque", ground=False)
    rng = np.random.default_rng(4)
    assert model.num_entries == 1  # the knee moves the kneecap, too
    for _ in range(20):
        pose, step = rng.uniform(-1, 0, size=4), np.array([0, 0, 0, 1e-6])
        lengths = []
        for q in (pose - step, pose + step, pose):
            ours.set_state(0, q, np.ones(4))
            ours.kinematics()
            ours.muscles()
            lengths.append(float(ours.field("muscle_length")[0, 0]))
        slope = (lengths[1] - lengths[0]) / 2e-6
        assert float(ours.field("moment_arm")[0, 0]) == pytest.approx(-slope, abs=1e-9)
        assert float(ours.field("muscle_velocity")[0, 0]) == pytest.approx(slope, abs=1e-9)


def test_energy_is_conserved_by_a_knee_and_its_kneecap() -> None:
    tree = yaml.safe_load(TREE)
    for coordinate in tree["coordinates"]:
        for key in ("range", "limit_stiffness", "limit_damping", "damping"):
            coordinate.pop(key, None)
    character = parse_model(yaml.safe_dump(tree), "leg.yaml")
    drifts = []
    for time_step in (4e-4, 1e-4):
        model = _core.Model(character)
        ours = _core.ReferenceSimulation(
            model, actuator="torque", ground=False, time_step=time_step
        )
        ours.set_state(0, np.array([0, 0.3, 0.2, -1.0]), np.array([0.5, 1, -1, 2]))
        energies = []
        for _ in range(round(0.2 / time_step)):
            ours.kinematics()
            energies.append(energy(character, ours))
            ours.desire()
            ours.advance()
        drifts.append(np.ptp(energies))
    assert drifts[0] < 0.1
    assert drifts[1] < 0.3 * drifts[0]


def test_each_side_of_a_range_pushes_back_with_its_own_stiffness() -> None:
    tree = yaml.safe_load(TREE)
    lift = {
        "name": "lift",
        "range": [-0.1, 0.1],
        "limit_stiffness": [2000, 500],
        "limit_damping": 300,
    }
    weight = {
        "name": "weight",
        "parent": None,
        "joint": {"type": "custom", "elements": [{"translate": [0, 1, 0], "coordinate": "lift"}]},
        "mass": 10,
        "inertia": [1, 1, 1, 0, 0, 0],
    }
    tree |= {"coordinates": [lift], "bodies": [weight], "muscles": []}
    model = _core.Model(parse_model(yaml.safe_dump(tree), "weight.yaml"))
    for gravity, rest in ((9.81, -0.1 - 10 * 9.81 / 2000), (-9.81, 0.1 + 10 * 9.81 / 500)):
        ours = _core.ReferenceSimulation(model, actuator="torque", ground=False, gravity=gravity)
        ours.set_state(0, np.zeros(1), np.zeros(1))
        for _ in range(480 * 10):
            ours.kinematics()
            ours.desire()
            ours.advance()
        assert float(ours.positions(0)[0]) == pytest.approx(rest, abs=1e-6)


def energy(character: Character, ours: _core.ReferenceSimulation) -> float:
    """Kinetic and potential, J, with the rotor of the height."""
    turns = ours.field("body_rotation")[:, 0].reshape(-1, 3, 3)
    origins = ours.field("body_position")[:, 0].reshape(-1, 3)
    velocities = ours.field("body_velocity")[:, 0].reshape(-1, 6)
    total = 0.5 * 0.5 * float(ours.field("velocity")[0, 0]) ** 2
    for body, turn, origin, v in zip(character.bodies, turns, origins, velocities, strict=True):
        xx, yy, zz, xy, xz, yz = body.inertia
        inertia = np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])
        speed = v[3:] + np.cross(v[:3], body.com)
        total += 0.5 * body.mass * speed @ speed + 0.5 * v[:3] @ inertia @ v[:3]
        total += body.mass * 9.81 * (origin + turn @ body.com)[1]
    return total


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("coordinates.4.follows", "kne", "coordinate 'patella': follows: no coordinate 'kne'; did you mean 'knee'?"),
        ("coordinates.3.follows", "patella", "which follows it; let one be free"),
        ("coordinates.0.range", [1, -1], "coordinates[0] 'tilt'.range: the first value must be below the second"),
        ("coordinates.3.limit_stiffness", -1, "coordinates[3].limit_stiffness"),
        ("coordinates.1.name", "tilt", "coordinates[1].name: 'tilt' is used twice"),
        ("coordinates.1.by", 3, "needs follows"),
        ("bodies.0.joint.elements.1.coordinate", "tild", "no coordinate 'tild'; did you mean 'tilt'?"),
        ("bodies.0.joint.elements.1.coordinate", "height", "coordinate 'tilt': moves no body; leave it out or lock it"),
        ("bodies.2.joint.elements.1.rotate", [0, 0, 0], "its axis has no direction"),
        ("bodies.2.joint.elements.0.by", {"spline": [[0, 1], [0, 2]]}, "joint.elements[0].by.spline: a spline needs"),
        ("bodies.2.joint.elements.0.by", {"polynomial": [1, 2, 3, 4, 5, 6]}, "List should have at most 5 items"),
        ("bodies.2.joint.elements.0.by", {"cubes": [[0, 1]]}, "give either polynomial or spline"),
        ("bodies.2.joint.orientation", [1, 1, 0, 0], "bodies[2] 'tibia'.joint.orientation: a unit quaternion"),
        ("bodies.2.joint.type", "hinge", "bodies[2].joint.type"),
        ("bodies.2.inertia", None, "bodies[2] 'tibia'.inertia: missing"),
        ("bodies.3.parent", "kneecap", "list parents before their children"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_in_one_line(path: str, value: Any, message: str) -> None:
    with pytest.raises(ModelError, match=re.escape(message)) as caught:
        parse_model(changed(path, value), "leg.yaml")
    assert str(caught.value).startswith("leg.yaml: ") and "\n" not in str(caught.value)


def test_a_coordinate_without_mass_to_move_is_refused() -> None:
    text = changed("bodies.2.mass", 0)
    text = yaml.safe_dump(yaml.safe_load(text) | {"muscles": []})
    tree = yaml.safe_load(text)
    del tree["bodies"][3], tree["coordinates"][4]
    with pytest.raises(ValueError, match="body 'tibia': its joint moves no mass"):
        _core.Model(parse_model(yaml.safe_dump(tree), "leg.yaml"))


def test_the_dart_engine_refuses_slides_and_custom_joints_by_name() -> None:
    from muscle_viewer.core.engines import engine_named

    try:
        engine = engine_named("dart")
    except Exception as missing:
        pytest.skip(str(missing))
    with pytest.raises(ValueError, match=r"body 'pelvis/height': the DART engine has no slide"):
        engine.check(_core.Model(leg()))
