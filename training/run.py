"""A training run: starts or resumes it, saves at intervals, stops on Ctrl-C."""

from __future__ import annotations

import argparse
import os
import shlex
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from muscle_viewer.core import ConfigError, EnvironmentConfig, load_config
from muscle_viewer.core.configuration import parse_config
from muscle_viewer.core.configuration.rewards import NO_REWARD

from .logging.episodes import WINDOW
from .logging.logs import ProgressTable, TensorBoard
from .logging.progress import ProgressDisplay
from .overlapped_rollouts import OverlappedRollouts
from .rollouts import LocalRollouts, Rollouts, RolloutsLostError
from .run_folder import RunFolder, machine
from .settings import TrainingSettings, make_settings
from .trainer import Trainer
from .warm_start import WarmStart

MakeRollouts = Callable[[EnvironmentConfig, TrainingSettings], Rollouts]


class StopRequest:
    """Set by SIGINT, SIGTERM or SIGHUP; the loop then ends after the present iteration.

    A second SIGINT raises KeyboardInterrupt. If SIGHUP is ignored, as under nohup, it stays ignored. Python hands
    signals to the main thread alone: in another one none is listened to.
    """

    def __init__(self) -> None:
        self.signal: int | None = None
        self._terminals = [
            stream.fileno()
            for stream in (sys.__stdout__, sys.__stderr__)
            if stream is not None and stream.isatty()
        ]

    @contextmanager
    def listening(self) -> Iterator[None]:
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        signals = [signal.SIGINT, signal.SIGTERM]
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
            signals.append(signal.SIGHUP)
        before = {number: signal.signal(number, self._receive) for number in signals}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    def _receive(self, number: int, _: Any) -> None:
        self.signal = number
        signal.signal(signal.SIGINT, signal.default_int_handler)
        if number == signal.SIGHUP:  # the terminal is closed, and writing to it would fail
            with open(os.devnull, "w") as nowhere:
                for terminal in self._terminals:
                    os.dup2(nowhere.fileno(), terminal)


class Saves:
    """Decides which checkpoints are due, by the time of training."""

    def __init__(self, trainer: Trainer, folder: RunFolder, meta: Mapping[str, Any]) -> None:
        self._trainer, self._folder, self._meta = trainer, folder, meta
        self._best = folder.best_return
        self._next_numbered = self._after(trainer.settings.keep_every)
        self._next = self._after(trainer.settings.save_every)

    def _after(self, minutes: float) -> float:
        return self._trainer.seconds + 60 * minutes

    @property
    def due(self) -> bool:
        return self._trainer.seconds >= self._next

    def save(self) -> None:
        """Save everything that is due."""
        episodes, settings = self._trainer.episodes, self._trainer.settings
        is_best = episodes.ended == WINDOW and episodes.mean_return > self._best
        is_numbered = settings.keep_every > 0 and self._trainer.seconds >= self._next_numbered
        with self._trainer.saving():
            self._folder.save(self._trainer, self._meta, best=is_best, numbered=is_numbered)
        if is_best:
            self._best = episodes.mean_return
        if is_numbered:
            self._next_numbered = self._after(settings.keep_every)
        self._next = self._after(settings.save_every)


def train(
    environment: EnvironmentConfig | str | Path,
    out: str | Path,
    settings: TrainingSettings,
    start: str | Path | None = None,
) -> Path:
    """Train a new run until the settings' end, as `muscle-train`; returns the last checkpoint's path.

    environment: a configuration, its file or its YAML text. out: the run's folder, created if
    missing. settings: `steps` or `minutes` determines the run's end. start: a checkpoint whose networks
    the run begins with, otherwise random ones. On SIGINT, SIGTERM or SIGHUP it saves and stops early.
    ConfigError if the folder has a run already, no end is given or the checkpoint does not fit.
    """
    if settings.steps is None and settings.minutes is None:
        raise ConfigError("settings: neither steps nor minutes is given, so the run has no end")
    folder, stop = RunFolder(out), StopRequest()
    with stop.listening(), folder.claimed():
        _refuse_to_overwrite(folder)
        config = load_config(environment)
        begin = WarmStart.of(start) if start is not None else None
        trainer, meta = _new(config, settings, begin, "training.train")
        _iterate(trainer, folder, meta, stop, is_new=True)
    return folder.latest


def run(options: argparse.Namespace) -> int:
    """Carry out a run by the command line's options.

    Exit status: 0, or 128 + the signal that ended the run. UserError for wrong options or files.
    """
    folder = RunFolder(options.out)
    stop = StopRequest()
    if options.resume and not folder.holds_a_run:
        folder.read_state()  # raises the error before a folder is created
    with stop.listening(), folder.claimed():
        trainer, meta = _resumed(options, folder) if options.resume else _begun(options, folder)
        with closing(trainer):
            for line in trainer.settings.without_effect(trainer.config):
                print(f"note: {line}")
            if trainer.progress >= 1:
                print(
                    f"{folder.path}: has reached its end, {_end(trainer.settings)}; give a later end to continue"
                )
                return 0
            _iterate(trainer, folder, meta, stop, is_new=not options.resume)
    print(f"saved {folder.latest}")
    return 128 + stop.signal if stop.signal else 0


def _iterate(
    trainer: Trainer,
    folder: RunFolder,
    meta: Mapping[str, Any],
    stop: StopRequest,
    is_new: bool,
) -> None:
    """Iterate until the run's end or a request to stop; log every iteration, save at intervals."""
    saves = Saves(trainer, folder, meta)
    if is_new:
        saves.save()
    display = ProgressDisplay()
    table = ProgressTable(folder.table, trainer.steps)
    with closing(TensorBoard(folder.events, trainer.steps)) as events:
        while trainer.progress < 1 and stop.signal is None:
            try:
                report = trainer.iterate()
            except RolloutsLostError:
                saves.save()
                raise
            table.add(report.scalars())
            events.add(report.scalars())
            display.show(report)
            if saves.due:
                saves.save()
        saves.save()


def _refuse_to_overwrite(folder: RunFolder) -> None:
    if folder.holds_a_run:
        raise ConfigError(
            f"--out {folder.path}: has a run already; add --resume to continue it, "
            "or name another folder"
        )


def _begun(options: argparse.Namespace, folder: RunFolder) -> tuple[Trainer, dict[str, Any]]:
    _refuse_to_overwrite(folder)
    if options.environment is None:
        raise ConfigError("environment: missing; name an environment YAML")
    settings = make_settings({}, _given(options), options.set)
    config = load_config(options.environment, options.data).on_engine(options.engine)
    begin = WarmStart.of(options.start, options.data) if options.start is not None else None
    return _new(config, settings, begin, _command(), _rollouts(options), options.data)


def _resumed(options: argparse.Namespace, folder: RunFolder) -> tuple[Trainer, dict[str, Any]]:
    """The saved run of the folder, with the user's changes."""
    if options.start is not None:
        raise ConfigError("--from: begins a new run; leave it out with --resume")
    state = folder.read_state()
    meta = state["meta"]
    settings = make_settings(
        _without_other_end(meta["settings"], options), _given(options), options.set
    )
    _check_sizes(meta["settings"], settings)
    config = parse_config(state["config"], str(folder.state), options.data)
    changed: list[str] = []
    if options.environment is not None:
        given = load_config(options.environment, options.data)
        changed = [k for k, v in given.model_dump().items() if config.model_dump()[k] != v]
        config = given
    trainer = _trainer(config.on_engine(options.engine), settings, _rollouts(options), options.data)
    folder.resume(trainer, state)
    if changed:
        print(f"{options.environment}: changes {', '.join(changed)} of the run from now on")
    origin = meta.get("started_from")
    return trainer, _meta(settings, meta["commands"], trainer.steps, _command(), origin)


def _without_other_end(saved: Mapping[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    """The saved settings; where a later end is given, by steps or by minutes, without the other that a run had."""
    given = [name for name in ("steps", "minutes") if getattr(options, name) is not None]
    ended = {"steps", "minutes"}.difference(given) if given else set()
    return {**saved, **dict.fromkeys(ended)}


def _check_sizes(saved: Mapping[str, Any], settings: TrainingSettings) -> None:
    """ConfigError for networks of other sizes than the saved run's."""
    for part in ("ppo", "muscle"):
        had, asked = tuple(saved[part]["hidden"]), getattr(settings, part).hidden
        if had != asked:
            raise ConfigError(
                f"--set {part}.hidden: {list(asked)} is asked for, and the run has {list(had)}; "
                "leave it out, or begin another run with --from"
            )


def _end(settings: TrainingSettings) -> str:
    """The options that determine the end of a run."""
    limits = {"--steps": settings.steps, "--minutes": settings.minutes}
    return " or ".join(f"{option} {limit}" for option, limit in limits.items() if limit)


def _for_lag(settings: TrainingSettings) -> TrainingSettings:
    """The settings of an asynchronous run, whose rollouts the present policy did not act in.

    An update in bfloat16 takes that for granted: it computes their log probabilities anew.
    """
    if settings.ppo.precision == "bfloat16":
        raise ConfigError(
            "--asynchronous: updates in float32 alone; --set ppo.precision=float32 has them"
        )
    return replace(settings, ppo=replace(settings.ppo, precision="float32"))


def _rollouts(options: argparse.Namespace) -> MakeRollouts:
    """Where the run's environments are stepped: here, or with --ray by actors on a cluster."""
    if options.ray is not None:
        from .cluster.ray_rollouts import RayRollouts

        made: MakeRollouts = partial(RayRollouts, address=options.ray)
        return made
    if options.actors is not None:
        raise ConfigError("--actors: is for runs on a cluster; add --ray")
    return LocalRollouts


def _trainer(
    config: EnvironmentConfig,
    settings: TrainingSettings,
    make_rollouts: MakeRollouts = LocalRollouts,
    data: Path | None = None,
) -> Trainer:
    if settings.muscle_only and not config.infers:
        raise ConfigError(f"--muscle-only: the environment's actuator is {config.actuator}")
    if config.reward == NO_REWARD and not settings.muscle_only:
        raise ConfigError(
            "environment: its reward is none, so that a policy has nothing to learn from; give it a `reward:` "
            "(docs/formats.md), or train the muscle network alone with --muscle-only"
        )
    if config.not_trained:
        raise ConfigError(
            f"environment: needs unsupported training features: {', '.join(config.not_trained)}; "
            "remove them from the file to train without them"
        )
    if settings.asynchronous:
        settings = _for_lag(settings)
        if make_rollouts is LocalRollouts:
            make_rollouts = OverlappedRollouts
    return Trainer(config, settings, make_rollouts, data)


def _new(
    config: EnvironmentConfig,
    settings: TrainingSettings,
    begin: WarmStart | None,
    command: str,
    make_rollouts: MakeRollouts = LocalRollouts,
    data: Path | None = None,
) -> tuple[Trainer, dict[str, Any]]:
    """The trainer of a new run, with random networks or those of a checkpoint, and the meta of its checkpoints."""
    if begin is None:
        return _trainer(config, settings, make_rollouts, data), _meta(settings, [], 0, command)
    settings = begin.settings(settings)
    trainer = _trainer(config, settings, make_rollouts, data)
    try:
        begin.load_into(trainer)
    except BaseException:
        trainer.close()
        raise
    return trainer, _meta(settings, [], 0, command, begin.meta())


def _given(options: argparse.Namespace) -> dict[str, Any]:
    """The settings that are given on the command line."""
    names = TrainingSettings.__dataclass_fields__
    return {k: v for k, v in vars(options).items() if k in names and v is not None}


def _command() -> str:
    return shlex.join(["muscle-train", *sys.argv[1:]])


def _meta(
    settings: TrainingSettings,
    earlier: list[Any],
    steps: int,
    command: str,
    started_from: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The origin of a checkpoint; `commands` are those of the run, each with its first step.

    started_from: the origin of the checkpoint that the run began with.
    """
    begun = datetime.now(UTC).isoformat(timespec="seconds")
    return {
        "command": earlier[0]["command"] if earlier else command,
        "commands": [*earlier, {"command": command, "steps": steps, "begun": begun}],
        "machine": machine(),
        "settings": settings.as_meta(),
        **({"started_from": started_from} if started_from is not None else {}),
    }
