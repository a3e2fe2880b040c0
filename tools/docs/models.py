"""Write the table of docs/models.md: how far .osim models agree with OpenSim.

.venv/bin/python -m tools.docs.models MODEL.osim...

The comparison is that of tests/core/models/test_opensim_models.py.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from tools.marked_page import put_between

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "models.md"
BEGIN, END = "<!-- begin OpenSim -->", "<!-- end OpenSim -->"
POSES = 100

sys.path.insert(0, str(ROOT / "tests" / "core"))

from opensim_twin import Twin  # noqa: E402 (of the tests)

HEAD = """\
| model | paths | muscles | length, double | length, single | moment arm, double | force, double | force, single |
|---|---|---:|---:|---:|---:|---:|---:|
"""
JUMP = 0.05
"""m; a larger difference in length is a jump of OpenSim's path, once more round a surface."""
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Differences:
    """Of each pose and muscle, absolute, shape (poses, muscles); length and force in double and single."""

    length: tuple[Floats, Floats]
    force: tuple[Floats, Floats]
    arm: Floats
    """The largest over the coordinates, in every tenth pose."""
    jumped: Floats


def rows(file: Path) -> tuple[list[str], list[str]]:
    """A line for each kind of path that a model has, and what is not compared."""
    twin = Twin(file)
    said = " ".join(twin.character.left_out)
    whole = np.array([f"'{name}': does not bend" not in said for name in twin.names_of_muscles])
    found, name = _differences(twin), twin.character.name
    lines = []
    for wraps, kind in ((0, "points"), (1, "one surface"), (2, "two surfaces")):
        chosen = whole & (twin.wraps() == wraps)
        if not chosen.any():
            continue
        shown = [f"{x[:, chosen].max():.0e} m" for x in found.length]
        shown.append(f"{np.quantile(found.arm[:, chosen], 0.99):.0e} m")
        shown += [f"{x[:, chosen].max():.0e}" for x in found.force]
        lines.append(f"| {name} | {kind} | {chosen.sum()} | {' | '.join(shown)} |")
    notes = []
    for k in np.flatnonzero(found.jumped.any(0) & whole):
        count = int(found.jumped[:, k].sum())
        notes.append(
            f"{name}: OpenSim's {twin.names_of_muscles[k]} jumps in {count} of {POSES} poses"
        )
    if not whole.all():
        names = ", ".join(n for n, w in zip(twin.names_of_muscles, whole, strict=True) if not w)
        notes.append(f"{name}: {names} bend round ellipsoids")
    return lines, notes


def _differences(twin: Twin) -> Differences:
    rng = np.random.default_rng(1)
    ours = [twin.simulation(lanes) for lanes in (False, True)]
    lengths: tuple[list[Floats], list[Floats]] = ([], [])
    forces: tuple[list[Floats], list[Floats]] = ([], [])
    arms: list[Floats] = []
    jumped: list[Floats] = []
    for number in range(POSES):
        pose, activations = twin.random_pose(rng), rng.uniform(0.02, 1.0, len(twin.muscles))
        wanted = twin.opensim_lengths(pose)
        pull = twin.opensim_forces(pose, activations)
        fibres = np.array([m.getNormalizedFiberLength(twin.state) for m in twin.muscles])
        for k, simulation in enumerate(ours):
            seen = twin.see(simulation, pose, activations)
            error = np.abs(seen["length"] - wanted)
            if k == 0:
                jumped.append(error > JUMP)
            lengths[k].append(np.where(jumped[-1], 0.0, error))
            error = np.abs(seen["force"] - pull) / twin.strength
            forces[k].append(np.where(jumped[-1] | (fibres < 0.1), 0.0, error))
        if number % 10 == 0:
            theirs = np.stack([twin.opensim_arms(pose, k) for k in range(len(pose))], axis=1)
            arms.append(np.abs(twin.see(ours[0], pose)["arm"] - theirs).max(1))
    return Differences(
        (np.array(lengths[0]), np.array(lengths[1])), (np.array(forces[0]), np.array(forces[1])),
        np.array(arms), np.array(jumped),
    )  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("models", nargs="+", type=Path)
    found = [rows(file) for file in parser.parse_args().models]
    table = HEAD + "".join(f"{row}\n" for lines, _ in found for row in lines)
    notes = [note for _, said in found for note in said]
    table += f"\nNot compared: {'; '.join(notes)}.\n" if notes else ""
    put_between(PAGE, BEGIN, END, table)
    print(table)


if __name__ == "__main__":
    main()
