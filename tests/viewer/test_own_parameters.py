"""Sliders of a checkpoint's own parameters: they act on the running simulation and are recorded with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from drawn_checkpoint import HEIGHT_AND_WEAKNESS, walk_with_parameters
from muscle_viewer.core import UserError
from muscle_viewer.core.configuration import Parameter
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.recording import run_file
from muscle_viewer.viewer.recording.verify import verify
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.simulation.session import CheckpointSession

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return walk_with_parameters(tmp_path_factory.mktemp("checkpoint"), HEIGHT_AND_WEAKNESS)


@pytest.fixture
def session(checkpoint: Path) -> CheckpointSession:
    return load_session(checkpoint, seed=4)


def test_a_session_begins_with_the_default_body_and_names_its_sliders(
    session: CheckpointSession,
) -> None:
    session.reset()
    assert session._environment.parameters.tolist() == [1.0, 1.0]
    assert [info.name for info in session.bounds.drawn] == ["height", "weak"]


def test_a_value_acts_on_the_running_environment(session: CheckpointSession) -> None:
    runtime = Runtime(session)
    runtime.handle(c.Step(1))
    before, environment = session.frame(), session._environment
    mass = session.info.total_mass
    parameters = Parameters().setting("weak", 0.5).setting("height", 1.1)
    runtime.handle(c.SetParameters(parameters))
    assert session._environment is environment
    after = session.frame()
    np.testing.assert_array_equal(after.positions, before.positions)
    assert environment.parameters.tolist() == [1.1, 0.5]
    # The picture's bones and the plotted strengths are those of the body.
    info, file = session.info, session._scene.info
    soleus = info.muscle_names.index("soleus_r")
    assert info.max_isometric_force[soleus] == pytest.approx(0.5 * file.max_isometric_force[soleus])
    assert info.total_mass == pytest.approx(mass * 1.1**3)
    assert info.shapes[3].size == pytest.approx(1.1 * np.asarray(file.shapes[3].size))
    rotations, origins = session.subject.pose(after.positions)
    np.testing.assert_allclose(origins, after.body_positions, atol=1e-5)
    assert rotations.shape == (len(info.body_names), 3, 3)


def test_an_earlier_state_is_taken_up_with_the_present_values(session: CheckpointSession) -> None:
    session.reset()
    state = session.save()
    session.change(Parameters().setting("height", 0.9))
    session.restore(state)
    assert session._environment.parameters.tolist() == [0.9, 1.0]
    session.reset()
    assert session._environment.parameters.tolist() == [0.9, 1.0]


def test_values_and_factors_change_together(session: CheckpointSession) -> None:
    session.reset()
    session.change(replace(Parameters().setting("weak", 0.5), gravity=0.5))
    assert session._environment.parameters.tolist() == [1.0, 0.5]
    assert session.parameters.gravity == 0.5
    with pytest.raises(UserError, match="no parameter 'weka'"):
        session.change(Parameters().setting("weka", 0.5))
    with pytest.raises(UserError, match="weak of environment 0: 7"):
        session.change(Parameters().setting("weak", 7.0))


def test_values_are_kept_as_the_parameters_of_a_run_file() -> None:
    parameters = Parameters().setting("weak", 0.5)
    assert Parameters.from_dict(parameters.as_dict()) == parameters
    assert Parameters.from_dict({"gravity": 1.0}) == Parameters()  # of an earlier version


def test_a_run_with_changed_values_replays_bit_for_bit(
    session: CheckpointSession, tmp_path: Path
) -> None:
    runtime = Runtime(session)
    runtime.handle(c.Step(6))
    runtime.handle(c.SetParameters(Parameters().setting("height", 0.95).setting("weak", 0.4)))
    runtime.handle(c.Step(8))
    runtime.handle(c.Seek(runtime.history.newest - 10))
    runtime.handle(c.SetParameters(Parameters().setting("weak", 0.6)))
    runtime.handle(c.Step(6))
    runtime.handle(c.Reset())
    runtime.handle(c.Step(4))
    path = tmp_path / "values.mvrun"
    run_file.save(path, runtime.log, session)
    verdict = verify(run_file.load(path))
    assert verdict.text == "identical"


def test_a_parameter_of_the_environment_takes_the_place_of_our_slider_of_the_same_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from types import SimpleNamespace

    from muscle_viewer.viewer.ui.panels import perturb

    own = {"cadence": Parameter(acts_on="cadence", range=[0.8, 1.2], observed=False)}
    session = load_session(walk_with_parameters(tmp_path, own), seed=4)
    shown: list[str] = []

    def slider(name: str, value: float, *_: object) -> tuple[bool, float]:
        shown.append(name)
        return False, value

    plain = SimpleNamespace(
        separator_text=lambda *_: None, set_next_item_width=lambda *_: None,
        set_item_tooltip=lambda *_: None, is_item_deactivated_after_edit=lambda: False,
    )  # fmt: skip
    monkeypatch.setattr(perturb, "imgui", plain)
    monkeypatch.setattr(perturb, "slider", slider)
    context = SimpleNamespace(
        bounds=session.bounds, info=session.info, second=None,
        status=SimpleNamespace(parameters=Parameters()),
        view=SimpleNamespace(push_body=0, changed_side="both"),
    )  # fmt: skip
    panel = perturb.Perturb()
    panel._world(context, lambda _: None)  # type: ignore[arg-type]
    panel._own_parameters(context, lambda _: None)  # type: ignore[arg-type]
    assert [name for name in shown if "cadence" in name] == ["##drawn cadence"]
    assert "##stride" in shown
