"""A short run of tools/fuzz.py: whatever is read is read or refused in one line, and nothing else happens."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
FUZZ = [sys.executable, "-m", "tools.fuzz"]


def test_mutated_files_of_every_kind_are_read_or_refused(tmp_path: Path) -> None:
    command = [*FUZZ, "--seconds", "10", "--keep", tmp_path / "kept"]
    result = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    first, *outcomes = result.stdout.splitlines()
    assert int(first.removesuffix(" inputs")) == sum(int(line.split()[0]) for line in outcomes)
    kinds = {" ".join(line.split()[1:]).split(":")[0] for line in outcomes}
    assert {"character", "motion", "environment", "checkpoint", "pickle"} <= kinds


def test_a_run_without_an_end_is_refused() -> None:
    result = subprocess.run(FUZZ, cwd=ROOT, capture_output=True, text=True)
    assert result.returncode == 2 and "give --inputs or --seconds" in result.stderr
