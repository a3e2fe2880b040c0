"""Files of a skeleton, muscles or a motion open by themselves, with what lies beside them, or say what opens them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from left_out import GAITNET_DATA as FILES
from left_out import needs_gaitnet
from muscle_viewer.core import UserError, load_checkpoint
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.core.gaitnet.characters.obj import read_obj
from muscle_viewer.core.rotation import rotations
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.app.benchmark import save_run
from muscle_viewer.viewer.app.opening import open_onto
from muscle_viewer.viewer.cli import main as viewer
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.pose_session import PoseSession
from muscle_viewer.viewer.simulation.runtime import Runtime

sys.path.append(str(Path(__file__).parents[1] / "core" / "gaitnet"))
from small_gaitnet import DOFS, bvh, muscles_yaml, skeleton_xml, skeleton_yaml

pytestmark = pytest.mark.slow


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A person's files without any environment."""
    (tmp_path / "skeleton").mkdir()
    (tmp_path / "motion").mkdir()
    (tmp_path / "skeleton" / "base.xml").write_text(skeleton_xml())
    (tmp_path / "muscles.yaml").write_text(muscles_yaml())
    (tmp_path / "motion" / "walk.bvh").write_text(bvh())
    return tmp_path


@pytest.mark.parametrize(("name", "text"), [("a.xml", skeleton_xml()), ("a.yaml", skeleton_yaml())])
def test_a_skeleton_stands_on_the_ground_in_its_zero_pose(
    tmp_path: Path, name: str, text: str
) -> None:
    (tmp_path / name).write_text(text)
    session = load_session(tmp_path / name)
    assert isinstance(session, PoseSession)
    runtime = Runtime(session)
    for command in (c.Step(), c.Step(40)):
        runtime.handle(command)
        pose = runtime.frame.positions.copy()
        assert pose[4] == pytest.approx(0.951, abs=1e-5)  # the soles of its feet 1 mm up
        pose[4] = 0
        np.testing.assert_array_equal(pose, 0.0)
    assert runtime.frame.time == pytest.approx(41 / 30)
    assert not runtime.frame.terminated and not runtime.frame.truncated


def test_every_dof_is_held_where_its_slider_is(folder: Path) -> None:
    session = load_session(folder / "skeleton" / "base.xml")
    bounds = session.bounds.pose
    assert len(bounds) == DOFS
    assert bounds[15] == (0.0, 2.3) and bounds[6] == (-2.0, 2.0)  # the file's limits
    assert bounds[0] == (-np.pi, np.pi)
    runtime = Runtime(session)
    parameters = Parameters()
    for dof, (low, high) in enumerate(bounds):
        parameters = parameters.posed(dof, low + 0.3 * (high - low))
    runtime.handle(c.SetParameters(parameters))
    runtime.handle(c.Step())
    wanted = [low + 0.3 * (high - low) for low, high in bounds]
    np.testing.assert_allclose(runtime.frame.positions[3:], wanted[3:], atol=2e-5)
    knee = session.info.body_names.index("TibiaR")
    bent = runtime.frame.body_rotations[knee]
    runtime.handle(c.SetParameters(Parameters()))
    runtime.handle(c.Step())
    assert np.abs(runtime.frame.body_rotations[knee] - bent).max() > 0.3
    with pytest.raises(UserError, match="no dof 99"):
        session.change(Parameters().posed(99, 0.0))


def test_a_motion_moves_the_skeleton_beside_it(folder: Path) -> None:
    session = load_session(folder / "motion" / "walk.bvh")
    assert session.checkpoint.meta["kind"] == ("a BVH motion capture on base.xml, without physics")
    runtime = Runtime(session)
    motion = session._scene.motion
    runtime.handle(c.Step(round(3 * motion.duration * 30)))
    moved = runtime.frame.positions[5] - runtime.history.frame(0).positions[5]
    assert moved == pytest.approx(3 * motion.cycle_translation[2], abs=0.03)
    runtime.handle(c.Seek(4))
    np.testing.assert_allclose(runtime.frame.positions[6:], session._pose_at(4)[6:], atol=1e-5)


def test_muscles_are_drawn_on_the_skeleton_that_has_their_bodies(folder: Path) -> None:
    checkpoint = load_checkpoint(folder / "muscles.yaml")
    session = PoseSession("muscles", checkpoint)
    assert len(session.info.muscle_names) == 12
    before = session.frame().path_points.copy()
    assert np.ptp(before[:, 1]) > 0.5
    session.change(Parameters().posed(12, 1.0))
    assert np.abs(session.frame().path_points - before).max() > 0.1


@pytest.mark.parametrize("name", ["muscles.yaml", "skeleton/base.yaml"])
def test_a_person_s_files_open_by_themselves_where_a_checkpoint_is_open(
    folder: Path, name: str
) -> None:
    (folder / "skeleton" / "base.yaml").write_text(skeleton_yaml())
    opened = open_onto(folder / name, load_checkpoint(checkpoints_folder() / "walk.pt"))
    assert isinstance(opened.session, PoseSession) and opened.session.name == Path(name).name


@pytest.mark.parametrize("name", ["motion/walk.bvh", "muscles.yaml"])
def test_without_a_skeleton_it_says_what_it_is_and_the_four_lines_open_it(
    folder: Path, tmp_path_factory: pytest.TempPathFactory, name: str
) -> None:
    alone = tmp_path_factory.mktemp("alone") / Path(name).name
    alone.write_bytes((folder / name).read_bytes())
    with pytest.raises(UserError) as caught:
        load_checkpoint(alone)
    first, *lines = str(caught.value).splitlines()
    assert str(alone) in first and "no skeleton of MASS or GaitNet lies beside it" in first
    assert len(lines) == 4
    (alone.parent / "SKELETON.xml").write_text(skeleton_xml())
    (alone.parent / "opens.yaml").write_text("\n".join(line.strip() for line in lines))
    assert viewer([str(alone.parent / "opens.yaml"), "--headless", "--steps", "2"]) == 0


def test_a_motion_of_another_skeleton_says_which_and_a_damaged_one_what(
    folder: Path, complaint: Callable[..., str]
) -> None:
    path = folder / "motion" / "walk.bvh"
    path.write_text(path.read_text().replace("JTorso", "JOther"))
    with pytest.raises(UserError, match=r"does not fit base\.xml: no joint JTorso"):
        load_checkpoint(path)
    path.write_text("HIERARCHY\nnothing\n")
    assert "four lines" not in complaint(load_checkpoint, path)


def test_an_environment_gives_a_motion_its_character(folder: Path) -> None:
    (folder / "env.yaml").write_text(
        "character: {generation: seed, skeleton: skeleton/base.xml, muscles: muscles.yaml}\n"
        "motion: {generation: seed, file: motion/walk.bvh}\n"
    )
    other = folder / "other.bvh"
    other.write_text(bvh(5))
    checkpoint = load_checkpoint(other, folder / "env.yaml")
    assert checkpoint.meta["posed"] and checkpoint.meta["kind"].endswith(
        "on that of env.yaml, without physics"
    )
    with pytest.raises(UserError, match="a checkpoint or a motion takes one"):
        load_checkpoint(folder / "skeleton" / "base.xml", folder / "env.yaml")


def test_what_is_posed_is_recorded_and_replays(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    run = tmp_path / "posed.mvrun"
    save_run(folder / "motion" / "walk.bvh", run, 0.5, 0, None, None)
    assert viewer([str(run), "--verify"]) == 0
    assert "identical" in capsys.readouterr().out


@needs_gaitnet
@pytest.mark.parametrize(
    ("name", "dofs", "muscles"),
    [
        ("fork-2025-11/data/skeleton/outtoe17.yaml", 56, 0),
        ("fork-2025-11/data/motion/walk.h5", 56, 0),
        ("fork-2025-11/data/muscle/intoe10.yaml", 56, 164),
        ("fork-2026-02/data/motion/walk_50dof.h5", 50, 0),
        ("bidirectional-gaitnet/motions/Sim_Waddling.npz", 56, 0),
    ],
)
def test_real_files_open_by_themselves(name: str, dofs: int, muscles: int) -> None:
    session = load_session(FILES / name)
    assert isinstance(session, PoseSession)
    runtime = Runtime(session)
    runtime.handle(c.Step(45))
    frame = runtime.frame
    assert (len(frame.positions), len(session.info.muscle_names)) == (dofs, muscles)
    assert 0.7 < frame.positions[4] < 1.1


@needs_gaitnet
def test_what_is_no_motion_is_one_line(complaint: Callable[..., str]) -> None:
    said = complaint(load_checkpoint, FILES / "fork-2026-02/data/normative_kinematics.h5")
    assert "no dataset 'motions'" in said


@needs_gaitnet
@pytest.mark.parametrize("child", ["gmfcs1", "gmfcs2", "gmfcs3"])
def test_the_bones_of_a_child_are_its_own_size_and_stand_on_the_ground(child: str) -> None:
    """Its meshes are an adult's."""
    session = load_session(FILES / f"fork-2026-02/data/skeleton/{child}.yaml")
    frame = session.frame()
    lowest, highest = np.inf, -np.inf
    for shape in session.info.shapes:
        if shape.mesh is None:
            continue
        points = read_obj(shape.mesh)[0] * shape.size
        local = points @ rotations(shape.orientation[None])[0].T + shape.position
        turn, place = frame.body_rotations[shape.body], frame.body_positions[shape.body]
        heights = (local @ turn.T + place)[:, 1]
        lowest, highest = min(lowest, heights.min()), max(highest, heights.max())
    assert abs(lowest) < 0.03
    assert highest == pytest.approx(frame.body_positions[:, 1].max() + 0.2, abs=0.1)
