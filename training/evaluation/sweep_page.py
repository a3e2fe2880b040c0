"""A sweep over a parameter: its table, and a page with its curves in one chart for each quantity."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np

from .evaluate import Evaluation
from .report_page import KINETICS, STYLE, chart_of_lines

COLUMNS = (
    ("falls", "fall_rate", "{:.0%}"),
    ("m/s", "speed", "{:.2f}"),
    ("steps/min", "cadence", "{:.0f}"),
    ("stride m", "stride_length", "{:.2f}"),
    ("stance", "stance", "{:.0%}"),
    ("step asym.", "step_asymmetry", "{:.1%}"),
    ("force asym.", "force_asymmetry", "{:.1%}"),
    ("activation", "activation_mean", "{:.3f}"),
    ("J/(kg m)", "cost_of_transport", "{:.2f}"),
)
"""Heading, field of Evaluation and format."""


def table(name: str, values: Sequence[float], results: Sequence[Evaluation]) -> str:
    """One line for each value; a dash for what cannot be measured."""
    rows = [[name, *(heading for heading, _, _ in COLUMNS)]]
    rows += [[f"{value:g}", *_cells(e)] for value, e in zip(values, results, strict=True)]
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(row, widths, strict=True))
        for row in rows
    )


def _cells(e: Evaluation) -> list[str]:
    numbers = [float(getattr(e, field)) for _, field, _ in COLUMNS]
    return [
        "-" if math.isnan(number) else form.format(number)
        for number, (_, _, form) in zip(numbers, COLUMNS, strict=True)
    ]


def page(title: str, name: str, values: Sequence[float], results: Sequence[Evaluation]) -> str:
    """One self-contained HTML page: the table, and the mean cycles coloured by the value."""
    cells = [[f"{value:g}", *_cells(e)] for value, e in zip(values, results, strict=True)]
    head = "".join(f"<th>{escape(h)}</th>" for h in (name, *(h for h, _, _ in COLUMNS)))
    body = "".join(
        f'<tr><td style="border-left: 6px solid {colour(k, len(cells))}; padding-left: 6px">'
        + "</td><td>".join(map(escape, row))
        + "</td></tr>"
        for k, row in enumerate(cells)
    )
    figures = [
        _figure(angle.replace("_", " ").capitalize(), "degrees",
                [e.joints[angle].mean_cycle for e in results])
        for angle in results[0].joints
    ]  # fmt: skip
    for curve, (label, unit) in KINETICS.items():
        for side in ("right", "left"):
            found = [e.kinetics.curves.get(curve, {}).get(side) for e in results]
            if any(found):
                lines = [one.mean if one else [] for one in found]
                figures.append(_figure(f"{label}, {side}", unit, lines))
    about = f"Colour: {escape(name)} from {values[0]:g} (blue) to {values[-1]:g} (red)."
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/>'
        f"<title>{escape(title)}</title><style>{STYLE}</style></head><body><h1>{escape(title)}</h1>"
        f'<p class="note">{about} Horizontal: percent of the cycle.</p>'
        f"<table><tr>{head}</tr>{body}</table><h2>Mean cycles</h2>{''.join(figures)}</body></html>\n"
    )


def _figure(label: str, unit: str, lines: Sequence[Sequence[float]]) -> str:
    coloured = [
        (np.asarray(line, np.float64), colour(k, len(lines)))
        for k, line in enumerate(lines)
        if len(line)
    ]
    caption = f"<figcaption><b>{escape(label)}</b> ({escape(unit)})</figcaption>"
    return f"<figure>{chart_of_lines(coloured)}{caption}</figure>"


def colour(k: int, count: int) -> str:
    """From blue, the first, to red, the last."""
    share = k / max(count - 1, 1)
    return f"#{round(30 + 190 * share):02x}{60:02x}{round(190 - 150 * share):02x}"
