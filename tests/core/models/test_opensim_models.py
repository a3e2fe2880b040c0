"""Whole .osim models against OpenSim: lengths, moment arms and forces; and what opening them says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.models.read import read_model, read_parts
from muscle_viewer.core.models.write_yaml import write_yaml

pytest.importorskip("opensim", reason="the opensim extra brings it")

import opensim
from opensim_muscle import Pair
from opensim_twin import Twin

MODELS = ("rajagopal", "gait14dof22musc_20170320", "gait9dof18musc", "arm26")
POSES = 100


@pytest.fixture(scope="module", params=MODELS)
def twin(request: pytest.FixtureRequest) -> Twin:
    if request.param == "rajagopal":
        return Twin(request.getfixturevalue("rajagopal_osim"))
    return Twin(request.getfixturevalue("osim_rl_models") / f"{request.param}.osim")


def exact(twin: Twin) -> np.ndarray:
    """Whether each muscle's path has no surface: those of OpenSim's paths are approximate, or left out here."""
    said = " ".join(twin.character.left_out)
    return np.array([not m.wraps and f"'{m.name}'" not in said for m in twin.character.muscles])


def bent_once(twin: Twin) -> np.ndarray:
    """Whether each muscle's path has one surface, and OpenSim's none more."""
    said = " ".join(twin.character.left_out)
    return np.array(
        [len(m.wraps) == 1 and f"'{m.name}'" not in said for m in twin.character.muscles]
    )


@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-9), (True, 8e-6)])
def test_lengths_are_those_of_opensim(twin: Twin, lanes: bool, tolerance: float) -> None:
    rng, ours = np.random.default_rng(1), twin.simulation(lanes)
    errors = []
    for _ in range(POSES):
        pose = twin.random_pose(rng)
        errors.append(np.abs(twin.see(ours, pose)["length"] - twin.lengths(pose)))
    worst = np.max(errors, axis=0)
    assert worst[exact(twin)].max(initial=0) < tolerance
    # OpenSim's cylinders stop at a tilt of one degree; see docs/models.md.
    assert worst[bent_once(twin)].max(initial=0) < 5e-4


@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-7), (True, 2e-5)])
def test_moment_arms_are_differences_of_opensims_lengths(
    twin: Twin, lanes: bool, tolerance: float
) -> None:
    rng, ours = np.random.default_rng(2), twin.simulation(lanes)
    errors = []
    for _ in range(POSES // 10):
        pose = twin.random_pose(rng, within=0.95)
        arms = twin.see(ours, pose)["arm"]
        theirs = np.stack([twin.moment_arms(pose, k) for k in range(len(pose))], axis=1)
        errors.append(np.abs(arms - theirs).max(1))
    worst = np.max(errors, axis=0)
    assert worst[exact(twin)].max(initial=0) < tolerance
    assert np.median(np.array(errors)[:, bent_once(twin)]) < 2e-4 if bent_once(twin).any() else True


@pytest.mark.parametrize("lanes", [False, True])
def test_forces_in_equilibrium_are_those_of_opensim(twin: Twin, lanes: bool) -> None:
    rng, ours = np.random.default_rng(3), twin.simulation(lanes)
    errors = []
    for _ in range(POSES):
        pose, activations = twin.random_pose(rng), rng.uniform(0.02, 1.0, len(twin.muscles))
        force = twin.see(ours, pose, activations)["force"]
        error = np.abs(force - twin.forces(pose, activations)) / twin.strength
        fibres = np.array([m.getNormalizedFiberLength(twin.state) for m in twin.muscles])
        # Extreme poses of some models leave no length to the fibres, which then end in a limit of either program.
        errors.append(np.where(fibres > 0.1, error, 0.0))
    worst = np.max(errors, axis=0)
    assert worst[exact(twin)].max(initial=0) < 1e-3
    # A stiff tendon makes half a millimetre of length more force.
    assert worst[bent_once(twin)].max(initial=0) < 1e-2


@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-9), (True, 8e-6)])
def test_moving_points_are_held_beyond_the_range_of_their_coordinate(
    osim_rl_models: Path, lanes: bool, tolerance: float
) -> None:
    twin = Twin(osim_rl_models / "gait9dof18musc.osim")
    ours, rng = twin.simulation(lanes), np.random.default_rng(4)
    knees = [twin.names.index(f"knee_angle_{side}") for side in "rl"]
    for _ in range(10):
        pose = twin.random_pose(rng)
        pose[knees] = rng.uniform(twin.ranges[knees, 0] - 0.3, twin.ranges[knees, 0] - 1e-3)
        seen = twin.see(ours, pose)
        np.testing.assert_allclose(seen["length"], twin.lengths(pose), atol=tolerance)
        for knee in knees:
            theirs = twin.moment_arms(pose, knee)
            np.testing.assert_allclose(seen["arm"][:, knee], theirs, atol=max(1e-7, tolerance))


def test_a_converted_model_keeps_the_ranges_of_its_moving_points(
    osim_rl_models: Path, tmp_path: Path
) -> None:
    file = osim_rl_models / "gait14dof22musc_20170320.osim"
    write_yaml(tmp_path / "gait.yaml", *read_parts(file), str(file))
    first, second = read_model(file), read_model(tmp_path / "gait.yaml")
    ranges = [
        [(p.axis, p.lower, p.upper) for m in c.muscles for p in m.motions] for c in (first, second)
    ]
    assert ranges[0] == ranges[1] and any(
        lower == pytest.approx(-2.0944, abs=1e-4) for _, lower, _ in ranges[0]
    )


def test_a_converted_model_keeps_a_point_mass_that_is_welded_to_a_body(
    osim_rl_models: Path, tmp_path: Path
) -> None:
    file = osim_rl_models / "hop8dof9musc.osim"
    write_yaml(tmp_path / "hop.yaml", *read_parts(file), str(file))
    first, second = read_model(file), read_model(tmp_path / "hop.yaml")
    np.testing.assert_allclose(
        [body.mass for body in second.bodies], [body.mass for body in first.bodies], rtol=1e-12
    )


def test_what_is_not_simulated_is_listed_by_name(osim_rl_models: Path) -> None:
    arm = read_model(osim_rl_models / "arm26.osim")
    assert any("'BIClong': does not bend round 'BIClonghh'" in line for line in arm.left_out)
    gait = read_model(osim_rl_models / "gait14dof22musc_20170320.osim")
    assert not any("HuntCrossleyForce" in line for line in gait.left_out)  # feet touch by its law
    assert sum(len(body.contacts) for body in gait.bodies) == 6
    assert sum(len(body.shapes) for body in gait.bodies) == 19  # .vtp files


def test_an_unknown_law_is_refused_by_the_name_of_its_muscle(osim_rl_models: Path) -> None:
    with pytest.raises(ModelError, match=r"muscle 'DELT1': is a Schutte1993Muscle_Deprecated"):
        read_model(osim_rl_models / "MoBL_ARMS_J.osim")


def test_other_files_and_a_missing_package_are_said_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = tmp_path / "bad.osim"
    bad.write_text("<robot/>")
    with pytest.raises(ModelError, match=r"bad\.osim: OpenSim cannot open it") as raised:
        read_model(bad)
    assert "\n" not in str(raised.value)
    assert str(raised.value).startswith(f"{bad}: OpenSim")
    monkeypatch.setitem(__import__("sys").modules, "opensim", None)
    with pytest.raises(ModelError, match=r"pip install muscle-viewer\[opensim\]"):
        read_model(bad)


def test_a_file_that_crashes_opensim_is_refused(tmp_path: Path) -> None:
    """OpenSim 4.6 evaluates a spline of no coordinate."""
    seed = Path(__file__).parents[3] / "tools" / "fuzzing" / "seeds" / "leg.osim"
    good, bad = tmp_path / "good.osim", tmp_path / "bad.osim"
    text = seed.read_text()
    good.write_text(text)
    spline = text.index("<SimmSpline")
    named = text.rindex("knee_angle", 0, spline)
    bad.write_text(text[:named] + text[named + len("knee_angle") :])
    assert [m.name for m in read_model(good).muscles] == ["vasti", "glut", "ham"]
    with pytest.raises(
        ModelError, match=r"bad.osim: OpenSim (crashes on|cannot open) it.*"
    ) as said:
        read_model(bad)
    assert "\n" not in str(said.value)


def test_the_defaults_of_one_file_are_not_those_of_the_next(tmp_path: Path) -> None:
    pair = Pair("Thelen2003Muscle", False, tmp_path)
    one = tmp_path / "muscle.osim"
    text = one.read_text()
    other = tmp_path / "other.osim"
    own = (
        '<defaults><Thelen2003Muscle name="default">'
        "<FmaxMuscleStrain>0.9</FmaxMuscleStrain></Thelen2003Muscle></defaults>"
    )
    other.write_text(re.sub(r"(<Model[^>]*>)", rf"\1{own}", text))

    assert str(read_model(other).muscles[0]) != str(pair.character.muscles[0])
    assert str(read_model(one).muscles[0]) == str(pair.character.muscles[0])
    assert opensim.Thelen2003Muscle().get_FmaxMuscleStrain() != 0.9
