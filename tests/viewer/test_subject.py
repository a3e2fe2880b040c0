"""Other parameters under a running simulation: it goes on, or stays as it was, and all that is seen follows it."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import Checkpoint, UserError, load_checkpoint, load_config
from muscle_viewer.core.folders import assets_folder, checkpoints_folder
from muscle_viewer.core.policy import Policy
from muscle_viewer.core.scene import build_scene
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import export, gait
from muscle_viewer.viewer.analysis.insight import InsightCache
from muscle_viewer.viewer.capture.offscreen import Offscreen
from muscle_viewer.viewer.recording import run_file
from muscle_viewer.viewer.recording.verify import verify
from muscle_viewer.viewer.scene.colour_modes import colour_modes
from muscle_viewer.viewer.scene.skin import extents
from muscle_viewer.viewer.simulation import session as session_module
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime, State
from muscle_viewer.viewer.simulation.session import CheckpointSession

pytestmark = pytest.mark.slow

WALK = checkpoints_folder() / "walk.pt"


@pytest.fixture
def session() -> CheckpointSession:
    return load_session(WALK, seed=2)


@pytest.fixture
def gaitnet_session() -> CheckpointSession:
    """Of the gaitnet reward, whose state holds the path of an average over a reference cycle."""
    config = load_config(assets_folder() / "environments" / "walk_gaitnet.yaml")
    scene = build_scene(config)
    policy = Policy(scene.observation_size, scene.action_size, (8,)).state_dict()
    return CheckpointSession("gait", Checkpoint(config, policy, load_checkpoint(WALK).muscle))


def longer_legs(info: object, factor: float = 1.1) -> Parameters:
    names = info.body_names  # type: ignore[attr-defined]
    legs = [names.index(f"{bone}_{side}") for bone in ("femur", "tibia") for side in "rl"]
    return Parameters().scaled("bones", legs, factor)


@pytest.mark.parametrize("change", [{"cadence": 1.15}, {"stride": 0.9}, {"cadence": 0.8}])
def test_another_gait_is_taken_under_a_reward_that_remembers_the_last_cycle(
    gaitnet_session: CheckpointSession, change: dict[str, float]
) -> None:
    runtime = Runtime(gaitnet_session)
    runtime.handle(c.Step(5))
    runtime.handle(c.SetParameters(Parameters(**change)))
    runtime.handle(c.Step(5))
    assert (runtime.state, runtime.message) == (State.PAUSED, "")
    assert runtime.history.newest == 10
    assert np.isfinite(runtime.frame.positions).all()


def test_a_state_that_does_not_fit_leaves_the_session_as_it_was(
    session: CheckpointSession,
    gaitnet_session: CheckpointSession,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The environment of another reward stands for whatever cannot take the state over."""
    runtime, untouched = Runtime(session), Runtime(load_session(WALK, seed=2))
    for one in (runtime, untouched):
        one.handle(c.Step(4))
    other = gaitnet_session._scene
    with monkeypatch.context() as patched:
        patched.setattr(session_module, "applied", lambda *_: other)
        with pytest.raises(UserError) as caught:
            runtime.handle(c.SetParameters(Parameters(gravity=0.5)))
    assert str(caught.value).startswith("the parameters stay as they were: ")
    assert "\n" not in str(caught.value)
    assert session.parameters == Parameters()
    assert runtime.log.changes == []
    for one in (runtime, untouched):
        one.handle(c.Step(4))
    np.testing.assert_array_equal(runtime.frame.positions, untouched.frame.positions)


def test_of_two_simulations_both_take_the_parameters_or_none(
    session: CheckpointSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = load_session(WALK, seed=2)
    runtime = Runtime(session, second=second)
    runtime.handle(c.Step(2))

    def refuse(_: Parameters) -> None:
        raise UserError("no")

    monkeypatch.setattr(second, "change", refuse)
    with pytest.raises(UserError):
        runtime.handle(c.SetParameters(Parameters(gravity=0.5)))
    assert session.parameters == second.parameters == Parameters()
    runtime.handle(c.Step(2))
    assert runtime.second
    np.testing.assert_array_equal(runtime.frame.positions, runtime.second.frame.positions)


def test_a_refused_change_is_a_line_in_the_window_and_the_simulation_goes_on(
    surface: Offscreen, session: CheckpointSession
) -> None:
    from muscle_viewer.viewer.app.app import App

    app = App(session, surface)
    app.frame(1 / 30)
    app.send(c.SetParameters(Parameters(cadence=-1.0)))
    app.frame(1 / 30)
    (notification,) = app.notifications.waiting
    assert notification.is_error and "factors must be positive" in notification.text
    assert "\n" not in notification.text
    before = app.runtime.frame.time
    app.frame(1 / 10)
    assert app.runtime.state is State.PLAYING
    assert app.runtime.frame.time > before
    app.close()


def test_what_is_shown_is_the_body_that_is_simulated(session: CheckpointSession) -> None:
    """Against an environment that was built with the longer bones from the start."""
    runtime = Runtime(session)
    runtime.handle(c.Step(3))
    old = runtime.subject
    parameters = longer_legs(session.info)
    runtime.handle(c.SetParameters(parameters))
    built = CheckpointSession("built", session.checkpoint, seed=2)
    built.change(parameters)
    built.restore(session.save())
    truth = built.frame()

    for frame in (runtime.frame, runtime.history.frame(3)):
        np.testing.assert_allclose(frame.body_positions, truth.body_positions, atol=1e-6)
        np.testing.assert_allclose(frame.path_points, truth.path_points, atol=1e-6)
        np.testing.assert_allclose(frame.fibre_lengths, truth.fibre_lengths, atol=1e-6)
    new = runtime.subject
    assert new.info.total_mass == pytest.approx(built.info.total_mass)
    assert new.info.total_mass > old.info.total_mass + 1.0
    assert runtime.perturbations.mass == new.info.total_mass
    pose = new.pose(runtime.frame.positions)
    np.testing.assert_allclose(pose[1], truth.body_positions, atol=1e-5)
    assert np.abs(old.pose(runtime.frame.positions)[1] - pose[1]).max() > 0.02
    femur = old.info.body_names.index("femur_r")
    heights = [float(np.ptp([end[1] for end in extents(who.info)[femur]])) for who in (old, new)]
    assert heights[1] == pytest.approx(1.1 * heights[0], rel=0.02)
    insight = InsightCache().insight(new)
    assert insight is not None
    np.testing.assert_allclose(insight._info.optimal_fibre_length, new.info.optimal_fibre_length)

    runtime.handle(c.Seek(1))  # what was before the change is still the old body
    assert runtime.subject is old
    runtime.handle(c.SetParameters(Parameters()))
    assert runtime.subject.info.total_mass == pytest.approx(old.info.total_mass)


def test_what_the_step_did_stays_in_the_frame_that_the_new_body_takes_over(
    session: CheckpointSession,
) -> None:
    runtime = Runtime(session)
    runtime.handle(c.Step(6))
    before, action = runtime.frame, runtime.history.values("action", 6, 7)
    runtime.handle(c.SetParameters(longer_legs(session.info)))
    after = runtime.history.frame(6)
    for name in ("contact_forces", "applied_torques", "activations", "velocities"):
        np.testing.assert_array_equal(getattr(after, name), getattr(before, name))
    assert after.reward == pytest.approx(before.reward)
    np.testing.assert_array_equal(runtime.history.values("action", 6, 7), action)
    runtime.handle(c.SetParameters(longer_legs(session.info, 1.0)))
    np.testing.assert_allclose(runtime.frame.path_points, before.path_points, atol=1e-5)


def test_plots_and_exports_over_a_change_are_of_each_body_in_its_time(
    session: CheckpointSession, tmp_path: Path
) -> None:
    runtime = Runtime(session)
    runtime.handle(c.Step(20))
    muscle = session.info.muscle_names.index("soleus_r")
    old = session.info
    parameters = longer_legs(old).scaled("length", [muscle], 0.8)
    runtime.handle(c.SetParameters(parameters))
    runtime.handle(c.Step(20))
    new, history = session.info, runtime.history

    watts = colour_modes(new)["power"].over(history, 0, 41)
    force, speed = (history.values(name, 0, 41) for name in ("active_forces", "fibre_velocities"))
    fibres = np.where(
        np.arange(41)[:, None] < 20, old.optimal_fibre_length, new.optimal_fibre_length
    )
    np.testing.assert_allclose(watts, -force * speed * fibres, rtol=1e-5, atol=1e-6)
    load = gait.load(new, history, "right", 0, 41) + gait.load(new, history, "left", 0, 41)
    ground = history.values("contact_forces", 0, 41)[:, 1::3].sum(1)
    mass = np.where(np.arange(41) < 20, old.total_mass, new.total_mass)
    np.testing.assert_allclose(load, ground / (9.81 * mass), rtol=1e-4, atol=1e-6)

    export.write(tmp_path / "a.npz", "npz", new, history)
    with np.load(tmp_path / "a.npz") as arrays:
        assert arrays["subject_begins"].tolist() == [0, 20]
        np.testing.assert_allclose(arrays["total_mass"], [old.total_mass, new.total_mass])
        np.testing.assert_allclose(
            arrays["optimal_fibre_length"], [old.optimal_fibre_length, new.optimal_fibre_length]
        )


def test_a_run_over_a_change_of_the_body_replays_bit_for_bit_with_the_same_bodies(
    session: CheckpointSession, tmp_path: Path
) -> None:
    runtime = Runtime(session)
    runtime.handle(c.Step(6))
    runtime.handle(c.SetParameters(longer_legs(session.info, 1.04)))
    runtime.handle(c.Step(6))
    run_file.save(tmp_path / "a.mvrun", runtime.log, session)
    run = run_file.load(tmp_path / "a.mvrun")
    assert verify(run).text == "identical"
    again = Runtime(run.session(), script=run.entries[1:], script_changes=[
        dataclasses.replace(change, index=change.index - 1) for change in run.changes
    ])  # fmt: skip
    again.handle(c.Step(12))
    for k in range(13):
        there, here = (r.history.subject(k).info.total_mass for r in (runtime, again))
        assert there == here
        np.testing.assert_array_equal(
            runtime.history.frame(k).path_points, again.history.frame(k).path_points
        )


def test_the_window_draws_the_bones_and_ghosts_of_the_shown_frame(
    surface: Offscreen, session: CheckpointSession
) -> None:
    from muscle_viewer.viewer.app.app import App

    app = App(session, surface)
    app.send(c.Pause())
    app.send(c.ToggleLayer("reference ghost"))
    app.frame(0.0)
    stage, drawn = app.stage, app.stage._scene._bones
    app.send(c.SetParameters(Parameters(gravity=0.9)))
    app.frame(0.0)
    assert app.stage._scene._bones is drawn  # nothing is built again for what has the same shape
    app.send(c.SetParameters(longer_legs(session.info)))
    app.frame(0.0)
    assert app.stage is stage and stage._scene._bones is not drawn
    assert stage._scene._info is session.info
    assert app._context().info is session.info
    (ghost,) = stage._ghosts()
    truth = session.subject.pose(stage.drawn.reference_positions)[1]
    np.testing.assert_array_equal(ghost.positions, truth)
    app.close()
