"""Values of an environment's parameters on the command line of `muscle-viewer`."""

from __future__ import annotations

from pathlib import Path

import numpy as np
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


def test_muscles_are_weak_or_short_and_selected_by_name_and_group(checkpoint: Path) -> None:
    options = ["--weaken", "toe_extensor_l=0.5,soleus=0.25", "--shorten", "gasmed_r=0.8"]
    opened = _open(parse([str(checkpoint), *options, "--select", "toe_extensor"]), checkpoint)
    info, plain = opened.session.info, _open(parse([str(checkpoint)]), checkpoint).session.info
    factors = info.max_isometric_force / plain.max_isometric_force
    weaker = {info.muscle_names[k]: factors[k] for k in np.flatnonzero(factors < 0.99)}
    wanted = {"edl_l": 0.5, "ehl_l": 0.5, "soleus_l": 0.25, "soleus_r": 0.25}
    assert weaker == pytest.approx(wanted)
    assert dict(opened.session.parameters.length) == {info.muscle_names.index("gasmed_r"): 0.8}
    chosen = {info.muscle_names[k] for k in opened.selection}
    assert chosen == {"edl_l", "ehl_l", "edl_r", "ehl_r"}


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
