"""Quantities under anatomical names, found by the words that people type, and the table of strides."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from human_joints import EXTENDING
from muscle_viewer.core.gait import POINTS
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import gait
from muscle_viewer.viewer.analysis.anatomy import quantities
from muscle_viewer.viewer.analysis.channels import channels, found, series
from muscle_viewer.viewer.analysis.strides import COLUMNS, stride_table
from muscle_viewer.viewer.app import saving
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.ui.panels.heat_map import coarser, spaced

WALK = Path(__file__).parents[2] / "checkpoints" / "walk.pt"


@pytest.fixture(scope="module")
def runtime() -> Runtime:
    runtime = Runtime(open_path(WALK).session)
    runtime.handle(c.Step(280))
    return runtime


@pytest.mark.parametrize(
    ("words", "name", "unit"),
    [
        ("ankle power", "right ankle power", "W"),
        ("hip flexion", "right hip flexion angle", "deg"),
        ("knee moment left", "left knee extension moment", "N m"),
        ("ankle plantarflexion", "right ankle plantarflexion moment", "N m"),
        ("metabolic rate", "metabolic power (rate, Minetti and Alexander)", "W/kg"),
        ("center of pressure", "right centre of pressure (center, COP) x, left", "m"),
        ("GRF up", "right ground reaction force (GRF) y, up", "N"),
        ("soleus_r power", "muscle powers / soleus_r", "W"),
    ],
)
def test_channels_are_found_by_the_words_people_type(
    runtime: Runtime, words: str, name: str, unit: str
) -> None:
    first = found(channels(runtime.subject.info, runtime.history.rows), words)[0]
    assert (first.name, first.unit) == (name, unit)


def test_moments_and_powers_have_the_signs_of_the_norms_and_of_muscle_eval(
    runtime: Runtime,
) -> None:
    info, history = runtime.subject.info, runtime.history
    by_name = {quantity.name: quantity for quantity in quantities(info)}
    words = {"hip": "extension", "knee": "extension", "ankle": "plantarflexion"}
    for joint, (stem, sign) in EXTENDING.items():
        dof = info.joint_names.index(f"{stem}_r")
        moment = by_name[f"right {joint} {words[joint]} moment"].of(info, history, 1, 281)
        torque = history.values("joint_moments", 1, 281, [dof])[:, 0]
        assert np.array_equal(moment, sign * torque)
    rate = by_name["metabolic power (rate, Minetti and Alexander)"].of(info, history, 30, 281)
    assert 4 < rate.mean() < 12  # of human walking, W/kg, with rest
    up = by_name["right ground reaction force (GRF) y, up"].of(info, history, 30, 281)
    up = up + by_name["left ground reaction force (GRF) y, up"].of(info, history, 30, 281)
    assert up.mean() == pytest.approx(9.81 * info.total_mass, rel=0.02)


def test_the_panels_moments_lie_within_the_norms_as_muscle_eval_says(runtime: Runtime) -> None:
    info, history = runtime.subject.info, runtime.history
    strides = gait.strides_of(history, runtime.cursor)[2:]
    assert len(strides) >= 8
    for joint, (stem, sign) in EXTENDING.items():
        dofs = {side: info.joint_names.index(f"{stem}_{side[0]}") for side in ("right", "left")}
        mean = sign * gait.kinetics(history, strides, dofs, "joint_moments").mean(axis=0)
        assert mean.shape == POINTS.shape
        assert gait.norms()[f"{joint}_moment"].inside(mean) > 0.6
        power = gait.kinetics(history, strides, dofs, "joint_powers").mean(axis=0)
        assert gait.norms()[f"{joint}_power"].inside(power) > 0.6


def test_the_table_of_strides_has_mean_and_standard_deviation(runtime: Runtime) -> None:
    info, history = runtime.subject.info, runtime.history
    strides = gait.strides_of(history, runtime.cursor)
    table = stride_table(info, history, strides)
    lines = table.text().splitlines()
    assert len(lines) == len(strides) + 3
    assert lines[0].split("\t")[1:] == [f"{name} ({unit})" for name, unit in COLUMNS]
    speed = [name for name, _ in COLUMNS].index("speed")
    name, means = table.rows[-2]
    assert name == "mean" and means[speed] == pytest.approx(1.3, rel=0.05)
    assert table.rows[-1][0] == "SD"
    assert table.rows[-1][1][speed] == pytest.approx(np.std(table.figures[:, speed], ddof=1))
    assert stride_table(info, history, []).rows == []


def test_a_csv_says_its_units(
    runtime: Runtime, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    info, history = runtime.subject.info, runtime.history
    chosen = [
        found(channels(info, history.rows), words)[0]
        for words in ("ankle power", "GRF up", "phase")
    ]
    saving.channels([(k.name, k.field, k.column) for k in chosen], runtime)
    (path,) = tmp_path.glob("*.csv")
    head = path.read_text().splitlines()[0]
    assert (
        head == 'time (s),right ankle power (W),"right ground reaction force (GRF) y, up (N)",phase'
    )
    power = np.genfromtxt(path, delimiter=",", skip_header=1)[:, 1]
    here = series(info, history, chosen[0].field, chosen[0].column, 0, 281)
    np.testing.assert_allclose(power, here, rtol=1e-5, atol=1e-6)


def test_labels_of_the_heat_map_keep_apart_and_in_order() -> None:
    assert spaced([1.0, 2.0, 30.0], 10.0, 0.0, 60.0) == [5.0, 15.0, 30.0]
    assert spaced([50.0, 55.0, 58.0], 10.0, 0.0, 60.0) == [35.0, 45.0, 55.0]
    blocks = [("hip flexor R", 0, 3), ("hip rotator R", 3, 4), ("knee flexor R", 4, 9)]
    assert coarser(blocks) == [("hip R", 0, 4), ("knee R", 4, 9)]
