"""Pictures one after the other into a video file, and which of them a film in real time needs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from muscle_viewer.core.errors import UserError

ENDINGS = (".mp4", ".mkv", ".mov", ".gif")

GIF_COLOURS = (
    "split[a][b];[a]palettegen=stats_mode=diff[p];[b][p]paletteuse=dither=bayer:bayer_scale=5"
)
"""ffmpeg's filter: a palette of the whole film's colours."""

MOST_AT_ONCE = 30
"""Copies of a picture that make up for a window that stood still."""


class OutputError(UserError):
    """A picture or video that cannot be written."""


def check_output(path: Path, endings: tuple[str, ...]) -> None:
    """OutputError for a path that cannot become such a file."""
    if path.suffix.lower() not in endings:
        raise OutputError(f"{path}: must end in {' or '.join(endings)}")
    if not path.parent.is_dir():
        raise OutputError(f"{path}: the folder {path.parent} does not exist")
    if path.is_dir():
        raise OutputError(f"{path}: is a folder, a file is wanted")


class Film:
    """H.264 in an .mp4, .mkv or .mov, or a .gif; ffmpeg encodes it in a process of its own."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        """Begin to write. OutputError for a path or a size (width, height in pixels) that cannot be."""
        import imageio_ffmpeg

        check_output(path, ENDINGS)
        self.path, self.size, self.fps = path, size, fps
        self.pictures = 0
        options: dict[str, Any] = {"quality": 8, "output_params": ["-pix_fmt", "yuv420p"]}
        if path.suffix.lower() == ".gif":
            output = ["-filter_complex", GIF_COLOURS, "-loop", "0"]
            options = {
                "codec": "gif",
                "pix_fmt_out": "pal8",
                "quality": None,
                "output_params": output,
            }
        elif any(n % 2 for n in size):
            raise OutputError(
                f"{path}: {size[0]}x{size[1]} given, a video needs an even width and height"
            )
        self._writer = imageio_ffmpeg.write_frames(
            str(path), size, fps=fps, macro_block_size=1, ffmpeg_log_level="error", **options
        )
        self._writer.send(None)

    @property
    def seconds(self) -> float:
        """Length so far."""
        return self.pictures / self.fps

    def add(self, pixels: np.ndarray) -> None:
        """One picture, uint8 (height, width, 3)."""
        try:
            self._writer.send(np.ascontiguousarray(pixels).tobytes())
        except OSError as error:
            raise OutputError(f"{self.path}: the video cannot be written: {error}") from None
        self.pictures += 1

    def close(self) -> None:
        """Write the end."""
        self._writer.close()


class Filming:
    """Takes as many pictures of a running window as its film needs to last as long as what was seen."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self._owed = 1.0

    def advance(self, elapsed: float, take: Callable[[], np.ndarray]) -> None:
        """Film the picture that comes `elapsed` wall seconds after the last. OutputError where that fails."""
        self._owed = min(self._owed + elapsed * self.film.fps, MOST_AT_ONCE)
        if self._owed < 1.0:
            return
        pixels = take()
        while self._owed >= 1.0:
            self.film.add(pixels)
            self._owed -= 1.0

    def end(self) -> str:
        """Write the end; what to say of it."""
        self.film.close()
        return f"saved {self.film.path}: {self.film.seconds:.1f} s"
