"""Gait events and cycles on signals with known answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core import gait
from muscle_viewer.core.configuration import load_config
from muscle_viewer.core.folders import assets_folder
from muscle_viewer.core.scene import build_scene

HZ = 30


def stance(phases: np.ndarray, first: float, valley: float, second: float) -> np.ndarray:
    """A foot's load over a cycle: a stance of 60 % with two humps of the given heights."""
    return np.interp(
        phases, [0, 0.02, 0.12, 0.3, 0.48, 0.6, 1.0], [0, 0.3, first, valley, second, 0, 0]
    )


def test_strikes_are_found_where_the_load_rises_and_bounces_are_not() -> None:
    times = np.arange(0, 6, 1 / HZ)
    load = stance(times % 1.0, 1.1, 0.8, 1.1)
    load[10] = 0.0  # a bounce in the first stance
    found = gait.strikes(load, HZ)
    np.testing.assert_allclose(found, np.arange(1, 6), atol=1 / HZ)
    np.testing.assert_allclose(gait.cycles(found), [(k, k + 1) for k in range(1, 5)], atol=1 / HZ)


def test_a_pause_makes_no_cycle() -> None:
    assert gait.cycles([0.0, 1.0, 9.0, 10.0]) == [(0.0, 1.0), (9.0, 10.0)]


def test_curves_over_cycles_interpolate_linearly_and_keep_further_axes() -> None:
    times = np.arange(0, 4, 1 / HZ)
    values = np.stack([3 * times, 1 - times], axis=1)
    curves = gait.over_cycles(values, [(0.51, 1.73), (2.0, 3.1)], HZ)
    assert curves.shape == (2, 101, 2)
    begin = np.array([0.51, 2.0])[:, None]
    at = begin + gait.POINTS * np.array([1.22, 1.1])[:, None]
    np.testing.assert_allclose(curves[..., 0], 3 * at, atol=1e-9)
    np.testing.assert_allclose(curves[..., 1], 1 - at, atol=1e-9)


def test_a_foot_that_brushes_the_ground_in_swing_does_not_strike() -> None:
    times = np.arange(0, 4, 1 / HZ)
    load = stance(times % 1.0, 1.1, 0.8, 1.1)
    load[(times % 1.0 > 0.75) & (times % 1.0 < 0.8)] = 0.9 * gait.CONTACT
    np.testing.assert_allclose(gait.strikes(load, HZ), [1, 2, 3], atol=1 / HZ)


def test_samples_one_by_one_give_the_strikes_of_the_whole() -> None:
    times = np.arange(0, 6, 1 / HZ)
    load = stance((times / 1.07) % 1.0, 1.1, 0.8, 1.1)
    detector, found = gait.StrikeDetector(HZ), []
    for k, value in enumerate(load):
        share = detector.see(float(value))
        if share is not None:
            found.append((k - 1 + share) / HZ)
    assert found == gait.strikes(load, HZ).tolist()
    assert len(found) == 5


def test_what_follows_a_break_needs_a_swing_of_its_own() -> None:
    detector = gait.StrikeDetector(HZ)
    for _ in range(10):
        assert detector.see(0.0) is None
    detector.forget()
    assert detector.see(1.0) is None


def test_contacts_belong_to_the_side_of_their_bodies_name() -> None:
    info = build_scene(load_config(assets_folder() / "environments" / "walk.yaml")).info
    names = {
        side: {info.body_names[info.contact_bodies[k]] for k in contacts}
        for side, contacts in gait.foot_contacts(info).items()
    }
    assert names == {"right": {"calcn_r", "toes_r"}, "left": {"calcn_l", "toes_l"}}


@pytest.mark.parametrize(
    ("bodies", "feet"),
    [
        (["Pelvis", "TalusR", "TalusL"], {"right": [0, 1], "left": [2]}),
        (["root", "foot", "hand"], {"right": [], "left": []}),
    ],
)
def test_feet_of_files_without_them_are_told_by_the_names(
    bodies: list[str], feet: dict[str, list[int]]
) -> None:
    info: Any = SimpleNamespace(body_names=bodies, contact_bodies=np.array([1, 1, 2]), feet=None)
    assert {side: found.tolist() for side, found in gait.foot_contacts(info).items()} == feet
