"""Pictures without a display: what is in them, pixel by pixel, and the files that they become."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import forked
import numpy as np
import pytest
from kinematic_double import KinematicSession
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.record import Look, set_look
from muscle_viewer.viewer.capture.offscreen import NoContextError, Offscreen
from muscle_viewer.viewer.capture.output import OutputError
from muscle_viewer.viewer.cli import main
from muscle_viewer.viewer.scene.colormap import ACTIVATION

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App

pytestmark = pytest.mark.slow

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
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.scene.render.quality import HIGH

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
    return forked.run("-m", "muscle_viewer.viewer", *arguments, env=bare)


def test_a_screenshot_is_written_without_a_display(tmp_path: Path) -> None:
    from PIL import Image

    out = tmp_path / "shot.png"
    done = command(str(CHECKPOINT), "--screenshot", str(out), "--at", "0.3", "--size", "640x360")
    assert done.returncode == 0, done.stderr
    assert "100%" in done.stderr
    image = np.asarray(Image.open(out)).astype(int)
    assert image.shape == (360, 640, 3)
    assert image.reshape(-1, 3).std(axis=0).min() > 5


def test_a_picture_of_a_model_by_itself_shows_it_at_rest_and_no_notification(
    tmp_path: Path,
) -> None:
    """Without ground contacts it would have left the picture after a second."""
    from PIL import Image

    path = tmp_path / "leg.png"
    model = Path(__file__).parents[2] / "tools" / "fuzzing" / "seeds" / "leg.osim"
    assert main(["render", str(model), str(path), "--size", "640x480"]) == 0
    picture = np.asarray(Image.open(path).convert("RGB")).astype(int)
    assert (np.ptp(picture, axis=2) > 60).sum() > 200  # muscles have colours
    assert picture[:200, :200].min() > 100  # where a notification would be dark


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_film_that_is_ended_by_a_signal_is_whole_and_leaves_nothing_beside_it(
    number: signal.Signals, tmp_path: Path
) -> None:
    path = tmp_path / "walk.mp4"
    process = subprocess.Popen(
        [sys.executable, "-m", "muscle_viewer.viewer", "render", "checkpoints/walk.pt", path,
         "--seconds", "600", "--size", "160x120"],
        cwd=Path(__file__).parents[2], stderr=subprocess.PIPE,
    )  # fmt: skip
    while not any(file.stat().st_size for file in tmp_path.iterdir()):
        assert process.poll() is None
        time.sleep(0.1)
    process.send_signal(number)
    assert process.wait(timeout=60) == 128 + number
    assert [file.name for file in tmp_path.iterdir()] == ["walk.mp4"]


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
    done = command(str(CHECKPOINT), "--headless", "--num-envs", "5", "--steps", "4", "--json")
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
    assert "muscle-viewer render" in done.stderr


def test_a_film_of_an_odd_size_has_the_colours_of_its_pictures(tmp_path: Path) -> None:
    import imageio_ffmpeg
    from muscle_viewer.viewer.capture.film import Film
    from PIL import Image

    ramp = np.zeros((121, 161, 3), np.uint8)
    ramp[..., 0], ramp[..., 1] = np.arange(161), 2 * np.arange(121)[:, None]
    ramp[..., 2] = 200
    for ending in (".mp4", ".gif"):
        path = tmp_path / f"odd{ending}"
        film = Film(path, (161, 121), 30)
        for _ in range(10):
            film.add(ramp)
        assert not path.exists()  # until it is whole
        film.close()
    reader = imageio_ffmpeg.read_frames(str(tmp_path / "odd.mp4"))
    assert next(reader)["size"] == (160, 120)
    shown = np.frombuffer(next(reader), np.uint8).reshape(120, 160, 3).astype(int)
    assert np.abs(shown - ramp[:120, :160]).mean() < 4
    picture = Image.open(tmp_path / "odd.gif")
    assert picture.size == (161, 121)
    shown = np.asarray(picture.convert("RGB")).astype(int)
    assert np.abs(shown - ramp).mean() < 8
    assert sorted(p.name for p in tmp_path.iterdir()) == ["odd.gif", "odd.mp4"]


@pytest.mark.parametrize(("fps", "pictures"), [(10, 20), (30, 60), (60, 100)])
def test_a_gif_lasts_as_long_as_what_was_seen(tmp_path: Path, fps: int, pictures: int) -> None:
    """In browsers too, which show a picture of a hundredth of a second for ten."""
    from muscle_viewer.viewer.capture.film import Film, Filming
    from PIL import Image

    path = tmp_path / "a.gif"
    filming = Filming(Film(path, (64, 48), fps))
    random = np.random.default_rng(0)
    for _ in range(2 * 60):  # two seconds of a window
        filming.advance(1 / 60, lambda: random.integers(0, 255, (48, 64, 3), np.uint8))
    filming.end()
    gif, durations = Image.open(path), []
    for k in range(gif.n_frames):
        gif.seek(k)
        durations.append(gif.info["duration"])
    assert abs(gif.n_frames - pictures) <= 1
    assert abs(sum(durations) - 2000) <= 100
    assert min(durations) >= 20
    assert gif.info["loop"] == 0


def test_a_film_that_cannot_be_written_is_one_line_and_leaves_what_lay_there(
    tmp_path: Path,
) -> None:
    program = (
        "import resource, sys, numpy as np\n"
        "from pathlib import Path\n"
        "from muscle_viewer.viewer.capture.film import Film, OutputError\n"
        "film = Film(Path(sys.argv[1]), (320, 240), 30)\n"
        "resource.prlimit(film._process.pid, resource.RLIMIT_FSIZE, (50_000, 50_000))\n"
        "noise = np.random.default_rng(0).integers(0, 255, (240, 320, 3), np.uint8)\n"
        "try:\n"
        "    for k in range(200): film.add(np.roll(noise, k, 1))\n"
        "    film.close()\n"
        "except OutputError as error:\n"
        "    print(error)\n"
        "film.close()\n"
    )
    for ending in (".mp4", ".gif"):
        path = tmp_path / f"a{ending}"
        path.write_bytes(b"what lay there")
        done = forked.run("-c", program, path)
        assert done.stderr == ""
        assert done.stdout.startswith(f"{path}: the video cannot be written: ")
        assert done.stdout.count("\n") == 1
        assert path.read_bytes() == b"what lay there"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_takes_no_film_is_one_line() -> None:
    from muscle_viewer.viewer.capture.film import Film, OutputError

    with pytest.raises(OutputError, match=r"/proc/a\.mp4: the video cannot be written: "):
        Film(Path("/proc/a.mp4"), (64, 48), 30)


def test_panels_of_a_large_picture_are_as_large_as_on_a_dense_display() -> None:
    from muscle_viewer.viewer.capture.offscreen import scale_for

    scales = [scale_for(size) for size in ((64, 64), (1280, 720), (1920, 1080), (3840, 2160))]
    assert scales == [1.0, 1.0, 1.0, 2.0]
    assert scale_for((1080, 3000)) == 1.0
    try:
        surface = Offscreen((2880, 1620))
    except NoContextError as error:
        pytest.skip(f"EGL cannot draw here: {error}")
    from imgui_bundle import imgui
    from muscle_viewer.viewer.app.app import App  # PyOpenGL takes the platform of the surface

    app = App(KinematicSession(), surface)
    assert imgui.get_style().font_scale_dpi == 1.5
    app.close()
    surface.close()


@pytest.mark.parametrize("platform", [0x31DD, 1])
def test_a_driver_that_knows_devices_alone_draws_too(platform: int) -> None:
    program = (
        "from muscle_viewer.viewer.capture import offscreen\n"
        f"offscreen.SURFACELESS_PLATFORM = {platform}\n"
        "surface = offscreen.Offscreen((64, 48))\n"
        "print(surface.read().shape)\n"
        "surface.close()"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    if "NoContextError" in done.stderr:
        pytest.skip("EGL cannot draw here")
    assert done.stdout == "(48, 64, 3)\n", done.stderr


def test_pictures_after_a_window_in_the_same_process_say_what_stands_in_their_way() -> None:
    """PyOpenGL has one platform's functions in a process."""
    program = (
        "import os\n"
        "os.environ['PYOPENGL_PLATFORM'] = 'glx'\n"
        "import OpenGL.GL\n"
        "from muscle_viewer.viewer.capture.offscreen import NoContextError, Offscreen\n"
        "try: Offscreen((64, 48))\n"
        "except NoContextError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stdout.startswith("OpenGL was loaded for windows in this process"), done.stderr
    assert "PYOPENGL_PLATFORM=egl" in done.stdout


@pytest.mark.parametrize(
    ("missing", "package"), [("the library", "libegl1"), ("the driver", "libgl1-mesa-dri")]
)
def test_without_egl_pictures_say_in_one_line_what_to_install(
    missing: str, package: str, tmp_path: Path
) -> None:
    program = (
        "import sys\n"
        "from muscle_viewer.viewer import cli\n"
        "from muscle_viewer.viewer.capture import offscreen\n"
        + ("sys.modules['OpenGL.EGL'] = None\n" if missing == "the library" else
           "offscreen.SURFACELESS_PLATFORM = offscreen.DEVICE_PLATFORM = 1\n")
        + "sys.exit(cli.main(sys.argv[1:]))"
    )  # fmt: skip
    out = tmp_path / "a.png"
    done = forked.run("-c", program, CHECKPOINT, "--screenshot", out, "--at", "0")
    assert done.returncode == 2
    assert done.stderr.startswith("error: no picture can be drawn: ")
    assert done.stderr.endswith(f"; install {package}\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "environment", "said"),
    [
        (
            ["--screenshot", "a.png", "--at", "0"],
            {"MESA_GL_VERSION_OVERRIDE": "2.1", "MESA_GLSL_VERSION_OVERRIDE": "120"},
            "error: no picture can be drawn: the driver gives no OpenGL 3.3; update it, or draw by Mesa",
        ),
        (
            [],
            {"WAYLAND_DISPLAY": "wayland-that-is-not-there"},
            "error: no window can be opened: WAYLAND_DISPLAY=wayland-that-is-not-there: no display",
        ),
    ],
)
def test_what_cannot_draw_here_is_named_in_one_line(
    arguments: list[str], environment: dict[str, str], said: str, tmp_path: Path
) -> None:
    bare = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    command = ["-m", "muscle_viewer.viewer", CHECKPOINT, *arguments]
    done = forked.run(*command, cwd=tmp_path, env=bare | environment)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1


@pytest.mark.slow
def test_view_colours_and_layers_of_a_picture_are_options(tmp_path: Path) -> None:
    from PIL import Image

    def shot(*options: str) -> np.ndarray:
        to = tmp_path / "shot.png"
        done = command(
            str(CHECKPOINT), "--screenshot", str(to), "--at", "0.2", "--size", "320x240", *options
        )
        assert done.returncode == 0, done.stderr
        return np.asarray(Image.open(to).convert("RGB")).astype(int)

    usual = shot()
    other = shot("--view", "front", "--colour", "fibre length", "--show", "footprints,capsule skin")
    assert (np.abs(usual - other).max(axis=2) > 24).mean() > 0.02
    grey = shot("--colour-map", "grey")
    coloured = [np.ptp(picture, axis=2) > 60 for picture in (usual, grey)]
    assert coloured[0].sum() > 50 and coloured[1].sum() < 0.2 * coloured[0].sum()
    none = str(tmp_path / "none.png")
    done = command(str(CHECKPOINT), "--screenshot", none, "--size", "320x240", "--view", "below")
    assert done.returncode == 2
    assert "--view: 'below' is not known; there are: " in done.stderr
    assert not (tmp_path / "none.png").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("option", "wrong"),
    [("view", "below"), ("colour", "taste"), ("colour_map", "jet"), ("show", ("clothes",))],
)
def test_a_look_that_is_not_known_is_named_with_those_that_are(
    option: str, wrong: str | tuple[str, ...], app: App
) -> None:
    look, before = Look((320, 240), **{option: wrong}), vars(app.view).copy()
    name = option.replace("_", "-")
    with pytest.raises(OutputError, match=rf"--{name}: '\w+' is not known; there are: .+, "):
        set_look(look, app)
    assert vars(app.view) == before


@pytest.mark.slow
def test_the_last_seconds_are_filmed_again_at_their_true_time(tmp_path: Path, app: App) -> None:
    import imageio_ffmpeg

    app.send(c.Pause())
    app.send(c.SetPictureLook(False, (160, 90), ".mp4", 30))
    app.send(c.Step(60))
    app.frame(0.0)
    newest = app.runtime.history.newest
    path = tmp_path / "again.mp4"
    app.send(c.FilmHistory(1.0, path))
    for _ in range(200):
        app.frame(0.2)  # a slow window
        if app.pictures.film_period is None and path.exists():
            break
    frames, seconds = imageio_ffmpeg.count_frames_and_secs(str(path))
    assert frames == pytest.approx(30, abs=2) and seconds == pytest.approx(1.0, abs=0.08)
    assert app.runtime.cursor == app.runtime.history.newest == newest
    assert app.gui.broken == {}
