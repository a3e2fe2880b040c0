"""Equal work of two builds in turns: the ratio of their CPU time, which other load hardly changes.

    python benchmarks/before_after.py BEFORE AFTER [--repeats 30] [--bfloat16]

BEFORE and AFTER are checkouts with a built .venv each, as `make setup` leaves them; each runs its own
benchmarks/equal_work.py on one thread. MUSCLE_CORE_ISA chooses the instruction set of both. Prints the ratio
of the medians first, then microseconds per substep and environment.
"""

from __future__ import annotations

import argparse
import inspect
import json
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mass"
SECONDS = 0.08
"""Length of a repeat: short, so that both builds meet the same load."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("builds", nargs="+", type=Path, metavar="CHECKOUT")
    parser.add_argument("--repeats", type=int, default=30)
    parser.add_argument("--environments", type=int, default=128)
    parser.add_argument("--mass", type=Path, default=DATA, help="folder of MASS's data")
    parser.add_argument("--bfloat16", action="store_true", help="of the network")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        return serve(options)
    if len(options.builds) != 2:
        parser.error("two checkouts expected")
    print(compare(options))


def serve(options: argparse.Namespace) -> None:
    """Measure one repeat for each line of the standard input, with the checkout's own benchmark."""
    sys.path.insert(0, str(options.builds[0] / "benchmarks"))
    from equal_model import write_equal_model
    from equal_work import Run

    with tempfile.TemporaryDirectory() as folder:
        config = write_equal_model(Path(folder), options.mass).config
        run = Run(config, options.environments, 1, **network(Run, options.bfloat16))
    simulation = run.env.config.simulation
    substeps = simulation.sim_hz // simulation.control_hz
    print("ready", flush=True)
    for _ in sys.stdin:
        run.env.reset_timings()
        begin, spent, steps = time.process_time(), 0.0, 0
        while spent < SECONDS:
            spent += run.step(1)
            steps += 1
        total = steps * substeps * options.environments / 1e6
        cpu = (time.process_time() - begin) / total
        timings: Any = run.env.timings  # a method in earlier versions
        parts = (timings() if callable(timings) else timings).items()
        print(json.dumps({"cpu": cpu, **{k: v / total for k, v in parts}}), flush=True)


def network(run: type, bfloat16: bool) -> dict[str, str | None]:
    """Arguments of equal_work.Run in this checkout's version."""
    if "kernel" in inspect.signature(run).parameters:
        return {"kernel": "bf16" if bfloat16 else None}
    return {"precision": "bfloat16" if bfloat16 else "float32"}


def compare(options: argparse.Namespace) -> str:
    common = ["--worker", f"--environments={options.environments}", f"--mass={options.mass}"]
    common += ["--bfloat16"] if options.bfloat16 else []
    workers = [
        subprocess.Popen(
            [build / ".venv" / "bin" / "python", __file__, build, *common],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for build in (path.resolve() for path in options.builds)
    ]
    rows: list[list[dict[str, float]]] = [[] for _ in workers]
    for build, worker in zip(options.builds, workers, strict=True):
        if worker.stdout is None or worker.stdout.readline() != "ready\n":
            raise SystemExit(f"error: {build} cannot be measured")
    for repeat in range(options.repeats + 1):
        for k in (0, 1) if repeat % 2 else (1, 0):
            found = ask(workers[k])
            if repeat > 0:  # the first warms up
                rows[k].append(found)
    for worker in workers:
        worker.communicate()
    ratio = statistics.median(a["cpu"] / b["cpu"] for a, b in zip(*rows, strict=True))
    lines = [f"x{ratio:.3f} as fast: CPU time before over after, median of {options.repeats} pairs"]
    for build, found in zip(options.builds, rows, strict=True):
        medians = {part: statistics.median(row[part] for row in found) for part in found[0]}
        lines.append(f"{build}: " + ", ".join(f"{k} {v:.3f}" for k, v in medians.items()))
    return "\n".join(lines)


def ask(worker: subprocess.Popen[str]) -> dict[str, float]:
    if worker.stdin is None or worker.stdout is None:
        raise SystemExit("error: no worker")
    worker.stdin.write("\n")
    worker.stdin.flush()
    found: dict[str, float] = json.loads(worker.stdout.readline())
    return found


if __name__ == "__main__":
    main()
