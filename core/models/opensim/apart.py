"""OpenSim's parser in a process of its own: a file that it crashes on ends that process, and not the program.

    python -P -m muscle_viewer.core.models.opensim.apart MODULE FUNCTION FILE

calls a function for a file and writes what it returns, or the line of its ModelError, as a pickle.
"""

from __future__ import annotations

import importlib
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import ModelError

TRACEBACK = 1
"""Status of a Python process that ended by an exception. That of a crash is a signal's or, on Windows, a large number."""


def call_apart(function: Callable[[str], Any], source: str | Path) -> Any:
    """What a module's function returns for a file. ModelError: its own, or one line where OpenSim crashed."""
    called = [function.__module__, function.__name__, str(source)]
    command = [sys.executable, "-P", "-m", __name__, *called]
    result = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True)
    if result.returncode == TRACEBACK:
        raise RuntimeError(result.stderr.decode(errors="replace"))
    if status := result.returncode:
        ended = signal.Signals(-status).name if status < 0 else f"status {status:#x}"
        raise ModelError(
            f"{source}: OpenSim crashes on it ({ended}); see whether its own program opens it"
        )
    returned, refused = pickle.loads(result.stdout)
    if refused is not None:
        raise ModelError(refused)
    return returned


def main() -> None:
    """Answer the process that called. OpenSim may write to the standard output: the answer has a copy of it."""
    answer = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    module, function, source = sys.argv[1:]
    said: tuple[Any, str | None]
    try:
        said = (getattr(importlib.import_module(module), function)(source), None)
    except ModelError as error:
        said = (None, str(error))
    with answer:
        pickle.dump(said, answer)


if __name__ == "__main__":
    main()
