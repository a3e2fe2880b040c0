"""A sweep over a parameter of the environment: `muscle-eval` measures it in a process of its own."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint

EPISODES = 4
SECONDS = 6.0
"""Of each episode, s; the first second is not measured."""


class Sweep:
    """Measures of a checkpoint at values of one parameter, which arrive one after another."""

    def __init__(
        self, checkpoint: Checkpoint, name: str, span: tuple[float, float], count: int,
        others: Mapping[str, float],
    ) -> None:  # fmt: skip
        """Begin. name: the parameter; span: its first and last value; others: values of the other parameters."""
        # with torch, which the first picture does without
        from muscle_viewer.core import save_checkpoint

        self.name = name
        self.span = span
        self.count = count
        self.error = ""
        self._rows: list[dict[str, Any]] = []
        self._folder = tempfile.TemporaryDirectory(prefix="muscle-viewer-sweep-")
        path = Path(self._folder.name) / "sweep.pt"
        save_checkpoint(
            path, checkpoint.config, checkpoint.policy, checkpoint.muscle, checkpoint.meta
        )
        values = ",".join(f"{other}={value!r}" for other, value in others.items() if other != name)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "muscle_viewer.training.evaluation", str(path), "--json",
             "--parameters", values or "default", "--sweep", f"{name}={span[0]!r}:{span[1]!r}:{count}",
             "--episodes", str(EPISODES), "--seconds", str(SECONDS)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )  # fmt: skip
        self._is_stopped = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """The measures so far, as in the JSON of `muscle-eval`, each with the parameter's value by its name."""
        return list(self._rows)

    @property
    def is_running(self) -> bool:
        return self._reader.is_alive()

    def stop(self) -> None:
        """End it; the measures so far stay."""
        self._is_stopped = True
        self._process.terminate()
        self._reader.join()

    def _read(self) -> None:
        process = self._process
        assert process.stdout is not None and process.stderr is not None
        for line in process.stdout:  # an array of JSON, with one object on each line
            row = line.strip().rstrip(",")
            if row.startswith("{"):
                self._rows.append(json.loads(row))
        said = process.stderr.read().strip().splitlines()
        if process.wait() > 0 and not self._is_stopped:
            self.error = said[-1] if said else "it ended without a word"
        process.stdout.close()
        process.stderr.close()
        self._folder.cleanup()
