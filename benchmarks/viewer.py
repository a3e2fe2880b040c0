"""The viewer without a display: memory over ten minutes of playing, and the processor time of a recorded video.

python benchmarks/viewer.py [--checkpoint checkpoints/walk.pt] [--minutes 10] [--steps 8] [--seconds 60]

The window is drawn offscreen with all panels at 1280x720, in the quality of the renderer that is found. Every picture
shows `--steps` control steps: fewer pictures are drawn than in those minutes, but all steps are made.
The video is what `muscle-viewer render` writes, in a process of its own; its time is that of the encoder too.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer.capture.offscreen import Offscreen

SIZE = (1280, 720)
PICTURES = 30
"""Pictures per second of playing."""

SETTLED = 10.0
"""Simulated seconds before the first measurement."""


def resident() -> float:
    """Resident memory of this process, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 1e6


def play(checkpoint: Path, minutes: float, steps: int) -> None:
    """Simulate some minutes, and print the memory at the start and after each."""
    surface = Offscreen(SIZE)  # before anything else imports OpenGL
    from muscle_viewer.viewer import commands as c
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.app.opening import open_path

    app = App(open_path(checkpoint), surface, step_budget=1e9)
    told, begin = -1, time.process_time()
    while app.runtime.history.now < 60 * minutes:
        app.send(c.Step(steps))
        app.frame(1 / PICTURES)
        surface.read()
        minute = int(app.runtime.history.now / 60)
        if minute > told and app.runtime.history.now > SETTLED:
            told = minute
            print(f"{resident():8.0f}  MB after {told} min of playing", flush=True)
    print(f"{time.process_time() - begin:8.0f}  s of processor time for it")
    app.close()
    surface.close()


def record(checkpoint: Path, seconds: float) -> None:
    """Record a video, and print the processor time that it took."""
    size = f"{SIZE[0]}x{SIZE[1]}"
    with tempfile.TemporaryDirectory() as folder:
        options = ["--seconds", str(seconds), "--size", size]
        command = ["-m", "muscle_viewer.viewer", "render", str(checkpoint), f"{folder}/a.mp4"]
        subprocess.run([sys.executable, *command, *options], check=True)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{used.ru_utime + used.ru_stime:8.0f}  s of processor time for a video of {seconds:g} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=checkpoints_folder() / "walk.pt")
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--steps", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=60.0)
    options = parser.parse_args()
    if options.seconds:
        record(options.checkpoint, options.seconds)
    if options.minutes:
        play(options.checkpoint, options.minutes, options.steps)


if __name__ == "__main__":
    main()
