"""What the commands say of files that are none, of drivers that are too old and of displays that do not answer."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import forked
import pytest
import small_gaitnet
from muscle_viewer.core import UserError, load_checkpoint
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer.app.opening import open_onto, open_path

pytestmark = pytest.mark.slow

SHIPPED = checkpoints_folder() / "walk.pt"
ATTACK = (
    b"\x80\x05\x8c\x05numpy\x8c\x07ndarray\x93K\x01\x85\x8c\x01O\x96\x08"
    + bytes(7)
    + b"\x41" * 8
    + b"\x87RK\x00Ns."
)
"""An object array over these very bytes, whose item is released: SIGSEGV of both commands before."""


def command(module: str, *arguments: object, **variables: str) -> tuple[int, str]:
    """Exit status and the one line on stderr of a command."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    result = forked.run("-m", f"muscle_viewer.{module}", *arguments, env=environment | variables)
    return result.returncode, result.stderr.strip()


@pytest.mark.parametrize("module", ["viewer", "core.convert"])
@pytest.mark.parametrize("kind", ["attack", "pipe", "device", "kernel", "long"])
def test_a_file_that_is_none_ends_a_command_in_one_line(
    module: str, kind: str, tmp_path: Path
) -> None:
    (tmp_path / "attack.pt").write_bytes(ATTACK)
    os.mkfifo(tmp_path / "pipe.pt")
    path = {
        "attack": tmp_path / "attack.pt",
        "pipe": tmp_path / "pipe.pt",
        "device": Path("/dev/zero"),
        "kernel": Path("/proc/self/maps"),
        "long": tmp_path / ("a" * 300),
    }[kind]
    options = ["--headless"] if module == "viewer" else []
    status, line = command(module, path, *options)
    assert status == 2
    assert line.startswith("error: ") and "\n" not in line


def test_a_driver_without_opengl_3_3_is_said_to_be_that(tmp_path: Path) -> None:
    """CoppeliaRobotics/coppeliaSimLib#12: objects of PyOpenGL and the advice to install what is there."""
    try:
        from muscle_viewer.viewer.capture.offscreen import NoContextError, Offscreen

        Offscreen((16, 16)).close()
    except NoContextError as error:
        pytest.skip(f"nothing can be drawn here: {error}")
    old = {"MESA_GL_VERSION_OVERRIDE": "2.1", "MESA_GLSL_VERSION_OVERRIDE": "120"}
    status, line = command("viewer", SHIPPED, "--screenshot", tmp_path / "x.png", "--at", 0, **old)
    assert status == 2
    assert line.startswith("error: no picture can be drawn: the driver gives no OpenGL 3.3; ")
    assert "object at" not in line and "install" not in line


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Wayland is Linux's")
def test_a_wayland_display_that_does_not_answer_is_named(tmp_path: Path) -> None:
    status, line = command(
        "viewer", SHIPPED, WAYLAND_DISPLAY="wayland-7", XDG_RUNTIME_DIR=str(tmp_path)
    )
    assert status == 2
    assert "WAYLAND_DISPLAY=wayland-7" in line and "DISPLAY environment" not in line


def test_a_bvh_dropped_on_the_shipped_walk_says_what_it_moves(
    tmp_path: Path, complaint: Callable[..., str]
) -> None:
    """facebookresearch/AnimatedDrawings#225: it was 'not valid YAML at line 55'."""
    path = tmp_path / "gait.bvh"
    path.write_text(small_gaitnet.bvh())
    line = complaint(lambda: open_onto(path, load_checkpoint(SHIPPED)))
    assert f"{path}: a BVH motion capture, not a motion YAML" in line
    assert "MASS and GaitNet" in line


def test_a_bvh_dropped_on_a_character_of_mass_moves_it(tmp_path: Path) -> None:
    config = small_gaitnet.write_all(tmp_path) / "env.xml"
    checkpoint = load_checkpoint(config)
    path = tmp_path / "other.bvh"
    path.write_text(small_gaitnet.bvh(frames=5))
    opened = open_onto(path, checkpoint)
    assert opened.session.checkpoint.config.motion.file == path
    assert opened.session.checkpoint.config.motion.generation == checkpoint.config.motion.generation


def test_a_run_that_is_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "a.mvrun")
    with pytest.raises(UserError, match="is a pipe"):
        open_path(tmp_path / "a.mvrun")
