"""Recording of videos: encoding of pictures, and their selection for a real-time frame rate."""

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
    "-vf", "scale=out_color_matrix=bt709", "-c:v", "libx264", "-preset", "veryfast", "-x264-params", "subme=1",
    "-crf", "12", "-pix_fmt", "yuv420p",
    "-colorspace", "bt709", "-color_primaries", "bt709", "-color_trc", "iec61966-2-1",
)  # fmt: skip
"""Options of ffmpeg for all formats but .gif.

The preset has the size of the default one here, in 0.4 of its time; the plainer estimates of motion below a pixel take 0.65
of that, for 5 % more bytes at the same error.
"""

GIF = (
    "-filter_complex",
    "split[a][b];[a]palettegen=stats_mode=single[p];[b][p]paletteuse=new=1:dither=bayer:bayer_scale=5",
    "-loop", "0",
)  # fmt: skip
"""Options of ffmpeg for .gif: a palette per picture, so that no picture is kept until the end."""

GIF_FPS = 50
"""Highest frame rate of a .gif: durations are whole hundredths of a second, and browsers show one hundredth as ten."""

MOST_AT_ONCE = 30
"""Largest number of copies of a picture, for a simulation that goes faster than the window draws."""


class Film:
    """A video file: H.264 in an .mp4, .mkv or .mov, or a .gif; a process of ffmpeg encodes it."""

    def __init__(self, path: Path, size: tuple[int, int], fps: int) -> None:
        """Start a video of a size (width, height in pixels). OutputError for a path that cannot be written.

        Width and height of a video are even: of odd ones the last column or row is left out.
        """
        check_output(path, ENDINGS)
        is_gif = path.suffix.lower() == ".gif"
        self.path = path
        self.size = size if is_gif else (size[0] - size[0] % 2, size[1] - size[1] % 2)
        self.fps = min(fps, GIF_FPS) if is_gif else fps
        self.pictures = 0
        self._temporary = temporary(path)
        self._said = tempfile.TemporaryFile()
        self._process: subprocess.Popen[bytes] | None = self._start(GIF if is_gif else H264)

    def _start(self, options: tuple[str, ...]) -> subprocess.Popen[bytes]:
        import imageio_ffmpeg

        width, height = self.size
        pictures = ("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}")
        try:
            self._temporary.touch()
            program = imageio_ffmpeg.get_ffmpeg_exe()
            return subprocess.Popen(
                [program, "-y", "-v", "error", *pictures, "-r", f"{self.fps}", "-i", "-",
                 *options, str(self._temporary)],
                stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._said,
                start_new_session=True,  # Ctrl+C ends the recording, and then the film is written
            )  # fmt: skip
        except (OSError, RuntimeError) as error:
            raise self._failure(getattr(error, "strerror", None) or f"{error}") from None

    @property
    def seconds(self) -> float:
        """Length so far, s."""
        return self.pictures / self.fps

    def add(self, pixels: np.ndarray) -> None:
        """Add one picture, uint8 (height, width, 3). OutputError if ffmpeg fails."""
        width, height = self.size
        if self._process is None or self._process.stdin is None:
            raise self._failure("it has been closed")
        try:
            self._process.stdin.write(np.ascontiguousarray(pixels[:height, :width]).tobytes())
        except OSError:
            self.close()  # says why
        self.pictures += 1

    def close(self) -> None:
        """Finish the file. OutputError if the video cannot be written; an existing file is then kept."""
        process, self._process = self._process, None
        if process is None:
            return
        if process.stdin:
            with suppress(OSError):
                process.stdin.close()
        if process.wait() == 0:
            os.replace(self._temporary, self.path)
            return
        self._said.seek(0)
        lines = self._said.read().decode(errors="replace").strip().splitlines()
        ended = f"ffmpeg ended with status {process.returncode}"
        raise self._failure(lines[0].rpartition("] ")[2] if lines else ended)

    def _failure(self, reason: str) -> OutputError:
        with suppress(OSError):
            self._temporary.unlink()
        return OutputError(f"{self.path}: the video cannot be written: {reason}")


class Filming:
    """Records a running simulation at true time: a second of the video is a simulated one, however slow the window."""

    def __init__(self, film: Film) -> None:
        self.film = film
        self._owed = 1.0

    def advance(self, elapsed: float, take: Callable[[], np.ndarray]) -> None:
        """Record the picture `elapsed` simulated seconds after the last. OutputError if that fails."""
        self._owed = min(self._owed + elapsed * self.film.fps, MOST_AT_ONCE)
        if self._owed < 1.0:
            return
        pixels = take()
        while self._owed >= 1.0:
            self.film.add(pixels)
            self._owed -= 1.0

    def end(self) -> str:
        """Finish the video; returns a message."""
        self.film.close()
        return f"saved {self.film.path}: {self.film.seconds:.1f} s"
