"""Models of other programs written as character-2, which opens without the program."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, _core
from muscle_viewer.core.convert import main as convert
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.models.read import read_model, read_parts
from muscle_viewer.core.models.write_yaml import write_yaml
from muscle_viewer.core.readers.character import Character
from small_legs import LEG, TREE

pytest.importorskip("mujoco", reason="the mujoco extra brings it")

FIELDS = {
    "muscle_length": 1e-14, "moment_arm": 1e-12, "active_force": 1e-11, "passive_force": 1e-11,
    "body_position": 1e-14, "acceleration": 1e-11,
}  # fmt: skip
"""Relative differences that rounding of the frames' quaternions may leave, double precision."""


@pytest.fixture(autouse=True)
def _own_cache(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path_factory.getbasetemp() / "cache"))


def assert_same(first: Character, second: Character) -> None:
    """Names, poses, and the quantities of both in random states."""
    assert [m.name for m in first.muscles] == [m.name for m in second.muscles]
    assert [b.name for b in first.bodies] == [b.name for b in second.bodies]
    assert first.dof_names == second.dof_names
    assert first.coordinates == second.coordinates
    assert first.pose() == second.pose() and first.keyframes == second.keyframes
    rng = np.random.default_rng(8)
    simulations = [
        _core.ReferenceSimulation(_core.Model(c), actuator="activation") for c in (first, second)
    ]
    for _ in range(10):
        pose, rates = (rng.normal(size=len(first.dof_names)) * 0.4 for _ in range(2))
        for simulation in simulations:
            simulation.set_state(0, pose, rates)
            simulation.kinematics()
            simulation.muscles()
            simulation.forward_dynamics()
        for name, tolerance in FIELDS.items():
            a, b = (np.array(s.field(name)) for s in simulations)
            if a.size:
                np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * np.abs(a).max())


KEYED = LEG.replace(
    "</mujoco>", '<keyframe><key name="bent" qpos="0.3 0 0.9 0"/></keyframe></mujoco>'
)


@pytest.mark.parametrize(
    "source",
    [
        "leg.xml",
        "myofinger",
        *(pytest.param(n, marks=pytest.mark.slow) for n in ("myolegs", "myohand")),
    ],
)
def test_a_written_model_is_the_same_to_rounding(tmp_path: Path, source: str) -> None:
    if source == "leg.xml":
        path: Path = tmp_path / source
        path.write_text(KEYED)
    else:
        pytest.importorskip("myo_sim", reason="the oracle extra brings it")
        path = Path(f"myo_sim:{source}")
    out = tmp_path / "out" / "model.yaml"
    out.parent.mkdir()
    write_yaml(out, *read_parts(path), str(path))
    first, second = read_model(path), read_model(out)
    assert_same(first, second)
    assert len(_contacts(first)) == len(_contacts(second))
    np.testing.assert_allclose(_contacts(first), _contacts(second), atol=1e-15)
    drawn = [[shape.type for body in c.bodies for shape in body.shapes] for c in (first, second)]
    assert drawn[0] == drawn[1]
    assert not second.left_out
    assert all(line in out.read_text() for line in first.left_out)


def _contacts(character: Character) -> list[list[float]]:
    return [[i, *c.position, c.radius] for i, b in enumerate(character.bodies) for c in b.contacts]


def test_a_written_model_opens_without_the_wheel_and_steps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "leg.xml").write_text(KEYED)
    out = tmp_path / "leg.yaml"
    assert convert([str(tmp_path / "leg.xml"), str(out)]) == 0
    assert f"{out}: 2 bodies, 4 coordinates, 1 muscles" in capsys.readouterr().out
    actions = np.full((3, 1), 0.7, np.float32)
    theirs = BatchEnv(tmp_path / "leg.xml", 3)
    theirs.reset()
    wanted = [theirs.step(actions)[0].copy() for _ in range(30)][-1]
    monkeypatch.setitem(sys.modules, "mujoco", None)
    ours = BatchEnv(out, 3)
    ours.reset()
    found = [ours.step(actions)[0].copy() for _ in range(30)][-1]
    np.testing.assert_allclose(found, wanted, atol=1e-4)


def test_other_characters_and_endings_are_refused_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "leg.xml").write_text(LEG)
    (tmp_path / "leg.yaml").write_text(TREE)
    for source, out, said in (
        ("leg.yaml", "other.yaml", "is no model of another program"),
        ("leg.xml", "leg.pt", "a model is written as .yaml"),
        ("leg.xml", "no/leg.yaml", "no/leg.yaml"),
    ):
        assert convert([str(tmp_path / source), str(tmp_path / out)]) == 2
        error = capsys.readouterr().err
        assert said in error and error.count("\n") == 1


MESHED = TREE.replace(
    "    mass: 10\n", "    mass: 10\n    shapes: [{type: mesh, file: FILE, size: [1, 1, 1]}]\n"
)


def test_a_mesh_that_is_missing_is_left_out_by_name(tmp_path: Path) -> None:
    path = tmp_path / "leg.yaml"
    path.write_text(MESHED.replace("FILE", "bones/pelvis.obj"))
    character = read_model(path)
    assert character.left_out == ["mesh 'pelvis.obj' of 'pelvis': its file is missing"]
    (tmp_path / "bones").mkdir()
    (tmp_path / "bones" / "pelvis.obj").write_text("v 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n")
    (shape,) = [shape for body in read_model(path).bodies for shape in body.shapes]
    assert shape.mesh == tmp_path / "bones" / "pelvis.obj"


@pytest.mark.parametrize("name", ["/etc/passwd", "../a.obj", "a.txt", "''", '"a\\0.obj"'])
def test_a_mesh_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    path = tmp_path / "leg.yaml"
    path.write_text(MESHED.replace("FILE", name))
    with pytest.raises(ModelError, match=r"shapes\[0\]\.file: the path of an .obj") as caught:
        read_model(path)
    assert "\n" not in str(caught.value)


def test_poses_of_unknown_coordinates_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "leg.yaml"
    path.write_text(TREE + "keyframes: {bent: {kneee: 1}}\n")
    with pytest.raises(
        ModelError, match=r"keyframes\.bent: no coordinate 'kneee'; did you mean 'knee'"
    ):
        read_model(path)
