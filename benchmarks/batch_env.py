"""Throughput of BatchEnv: control steps/s over environments and threads, and a substep taken apart.

    python benchmarks/batch_env.py [--checkpoint checkpoints/walk.pt] [--repeats 5] [--json]

Prints medians over the repeats, with the spread (largest minus smallest over the median).
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
from muscle_viewer.core import BatchEnv, Policy, load_checkpoint
from muscle_viewer.core.engines import engine_named, instruction_set
from muscle_viewer.core.errors import ConfigError

ENVIRONMENTS = (1, 8, 32, 128, 512)
DART_ROWS = ((1, 1, None), (32, 1, None), (32, 2, None), (32, 2, "torch"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--checkpoint", type=Path, default=Path("checkpoints/walk.pt"))
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument(
        "--steps", type=int, default=0, help="number of control steps per repeat; 0: about 0.5 s"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--memory-only", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.memory_only:
        print(peak_memory(options.checkpoint))
        return

    rows = [
        measure(options.checkpoint, num_envs, threads, options.repeats, options.steps)
        for num_envs in ENVIRONMENTS
        for threads in thread_counts()
    ]
    cpus = thread_counts()[-1]
    torch_row = measure(
        options.checkpoint, 128, cpus, options.repeats, options.steps, backend="torch"
    )
    dart_rows = [
        measure(
            options.checkpoint, num_envs, threads, options.repeats, options.steps, backend, "dart"
        )
        for num_envs, threads, backend in (DART_ROWS if has_dart() else ())
    ]
    report = {
        "machine": machine(),
        "instruction_set": instruction_set(),
        "rows": rows,
        "libtorch_network": torch_row,
        "dart": dart_rows,
        "peak_memory_mb": round(own_process_memory(options.checkpoint), 1),
    }
    if options.json:
        print(json.dumps(report))
    else:
        print_report(report)


def measure(
    checkpoint: Path,
    num_envs: int,
    threads: int,
    repeats: int,
    steps: int,
    backend: str | None = None,
    engine: str = "lanes",
) -> dict[str, Any]:
    """Medians for one size, the policy of the checkpoint acting outside the measured time."""
    loaded = load_checkpoint(checkpoint).on_engine(engine)
    env = BatchEnv(loaded.config, num_envs=num_envs, threads=threads)
    env.load_muscle_weights(loaded.muscle, backend=backend)
    lanes = engine_named(engine).lanes
    policy = Policy.from_state_dict(loaded.policy)
    obs = env.reset()
    for _ in range(5):
        obs = env.step(policy.act(obs))[0]
    saved = env.save_state()
    begin = time.perf_counter()
    env.step(policy.act(obs))
    count = steps or max(5, round(0.5 / (time.perf_counter() - begin)))
    rates, parts = [], []
    for _ in range(repeats):
        env.restore_state(saved)
        env.reset_timings()
        spent = 0.0
        for _ in range(count):
            actions = policy.act(obs)
            begin = time.perf_counter()
            obs = env.step(actions)[0]
            spent += time.perf_counter() - begin
        rates.append(num_envs * count / spent)
        # All lanes of a group are computed, even if fewer are environments.
        substeps = count * -(-num_envs // lanes) * lanes * loaded.config.simulation.sim_hz
        substeps //= loaded.config.simulation.control_hz
        parts.append({name: s / substeps * 1e6 for name, s in env.timings.items()})
    median = statistics.median(rates)
    return {
        "engine": engine,
        "network": backend or "lanes",
        "num_envs": num_envs,
        "threads": env.threads,
        "threads_asked": threads,
        "steps_per_second": round(median, 1),
        "spread": round((max(rates) - min(rates)) / median, 3),
        "us_per_substep": {
            name: round(statistics.median(part[name] for part in parts), 3) for name in parts[0]
        },
        "dofs": env.num_dofs,
        "muscles": env.num_muscles,
        "sim_hz": loaded.config.simulation.sim_hz,
        "control_hz": loaded.config.simulation.control_hz,
    }


def thread_counts() -> list[int]:
    """1, 2, 4 ... and all CPUs."""
    cpus = len(os.sched_getaffinity(0))
    return sorted({1 << k for k in range(cpus.bit_length())} | {cpus})


def has_dart() -> bool:
    try:
        engine_named("dart")
    except ConfigError:
        return False
    return True


def peak_memory(checkpoint: Path) -> float:
    """Largest resident size of this process with 128 environments stepped, MB."""
    loaded = load_checkpoint(checkpoint)
    env = BatchEnv(loaded.config, num_envs=128)
    env.load_muscle_weights(loaded.muscle)
    env.reset()
    for _ in range(3):
        env.step(np.zeros((128, env.action_dim), dtype=np.float32))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def own_process_memory(checkpoint: Path) -> float:
    command = [sys.executable, __file__, "--memory-only", "--checkpoint", str(checkpoint)]
    return float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def machine() -> str:
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return model


def print_report(report: dict[str, Any]) -> None:
    first = report["rows"][0]
    print(
        f"{report['machine']}, {report['instruction_set']}: {first['dofs']} dofs, "
        f"{first['muscles']} muscles, {first['sim_hz']}/{first['control_hz']} Hz, "
        "network every substep"
    )
    print("environments  threads  steps/s  spread   us per substep and lane:")
    names = list(first["us_per_substep"])
    print(" " * 41 + "".join(f"{name:>10}" for name in [*names, "sum"]))
    for row in [*report["rows"], report["libtorch_network"], *report["dart"]]:
        parts = row["us_per_substep"]
        notes = ["network by libtorch"] if row["network"] == "torch" else []
        if row["engine"] == "dart":
            notes.insert(0, "DART, one inference per environment")
        note = f"  ({', '.join(notes)})" if notes else ""
        print(
            f"{row['num_envs']:12d} {row['threads']:8d} {row['steps_per_second']:8.0f} "
            f"{row['spread']:7.1%}   "
            + "".join(f"{value:10.2f}" for value in [*parts.values(), sum(parts.values())])
            + note
        )
    if not report["dart"]:
        print("DART engine: not in this build")
    by_size = {(r["num_envs"], r["threads_asked"]): r["steps_per_second"] for r in report["rows"]}
    cpus = thread_counts()[-1]
    print(f"1 to {cpus} threads at 128: {by_size[128, cpus] / by_size[128, 1]:.2f}x")
    print(f"peak memory at 128 environments: {report['peak_memory_mb']:.0f} MB (torch included)")


if __name__ == "__main__":
    main()
