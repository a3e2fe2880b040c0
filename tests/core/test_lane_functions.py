"""The lanes' polynomials keep the errors that pack.hpp and activation.hpp state, at every instruction set."""

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


@pytest.mark.skipif(shutil.which("g++") is None, reason="g++ builds the program")
@pytest.mark.parametrize("name", _core.instruction_sets())
def test_errors_against_double_are_below_those_stated(name: str, tmp_path: Path) -> None:
    program = tmp_path / "lane_functions"
    flags = ["-std=c++20", "-O2", "-Wno-psabi", "-fno-math-errno", "-fno-trapping-math"]
    source = ROOT / "tests/core/cpp/lane_functions.cpp"
    subprocess.run(
        [
            *("g++", *flags, *FLAGS[name], f"-DMUSCLE_ISA={name}", f"-I{ROOT / 'core/src'}"),
            *(str(source), "-o", str(program)),
        ],
        check=True,
    )
    found = json.loads(subprocess.run([program], check=True, capture_output=True, text=True).stdout)
    assert found.keys() == STATED.keys()
    for function, error in found.items():
        assert 1e-9 < error < STATED[function], (function, error)
