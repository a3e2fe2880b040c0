"""Draw the curves of one or several training runs from their progress.csv: SVG, PNG or PDF.

    .venv/bin/python tools/docs/plot_training.py runs/walk --out docs/training.svg

Return, length and fall rate of the episodes, each against control steps and against hours.
"""

from __future__ import annotations

import argparse
import csv
import math
import sys
from pathlib import Path

import numpy as np

CURVES = {
    "episode/return": "return of an episode",
    "episode/seconds": "length of an episode, s",
    "episode/fall_rate": "episodes that end in a fall, %",
}
AXES = {"steps": "control steps, millions", "hours": "hours of training"}
SCALES = {"steps": 1e-6, "episode/fall_rate": 100.0}
MOST_POINTS = 600  # of a curve; more would not be seen


class PlotError(Exception):
    """An error that the user can fix, in one line."""


def read_table(run: Path) -> dict[str, np.ndarray]:
    """The columns to draw, of a run's folder or of its progress.csv; nan for missing values."""
    path = run / "progress.csv" if run.is_dir() else run
    try:
        with path.open(encoding="ascii", newline="") as file:
            rows = list(csv.DictReader(file))
    except OSError as error:
        raise PlotError(f"{path}: {error.strerror}; give the folder of a run") from None
    columns = [*AXES, *CURVES]
    missing = [name for name in columns if not rows or name not in rows[0]]
    if missing:
        raise PlotError(f"{path}: has no column {', '.join(missing)}; muscle-train writes them")
    try:
        return {
            name: np.array([float(row[name] or math.nan) for row in rows])
            * SCALES.get(name, 1.0)
            for name in columns
        }  # fmt: skip
    except (TypeError, ValueError) as error:
        raise PlotError(f"{path}: {error}") from None


def thinned(table: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Every k-th row, and the last."""
    rows = len(table["steps"])
    chosen = np.unique(np.linspace(0, rows - 1, min(rows, MOST_POINTS)).round().astype(int))
    return {name: values[chosen] for name, values in table.items()}


def draw(tables: dict[str, dict[str, np.ndarray]], out: Path, title: str | None) -> None:
    """A picture of all runs, by name."""
    import matplotlib

    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update({"svg.hashsalt": "muscle-viewer", "svg.fonttype": "none", "font.size": 9})
    figure, panels = plt.subplots(
        len(CURVES), len(AXES), figsize=(9, 7), sharex="col", sharey="row", squeeze=False
    )
    for row, (curve, name) in enumerate(CURVES.items()):
        for column, (axis, label) in enumerate(AXES.items()):
            panel = panels[row][column]
            for run, table in tables.items():
                panel.plot(table[axis], table[curve], label=run, linewidth=1.2)
            panel.grid(alpha=0.3)
            panel.set_ylim(bottom=0)
            if column == 0:
                panel.set_ylabel(name)
            if row == len(CURVES) - 1:
                panel.set_xlabel(label)
    if len(tables) > 1:
        panels[0][0].legend()
    if title:
        figure.suptitle(title)
    figure.tight_layout()
    metadata = {"Date": None} if out.suffix == ".svg" else None  # the same file from the same run
    try:
        figure.savefig(out, metadata=metadata, dpi=120)
    except OSError as error:
        raise PlotError(f"--out {out}: {error.strerror}") from None
    except ValueError as error:
        raise PlotError(f"--out {out}: {error}") from None
    finally:
        plt.close(figure)


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Draw the curves of training runs.")
    parser.add_argument("runs", type=Path, nargs="+", help="folders of runs, or their progress.csv")
    parser.add_argument("--out", type=Path, required=True, help="picture: .svg, .png or .pdf")
    parser.add_argument("--title")
    options = parser.parse_args(arguments)
    try:
        tables = {}
        for run in options.runs:
            name = run.parent.name if run.suffix == ".csv" else run.resolve().name
            tables[name if name not in tables else str(run)] = thinned(read_table(run))
        draw(tables, options.out, options.title)
    except PlotError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except ImportError:
        print("error: matplotlib is missing: pip install matplotlib", file=sys.stderr)
        return 2
    print(options.out)
    return 0


if __name__ == "__main__":
    sys.exit(main())
