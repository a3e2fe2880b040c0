"""The mean of two checkpoints' networks."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from muscle_viewer.core import load_checkpoint
from muscle_viewer.core.folders import checkpoints_folder

from tools.average_checkpoints import main, mean


def opened(name: str) -> dict:
    return torch.load(checkpoints_folder() / name, map_location="cpu", weights_only=True)


def test_networks_are_averaged_and_both_trainings_told(tmp_path: Path) -> None:
    first, second = opened("walk.pt"), opened("run.pt")
    made = mean(first, second, 0.25)
    for part in ("policy", "muscle"):
        for name, tensor in made[part].items():
            a, b = first[part][name], second[part][name]
            expected = 0.75 * a.double() + 0.25 * b.double() if a.is_floating_point() else b
            torch.testing.assert_close(tensor.double(), expected.double(), rtol=1e-5, atol=1e-6)
    assert made["config"] == second["config"]
    assert made["meta"]["averaged_with"]["meta"]["command"] == first["meta"]["command"]
    torch.save(made, tmp_path / "mean.pt")
    assert load_checkpoint(tmp_path / "mean.pt").policy is not None


def test_networks_of_other_sizes_have_no_mean() -> None:
    with pytest.raises(ValueError, match="muscle: the networks differ in size"):
        mean(opened("walk.pt"), opened("whole_body.pt"), 0.5)


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["no.pt", "no.pt"], "No such file"),
        (["pyproject.toml", "pyproject.toml"], "no two checkpoints of one training"),
        (["checkpoints/walk.pt", "checkpoints/walk.pt", "--share", "2"], "0 to 1 expected"),
    ],
)
def test_what_is_no_checkpoint_is_refused_in_a_line(
    arguments: list[str], part: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    out = tmp_path / "out.pt"
    monkeypatch.setattr("sys.argv", ["average_checkpoints", *arguments, "--out", str(out)])
    with pytest.raises(SystemExit) as ended:
        main()
    assert ended.value.code == 2 and part in capsys.readouterr().err and not out.exists()
