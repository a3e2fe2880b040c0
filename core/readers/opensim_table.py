"""OpenSim's tables of numbers over time (.mot, .sto)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .text import read_text

ENDINGS = (".mot", ".sto")
KEY = re.compile(r"^\s*(\w+)\s*=\s*(\S*)\s*$")
LONGEST_HEADER = 1000
"""Lines."""


@dataclass(frozen=True)
class Table:
    """The content of a table."""

    in_degrees: bool
    """Whether angles are in degrees, as the header says."""
    times: NDArray[np.float64]
    """Strictly increasing, s, shape (rows,)."""
    labels: list[str]
    values: NDArray[np.float64]
    """Shape (rows, labels); some may be NaN."""


def is_table(path: str | Path) -> bool:
    """Whether a file is for `read_table`, by its name."""
    return Path(path).suffix.lower() in ENDINGS


def read_table(path: str | Path) -> Table:
    """Read a table of numbers whose header says its unit of angles. ModelError: one line with file, place and fix."""
    lines = read_text(Path(path), ModelError).splitlines()
    ends = [
        k for k, line in enumerate(lines[:LONGEST_HEADER]) if line.strip().lower() == "endheader"
    ]
    if not ends:
        raise ModelError(
            f"{path}: its header has no end; a line 'endheader' is expected before the labels"
        )
    header = {m[1].lower(): m[2] for m in map(KEY.match, lines[: ends[0]]) if m}
    if header.get("datatype", "double") != "double":
        raise ModelError(
            f"{path}: DataType={header['datatype']}: a table of numbers (double) is expected"
        )
    degrees = header.get("indegrees", "").lower()
    if degrees not in ("yes", "no"):
        raise ModelError(
            f"{path}: the header does not say the unit of its angles; add the line 'inDegrees=yes' or 'inDegrees=no'"
        )
    body = [(k, line) for k, line in enumerate(lines) if k > ends[0] and line.strip()]
    if not body:
        raise ModelError(f"{path}: has no columns; a line of labels is expected after 'endheader'")
    labels = _labels(body[0][1], path)
    rows = np.array([_row(line, k + 1, len(labels), path) for k, line in body[1:]])
    if len(rows) < 2:
        raise ModelError(f"{path}: has {len(rows)} rows; at least 2 are expected")
    times = rows[:, 0]
    if not np.isfinite(times).all() or not (np.diff(times) > 0).all():
        raise ModelError(f"{path}: time: must be finite and increase from row to row")
    return Table(degrees == "yes", times, labels[1:], rows[:, 1:])


def _labels(line: str, path: str | Path) -> list[str]:
    labels = [label.strip() for label in line.strip().split("\t")] if "\t" in line else line.split()
    if labels[0].lower() != "time" or len(labels) < 2:
        raise ModelError(
            f"{path}: the first column is '{labels[0][:40]}'; 'time' and others are expected"
        )
    twice = next((label for k, label in enumerate(labels) if label in labels[:k]), None)
    if twice is not None:
        raise ModelError(f"{path}: two columns are called '{twice[:40]}'")
    return labels


def _row(line: str, number: int, columns: int, path: str | Path) -> list[float]:
    words = line.split()
    if len(words) != columns:
        raise ModelError(f"{path}: line {number}: {len(words)} numbers given, {columns} expected")
    try:
        return [float(word) for word in words]
    except ValueError:
        raise ModelError(f"{path}: line {number}: numbers are expected") from None
