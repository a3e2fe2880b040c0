"""Two simulations side by side: in step, under the same hands, each with its own weights or engine."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest
import torch
from kinematic_double import KinematicSession
from muscle_viewer.core import ConfigError
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.frame import Frame
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app import opening
from muscle_viewer.viewer.app.pair_names import distinct_names
from muscle_viewer.viewer.simulation.inputs import BodyForce, Inputs, Perturbation
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.simulation.second_simulation import carried_over
from muscle_viewer.viewer.simulation.session import CheckpointSession
from muscle_viewer.viewer.ui.panels.compare import short_names

pytestmark = pytest.mark.slow

WALK = checkpoints_folder() / "walk.pt"


def pair(seed: int = 3) -> Runtime:
    """The shipped walk beside itself."""
    return Runtime(load_session(WALK, seed), 10.0, second=load_session(WALK, seed))


def altered(path: Path) -> Path:
    """The shipped checkpoint with a policy that answers a little less."""
    content = torch.load(WALK, weights_only=True)
    last = [name for name in content["policy"] if name.startswith("actor") and "weight" in name][-1]
    content["policy"][last] *= 0.9
    torch.save(content, path)
    return path


def apart(a: Frame, b: Frame) -> float:
    """The largest difference of any array of two frames."""
    return max(
        float(np.abs(np.asarray(x, float) - np.asarray(y, float)).max(initial=0.0))
        for x, y in (
            (getattr(a, f.name), getattr(b, f.name))
            for f in dataclasses.fields(a)
            if f.name not in ("reward_terms",)
        )
    )


def test_the_same_checkpoint_beside_itself_moves_alike_bit_for_bit() -> None:
    runtime = pair()
    assert runtime.second is not None
    runtime.handle(c.Step(20))
    runtime.handle(c.Push(0, (60.0, 0.0, 0.0), 0.2))
    runtime.handle(c.Override(4, 0.8))
    runtime.handle(c.Step(20))
    assert apart(runtime.frame, runtime.second.frame) == 0.0
    runtime.handle(c.SetParameters(Parameters(gravity=8.0)))
    runtime.handle(c.Step(10))
    assert apart(runtime.frame, runtime.second.frame) == 0.0
    runtime.handle(c.Reset())
    runtime.handle(c.Step(10))
    assert apart(runtime.frame, runtime.second.frame) == 0.0
    assert runtime.history.newest == runtime.second.history.newest
    assert np.array_equal(runtime.history.clock, runtime.second.history.clock)


def test_the_timeline_moves_both_and_a_new_future_begins_for_both() -> None:
    runtime = pair()
    assert runtime.second is not None
    runtime.handle(c.Step(30))
    there = runtime.second.frame
    runtime.handle(c.Seek(12))
    assert runtime.second.cursor == 12
    assert runtime.second.frame.time == runtime.frame.time
    runtime.handle(c.Seek(30))
    assert np.array_equal(runtime.second.frame.positions, there.positions)
    runtime.handle(c.Seek(12))
    runtime.handle(c.Resume())
    runtime.handle(c.Pause())
    runtime.handle(c.Step(18))
    assert runtime.second.history.newest == runtime.history.newest == 30
    assert np.array_equal(runtime.second.frame.positions, there.positions)


def test_other_weights_move_it_otherwise_from_the_same_beginning(tmp_path: Path) -> None:
    opened = opening.open_pair(WALK, altered(tmp_path / "other.pt"))
    assert opened.second is not None
    runtime = Runtime(opened.session, 10.0, second=opened.second.session)
    assert runtime.second is not None
    assert apart(runtime.frame, runtime.second.frame) == 0.0
    runtime.handle(c.Step(30))
    between = np.abs(runtime.frame.positions - runtime.second.frame.positions).max()
    assert 1e-4 < between < 0.5


def test_the_other_engine_walks_beside_it() -> None:
    pytest.importorskip("muscle_viewer.core._dart", reason="this build found no DART")
    opened = opening.open_pair(WALK, WALK, engines=(None, "dart"), comparison="ghost")
    assert opened.second is not None and opened.comparison == "ghost"
    assert [o.session.name for o in (opened, opened.second)] == [
        "walk.pt on lanes",
        "walk.pt on dart",
    ]
    runtime = Runtime(opened.session, 10.0, second=opened.second.session)
    assert runtime.second is not None
    runtime.handle(c.Step(30))
    roots = runtime.frame.positions[3:6], runtime.second.frame.positions[3:6]
    assert 0.0 < np.linalg.norm(roots[0] - roots[1]) < 0.3


class Breaking(KinematicSession):
    """Breaks in its fifth step."""

    steps = 0

    def step(self, inputs: Inputs) -> Frame:
        self.steps += 1
        if self.steps >= 5:
            raise RuntimeError("broken")
        return super().step(inputs)


def test_one_that_breaks_stands_still_and_says_why_until_the_next_reset() -> None:
    runtime = Runtime(KinematicSession(), 10.0, second=Breaking())
    assert runtime.second is not None
    runtime.handle(c.Step(8))
    assert runtime.second.message == "RuntimeError: broken"
    assert runtime.second.history.newest == runtime.history.newest == 8
    assert runtime.frame.time > runtime.second.frame.time
    runtime.handle(c.Reset())
    assert runtime.second.message == ""


def test_hands_pull_at_the_same_place_of_the_other_s_body() -> None:
    session: CheckpointSession = load_session(WALK)
    here = session.reset()
    for _ in range(10):
        there = session.step(Inputs(session.decide()))
    body = 3
    local = np.array([0.01, -0.2, 0.03])
    point = here.body_positions[body] + here.body_rotations[body] @ local
    pull = BodyForce(body, (1.0, 2.0, 3.0), tuple(map(float, point)))
    (moved,) = carried_over(Perturbation((pull,)), here, there).forces
    back = there.body_rotations[body].T @ (np.array(moved.point) - there.body_positions[body])
    np.testing.assert_allclose(back, local, atol=1e-5)
    assert moved.force == pull.force


def test_what_cannot_go_side_by_side_is_refused_in_one_line(tmp_path: Path) -> None:
    run = tmp_path / "a.mvrun"
    with pytest.raises(ConfigError, match=r"a\.mvrun: a recorded run cannot be compared"):
        opening.open_pair(WALK, run)
    a, b = (load_session(WALK).info for _ in range(2))
    assert opening._difference(a, b) == ""
    fewer = dataclasses.replace(b, muscle_names=b.muscle_names[:-2])
    assert opening._difference(a, fewer) == "they have 80 and 78 muscles"
    slower = dataclasses.replace(b, control_hz=15)
    assert opening._difference(a, slower) == "their control rates are 30 and 15 Hz"


@pytest.mark.parametrize(
    ("paths", "engines", "names", "short"),
    [
        (("a.pt", "b.pt"), ("lanes", "lanes"), ("a.pt", "b.pt"), ("a.pt", "b.pt")),
        (("a.pt", "a.pt"), ("lanes", "dart"), ("a.pt on lanes", "a.pt on dart"), ("lanes", "dart")),
        (("a.pt", "./a.pt"), ("lanes", "lanes"), ("a.pt", "a.pt (2)"), ("a.pt", "a.pt (2)")),
        (("x/a.pt", "y/a.pt"), ("lanes", "lanes"), ("x/a.pt", "y/a.pt"), ("x/a.pt", "y/a.pt")),
        (("x/r/a.pt", "y/r/a.pt"), ("dart", "dart"), ("x/r/a.pt", "y/r/a.pt"), ("x/r/a.pt", "y/r/a.pt")),
        (
            ("step_0001000_end.pt", "step_0002000_end.pt"), ("lanes", "lanes"),
            ("step_0001000_end.pt", "step_0002000_end.pt"), ("...0001000_end", "...0002000_end"),
        ),
    ],
)  # fmt: skip
def test_two_simulations_have_two_names(
    paths: tuple[str, str],
    engines: tuple[str, str],
    names: tuple[str, str],
    short: tuple[str, str],
) -> None:
    files = Path(paths[0]), Path(paths[1])
    found = distinct_names((files[0].name, files[1].name), files, engines)
    assert found == names
    assert short_names(*found) == short
    assert short_names("a.pt", "a.pt baseline") == ("a.pt", "baseline")


def test_a_file_opened_twice_is_told_apart() -> None:
    opened = opening.open_pair(WALK, WALK)
    assert opened.second is not None
    assert (opened.session.name, opened.second.session.name) == ("walk.pt", "walk.pt (2)")
