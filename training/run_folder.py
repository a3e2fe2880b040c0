"""The folder of a training run: checkpoints to view, and state.pt to resume from."""

from __future__ import annotations

import fcntl
import os
import platform
import shutil
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch
from muscle_viewer.core import CheckpointError, ConfigError, save_checkpoint
from muscle_viewer.core.atomic_file import remove_leftovers, writing
from muscle_viewer.core.checkpoint import read_meta, save_atomically

from .trainer import Trainer

STATE_FORMAT = "muscle-viewer/training-4"
EARLIER_FORMAT = "muscle-viewer/training-3"
"""Of runs that were saved before a run could have several collectors."""


class DamagedStateError(CheckpointError):
    """A state.pt that is damaged."""


class RunFolder:
    """Files of one training run. Each is written atomically, state.pt first.

    If the process is killed between two of them, the others are older than state.pt, never newer,
    and `resume` updates latest.pt. The state of the previous save is kept as well, in case the disk
    damages state.pt.
    """

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self._fell_back = False

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
    def previous_state(self) -> Path:
        """state.pt of the save before the last."""
        return self.path / "state-previous.pt"

    @property
    def holds_a_run(self) -> bool:
        """Whether there is a state to resume from, damaged or not."""
        return self.state.exists() or self.previous_state.exists()

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

        The lock is released when the process ends for any reason. ConfigError if another process has it.
        A folder that is empty after an error is removed.
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
            remove_leftovers(self.path)
            remove_leftovers(self.path / "checkpoints")
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
        """Save state.pt and latest.pt, and if requested best.pt and a numbered checkpoint."""
        state = {"format": STATE_FORMAT, "trainer": trainer.state_dict(), "meta": dict(meta)}
        state["config"] = trainer.config.to_yaml()
        self._keep_state()
        save_atomically(self.state, state)
        self._save(self.latest, trainer, meta)
        if best:
            self._save(self.best, trainer, meta)
        if numbered:
            self._save(self.numbered(trainer.steps), trainer, meta)

    def _keep_state(self) -> None:
        """Keep state.pt as the previous state: by a hard link, or a copy if the file system has none."""
        if not self.state.exists():
            return
        if self.previous_state.exists() and self.previous_state.samefile(self.state):
            return  # the save before was killed here; rename would leave its other link behind
        with writing(self.previous_state, CheckpointError) as part:
            try:
                os.link(self.state, part)
            except OSError:
                shutil.copyfile(self.state, part)

    def read_state(self) -> dict[str, Any]:
        """The content of state.pt; if it is damaged, that of the previous state, and a line is printed.

        CheckpointError if neither can be read.
        """
        if not self.holds_a_run:
            raise CheckpointError(f"{self.state}: no such file; start the run without --resume")
        try:
            return _read_state(self.state)
        except DamagedStateError as error:
            if not self.previous_state.exists():
                raise
            content = _read_state(self.previous_state)
            print(f"{error}; {self.previous_state.name}, from the previous save, is used instead")
            self._fell_back = True
            return content

    def resume(self, trainer: Trainer, state: Mapping[str, Any]) -> None:
        """Restore the state of `read_state` in `trainer`, and update latest.pt.

        CheckpointError if the state does not fit.
        """
        try:
            trainer.load_state_dict(state["trainer"])
        except (CheckpointError, ValueError, RuntimeError, KeyError) as error:
            raise CheckpointError(
                f"{self.state}: does not fit this run: {_headline(error)}"
            ) from None
        if self._fell_back:  # before the next save makes the damaged one the previous one
            with suppress(FileNotFoundError):
                os.replace(self.state, self.path / "state-damaged.pt")
            os.replace(self.previous_state, self.state)
            self._fell_back = False
        if self._meta(self.latest).get("steps") != trainer.steps:
            self._save(self.latest, trainer, state["meta"])

    @property
    def best_return(self) -> float:
        """Mean return of best.pt; minus infinity if it does not exist."""
        return float(self._meta(self.best).get("mean_return", float("-inf")))

    @staticmethod
    def _meta(path: Path) -> dict[str, Any]:
        with suppress(CheckpointError):
            return read_meta(path)
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
            trainer.config,
            trainer.policy.state_dict(),
            trainer.muscle_state,
            {**meta, **counters},
        )


def _headline(error: Exception) -> str:
    """What an error says first; torch names the first tensor that does not fit in the line after its heading."""
    lines = str(error).splitlines() or [type(error).__name__]
    return " ".join(line.strip() for line in lines[: 2 if lines[0].rstrip().endswith(":") else 1])


def _read_state(path: Path) -> dict[str, Any]:
    """The content of a state, after a check of the checksums of all parts."""
    try:
        with zipfile.ZipFile(path) as archive:
            broken = archive.testzip()  # torch does not check the checksums
        if broken:
            raise DamagedStateError(f"{path}: damaged (the checksum of {broken} differs)")
        content = torch.load(path, weights_only=True, map_location="cpu")
    except DamagedStateError:
        raise
    except (
        Exception
    ) as error:  # zipfile and torch raise exceptions of many types for damaged archives
        first = (str(error).splitlines() or [type(error).__name__])[0].split(". ")[0]
        raise DamagedStateError(f"{path}: cannot be read ({first})") from None
    if isinstance(content, dict) and content.get("format") == EARLIER_FORMAT:
        return _of_one_collector(content)
    if not isinstance(content, dict) or content.get("format") != STATE_FORMAT:
        found = content.get("format") if isinstance(content, dict) else type(content).__name__
        raise CheckpointError(
            f"{path}: not the state of a training run ('{STATE_FORMAT}' is expected, "
            f"'{found}' found); start a new run in another folder"
        )
    return content


def _of_one_collector(content: dict[str, Any]) -> dict[str, Any]:
    """The state of an earlier version in today's form."""
    trainer = dict(content["trainer"])
    episodes = dict(trainer["episodes"])
    running = {name: episodes.pop(name) for name in ("reward", "steps")}
    collector = {name: trainer.pop(name) for name in ("obs", "environments")}
    rollouts = {"starts": 1, "collectors": [{**collector, "episodes": running}]}
    return {**content, "trainer": {**trainer, "episodes": episodes, "rollouts": rollouts}}


def machine() -> str:
    """Name of the CPU and number of threads, for a checkpoint's meta."""
    name = platform.processor() or platform.machine()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                name = line.partition(":")[2].strip()
                break
    except OSError:
        pass
    return f"{name}, {torch.get_num_threads()} threads"
