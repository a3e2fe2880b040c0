"""Models of MuJoCo open by themselves, posed by hand, in the viewer."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import ModelError, load_checkpoint
from muscle_viewer.core.readers.file_kind import MUJOCO, SKELETON, kind_of_text
from muscle_viewer.viewer.app.opening import open_path
from muscle_viewer.viewer.app.recent_files import RecentFiles
from muscle_viewer.viewer.cli import main as viewer
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters

sys.path.append(str(Path(__file__).parents[1] / "core"))
from small_legs import LEG

mujoco = pytest.importorskip("mujoco", reason="the mujoco extra brings it")


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@pytest.fixture
def leg(tmp_path: Path) -> Path:
    path = tmp_path / "leg.xml"
    path.write_text(f"<?xml version='1.0'?>\n<!-- not a <Skeleton> -->\n{LEG}")
    return path


def test_kinds_of_xml_are_told_apart_by_their_root() -> None:
    assert kind_of_text("<!-- a --><!DOCTYPE m>\n<mujoco model='a'>") is MUJOCO
    assert kind_of_text("\n<Skeleton name='a'><!-- as in <mujoco> --></Skeleton>") is SKELETON
    assert kind_of_text("<mujocoinclude>") is None
    assert kind_of_text("<!-- without an end <mujoco>") is None


@pytest.mark.parametrize("ending", [".xml", ".mjb"])
def test_a_model_stands_posed_with_a_slider_for_each_free_coordinate(
    leg: Path, ending: str
) -> None:
    if ending == ".mjb":
        model = mujoco.MjModel.from_xml_path(str(leg))
        leg = leg.with_suffix(ending)
        mujoco.mj_saveModel(model, str(leg))
    session = load_session(leg)
    assert session.info.dof_names == ["hip", "knee"]
    assert session.bounds.pose == ((-1, 1), (0, 2)) and not session.bounds.ways
    model, held = mujoco.MjModel.from_xml_string(LEG), Parameters().posed(0, 0.4).posed(1, 1.2)
    session.change(held)
    data = mujoco.MjData(model)
    data.qpos[model.joint("hip").qposadr[0]] = 0.4
    data.qpos[model.joint("knee").qposadr[0]] = 1.2
    constants = [model.equality(e).data[:5] for e in range(2)]
    for name, polynomial in zip(("slip", "twist"), constants, strict=True):
        data.qpos[model.joint(name).qposadr[0]] = np.polynomial.Polynomial(polynomial)(1.2)
    mujoco.mj_forward(model, data)
    assert session.frame().muscle_lengths[0] == pytest.approx(data.ten_length[0], abs=1e-6)


def test_a_slide_is_in_metres(leg: Path) -> None:
    text = LEG.replace('<joint joint1="slip"', '<joint active="false" joint1="slip"')
    leg.write_text(text)
    session = load_session(leg)
    assert session.info.dof_names == ["hip", "slip", "knee"]
    assert session.bounds.ways == {1} and session.bounds.pose[1] == (-2.0, 2.0)


def test_what_is_left_out_is_said_in_one_line(leg: Path) -> None:
    spring = '<spatial name="rectus" stiffness="1" springlength="0 5">'
    leg.write_text(LEG.replace('<spatial name="rectus">', spring))
    said = open_path(leg).description
    assert said is not None and "\n" not in said
    assert "left out: tendon 'rectus' (its own spring, damper, friction, inertia or limit)" in said
    assert load_checkpoint(leg).meta["left_out"] == [
        "tendon 'rectus': its own spring, damper, friction, inertia or limit"
    ]


def test_without_the_wheel_one_line_says_what_to_install(
    leg: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "mujoco", None)
    out = str(leg.with_suffix(".png"))
    for source in (str(leg), "myo_sim:myolegs"):
        assert viewer(["render", source, out]) == 2
        said = capsys.readouterr().err.strip()
        assert said.startswith(f"error: {source}: ") and "\n" not in said
        assert said.endswith("pip install muscle-viewer[mujoco]")


def test_a_name_of_a_package_opens_and_is_remembered_as_it_is(tmp_path: Path) -> None:
    pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    session = load_session(Path("myo_sim:myofinger"))
    assert len(session.bounds.pose) == len(session.info.dof_names) == 4
    recent = RecentFiles(tmp_path / "recent.json")
    recent.add(Path("myo_sim:myofinger"))
    assert RecentFiles(tmp_path / "recent.json").paths == [Path("myo_sim:myofinger")]
    with pytest.raises(ModelError, match="myo_sim:nothing: a MuJoCo model"):
        load_session(Path("myo_sim:nothing"))


MESH = """
<mujoco>
  <asset><mesh name="wedge" vertex="0 0 0  0.1 0 0  0 0.2 0  0 0 0.3"/></asset>
  <worldbody>
    <body name="bone" pos="0 0 1">
      <joint name="turn" axis="0 1 0"/>
      <geom type="mesh" mesh="wedge" pos="0.5 0 0"/>
      <geom type="sphere" size="0.4" group="1"/>
    </body>
  </worldbody>
</mujoco>
"""


def test_meshes_are_drawn_where_mujoco_has_them(tmp_path: Path) -> None:
    from muscle_viewer.core.gaitnet.characters.obj import read_obj
    from muscle_viewer.core.rotation import rotations

    path = tmp_path / "bone.xml"
    path.write_text(MESH)
    session = load_session(path)
    (shape,) = session.info.shapes
    assert shape.type == "mesh" and shape.mesh is not None
    local = read_obj(shape.mesh)[0] @ rotations(shape.orientation[None])[0].T + shape.position
    frame = session.frame()
    drawn = local @ frame.body_rotations[shape.body].T + frame.body_positions[shape.body]
    wanted = [(0.5, 1, 0), (0.6, 1, 0), (0.5, 1, -0.2), (0.5, 1.3, 0)]
    nearest = np.linalg.norm(drawn[:, None] - np.array(wanted), axis=2)
    assert nearest.min(0).max() < 1e-5 and nearest.min(1).max() < 1e-5


def test_meshes_are_left_out_by_name_where_no_cache_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    (tmp_path / "bone.xml").write_text(MESH)
    session = load_session(tmp_path / "bone.xml")
    assert [shape.type for shape in session.info.shapes] == ["sphere"]
    assert "left out: meshes" in str(open_path(tmp_path / "bone.xml").description)


def test_the_boxes_of_shapes_hold_their_ends(surface: object) -> None:
    from muscle_viewer.viewer.scene.render.bones import (
        _corners,
    )  # OpenGL, of the surface's platform

    vertices = np.array([[-1, -1, -1], [1, 1, 1]], float)
    capsule = np.array([[0.1, 0.1, 0.1, 0.5]])
    corners = _corners(vertices, capsule)[0]
    np.testing.assert_allclose(np.abs(corners), np.tile([0.1, 0.6, 0.1], (8, 1)))


def test_a_free_root_stands_as_in_the_models_initial_pose(tmp_path: Path) -> None:
    text = """<mujoco><worldbody><body name="log" pos="0.5 0.2 1" quat="0.6 0 0.8 0"><freejoint/>
        <geom type="capsule" size="0.1 0.3"/></body></worldbody></mujoco>"""
    (tmp_path / "log.xml").write_text(text)
    model = mujoco.MjModel.from_xml_string(text)
    data = mujoco.MjData(model)
    mujoco.mj_forward(model, data)
    frame = load_session(tmp_path / "log.xml").frame()
    upright = np.array([[1, 0, 0], [0, 0, 1], [0, -1, 0]])
    wanted = upright @ data.xmat[1].reshape(3, 3)
    np.testing.assert_allclose(frame.body_rotations[0], wanted, atol=1e-6)
    np.testing.assert_allclose(frame.body_positions[0], upright @ data.xpos[1], atol=1e-6)


@pytest.mark.parametrize("source", ["leg.xml", "myo_sim:myofinger"])
def test_a_recorded_pose_replays_without_its_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str
) -> None:
    if source.startswith("myo_sim"):
        pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    monkeypatch.chdir(tmp_path)
    Path("leg.xml").write_text(LEG)
    assert viewer([source, "--headless", "--seconds", "0.5", "--save-run", "run.mvrun"]) == 0
    Path("leg.xml").unlink()
    assert viewer(["verify", "run.mvrun"]) == 0


def test_the_agreement_of_a_model_is_a_command(
    leg: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert viewer(["verify-model", str(leg), "--states", "4"]) == 0
    assert "muscle lengths, m" in capsys.readouterr().out
    assert viewer(["verify-model", str(leg), "--states", "0"]) == 2
    assert "--states: 0 given" in capsys.readouterr().err
