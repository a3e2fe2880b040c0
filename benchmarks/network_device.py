"""The muscle network on a GPU beside the CPU's own product over lanes: control steps/s.

    python benchmarks/network_device.py [--json] [--mass ../shared/data/mass]

Equal work (see equal_work.py) with all CPUs, over environments; on the GPU in float32, float16
and bfloat16. All take turns, repeat by repeat. Without CUDA the CPU's rows stand alone, and it says so.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
from pathlib import Path
from typing import Any

import machine
import torch
from equal_model import MASS_DATA, write_equal_model
from equal_work import Run
from muscle_viewer.core import _core

ENVIRONMENTS = (128, 1024, 4096)
PRECISIONS = ("float32", "float16", "bfloat16")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mass", type=Path, default=MASS_DATA, help="folder of MASS's data")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    report = measure(options.mass, options.repeats)
    print(json.dumps(report) if options.json else text(report))


def measure(mass: Path, repeats: int) -> dict[str, Any]:
    kinds = [("cpu", "float32")]
    if _core.has_cuda():
        kinds += [("cuda", precision) for precision in PRECISIONS]
    with tempfile.TemporaryDirectory() as folder:
        model = write_equal_model(Path(folder), mass)
        threads = len(os.sched_getaffinity(0))
        rows = []
        for count in ENVIRONMENTS:
            runs = [
                Run(model.config, count, threads, device, precision) for device, precision in kinds
            ]
            for _ in range(repeats):
                for run in runs:
                    run.repeat(max(2, 2000 // count), 16)
            rows += [row(run, precision) for run, (_, precision) in zip(runs, kinds, strict=True)]
    return {
        "machine": machine.name(),
        "device": torch.cuda.get_device_name() if _core.has_cuda() else None,
        "torch": torch.__version__,
        "rows": rows,
    }


def row(run: Run, precision: str) -> dict[str, Any]:
    median = statistics.median(run.rates)
    return {
        "network_device": run.env.network_device,
        "precision": precision,
        "environments": run.env.num_envs,
        "threads": run.env.threads,
        "steps_per_second": round(median),
        "spread": round((max(run.rates) - min(run.rates)) / median, 3),
    }


def text(report: dict[str, Any]) -> str:
    lines = [f"{report['machine']}; {report['device'] or 'no CUDA device'}"]
    lines += [
        f"{r['environments']:5d} environments, {r['threads']} threads, network on "
        f"{r['network_device']} ({r['precision']}): {r['steps_per_second']} steps/s "
        f"(spread {r['spread']:.0%})"
        for r in report["rows"]
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
