"""An X server without a screen, for tests that open windows."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

NEEDED = ("Xvfb", "xdotool")
"""Programs: the server, and what moves its mouse and presses its keys."""


def missing() -> str:
    """The name of the first needed program that is not installed, or nothing."""
    return next((name for name in NEEDED if shutil.which(name) is None), "")


@contextlib.contextmanager
def x_server(log: Path, screen: str = "1600x1000x24") -> Iterator[str]:
    """The DISPLAY of a new server, which takes the first number that is free. `log` gets what it prints."""
    reading, writing = os.pipe()
    command = ["Xvfb", "-displayfd", str(writing), "-screen", "0", screen, "-nolisten", "tcp"]
    with log.open("w") as printed:
        server = subprocess.Popen(
            [*command, "-noreset"], pass_fds=[writing], stdout=printed, stderr=printed
        )
    os.close(writing)
    try:
        with os.fdopen(reading) as ready:
            number = ready.readline().strip()  # empty where the server has ended
        if not number:
            raise RuntimeError(f"Xvfb did not start: {log.read_text().strip()}")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()
