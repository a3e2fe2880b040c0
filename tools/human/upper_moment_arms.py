"""Compare the whole-body human's moment arms at trunk, shoulder and neck with other models; write page and figures.

MyoTorso and MyoArm come with the myo-sim package; the neck's model is an OpenSim file that has to be fetched.
"""

from __future__ import annotations

import argparse
import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.stats import qmc

from tools.human.joint_strength import path_lengths
from tools.human.kinematics import Character, vector_from_rotation
from tools.human.make_whole_body import OUTPUT
from tools.human.upper_homologues import HEAD, NECK, SHOULDER, TRUNK, Pair, members
from tools.human.upper_oracles import (
    STEP,
    Oracle,
    arm_frame,
    neck,
    shoulder,
    trunk,
    turned,
)
from tools.marked_page import put_between

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "moment-arms-upper.md"
FIGURES = ROOT / "tests" / "assets" / "upper_moment_arms.csv"
FIELDS = ("region", "muscle", "axis", "ours_mm", "model_mm", "rms_difference_mm")

LUMBAR_SHARE = 0.65
"""Of a turn of our trunk, the lumbar joint's; the thorax's joint has the rest. So the mean of their centres lies as high
between hip and shoulder as the mean of MyoTorso's five, weighted by their shares in a flexion."""

BAND_LEAST, BAND_SHARE = 0.012, 0.5
"""How far our arm may lie from the model's: m, and a share of the larger of both."""


@dataclass(frozen=True)
class Region:
    """Where arms are compared: muscles, the poses' range (degrees), and what positive turns about its axes are called."""

    name: str
    muscles: Mapping[str, Pair]
    low: tuple[float, float, float]
    high: tuple[float, float, float]
    axes: tuple[str, str, str]
    signs: tuple[float, float, float] = (1.0, 1.0, 1.0)
    count: int = 16

    def poses(self) -> np.ndarray:
        """Quasi-random poses (count, 3), rad, that fill the range."""
        unit = qmc.Sobol(3, seed=7).random(self.count)
        return np.radians(self.low + unit * (np.array(self.high) - self.low))

    def ours(self) -> list[str]:
        """Names of our muscles."""
        return [f"{name}_r" for mine, _ in self.muscles.values() for name in mine]


TRUNK_AXES = ("flexion", "twist to the other side", "bend to its side")

REGIONS = (
    Region(
        "trunk",
        TRUNK,
        (-15.0, -10.0, -15.0),
        (40.0, 10.0, 15.0),
        TRUNK_AXES,
    ),
    Region(
        "shoulder",
        SHOULDER,
        (-60.0, -30.0, -45.0),
        (30.0, 30.0, 0.0),
        ("flexion", "rotation inwards", "abduction"),
        (-1.0, 1.0, -1.0),
    ),
    Region("neck", NECK, (-20.0, 0.0, 0.0), (20.0, 0.0, 0.0), TRUNK_AXES, count=8),
    Region("head", HEAD, (-10.0, 0.0, 0.0), (10.0, 0.0, 0.0), TRUNK_AXES, count=8),
)


@dataclass(frozen=True)
class Row:
    """One muscle about one axis: means over the poses of our arm and of the model's, scaled to our size, and the root
    mean square of their difference, m."""

    region: str
    muscle: str
    axis: str
    ours: float
    model: float
    rms: float


def joints_turned(region: str, pose: np.ndarray, axis: int, step: float) -> dict[str, np.ndarray]:
    """Rotation vectors (3,) of our joints, by their first coordinates, at a pose and a small turn about an axis."""
    if region == "shoulder":
        return {"shoulder_x_r": vector_from_rotation(turned(pose, axis, step))}
    turn = pose + step * np.eye(3)[axis]
    if region == "trunk":
        return {"lumbar_x": LUMBAR_SHARE * turn, "thorax_x": (1 - LUMBAR_SHARE) * turn}
    return {f"{region}_x": turn}


def our_arms(character: Character, region: Region) -> np.ndarray:
    """Moment arms (poses, M, 3) of `region.ours()`, m."""
    poses = region.poses()
    cases = [(pose, axis, sign * STEP) for pose in poses for axis in range(3) for sign in (-1, 1)]
    q = np.zeros((len(cases), character.dofs))
    for row, (pose, axis, step) in zip(q, cases, strict=True):
        for joint, vector in joints_turned(region.name, pose, axis, step).items():
            first = character.dof_names.index(joint)
            row[first : first + 3] = vector
    lengths = path_lengths(character, q, region.ours()).T.reshape(len(poses), 3, 2, -1)
    return np.swapaxes(lengths[:, :, 0] - lengths[:, :, 1], 1, 2) / (2 * STEP)


def rest_arm(character: Character) -> tuple[np.ndarray, float]:
    """Frame (3, 3) of our hanging upper arm, and its length, m."""
    (forearm,) = (b for b in character.bodies if b.name == "ulna_r")
    return arm_frame(forearm.position, forearm.axis), float(np.linalg.norm(forearm.position))


def size_of(character: Character, region: str) -> float:
    """The length, m, that answers to `Oracle.size`."""
    if region == "shoulder":
        return rest_arm(character)[1]
    if region != "trunk":
        return 1.0
    frames = character.transforms(np.zeros((1, character.dofs)))
    low, high = (frames[character.body_index[b]][1][0, 1] for b in ("femur_r", "humerus_r"))
    return float(high - low)


def grouped(
    region: Region, arms: np.ndarray, forces: np.ndarray, names: list[str], which: int
) -> np.ndarray:
    """Mean arms (poses, groups, 3) of the muscles that answer to each other, by their forces; `which`: 0 ours, 1 theirs."""
    means = []
    for pair in region.muscles.values():
        ids = members(pair[which], names)
        means.append(np.tensordot(forces[ids] / forces[ids].sum(), arms[:, ids], (0, 1)))
    return np.stack(means, axis=1) * np.array(region.signs)


def ours_over_poses(character: Character, region: Region) -> np.ndarray:
    """Our mean arms (poses, groups, 3), m."""
    names = region.ours()
    forces = np.array([character.muscles[name]["max_isometric_force"] for name in names])
    return grouped(region, our_arms(character, region), forces, [name[:-2] for name in names], 0)


def theirs_over_poses(character: Character, region: Region, oracle: Oracle) -> np.ndarray:
    """The other model's mean arms (poses, groups, 3), scaled to our size, m."""
    arms = np.stack([oracle.arms(pose) for pose in region.poses()])
    scale = size_of(character, region.name) / oracle.size
    return scale * grouped(region, arms, oracle.forces, oracle.names, 1)


def compare(character: Character, region: Region, oracle: Oracle) -> list[Row]:
    """A row for every muscle and axis."""
    mine, theirs = ours_over_poses(character, region), theirs_over_poses(character, region, oracle)
    rms = np.sqrt(np.mean((mine - theirs) ** 2, axis=0))
    return [
        Row(
            region.name,
            muscle,
            axis,
            *(float(x[i, k]) for x in (mine.mean(0), theirs.mean(0), rms)),
        )
        for i, muscle in enumerate(region.muscles)
        for k, axis in enumerate(region.axes)
    ]


def oracle_of(character: Character, region: str, neck_model: Path) -> Oracle:
    """The model that a region is compared with."""
    if region == "trunk":
        return trunk()
    if region == "shoulder":
        return shoulder(rest_arm(character)[0])
    return neck(neck_model, region)


def write_figures(path: Path, rows: list[Row]) -> None:
    """The table for programs, mm."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        for r in rows:
            figures = (f"{1000 * v:.1f}" for v in (r.ours, r.model, r.rms))
            writer.writerow([r.region, r.muscle, r.axis, *figures])


def read_figures(path: Path = FIGURES) -> list[Row]:
    """What `write_figures` wrote."""
    with path.open(encoding="utf-8") as stream:
        return [
            Row(r["region"], r["muscle"], r["axis"], *(float(r[f]) / 1000 for f in FIELDS[3:]))
            for r in csv.DictReader(stream)
        ]


def is_within_band(row: Row) -> bool:
    """Whether our arm is near the model's, and to the same side where the model's is more than `BAND_LEAST`."""
    if abs(row.model) >= BAND_LEAST and row.ours * row.model <= 0.0:
        return False
    larger = max(abs(row.ours), abs(row.model))
    return abs(row.ours - row.model) <= BAND_LEAST + BAND_SHARE * larger


def table(region: Region, rows: list[Row]) -> list[str]:
    """Lines of a region's table: ours and the model's about each axis, mm; rows out of the band are marked."""
    head = [f"| muscle | {' | '.join(region.axes)} |", "|---|" + 3 * "---:|"]
    for muscle in region.muscles:
        mine = [r for r in rows if (r.region, r.muscle) == (region.name, muscle)]
        cells = [
            f"{1000 * r.ours:.0f}, {1000 * r.model:.0f}{'' if is_within_band(r) else ' *'}"
            for r in mine
        ]
        head.append(f"| {muscle} | {' | '.join(cells)} |")
    return head


def write_tables(page: Path, rows: list[Row]) -> None:
    """All regions' tables, each between its marks."""
    for region in REGIONS:
        begin = f"<!-- {region.name}: tools/human/upper_moment_arms.py -->"
        text = "\n".join(table(region, rows))
        put_between(page, begin, f"<!-- end of {region.name} -->", text)


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("neck", type=Path, help=f"Mortensen2014_rigidTorso.osim (see {PAGE.name})")
    parser.add_argument("--character", type=Path, default=OUTPUT)
    parser.add_argument("--page", type=Path, default=PAGE)
    parser.add_argument("--figures", type=Path, default=FIGURES)
    arguments = parser.parse_args()
    character = Character.load(arguments.character)
    rows = [
        row
        for region in REGIONS
        for row in compare(character, region, oracle_of(character, region.name, arguments.neck))
    ]
    write_figures(arguments.figures, rows)
    write_tables(arguments.page, rows)
    for row in rows:
        if not is_within_band(row):
            ours, model = 1000 * row.ours, 1000 * row.model
            print(f"{row.region}, {row.muscle}, {row.axis}: {ours:.0f} mm, model {model:.0f}")


if __name__ == "__main__":
    main()
