"""Training progress on the terminal: a few lines that are updated in place, or one line at intervals."""

from __future__ import annotations

import math
import shutil
import sys
from contextlib import suppress
from typing import TextIO

from .report import ClusterReport, Report


class ProgressDisplay:
    """Shows every report in place on a terminal; elsewhere one line every `interval` seconds."""

    def __init__(self, stream: TextIO | None = None, interval: float = 15.0) -> None:
        self._stream = stream or sys.stderr
        self._interval = interval
        self._is_terminal = self._stream.isatty()
        self._next = 0.0
        self._height = 0

    def show(self, report: Report) -> None:
        """Write the report; a closed terminal or a full disk does not end the run."""
        with suppress(OSError):
            self._write(report)

    def _write(self, report: Report) -> None:
        notes = report.cluster.notes if report.cluster else ()
        if self._is_terminal:
            width = shutil.get_terminal_size().columns - 1
            lines = [line[:width] for line in panel(report)]
            back = f"\x1b[{self._height}F" if self._height else ""
            self._stream.write(back + "".join(f"\x1b[2K{line}\n" for line in (*notes, *lines)))
            self._height = len(lines)
        else:
            self._stream.write("".join(f"{note}\n" for note in notes))
        if not self._is_terminal and (report.seconds >= self._next or report.progress >= 1):
            self._next = report.seconds + self._interval
            self._stream.write(summary(report) + "\n")
        self._stream.flush()


def summary(report: Report) -> str:
    """A report in one line."""
    parts = [
        f"{min(report.progress, 1):4.0%} {report.phase}",
        f"{report.steps:,} steps",
        f"{report.steps_per_second:,.0f}/s",
        *_episodes(report),
        *([_clips(report)] if report.clips else []),
        *_muscles(report),
    ]
    if report.ppo:
        parts.append(f"kl {report.ppo.kl:.3f}")
    if report.cluster:
        parts.append(_cluster(report.cluster))
    parts.append(_left(report))
    parts.append(f"time: {_time(report, most=3)}")
    return " | ".join(parts)


def panel(report: Report) -> list[str]:
    """A report in a few lines; the same number for each report of a run."""
    done = min(max(report.progress, 0.0), 1.0)
    bar = "#" * round(30 * done)
    policy = f"mean std {report.std:.2f}"
    if report.ppo:
        policy += f" | kl {report.ppo.kl:.3f} | learning rate {report.ppo.learning_rate:.1e}"
    return [
        f"{report.phase:8} [{bar:30}] {done:4.0%} | {_clock(report.seconds)} elapsed, {_left(report)}",
        f"speed    {report.steps:,} steps | {report.steps_per_second:,.0f}/s",
        "episode  " + (" | ".join(_episodes(report)) or "none has ended yet"),
        *([f"motions  {_clips(report)}"] if report.clips else []),
        "muscles  " + (" | ".join(_muscles(report)) or "none"),
        f"policy   {policy}",
        "reward   " + " | ".join(f"{name} {value:.2f}" for name, value in report.rewards.items()),
        *([f"cluster  {_cluster(report.cluster)}"] if report.cluster else []),
        f"time     {_time(report)}",
    ]


def _cluster(cluster: ClusterReport) -> str:
    count = f"{cluster.actors} actors"
    if cluster.actors < cluster.wanted:
        count = f"{cluster.actors} of {cluster.wanted} actors"
    return f"{count}, {cluster.received / 1e6:.1f} MB received, {cluster.sent / 1e6:.1f} MB sent"


def _episodes(report: Report) -> list[str]:
    if math.isnan(report.mean_return):
        return []
    return [
        f"return {report.mean_return:.1f}",
        f"episode {report.episode_seconds:.2f} s",
        f"falls {report.fall_rate:.0%}",
    ]


def _clips(report: Report) -> str:
    """Return and falls of each motion."""
    parts = []
    for name in dict.fromkeys(key.rpartition("/")[0] for key in report.clips):
        total, falls = report.clips[f"{name}/return"], report.clips[f"{name}/fall_rate"]
        parts.append(f"{name} -" if math.isnan(total) else f"{name} {total:.1f} falls {falls:.0%}")
    return ", ".join(parts)


def _muscles(report: Report) -> list[str]:
    if math.isnan(report.torque_error):
        return []
    parts = [
        f"torque error {report.torque_error:.0%}",
        f"muscle loss {report.muscle_loss:.4f}",
        f"activation {report.activation:.2f}",
    ]
    if not math.isnan(report.effort_ratio):
        parts.append(f"effort {report.effort_ratio:.2f} of the optimum")
    return parts


def _time(report: Report, most: int | None = None) -> str:
    """The phases of the iteration's time, or only the `most` largest ones."""
    shares = list(report.shares().items())
    if most is not None:
        shares = sorted(shares, key=lambda item: -item[1])[:most]
    return ", ".join(f"{k.replace('_', ' ')} {share:.0%}" for k, share in shares)


def _left(report: Report) -> str:
    if report.progress <= 0:
        return "no end is set"
    return f"{_clock(max(report.seconds / report.progress - report.seconds, 0))} left"


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
