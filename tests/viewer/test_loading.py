"""What is seen before a checkpoint is there, and that loading one never ends the window."""

import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.core.frame import alike, plain
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app import preview
from muscle_viewer.viewer.app.loading import Loading, Say
from muscle_viewer.viewer.app.opening import Opened, open_path
from muscle_viewer.viewer.capture.offscreen import Offscreen
from muscle_viewer.viewer.simulation.still_session import StillSession
from muscle_viewer.viewer.ui.panels import progress

pytestmark = pytest.mark.slow

SHIPPED = checkpoints_folder() / "walk.pt"


@pytest.fixture(scope="module")
def surface() -> Iterator[Offscreen]:
    surface = Offscreen((960, 540))
    yield surface
    surface.close()


def test_the_window_is_drawn_without_torch_and_without_the_compiled_core() -> None:
    program = (
        "import sys, muscle_viewer.viewer.app.app, muscle_viewer.viewer.app.running, muscle_viewer.viewer.app.window\n"
        "from muscle_viewer.viewer.app import opening, preview as p\n"
        "from muscle_viewer.viewer.cli import default_checkpoint\n"
        "assert p.still(default_checkpoint()).is_it\n"
        "print([m for m in ('torch', 'muscle_viewer.core._core') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.strip() == "[]", done.stderr


def shown(path: Path) -> StillSession:
    still = preview.still(path)
    assert still is not None
    return still


def test_previews_of_another_format_are_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preview, "FORMAT", "muscle-viewer/preview-0")
    assert preview.still(SHIPPED) is None


@pytest.mark.parametrize("name", ["walk.pt", "run.pt"])
def test_the_shipped_previews_are_the_shipped_characters(name: str) -> None:
    """python tools/docs/make_preview.py makes them anew."""
    path = SHIPPED.with_name(name)
    session = open_path(path).session
    still = shown(path)
    assert still.is_it
    assert alike(still.info, session.info)
    assert still.reset().path_points.shape == session.reset().path_points.shape


def test_a_preview_survives_its_way_through_a_file(tmp_path: Path) -> None:
    info, frame = preview.read(SHIPPED.with_suffix(preview.SUFFIX))
    preview.write(tmp_path / "a.preview", info, frame)
    again = preview.read(tmp_path / "a.preview")
    assert plain(again[0]) == plain(info)
    assert plain(again[1]) == plain(frame)
    assert again[1].body_rotations.dtype == np.float32


def test_a_file_never_seen_shows_no_character_and_a_damaged_preview_is_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    file = tmp_path / "mine.pt"
    file.write_bytes(b"what")
    assert not shown(file).is_it
    preview.keep(file, *preview.read(SHIPPED.with_suffix(preview.SUFFIX)))
    assert shown(file).is_it
    (kept,) = (tmp_path / "cache").rglob("*.preview")
    kept.write_bytes(b"damaged")
    assert not shown(file).is_it


def test_a_loading_that_fails_says_why_and_what_nobody_foresaw_has_details() -> None:
    def awaited(loading: Loading) -> UserError:
        loading._thread.join(10)
        assert loading.is_over
        with pytest.raises(UserError) as caught:
            loading.result()
        return caught.value

    def refuse(_: object) -> None:
        raise UserError("a.pt: no checkpoint")

    def break_(_: object) -> None:
        raise ZeroDivisionError("oh")

    assert str(awaited(Loading(Path("a.pt"), refuse))) == "a.pt: no checkpoint"  # type: ignore[arg-type]
    details = str(awaited(Loading(Path("a.pt"), break_)))  # type: ignore[arg-type]
    assert details.startswith("a.pt: could not be opened\n")
    assert "ZeroDivisionError: oh" in details


def test_the_still_character_gives_way_to_the_running_one(surface: Offscreen) -> None:
    from muscle_viewer.viewer.app.app import App

    app = App(shown(SHIPPED), surface, in_background=True)
    for _ in range(3):
        app.frame(0.0)
    assert app.is_waiting
    stage, still = app.stage, surface.read().astype(int)
    app.send(c.Step())
    app.send(c.SaveRun())
    app.frame(0.01)
    assert app.runtime.history.newest == 0
    assert app.notifications.waiting[0].is_error
    app.send(c.Dismiss())
    app.documents.load(
        Path("/nowhere/else.pt"), lambda say: open_path(Path("/nowhere/else.pt"), say=say)
    )
    pass_until(app, lambda: app.documents.loading is None)
    assert app.is_waiting
    assert "else.pt" in app.notifications.waiting[0].text
    app.send(c.Dismiss())
    app.documents.load(SHIPPED, lambda say: open_path(SHIPPED, say=say))
    assert progress.line(app.documents.loading).startswith("walk.pt: ")
    pass_until(app, lambda: not app.is_waiting)
    assert app.stage is stage  # the same character: nothing is built anew
    app.send(c.Pause())
    app.frame(0.0)
    app.frame(0.0)
    assert np.median(np.abs(surface.read() - still)) < 3
    app.close()


def test_of_two_files_opened_at_once_the_later_is_shown_and_the_first_loader_ends(
    surface: Offscreen, tmp_path: Path
) -> None:
    from muscle_viewer.viewer.app.app import App

    first, second = (shutil.copy(SHIPPED, tmp_path / name) for name in ("first.pt", "second.pt"))
    app = App(shown(SHIPPED), surface, in_background=True)
    may_go_on, said = threading.Event(), []

    def slowly(say: Say) -> Opened:
        opened = open_path(first, say=say)
        assert may_go_on.wait(60)
        say("still there")
        said.append("a step after it was told to end")
        return opened

    app.documents.load(first, slowly)
    loader = app.documents.loading
    assert loader
    app.frame(0.01)
    app.send(c.Open(second))
    app.frame(0.01)
    pass_until(app, lambda: not app.is_waiting)
    assert app.runtime.session.name == "second.pt"
    may_go_on.set()
    loader._thread.join(60)
    assert not loader._thread.is_alive()
    for _ in range(5):
        app.frame(0.01)
    assert said == []
    assert app.runtime.session.name == "second.pt"
    assert app.documents.recent.paths == [second.resolve()]
    assert not app.notifications.waiting
    app.close()


def test_a_failure_of_a_loader_that_was_told_to_end_is_not_reported(surface: Offscreen) -> None:
    from muscle_viewer.viewer.app.app import App

    app = App(shown(SHIPPED), surface, in_background=True)
    may_go_on = threading.Event()

    def fail(say: Say) -> Opened:
        assert may_go_on.wait(60)
        raise UserError("first.pt: damaged")

    app.documents.load(Path("first.pt"), fail)
    loader = app.documents.loading
    app.documents.load(SHIPPED, lambda say: open_path(SHIPPED, say=say))
    may_go_on.set()
    assert loader
    loader._thread.join(60)
    pass_until(app, lambda: not app.is_waiting)
    assert not [notification for notification in app.notifications.waiting if notification.is_error]
    app.close()


def pass_until(app: object, done: object) -> None:
    """Pictures until something is so; the loading runs beside them."""
    for _ in range(2000):
        app.frame(0.001)  # type: ignore[attr-defined]
        if done():  # type: ignore[operator]
            return
        time.sleep(0.005)
    raise TimeoutError
