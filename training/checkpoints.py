"""A run's folder: latest.pt and best.pt to look at, state.pt to go on from."""

from __future__ import annotations

import pickle
import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from muscle_viewer.core import CheckpointError, save_checkpoint
from muscle_viewer.core.checkpoint import save_atomically

from .trainer import Trainer

STATE_FORMAT = "muscle-viewer/training-1"


class RunFolder:
    """Files of one training run. Each is written whole or not at all."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)

    @property
    def latest(self) -> Path:
        """Checkpoint of the last save, for the viewer."""
        return self.path / "latest.pt"

    @property
    def best(self) -> Path:
        """Checkpoint with the highest mean return."""
        return self.path / "best.pt"

    @property
    def state(self) -> Path:
        """Everything that `resume` needs."""
        return self.path / "state.pt"

    def save_best(self, trainer: Trainer, meta: Mapping[str, Any]) -> None:
        self._save(self.best, trainer, meta)

    def save(self, trainer: Trainer, meta: Mapping[str, Any]) -> None:
        """latest.pt and state.pt."""
        self._save(self.latest, trainer, meta)
        state = {"format": STATE_FORMAT, "trainer": trainer.state_dict(), "meta": dict(meta)}
        save_atomically(self.state, state)

    def resume(self, trainer: Trainer) -> dict[str, Any]:
        """Put `trainer` where the run was; the saved meta. CheckpointError if that cannot be."""
        if not self.state.is_file():
            raise CheckpointError(f"{self.state}: no such file; start the run without --resume")
        try:
            content = torch.load(self.state, weights_only=True)
        except (pickle.UnpicklingError, RuntimeError, EOFError, OSError) as error:
            first = (str(error).splitlines() or [type(error).__name__])[0]
            raise CheckpointError(f"{self.state}: cannot be read ({first})") from None
        if not isinstance(content, dict) or content.get("format") != STATE_FORMAT:
            raise CheckpointError(f"{self.state}: not the state of a training run")
        try:
            trainer.load_state_dict(content["trainer"])
        except (CheckpointError, ValueError, RuntimeError, KeyError) as error:
            first = str(error).splitlines()[0]
            raise CheckpointError(f"{self.state}: does not fit this run: {first}") from None
        return dict(content["meta"])

    def _save(self, path: Path, trainer: Trainer, meta: Mapping[str, Any]) -> None:
        counters = {
            "steps": trainer.steps,
            "training_seconds": round(trainer.seconds, 1),
            "mean_return": trainer.episodes.mean_return,
            "mean_episode_length": trainer.episodes.mean_length,
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
