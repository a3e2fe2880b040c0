"""Writes the table of agreement with MuJoCo into docs/models.md.

python -m tools.docs.model_agreement [docs/models.md] [MODEL ...]
"""

from __future__ import annotations

import sys
from pathlib import Path

from muscle_viewer.core.models.agreement.measure import Agreement, measure
from muscle_viewer.core.models.agreement.report import program_of

from tools.marked_page import put_between

MODELS = ("myofinger", "myoelbow", "myohand", "myolegs26", "myolegs")
BEGIN, END = "<!-- table: tools/docs/model_agreement.py -->", "<!-- end of the table -->"
COLUMNS = {
    "position, m": ("body positions, m",),
    "mass matrix": ("mass matrix, relative",),
    "acceleration": ("accelerations, relative",),
    "length, m": ("muscle lengths, m",),
    "moment arm, m": ("moment arms, m",),
    "force": ("muscle forces, of the maximal", "the same of muscles computed by iteration"),
}
"""Headings of columns and the quantities whose larger difference they show."""


def line(name: str, agreement: Agreement) -> str:
    """A model's row of the table: differences in double and in single precision."""
    rows = {row.quantity: row for row in agreement.rows}
    cells = []
    for quantities in COLUMNS.values():
        found = [rows[q] for q in quantities if q in rows]
        double, single = (max(getattr(row, p) for row in found) for p in ("double", "single"))
        cells.append(f"{double:.0e}, {single:.0e}")
    return " | ".join([f"| {name}", str(agreement.muscles), *cells]) + " |"


def table(models: list[str]) -> str:
    """The whole table, with the program's version under it."""
    agreements = {name: measure(program_of(f"myo_sim:{name}")) for name in models}
    head = " | ".join(["| model", "muscles", *COLUMNS]) + " |"
    rule = "|---|---:|" + len(COLUMNS) * "---:|"
    (program,) = {agreement.program for agreement in agreements.values()}
    rows = [line(name, agreement) for name, agreement in agreements.items()]
    return "\n".join([head, rule, *rows, "", f"Each cell: double, single precision. {program}."])


def main(path: Path, models: list[str]) -> None:
    """Replace the table between its marks."""
    put_between(path, BEGIN, END, table(models))


if __name__ == "__main__":
    given = sys.argv[1:]
    main(Path(given[0] if given else "docs/models.md"), given[1:] or list(MODELS))
