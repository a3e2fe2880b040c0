"""The runtime as a specification: commands in, frames out, time handed in."""

import numpy as np
import pytest
from kinematic_double import KinematicSession
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.pace import StepBudget
from muscle_viewer.viewer.simulation.runtime import SPEEDS, Runtime, State

PERIOD = KinematicSession.control_period


def playing(**options: float) -> Runtime:
    runtime = Runtime(KinematicSession(**options))
    runtime.handle(c.Play())
    return runtime


def test_it_begins_paused_on_the_first_frame() -> None:
    runtime = Runtime(KinematicSession())
    runtime.advance(1.0)
    assert runtime.state is State.PAUSED
    assert runtime.frame.time == 0


def test_playing_keeps_pace_with_the_time_handed_in() -> None:
    runtime = playing()
    for _ in range(60):
        runtime.advance(1 / 60)
    assert runtime.frame.time == pytest.approx(1.0, abs=PERIOD)
    assert runtime.status.real_time_factor == pytest.approx(1.0, abs=0.1)


def test_speed_scales_the_pace() -> None:
    runtime = playing()
    runtime.handle(c.SetSpeed(2.0))
    for _ in range(30):
        runtime.advance(1 / 60)
    assert runtime.frame.time == pytest.approx(1.0, abs=2 * PERIOD)
    runtime.handle(c.Faster())
    assert runtime.speed == 4.0
    runtime.handle(c.SetSpeed(1e9))
    assert runtime.speed == SPEEDS[-1]


def test_a_step_advances_by_one_control_step_and_holds() -> None:
    runtime = playing()
    runtime.handle(c.Step())
    assert runtime.state is State.PAUSED
    assert runtime.frame.time == pytest.approx(PERIOD)


def test_it_gives_up_catching_up_when_there_is_no_time_and_says_so() -> None:
    runtime = playing()
    for _ in range(30):
        runtime.advance(0.2, out_of_time=lambda: True)
    assert runtime.status.behind
    assert runtime.frame.time == pytest.approx(30 * PERIOD, abs=PERIOD)


def test_an_end_begins_anew_or_holds_as_asked() -> None:
    runtime = playing(end_time=0.5)
    for _ in range(40):
        runtime.advance(1 / 60)
    assert runtime.episode == 1
    assert runtime.state is State.PLAYING
    runtime.handle(c.SetAutoReset(False))
    for _ in range(80):
        runtime.advance(1 / 60)
    assert runtime.state is State.ENDED
    runtime.handle(c.Play())
    assert runtime.state is State.PLAYING
    assert runtime.frame.time < 0.5


def test_an_exception_becomes_a_state_and_a_message_and_reset_is_the_way_out() -> None:
    runtime = playing(fail_at=0.2)
    for _ in range(30):
        runtime.advance(1 / 60)
    assert runtime.state is State.FAILED
    assert runtime.message
    runtime.handle(c.Reset())
    assert runtime.state is State.PAUSED
    assert runtime.frame.time == 0


def test_history_runs_on_over_episodes() -> None:
    runtime = playing(end_time=0.5)
    for _ in range(90):
        runtime.advance(1 / 60)
    clock = runtime.history.clock
    assert np.all(np.diff(clock) >= 0)
    assert clock[-1] > 1.0
    history = runtime.history
    shown = history.values("activations", history.oldest, history.newest + 1)
    assert shown.shape == (len(history), 80)


def test_the_simulation_may_take_as_long_as_drawing_does() -> None:
    budget = StepBudget(0.012)
    assert budget.seconds == 0.012
    for _ in range(40):
        budget.note_drawing(0.079)
    assert budget.seconds == pytest.approx(0.079, rel=0.01)
    for _ in range(60):
        budget.note_drawing(0.002)
    assert budget.seconds == 0.012


def test_the_shown_time_lies_between_the_frames_that_are_blended() -> None:
    runtime = Runtime(KinematicSession())
    runtime.handle(c.Play())
    runtime.advance(1.5 / 30)
    assert runtime.history.time(runtime.cursor - 1) <= runtime.shown_time
    assert runtime.shown_time < runtime.history.time(runtime.cursor)
