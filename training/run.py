"""A training run from the command line: start or resume, save in time, stop on Ctrl-C."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from muscle_viewer.core import ConfigError

from .checkpoints import RunFolder, machine
from .episodes import WINDOW
from .progress import ProgressLine
from .settings import TrainingSettings
from .trainer import Trainer


class StopRequest:
    """Set by SIGINT or SIGTERM; the loop ends after its iteration. A second SIGINT is Python's."""

    def __init__(self) -> None:
        self.signal: int | None = None

    @contextmanager
    def listening(self) -> Iterator[None]:
        before = {s: signal.signal(s, self._receive) for s in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _receive(self, number: int, _: Any) -> None:
        self.signal = number
        signal.signal(signal.SIGINT, signal.default_int_handler)


def train(options: argparse.Namespace) -> int:
    """Exit status: 0, or 128 + the signal that ended the run. UserError for what does not fit."""
    settings = TrainingSettings(
        num_envs=options.num_envs,
        threads=options.threads,
        seed=options.seed,
        steps=options.steps,
        minutes=options.minutes,
        muscle_only=options.muscle_only,
    )
    folder = RunFolder(options.out)
    if folder.state.exists() and not options.resume:
        raise ConfigError(
            f"--out {folder.path}: holds a run already; add --resume to go on with it, "
            "or name another folder"
        )
    trainer = Trainer(options.environment, settings)
    if settings.muscle_only and trainer.muscle is None:
        raise ConfigError(f"--muscle-only: {options.environment} has no muscle actuator")
    meta: dict[str, Any] = {
        "command": shlex.join(["muscle-train", *sys.argv[1:]]),
        "machine": machine(),
        "settings": settings.as_meta(),
    }
    best = float("-inf")
    if options.resume:
        best = float(folder.resume(trainer).get("best_return", best))

    def save() -> None:
        nonlocal best
        score = trainer.episodes.mean_return
        if trainer.episodes.ended == WINDOW and score > best:
            best = score
            folder.save_best(trainer, {**meta, "best_return": best})
        folder.save(trainer, {**meta, "best_return": best})

    progress = ProgressLine(trainer.env.info.control_hz)
    stop = StopRequest()
    next_save = trainer.seconds + settings.save_every
    with stop.listening():
        while trainer.progress < 1 and stop.signal is None:
            progress.show(trainer.iterate())
            if trainer.seconds >= next_save:
                save()
                next_save = trainer.seconds + settings.save_every
        progress.close()
        save()
    print(f"saved {folder.latest}")
    return 128 + stop.signal if stop.signal else 0
