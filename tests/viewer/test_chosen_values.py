"""Values of an environment's parameters on the command line of `muscle-viewer`."""

from __future__ import annotations

from pathlib import Path

import pytest
from drawn_checkpoint import HEIGHT_AND_WEAKNESS, walk_with_parameters
from muscle_viewer.viewer.arguments import parse
from muscle_viewer.viewer.cli import _open, main

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("checkpoint")
    return walk_with_parameters(
        folder, HEIGHT_AND_WEAKNESS, {"small and weak": {"height": 0.9, "weak": 0.3}}
    )


def test_the_first_file_begins_with_values_and_presets_and_the_second_with_its_defaults(
    checkpoint: Path,
) -> None:
    text = "small and weak,height=1.1"
    options = parse([str(checkpoint), str(checkpoint), "--parameters", text])
    opened = _open(options, checkpoint)
    assert dict(opened.session.parameters.drawn) == {"height": 1.1, "weak": 0.3}
    assert opened.session._environment.parameters.tolist() == pytest.approx([1.1, 0.3])
    assert opened.session._environment.body_mass > 1.2 * 70
    assert opened.second and not opened.second.session.parameters.drawn


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("hight=1.1", "did you mean 'height'"),
        ("height=3", "0.8"),
        ("height=nan", "not a finite number"),
        ("small", "small and weak"),
    ],
)
def test_values_that_cannot_be_are_one_line(
    checkpoint: Path, text: str, part: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    picture = tmp_path / "x.png"
    assert main(["render", str(checkpoint), str(picture), "--parameters", text]) == 2
    said = capsys.readouterr().err
    assert part in said and "Traceback" not in said and not picture.exists()
