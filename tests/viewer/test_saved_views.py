"""Views that the user saves: their file, damaged ones, and pictures that are rendered by them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer.app.saved_views import SavedViews
from muscle_viewer.viewer.cli import main
from muscle_viewer.viewer.scene.camera import Camera, Flight, Follower
from muscle_viewer.viewer.scene.saved_view import SavedView

KNEE = {"yaw": -75.0, "pitch": 12.0, "distance": 1.1, "target": [0.1, 0.5, -0.05]}


def test_a_view_is_kept_in_a_file_and_shows_the_same_of_a_character_elsewhere(
    tmp_path: Path,
) -> None:
    store = tmp_path / "settings" / "views.json"
    camera = Camera(0.3, 0.2, 1.5, np.array([1.2, 0.6, 7.0]))
    centre = np.array([1.0, 0.9, 6.9])
    assert SavedViews(store).save("  my   knee ", SavedView.of(camera, centre)) == "my knee"
    found = SavedViews(store).views["my knee"]
    other, moved = Camera(), centre + np.array([2.0, 0.1, -30.0])
    found.show(other, moved)
    assert other.target == pytest.approx(camera.target + np.array([2.0, 0.0, -30.0]), abs=1e-3)
    assert (other.yaw, other.pitch, other.distance) == pytest.approx((0.3, 0.2, 1.5), abs=1e-4)


def test_a_flight_to_a_view_ends_there_while_the_character_walks() -> None:
    camera, flight, follower = Camera(), Flight(), Follower()
    view = SavedView.from_dict(KNEE)
    follower.move(camera, np.zeros(3), 0.0)
    goal = view.target_at(np.zeros(3))
    flight.recall(camera, view.yaw, view.pitch, view.distance, goal)
    for k in range(200):
        flight.move(camera, 1 / 60)
        follower.move(camera, np.array([0.0, 0.9, 1.3 * k / 60]), 1 / 60)
    assert flight.is_over and camera.distance == pytest.approx(1.1)
    assert camera.target == pytest.approx(goal + np.array([0.0, 0.0, 1.3 * 199 / 60]), abs=0.02)
    follower.move(camera, np.zeros(3), 1 / 60)  # the episode begins again
    assert camera.target == pytest.approx(goal, abs=0.02)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "no saved views"),
        ("[1]", "not a table"),
        ('{"a": 3}', "'a' is no view"),
        (json.dumps({"a": KNEE, "b": {**KNEE, "distance": "NaN"}}), "'b' is no view"),
        (json.dumps({"b": {**KNEE, "target": [0, 1]}}), "'b' is no view"),
        (json.dumps({"b": {**KNEE, "distance": 1e9}}), "not within 40 m"),
        ("[" * 100_000, "no saved views"),
    ],
)
def test_a_damaged_file_is_named_and_not_overwritten(
    tmp_path: Path, text: str, reason: str
) -> None:
    store = tmp_path / "views.json"
    store.write_text(text)
    views = SavedViews(store)
    assert views.views == {} and reason in views.problem and str(store) in views.problem
    with pytest.raises(UserError, match="mend or delete"):
        views.save("knee", SavedView.from_dict(KNEE))
    assert store.read_text() == text


@pytest.mark.parametrize("name", ["", "  ", "right", "a" * 41, "a##b", "a\x07b"])
def test_a_name_that_cannot_be_shown_is_refused(tmp_path: Path, name: str) -> None:
    views = SavedViews(tmp_path / "views.json")
    with pytest.raises(UserError, match="name"):
        views.save(name, SavedView.from_dict(KNEE))
    assert not (tmp_path / "views.json").exists()


@pytest.mark.slow
def test_render_draws_a_saved_view(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    from PIL import Image

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    (tmp_path / "muscle-viewer").mkdir()
    as_right = {"yaw": -90.0, "pitch": 4.0, "distance": 3.75, "target": [0.0, 0.92, 0.0]}
    saved = {"as right": as_right, "knee": KNEE}
    (tmp_path / "muscle-viewer" / "views.json").write_text(json.dumps(saved))

    def render(view: str) -> tuple[int, Path]:
        out = tmp_path / f"{view}.png"
        size = ("--size", "320x240", "--at", "0")
        walk = str(checkpoints_folder() / "walk.pt")
        return main(["render", walk, str(out), "--view", view, *size]), out

    pictures = {}
    for view in ("right", "as right", "knee"):
        status, out = render(view)
        if status == 2 and "no picture can be drawn" in capsys.readouterr().err:
            pytest.skip("EGL cannot draw here")
        assert status == 0
        pictures[view] = np.asarray(Image.open(out)).astype(int)
    assert np.array_equal(pictures["right"], pictures["as right"])
    assert (np.abs(pictures["right"] - pictures["knee"]).max(axis=2) > 20).mean() > 0.2
    capsys.readouterr()
    assert render("ankle")[0] == 2
    assert "top, as right, knee" in capsys.readouterr().err
