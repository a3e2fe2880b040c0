"""Paths with wraps, conditional and moving points and pulleys: what is read, and one line for each mistake."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import ModelError, _core
from muscle_viewer.core.readers.character import Character
from muscle_viewer.core.readers.character_file import parse_character
from small_files import small_character

THIGH = {"body": "thigh", "position": [0.0, -0.1, 0.05]}
SHANK = {"body": "shank", "position": [0.0, -0.1, 0.05]}
ROUND = {"wrap": "condyles", "side": [0.0, 1.0, 0.0]}


def leg(path: list[dict[str, Any]], **wrap: Any) -> dict[str, Any]:
    """A leg with a cylinder on its thigh and one muscle of this path."""
    tree = copy.deepcopy(small_character())
    cylinder = {"name": "condyles", "type": "cylinder", "radius": 0.03, "position": [0, -0.4, 0]}
    tree["bodies"][1]["wraps"] = [cylinder | wrap]
    tree["muscles"] = [tree["muscles"][0] | {"path": path}]
    return tree


def read(tree: dict[str, Any]) -> Character:
    return parse_character(yaml.safe_dump(tree), "leg.yaml")


def test_a_wrap_lies_between_its_neighbours_on_the_side_of_its_entry_or_its_own() -> None:
    character = read(
        leg([THIGH, ROUND, SHANK, {"wrap": "condyles", "inside": True}, SHANK], side=[1, 0, 0])
    )
    assert [(w.name, w.body, w.radius) for w in character.wraps] == [("condyles", 1, 0.03)]
    first, second = character.muscles[0].wraps
    assert (first.after, second.after) == (0, 1)
    assert (first.inside, second.inside) == (False, True)
    assert first.side is not None and np.array_equal(first.side, [0, 1, 0])
    assert second.side is not None and np.array_equal(second.side, [1, 0, 0])


def test_conditional_and_moving_points_and_pulleys_are_kept_by_the_index_of_their_point() -> None:
    conditional = SHANK | {"conditional": {"coordinate": "knee", "range": [0.5, 1.0]}}
    moves = {"coordinate": "knee", "range": [-2.0, 2.5], "y": {"polynomial": [0.0, 0.1]}}
    moving = SHANK | {"moving": moves}
    muscle = read(leg([THIGH, conditional, moving, {"pulley": 2}, THIGH, SHANK])).muscles[0]
    assert len(muscle.path) == 5
    (condition,), (motion,), (pulley,) = muscle.conditions, muscle.motions, muscle.pulleys
    assert (condition.point, condition.coordinate, condition.lower, condition.upper) == (
        1,
        "knee",
        0.5,
        1.0,
    )
    assert (motion.point, motion.axis, motion.coordinate, motion.function(2.0)) == (
        2,
        1,
        "knee",
        0.2,
    )
    assert (motion.lower, motion.upper) == (-2.0, 2.5)
    assert (pulley.before, pulley.divisor) == (3, 2.0)


MISTAKES: list[tuple[str, dict[str, Any], str]] = [
    ("unknown wrap", leg([THIGH, {"wrap": "condyle"}, SHANK]), r"path\[1\].wrap: no wrap is named 'condyle'; .*condyles"),
    ("wrap first", leg([ROUND, THIGH, SHANK]), r"path\[0\]: a wrap must follow a point"),
    ("wrap last", leg([THIGH, SHANK, ROUND]), r"path: a wrap is the last entry"),
    ("wrap behind a pulley", leg([THIGH, SHANK, {"pulley": 2}, ROUND, SHANK]), r"path\[3\]: a wrap must follow"),
    ("point and wrap", leg([THIGH, ROUND | THIGH, SHANK]), r"path\[1\].body: belongs to a point"),
    ("side along the axis", leg([THIGH, {"wrap": "condyles", "side": [0, 0, 1]}, SHANK]), r"side: .*axis, which is z"),
    ("moving range", leg([THIGH, SHANK | {"moving": {"coordinate": "knee", "range": [1, 1]}}]),
     r"path\[1\].moving.range: the lower end must be below"),
    ("side of a point", leg([THIGH, SHANK | {"side": [0, 1, 0]}]), r"path\[1\]: .*by_chord and inside belong to a wrap"),
    ("radius", leg([THIGH, ROUND, SHANK], radius=-1), r"wraps\[0\].radius"),
    ("orientation", leg([THIGH, ROUND, SHANK], orientation=[1, 1, 0, 0]), r"wraps\[0\].orientation: a unit quaternion"),
    ("torus", leg([THIGH, ROUND, SHANK], type="torus"), r"wraps\[0\].type"),
    ("pulley last", leg([THIGH, SHANK, {"pulley": 2}]), r"path: a pulley is the last entry"),
    (
        "coordinate of a ball",
        leg([THIGH, SHANK | {"moving": {"coordinate": "hip_x", "x": 1.0}}, SHANK]),
        r"path\[1\].moving.coordinate: no joint of one degree of freedom is named 'hip_x'",
    ),
    (
        "empty range",
        leg([THIGH, SHANK | {"conditional": {"coordinate": "knee", "range": [1.0, 0.5]}}, SHANK]),
        r"path\[1\].conditional.range: the lower end",
    ),
    (
        "two forms of a function",
        leg([THIGH, SHANK | {"moving": {"coordinate": "knee", "x": {"polynomial": [1], "spline": [[0, 0], [1, 1]]}}}]),
        r"path\[1\].moving.x: give either polynomial or spline",
    ),
]  # fmt: skip


@pytest.mark.parametrize("tree, message", [m[1:] for m in MISTAKES], ids=[m[0] for m in MISTAKES])
def test_a_mistake_is_named_by_file_field_and_fix(tree: dict[str, Any], message: str) -> None:
    with pytest.raises(ModelError, match=r"^leg\.yaml: .*" + message) as error:
        read(tree)
    assert "\n" not in str(error.value)


def test_two_wraps_of_one_name_are_refused() -> None:
    tree = leg([THIGH, ROUND, SHANK])
    tree["bodies"][2]["wraps"] = tree["bodies"][1]["wraps"]
    with pytest.raises(ModelError, match=r"bodies\[2\] 'shank'.wraps\[0\].name: used twice"):
        read(tree)


CONDITIONAL = {"conditional": {"coordinate": "knee", "range": [0.5, 1.0]}}
BLENDED = {"bodies": ["thigh", "shank"], "weights": [0.5, 0.5], "positions": [[0, 0, 0], [0, 0, 0]]}


@pytest.mark.parametrize(
    "path, message",
    [
        ([THIGH | CONDITIONAL, SHANK], "the first and the last point of a path cannot be conditional"),
        ([THIGH, SHANK | CONDITIONAL, {"pulley": 2}, SHANK, SHANK], "next to a pulley cannot be conditional"),
        ([THIGH, ROUND, BLENDED, SHANK], "blended points cannot be combined with wraps"),
        ([THIGH, *[ROUND] * 31, SHANK], "at most 32 points and wraps"),
    ],
)  # fmt: skip
def test_a_path_that_cannot_be_simulated_is_refused_by_its_muscle(
    path: list[dict[str, Any]], message: str
) -> None:
    with pytest.raises(ValueError, match=f"^muscle '.*': .*{message}"):
        _core.Model(read(leg(path)))
