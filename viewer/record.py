"""Pictures and videos without a display."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.viewer.opening import Opened


class OutputError(UserError):
    """A picture or video that cannot be written."""


Progress = Callable[[float], None]


@dataclass(frozen=True)
class Look:
    """What a picture is like."""

    size: tuple[int, int]
    """Width and height, pixels."""
    panels: bool = False


def screenshot(opened: Opened, path: Path, at: float, look: Look) -> None:
    """Write a PNG of the moment `at` seconds after the reset."""
    from PIL import Image

    _check_output(path, (".png", ".jpg", ".jpeg"))
    last = None
    for picture in _pictures(
        opened, at, round(1 / opened.session.control_period), look, "rendering"
    ):
        last = picture
    try:
        Image.fromarray(last).save(path)  # type: ignore[arg-type]
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None


def video(opened: Opened, path: Path, seconds: float, fps: int, look: Look) -> None:
    """Write an MP4 (H.264), or a GIF, of the first `seconds`."""
    import imageio_ffmpeg

    _check_output(path, (".mp4", ".mkv", ".mov", ".gif"))
    if path.suffix.lower() == ".gif":
        _gif(opened, path, seconds, fps, look)
        return
    writer = imageio_ffmpeg.write_frames(
        str(path), look.size, fps=fps, quality=8, macro_block_size=1, ffmpeg_log_level="error",
        output_params=["-pix_fmt", "yuv420p"],
    )  # fmt: skip
    writer.send(None)
    try:
        for picture in _pictures(opened, seconds, fps, look, "recording"):
            writer.send(picture.tobytes())
    except OSError as error:
        raise OutputError(f"{path}: the video cannot be written: {error}") from None
    finally:
        writer.close()


def _gif(opened: Opened, path: Path, seconds: float, fps: int, look: Look) -> None:
    from PIL import Image

    frames = [
        Image.fromarray(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=200)
        for picture in _pictures(opened, seconds, fps, look, "recording")
    ]
    try:
        frames[0].save(
            path, save_all=True, append_images=frames[1:], duration=round(1000 / fps), loop=0
        )
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None


def bar(label: str) -> Progress:
    """A progress bar on standard error; silent where that is not a terminal, but for its end."""
    width = 30

    def show(share: float) -> None:
        done = round(share * width)
        line = f"{label} [{'#' * done}{'.' * (width - done)}] {share:4.0%}"
        if sys.stderr.isatty():
            print(f"\r{line}", end="\n" if share >= 1 else "", file=sys.stderr, flush=True)
        elif share >= 1:
            print(line, file=sys.stderr)

    return show


def _pictures(
    opened: Opened, seconds: float, fps: int, look: Look, label: str
) -> Iterator[np.ndarray]:
    """A picture at each 1/fps from 0 to `seconds`; the simulation plays, as in the window."""
    from muscle_viewer.viewer.offscreen import NoContextError, Offscreen

    try:
        surface = Offscreen(look.size)
    except NoContextError as error:
        raise OutputError(
            f"no picture can be drawn: {error}; install libegl1 and libgl1-mesa-dri"
        ) from None
    try:
        from muscle_viewer.viewer.app import App
        from muscle_viewer.viewer.render.quality import HIGH

        app = App(opened, surface, quality=HIGH, step_budget=math.inf)
        app.show_panels = look.panels
        progress = bar(label)
        count = max(1, round(seconds * fps))
        for k in range(count + 1):
            app.frame(1 / fps if k else 0.0)
            yield surface.read()
            progress(k / count)
        app.close()
    finally:
        surface.close()


def _check_output(path: Path, endings: tuple[str, ...]) -> None:
    if path.suffix.lower() not in endings:
        raise OutputError(f"{path}: must end in {' or '.join(endings)}")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise OutputError(f"{path}: is a folder, a file is wanted")
