"""Throughput at GaitNet's work: 56 dofs, 164 muscles, 480/30 Hz, the network every substep.

    python benchmarks/equal_work.py [--json] [--repeats 7] [--mass ../shared/data/mass]
        [--network-device cuda]

Every substep with contact, muscles, stable PD and a 256-256-256 network; every step with
observation and reward. One and two threads take turns, repeat by repeat, so that a ratio compares
what one machine did in one minute; medians over the repeats. Beside each part stands its floor
(floors.py), by the peak and the bandwidths that benchmarks/peak.cpp measures in the same run; the first
line is the sum of the parts over the sum of their floors, which differs less between machines than rates.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

import machine
import numpy as np
import torch
from equal_model import MASS_DATA, EqualModel, write_equal_model
from floors import SIZES, floors, times_floors
from muscle_viewer.core import BatchEnv
from muscle_viewer.core.configuration import EnvironmentConfig
from muscle_viewer.core.engines import instruction_set
from network_arguments import add_network_arguments, apply_former_kernel

HIDDEN = (256, 256, 256)
GAITNET = (99, 110)
"""Control steps/s of the BatchEnv of GaitNet's fork on two cores."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mass", type=Path, default=MASS_DATA, help="folder of MASS's data")
    parser.add_argument("--environments", type=int, default=128)
    parser.add_argument("--repeats", type=int, default=7)
    parser.add_argument(
        "--seconds", type=float, default=0.5, help="approximate length of a repeat, s"
    )
    add_network_arguments(parser)
    parser.add_argument(
        "--network-device", default="cpu", help="device of the muscle network: cpu, cuda or cuda:N"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    apply_former_kernel(options)
    with tempfile.TemporaryDirectory() as folder:
        model = write_equal_model(Path(folder), options.mass)
        report = measure(model, options)
    print(json.dumps(report) if options.json else text(report))


def random_weights(env: BatchEnv, seed: int = 0) -> dict[str, torch.Tensor]:
    """A network of GaitNet's widths as torch initialises it."""
    torch.manual_seed(seed)
    inputs = env.muscle_torque_dim + env.num_joint_dofs
    widths = [inputs, *HIDDEN, env.num_muscles]
    state = {}
    for k in range(4):
        layer = torch.nn.Linear(widths[k], widths[k + 1])
        state[f"fc.{2 * k}.weight"] = layer.weight.detach()
        state[f"fc.{2 * k}.bias"] = layer.bias.detach()
    return state


class Run:
    """A batch that is stepped in repeats of equal length."""

    def __init__(
        self,
        config: EnvironmentConfig | str,
        environments: int,
        threads: int,
        network_device: str = "cpu",
        precision: str = "float32",
        backend: str | None = None,
    ) -> None:
        self.env = BatchEnv(
            config,
            num_envs=environments,
            threads=threads,
            network_device=network_device,
        )
        if self.env.config.infers:
            self.env.load_muscle_weights(
                random_weights(self.env), precision=precision, backend=backend
            )
        self.env.reset()
        self._random = np.random.default_rng(0)
        self.rates: list[float] = []
        self.parts: list[dict[str, float]] = []
        self.step(3)

    def step(self, count: int) -> float:
        """Seconds that `count` control steps took."""
        shape = (self.env.num_envs, self.env.action_dim)
        spent = 0.0
        for _ in range(count):
            actions = self._random.normal(size=shape).astype(np.float32)
            begin = time.perf_counter()
            self.env.step(actions)
            spent += time.perf_counter() - begin
        return spent

    def repeat(self, count: int, substeps: int) -> None:
        self.env.reset_timings()
        self.rates.append(count * self.env.num_envs / self.step(count))
        lanes = -(-self.env.num_envs // 16) * 16
        total = count * lanes * substeps
        self.parts.append({k: v / total * 1e6 for k, v in self.env.timings.items()})


def measure(model: EqualModel, options: argparse.Namespace) -> dict[str, Any]:
    peaks = machine.PeakProgram()
    runs = {
        t: Run(
            model.config,
            options.environments,
            t,
            options.network_device,
            options.precision,
            options.backend,
        )
        for t in (1, 2)
    }
    env = runs[1].env
    substeps = env.config.simulation.sim_hz // env.config.simulation.control_hz
    count = max(1, round(options.seconds / (runs[1].step(3) / 3)))
    measured = []
    for _ in range(options.repeats):
        measured.append(peaks.run())
        for run in runs.values():
            run.repeat(count, substeps)
    widths = [env.muscle_torque_dim + env.num_joint_dofs, *HIDDEN, env.num_muscles]
    peak = machine.best(measured)
    least = floors(env, HIDDEN, peak, options.precision)
    parts = {k: statistics.median(p[k] for p in runs[1].parts) for k in runs[1].parts[0]}
    one, two = (statistics.median(runs[t].rates) for t in (1, 2))
    ratios = [b / a for a, b in zip(runs[1].rates, runs[2].rates, strict=True)]
    return {
        "machine": machine.name(),
        "instruction_set": instruction_set(),
        "model": model.origin,
        "steps_per_second": round(two, 1),
        "steps_per_second_1_thread": round(one, 1),
        "scaling": round(statistics.median(ratios), 3),
        "spread": {
            t: round((max(r.rates) - min(r.rates)) / statistics.median(r.rates), 3)
            for t, r in runs.items()
        },
        "threads": runs[2].env.threads,
        "environments": options.environments,
        "muscles": env.num_muscles,
        "dofs": env.num_dofs,
        "sim_hz": env.config.simulation.sim_hz,
        "control_hz": env.config.simulation.control_hz,
        "inferences_per_control_step": substeps // env.config.simulation.inference_every,
        "network": widths,
        "precision": options.precision,
        "backend": options.backend or "lanes",
        "us_per_substep": {
            **{k: round(v, 3) for k, v in parts.items()},
            "sum": round(sum(parts.values()), 3),
        },
        "network_device": env.network_device,
        "floors": {**least, "sum": {"us": round(sum(f["us"] for f in least.values()), 3)}},
        "peak_gflops": round(peak.flops / 1e9, 1),
        "peak_gflops_bf16": round(peak.flops_bf16 / 1e9, 1),
        "read_gb_per_second": {
            size: round(getattr(peak, f"read_{size}") / 1e9, 1) for size in SIZES
        },
        "ratio_to_gaitnet": round(two / statistics.mean(GAITNET), 1),
    }


def text(report: dict[str, Any]) -> str:
    parts = ", ".join(f"{name} {value:.2f}" for name, value in report["us_per_substep"].items())
    low, high = GAITNET
    return "\n".join(
        [
            f"x{times_floors(report):.2f} of its floors: the sum of the parts over the sum of what they take at least",
            f"{report['machine']}, {report['instruction_set']}; {report['model']}",
            f"{report['dofs']} dofs, {report['muscles']} muscles, "
            f"{report['sim_hz']}/{report['control_hz']} Hz, "
            f"{report['inferences_per_control_step']} inferences a control step, "
            f"network {'-'.join(map(str, report['network']))} ({report['precision']})",
            f"control steps/s at {report['environments']} environments: "
            f"{report['steps_per_second_1_thread']:.0f} on one thread, "
            f"{report['steps_per_second']:.0f} on {report['threads']} "
            f"(x{report['scaling']:.2f}; spread {report['spread'][1]:.0%}, "
            f"{report['spread'][2]:.0%})",
            f"us per substep and environment on one thread: {parts}",
            f"floors at {report['peak_gflops']:.0f} GFLOP/s: "
            + ", ".join(f"{name} {floor['us']:.2f}" for name, floor in report["floors"].items()),
            f"GaitNet's fork: {low} to {high} on two cores, x{report['ratio_to_gaitnet']:.0f}",
        ]
    )


if __name__ == "__main__":
    main()
