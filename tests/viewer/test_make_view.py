"""`make view` of the source tree, as in a terminal without a display: Ctrl-C ends it well at any time."""

import os
import pty
import select
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SECONDS = 60.0
"""Bound of a test that fails."""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed"),
    pytest.mark.skipif(
        not (ROOT / ".venv/.stamps/installed").exists()
        or Path(sys.prefix).resolve() != (ROOT / ".venv").resolve(),
        reason="the source tree was not set up by make",
    ),
]


def interrupted(awaited: bytes, folder: Path) -> tuple[int, str]:
    """Exit status of make, and what it said, where Ctrl-C is pressed once some words were printed."""
    kept = {name: value for name, value in os.environ.items() if "DISPLAY" not in name}
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(ROOT)
        signal.signal(
            signal.SIGINT, signal.SIG_DFL
        )  # ignored where the tests run in the background of a shell
        words = ["make", "--no-print-directory", "view", "PORT=0"]
        os.execvpe(words[0], words, {**kept, "XDG_CONFIG_HOME": str(folder)})
    said, pressed, end = b"", False, time.monotonic() + SECONDS
    try:
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    said += os.read(terminal, 4096)
                except OSError:  # closed: all that had it open have ended
                    break
            if awaited in said and not pressed:
                pressed = True
                time.sleep(0.2)
                os.write(terminal, b"\x03")
        else:
            os.kill(child, 9)
    finally:
        os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said.decode()


@pytest.mark.parametrize("awaited", [b"Ctrl-C ends it.", b"muscle-viewer checkpoints"])
def test_ctrl_c_ends_make_view_with_status_0(awaited: bytes, tmp_path: Path) -> None:
    status, said = interrupted(awaited, tmp_path)  # while it serves, and while it starts
    assert status == 0, said
