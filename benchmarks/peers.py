"""Against MuJoCo: its batched stepping of MyoSuite's legs beside equal work, in one run.

    python benchmarks/peers.py [--json] [--venv FOLDER] [--mass ../shared/data/mass]

The peers are installed from the registry into a virtual environment of their own (kept in --venv,
else made for this run). Models differ, so the measure is substeps/s times muscles plus dofs. A
substep here holds more than theirs: contact, muscles, stable PD, the muscle network, and a
sixteenth of observation and reward; MuJoCo's holds contact with a constraint solver, wrapped
tendons, activation dynamics, and no network or task. The two take turns.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import machine
from equal_model import MASS_DATA, write_equal_model
from equal_work import Run
from muscle_viewer.core.scene import instruction_set

PACKAGES = ("myo-sim", "mujoco")
ENVIRONMENTS, THREADS, SUBSTEPS = 128, 2, 16


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mass", type=Path, default=MASS_DATA, help="folder of MASS's data")
    parser.add_argument("--venv", type=Path, help="virtual environment with the peers, kept")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        venv = options.venv or Path(folder) / "peers"
        report = measure(options.mass, installed(venv), options.repeats)
    print(json.dumps(report) if options.json else text(report))


def installed(venv: Path) -> Path:
    """The Python of a virtual environment that holds the peers."""
    python = venv / "bin" / "python"
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
        subprocess.run([python, "-m", "pip", "install", "-qq", *PACKAGES], check=True)
    return python


def measure(mass: Path, python: Path, repeats: int) -> dict[str, Any]:
    program = Path(__file__).resolve().with_name("peer_mujoco.py")
    command = [str(python.absolute()), str(program), str(ENVIRONMENTS), str(THREADS), "1"]
    theirs, rows = [], []
    with tempfile.TemporaryDirectory() as folder:
        run = Run(write_equal_model(Path(folder), mass), ENVIRONMENTS, THREADS, None)
        for _ in range(repeats):
            run.repeat(30, SUBSTEPS)
            # MuJoCo leaves its log where it runs.
            output = subprocess.check_output(command, cwd=folder, text=True)
            rows.append(json.loads(output.splitlines()[-1]))
            theirs.append(rows[-1]["substeps_per_second"])
    ours = [rate * SUBSTEPS for rate in run.rates]
    own_size = run.env.num_muscles + run.env.num_dofs
    size = rows[0]["muscles"] + rows[0]["dofs"]
    ratios = [a * own_size / (b * size) for a, b in zip(ours, theirs, strict=True)]
    return {
        "machine": machine.name(),
        "instruction_set": instruction_set(),
        "threads": THREADS,
        "environments": ENVIRONMENTS,
        "own": {
            "muscles": run.env.num_muscles,
            "dofs": run.env.num_dofs,
            "substeps_per_second": round(statistics.median(ours)),
        },
        "mujoco": {**rows[0], "substeps_per_second": round(statistics.median(theirs))},
        "ratio_per_muscle_and_dof": round(statistics.median(ratios), 1),
        "ratio_spread": round(max(ratios) - min(ratios), 1),
    }


def text(report: dict[str, Any]) -> str:
    own, peer = report["own"], report["mujoco"]
    return "\n".join(
        [
            f"{report['machine']}, {report['threads']} threads, "
            f"{report['environments']} environments",
            f"equal work: {own['muscles']} muscles, {own['dofs']} dofs: "
            f"{own['substeps_per_second']} substeps/s",
            f"MuJoCo {peer['mujoco']}, {peer['model']}: {peer['muscles']} muscles, "
            f"{peer['dofs']} dofs: {peer['substeps_per_second']} substeps/s",
            f"per muscle and dof: x{report['ratio_per_muscle_and_dof']:.1f}",
        ]
    )


if __name__ == "__main__":
    main()
