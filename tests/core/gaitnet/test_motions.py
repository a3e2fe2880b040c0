"""Motions of MASS and GaitNet that are arrays, and the edits of their walks."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import UserError
from muscle_viewer.core.gaitnet.characters.assemble import (
    read_gaitnet_character,
    read_nodes,
    rotation_matrix,
)
from muscle_viewer.core.gaitnet.characters.skeleton import JOINTS, Node
from muscle_viewer.core.gaitnet.motions.bvh import read_bvh
from muscle_viewer.core.gaitnet.motions.motion import read_gaitnet_motion
from muscle_viewer.core.gaitnet.motions.symmetric import Poses, mirrored, symmetrised
from muscle_viewer.core.gaitnet.source import GaitNetCharacter, GaitNetMotion
from muscle_viewer.core.readers.motion import Motion
from small_gaitnet import SIX_WIDTH, bvh, positions, six, write_all

h5py = pytest.importorskip("h5py", reason="h5py is not installed: pip install h5py")

RATE = 1 / 480


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_all(tmp_path).parent


def read(data: Path, name: str, **options: object) -> Motion:
    source = GaitNetCharacter(generation="seed", skeleton=data / "skeleton.xml")
    motion = GaitNetMotion.model_validate({"file": data / name, "generation": "seed", **options})
    return read_gaitnet_motion(motion, source, read_gaitnet_character(source))


def expected(data: Path, q: np.ndarray) -> np.ndarray:
    """The root's translation is the world's here, its joint's in MASS and GaitNet."""
    placed = q.copy()
    placed[:, 3:6] += read_nodes(data / "skeleton.xml")[0].joint.position
    return placed[:-1]


def write_h5(path: Path, q: np.ndarray, time: np.ndarray | None = None) -> None:
    with h5py.File(path, "w") as file:
        file["motions"] = q.astype(np.float32)
        file["time"] = np.arange(len(q)) * RATE if time is None else time
        file["phase"] = np.linspace(0, 1, len(q))


def test_a_single_cycle_of_hdf5_is_read_as_it_is(data: Path) -> None:
    q = positions(100)
    write_h5(data / "walk.h5", q)
    motion = read(data, "walk.h5")
    np.testing.assert_allclose(motion.frames, expected(data, q), atol=1e-6)
    # The last frame is where the next cycle begins, and the cycle lasts as long as all of them.
    assert motion.frame_time == pytest.approx(RATE * 100 / 99)
    np.testing.assert_allclose(motion.cycle_translation, [0.0, 0.0, 1.2], atol=1e-6)
    assert read(data, "walk.h5", cadence=2.0).frame_time == pytest.approx(RATE * 100 / 99 / 2)


def test_a_motion_of_an_npz_is_one_cycle_of_the_two_that_it_holds(data: Path) -> None:
    """The root's way on the ground is said frame by frame: a step of z 0.04 m 30 times a second is 1.2 m/s."""
    q = positions(60)
    q[:, 3:6] = [0.0, -0.05, 0.04]
    q[30:, 6:] = q[:30, 6:]
    q[30:, :3] = q[:30, :3]
    other = q.copy()
    other[:, 6] += 0.2
    rows = np.stack([six(one).ravel() for one in (q, other)])
    assert rows.shape == (2, 60 * SIX_WIDTH)
    np.savez(data / "motions.npz", motions=rows, params=np.zeros((2, 5)))
    for index, one in enumerate((q, other)):
        motion = read(data, "motions.npz", index=index)
        assert len(motion.frames) == 30 and motion.frame_time == pytest.approx(1 / 30)
        np.testing.assert_allclose(motion.frames[:, 6:], one[:30, 6:], atol=1e-9)
        assert motion.cycle_translation[2] / motion.duration == pytest.approx(1.2)


def test_walk_edits_turn_the_feet_out_and_let_the_arms_hang(data: Path) -> None:
    """As Bidirectional GaitNet makes them; the golden poses of test_golden.py are of the same."""
    nodes = read_nodes(data / "skeleton.xml")
    first = {"TalusR": 16, "TalusL": 23, "ArmR": 26}
    limits = {n.name: (n.lower, n.upper) for n in nodes}
    plain = read(data, "motion/walk.bvh").frames
    edited = read(data, "motion/walk.bvh", walk_edits=True).frames
    for side, sign in (("R", 1.0), ("L", -1.0)):
        at = first[f"Talus{side}"]
        lower, upper = limits[f"Talus{side}"]
        wanted = np.clip(plain[:, at + 1] + sign * 0.12, lower[1], upper[1])  # type: ignore[index]
        np.testing.assert_allclose(edited[:, at + 1], wanted, atol=1e-9)
        assert (edited[:, at + 2] == 0).all()
    arm = limits["ArmR"]
    hanging = np.clip(0.42 * np.pi, arm[0][2], arm[1][2])  # type: ignore[index]
    assert edited[:, first["ArmR"] + 2] == pytest.approx(hanging)


def test_a_cycle_lasts_as_many_frames_as_it_has(data: Path) -> None:
    q = positions(100)
    write_h5(data / "walk.h5", q)
    assert read(data, "walk.h5").duration == pytest.approx(100 * RATE)


def test_a_motion_of_version_two_stands_in_its_group(data: Path) -> None:
    q = positions(100)
    write_h5(data / "one.h5", q)
    with h5py.File(data / "two.h5", "w") as file:
        file.attrs["format_version"] = 2
        file["original/motions"] = q.astype(np.float32)
        file["original/time"] = np.arange(len(q)) * RATE
    np.testing.assert_array_equal(read(data, "two.h5").frames, read(data, "one.h5").frames)


def write_version_three(path: Path, q: np.ndarray, nodes: list[Node], **attributes: object) -> None:
    """As the fork's walk.h5 of 2026: another simulator's coordinates, x ahead and z up, quaternions [w, x, y, z].

    Written by matrices here: its axes are seen by `turn`, and a rotation R is turn R turn^T there.
    """
    turn = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
    rows = []
    for frame in q:
        row, at = [], 0
        for node in nodes:
            values = frame[at : at + JOINTS[node.joint_type]]
            at += len(values)
            if node.joint_type == "Free":
                row.append(turn @ (node.joint.position + values[3:]))
            if len(values) >= 3:
                row.append(quaternion(turn @ rotation_matrix(values[:3]) @ turn.T))
            else:
                row.append(values * np.sign(node.axis.sum()))
        rows.append(np.concatenate(row))
    qpos = np.array(rows, dtype=np.float32)
    with h5py.File(path, "w") as file:
        said = {"format_version": np.int32(3), "forward_axis": np.int32(0), "fps": np.int32(120)}
        for name, value in (said | {"nq": np.int32(qpos.shape[1])} | attributes).items():
            file.attrs[name] = value
        file["qpos"] = qpos
        file["motion_phase"] = np.linspace(0, 1, len(q), dtype=np.float32)
        file["gait_phase"] = np.zeros(len(q), np.float32)
        file["foot_l_target"] = file["foot_r_target"] = np.zeros((len(q), 2), np.float32)


def quaternion(rotation: np.ndarray) -> np.ndarray:
    """[w, x, y, z] of a rotation of less than half a turn."""
    w = np.sqrt(1 + np.trace(rotation)) / 2
    a, b, c = (rotation - rotation.T)[[2, 0, 1], [1, 2, 0]] / (4 * w)
    return np.array([w, a, b, c])


def test_a_motion_of_version_three_is_turned_into_our_axes(data: Path) -> None:
    """A hinge whose axis points down turns about the one that points up there: the angle has the other sign."""
    text = (data / "skeleton.xml").read_text()
    axis = text.index('axis="', text.index('name="TibiaL"'))
    (data / "skeleton.xml").write_text(
        text[:axis] + 'axis="0 -1 0"' + text[text.index('"', axis + 6) + 1 :]
    )
    q, nodes = positions(100), read_nodes(data / "skeleton.xml")
    write_h5(data / "one.h5", q, np.arange(100.0) / 120)
    write_version_three(data / "three.h5", q, nodes)
    one, three = read(data, "one.h5"), read(data, "three.h5")
    np.testing.assert_allclose(three.frames, one.frames, atol=1e-6)
    np.testing.assert_allclose(three.cycle_translation, one.cycle_translation, atol=1e-6)
    assert three.duration == pytest.approx(one.duration)


def test_a_motion_of_version_three_in_other_axes_is_refused(
    data: Path, complaint: Callable[..., str]
) -> None:
    q, nodes = positions(), read_nodes(data / "skeleton.xml")
    write_version_three(data / "ahead.h5", q, nodes, forward_axis=np.int32(2))
    assert "forward_axis: 2, and only 0" in complaint(read, data, "ahead.h5")
    write_version_three(data / "still.h5", q, nodes, fps=np.int32(0))
    assert "fps: frames per second expected" in complaint(read, data, "still.h5")
    write_version_three(data / "fewer.h5", q[:, :-1], nodes[:-1])
    assert "qpos: float32 of shape (60, 33), floats of shape (T, 37)" in complaint(
        read, data, "fewer.h5"
    )
    with h5py.File(data / "ahead.h5", "a") as file:
        file.attrs["forward_axis"] = np.int32(0)
        file["qpos"][3, 3:7] = 0.0
    assert "joint 'Pelvis': a quaternion is not of length 1" in complaint(read, data, "ahead.h5")


def test_a_symmetric_motion_is_its_own_image_half_a_cycle_away(data: Path) -> None:
    source = GaitNetCharacter(generation="seed", skeleton=data / "skeleton.xml")
    nodes = [n for n in read_nodes(source.skeleton) if not n.name.startswith("Arm")]
    rng = np.random.default_rng(3)
    dofs = sum({"Free": 6, "Ball": 3, "Revolute": 1}.get(n.joint_type, 0) for n in nodes)
    frames = rng.normal(0, 0.1, (7, dofs))
    frames[:, 5] = np.arange(7) * 0.2
    whole = symmetrised(Poses(frames, frames[-1], closes=False), nodes, data)
    image = mirrored(np.roll(whole.frames, -7, axis=0), nodes, data)
    np.testing.assert_allclose(image[:, 6:], whole.frames[:, 6:], atol=1e-9)
    assert len(whole.frames) == 14


def test_mistakes_of_arrays_are_one_line(data: Path, complaint: Callable[..., str]) -> None:
    q = positions()
    write_h5(data / "narrow.h5", q[:, :-1])
    assert "motions: float32 of shape (60, 28)" in complaint(read, data, "narrow.h5")
    write_h5(data / "uneven.h5", q, np.arange(60.0) ** 2)
    assert "time: its steps are not even" in complaint(read, data, "uneven.h5")
    write_h5(data / "nan.h5", np.where(q > 1, np.nan, q))
    assert "motions: a number is not finite" in complaint(read, data, "nan.h5")
    with h5py.File(data / "empty.h5", "w") as file:
        file["phase"] = np.zeros(3)
    assert "holds no dataset 'motions' but phase" in complaint(read, data, "empty.h5")
    for version in (2, 4, "two"):  # of version 2 without its group
        write_h5(data / "later.h5", q)
        with h5py.File(data / "later.h5", "a") as file:
            file.attrs["format_version"] = version
        assert f"format_version: {version}" in complaint(read, data, "later.h5")
    (data / "text.h5").write_text("not HDF5")
    assert "text.h5: not an HDF5 file" in complaint(read, data, "text.h5")
    np.savez(data / "few.npz", motions=np.zeros((1, 7)))
    assert "motions: float64 of shape (1, 7)" in complaint(read, data, "few.npz")
    np.savez(data / "other.npz", poses=np.zeros(3))
    assert "holds no 'motions' but poses" in complaint(read, data, "other.npz")
    np.savez(data / "objects.npz", motions=np.array([{}, []], dtype=object))
    assert "not an .npz of numbers" in complaint(read, data, "objects.npz")
    np.savez(data / "flat.npz", motions=np.zeros((1, 60 * SIX_WIDTH)))
    assert "do not span a plane" in complaint(read, data, "flat.npz")
    np.savez(data / "one.npz", motions=six(positions()).ravel()[None])
    assert "motion 4 of 1" in complaint(lambda: read(data, "one.npz", index=4))
    assert "kind '.c3d' is not known" in complaint(read, data, "walk.c3d")


@pytest.mark.parametrize("name", ["walk.h5", "motions.npz"])
def test_spoiled_arrays_are_read_or_refused_in_one_line(data: Path, name: str) -> None:
    if name == "walk.h5":
        write_h5(data / name, positions())
    else:
        np.savez(data / name, motions=six(positions()).ravel()[None])
    whole = (data / name).read_bytes()
    rng = random.Random(name)
    refused = 0
    for k in range(80):
        bad = bytearray(whole)
        if k % 2:
            del bad[rng.randrange(len(bad)) :]
        else:
            for _ in range(rng.choice((1, 8, 64))):
                bad[rng.randrange(len(bad))] = rng.randrange(256)
        (data / name).write_bytes(bad)
        try:
            read(data, name)
        except UserError as error:
            refused += 1
            assert "\n" not in str(error) and name in str(error), str(error)
    assert refused >= 40


def test_a_bvh_without_spaces_after_its_colons_is_the_same_motion(tmp_path: Path) -> None:
    spaced, tight = tmp_path / "spaced.bvh", tmp_path / "tight.bvh"
    spaced.write_text(bvh())
    text = bvh().replace("Frames: ", "Frames:").replace("Time: ", "Time:")
    tight.write_text(text.replace("\n", "\r\n").replace("JPelvis", "person:Pelvis"))
    one, other = read_bvh(spaced), read_bvh(tight)
    assert other.root == "person:Pelvis" and one.frame_time == other.frame_time
    np.testing.assert_array_equal(one.rotations[one.root], other.rotations[other.root])
