"""A core that was built for another torch says so before it is loaded."""

from __future__ import annotations

import subprocess
import sys

import pytest
import torch

PROGRAM = """
import sys

import pytest
import torch

torch.__version__ = "0.0.1"
try:
    from muscle_viewer.core import BatchEnv
except ImportError as error:
    print(error)
print("loaded" if "muscle_viewer.core._core" in sys.modules else "not loaded")
print("mapped" if "/_core." in open("/proc/self/maps").read() else "not mapped")
"""


@pytest.mark.slow
def test_another_torch_is_named_before_the_library_is_loaded() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    assert done.stdout.splitlines() == [
        f"muscle_viewer's core was built for torch {torch.__version__}, and torch 0.0.1 is "
        "installed: build it again with 'make setup'",
        "not loaded",
        "not mapped",
    ], done.stderr
