"""A run's figures in files: progress.csv and TensorBoard events."""

from __future__ import annotations

import csv
import io
import math
import sys
import threading
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

from muscle_viewer.core import CheckpointError
from muscle_viewer.core.atomic_file import writing

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter


class ProgressTable:
    """progress.csv: one row per iteration, appended; empty cells for nan.

    Rows past `steps`, which a killed run wrote after its last save, are removed when it is resumed,
    and so is an incomplete row. New columns of a row are added.
    """

    def __init__(self, path: Path, steps: int) -> None:
        self.path = path
        self._columns: list[str] = []
        rows = [row for row in self._read() if float(row["steps"]) <= steps]
        self._write(rows)

    def add(self, scalars: Mapping[str, float]) -> None:
        cells = {name: _cell(value) for name, value in scalars.items()}
        if any(name not in self._columns for name in cells):
            rows = self._read()
            self._columns += [name for name in cells if name not in self._columns]
            self._write(rows)
        line = ",".join(cells.get(name, "") for name in self._columns) + "\n"
        try:
            with self.path.open("a", encoding="ascii") as file:
                file.write(line)
        except OSError as error:
            raise _unwritable(self.path, error) from None

    def _read(self) -> list[dict[str, str]]:
        """The complete rows of the file; none if it is missing."""
        try:
            lines = self.path.read_text(encoding="ascii", errors="replace").splitlines(True)
        except FileNotFoundError:
            return []
        except OSError as error:
            raise CheckpointError(f"{self.path}: cannot be read: {error.strerror}") from None
        table = list(csv.reader(line for line in lines if line.endswith("\n")))
        if not table or "steps" not in table[0]:
            return []
        self._columns = table[0]
        rows = [dict(zip(table[0], r, strict=True)) for r in table if len(r) == len(table[0])]
        return [row for row in rows if _is_number(row["steps"])]

    def _write(self, rows: list[dict[str, str]]) -> None:
        """Replace the file by the header and these rows."""
        text = io.StringIO()
        if self._columns:
            writer = csv.DictWriter(text, self._columns, restval="", lineterminator="\n")
            writer.writeheader()
            writer.writerows(rows)
        with writing(self.path, CheckpointError) as part:
            part.write_text(text.getvalue(), encoding="ascii")


class TensorBoard:
    """Event files for TensorBoard; one line on stderr if it is not installed."""

    def __init__(self, folder: Path, steps: int) -> None:
        self._folder = folder
        self._writer: SummaryWriter | None = None
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            print(
                "TensorBoard files: off; pip install 'muscle-viewer[tensorboard]' turns them on",
                file=sys.stderr,
            )
            return
        # TensorBoard hides events past the last save when the run continues from there.
        try:
            self._writer = SummaryWriter(str(folder), purge_step=steps + 1 if steps else None)
        except OSError as error:
            raise _unwritable(folder, error) from None
        self._excepthook, threading.excepthook = threading.excepthook, self._thread_ended

    def _thread_ended(self, arguments: threading.ExceptHookArgs) -> None:
        """End the writer's thread without a traceback after a disk error, which `add` reports."""
        if not isinstance(arguments.exc_value, OSError):
            self._excepthook(arguments)

    def add(self, scalars: Mapping[str, float]) -> None:
        if not self._writer:
            return
        try:
            for name, value in scalars.items():
                if name != "steps" and not math.isnan(value):
                    tag = name if "/" in name else f"run/{name}"
                    self._writer.add_scalar(tag, value, int(scalars["steps"]))
        except OSError as error:  # from the writer's thread, raised at the next value
            raise _unwritable(self._folder, error) from None

    def close(self) -> None:
        if self._writer:
            with suppress(OSError):
                self._writer.close()
            threading.excepthook = self._excepthook


def _cell(value: float) -> str:
    if math.isnan(value):
        return ""
    return str(value) if isinstance(value, int) else f"{value:.6g}"


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False


def _unwritable(path: Path, error: OSError) -> Any:
    return CheckpointError(f"{path}: cannot be written: {error.strerror}")
