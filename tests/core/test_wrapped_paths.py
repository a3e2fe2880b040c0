"""Wrapped paths without another program: formulas, finite differences, lanes, varied bodies, drawing."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import small_models as models
import yaml
from muscle_viewer.core import Environment, _core
from muscle_viewer.core.readers.character import Character, Muscle
from muscle_viewer.core.readers.functions import Function, TruncatedPower
from muscle_viewer.core.readers.muscle_path import (
    PathAttachment,
    PathWrap,
    PointMotion,
    PointRange,
    Pulley,
    Wrap,
)
from small_files import small_character, small_motion
from test_muscles import check_moment_arms, lengths

ALONG_X = np.array([0.7071067811865476, 0.0, 0.7071067811865475, 0.0])
"""Turns z to x: of a cylinder across the plane of the hinges."""


def point(body: int, *position: float) -> list[PathAttachment]:
    return [PathAttachment(body, 1.0, np.array(position))]


def muscle(path: list[list[PathAttachment]], **parts: Any) -> Muscle:
    return Muscle("muscle", 1000.0, 0.3, 0.2, 0.0, "other", path, **parts)


def arm(muscles: list[Muscle], wraps: list[Wrap]) -> Character:
    """A free trunk, and two links that hinges about x carry below it, 0.4 m apart."""
    hinges = [
        models.joint(
            "revolute", position=np.array([0.0, -0.2 - 0.2 * k, 0.0]), dof_names=[f"hinge_{k}"]
        )
        for k in range(2)
    ]
    bodies = [
        models.body("trunk", -1, models.joint("free")),
        models.body("upper", 0, hinges[0]),
        models.body("lower", 1, hinges[1]),
    ]
    named = [replace(m, name=f"muscle_{k}") for k, m in enumerate(muscles)]
    return replace(models.character(bodies, named), wraps=wraps)


def ball(body: int, radius: float, *position: float, kind: str = "sphere") -> Wrap:
    return Wrap(f"{kind}_{body}", kind, body, np.array(position), ALONG_X, radius)


def every_kind() -> Character:
    """Muscles with a wrap of each kind, two wraps on a segment, pulleys, conditional and moving points."""
    wraps = [
        ball(1, 0.06, 0.01, 0.0, 0.0, kind="cylinder"),
        ball(2, 0.05, 0.0, 0.0, 0.01, kind="cylinder"),
        ball(2, 0.07, 0.0, -0.02, 0.0),
    ]
    begin, middle, end = (
        point(0, 0.02, -0.05, 0.04),
        point(1, 0.0, -0.2, 0.08),
        point(2, -0.03, -0.3, 0.05),
    )
    forward = np.array([0.0, 1.0, 0.0])  # of a frame that is turned by a quarter: world y
    bend = Function((0.01, 0.02, -0.01), (TruncatedPower(0.1, 3, 0.3), TruncatedPower(0.0, 2, 0.1)))
    return arm(
        [
            muscle([begin, end], wraps=[PathWrap(0, "cylinder_1")]),
            muscle([begin, end], wraps=[PathWrap(0, "sphere_2", forward)]),
            muscle([begin, end], wraps=[PathWrap(0, "cylinder_1", forward), PathWrap(0, "cylinder_2", forward)]),
            muscle([begin, middle, end], wraps=[PathWrap(1, "sphere_2", None, True)]),
            muscle([begin, middle, end], pulleys=[Pulley(0, 2.0), Pulley(2, 4.0)][:1]),
            muscle(
                [begin, middle, end],
                motions=[PointMotion(1, 0, "hinge_1", bend), PointMotion(1, 2, "hinge_1", bend, -0.6, 0.7)],
            ),
            muscle([begin, middle, end], conditions=[PointRange(1, "hinge_1", -0.2, 0.3)]),
            muscle(
                [begin, middle, end],
                wraps=[PathWrap(0, "cylinder_1", forward), PathWrap(1, "cylinder_2", forward)],
                conditions=[PointRange(1, "hinge_1", -0.2, 0.3)],
            ),
        ],
        wraps,
    )  # fmt: skip


def pose(seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return np.concatenate([rng.normal(size=6) * 0.3, rng.uniform(-1.2, 1.2, 2)])


def length(character: Character, *hinges: float) -> np.ndarray:
    simulation = _core.ReferenceSimulation(_core.Model(character))
    return lengths(simulation, np.array([0.0] * 6 + list(hinges)), np.zeros(8))


def test_half_a_turn_round_a_cylinder_is_two_straight_lines_and_half_its_circumference() -> None:
    cylinder = ball(0, 0.1, 0.0, 0.0, 0.0, kind="cylinder")
    up, down = point(0, 0.0, 0.1, 0.3), point(1, 0.0, 0.1, 0.3)
    character = arm(
        [muscle([up, down], wraps=[PathWrap(0, "cylinder_0", np.array([1.0, 0.0, 0.0]))])],
        [cylinder],
    )
    # The second point is at (0, -0.1, 0.3) in the trunk; the path passes behind the cylinder, at z < 0.
    assert length(character, 0.0, 0.0)[0] == pytest.approx(0.3 + 0.3 + 0.1 * np.pi, abs=1e-12)


def test_a_path_round_a_cylinder_is_straight_on_the_unrolled_surface() -> None:
    cylinder = ball(0, 0.1, 0.0, 0.0, 0.0, kind="cylinder")
    up, down = point(0, -0.2, 0.1, 0.3), point(1, 0.3, 0.1, 0.3)
    character = arm(
        [muscle([up, down], wraps=[PathWrap(0, "cylinder_0", np.array([1.0, 0.0, 0.0]))])],
        [cylinder],
    )
    assert length(character, 0.0, 0.0)[0] == pytest.approx(
        np.hypot(0.6 + 0.1 * np.pi, 0.5), abs=1e-12
    )


def test_a_path_that_misses_its_wrap_on_the_right_side_is_straight() -> None:
    wraps = [ball(0, 0.1, 0.0, 0.0, 0.0)]
    up, down = point(0, 0.0, 0.2, 0.3), point(1, 0.0, 0.0, 0.3)
    free = arm(
        [
            muscle([up, down], wraps=[PathWrap(0, "sphere_0", s)])
            for s in (None, np.array([-1.0, 0.0, 0.0]))
        ],
        wraps,
    )
    np.testing.assert_allclose(length(free, 0.0, 0.0), 0.4, atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_moment_arms_are_minus_the_derivative_of_length(seed: int) -> None:
    check_moment_arms(every_kind(), pose(seed))


def test_each_wrap_is_touched_in_some_of_these_poses_and_missed_in_others() -> None:
    character = every_kind()
    bare = replace(character, muscles=[replace(m, wraps=[]) for m in character.muscles])
    longer = []
    for seed in range(40):
        simulations = [_core.ReferenceSimulation(_core.Model(c)) for c in (character, bare)]
        wrapped, straight = (lengths(s, pose(seed), np.zeros(8)) for s in simulations)
        longer.append(wrapped - straight > 1e-9)
    share = np.mean(longer, axis=0)
    assert (share[[0, 1, 2, 3, 7]] > 0).all() and (share[[0, 3]] < 1).all(), share


@pytest.mark.parametrize("name", _core.instruction_sets())
def test_lanes_agree_with_double_and_equal_lanes_are_equal(name: str) -> None:
    model = _core.Model(every_kind())
    lanes, reference = _core.LanesSimulation(model, name), _core.ReferenceSimulation(model)
    expected = []
    for lane in range(_core.GROUP_LANES):
        q = pose(lane % 5)
        lanes.set_state(lane, q, np.zeros(8))
        expected.append(lengths(reference, q, np.zeros(8)))
    lanes.kinematics()
    lanes.muscles()
    found = lanes.field("muscle_length")
    np.testing.assert_allclose(found.T, np.array(expected), atol=2e-6, rtol=0)
    for field in ("muscle_length", "moment_arm"):
        values = lanes.field(field)
        np.testing.assert_array_equal(values[:, :5], values[:, 5:10])


def test_a_conditional_point_out_of_its_range_is_as_if_it_were_not_there() -> None:
    begin, middle, end = point(0, 0.0, 0.1, 0.1), point(1, 0.0, -0.1, 0.2), point(2, 0.0, -0.2, 0.1)
    parts = {"conditions": [PointRange(1, "hinge_1", 0.0, 1.0)]}
    character = arm(
        [muscle([begin, middle, end], **parts), muscle([begin, middle, end]), muscle([begin, end])],
        [],
    )
    within, beyond = length(character, 0.2, 0.5), length(character, 0.2, -0.5)
    assert within[0] == pytest.approx(within[1], abs=1e-12) and within[1] != within[2]
    assert beyond[0] == pytest.approx(beyond[2], abs=1e-12) and beyond[1] != beyond[2]


def test_the_lengths_of_a_branch_behind_a_pulley_are_divided() -> None:
    points = [
        point(0, 0.0, 0.1, 0.1),
        point(1, 0.0, -0.1, 0.2),
        point(1, 0.0, -0.1, 0.1),
        point(2, 0.0, -0.2, 0.1),
    ]
    character = arm(
        [muscle(points, pulleys=[Pulley(2, 4.0)]), muscle(points[:2]), muscle(points[2:])], []
    )
    whole, first, second = length(character, 0.3, -0.4)
    assert whole == pytest.approx(first + second / 4, abs=1e-12)


def test_a_chain_without_wraps_has_the_length_of_its_points() -> None:
    points = [
        point(0, 0.0, 0.1, 0.1),
        point(0, 0.0, 0.0, 0.1),
        point(1, 0.0, -0.1, 0.2),
        point(2, 0.0, -0.2, 0.1),
    ]
    character = arm([muscle(points), muscle(points, pulleys=[Pulley(0, 1.0)])], [])
    plain, chain = length(character, 0.3, -0.4)
    assert plain == pytest.approx(chain, abs=1e-14)


WRAPS = [
    {"name": "condyles", "type": "cylinder", "radius": 0.04, "position": [0, -0.4, 0], "orientation": ALONG_X.tolist()},
    {"name": "ball", "type": "sphere", "radius": 0.05, "position": [0.01, -0.35, 0]},
]  # fmt: skip


@pytest.fixture
def wrapped_leg(tmp_path: Path) -> str:
    """An environment of the small leg, with a muscle round each kind of wrap at its knee."""
    character, motion = small_character(), small_motion()
    character["bodies"][1] = character["bodies"][1] | {"wraps": WRAPS}
    begin, end = (
        {"body": "thigh", "position": [0.01, -0.1, 0.06]},
        {"body": "shank", "position": [-0.01, -0.1, 0.05]},
    )
    for k, name in enumerate(("condyles", "ball")):
        wrap = {"wrap": name, "side": [[-1, 0, 0], [0, 0, 1]][k]}
        character["muscles"][k]["path"] = [begin, wrap, end]
    for name, tree in (("leg", character), ("stand", motion)):
        (tmp_path / f"{name}.yaml").write_text(yaml.safe_dump(tree))
    return (
        f"format: muscle-viewer/environment-1\ncharacter: {tmp_path}/leg.yaml\nmotion: {tmp_path}/stand.yaml\n"
        "termination: {root_height: 0.1}\nreset: {random_phase: false}\n"
    )


def test_the_drawn_path_bends_round_the_surface_and_is_as_long_as_the_muscle(
    wrapped_leg: str,
) -> None:
    environment = Environment(wrapped_leg)
    environment.reset()
    q = environment.frame().positions.astype(float)
    q[-1] = 1.2
    environment.set_state(q, np.zeros_like(q))
    frame, offsets = environment.frame(), environment.info.path_offsets
    rotation, origin = frame.body_rotations[1].astype(float), frame.body_positions[1].astype(float)
    for k, wrap in enumerate(WRAPS):
        points = frame.path_points[offsets[k] : offsets[k + 1]].astype(float)
        assert len(points) == 2 + 9
        drawn = np.linalg.norm(np.diff(points, axis=0), axis=1).sum()
        assert drawn == pytest.approx(frame.muscle_lengths[k], rel=2e-3)
        assert drawn < frame.muscle_lengths[k]
        local = (points[1:-1] - origin) @ rotation - np.array(wrap["position"])
        distance = np.linalg.norm(local[:, 1:] if k == 0 else local, axis=1)
        np.testing.assert_allclose(distance, wrap["radius"], atol=1e-6)


def test_a_larger_body_has_larger_wraps_and_longer_fibres(wrapped_leg: str) -> None:
    lengths = []
    for factor in (1.0, 1.2):
        environment = Environment(
            wrapped_leg
            + f"parameters: {{height: {{acts_on: height, range: [{factor}, {factor}], default: {factor}}}}}\n"
        )
        environment.reset()
        frame = environment.frame()
        lengths.append((frame.muscle_lengths, frame.fibre_lengths))
    np.testing.assert_allclose(lengths[1][0], 1.2 * lengths[0][0], rtol=1e-5)
    np.testing.assert_allclose(lengths[1][1], lengths[0][1], rtol=1e-4)
