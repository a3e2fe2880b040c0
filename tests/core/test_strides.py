"""The reference motion at other strides, placed by DART's kinematics: its feet stand still on the ground."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, Frame
from muscle_viewer.core.configuration import Parameter
from parameter_cases import walk, with_parameters

FOOT = "calcn_r"
NUM_ENVS = 96


@cache
def frames(stride: float, keep_angles: bool) -> tuple[BatchEnv, list[Frame]]:
    """Episodes that begin on the reference at phases over its whole cycle, in ascending order."""
    config = walk("dart")
    reset = config.reset.model_copy(update={"random_phase": True})
    drawn = Parameter(acts_on="stride", range=[0.5, 1.5], keep_angles=keep_angles)
    config = with_parameters(config.model_copy(update={"reset": reset}), stride=drawn)
    env = BatchEnv(config, NUM_ENVS, seed=0)
    env.set_parameters({"stride": stride})
    env.reset(seed=0)
    return env, sorted((env.frame(k) for k in range(NUM_ENVS)), key=lambda frame: frame.phase)


def foot(stride: float, keep_angles: bool = False) -> np.ndarray:
    """Positions of the right foot's origin over the cycle, m."""
    env, found = frames(stride, keep_angles)
    return np.array([frame.body_positions[env.info.body_names.index(FOOT)] for frame in found])


def standing() -> np.ndarray:
    """The frames in which the right heel is on the ground."""
    heights = foot(1.0)[:, 1]
    low = np.flatnonzero(heights < heights.min() + 0.004)
    longest = max(np.split(low, np.flatnonzero(np.diff(low) > 1) + 1), key=len)
    assert len(longest) > NUM_ENVS / 4
    return longest


def slide(stride: float, keep_angles: bool = False) -> float:
    """Distance that the right foot moves forward while its heel is on the ground, m."""
    return float(np.ptp(foot(stride, keep_angles)[standing(), 2]))


@pytest.mark.slow
@pytest.mark.parametrize("stride", [0.7, 0.85, 1.15, 1.3])
def test_feet_stand_still_at_another_stride(stride: float) -> None:
    assert slide(stride, keep_angles=True) > 0.05
    assert slide(stride) < slide(1.0) + 0.007
    heights, as_read = foot(stride)[:, 1], foot(1.0)[:, 1]
    assert np.abs(heights - as_read)[standing()].max() < 0.01
    assert heights.min() > as_read.min() - 0.004


@pytest.mark.parametrize("stride", [0.7, 1.3])
def test_a_stride_carries_the_body_as_far_as_asked(stride: float) -> None:
    travelled, as_read = (
        np.ptp([frame.body_positions[0, 2] for frame in frames(factor, False)[1]])
        for factor in (stride, 1.0)
    )
    assert travelled == pytest.approx(stride * as_read, rel=1e-5)


def test_velocities_are_those_of_the_changed_motion() -> None:
    """By differences of the positions between neighbouring phases; a factor between two computed ones."""
    env, found = frames(1.15, False)
    dofs = [k for k, name in enumerate(env.info.dof_names) if name.startswith(("knee", "ankle"))]
    phases = np.array([frame.phase for frame in found])
    positions = np.array([frame.positions[dofs] for frame in found])
    velocities = np.array([frame.velocities[dofs] for frame in found])
    near = np.diff(phases) > 0.002  # closer ones say nothing in float
    slopes = np.diff(positions, axis=0)[near] / (np.diff(phases)[near] * duration(env))[:, None]
    means = (0.5 * (velocities[1:] + velocities[:-1]))[near]
    assert np.sqrt(np.square(slopes - means).mean()) < 0.1 * np.sqrt(np.square(means).mean())


def duration(env: BatchEnv) -> float:
    """Of the motion's cycle, s."""
    from muscle_viewer.core.scene import load_character, load_motion

    return load_motion(env.config, load_character(env.config)).duration


def test_at_its_own_stride_the_motion_is_as_it_was_read() -> None:
    for follows, keeps in zip(frames(1.0, False)[1], frames(1.0, True)[1], strict=True):
        np.testing.assert_array_equal(follows.reference_positions, keeps.reference_positions)
