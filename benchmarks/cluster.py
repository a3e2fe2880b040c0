"""Training by Ray actors against training in one process, in turns, and what an iteration sends and takes.

python benchmarks/cluster.py [--actors 2] [--num-envs 64] [--rounds 5] [--iterations 3]

Each actor has one thread and --num-envs environments; the process has as many threads as there are actors, and all of their
environments. The ratios are medians over the rounds, each of which takes all kinds in turn.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from dataclasses import replace

os.environ.setdefault("OMP_WAIT_POLICY", "passive")  # as muscle-train does, before torch is loaded

import ray
from muscle_viewer.core import load_config
from muscle_viewer.training.cluster.ray_rollouts import RayRollouts
from muscle_viewer.training.logging.report import Report
from muscle_viewer.training.settings import TrainingSettings, make_settings
from muscle_viewer.training.trainer import Trainer

KINDS = {
    "in one process": {},
    "synchronous actors": {},
    "asynchronous actors": {"asynchronous": True},
    "synchronous, one sample in 4, float16": {"sample_every": 4, "float16": True},
}


def make_trainer(kind: str, options: argparse.Namespace) -> Trainer:
    config = load_config(options.environment)
    settings: TrainingSettings = make_settings(
        {}, {"warm_up": 0, "actors": options.actors}, options.set
    )
    settings = replace(settings, num_envs=options.num_envs, threads=1, **KINDS[kind])
    if "process" in kind:
        whole = replace(
            settings, num_envs=options.actors * options.num_envs, threads=options.actors
        )
        return Trainer(config, whole)
    return Trainer(config, settings, RayRollouts)


def turn(trainer: Trainer, iterations: int) -> tuple[float, list[Report]]:
    """Control steps per second of some iterations, and their reports."""
    start, before = time.perf_counter(), trainer.steps
    reports = [trainer.iterate() for _ in range(iterations)]
    speed = (trainer.steps - before) / (time.perf_counter() - start)
    trainer.rollouts.state_dict()  # ends a rollout that is under way
    return speed, reports


def figures(reports: list[Report]) -> dict[str, float]:
    """Medians of an iteration's parts: seconds of each phase, and what a cluster's report has."""
    found = {
        name: statistics.median(report.timings[name] for report in reports)
        for name in reports[0].timings
    }
    clusters = [report.cluster for report in reports if report.cluster]
    if clusters:
        found["rollout on the slowest actor"] = statistics.median(
            c.rollout_seconds for c in clusters
        )
        found["MB received"] = clusters[-1].received / 1e6
        found["MB sent"] = clusters[-1].sent / 1e6
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("environment", nargs="?", default="assets/environments/walk.yaml")
    parser.add_argument("--actors", type=int, default=2)
    parser.add_argument("--num-envs", type=int, default=64, help="environments of an actor")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--iterations", type=int, default=3, help="of a turn")
    parser.add_argument("--kinds", nargs="+", default=list(KINDS)[:3], choices=list(KINDS))
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--json", action="store_true", help="print one JSON object a kind")
    options = parser.parse_args()
    # All kinds have their actors at once; those that are not in turn are idle.
    os.environ.setdefault("RAY_worker_niceness", "0")
    ray.init("local", num_cpus=options.actors * len(options.kinds), include_dashboard=False)
    trainers = {kind: make_trainer(kind, options) for kind in options.kinds}
    for trainer in trainers.values():
        turn(trainer, 1)
    speeds: dict[str, list[float]] = {kind: [] for kind in trainers}
    reports: dict[str, list[Report]] = {kind: [] for kind in trainers}
    for _ in range(options.rounds):
        for kind, trainer in trainers.items():
            speed, made = turn(trainer, options.iterations)
            speeds[kind].append(speed)
            reports[kind] += made
    first = speeds[options.kinds[0]]
    for kind in trainers:
        ratios = [a / b for a, b in zip(speeds[kind], first, strict=True)]
        parts = figures(reports[kind])
        if options.json:
            print(json.dumps({"kind": kind, "steps_per_second": speeds[kind], **parts}))
            continue
        print(
            f"{kind}: {statistics.median(speeds[kind]):,.0f} steps/s, {statistics.median(ratios):.2f} of "
            f"the first ({min(ratios):.2f} to {max(ratios):.2f})"
        )
        print(
            "  "
            + ", ".join(f"{name.replace('_', ' ')} {value:.3f}" for name, value in parts.items())
        )


if __name__ == "__main__":
    main()
