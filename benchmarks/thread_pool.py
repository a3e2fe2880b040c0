"""What handing a job to the thread pool takes, of this build and another in turns.

python benchmarks/thread_pool.py [--against CHECKOUT] [--repeats 5] [--json]

A job has a piece of 5 us for each thread; without pause jobs follow each other, as those of a substep do with
`network_device`, and with a pause the workers sleep before each. Medians over the repeats, microseconds. With more threads
than CPUs pieces wait for a CPU; what grows beyond that is what each thread adds.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import machine

ROOT = Path(__file__).resolve().parents[1]
KEYS = ("pause_us", "threads")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--against", type=Path, metavar="CHECKOUT", help="another checkout")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    checkouts = {"this": ROOT} | ({"other": options.against} if options.against else {})
    with tempfile.TemporaryDirectory() as folder:
        programs = {name: build(path, Path(folder) / name) for name, path in checkouts.items()}
        runs: dict[str, list[list[dict[str, float]]]] = {name: [] for name in programs}
        for _ in range(options.repeats):
            for name, program in programs.items():
                runs[name].append(json.loads(subprocess.check_output([program], text=True)))
    rows = [
        {
            **{key: first[key] for key in KEYS},
            **{
                f"{name}_{kind}": statistics.median(run[k][f"{kind}_us"] for run in found)
                for name, found in runs.items()
                for kind in ("wall", "cpu")
            },
        }
        for k, first in enumerate(runs["this"][0])
    ]
    report = {"machine": machine.name(), "rows": rows}
    print(json.dumps(report) if options.json else text(report))


def build(checkout: Path, program: Path) -> Path:
    sources = [ROOT / "benchmarks/thread_pool.cpp", checkout / "core/src/batch/thread_pool.cpp"]
    flags = ["-O2", "-std=c++20", "-pthread", f"-I{checkout / 'core/src'}"]
    subprocess.run(["g++", *flags, *map(str, sources), "-o", str(program)], check=True)
    return program


def text(report: dict[str, Any]) -> str:
    lines = [report["machine"]]
    for row in report["rows"]:
        measured = {name: value for name, value in row.items() if name not in KEYS}
        words = [f"{name.replace('_', ' ')} {value:.1f}" for name, value in measured.items()]
        lines.append(
            f"pause {row['pause_us']} us, {row['threads']} threads, us: {', '.join(words)}"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
