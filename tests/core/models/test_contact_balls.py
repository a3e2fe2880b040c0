"""Balls in place of ellipsoids, cylinders and meshes that touch the ground, against MuJoCo's contacts."""

from __future__ import annotations

import numpy as np
import pytest
from muscle_viewer.core.models.mjcf.contact_balls import (
    MOST_POINTS,
    TOLERANCE,
    directions,
    ellipsoid_balls,
    hull_balls,
    support,
)
from muscle_viewer.core.models.mjcf.read import character_of
from muscle_viewer.core.models.pose import matrix_of

mujoco = pytest.importorskip("mujoco", reason="the mujoco extra brings it")

HALVES = [
    (0.26, 0.095, 0.14),
    (0.11, 0.13, 0.11),
    (0.085, 0.035, 0.04),
    (0.1, 0.1, 0.1),
    (0.006, 0.008, 0.002),
]


@pytest.mark.parametrize("half", HALVES)
def test_balls_are_inside_the_ellipsoid_and_reach_nearly_as_far(half: tuple[float, ...]) -> None:
    towards = directions(1000)
    balls = ellipsoid_balls(np.array(half))
    short = np.linalg.norm(towards * half, axis=1) - support(balls, towards)
    assert -1e-12 < short.min() and short.max() < 1.1 * TOLERANCE * max(half)
    assert len(balls[1]) <= 19


def test_few_corners_of_a_hull_reach_nearly_as_far() -> None:
    box = np.array([[x, y, z] for x in (-1, 1) for y in (-0.01, 0.01) for z in (-2, 2)]) * 0.05
    inside = np.random.default_rng(1).uniform(-0.04, 0.04, (50, 3)) * [1, 0.01, 2]
    balls = hull_balls(np.concatenate([box, inside]))
    towards = directions(1000)
    short = (towards @ box.T).max(1) - support(balls, towards)
    assert len(balls[1]) <= MOST_POINTS and -1e-3 < short.min()
    assert np.median(short) < 0.012


SHAPES = """
<mujoco>
  <asset><mesh name="wedge" vertex="0 0 0  0.1 0 0  0 0.2 0  0 0 0.3"/></asset>
  <worldbody>
    <geom type="plane" size="1 1 1"/>
    <body name="bone" pos="0 0 0.1"><freejoint/>{geom}</body>
  </worldbody>
</mujoco>
"""


@pytest.mark.parametrize(
    "geom",
    [
        '<geom type="ellipsoid" size="0.26 0.095 0.14" pos="0.1 0 0" euler="0 40 10"/>',
        '<geom type="cylinder" size="0.1 0.05" pos="0.1 0 0" euler="0 40 10"/>',
        '<geom type="mesh" mesh="wedge" euler="0 40 10"/>',
    ],
)
def test_the_lowest_ball_is_where_mujoco_has_contact(geom: str) -> None:
    model = mujoco.MjModel.from_xml_string(SHAPES.format(geom=geom))
    character = character_of(model, "bone")
    assert not character.left_out
    (contacts,) = [body.contacts for body in character.bodies if body.contacts]
    data, rng = mujoco.MjData(model), np.random.default_rng(2)
    size = float(model.geom_rbound.max())
    for _ in range(20):
        quaternion = rng.normal(size=4)
        data.qpos[3:7] = quaternion / np.linalg.norm(quaternion)
        mujoco.mj_forward(model, data)
        if not data.ncon:
            continue
        depth = min(contact.dist for contact in data.contact)
        turn = matrix_of(data.qpos[3:7])
        heights = [data.qpos[2] + (turn @ c.position)[2] - c.radius for c in contacts]
        assert min(heights) == pytest.approx(depth, abs=0.15 * size)
        assert min(heights) > depth - 1e-3
