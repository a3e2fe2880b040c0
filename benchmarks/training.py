"""The time of a training iteration by phase, for several numbers of environments and policy widths.

python benchmarks/training.py [--num-envs 64 256] [--widths 256 512] [--iterations 3]
python benchmarks/training.py --against CHECKOUT [--rounds 5]

--against: another checkout with a built .venv, at the first number of environments and the first width. Both run in
turns, each with its own code, and the ratio of the medians is printed first.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
from collections import Counter
from dataclasses import replace
from pathlib import Path

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as muscle-train does, before torch is loaded

from muscle_viewer.core import load_config
from muscle_viewer.training.settings import make_settings
from muscle_viewer.training.trainer import Trainer


def measure(options: argparse.Namespace, envs: int, width: int) -> dict[str, float]:
    """Mean seconds of an iteration and of its phases, and control steps per second; both updates may happen at once."""
    settings = make_settings({}, {"num_envs": envs, "threads": options.threads}, options.set)
    ppo = replace(settings.ppo, hidden=(width,) * len(settings.ppo.hidden))
    settings = replace(settings, warm_up=0, ppo=ppo)
    trainer = Trainer(load_config(options.environment), settings)
    trainer.iterate()
    total: Counter[str] = Counter()
    for _ in range(options.iterations):
        report = trainer.iterate()
        total.update({"iteration": report.iteration_seconds, **report.timings})
    trainer.close()
    seconds = {name: value / options.iterations for name, value in total.items()}
    return {"steps_per_second": envs * ppo.horizon / seconds["iteration"], **seconds}


def compare(options: argparse.Namespace) -> None:
    """Run both checkouts in turns, and print the ratio of their control steps per second."""
    checkouts = {"here": Path(__file__).resolve().parents[1], "there": options.against.resolve()}
    size = ["--num-envs", str(options.num_envs[0]), "--widths", str(options.widths[0])]
    speeds: dict[str, list[float]] = {name: [] for name in checkouts}
    for _ in range(options.rounds):
        for name, folder in checkouts.items():
            command = [folder / ".venv/bin/python", "benchmarks/training.py", options.environment]
            asked = [*size, "--iterations", str(options.iterations), "--json"]
            done = subprocess.run(
                [*command, *asked], cwd=folder, check=True, capture_output=True, text=True
            )
            speeds[name].append(json.loads(done.stdout)["steps_per_second"])
    here, there = (statistics.median(speeds[name]) for name in checkouts)
    print(f"{here / there:.2f} times as fast as {checkouts['there'].name}, control steps/s:")
    for name, values in speeds.items():
        print(f"{name}: {', '.join(f'{value:,.0f}' for value in values)}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("environment", nargs="?", default="assets/environments/walk.yaml")
    parser.add_argument("--num-envs", type=int, nargs="+", default=[64, 256])
    parser.add_argument(
        "--widths", type=int, nargs="+", default=[256, 512], help="widths of the policy"
    )
    parser.add_argument(
        "--iterations",
        type=int,
        default=3,
        help="number of timed iterations, after one without timing",
    )
    parser.add_argument("--threads", type=int, help="number of simulator threads")
    parser.add_argument(
        "--against", type=Path, metavar="CHECKOUT", help="compare with another build"
    )
    parser.add_argument("--rounds", type=int, default=5, help="number of turns with --against")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")
    options = parser.parse_args()
    if options.against:
        return compare(options)
    for envs in options.num_envs:
        for width in options.widths:
            figures = measure(options, envs, width)
            if options.json:
                print(json.dumps({"num_envs": envs, "width": width, **figures}))
                continue
            speed = figures.pop("steps_per_second")
            shares = ", ".join(
                f"{name.replace('_', ' ')} {1000 * value:.0f}" for name, value in figures.items()
            )
            print(f"{envs} environments, width {width}: {speed:,.0f} steps/s; ms: {shares}")


if __name__ == "__main__":
    main()
