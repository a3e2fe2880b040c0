"""Pictures without a display: what is in them, pixel by pixel, and the files that they become."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from kinematic_double import KinematicSession
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.colormap import ACTIVATION
from muscle_viewer.viewer.offscreen import NoContextError, Offscreen

CHECKPOINT = checkpoints_folder() / "walk.pt"
SIZE = (640, 360)


def picture(
    *commands: c.Command, activation: float | None = None, panels: bool = False
) -> np.ndarray:
    """The kinematic double's first frame, uint8 (height, width, 3)."""
    try:
        surface = Offscreen(SIZE)
    except NoContextError as error:
        pytest.skip(f"EGL cannot draw here: {error}")
    from muscle_viewer.viewer.app import App
    from muscle_viewer.viewer.render.quality import HIGH

    app = App(KinematicSession(), surface, quality=HIGH)
    app.show_panels = panels
    if activation is not None:
        app.runtime.frame.activations[:] = activation
    app.send(c.Pause())
    for command in commands:
        app.send(command)
    for _ in range(3):
        app.frame(0.0)
    image = surface.read().astype(int)
    app.close()
    surface.close()
    return image


def differing(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return np.abs(a - b).max(axis=2) > 24


def test_the_character_stands_in_the_middle_of_the_picture() -> None:
    shown = picture()
    hidden = picture(c.ToggleLayer("muscles"), c.ToggleLayer("bones"))
    changed = differing(shown, hidden)
    rows, columns = np.nonzero(changed)
    assert 0.01 < changed.mean() < 0.25
    assert abs(np.median(columns) - SIZE[0] / 2) < 0.1 * SIZE[0]
    assert rows.min() < 0.3 * SIZE[1]
    assert rows.max() > 0.75 * SIZE[1]


def test_bones_and_muscles_are_layers_of_their_own() -> None:
    both = picture()
    for layer in ("muscles", "bones", "shadows", "grid", "legend"):
        assert differing(both, picture(c.ToggleLayer(layer))).sum() > 50, layer


def test_activation_colours_the_muscles_from_slate_to_red() -> None:
    calm, tense = picture(activation=0.0), picture(activation=1.0)
    changed = differing(calm, tense)
    assert changed.mean() > 0.005
    red_minus_blue = (tense - calm)[changed]
    assert np.median(red_minus_blue[:, 0]) > 60
    assert np.median(red_minus_blue[:, 2]) < -20
    assert ACTIVATION.srgb[-1][0] > 0.9


def test_a_selected_muscle_is_outlined() -> None:
    plain, chosen = picture(), picture(c.Select(0))
    assert 20 < differing(plain, chosen).sum() < 0.1 * plain[..., 0].size


def test_panels_frame_the_view() -> None:
    assert differing(picture(), picture(panels=True)).mean() > 0.3


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    """muscle-viewer as a command, without any display."""
    import os

    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    return subprocess.run(
        [sys.executable, "-m", "muscle_viewer.viewer", *arguments],
        capture_output=True, text=True, env=bare, timeout=300,
    )  # fmt: skip


def test_a_screenshot_is_written_without_a_display(tmp_path: Path) -> None:
    from PIL import Image

    out = tmp_path / "shot.png"
    done = command(str(CHECKPOINT), "--screenshot", str(out), "--at", "0.3", "--size", "640x360")
    assert done.returncode == 0, done.stderr
    assert "100%" in done.stderr
    image = np.asarray(Image.open(out)).astype(int)
    assert image.shape == (360, 640, 3)
    assert image.reshape(-1, 3).std(axis=0).min() > 5


def test_a_video_is_recorded_without_a_display(tmp_path: Path) -> None:
    import imageio_ffmpeg

    out = tmp_path / "walk.mp4"
    arguments = ["--record", str(out), "--seconds", "0.5", "--size", "320x180", "--panels"]
    done = command(str(CHECKPOINT), *arguments)
    assert done.returncode == 0, done.stderr
    reader = imageio_ffmpeg.read_frames(str(out))
    meta = next(reader)
    frames = [np.frombuffer(f, np.uint8).astype(int) for f in reader]
    assert meta["size"] == (320, 180)
    assert len(frames) == 16
    assert np.abs(frames[0] - frames[-1]).mean() > 0.1


def test_the_headless_benchmark_prints_one_json_object() -> None:
    done = command(str(CHECKPOINT), "--headless", "--batch", "5", "--steps", "4", "--json")
    assert done.returncode == 0, done.stderr
    report = json.loads(done.stdout)
    assert report["num_envs"] == 5
    assert report["steps_per_second"] > 0
    assert (report["dofs"], report["muscles"]) == (54, 80)
    assert (report["sim_hz"], report["control_hz"]) == (480, 30)
    assert 0 < report["activation_mean"] < report["activation_max"] <= 1
    assert sum(report["time_shares"].values()) == pytest.approx(1, abs=0.01)


def test_without_a_display_the_window_says_how_to_record() -> None:
    done = command(str(CHECKPOINT))
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "--record" in done.stderr
