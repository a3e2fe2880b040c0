"""The thread pool under ThreadSanitizer."""

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ builds the stress program")
def test_the_pool_runs_every_job_once_and_without_races(tmp_path: Path) -> None:
    program = tmp_path / "thread_pool_stress"
    sources = [
        ROOT / "tests/core/cpp/thread_pool_stress.cpp",
        ROOT / "core/batch/thread_pool.cpp",
    ]
    flags = ["-std=c++20", "-O1", "-g", "-fsanitize=thread", "-pthread", f"-I{ROOT / 'core'}"]
    subprocess.run(["g++", *flags, *map(str, sources), "-o", str(program)], check=True)
    # ThreadSanitizer wants the address space layout that setarch -R gives on recent kernels.
    command = ["setarch", "-R", str(program)] if shutil.which("setarch") else [str(program)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout + result.stderr
    assert result.stdout.strip() == "sound"
