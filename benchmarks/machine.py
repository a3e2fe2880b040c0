"""The machine that a benchmark ran on: its name, and what one of its cores can do at most."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import tempfile
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path


@dataclass(frozen=True)
class Peak:
    """Peak performance of one core, measured in the same run. Bandwidths of reading arrays of that size, bytes/s."""

    flops: float
    """Float multiply-adds, counted as two, per second."""
    flops_bf16: float
    """The same in bfloat16, by AVX-512's dot products; 0 where the CPU has none."""
    read_256kB: float
    read_4MB: float
    read_256MB: float


def best(measured: list[Peak]) -> Peak:
    """The largest of each figure."""
    return Peak(*(max(getattr(p, f.name) for p in measured) for f in fields(Peak)))


def name() -> str:
    """The processor's name and how many CPUs this process may use."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    cpus = len(os.sched_getaffinity(0))
    return f"{model}, {cpus} CPU{'s' if cpus > 1 else ''}"


def stamp() -> str:
    """Today's date, and the commit that is measured."""
    root = Path(__file__).resolve().parents[1]
    command = ["git", "-C", root, "describe", "--always", "--dirty"]
    commit = subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()
    return f"{date.today()}, commit {commit or 'unknown'}"


class PeakProgram:
    """benchmarks/peak.cpp, built for this machine."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory()
        self._program = Path(self._folder.name) / "peak"
        source = Path(__file__).with_name("peak.cpp")
        flags = ["-O3", "-std=c++20", "-march=native", "-Wno-psabi"]
        subprocess.run(["g++", *flags, str(source), "-o", str(self._program)], check=True)

    def run(self) -> Peak:
        output = subprocess.run([self._program], check=True, capture_output=True, text=True).stdout
        return Peak(**json.loads(output))
