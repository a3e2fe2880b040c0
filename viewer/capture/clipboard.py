"""Copying of pictures to the clipboard by the desktop's program, as GLFW's clipboard holds only text."""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError

if TYPE_CHECKING:
    import numpy as np

PROGRAMS = {
    "wayland": (["wl-copy", "--type", "image/png"], "wl-clipboard"),
    "x11": (["xclip", "-selection", "clipboard", "-target", "image/png", "-i"], "xclip"),
}
"""The command that reads a PNG from standard input, and the Debian package that holds it."""


def copy_picture(pixels: np.ndarray) -> str:
    """Copy pixels, uint8 (height, width, 3); returns a message. UserError if they cannot be copied."""
    from PIL import Image

    if not sys.platform.startswith("linux"):
        raise UserError("pictures can be copied only on Linux; save a screenshot instead (F12)")
    wayland = bool(os.environ.get("WAYLAND_DISPLAY"))
    command, package = PROGRAMS["wayland" if wayland else "x11"]
    if shutil.which(command[0]) is None:
        raise UserError(
            f"the picture cannot be copied: {command[0]} is missing; install {package}, or press F12 for a file"
        )
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    try:
        done = subprocess.run(
            command,
            input=png.getvalue(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=10,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise UserError(f"the picture cannot be copied: {error}") from None
    if done.returncode:
        raise UserError(
            f"the picture cannot be copied: {command[0]} ended with status {done.returncode}"
        )
    return f"copied the picture, {pixels.shape[1]} x {pixels.shape[0]}"
