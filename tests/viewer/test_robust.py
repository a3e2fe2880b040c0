"""Whatever throws becomes a toast with details, and the window stays."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.folders import assets_folder, checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app import preview, record
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.capture.offscreen import Offscreen
from muscle_viewer.viewer.capture.output import OutputError
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import State

SHIPPED = checkpoints_folder() / "walk.pt"


def broken(*_: object, **__: object) -> None:
    raise ZeroDivisionError("injected\nin two lines")


def the_error(app) -> object:  # type: ignore[no-untyped-def]
    """The only toast of an error, which says what and where; the window lives on."""
    for _ in range(5):
        app.frame(1 / 30)
    (notification,) = (n for n in app.notifications.waiting if n.is_error)
    assert "ZeroDivisionError: injected in two lines" in notification.text
    assert "broken" in notification.details and "test_robust.py" in notification.details
    app.send(c.Dismiss())
    app.frame(1 / 30)
    assert not [n for n in app.notifications.waiting if n.is_error]
    return notification


def test_a_panel_that_throws_says_so_and_can_be_tried_again(app, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    (panel,) = (p for p in app.panels if p.title == "Controls")
    with monkeypatch.context() as patch:
        patch.setattr(panel, "draw", broken)
        assert "Controls stopped." in the_error(app).text
    assert app.gui.broken == {"Controls": "ZeroDivisionError: injected in two lines"}
    del app.gui.broken["Controls"]  # as its button does
    app.frame(1 / 30)
    assert app.gui.broken == {}


@pytest.mark.parametrize("part", ["menu.draw", "status_bar.draw", "card.draw", "_draw_labels"])
def test_what_frames_the_panels_may_throw(app, monkeypatch, part: str) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(f"muscle_viewer.viewer.ui.gui.{part}", broken)
    the_error(app)


def test_a_session_that_throws_fails_with_details_and_a_reset_goes_on(app, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    with monkeypatch.context() as patch:
        patch.setattr(app.runtime.session, "step", broken)
        notification = the_error(app)
        assert "The simulation stopped." in notification.text and "Reset" in notification.text
        assert app.runtime.state is State.FAILED
    app.send(c.Play())
    for _ in range(5):
        app.frame(1 / 30)
    assert app.runtime.state is State.PLAYING


def test_a_simulation_whose_state_cannot_be_read_stands_still(app, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(app.runtime.session, "save", broken)
    the_error(app)
    assert app.runtime.state is State.PAUSED


def test_a_scene_that_cannot_be_drawn_leaves_the_panels(app, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    with monkeypatch.context() as patch:
        patch.setattr(app.stage, "draw", broken)
        for _ in range(5):
            app.frame(1 / 30)
        (notification,) = (
            n for n in app.notifications.waiting if n.is_error
        )  # once, not in every picture
        assert "The scene cannot be drawn." in notification.text
        assert "test_robust.py" in notification.details


def test_commands_that_throw_are_toasts(app, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr(app.runtime.session, "change", broken)
    app.send(c.SetParameters(Parameters(gravity=0.5)))
    the_error(app)
    monkeypatch.setattr("muscle_viewer.viewer.capture.pictures.save_picture", broken)
    app.send(c.SaveScreenshot())
    the_error(app)
    monkeypatch.setattr("muscle_viewer.viewer.capture.film.Film.__init__", broken)
    app.send(c.ToggleFilm())
    the_error(app)


def test_a_folder_that_takes_no_pictures_is_a_toast(app, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    monkeypatch.setattr("muscle_viewer.viewer.app.saving.Path.cwd", lambda: Path("/proc/1"))
    orders = [c.SaveScreenshot(), c.ToggleFilm(), c.ExportHistory("npz"), c.ExportHistory("sto")]
    for order in orders:
        app.send(order)
        for _ in range(4):
            app.frame(1 / 30)
        (notification,) = (n for n in app.notifications.waiting if n.is_error)
        assert (
            "/proc/1/muscle-viewer-" in notification.text
            and "cannot be written" in notification.text
        )
        assert "\n" not in notification.text
        app.send(c.Dismiss())
        app.frame(0.0)


def test_settings_that_cannot_be_kept_are_said_once(surface: Offscreen, tmp_path: Path) -> None:
    from muscle_viewer.viewer.app.app import App

    blocked = tmp_path / "settings"
    blocked.write_text("a file where the folder should be")
    app = App(open_path(SHIPPED), surface, layout=blocked / "layout.ini")
    for _ in range(3):
        app.frame(1 / 30)
    (notification,) = app.notifications.waiting
    assert "settings cannot be written" in notification.text and "not saved" in notification.text
    app.close()


def test_an_environment_without_a_policy_says_that_no_muscle_works(
    surface: Offscreen, capfd: pytest.CaptureFixture[str]
) -> None:
    from muscle_viewer.viewer import cli
    from muscle_viewer.viewer.app.app import App

    path = assets_folder() / "environments" / "walk.yaml"
    app = App(open_path(path), surface)
    app.frame(1 / 30)
    (notification,) = app.notifications.waiting
    assert "an environment without a policy" in notification.text
    app.close()
    assert cli.main([str(path), "--headless", "--num-envs", "1", "--steps", "1"]) == 0
    assert "an environment without a policy" in capfd.readouterr().err


def test_a_damaged_preview_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    content = bytearray(SHIPPED.with_suffix(preview.SUFFIX).read_bytes())
    for place in range(20, len(content), len(content) // 40):
        damaged = content.copy()
        damaged[place] ^= 0x10
        (tmp_path / "a.preview").write_bytes(damaged)
        still = preview.still(tmp_path / "a.pt")
        assert still is not None
    (tmp_path / "a.preview").write_bytes(b"")
    assert not preview.still(tmp_path / "a.pt").is_it  # type: ignore[union-attr]


@pytest.mark.slow
def test_a_picture_that_is_too_large_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read(_: Offscreen) -> np.ndarray:
        return np.empty((1 << 50, 3), np.uint8)

    monkeypatch.setattr(Offscreen, "read", read)
    opened = open_path(SHIPPED)
    with pytest.raises(OutputError, match="no picture of 64x48: this needs more memory than there"):
        record.screenshot(opened, tmp_path / "a.png", 0.0, record.Look((64, 48)))
    assert not list(tmp_path.iterdir())
