"""A run's folder: checkpoints to view, and state.pt to resume from."""

from __future__ import annotations

import fcntl
import os
import pickle
import platform
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from muscle_viewer.core import CheckpointError, ConfigError, load_checkpoint, save_checkpoint
from muscle_viewer.core.checkpoint import save_atomically

from .trainer import Trainer

STATE_FORMAT = "muscle-viewer/training-2"


class RunFolder:
    """Files of one training run. Each is written whole or not at all, state.pt first.

    So a kill between two of them leaves the others older than state.pt, never ahead of it, and
    `resume` brings latest.pt up to it.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def latest(self) -> Path:
        """Path of the last save's checkpoint, for the viewer."""
        return self.path / "latest.pt"

    @property
    def best(self) -> Path:
        """Path of the checkpoint with the highest mean return."""
        return self.path / "best.pt"

    @property
    def state(self) -> Path:
        """Path of the state that `resume` needs."""
        return self.path / "state.pt"

    @property
    def table(self) -> Path:
        """Path of the table with a row for every iteration."""
        return self.path / "progress.csv"

    @property
    def events(self) -> Path:
        """TensorBoard's folder."""
        return self.path / "events"

    def numbered(self, steps: int) -> Path:
        """Path of a checkpoint that is kept, named by its number of control steps."""
        return self.path / "checkpoints" / f"{steps:010}.pt"

    @contextmanager
    def claimed(self) -> Iterator[None]:
        """Lock the folder for this run and remove files that a killed run left incomplete.

        The lock ends with the process, however it ends. ConfigError if another process holds it.
        A folder that an error leaves empty is removed.
        """
        made = not self.path.exists()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            handle = os.open(self.path, os.O_RDONLY)
        except FileExistsError:
            raise ConfigError(f"--out {self.path}: is a file; name a folder") from None
        except OSError as error:
            raise ConfigError(
                f"--out {self.path}: cannot be created: {error.strerror}; name another folder"
            ) from None
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise ConfigError(
                    f"--out {self.path}: another muscle-train uses it; name another folder"
                ) from None
            except OSError:
                pass  # a file system without locks
            for leftover in (*self.path.glob(".*.pt.*"), *self.path.glob("checkpoints/.*.pt.*")):
                leftover.unlink(missing_ok=True)
            yield
        except BaseException:
            if made:
                with suppress(OSError):
                    self.path.rmdir()
            raise
        finally:
            os.close(handle)

    def save(
        self, trainer: Trainer, meta: Mapping[str, Any], best: bool = False, numbered: bool = False
    ) -> None:
        """state.pt and latest.pt; where asked for, best.pt and a numbered checkpoint, too."""
        state = {"format": STATE_FORMAT, "trainer": trainer.state_dict(), "meta": dict(meta)}
        state["config"] = trainer.env.config.to_yaml()
        save_atomically(self.state, state)
        self._save(self.latest, trainer, meta)
        if best:
            self._save(self.best, trainer, meta)
        if numbered:
            self._save(self.numbered(trainer.steps), trainer, meta)

    def read_state(self) -> dict[str, Any]:
        """The content of state.pt. CheckpointError if there is none that can be read."""
        if not self.state.is_file():
            raise CheckpointError(f"{self.state}: no such file; start the run without --resume")
        try:
            content = torch.load(self.state, weights_only=True, map_location="cpu")
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise CheckpointError(f"{self.state}: cannot be read ({first})") from None
        if not isinstance(content, dict) or content.get("format") != STATE_FORMAT:
            found = content.get("format") if isinstance(content, dict) else type(content).__name__
            raise CheckpointError(
                f"{self.state}: not the state of a training run ('{STATE_FORMAT}' is wanted, "
                f"'{found}' found); start a new run in another folder"
            )
        return content

    def resume(self, trainer: Trainer, state: Mapping[str, Any]) -> None:
        """Put `trainer` where the run of `read_state` was, and latest.pt with it.

        CheckpointError if that cannot be.
        """
        try:
            trainer.load_state_dict(state["trainer"])
        except (CheckpointError, ValueError, RuntimeError, KeyError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise CheckpointError(f"{self.state}: does not fit this run: {first}") from None
        if self._meta(self.latest).get("steps") != trainer.steps:
            self._save(self.latest, trainer, state["meta"])

    @property
    def best_return(self) -> float:
        """Mean return of best.pt; minus infinity where there is none."""
        return float(self._meta(self.best).get("mean_return", float("-inf")))

    @staticmethod
    def _meta(path: Path) -> dict[str, Any]:
        with suppress(CheckpointError):
            return load_checkpoint(path).meta
        return {}

    @staticmethod
    def _save(path: Path, trainer: Trainer, meta: Mapping[str, Any]) -> None:
        counters = {
            "steps": trainer.steps,
            "training_seconds": round(trainer.seconds, 1),
            "mean_return": trainer.episodes.mean_return,
            "mean_episode_length": trainer.episodes.mean_length,
            "fall_rate": trainer.episodes.fall_rate,
            "saved": datetime.now(UTC).isoformat(timespec="seconds"),
        }
        save_checkpoint(
            path,
            trainer.env.config,
            trainer.policy.state_dict(),
            trainer.muscle_state,
            {**meta, **counters},
        )


def machine() -> str:
    """The CPU, for a checkpoint's meta."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{name}, {torch.get_num_threads()} threads"
