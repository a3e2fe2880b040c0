"""Writes the tables of agreement with MuJoCo and OpenSim into docs/models.md.

python -m tools.docs.model_agreement [MODEL.osim ...]

Without files, the table of myo-sim's models; with them, that of OpenSim models.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

from muscle_viewer.core.models.agreement.measure import Agreement, measure
from muscle_viewer.core.models.agreement.report import program_of
from muscle_viewer.core.models.read import read_model

from tools.marked_page import put_between

PAGE = Path(__file__).resolve().parents[2] / "docs" / "models.md"
MYO_SIM = ("myofinger", "myoelbow", "myohand", "myoarm", "myotorso", "myolegs26", "myolegs")
COLUMNS = {
    "position, m": "body positions",
    "mass matrix": "mass matrix",
    "acceleration": "accelerations",
    "length, m": "muscle lengths",
    "moment arm, m": "moment arms",
    "force": "muscle forces",
}
"""Headings of columns and what the names of their rows begin with; the largest difference of these is shown."""
SURFACES = "round surfaces"
"""What OpenSim computes approximately has a line of its own."""
OPENINGS = 3


def line(name: str, agreement: Agreement, seconds: float) -> str:
    """A model's lines of the table: differences in double and in single precision."""
    first = _cells(agreement, lambda quantity: SURFACES not in quantity)
    lines = [" | ".join([f"| {name}", str(agreement.muscles), f"{seconds:.2f} s", *first]) + " |"]
    second = _cells(agreement, lambda quantity: SURFACES in quantity)
    if any(second):
        lines.append(" | ".join([f"| {name}, {SURFACES}", "", "", *second]) + " |")
    return "\n".join(lines)


def _cells(agreement: Agreement, is_shown: Callable[[str], bool]) -> list[str]:
    cells = []
    for begins in COLUMNS.values():
        rows = [r for r in agreement.rows if r.quantity.startswith(begins) and is_shown(r.quantity)]
        found = [max((getattr(r, p) for r in rows), default=None) for p in ("double", "single")]
        cells.append(", ".join(f"{x:.0e}" for x in found if x is not None))
    return cells


def opening_time(source: str) -> float:
    """The shortest of a few, s; the program's package is imported already."""
    times = []
    for _ in range(OPENINGS):
        begin = perf_counter()
        read_model(source)
        times.append(perf_counter() - begin)
    return min(times)


def table(models: dict[str, str]) -> str:
    """The whole table of models by name, with the program's version under it."""
    agreements = {name: measure(program_of(source)) for name, source in models.items()}
    head = " | ".join(["| model", "muscles", "opens in", *COLUMNS]) + " |"
    rule = "|---|---:|---:|" + len(COLUMNS) * "---:|"
    rows = [line(name, found, opening_time(models[name])) for name, found in agreements.items()]
    (program,) = {agreement.program for agreement in agreements.values()}
    shown = [*rows, "", f"Each cell: double, single precision. {program}.{_doubtful(agreements)}"]
    return "\n".join([head, rule, *shown])


def _doubtful(agreements: dict[str, Agreement]) -> str:
    """A sentence on the cases that were not compared; empty if all were."""
    counts = [
        f"{agreement.doubtful[0]} of {agreement.doubtful[1]} ({name})"
        for name, agreement in agreements.items()
        if agreement.doubtful[0]
    ]
    if not counts:
        return ""
    (reason,) = {agreement.reason for agreement in agreements.values()}
    return f"\nMuscles in states that are not compared: {', '.join(counts)}; {reason}."


def main(files: list[str]) -> None:
    """Replace a table between its marks."""
    named = {name: f"myo_sim:{name}" for name in MYO_SIM}
    program, models = ("OpenSim", {Path(f).stem: f for f in files}) if files else ("MuJoCo", named)
    begin = f"<!-- table of {program}: tools/docs/model_agreement.py -->"
    put_between(PAGE, begin, f"<!-- end of {program}'s table -->", table(models))


if __name__ == "__main__":
    main(sys.argv[1:])
