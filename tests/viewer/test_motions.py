"""Several motions in the viewer: switched by a command, undone, recorded and replayed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from muscle_viewer.core import UserError, save_checkpoint
from muscle_viewer.core.configuration import assets_folder
from muscle_viewer.core.loading import load_checkpoint
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.recording import run_file
from muscle_viewer.viewer.recording.verify import verify
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.ui.keymap import KEYMAP

pytestmark = pytest.mark.slow

TWO_MOTIONS = """
character: '@assets/characters/human.yaml'
motions: ['@assets/motions/walk.yaml', {name: jog, file: '@assets/motions/run.yaml'}]
actuator: pd
"""


@pytest.fixture
def environment(tmp_path: Path) -> Path:
    path = tmp_path / "two.yaml"
    path.write_text(TWO_MOTIONS)
    return path


@pytest.fixture
def runtime(environment: Path, tmp_path: Path) -> Runtime:
    """A checkpoint with two motions, whose policy does nothing, at its first frame."""
    silent = load_checkpoint(environment)
    checkpoint = tmp_path / "two.pt"
    save_checkpoint(checkpoint, silent.config, silent.policy, silent.muscle, {})
    return Runtime(open_path(checkpoint, seed=3).session)


def clip(runtime: Runtime) -> str:
    return runtime.session.info.clip_names[runtime.frame.clip]


def test_a_command_goes_on_with_the_next_motion_and_is_undone(runtime: Runtime) -> None:
    runtime.handle(c.SetClip("walk"))
    runtime.handle(c.Step(4))
    before = runtime.frame
    runtime.handle(c.NextClip())
    assert clip(runtime) == "jog"
    np.testing.assert_array_equal(runtime.frame.positions, before.positions)
    place = [3, 5]
    np.testing.assert_allclose(
        runtime.frame.reference_positions[place], before.positions[place], atol=1e-5
    )
    assert [edit.label for edit in runtime.edits.done][-1] == "motion jog"
    assert runtime.history.events[-1].label == "motion: jog"
    runtime.handle(c.Step(2))
    assert clip(runtime) == "jog"
    runtime.handle(c.Seek(2))
    assert clip(runtime) == "walk"  # as it was
    runtime.handle(c.Seek(runtime.history.newest))
    runtime.handle(c.Undo())
    assert clip(runtime) == "walk"
    runtime.handle(c.NextClip(-1))
    runtime.handle(c.Reset())
    assert clip(runtime) == "jog"
    with pytest.raises(UserError, match="there is no 'swim'"):
        runtime.handle(c.SetClip("swim"))


def test_a_change_from_a_drawn_motion_is_undone_to_the_motion_that_was_drawn(
    runtime: Runtime,
) -> None:
    names = runtime.session.info.clip_names
    drawn, other = names[runtime.frame.clip], names[1 - runtime.frame.clip]
    runtime.handle(c.Step(3))
    runtime.handle(c.SetClip(other))
    runtime.handle(c.Step(2))
    assert names[runtime.frame.clip] == other
    runtime.handle(c.Undo())
    runtime.handle(c.Step(2))
    assert names[runtime.frame.clip] == drawn
    assert runtime.session.parameters.clip == ""  # the next episodes draw again
    runtime.handle(c.Redo())
    runtime.handle(c.Step(2))
    assert names[runtime.frame.clip] == other


def test_a_run_with_switched_motions_replays_bit_for_bit(runtime: Runtime, tmp_path: Path) -> None:
    runtime.handle(c.Step(3))
    for _ in range(3):
        runtime.handle(c.NextClip())
        runtime.handle(c.Step(3))
    runtime.handle(c.Seek(runtime.history.newest - 4))
    runtime.handle(c.Resume())
    runtime.handle(c.Pause())
    runtime.handle(c.Step(3))
    runtime.handle(c.Reset())
    runtime.handle(c.Step(2))
    path = tmp_path / "run.mvrun"
    run_file.save(path, runtime.log, runtime.session)  # type: ignore[arg-type]
    run = run_file.load(path)
    assert [clip.name for clip in run.checkpoints[0].config.clips] == ["walk", "jog"]
    assert {change.value.clip for change in run.changes} == {"walk", "jog"}
    assert verify(run).text == "identical"


def test_after_a_motion_that_ends_the_one_before_it_goes_on(tmp_path: Path) -> None:
    """Where its end is wound back, too. One that an episode begins with ends the episode."""
    walk = yaml.safe_load((assets_folder() / "motions" / "walk.yaml").read_text())
    (tmp_path / "once.yaml").write_text(yaml.safe_dump(walk | {"cyclic": False}))
    (tmp_path / "ends.yaml").write_text(
        TWO_MOTIONS.replace("{name: jog, file: '@assets/motions/run.yaml'}", "once.yaml")
        + "episode: {transition: 0.2}\ntermination: {root_height: 0}\n"
    )
    runtime = Runtime(open_path(tmp_path / "ends.yaml", seed=3).session)
    assert runtime.session.info.ending_clips == ["once"]
    runtime.handle(c.SetClip("walk"))
    runtime.handle(c.Reset())
    runtime.handle(c.Step(2))
    runtime.handle(c.SetClip("once"))

    steps, episode = 0, runtime.episode
    while clip(runtime) == "once":
        runtime.handle(c.Step())
        steps += 1
    assert 15 < steps < 40  # 0.2 s, and 0.6 of 1.07 s
    for wound_back in (0, 4):
        runtime.handle(c.Seek(runtime.history.newest - wound_back))
        assert clip(runtime) == ("once" if wound_back else "walk")
        runtime.handle(c.Resume())
        runtime.handle(c.Pause())
        runtime.handle(c.Step(2))
        assert clip(runtime) == "walk"
    runtime.handle(c.Step(40))
    assert clip(runtime) == "walk" and runtime.episode == episode
    assert runtime.session.parameters.clip == "walk"

    runtime.handle(c.SetClip("once"))
    runtime.handle(c.Reset())
    runtime.handle(c.Step(40))
    assert clip(runtime) == "once" and runtime.episode > episode + 1


def test_one_motion_has_no_next_one(tmp_path: Path) -> None:
    file = tmp_path / "one.yaml"
    file.write_text(
        "character: '@assets/characters/human.yaml'\nmotion: '@assets/motions/walk.yaml'\n"
    )
    runtime = Runtime(open_path(file).session)
    with pytest.raises(UserError, match="the environment has one motion"):
        runtime.handle(c.NextClip())


def test_the_help_lists_the_key_of_the_next_motion() -> None:
    (binding,) = [b for b in KEYMAP if b.command == c.NextClip()]
    assert binding.keys == ("w",) and "next motion" in binding.text
