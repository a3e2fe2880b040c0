"""Compare the human's moment arms with OpenSim's over the range of gait; write table and figures.

Truth is -dL/dq by central differences of OpenSim's muscle-tendon lengths, each coordinate varied
with the patella following the knee. The poses differ from those that the fit saw.
"""

from __future__ import annotations

import argparse
import csv
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.human.kinematics import Character, swap_sides
from tools.human.leg_poses import STEP, perturbed, positions_from_coordinates, sample_range
from tools.human.osim_model import GAIT_RANGE_DEGREES, MODEL_SOURCE, OsimModel

ROOT = Path(__file__).resolve().parents[2]
RMS_BOUND = 0.005
MAX_BOUND = 0.012
FIELDS = ("muscle", "coordinate", "rms_mm", "max_mm", "osim_mean_mm", "osim_rms_mm")


@dataclass(frozen=True)
class Pair:
    """Difference of one moment arm over the poses, and OpenSim's own values, metres."""

    muscle: str
    coordinate: str
    rms: float
    worst: float
    mean: float
    size: float


def osim_moment_arms(
    osim: OsimModel, muscle: str, coordinates: list[str], poses: np.ndarray
) -> np.ndarray:
    """-dL/dq (N, C) of OpenSim's lengths, m."""
    lengths = osim.lengths(muscle, coordinates, perturbed(poses))
    return _central(lengths, poses.shape)


def our_moment_arms(
    character: Character, muscle: str, coordinates: list[str], poses: np.ndarray
) -> np.ndarray:
    """-dL/dq (N, C) of the character's lengths along the osim's coordinates, m."""
    right = [c[:-2] + "_r" for c in coordinates]
    q = positions_from_coordinates(character, right, perturbed(poses))
    if muscle.endswith("_l"):
        q = swap_sides(character, q)
    return _central(character.path_lengths(muscle, q), poses.shape)


def _central(lengths: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    pairs = lengths.reshape(*shape, 2)
    return -(pairs[..., 1] - pairs[..., 0]) / (2.0 * STEP)


def compare(osim: OsimModel, character: Character, muscle: str, count: int) -> list[Pair]:
    """All pairs of a muscle."""
    right = osim.spanned(muscle[:-2] + "_r")
    coordinates = [c[:-2] + muscle[-2:] for c in right]
    poses = sample_range(right, count, seed=11)
    truth = osim_moment_arms(osim, muscle, coordinates, poses)
    error = our_moment_arms(character, muscle, coordinates, poses) - truth
    return [
        Pair(
            muscle,
            coordinate,
            float(np.sqrt(np.mean(error[:, k] ** 2))),
            float(np.abs(error[:, k]).max()),
            float(truth[:, k].mean()),
            float(np.sqrt(np.mean(truth[:, k] ** 2))),
        )
        for k, coordinate in enumerate(coordinates)
    ]


def write_csv(path: Path, pairs: list[Pair]) -> None:
    """The table for programs."""
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(FIELDS)
        for p in pairs:
            figures = (f"{1000 * v:.2f}" for v in (p.rms, p.worst, p.mean, p.size))
            writer.writerow([p.muscle, p.coordinate, *figures])


def summary(pairs: list[Pair]) -> list[str]:
    """Counts and percentiles as lines of text."""
    rms = 1000 * np.array([p.rms for p in pairs])
    worst = 1000 * np.array([p.worst for p in pairs])
    below = np.mean(rms <= 1000 * RMS_BOUND)
    quantiles = "/".join(f"{v:.2f}" for v in np.percentile(rms, [50, 75, 90, 95, 100]))
    beyond = [f"{p.muscle} {p.coordinate}" for p in pairs if p.worst > MAX_BOUND]
    return [
        f"{len(pairs)} pairs of muscle and coordinate, both legs",
        f"RMS difference, 50/75/90/95/100th percentile: {quantiles} mm",
        f"RMS within {1000 * RMS_BOUND:g} mm: {100 * below:.1f} % of the pairs",
        f"largest single difference: {worst.max():.2f} mm",
        f"pairs with a difference beyond {1000 * MAX_BOUND:g} mm: {', '.join(beyond) or 'none'}",
    ]


def write_markdown(path: Path, pairs: list[Pair], count: int, csv_name: str) -> None:
    """The table for readers; the left leg's rows are in the CSV only."""
    ranges = ", ".join(
        f"{c.removesuffix('_r')} {low:g} to {high:g}"
        for c, (low, high) in GAIT_RANGE_DEGREES.items()
    )
    lines = [
        "# Moment arms of the human against OpenSim",
        "",
        "Written by `tools/human/moment_arms.py`. The character's muscles run over via points; OpenSim's",
        "Rajagopal2015 wraps half of them over cylinders and moves the patella and the shank by",
        "functions of the knee angle. This table says how far the moment arms agree.",
        "",
        "- Truth: -dL/dq by central differences (0.005 rad) of the muscle-tendon lengths of",
        "  OpenSim 4.6, the patella following the knee. `computeMomentArm` is not used: where a",
        "  path touches two wraps it disagrees with the lengths.",
        "- Ours: the same differences of the character's lengths, at the same poses, along the",
        "  same coordinates (the hip's are the osim's flexion, adduction and rotation, not the",
        "  components of our rotation vector).",
        f"- Poses: {count} a muscle, quasi-random over the whole box of the range of gait (walking",
        f"  and running), in degrees: {ranges}. They are not those that the fit used.",
        f"- Both legs' rows: `{csv_name}`.",
        "",
        "## Summary",
        "",
    ]
    lines += [f"- {line}" for line in summary(pairs)]
    lines += ["", "## Right leg", "", "Millimetres; toe extension positive.", ""]
    lines += ["| muscle | coordinate | RMS difference | largest | OpenSim mean | OpenSim RMS |"]
    lines += ["|---|---|---:|---:|---:|---:|"]
    for p in pairs:
        if p.muscle.endswith("_r"):
            figures = " | ".join(f"{1000 * v:.1f}" for v in (p.rms, p.worst, p.mean, p.size))
            lines.append(f"| {p.muscle[:-2]} | {p.coordinate[:-2]} | {figures} |")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"The model: {MODEL_SOURCE}.")
    parser.add_argument("osim", type=Path, help="Rajagopal2015.osim (see below)")
    parser.add_argument(
        "--character", type=Path, default=ROOT / "assets" / "characters" / "human.yaml"
    )
    parser.add_argument("--markdown", type=Path, default=ROOT / "docs" / "moment-arms.md")
    parser.add_argument("--csv", type=Path, default=ROOT / "tests" / "assets" / "moment_arms.csv")
    parser.add_argument("--poses", type=int, default=256)
    arguments = parser.parse_args()
    osim = OsimModel(arguments.osim)
    character = Character.load(arguments.character)
    pairs = [p for m in character.muscles for p in compare(osim, character, m, arguments.poses)]
    pairs.sort(key=lambda p: p.muscle.endswith("_l"))
    write_csv(arguments.csv, pairs)
    csv_name = arguments.csv.resolve().relative_to(ROOT).as_posix()
    write_markdown(arguments.markdown, pairs, arguments.poses, csv_name)
    print("\n".join(summary(pairs)))


if __name__ == "__main__":
    main()
