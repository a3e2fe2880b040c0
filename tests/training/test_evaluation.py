"""muscle-eval: events and figures of gait on signals with known answers, and on the shipped walk."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from muscle_viewer.core import ConfigError, gait, load_checkpoint, norms
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.metabolics import metabolic_power, shortening_cost
from muscle_viewer.training.evaluation import gait_figures
from muscle_viewer.training.evaluation.cli import main
from muscle_viewer.training.evaluation.record import Push, record

pytestmark = pytest.mark.slow

HZ = 30
WALK = checkpoints_folder() / "walk.pt"


def stance(phases: np.ndarray, first: float, valley: float, second: float) -> np.ndarray:
    """A foot's load over a cycle: a stance of 60 % with two humps of the given heights."""
    return np.interp(
        phases, [0, 0.02, 0.12, 0.3, 0.48, 0.6, 1.0], [0, 0.3, first, valley, second, 0, 0]
    )


def test_humps_and_valley_of_a_stance_are_told() -> None:
    found = gait_figures.humps(stance(gait.POINTS, 1.2, 0.7, 1.1))
    assert found is not None and found.distinct
    assert (found.first, found.valley, found.second) == pytest.approx((1.2, 0.7, 1.1), abs=0.02)
    flat = gait_figures.humps(stance(gait.POINTS, 1.0, 1.0, 1.0))
    assert flat is not None and not flat.distinct
    assert gait_figures.humps(np.zeros(101)) is None


def test_slip_is_the_horizontal_speed_of_points_that_carry() -> None:
    points = np.zeros((4, 2, 3))
    points[:, 0, 0] = [0, 0.01, 0.02, 0.5]
    points[:, 0, 2] = [0, 0.0, 0.0, 0.5]
    points[:, 1, 0] = [0, 1, 2, 3]
    forces = np.zeros((4, 2, 3))
    forces[:3, 0, 1] = 100  # the first carries for three samples, the second never
    np.testing.assert_allclose(gait_figures.slip(points, forces, HZ), [0.3, 0.3])


def test_saturation_is_that_of_the_muscle_most_often_above_the_limit() -> None:
    activations = np.array([[0.5, 0.99, 1.0], [0.96, 0.2, 0.97], [0.1, 0.2, 0.98], [0.1, 0.2, 0.1]])
    assert gait_figures.saturation(activations) == 0.75


def test_muscles_never_make_more_work_than_they_pay_for() -> None:
    x = np.linspace(0, 1, 200)
    hill = (1 - x) / (1 + 4 * x)  # force over its isometric maximum, Hill's constant 1/4
    work = x * hill
    assert (shortening_cost(x) > work).all()
    efficiency = (work / shortening_cost(x)).max()
    assert 0.3 < efficiency < 0.55  # of the fibres' own work, without the heat of recovery
    assert (shortening_cost(np.linspace(-1, 0, 200)) > 0).all()
    assert shortening_cost(0.0) == pytest.approx(0.054)


def test_metabolic_power_counts_activation_force_length_and_shortening() -> None:
    force, length = np.array([1000.0, 500.0]), np.array([0.1, 0.05])
    still = metabolic_power([[0.5, 1.0]], [[0.0, 0.0]], force, length, 10.0)
    np.testing.assert_allclose(still, [[0.5 * 1000 * 0.1 * 10 * 0.054, 500 * 0.05 * 10 * 0.054]])
    shortening = metabolic_power([[0.5, 1.0]], [[-2.0, 2.0]], force, length, 10.0)
    assert shortening[0, 0] > still[0, 0]  # shortening costs more than holding,
    assert shortening[0, 1] < still[0, 1]  # lengthening less


def test_bands_pass_through_their_published_points() -> None:
    walking = norms.walking()
    for angle, curve in walking.angles.items():
        found = norms.band(walking, angle, np.array(walking.percent) / 100)
        np.testing.assert_allclose(found.mean, curve.mean)
        assert found.inside(np.array(curve.mean) + 1.9 * np.array(curve.deviation)) == 1.0
        assert found.inside(np.array(curve.mean) + 2.1 * np.array(curve.deviation)) == 0.0
        assert found.rms(np.array(curve.mean) + 3.0) == pytest.approx(3.0)


def test_norms_of_unequal_lengths_are_refused_by_name(tmp_path: Path) -> None:
    path = tmp_path / "norms.yaml"
    path.write_text(
        "format: muscle-viewer/norms-1\nname: n\nsources: []\npercent: [0, 100]\n"
        "angles: {knee: {mean: [1.0], deviation: [1.0, 2.0]}}\n"
    )
    with pytest.raises(ConfigError, match=r"norms.yaml: .*knee: mean and deviation need 2 values"):
        norms.walking(path)


def test_on_average_the_ground_carries_the_recorded_walker() -> None:
    env, runs = record(load_checkpoint(WALK), episodes=4, seconds=6.0)
    weight = env.info.total_mass * env.config.simulation.gravity
    for run in runs:
        assert not run.fell and run.steps == 6 * HZ
        assert len(run.samples.phase) == 6 * HZ - 1  # all but the one that ended the episode
        load = run.samples.contact_forces[..., 1].sum(axis=1)
        assert load.mean() == pytest.approx(weight, rel=0.05)


def test_a_push_changes_the_velocity_by_its_impulse_and_nothing_before() -> None:
    checkpoint = load_checkpoint(WALK)
    push = Push(force=300.0, duration=0.1, at=1.0)
    env, pushed = record(checkpoint, episodes=8, seconds=1.5, push=push)
    _, unpushed = record(checkpoint, episodes=8, seconds=1.5)
    before = round(push.at * HZ)
    changes = []
    for a, b in zip(pushed, unpushed, strict=True):
        assert np.array_equal(a.samples.positions[:before], b.samples.positions[:before])
        apart = a.samples.center_of_mass - b.samples.center_of_mass
        change = (apart[before + 3] - apart[before + 2]) * HZ
        changes.append(np.linalg.norm(change[[0, 2]]))
    # The feet take some of it up at once.
    impulse = push.force * push.duration / env.info.total_mass
    assert 0.5 * impulse < np.mean(changes) < 1.1 * impulse


def test_the_figures_of_the_shipped_walk_agree_with_each_other(capsys, tmp_path) -> None:
    report = tmp_path / "walk.html"
    arguments = ["--episodes", "8", "--seconds", "8", "--pushes", "8", "--json"]
    assert main([str(WALK), *arguments, "--report", str(report)]) == 0
    figures = json.loads(capsys.readouterr().out)
    page = ElementTree.fromstring(report.read_text("utf-8").removeprefix("<!DOCTYPE html>\n"))
    charts = page.findall(".//{http://www.w3.org/2000/svg}svg")
    kinetics = figures["kinetics"]
    assert len(charts) == len(kinetics["curves"]) + len(kinetics["muscles"])
    assert len(kinetics["muscles"]) == 12 and len(kinetics["curves"]) == 17
    assert set(figures["joints"]) < set(kinetics["curves"])
    assert 0 < figures["inside_norms"]["ankle_moment"] <= 1
    assert figures["inside_norms"]["pelvis_obliquity"] > 0.9
    assert figures["inside_norms"]["pelvis_rotation"] > 0.9
    assert figures["episodes"] == figures["pushes"] == 8
    assert figures["fall_rate"] == 0 and figures["survival_time"] == 8
    assert figures["push_recovery"] == 1
    by_strides = figures["stride_length"] * figures["cadence"] / 120
    assert figures["speed"] == pytest.approx(by_strides, rel=0.05)
    assert figures["distance"] == pytest.approx(8 * figures["speed"], rel=0.02)
    assert figures["cost_of_transport"] * figures["speed"] == pytest.approx(
        figures["metabolic_power"]
    )
    assert figures["alternating_strikes"] > 0.95
    assert set(figures["joints"]) == {"hip_flexion", "knee_flexion", "ankle_dorsiflexion"}
    for joint in figures["joints"].values():
        assert joint["rms_to_reference"] < 10 and len(joint["mean_cycle"]) == 101
        assert joint["inside_norm"] > 0.6  # the hip's is the least
    assert 0.5 < figures["stance"] < 0.65
    assert figures["step_asymmetry"] < 0.03 and figures["force_asymmetry"] < 0.08
    assert 0.5 < figures["force_valley"] < figures["force_second_hump"] < figures["force_peak"]


def test_the_shipped_runner_runs_with_flights_at_the_reference_s_speed(capsys) -> None:
    run = WALK.with_name("run.pt")
    arguments = ["--episodes", "8", "--seconds", "8", "--pushes", "8", "--json"]
    assert main([str(run), *arguments]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["fall_rate"] == 0 and figures["push_recovery"] >= 0.75
    assert figures["speed"] == pytest.approx(3.0, rel=0.05)
    assert figures["alternating_strikes"] > 0.95
    assert figures["force_peak"] > 1.8 and 0.25 < figures["stance"] < 0.5
    for joint in figures["joints"].values():
        assert joint["rms_to_reference"] < 10
        assert joint["rms_to_norm"] is None  # the norms are a walker's,
    assert figures["force_valley"] is figures["two_humps"] is None  # and so are the humps
    _, episodes = record(load_checkpoint(run), episodes=4, seconds=4.0)
    for episode in episodes:
        load = episode.samples.contact_forces[..., 1].sum(axis=1)
        assert 0.1 < (load[HZ:] < 1.0).mean() < 0.5  # nothing touches the ground


def test_the_whole_body_walks_by_its_muscles(capsys) -> None:
    walk = WALK.with_name("whole_body.pt")
    assert main([str(walk), "--episodes", "8", "--seconds", "4", "--pushes", "0", "--json"]) == 0
    figures = json.loads(capsys.readouterr().out)
    assert figures["fall_rate"] == 0 and figures["alternating_strikes"] > 0.95
    assert figures["speed"] == pytest.approx(1.3, rel=0.08) and figures["stance"] < 0.65


def test_the_table_names_what_was_measured(capsys) -> None:
    assert main([str(WALK), "--episodes", "2", "--seconds", "3", "--pushes", "0"]) == 0
    table = capsys.readouterr().out
    assert "0.0% of 2 episodes of 3 s" in table and "(reference 1.300)" in table
    assert "recovery" not in table and "nan" not in table


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["no.pt"], "no.pt"),
        ([str(WALK), "--episodes", "0"], "--episodes: must be at least 1, is 0"),
        ([str(WALK), "--pushes", "-1"], "--pushes: must be at least 0, is -1"),
        ([str(WALK), "--seconds", "nan"], "--seconds: must be positive, is nan"),
    ],
)
def test_what_cannot_be_measured_is_one_line_and_exit_status_2(arguments, part, capsys) -> None:
    assert main(arguments) == 2
    err = capsys.readouterr().err
    assert part in err and err.count("\n") == 1
