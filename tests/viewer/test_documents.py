"""What is open: reloads under the running simulation, training runs' folders, recent files."""

import shutil
from pathlib import Path

import pytest
import torch
from muscle_viewer.core import UserError, load_checkpoint, save_checkpoint
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app import record
from muscle_viewer.viewer.app.opening import open_pair, open_path
from muscle_viewer.viewer.app.recent_files import RecentFiles
from muscle_viewer.viewer.capture.offscreen import Offscreen
from muscle_viewer.viewer.simulation.runtime import State

pytestmark = pytest.mark.slow

CHECKPOINT = checkpoints_folder() / "walk.pt"


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A training run's folder as muscle-train leaves it."""
    folder = tmp_path / "walk"
    folder.mkdir()
    shutil.copy(CHECKPOINT, folder / "latest.pt")
    (folder / "state.pt").write_bytes(b"")
    return folder


def write_newer(folder: Path, scale: float = 0.0, **config: object) -> None:
    """What the next save of the training would be: other weights, atomically."""
    old = load_checkpoint(folder / "latest.pt")
    policy = {name: tensor.clone() for name, tensor in old.policy.items()}
    policy["actor.4.weight"] *= scale
    save_checkpoint(
        folder / "latest.pt", old.config.model_copy(update=config), policy, old.muscle, old.meta
    )


def test_a_folder_of_a_training_run_means_its_latest_checkpoint(run_folder: Path) -> None:
    opened = open_path(run_folder)
    assert opened.watched == run_folder / "latest.pt"
    assert opened.session.name == "walk/latest.pt"
    (run_folder / "latest.pt").unlink()
    with pytest.raises(UserError, match=r"no latest\.pt yet"):
        open_path(run_folder)
    with pytest.raises(UserError, match="is a folder"):
        open_path(run_folder.parent)


@pytest.mark.parametrize("compared", [False, True])
def test_a_picture_of_a_run_that_trains_on_is_of_the_file_as_it_was_opened(
    compared: bool, run_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The window offers a newer checkpoint; a film has neither the offer nor the newer one."""
    out, pictures = tmp_path / "walk.png", []
    for trains_on in (False, True):

        def progress(share: float, trains_on: bool = trains_on) -> None:
            if trains_on and share == 0:
                write_newer(run_folder)

        monkeypatch.setattr(record, "bar", lambda _, progress=progress: progress)
        opened = open_pair(CHECKPOINT, run_folder) if compared else open_path(run_folder)
        record.screenshot(opened, out, 1.0, record.Look((320, 240)))
        pictures.append(out.read_bytes())
    assert pictures[0] == pictures[1]


@pytest.mark.parametrize("compared", [False, True])
def test_a_reload_keeps_the_chosen_engine_and_a_comparison(
    compared: bool, run_folder: Path, surface: Offscreen
) -> None:
    from muscle_viewer.viewer.app.app import App

    if compared:
        opened = open_pair(run_folder, run_folder, engines=(None, "dart"))
    else:
        opened = open_path(run_folder, engine="dart")
    app = App(opened, surface)
    for _ in range(4):
        app.frame(1 / 30)
    before, session = app.runtime.frame.time, app.runtime.session
    app.send(c.Reload())
    app.frame(1 / 30)
    assert app.runtime.session is session and app.runtime.frame.time >= before > 0
    assert len(app.documents.open) == 1 + compared
    app.documents.show_checkpoint(run_folder / "latest.pt")
    app.close()


def test_a_newer_checkpoint_is_offered_and_swapped_under_the_running_simulation(
    run_folder: Path, surface: Offscreen
) -> None:
    from muscle_viewer.viewer.app.app import App

    app = App(open_path(run_folder), surface)
    for _ in range(20):
        app.frame(1 / 30)
    before, session = app.runtime.frame.time, app.runtime.session
    write_newer(run_folder)
    for _ in range(20):
        app.frame(1 / 30)
    (notification,) = app.notifications.waiting
    assert "changed on disk" in notification.text
    assert [label for label, _ in notification.actions] == ["Reload", "Always", "Later"]
    app.send(c.Dismiss())
    app.send(c.Reload())
    app.frame(1 / 30)
    assert app.runtime.session is session
    assert app.runtime.frame.time > before
    assert app.runtime.state is State.PLAYING
    # with a last layer of zeros the action is its bias, whatever is seen
    bias = torch.as_tensor(session.checkpoint.policy["actor.4.bias"])
    assert torch.allclose(torch.as_tensor(session.decide()), bias, atol=1e-6)
    app.send(c.SaveRun(run_folder / "swapped.mvrun"))
    app.frame(1 / 30)
    app.close()
    from muscle_viewer.viewer.recording.run_file import load
    from muscle_viewer.viewer.recording.verify import verify

    run = load(run_folder / "swapped.mvrun")
    assert [change.kind for change in run.changes] == ["checkpoint"]
    assert verify(run).text == "identical"


def test_always_takes_what_comes_and_a_broken_file_leaves_the_old(
    run_folder: Path, surface: Offscreen
) -> None:
    from muscle_viewer.viewer.app.app import App

    app = App(open_path(run_folder), surface)
    app.send(c.SetAutoReload(True))
    for _ in range(5):
        app.frame(1 / 30)
    write_newer(run_folder, 0.5)
    for _ in range(20):
        app.frame(1 / 30)
    assert any("new weights" in event.label for event in app.runtime.history.events)
    (run_folder / "latest.pt").write_bytes(b"PK\x03\x04 broken")
    for _ in range(20):
        app.frame(1 / 30)
    assert any(
        notification.is_error and "keeps running" in notification.text
        for notification in app.notifications.waiting
    )
    assert app.runtime.state is State.PLAYING
    app.close()


def test_another_configuration_begins_anew(run_folder: Path, surface: Offscreen) -> None:
    from muscle_viewer.viewer.app.app import App

    app = App(open_path(run_folder), surface)
    app.frame(1 / 30)
    session = app.runtime.session
    old = load_checkpoint(CHECKPOINT).config
    write_newer(run_folder, 1.0, episode=old.episode.model_copy(update={"max_time": 7.0}))
    app.send(c.Reload())
    for _ in range(3):
        app.frame(1 / 30)
    assert app.runtime.session is not session
    assert app.runtime.frame.time < 0.2
    app.close()


def test_opening_something_bad_is_a_toast_and_something_good_replaces(
    run_folder: Path, surface: Offscreen
) -> None:
    from muscle_viewer.viewer.app.app import App

    app = App(open_path(CHECKPOINT), surface)
    app.send(c.Open(Path("/nowhere/a.pt")))
    app.frame(1 / 30)
    assert app.notifications.waiting[0].is_error
    assert app.runtime.session.name == "walk.pt"
    app.send(c.Open(run_folder))
    for _ in range(3):
        app.frame(1 / 30)
    assert app.runtime.session.name == "walk/latest.pt"
    assert app.documents.recent.paths[:2] == [run_folder.resolve(), CHECKPOINT.resolve()]
    app.close()


def test_recent_files_are_kept_the_last_first(tmp_path: Path) -> None:
    store = tmp_path / "settings" / "recent.json"
    recent = RecentFiles(store)
    for name in ("a.pt", "b.pt", "a.pt"):
        recent.add(tmp_path / name)
    assert [path.name for path in RecentFiles(store).paths] == ["a.pt", "b.pt"]
    store.write_text("[1, ")
    assert RecentFiles(store).paths == []


def test_a_motion_and_an_environment_are_taken_by_the_open_networks(tmp_path: Path) -> None:
    from muscle_viewer.core.folders import assets_folder
    from muscle_viewer.viewer.app.opening import open_onto
    from muscle_viewer.viewer.recording import run_file
    from muscle_viewer.viewer.recording.verify import verify
    from muscle_viewer.viewer.simulation.runtime import Runtime

    current = load_checkpoint(CHECKPOINT)
    for part in ("motions", "environments"):
        opened = open_onto(assets_folder() / part / "walk.yaml", current)
        assert opened.session.name == "walk.pt, walk.yaml"
        assert opened.session.checkpoint.policy is current.policy
        runtime = Runtime(opened.session)
        runtime.handle(c.Step(5))
        run_file.save(tmp_path / "a.mvrun", runtime.log, opened.session)
        assert verify(run_file.load(tmp_path / "a.mvrun")).text == "identical"
    bad = tmp_path / "bad.yaml"
    bad.write_text("format: muscle-viewer/motion-1\nname: none\n")
    with pytest.raises(UserError, match=r"bad\.yaml"):
        open_onto(bad, current)
    assert open_onto(CHECKPOINT, current).session.name == "walk.pt"
