"""What the shipped motions promise: periodic, on the ground, soles that stand still."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tools.human.kinematics import Character, swap_sides

ROOT = Path(__file__).resolve().parents[2]
WALK = ROOT / "assets" / "motions" / "walk.yaml"
STAND = ROOT / "assets" / "motions" / "stand.yaml"
TOUCHING = 0.0005
"""A sphere lower than this above the ground stands on it, m."""


def _motion(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def human() -> Character:
    return Character.load(ROOT / "assets" / "characters" / "human.yaml")


@pytest.fixture(scope="module")
def walk() -> dict[str, Any]:
    return _motion(WALK)


@pytest.fixture(scope="module")
def three_cycles(walk: dict[str, Any]) -> np.ndarray:
    """Positions (3 T, dofs) of three cycles, the root advancing."""
    frames = np.array(walk["frames"])
    cycles = [frames.copy() for _ in range(3)]
    for k, cycle in enumerate(cycles):
        cycle[:, 3:6] += k * np.array(walk["cycle_translation"])
    return np.vstack(cycles)


def _spheres(human: Character, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Height above the ground (T, C) and slip (T, C) in m per frame of every contact sphere: the
    horizontal speed of its material point that is lowest."""
    frames = human.transforms(q)
    heights, slips = [], []
    for index, body in enumerate(human.bodies):
        for contact in body.data.get("contacts", []):
            rotation, origin = frames[index]
            centre = origin + rotation @ np.asarray(contact["position"])
            turning = np.gradient(rotation, axis=0) @ np.swapaxes(rotation, 1, 2)
            down = np.array([0.0, -contact["radius"], 0.0])
            moving = np.gradient(centre, axis=0) + turning @ down
            heights.append(centre[:, 1] - contact["radius"])
            slips.append(np.hypot(moving[:, 0], moving[:, 2]))
    return np.stack(heights, axis=1), np.stack(slips, axis=1)


def test_the_walk_names_every_coordinate_of_the_human(
    human: Character, walk: dict[str, Any]
) -> None:
    assert walk["coordinates"] == human.dof_names
    assert np.array(walk["frames"]).shape[1] == human.dofs


def test_speed_and_cadence_are_those_of_natural_walking(walk: dict[str, Any]) -> None:
    cycle = len(walk["frames"]) * walk["frame_time"]
    assert 1.2 <= walk["cycle_translation"][2] / cycle <= 1.35
    assert 110.0 <= 120.0 / cycle <= 115.0
    assert 60.0 <= 1.0 / walk["frame_time"] <= 120.0


def test_the_walk_joins_smoothly_onto_itself(human: Character, three_cycles: np.ndarray) -> None:
    """A coordinate's step and its change across the seam are within those inside the cycle, of
    itself or of its twin (half a cycle apart)."""
    count = len(three_cycles) // 3
    inside, seam = slice(5, count - 5), slice(count - 2, count + 2)
    for order in (1, 2):
        change = np.diff(three_cycles, n=order, axis=0)
        twin = np.diff(swap_sides(human, three_cycles), n=order, axis=0)
        bound = np.maximum(np.abs(change[inside]).max(0), np.abs(twin[inside]).max(0))
        assert np.all(np.abs(change[seam]).max(0) <= 1.05 * bound + 1e-3)


def test_the_left_side_follows_the_right_by_half_a_cycle(
    human: Character, walk: dict[str, Any]
) -> None:
    frames = np.array(walk["frames"])
    half = len(frames) // 2
    later = np.vstack([frames[half:], frames[:half]])
    expected = swap_sides(human, frames)
    difference = np.abs(later - expected)
    difference[:, 5] = 0.0
    assert difference.max() < 3e-5


def test_the_feet_do_not_sink_into_the_ground(human: Character, three_cycles: np.ndarray) -> None:
    heights, _ = _spheres(human, three_cycles)
    assert heights.min() > -0.001


def test_one_foot_at_least_stands_on_the_ground(human: Character, three_cycles: np.ndarray) -> None:
    heights, _ = _spheres(human, three_cycles)
    assert heights.min(axis=1).max() < 0.001


def test_standing_spheres_do_not_slide(human: Character, three_cycles: np.ndarray) -> None:
    """At most 5 mm in a frame (heel strike, toe off), 0.4 mm on average: 4 cm/s of 130."""
    heights, slips = _spheres(human, three_cycles)
    count = len(heights) // 3
    middle = slice(count, 2 * count)
    standing = heights[middle] < TOUCHING
    assert slips[middle][standing].max() < 0.005
    assert slips[middle][standing].mean() < 0.0004


def test_the_swinging_foot_clears_the_ground(human: Character, three_cycles: np.ndarray) -> None:
    """By 1 cm at mid-swing of the right foot, phases 0.70 to 0.90."""
    heights, _ = _spheres(human, three_cycles)
    count = len(heights) // 3
    right = heights[count + int(0.70 * count) : count + int(0.90 * count), :6]
    assert right.min() > 0.010


def test_double_support_takes_a_fifth_of_the_cycle(
    human: Character, three_cycles: np.ndarray
) -> None:
    """Natural walking: about 20 to 24 per cent (Perry and Burnfield 2010)."""
    heights, _ = _spheres(human, three_cycles)
    count = len(heights) // 3
    down = heights[:count] < 0.001
    both = down[:, :6].any(axis=1) & down[:, 6:].any(axis=1)
    assert 0.15 <= both.mean() <= 0.28


def test_the_centre_of_mass_rises_and_falls_by_about_three_centimetres(
    human: Character, three_cycles: np.ndarray
) -> None:
    height = human.centre_of_mass(three_cycles)[:, 1]
    assert 0.025 <= np.ptp(height) <= 0.045


def test_the_ground_s_forces_are_those_of_walking(
    human: Character, walk: dict[str, Any], three_cycles: np.ndarray
) -> None:
    """From the acceleration of the centre of mass, in body weights: most while both feet stand,
    least in the middle of single support, and no shaking between (Winter 2009, ch. 5)."""
    place = human.centre_of_mass(three_cycles)
    step = walk["frame_time"]
    velocity = np.gradient(place, step, axis=0)
    count = len(place) // 3
    force = 1 + np.gradient(velocity[:, 1], step)[count : 2 * count] / 9.81
    double, single = force[: count // 8], force[int(0.28 * count) : int(0.36 * count)]
    assert 1.15 <= double.max() <= 1.4
    assert 0.65 <= single.mean() <= 0.85
    waves = np.abs(np.fft.rfft(force))
    assert waves[5:].max() < 0.35 * waves[2]
    assert np.ptp(velocity[count : 2 * count, 2]) < 0.3


def test_the_walk_stays_inside_the_joint_limits(human: Character, walk: dict[str, Any]) -> None:
    frames = np.array(walk["frames"])
    for body in human.bodies[1:]:
        joint = body.data["joint"]
        lower, upper = np.atleast_1d(joint["lower"]), np.atleast_1d(joint["upper"])
        used = frames[:, body.dof : body.dof + len(lower)]
        assert np.all(used >= lower) and np.all(used <= upper), body.name


def test_the_stance_is_still_and_on_the_ground(human: Character) -> None:
    stand = _motion(STAND)
    frames = np.array(stand["frames"])
    assert stand["coordinates"] == human.dof_names
    assert stand["cycle_translation"] == [0.0, 0.0, 0.0]
    assert np.ptp(frames, axis=0).max() == 0.0
    _, points = human.contact_points(frames[:1])
    assert np.abs(points[0, :, 1]).max() < 0.001
    centre = human.centre_of_mass(frames[:1])[0]
    assert points[0, :, 2].min() + 0.05 < centre[2] < points[0, :, 2].max() - 0.08
    assert abs(centre[0]) < 1e-3
