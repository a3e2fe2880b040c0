"""Motions of the lineage that are arrays, and the edits of its walks."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import UserError
from muscle_viewer.core.gaitnet.characters.assemble import read_lineage_character, read_nodes
from muscle_viewer.core.gaitnet.motions.motion import read_lineage_motion, walk_edits
from muscle_viewer.core.gaitnet.source import LineageCharacter, LineageMotion
from muscle_viewer.core.readers.motion import Motion
from small_lineage import SIX_WIDTH, positions, six, write_all

h5py = pytest.importorskip("h5py", reason="h5py is not installed: pip install h5py")

RATE = 1 / 480


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write_all(tmp_path).parent


def read(data: Path, name: str, **options: object) -> Motion:
    source = LineageCharacter(generation="seed", skeleton=data / "skeleton.xml")
    motion = LineageMotion.model_validate({"file": data / name, "generation": "seed", **options})
    return read_lineage_motion(motion, source, read_lineage_character(source))


def expected(data: Path, q: np.ndarray) -> np.ndarray:
    """The root's translation is the world's here, its joint's in the ancestors."""
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
    assert motion.frame_time == pytest.approx(RATE)
    np.testing.assert_allclose(motion.cycle_translation, [0.0, 0.0, 1.2], atol=1e-6)
    assert read(data, "walk.h5", cadence=2.0).frame_time == pytest.approx(RATE / 2)


def test_a_motion_of_an_npz_is_read_by_its_index(data: Path) -> None:
    first, second = positions(), positions()
    second[:, 6] += 0.2
    rows = np.stack([six(q).ravel() for q in (first, second)])
    assert rows.shape == (2, 60 * SIX_WIDTH)
    np.savez(data / "motions.npz", motions=rows, params=np.zeros((2, 5)))
    for index, q in enumerate((first, second)):
        motion = read(data, "motions.npz", index=index)
        np.testing.assert_allclose(motion.frames, expected(data, q), atol=1e-9)
        assert motion.frame_time == pytest.approx(1 / 60)


def test_walk_edits_are_the_option_that_they_are_called(data: Path) -> None:
    nodes = read_nodes(data / "skeleton.xml")
    q = positions()
    edited = walk_edits(q, nodes)
    first = {"Torso": 6, "FemurR": 12, "TibiaR": 15, "TalusR": 16, "TalusL": 23, "ArmR": 26}
    np.testing.assert_allclose(edited[:, :4], 0.1 * q[:, :4])
    np.testing.assert_array_equal(edited[:, 4:6], q[:, 4:6])
    np.testing.assert_allclose(edited[:, 6:9], 0.1 * q[:, 6:9])
    at = first["FemurR"]
    np.testing.assert_allclose(edited[:, at : at + 3], q[:, at : at + 3] * [1, 1, 0.4])
    np.testing.assert_allclose(edited[:, first["TibiaR"]], q[:, first["TibiaR"]] - 0.175)
    assert (edited[:, first["TalusR"] + 1] == -0.12).all()
    assert (edited[:, first["TalusL"] + 1] == 0.12).all()
    assert edited[:, first["ArmR"] + 2] == pytest.approx(0.42 * np.pi)
    with_edits = read(data, "motion/walk.bvh", walk_edits=True).frames
    assert (with_edits[:, first["TalusR"] + 1] == -0.12).all()
    assert not np.array_equal(with_edits, read(data, "motion/walk.bvh").frames)


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
    for version in (2, 3, "two"):
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
