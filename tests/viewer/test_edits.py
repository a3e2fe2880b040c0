"""Undo and redo of parameters, held muscles and pushes; a frozen baseline and changes of one side."""

from __future__ import annotations

import numpy as np
import pytest
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis import gait
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime

WEAK = Parameters().scaled("force", [3], 0.4)


@pytest.fixture
def runtime() -> Runtime:
    """Ten steps of the walk."""
    runtime = Runtime(load_session(checkpoints_folder() / "walk.pt", 3), 20.0)
    runtime.handle(c.Step(10))
    return runtime


def labels(runtime: Runtime) -> list[str]:
    return [edit.label for edit in runtime.status.done]


def test_changes_are_listed_undone_and_made_again(runtime: Runtime) -> None:
    name = runtime.session.info.muscle_names[3]
    runtime.handle(c.SetParameters(Parameters(gravity=0.5)))
    runtime.handle(c.SetParameters(Parameters(gravity=0.5).scaled("force", [3], 0.4)))
    for value in (0.2, 0.5, 0.8):  # one drag of a slider
        runtime.handle(c.Override(3, value))
    assert labels(runtime) == [
        "gravity 1 to 0.5",
        f"force of {name} to 0.4",
        f"{name} held at 0.80",
    ]
    runtime.handle(c.Undo())
    assert runtime.status.perturbation.overrides == ()
    assert runtime.session.parameters.factor("force", 3) == 0.4
    runtime.handle(c.Undo(5))
    assert runtime.session.parameters == Parameters() and not runtime.status.done
    runtime.handle(c.Redo(3))
    assert runtime.session.parameters.gravity == 0.5
    assert runtime.perturbations.held.overrides == ((3, 0.8),)
    runtime.handle(c.SetParameters(Parameters()))
    assert not runtime.status.undone


def test_undoing_a_push_goes_back_to_where_it_was_made(runtime: Runtime) -> None:
    before = np.array(runtime.frame.positions)
    runtime.handle(c.Push(0, (300.0, 0.0, 0.0), 0.1))
    runtime.handle(c.Step(5))
    pushed = np.array(runtime.frame.positions)
    runtime.handle(c.Undo())
    assert np.array_equal(runtime.frame.positions, before)
    runtime.handle(c.Step(5))
    assert np.abs(runtime.frame.positions - pushed).max() > 1e-3
    assert runtime.status.undone[0].label == "300 N push on the pelvis"
    runtime.handle(c.Undo())  # nothing is left
    runtime.handle(c.Seek(10))
    runtime.handle(c.Redo())
    runtime.handle(c.Step(5))
    assert np.array_equal(runtime.frame.positions, pushed)


def test_the_baseline_goes_on_as_it_was_beside_a_change(runtime: Runtime) -> None:
    alone = Runtime(load_session(checkpoints_folder() / "walk.pt", 3), 20.0)
    alone.handle(c.Step(50))
    runtime.freeze()
    second = runtime.second
    assert second
    assert second.name == "walk.pt baseline"
    assert second.history is not runtime.history
    assert second.history.newest == runtime.history.newest == 10
    runtime.handle(c.SetParameters(WEAK, "first"))
    assert second.session.parameters == Parameters()
    runtime.handle(c.Step(40))
    assert np.array_equal(second.frame.positions, alone.frame.positions)
    assert not np.array_equal(runtime.frame.positions, second.frame.positions)
    assert labels(runtime) == [f"force of {runtime.session.info.muscle_names[3]} to 0.4"]
    runtime.handle(c.SetParameters(WEAK, "second"))
    assert second.session.parameters == WEAK
    runtime.handle(c.Undo(2))
    assert second.session.parameters == runtime.session.parameters == Parameters()


def test_a_change_of_the_second_side_leaves_the_first_alone(runtime: Runtime) -> None:
    runtime.freeze()
    log = runtime.log.changes.copy()
    runtime.handle(c.SetParameters(WEAK, "second"))
    assert runtime.session.parameters == Parameters() and runtime.log.changes == log
    assert runtime.second and runtime.second.session.parameters == WEAK


def test_the_gait_of_the_baseline_is_known_at_once() -> None:
    runtime = Runtime(load_session(checkpoints_folder() / "walk.pt", 3), 20.0)
    runtime.handle(c.Step(150))
    runtime.freeze()
    assert runtime.second
    runtime.handle(c.SetParameters(WEAK, "first"))
    info = runtime.session.info
    here = gait.summary(info, runtime.history, runtime.cursor)
    there = gait.summary(info, runtime.second.history, runtime.second.cursor)
    assert here is None  # no stride since the change
    assert there and there.strides > 2 and there.speed > 0.8
