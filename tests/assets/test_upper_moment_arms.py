"""Moment arms of the whole-body human at trunk, shoulder and neck against other models' (docs/moment-arms-upper.md)."""

from __future__ import annotations

import numpy as np
import pytest

from tools.human import upper_moment_arms
from tools.human.kinematics import Character
from tools.human.make_whole_body import OUTPUT
from tools.human.upper_moment_arms import REGIONS, Region, is_within_band, read_figures
from tools.human.upper_oracles import trunk


@pytest.fixture(scope="module")
def whole() -> Character:
    return Character.load(OUTPUT)


def means(region: str, field: str) -> np.ndarray:
    """A column of the figures (muscles, 3), m."""
    rows = [getattr(row, field) for row in read_figures() if row.region == region]
    return np.array(rows).reshape(-1, 3)


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.name)
def test_the_figures_are_those_of_the_human(whole: Character, region: Region) -> None:
    ours = upper_moment_arms.ours_over_poses(whole, region).mean(0)
    assert np.allclose(ours, means(region.name, "ours"), atol=1e-4)


def test_arms_have_the_models_sides_and_sizes() -> None:
    """Within 12 mm and half of the larger arm, and to one side where the model's has 12 mm."""
    rows = read_figures()
    assert len(rows) == 3 * sum(len(region.muscles) for region in REGIONS)
    assert not [r for r in rows if not is_within_band(r)]


@pytest.mark.slow
def test_the_trunks_figures_are_those_of_myo_sims_torso(whole: Character) -> None:
    pytest.importorskip("mujoco", reason="the oracle extra brings it")
    pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    theirs = upper_moment_arms.theirs_over_poses(whole, REGIONS[0], trunk()).mean(0)
    assert np.allclose(theirs, means("trunk", "model"), atol=1e-4)
