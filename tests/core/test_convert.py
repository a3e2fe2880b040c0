"""muscle-convert names what it is given where that is nothing to convert."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

import pytest
import torch
from muscle_viewer.core.convert import main as convert


def _library_file(path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("policy.pth", b"")


FILES = {
    "walk.bvh": (lambda path: path.write_text("HIERARCHY\nROOT Hips\n"), "a BVH motion capture"),
    "angles.mot": (lambda path: path.write_text("angles\nendheader\n"), "a table of OpenSim"),
    "notes.md": (lambda path: path.write_text("# Notes\n"), "an unknown kind of file"),
    "ppo.zip": (_library_file, "a model of Stable-Baselines3, not a checkpoint; muscle-convert FILE OUT.pt --muscle"),
    "bare.pt": (lambda path: torch.save({"a.weight": torch.zeros(2, 2)}, path), "a bare state_dict"),
    "walk.pt": (lambda path: shutil.copy("checkpoints/walk.pt", path), "in the project's format already"),
}  # fmt: skip


@pytest.mark.parametrize("name", FILES)
def test_what_is_no_checkpoint_of_another_program_is_named(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write, said = FILES[name]
    source = tmp_path / name
    write(source)
    assert convert([str(source), str(tmp_path / "out.pt")]) == 2
    error = capsys.readouterr().err
    assert said in error and str(source) in error and error.count("\n") == 1
    assert not (tmp_path / "out.pt").exists()
