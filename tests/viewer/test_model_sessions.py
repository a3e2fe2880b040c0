"""Models without a policy: posed by hand, simulated on play with the excitations that are held."""

from __future__ import annotations

import dataclasses
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import UserError
from muscle_viewer.core.models.mjcf import read as mjcf_reader
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.muscle_sweep import MuscleSweeps
from muscle_viewer.viewer.cli import main as viewer
from muscle_viewer.viewer.recording import run_file
from muscle_viewer.viewer.recording.verify import verify
from muscle_viewer.viewer.simulation.model_session import ModelSession
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime, State

sys.path.append(str(Path(__file__).parents[1] / "core"))
from small_legs import LEG

mujoco = pytest.importorskip("mujoco", reason="the mujoco extra brings it")

KEYED = LEG.replace(
    "</mujoco>", '<keyframe><key name="bent" qpos="0.3 0 0.9 0"/></keyframe></mujoco>'
)


@pytest.fixture
def runtime(tmp_path: Path) -> Runtime:
    path = tmp_path / "leg.xml"
    path.write_text(KEYED)
    session = load_session(path)
    assert isinstance(session, ModelSession)
    return Runtime(session)


def pose(runtime: Runtime, *pairs: tuple[int, float]) -> None:
    """Set dofs as the sliders of the Pose panel do."""
    parameters = runtime.status.parameters
    for dof, value in pairs:
        parameters = parameters.posed(dof, value)
    runtime.handle(c.SetParameters(parameters))


def test_a_slider_sets_the_pose_at_once_while_paused(runtime: Runtime) -> None:
    before = runtime.frame.muscle_lengths.copy()
    pose(runtime, (0, 0.4))
    pose(runtime, (1, 1.2))
    np.testing.assert_allclose(runtime.frame.positions, [0.4, 1.2], atol=1e-6)
    assert abs(runtime.frame.muscle_lengths - before)[0] > 0.01
    assert runtime.history.newest == 0 and runtime.frame.time == 0
    with pytest.raises(UserError, match="no dof 9"):
        pose(runtime, (9, 0.0))


def test_playing_swings_from_the_pose_as_mujoco_does(runtime: Runtime, tmp_path: Path) -> None:
    """Half a second without excitation; MuJoCo's couplings are soft, ours are exact."""
    text = KEYED.replace("<equality>", '<option timestep="0.0005"/><equality>')
    model = mujoco.MjModel.from_xml_string(text)
    data = mujoco.MjData(model)
    model.opt.disableflags |= mujoco.mjtDisableBit.mjDSBL_CONTACT
    data.qpos[:] = model.qpos0
    data.qpos[model.joint("hip").qposadr[0]] = 0.8
    data.qpos[model.joint("knee").qposadr[0]] = 0.5
    for name, coefficients in zip(("slip", "twist"), model.eq_data[:, :5], strict=True):
        at = model.joint(name).qposadr[0]
        data.qpos[at] = np.polynomial.Polynomial(coefficients)(0.5)
    pose(runtime, (0, 0.8), (1, 0.5))
    for _ in range(15):
        runtime.handle(c.Step())
        mujoco.mj_step(model, data, nstep=round(1 / 30 / model.opt.timestep))
    theirs = [data.qpos[model.joint(name).qposadr[0]] for name in ("hip", "knee")]
    assert abs(np.array(theirs) - [0.8, 0.5]).max() > 0.3  # it has moved
    np.testing.assert_allclose(runtime.frame.positions, theirs, atol=0.06)


def test_held_excitations_activate_muscles_and_reset_leads_to_the_initial_pose(
    runtime: Runtime,
) -> None:
    initial = runtime.frame.positions.copy()
    runtime.handle(c.OverrideSeveral(((0, 1.0),)))
    for _ in range(10):
        runtime.handle(c.Step())
    assert runtime.frame.activations[0] > 0.9
    assert runtime.frame.excitations[0] == 1.0
    runtime.handle(c.OverrideSeveral(((0, None),)))
    for _ in range(20):
        runtime.handle(c.Step())
    assert runtime.frame.activations[0] < 0.1
    runtime.handle(c.Reset())
    np.testing.assert_array_equal(runtime.frame.positions, initial)
    assert runtime.frame.activations[0] == 0


def test_the_bounds_name_the_initial_pose_and_the_keyframes(runtime: Runtime) -> None:
    session = runtime.session
    assert isinstance(session, ModelSession)
    (first, initial), (second, bent) = session.bounds.poses
    assert (first, second) == ("initial pose", "bent")
    runtime.handle(c.SetParameters(dataclasses.replace(Parameters(), pose=bent)))
    np.testing.assert_allclose(runtime.frame.positions, [0.3, 0.9], atol=1e-6)
    runtime.handle(c.SetParameters(dataclasses.replace(Parameters(), pose=initial)))
    np.testing.assert_allclose(runtime.frame.positions, [0.1, 0.0], atol=1e-6)


def test_a_pose_in_the_past_is_where_it_goes_on(runtime: Runtime) -> None:
    """Branching at a posed frame, and replaying the run bit for bit."""
    for _ in range(4):
        runtime.handle(c.Step())
    pose(runtime, (1, 0.7))
    pose(runtime, (1, 1.4))
    posed = runtime.frame.positions.copy()
    runtime.handle(c.Override(0, 0.5))
    for _ in range(6):
        runtime.handle(c.Step())
    after = runtime.frame.positions.copy()
    runtime.handle(c.Seek(4))
    np.testing.assert_array_equal(runtime.frame.positions, posed)
    runtime.handle(c.Resume())
    runtime.handle(c.Pause())
    for _ in range(6):
        runtime.handle(c.Step())
    np.testing.assert_array_equal(runtime.frame.positions, after)
    path = Path(str(runtime.session.checkpoint.path)).with_name("posed.mvrun")  # type: ignore[attr-defined]
    run_file.save(path, runtime.log, runtime.session)  # type: ignore[arg-type]
    assert verify(run_file.load(path)).text == "identical"


def test_curves_over_a_coordinate_are_those_of_the_poses(runtime: Runtime) -> None:
    session = runtime.session
    scene = session._scene  # type: ignore[attr-defined]
    sweeps = MuscleSweeps(scene)
    assert sweeps.spanned(0) == [0, 1]
    sweep = sweeps.over(1, runtime.frame.positions)
    assert (sweep.values[0], sweep.values[-1]) == (0, 2) and not sweep.is_way
    pose(runtime, (1, float(sweep.values[30])))
    frame = runtime.frame
    assert frame.muscle_lengths[0] == pytest.approx(sweep.lengths[30, 0], abs=1e-6)
    at_rest = sweeps.over(1, runtime.frame.positions, 0.0).forces
    assert frame.passive_forces[0] == pytest.approx(at_rest[30, 0], rel=1e-3, abs=0.01)
    slope = -np.gradient(sweep.lengths[:, 0], sweep.values)
    np.testing.assert_allclose(slope[5:-5], sweep.moment_arms[5:-5, 0], atol=2e-4)
    assert sweep.forces[30, 0] > at_rest[30, 0] + 10
    half = sweeps.over(1, runtime.frame.positions, 0.5).forces
    np.testing.assert_allclose(2 * half, sweep.forces + at_rest, rtol=1e-9)  # of a rigid tendon
    again = sweeps.over(1, np.array([frame.positions[0], 0.3]))
    assert again is sweeps.over(1, np.array([frame.positions[0], 0.9]))


def test_a_model_is_read_once_when_it_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "leg.xml").write_text(KEYED)
    opened: list[object] = []
    original: Callable[..., object] = mjcf_reader.open_model

    def counted(source: object) -> object:
        opened.append(source)
        return original(source)

    monkeypatch.setattr(mjcf_reader, "open_model", counted)
    Runtime(load_session(tmp_path / "leg.xml"))
    assert len(opened) == 1


def test_a_model_runs_headless_and_replays(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "leg.xml").write_text(KEYED)
    run = tmp_path / "leg.mvrun"
    assert (
        viewer([str(tmp_path / "leg.xml"), "--headless", "--save-run", str(run), "--seconds", "1"])
        == 0
    )
    assert viewer([str(run), "--verify"]) == 0
    assert "identical" in capsys.readouterr().out


def test_play_and_pause_are_those_of_any_simulation(runtime: Runtime) -> None:
    runtime.handle(c.Play())
    runtime.advance(0.5)
    assert runtime.state is State.PLAYING and runtime.frame.time > 0.3
    runtime.handle(c.Pause())
    pose(runtime, (0, -0.5))
    assert runtime.frame.positions[0] == pytest.approx(-0.5, abs=1e-6)
    assert not runtime.frame.velocities.any()
