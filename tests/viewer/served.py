"""A viewer that serves its window to browsers, in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


class Served:
    """Its process, what it said, and its address."""

    def __init__(self, folder: Path, *path: Path) -> None:
        without_display = {k: v for k, v in os.environ.items() if "DISPLAY" not in k}
        self.process = subprocess.Popen(
            [sys.executable, "web_session.py", *map(str, path)], cwd=HERE, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, env={**without_display, "XDG_CONFIG_HOME": str(folder)},
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # whatever ran the tests
        )  # fmt: skip
        self.said: list[str] = []
        while not (self.said and self.said[-1].startswith("http")):
            line = self._read()
            assert line, "the server ended"
            self.said.append(line.strip())
        self.address = self.said[-1]

    def _read(self) -> str:
        assert self.process.stdout
        return self.process.stdout.readline()

    def ask(self, question: str) -> Any:
        assert self.process.stdin
        self.process.stdin.write(question + "\n")
        self.process.stdin.flush()
        return json.loads(self._read())

    def socket(self) -> str:
        return self.address.replace("/?", "/socket?")
