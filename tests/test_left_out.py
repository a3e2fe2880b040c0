"""Which tests a complete run may leave out, and what is said of them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

HERE = Path(__file__).parent
CONFTEST = f"""
import sys
sys.path.insert(0, {str(HERE)!r})
import left_out
from left_out import pytest_addoption, pytest_sessionfinish, pytest_terminal_summary
from pathlib import Path
left_out.SHARED_DATA = Path("data")
"""


def run(folder: Path, tests: str, *options: str) -> subprocess.CompletedProcess[str]:
    """pytest on some tests, in a process and a folder of their own."""
    (folder / "conftest.py").write_text(CONFTEST)
    (folder / "test_some.py").write_text(f"import pytest\n{tests}\ndef test_passes(): pass\n")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def skipped(reason: str) -> str:
    return f"@pytest.mark.skip(reason={reason!r})\ndef test_skipped(): pass"


@pytest.mark.parametrize("processes", [[], ["-n", "1"]], ids=["one process", "xdist"])
def test_a_complete_run_fails_where_an_oracle_is_missing(
    processes: list[str], tmp_path: Path
) -> None:
    tests = skipped("could not import 'opensim'")
    done = run(tmp_path, tests, "--complete", *processes)
    assert done.returncode == 1
    assert "not complete: 1 skipped: could not import 'opensim'" in done.stdout
    assert run(tmp_path, tests, *processes).returncode == 0


@pytest.mark.parametrize("processes", [[], ["-n", "1"]], ids=["one process", "xdist"])
def test_a_whole_file_that_is_skipped_counts_too(processes: list[str], tmp_path: Path) -> None:
    (tmp_path / "test_file.py").write_text("import pytest\npytest.importorskip('no_such_oracle')\n")
    done = run(tmp_path, "", "--complete", *processes)
    assert done.returncode == 1
    assert "not complete: 1 skipped: could not import 'no_such_oracle'" in done.stdout


@pytest.mark.parametrize("reason", ["torch finds no CUDA device here", "the CPU has no AVX-512"])
def test_a_complete_run_may_lack_cuda_and_instruction_sets(reason: str, tmp_path: Path) -> None:
    done = run(tmp_path, skipped(reason), "--complete")
    assert done.returncode == 0
    assert "not complete" not in done.stdout


def test_the_shared_data_may_be_missing_but_not_unused(tmp_path: Path) -> None:
    tests = skipped("shared data: there is no data/mass/human.xml")
    done = run(tmp_path, tests, "--complete")
    assert done.returncode == 0
    assert "1 tests need the shared data (data) and were skipped" in done.stdout
    (tmp_path / "data").mkdir()
    assert run(tmp_path, tests, "--complete").returncode == 1


def test_a_complete_run_still_fails_with_a_test(tmp_path: Path) -> None:
    assert run(tmp_path, "def test_fails(): assert False", "--complete").returncode == 1
