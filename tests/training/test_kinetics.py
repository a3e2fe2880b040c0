"""Gait kinetics: the norms' file, agreement with it, and the page that shows both."""

from __future__ import annotations

import math
from types import SimpleNamespace
from xml.etree import ElementTree

import numpy as np
import pytest
from muscle_viewer.core import ConfigError, gait
from muscle_viewer.core.norms import walking_kinetics
from muscle_viewer.core.rotation import rotation_matrices
from muscle_viewer.training.evaluation.evaluate import Evaluation, Joint
from muscle_viewer.training.evaluation.kinetics import (
    Curve,
    GaitKinetics,
    MuscleUse,
    _heights,
    _pelvis,
    muscle_use,
)
from muscle_viewer.training.evaluation.report_page import _round_numbers, page

NORMS = walking_kinetics()
SPEEDS = ("slow", "free", "fast")


@pytest.mark.parametrize("speed", SPEEDS)
def test_the_ankles_moment_peaks_at_push_off_as_winter_has_it(speed):
    """Winter (2009), app. A: 1.4 to 1.6 N m/kg in adults at 45 to 52 % of the cycle; children have a little less."""
    moment = NORMS.band("ankle_moment", gait.POINTS, speed).mean
    assert 0.42 < gait.POINTS[np.argmax(moment)] < 0.54
    assert 1.0 < moment.max() < 1.6


def test_powers_are_largest_where_the_ankle_pushes_off_and_grow_with_speed():
    peaks = [NORMS.band("ankle_power", gait.POINTS, speed).mean.max() for speed in SPEEDS]
    assert peaks == sorted(peaks) and 2.0 < peaks[1] < 4.0


def test_the_vertical_force_carries_the_body_over_a_step():
    """Two feet, half a cycle apart, carry one body weight on average."""
    both = 2 * NORMS.band("vertical_force", gait.POINTS[:-1]).mean.mean()
    assert both == pytest.approx(1.0, abs=0.03)


def test_braking_and_propulsion_balance_over_a_cycle():
    assert abs(NORMS.band("forward_force", gait.POINTS[:-1]).mean.mean()) < 0.01


def test_a_norm_that_ends_early_is_nan_beyond_and_does_not_count():
    band = NORMS.band("center_of_pressure", gait.POINTS)
    known = ~np.isnan(band.mean)
    assert known[:50].all() and not known[60:].any()
    assert band.inside(np.where(known, band.mean, 9.0)) == 1.0


def test_a_file_with_a_value_too_few_is_refused_in_one_line(tmp_path):
    path = tmp_path / "norms.yaml"
    path.write_text(
        "format: muscle-viewer/norms-2\nname: x\nsources: []\npercent: [0, 50, 100]\n"
        "speeds: {free: {hip_moment: {mean: [1, 2], deviation: [1, 2, 3]}}}\nmuscles: {}\n"
    )
    with pytest.raises(ConfigError, match="hip_moment") as error:
        walking_kinetics(path)
    assert "\n" not in str(error.value)


def test_soleus_of_a_person_agrees_with_its_timing_and_an_inverted_one_does_not():
    active = NORMS.muscles["soleus"].is_active(gait.POINTS)
    assert active.sum() == 45
    burst = np.where(active, 0.5, 0.01)
    assert muscle_use([burst], active).agreement == 1.0
    assert muscle_use([0.51 - burst], active).agreement < 0.01
    assert muscle_use([np.full(101, 0.02)], active).agreement == pytest.approx(56 / 101)


def evaluation() -> Evaluation:
    nan = math.nan
    curve = np.round(NORMS.band("ankle_moment", gait.POINTS).mean, 3).tolist()
    pressure = NORMS.band("center_of_pressure", gait.POINTS).mean.tolist()
    both = {side: Curve(curve, [0.1] * 101, 1.0) for side in gait.SIDES}
    figures = dict.fromkeys((f for f in Evaluation.__dataclass_fields__), nan)
    return Evaluation(
        **{
            **figures,
            "episodes": 4,
            "seconds": 10.0,
            "fall_rate": 0.0,
            "speed": 1.3,
            "joints": {"knee_flexion": Joint(1.0, 2.0, 0.9, [10.0] * 101)},
            "kinetics": GaitKinetics(
                {
                    "ankle_moment": both,
                    "center_of_pressure": {"right": Curve(pressure, [0.01] * 101, 1.0)},
                },
                {"soleus": MuscleUse([0.2] * 101, 0.5)},
                {"soleus": {"right": [0.1] * 101, "left": [0.3] * 101}},
            ),
            "inside_norms": {"ankle_moment": 1.0},
            "idle_muscles": [],
        }
    )


def test_the_page_is_one_well_formed_file_that_loads_nothing():
    text = page(evaluation(), "walk & <more>")
    tree = ElementTree.fromstring(text.removeprefix("<!DOCTYPE html>\n"))
    assert len(tree.findall(".//{http://www.w3.org/2000/svg}svg")) == 4
    assert "src=" not in text and "href=" not in text and "url(" not in text
    assert tree.find(".//h1").text == "walk & <more>"


def test_the_page_tells_the_agreement_and_draws_no_point_where_there_is_no_value():
    text = page(evaluation(), "walk")
    assert "plantarflexion +, agreement 100%" in text and "activation, agreement 50%" in text
    assert "nan" not in text


@pytest.mark.parametrize(
    ("low", "high", "numbers"),
    [
        (-32.4, 39.3, [-20, 0, 20]),
        (-0.02, 1.31, [0, 0.2, 0.4, 0.6, 0.8, 1.0, 1.2]),
        (0.0, 0.0011, [0, 0.0002, 0.0004, 0.0006, 0.0008, 0.001]),
        (-2, 7, [-2, 0, 2, 4, 6]),
    ],
)
def test_the_axes_have_a_few_round_numbers(low: float, high: float, numbers: list[float]) -> None:
    np.testing.assert_allclose(_round_numbers(low, high), numbers, atol=1e-12)


def test_the_pelvis_turns_as_scipys_cardan_angles_and_each_side_has_its_own_sign():
    rotation = pytest.importorskip("scipy.spatial.transform").Rotation
    given = np.array(
        [[25.0, 4.0, -8.0], [-3.0, -6.0, 12.0], [0.0, 0.0, 0.0]]
    )  # rotation, obliquity, tilt
    vectors = rotation.from_euler("YZX", given, degrees=True).as_rotvec()
    run = SimpleNamespace(samples=SimpleNamespace(positions=vectors))
    info = SimpleNamespace(root_dofs=6, control_hz=30)
    for side, sign in (("left", 1), ("right", -1)):
        obliquity, turn = _pelvis(info, run, side, 0)
        assert np.allclose(
            obliquity.values, sign * given[:, 1], atol=1e-4
        )  # turned about +z the left rises
        assert np.allclose(turn.values, -sign * given[:, 0], atol=1e-4)  # about +y it falls back
    assert np.allclose(rotation_matrices(vectors), rotation.from_rotvec(vectors).as_matrix())


def test_heel_and_lowest_point_are_found_by_where_they_are():
    points = np.zeros((4, 3, 3))
    points[:, :, 2] = [0.1, -0.1, 0.0]  # the second is the heel
    points[:, :, 1] = [[0.01, 0.05, 0.03]] * 4
    run = SimpleNamespace(samples=SimpleNamespace(contact_points=points))
    lowest, heel = _heights(SimpleNamespace(control_hz=30), run, np.arange(3), 1)
    assert lowest.values == pytest.approx([0.01] * 3) and heel.values == pytest.approx([0.05] * 3)
