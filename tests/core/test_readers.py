"""The readers of characters and motions: what they read, and one clear line for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import ModelError
from muscle_viewer.core.configuration import assets_folder
from muscle_viewer.core.readers.character_file import parse_character, read_character
from muscle_viewer.core.readers.motion import read_motion
from small_files import small_character, small_motion

Tree = dict[str, Any]
Complaint = Callable[..., str]


def parsed(tree: Tree) -> object:
    return parse_character(yaml.safe_dump(tree), "leg.yaml")


def test_bodies_joints_and_contacts_are_read_in_order() -> None:
    leg = parse_character(yaml.safe_dump(small_character()), "leg.yaml")
    assert [body.name for body in leg.bodies] == ["trunk", "thigh", "shank"]
    assert [body.parent for body in leg.bodies] == [-1, 0, 1]
    assert [body.joint.type for body in leg.bodies] == ["free", "ball", "revolute"]
    assert leg.bodies[0].joint.dof_names[:2] == ["root_rx", "root_ry"]
    knee = leg.bodies[2].joint
    assert knee.lower is not None and np.array_equal(knee.lower, [0.0])
    assert np.array_equal(knee.position, [0.0, -0.4, 0.0])
    assert leg.bodies[2].contacts[0].radius == 0.03


def test_a_blended_point_has_a_weighted_attachment_on_each_body() -> None:
    leg = parse_character(yaml.safe_dump(small_character()), "leg.yaml")
    first, blended, last = leg.muscles[0].path
    assert [a.body for a in first] == [1] and first[0].weight == 1.0
    assert [a.body for a in blended] == [1, 2]
    assert [a.weight for a in blended] == [0.5, 0.5]
    assert np.array_equal(last[0].position, [0.0, -0.05, 0.05])


def test_a_capsule_lies_along_its_local_y_axis() -> None:
    tree = small_character()
    tree["bodies"][0]["shapes"] = [
        {"type": "capsule", "radius": 0.1, "from": [0, 0, 0], "to": [0, 0, 2]}
    ]
    shape = parse_character(yaml.safe_dump(tree), "leg.yaml").bodies[0].shapes[0]
    w, x, y, z = shape.orientation
    turned = [2 * (x * y - w * z), 1 - 2 * (x * x + z * z), 2 * (y * z + w * x)]
    assert np.allclose(turned, [0, 0, 1])
    assert np.allclose(shape.size, [0.1, 2.0, 0.0])
    assert np.allclose(shape.position, [0, 0, 1])


def test_arrays_that_were_read_cannot_be_changed() -> None:
    leg = parse_character(yaml.safe_dump(small_character()), "leg.yaml")
    with pytest.raises(ValueError, match="read-only"):
        leg.bodies[0].com[0] = 1.0


def put(*keys: str | int, value: Any) -> Callable[[Tree], None]:
    """A change of a tree: the entry at `keys` becomes `value`."""

    def change(tree: Any) -> None:
        for key in keys[:-1]:
            tree = tree[key]
        tree[keys[-1]] = value

    return change


def drop(*keys: str | int) -> Callable[[Tree], None]:
    def change(tree: Any) -> None:
        for key in keys[:-1]:
            tree = tree[key]
        del tree[keys[-1]]

    return change


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (
            put("muscles", 1, "path", 0, "body", value="tigh"),
            ["muscles[1] 'hamstrings'.path[0].body", "no body is named 'tigh'", "'thigh'"],
        ),
        (
            put("muscles", 0, "path", 1, "bodies", value=["thigh", "foot"]),
            ["muscles[0] 'quadriceps'.path[1].bodies", "'foot'", "known: trunk, thigh, shank"],
        ),
        (
            put("muscles", 0, "path", 1, "weights", value=[0.5, 0.6]),
            ["path[1].weights", "sum is 1.1", "1 is expected"],
        ),
        (
            put("muscles", 0, "path", 1, "weights", value=[1.0]),
            ["path[1]", "bodies, weights and positions differ in number"],
        ),
        (put("muscles", 0, "path", 1, value={"body": "thigh"}), ["path[1]", "body and position"]),
        (
            put("muscles", 0, "path", value=[{"body": "thigh", "position": [0, 0, 0]}]),
            ["muscles[0].path", "at least 2", "1"],
        ),
        (put("muscles", 1, "name", value="quadriceps"), ["muscles[1] 'quadriceps'", "twice"]),
        (
            put("muscles", 0, "max_isometric_force", value=-1.0),
            ["muscles[0].max_isometric_force", "greater than or equal to 0", "found -1.0"],
        ),
        (
            put("muscles", 0, "optimal_fibre_length", value=float("inf")),
            ["muscles[0].optimal_fibre_length", "finite", "found inf"],
        ),
        (
            put("muscles", 0, "path", 0, "position", value=[0.0, float("nan"), 0.0]),
            ["muscles[0].path[0].position[1]", "finite", "found nan"],
        ),
        (drop("muscles", 0, "tendon_slack_length"), ["muscles[0].tendon_slack_length", "missing"]),
        (
            put("muscles", 0, "max_force", value=1.0),
            ["muscles[0].max_force", "unknown key", "'max_isometric_force'"],
        ),
        (put("bodies", 2, "parent", value="tigh"), ["'shank'.parent", "'tigh'", "'thigh'"]),
        (put("bodies", 1, "parent", value="shank"), ["'thigh'.parent", "list parents before"]),
        (put("bodies", 1, "parent", value="thigh"), ["'thigh'.parent", "or is the body itself"]),
        (put("bodies", 1, "parent", value=None), ["'thigh'.parent", "a second root"]),
        (put("bodies", 0, "parent", value="thigh"), ["'trunk'.parent", "list parents before"]),
        (put("bodies", 2, "name", value="thigh"), ["bodies[2] 'thigh'.name", "twice"]),
        (put("bodies", value=[]), ["bodies", "at least 1"]),
        (put("bodies", 0, "mass", value=0.0), ["bodies[0].mass", "greater than 0", "found 0.0"]),
        (
            put("bodies", 0, "inertia", value=[1.0, 1.0, -0.1, 0, 0, 0]),
            ["'trunk'.inertia", "not positive definite"],
        ),
        (
            put("bodies", 0, "inertia", value=[1.0, 1.0, 3.0, 0, 0, 0]),
            ["'trunk'.inertia", "the largest exceeds the sum of the others"],
        ),
        (put("bodies", 0, "inertia", value=[1.0, 1.0]), ["bodies[0].inertia", "at least 6"]),
        (put("bodies", 1, "joint", "type", value="hinge"), ["joint.type", "'revolute'", "'hinge'"]),
        (put("bodies", 1, "joint", "type", value="free"), ["joint.type", "only the root"]),
        (
            put("bodies", 1, "joint", "lower", value=[0.0]),
            ["joint.lower", "1 values", "3 expected"],
        ),
        (put("bodies", 2, "joint", "lower", value=3.0), ["joint", "lower must be below upper"]),
        (drop("bodies", 2, "joint", "upper"), ["joint", "give both lower and upper"]),
        (put("bodies", 2, "joint", "axis", value=[0, 0, 0]), ["joint.axis", "no direction"]),
        (
            put("bodies", 2, "joint", "orientation", value=[1, 1, 0, 0]),
            ["joint.orientation", "unit quaternion"],
        ),
        (put("bodies", 2, "joint", "names", value=["a", "b"]), ["joint.names", "2 names", "1"]),
        (put("bodies", 2, "joint", "names", value=["hip_x"]), ["joint.names: 'hip_x'", "twice"]),
        (
            put("bodies", 0, "shapes", value=[{"type": "capsule", "radius": 0.1}]),
            ["'trunk'.shapes[0]", "a capsule needs radius, from and to"],
        ),
        (
            put("bodies", 0, "shapes", 0, "form", value=[0, 0, 0]),
            ["shapes[0].form", "unknown key", "'from'"],
        ),
        (
            put("bodies", 0, "shapes", value=[{"type": "box", "size": [1, 0, 1]}]),
            ["'trunk'.shapes[0]", "three positive lengths"],
        ),
        (put("format", value="osim"), ["format", "muscle-viewer/character-1", "found 'osim'"]),
        (drop("contact"), ["contact", "missing"]),
    ],
)
def test_a_mistake_in_a_character_is_one_line_with_file_field_and_fix(
    change: Callable[[Tree], None], parts: list[str], complaint: Complaint
) -> None:
    tree = small_character()
    change(tree)
    line = complaint(parsed, tree)
    for part in ["leg.yaml: ", *parts]:
        assert part in line


def test_a_motion_has_the_characters_coordinates_and_its_period(small_environment: Path) -> None:
    character = read_character(small_environment.parent / "leg.yaml")
    motion = read_motion(small_environment.parent / "stand.yaml", character)
    assert motion.frames.shape == (2, 10)
    assert motion.frames.dtype == np.float64
    assert motion.duration == 1.0
    assert motion.coordinates[-1] == "knee"


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        (
            put("coordinates", 9, value="nee"),
            ["coordinates", "number 9 is 'nee', the character's is 'knee'"],
        ),
        (drop("coordinates", 9), ["coordinates", "9 given, the character has 10"]),
        (put("frames", 1, value=[0.0] * 9), ["frames[1]", "9 numbers given, 10 expected"]),
        (put("frames", 1, 3, value=float("nan")), ["frames[1][3]", "finite", "found nan"]),
        (put("frames", value=[[0.0] * 10]), ["frames", "at least 2"]),
        (put("frame_time", value=0), ["frame_time", "greater than 0"]),
        (put("events", value={"heel_strike": 1.0}), ["events.heel_strike", "less than 1"]),
        (put("speed", value=1.0), ["speed", "unknown key", "known: "]),
        (drop("cyclic"), ["cyclic", "missing"]),
    ],
)
def test_a_mistake_in_a_motion_is_one_line_with_file_field_and_fix(
    change: Callable[[Tree], None],
    parts: list[str],
    small_environment: Path,
    complaint: Complaint,
) -> None:
    tree = small_motion()
    change(tree)
    path = small_environment.parent / "stand.yaml"
    path.write_text(yaml.safe_dump(tree))
    character = read_character(small_environment.parent / "leg.yaml")
    line = complaint(read_motion, path, character)
    for part in [f"{path}: ", *parts]:
        assert part in line


def test_files_that_are_not_there_say_so(tmp_path: Path, complaint: Complaint) -> None:
    assert f"{tmp_path / 'no.yaml'}: no such file" in complaint(
        read_character, tmp_path / "no.yaml"
    )


def test_mistakes_in_models_are_model_errors(tmp_path: Path) -> None:
    with pytest.raises(ModelError):
        read_character(tmp_path)


def test_the_character_and_motion_that_ship_fit_each_other() -> None:
    human = read_character(assets_folder() / "characters" / "human.yaml")
    walk = read_motion(assets_folder() / "motions" / "walk.yaml", human)
    assert walk.cyclic
    assert np.isfinite(walk.frames).all()
