"""Models of OpenSim open by themselves in the viewer, posed by hand."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.anatomy import quantities
from muscle_viewer.viewer.analysis.muscle_sweep import MuscleSweeps
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.cli import main as viewer
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime

opensim = pytest.importorskip("opensim", reason="the opensim extra brings it")

sys.path.append(str(Path(__file__).parents[1] / "core"))
from opensim_twin import Twin  # noqa: E402 (needs opensim)


@pytest.fixture
def gait(osim_rl_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return osim_rl_models / "gait14dof22musc_20170320.osim"


def test_a_model_stands_posed_with_its_bones_and_muscles(gait: Path) -> None:
    session = load_session(gait)
    knee = session.info.dof_names.index("knee_angle_r")
    assert sum(shape.mesh is not None for shape in session.info.shapes) == 19
    session.change(Parameters().posed(knee, -1.0))
    theirs = opensim.Model(str(gait))
    state = theirs.initSystem()
    theirs.getCoordinateSet().get("knee_angle_r").setValue(state, -1.0)
    frame = session.frame()
    for name in ("vasti_r", "gastroc_r", "bifemsh_r"):
        wanted = theirs.getMuscles().get(name).getLength(state)
        found = frame.muscle_lengths[session.info.muscle_names.index(name)]
        assert found == pytest.approx(wanted, abs=2e-6)


def test_hips_and_knees_flex_by_their_anatomical_names(gait: Path) -> None:
    runtime = Runtime(load_session(gait))
    info = runtime.subject.info
    hip, knee = (info.dof_names.index(name) for name in ("hip_flexion_r", "knee_angle_r"))
    runtime.handle(c.SetParameters(Parameters().posed(hip, 0.5).posed(knee, -1.0)))
    history = runtime.history
    by_name = {quantity.name: quantity for quantity in quantities(info)}
    for joint, bent in (("hip", 0.5), ("knee", 1.0)):
        angle = by_name[f"right {joint} flexion angle"].of(
            info, history, history.newest, history.newest + 1
        )
        assert angle[0] == pytest.approx(np.degrees(bent), rel=1e-5)


@pytest.mark.parametrize("activation", [0.1, 0.5, 1.0])
def test_curves_of_force_are_opensims_forces_in_equilibrium(gait: Path, activation: float) -> None:
    session = load_session(gait)
    ankle = session.info.dof_names.index("ankle_angle_r")
    positions = session.frame().positions
    sweep = MuscleSweeps(session._scene).over(ankle, positions, activation)  # type: ignore[attr-defined]
    twin = Twin(gait)
    activations = np.full(len(twin.muscles), activation)
    for k in range(0, len(sweep.values), 16):
        pose = np.array(positions, np.float64)
        pose[ankle] = sweep.values[k]
        for name in ("soleus_r", "gastroc_r", "tib_ant_r"):
            m = session.info.muscle_names.index(name)
            wanted = twin.forces(pose, activations)[m]
            assert sweep.forces[k, m] == pytest.approx(wanted, abs=1e-3 * twin.strength[m])


def test_what_is_left_out_is_said_in_one_line(gait: Path) -> None:
    said = open_path(gait).description
    assert (
        "an OpenSim model" in said
        and "acts at once, not over a transition" in said
        and "\n" not in said
    )


def test_excited_muscles_move_a_batch_without_values_that_are_not_finite(gait: Path) -> None:
    text = f"character: {gait}\nmotion: {gait}\nactuator: activation\nsimulation: {{sim_hz: 960, control_hz: 30}}\n"
    env = BatchEnv(text, num_envs=18, seed=0)
    env.reset()
    rng = np.random.default_rng(0)
    for _ in range(30):
        observed, reward, *_ = env.step(rng.uniform(0, 1, (18, env.action_dim)).astype(np.float32))
        assert np.isfinite(observed).all() and np.isfinite(reward).all()


def test_the_agreement_with_opensim_is_a_command(
    osim_rl_models: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert viewer(["verify-model", str(osim_rl_models / "arm26.osim"), "--states", "4"]) == 0
    said = capsys.readouterr().out
    assert "muscle lengths round surfaces, m" in said and said.endswith("agrees\n")
