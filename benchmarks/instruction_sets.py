"""Equal work at every instruction set that this CPU can run, in turns in one process.

python benchmarks/instruction_sets.py [--repeats 10] [--mass ../shared/data/mass] [--json]

Medians over the repeats on one thread, microseconds per substep and environment.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path

from equal_model import MASS_DATA, write_equal_model
from equal_work import Run
from muscle_viewer.core import _core


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mass", type=Path, default=MASS_DATA, help="folder of MASS's data")
    parser.add_argument("--environments", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=10)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        config = write_equal_model(Path(folder), options.mass).config
        rows = measure(config, options.environments, options.repeats)
    print(json.dumps(rows) if options.json else text(rows))


def measure(config: str, environments: int, repeats: int) -> dict[str, dict[str, float]]:
    """Instruction set -> the parts of a substep, and their sum."""
    runs = {}
    for name in _core.instruction_sets():
        os.environ["MUSCLE_CORE_ISA"] = name  # read when a batch is made
        runs[name] = Run(config, environments, threads=1)
    simulation = next(iter(runs.values())).env.config.simulation
    for _ in range(repeats):
        for run in runs.values():
            run.repeat(5, simulation.sim_hz // simulation.control_hz)
    rows = {}
    for name, run in runs.items():
        parts = {part: statistics.median(p[part] for p in run.parts) for part in run.parts[0]}
        rows[name] = {**parts, "sum": sum(parts.values())}
    return rows


def text(rows: dict[str, dict[str, float]]) -> str:
    fastest = min(row["sum"] for row in rows.values())
    return "\n".join(
        f"{name}: {row['sum'] / fastest:.2f} times the fastest's time; us: "
        + ", ".join(f"{part} {value:.2f}" for part, value in row.items())
        for name, row in rows.items()
    )


if __name__ == "__main__":
    main()
