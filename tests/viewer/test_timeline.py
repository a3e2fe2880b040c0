"""The history as a specification: scrub, step back, loop, resume, touch the past."""

import dataclasses

import numpy as np
import pytest
from kinematic_double import KinematicSession
from muscle_viewer.core import gait
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.frame import Frame
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.simulation.events import EventDetector
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.runtime import Runtime, State
from muscle_viewer.viewer.simulation.session import CheckpointSession


@pytest.fixture(scope="module")
def session() -> CheckpointSession:
    return load_session(checkpoints_folder() / "walk.pt", seed=3)


@pytest.fixture
def runtime(session: CheckpointSession) -> Runtime:
    return Runtime(session, history_seconds=4.0)


def same(a: Frame, b: Frame) -> bool:
    """Every array of two frames equal bit for bit."""
    return all(
        np.array_equal(getattr(a, f.name), getattr(b, f.name))
        for f in dataclasses.fields(a)
        if f.name not in ("reward", "reward_terms", "phase")
    )


def test_seeking_shows_the_frame_that_was_shown_then(runtime: Runtime) -> None:
    runtime.handle(c.Step(10))
    then = runtime.frame
    runtime.handle(c.Step(20))
    runtime.handle(c.Seek(10))
    assert same(runtime.frame, then)
    assert runtime.frame.reward == pytest.approx(then.reward)
    assert not runtime.status.live
    runtime.handle(c.Step(-1))
    assert runtime.cursor == 9
    runtime.handle(c.Step(2))
    assert runtime.cursor == 11
    assert runtime.history.newest == 30


def test_playing_from_the_past_shows_it_again_and_then_goes_on(runtime: Runtime) -> None:
    runtime.handle(c.Step(10))
    runtime.handle(c.Seek(5))
    runtime.handle(c.Play())
    for _ in range(4):
        runtime.advance(1 / 30)
    assert 7 <= runtime.cursor <= 9
    assert runtime.history.newest == 10
    for _ in range(10):
        runtime.advance(1 / 30)
    assert runtime.status.live
    assert runtime.history.newest > 10


def test_resuming_makes_the_same_future_bit_for_bit(runtime: Runtime) -> None:
    runtime.handle(c.Step(30))
    then = [runtime.history.frame(k) for k in range(31)]
    runtime.handle(c.Seek(12))
    runtime.handle(c.Resume())
    runtime.handle(c.Pause())
    assert runtime.history.newest == 12
    runtime.handle(c.Step(18))
    for k in range(31):
        assert same(runtime.history.frame(k), then[k]), k


def test_a_touch_in_the_past_begins_another_future_there(runtime: Runtime) -> None:
    runtime.handle(c.Step(30))
    then = runtime.history.frame(30)
    runtime.handle(c.Seek(12))
    runtime.handle(c.Push(0, (0.0, 0.0, 120.0), 0.2))
    assert runtime.history.newest == 12
    assert any(event.kind == "perturbation" for event in runtime.history.events)
    runtime.handle(c.Step(18))
    assert runtime.history.frame(30).positions[5] > then.positions[5] + 0.01


def test_a_loop_repeats_its_part_until_it_is_ended(runtime: Runtime) -> None:
    runtime.handle(c.Step(20))
    runtime.handle(c.Loop((8, 5)))
    runtime.handle(c.Play())
    seen = set()
    for _ in range(20):
        runtime.advance(1 / 30)
        seen.add(runtime.cursor)
    assert seen == {5, 6, 7, 8}
    assert runtime.history.newest == 20
    runtime.handle(c.Loop(None))
    for _ in range(30):
        runtime.advance(1 / 30)
    assert runtime.history.newest > 20


def test_the_oldest_is_forgotten_and_the_rest_stays(runtime: Runtime) -> None:
    runtime.handle(c.Step(150))
    history = runtime.history
    assert len(history) == 120
    assert history.oldest == 31
    clock = history.clock
    assert len(clock) == 120
    assert np.all(np.diff(clock) > 0)
    runtime.handle(c.Seek(0))
    assert runtime.cursor == 31
    assert runtime.frame.time == pytest.approx(31 / 30)
    first, last = history.between(2.0, 3.0)
    assert history.time(first) == pytest.approx(2.0)
    assert history.times(first, last)[-1] == pytest.approx(3.0, abs=0.04)
    whole = history.values("activations", first, last)
    assert np.array_equal(whole[:, [4]], history.values("activations", first, last, [4]))


def test_heel_strikes_alternate_and_are_marked(runtime: Runtime) -> None:
    runtime.handle(c.Step(110))
    strikes = [e.kind for e in runtime.history.events if e.kind.startswith("strike")]
    assert len(strikes) >= 4
    assert all(a != b for a, b in zip(strikes, strikes[1:], strict=False))


def test_an_event_needs_a_foot_that_was_in_the_air(session: CheckpointSession) -> None:
    assert EventDetector(session.info).see(session.reset(), 70.0) == []


def test_strikes_after_another_future_began_are_those_that_would_have_been(
    runtime: Runtime,
) -> None:
    """The branch begins a frame before a strike: the swing before it is not forgotten."""
    runtime.handle(c.Step(110))
    strikes = [e.index for e in runtime.history.events if e.kind.startswith("strike")]
    runtime.handle(c.Seek(strikes[1] - 1))
    runtime.handle(c.Resume())
    runtime.handle(c.Step(110 - runtime.cursor))
    assert [e.index for e in runtime.history.events if e.kind.startswith("strike")] == strikes


def test_strikes_are_those_that_muscle_eval_finds(runtime: Runtime) -> None:
    runtime.handle(c.Step(110))
    history, info = runtime.history, runtime.session.info
    for side, contacts in gait.foot_contacts(info).items():
        force = history.values("contact_forces", 0, 111, 3 * contacts + 1).sum(1)
        times = gait.strikes(force / (9.81 * info.total_mass), info.control_hz)
        marked = [e.clock for e in history.events if e.kind == f"strike {side}"]
        assert len(marked) >= 2
        np.testing.assert_allclose(times, marked, atol=1 / info.control_hz)


def test_a_fall_is_marked_and_the_ended_episode_can_be_seen_again() -> None:
    runtime = Runtime(KinematicSession(end_time=0.5))
    runtime.handle(c.SetAutoReset(False))
    runtime.handle(c.Play())
    for _ in range(30):
        runtime.advance(1 / 30)
    assert runtime.state is State.ENDED
    assert [e.kind for e in runtime.history.events] == ["fall"]
    runtime.handle(c.Seek(3))
    assert runtime.state is State.PAUSED
    runtime.handle(c.Play())
    for _ in range(30):
        runtime.advance(1 / 30)
    assert runtime.state is State.ENDED
    assert runtime.status.live
