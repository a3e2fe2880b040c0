"""The lanes at every instruction set: the stated errors of their polynomials, and networks of several groups."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import pytest
from muscle_viewer.core import _core

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
FLAGS = {
    "baseline": ["-ffp-contract=off"],
    "avx2": ["-mavx2", "-mfma"],
    "avx512": [f"-mavx512{part}" for part in ("f", "dq", "bw", "vl", "cd")] + ["-mfma"],
}
"""As in CMakeLists.txt."""
STATED = {
    "exponential": 3e-7,  # relative
    "sine": 2e-7,
    "cosine": 2e-7,
    "arc tangent": 3e-7,
    "activation": 2e-7,
}


def run_program(name: str, instruction_set: str, folder: Path) -> dict[str, float]:
    """What a program of tests/core/cpp prints, built for an instruction set."""
    program = folder / name
    flags = ["-std=c++20", "-O2", "-Wno-psabi", "-fno-math-errno", "-fno-trapping-math"]
    isa = [*FLAGS[instruction_set], f"-DMUSCLE_ISA={instruction_set}", f"-I{ROOT / 'core/src'}"]
    source = ROOT / f"tests/core/cpp/{name}.cpp"
    subprocess.run(["g++", *flags, *isa, str(source), "-o", str(program)], check=True)
    done = subprocess.run([program], check=True, capture_output=True, text=True)
    found: dict[str, float] = json.loads(done.stdout)
    return found


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ builds the program")
@pytest.mark.parametrize("name", _core.instruction_sets())
def test_errors_against_double_are_below_those_stated(name: str, tmp_path: Path) -> None:
    found = run_program("lane_functions", name, tmp_path)
    assert found.keys() == STATED.keys()
    for function, error in found.items():
        assert 1e-9 < error < STATED[function], (function, error)


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ builds the program")
@pytest.mark.parametrize("name", _core.instruction_sets())
def test_a_team_of_groups_infers_the_bits_of_each_group_alone(name: str, tmp_path: Path) -> None:
    found = run_program("network_teams", name, tmp_path)
    assert found["different"] == 0
    assert found["error"] < 2e-6
