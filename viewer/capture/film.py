"""Pictures one after the other into a video file, and which of them a film in real time needs."""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
from muscle_viewer.core.atomic_file import temporary
from muscle_viewer.viewer.capture.output import OutputError, check_output

ENDINGS = (".mp4", ".mkv", ".mov", ".gif")

H264 = (
    "-vf", "scale=out_color_matrix=bt709", "-c:v", "libx264", "-crf", "12", "-pix_fmt", "yuv420p",
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "iec61966-2-1",
)  # fmt: skip
"""ffmpeg's options for all but a .gif."""

GIF = (
    "-filter_complex",
    "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1:dither=bayer:bayer_scale=5",
    "-loop", "0",
)  # fmt: skip
"""A palette for each picture: none needs to be kept until the film's end."""

GIF_FPS = 50
"""A picture of a .gif lasts whole hundredths of a second, and browsers show one of them as ten."""

MOST_AT_ONCE = 30
"""Copies of a picture that make up for a window that stood still."""


class Film:
    """H.264 in an .mp4, .mkv or .mov, or a .gif; ffmpeg encodes it in a process of its own."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        """Begin to write pictures of a size (width, height in pixels). OutputError for a path that cannot be.

        A video's width and height are even, so that an odd one loses its last column or row.
        """
        check_output(path, ENDINGS)
        is_gif = path.suffix.lower() == ".gif"
        self.path = path
        self.size = size if is_gif else (size[0] - size[0] % 2, size[1] - size[1] % 2)
        self.fps = min(fps, GIF_FPS) if is_gif else fps
        self.pictures = 0
        self._beside = temporary(path)
        self._said = tempfile.TemporaryFile()
        self._process: subprocess.Popen[bytes] | None = self._start(GIF if is_gif else H264)

    def _start(self, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
        import imageio_ffmpeg

        width, height = self.size
        pictures = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}")
        try:
            self._beside.touch()
            program = imageio_ffmpeg.get_ffmpeg_exe()
            return subprocess.Popen(
                [program, "-y", "-v", "error", *pictures, "-r", f"{self.fps}", "-i", "-",
                 *options, str(self._beside)],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._said,
                start_new_session=True,  # Ctrl+C ends the recording, and then the film is written
            )  # fmt: skip
        except (OSError, RuntimeError) as error:
            raise self._failure(getattr(error, "strerror", None) or f"{error}") from None

    @property
    def seconds(self) -> float:
        """Length so far."""
        return self.pictures / self.fps

    def add(self, pixels: np.ndarray) -> None:
        """One picture, uint8 (height, width, 3). OutputError where ffmpeg does not take it."""
        width, height = self.size
        if self._process is None or self._process.stdin is None:
            raise self._failure("it has ended")
        try:
            self._process.stdin.write(np.ascontiguousarray(pixels[:height, :width]).tobytes())
        except OSError:
            self.close()  # says why
        self.pictures += 1

    def close(self) -> None:
        """Write the end. OutputError where the film could not be written; what lay there stays then."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            with suppress(OSError):
                process.stdin.close()
        if process.wait() == 0:
            os.replace(self._beside, self.path)
            return
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        ended = f"ffmpeg ended with status {process.returncode}"
        raise self._failure(lines[0].rpartition("] ")[2] if lines else ended)

    def _failure(self, reason: str) -> OutputError:
        with suppress(OSError):
            self._beside.unlink()
        return OutputError(f"{self.path}: the video cannot be written: {reason}")


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
