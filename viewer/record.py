"""Pictures and videos without a display."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.viewer.session import Session


class OutputError(UserError):
    """A picture or video that cannot be written."""


Progress = Callable[[float], None]


def screenshot(
    session: Session, path: Path, at: float, size: tuple[int, int], panels: bool
) -> None:
    """Write a PNG of the moment `at` seconds after the reset."""
    from PIL import Image

    _check_output(path, (".png", ".jpg", ".jpeg"))
    last = None
    for picture in _pictures(
        session, at, round(1 / session.control_period), size, panels, bar("rendering")
    ):
        last = picture
    try:
        Image.fromarray(last).save(path)  # type: ignore[arg-type]
    except OSError as error:
        raise OutputError(f"{path}: cannot be written: {error.strerror or error}") from None


def video(
    session: Session, path: Path, seconds: float, size: tuple[int, int], fps: int, panels: bool
) -> None:
    """Write an MP4 (H.264) of the first `seconds`."""
    import imageio_ffmpeg

    _check_output(path, (".mp4", ".mkv", ".mov"))
    writer = imageio_ffmpeg.write_frames(
        str(path), size, fps=fps, quality=8, macro_block_size=1, ffmpeg_log_level="error",
        output_params=["-pix_fmt", "yuv420p"],
    )  # fmt: skip
    writer.send(None)
    try:
        for picture in _pictures(session, seconds, fps, size, panels, bar("recording")):
            writer.send(picture.tobytes())
    except OSError as error:
        raise OutputError(f"{path}: the video cannot be written: {error}") from None
    finally:
        writer.close()


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
    session: Session,
    seconds: float,
    fps: int,
    size: tuple[int, int],
    panels: bool,
    progress: Progress,
) -> Iterator[np.ndarray]:
    """A picture at each 1/fps from 0 to `seconds`; the simulation plays, as in the window."""
    from muscle_viewer.viewer.offscreen import NoContextError, Offscreen

    try:
        surface = Offscreen(size)
    except NoContextError as error:
        raise OutputError(
            f"no picture can be drawn: {error}; install libegl1 and libgl1-mesa-dri"
        ) from None
    try:
        from muscle_viewer.viewer.app import App
        from muscle_viewer.viewer.render.quality import HIGH

        app = App(session, surface, quality=HIGH, layout=None)
        app.show_panels = panels
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
