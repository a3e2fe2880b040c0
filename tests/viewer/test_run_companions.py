"""Recorded runs of models that consist of several files replay where these are gone, or have changed."""

from __future__ import annotations

import json
import shutil
import sys
import zipfile
from pathlib import Path

import pytest
from muscle_viewer.core import UserError
from muscle_viewer.viewer.cli import main as viewer
from muscle_viewer.viewer.recording import run_file

sys.path.append(str(Path(__file__).parents[1] / "core"))
from small_legs import LEG

WEDGE = "v 0 0 0\nv 0.1 0 0\nv 0 0.2 0\nv 0 0 0.3\nf 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n"
INCLUDE = '<include file="parts/assets.xml"/>'


@pytest.fixture
def leg(tmp_path: Path) -> Path:
    """A leg that includes its assets, which name a mesh of another folder."""
    pytest.importorskip("mujoco", reason="the mujoco extra brings it")
    folder = tmp_path / "there"
    (folder / "legs" / "parts").mkdir(parents=True)
    (folder / "meshes").mkdir()
    (folder / "meshes" / "wedge.obj").write_text(WEDGE)
    assets = '<mujoco><asset><mesh name="wedge" file="wedge.obj"/></asset></mujoco>'
    (folder / "legs" / "parts" / "assets.xml").write_text(assets)
    file = folder / "legs" / "leg.xml"
    compiler, site = '<compiler angle="radian"', '<site name="insertion"'
    text = LEG.replace(f"{compiler}/>", f'{compiler} meshdir="../meshes"/>{INCLUDE}')
    file.write_text(text.replace(site, f'<geom type="mesh" mesh="wedge"/>{site}'))
    return file


def recorded(model: Path, run: Path) -> Path:
    assert viewer([str(model), "--headless", "--seconds", "0.5", "--save-run", str(run)]) == 0
    return run


def shapes_of(run: Path) -> list[str]:
    return [shape.type for shape in run_file.load(run).session().info.shapes]


def test_a_model_of_includes_and_meshes_replays_after_its_folder_is_gone(
    leg: Path, tmp_path: Path
) -> None:
    run = recorded(leg, tmp_path / "leg.mvrun")
    shown = shapes_of(run)
    assert "mesh" in shown
    shutil.rmtree(tmp_path / "there")
    assert viewer(["verify", str(run)]) == 0
    assert shapes_of(run) == shown


def test_a_changed_include_does_not_change_the_run(leg: Path, tmp_path: Path) -> None:
    run = recorded(leg, tmp_path / "leg.mvrun")
    assets = leg.parent / "parts" / "assets.xml"
    assets.write_text(assets.read_text().replace("<mesh ", '<mesh scale="1 1 3" '))
    assert viewer(["verify", str(run)]) == 0


def test_an_opensim_model_keeps_its_bones(
    osim_rl_models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("opensim", reason="the opensim extra brings it")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "there"
    shutil.copytree(osim_rl_models / "Geometry", folder / "Geometry")
    shutil.copy(osim_rl_models / "gait9dof18musc.osim", folder)
    run = recorded(folder / "gait9dof18musc.osim", tmp_path / "gait.mvrun")
    shutil.rmtree(folder)
    shutil.rmtree(tmp_path / "cache")
    assert viewer(["verify", str(run)]) == 0
    assert shapes_of(run).count("mesh") == 19


def test_a_converted_model_keeps_its_meshes(leg: Path, tmp_path: Path) -> None:
    from muscle_viewer.core.convert import main as convert

    folder = tmp_path / "converted"
    folder.mkdir()
    assert convert([str(leg), str(folder / "leg.yaml")]) == 0
    run = recorded(folder / "leg.yaml", tmp_path / "leg.mvrun")
    shutil.rmtree(folder)
    assert viewer(["verify", str(run)]) == 0
    assert "mesh" in shapes_of(run)


@pytest.mark.parametrize(
    "place", ["../outside.obj", "/outside.obj", "C:\\outside.obj", "a/../../b"]
)
def test_no_file_is_written_outside_the_runs_own_folder(
    leg: Path, tmp_path: Path, place: str
) -> None:
    run = recorded(leg, tmp_path / "leg.mvrun")
    shutil.rmtree(tmp_path / "there")
    hostile = tmp_path / "hostile.mvrun"
    with zipfile.ZipFile(run) as given, zipfile.ZipFile(hostile, "w") as made:
        for name in given.namelist():
            content = given.read(name)
            if name == "run.json":
                head = json.loads(content)
                files = head["companions"]["character"]["files"]
                files[place] = files.pop("meshes/wedge.obj")
                content = json.dumps(head).encode()
            made.writestr(name, content)
    with pytest.raises(UserError, match="damaged") as caught:
        run_file.load(hostile)
    assert "\n" not in str(caught.value)
