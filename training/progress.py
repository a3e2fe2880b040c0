"""Training's progress on the terminal: one line that renews itself, or a line now and then."""

from __future__ import annotations

import math
import shutil
import sys
from typing import TextIO

from .trainer import Report


class ProgressLine:
    """On a terminal every report, in place; elsewhere one line every `interval` seconds."""

    def __init__(
        self, control_hz: int, stream: TextIO | None = None, interval: float = 15.0
    ) -> None:
        self._control_hz = control_hz
        self._stream = stream or sys.stderr
        self._interval = interval
        self._is_terminal = self._stream.isatty()
        self._next = 0.0

    def show(self, report: Report) -> None:
        text = describe(report, self._control_hz)
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            self._stream.write("\r" + text[:width].ljust(width))
        elif report.seconds >= self._next:
            self._next = report.seconds + self._interval
            self._stream.write(text + "\n")
        self._stream.flush()

    def close(self) -> None:
        """End the line that is being renewed."""
        if self._is_terminal:
            self._stream.write("\n")
            self._stream.flush()


def describe(report: Report, control_hz: int) -> str:
    """A report in one line."""
    parts = [
        f"{min(report.progress, 1):4.0%} {report.phase}",
        f"{report.steps:,} steps",
        f"{report.steps_per_second:,.0f}/s",
    ]
    if not math.isnan(report.mean_return):
        parts.append(f"return {report.mean_return:.1f}")
        parts.append(f"episode {report.mean_length / control_hz:.2f} s")
    if not math.isnan(report.tracking_error):
        parts.append(f"torque error {report.tracking_error:.0%}")
        parts.append(f"muscle loss {report.muscle_loss:.4f}")
        parts.append(f"activation {report.activation:.2f}")
    if report.ppo:
        parts.append(f"kl {report.ppo.kl:.3f}")
    parts.append(_left(report))
    return " | ".join(parts)


def _left(report: Report) -> str:
    if report.progress <= 0:
        return f"{_clock(report.seconds)} gone"
    return f"{_clock(max(report.seconds / report.progress - report.seconds, 0))} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
