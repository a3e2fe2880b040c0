"""The overview of docs/performance.md: a column for each machine that has been measured.

Each machine has two files in docs/performance: NAME.md with all its tables, and NAME.json with the rows of its column.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import machine
from floors import times_floors

TEXT = """\
# Performance

Written by `python benchmarks/report.py`, which adds a column for the machine that it runs on; the name at a column's
head leads to all tables of that machine. Machines differ, and one machine from hour to hour: compare ratios of one
run. Equal work is that of GaitNet's BatchEnv: 56 dofs, 164 muscles, 480 Hz physics, 30 Hz control, a network in each
substep, contact, observation and reward; its fork makes 99 to 110 control steps/s at it on two cores. A *floor* is
what a part takes at least, by its operations over the core's peak or its bytes over the bandwidth of the cache that
holds them.

"""
PARTS = {
    "kinematics": "kinematics",
    "paths": "muscle paths",
    "muscles": "forces, JtA",
    "stable_pd": "stable PD",
    "network": "network",
    "dynamics": "dynamics with contact",
    "task": "task",
    "sum": "sum",
}


def column(
    equal: dict[str, Any],
    bf16: dict[str, Any] | None,
    batch: dict[str, Any],
    training: dict[str, Any],
    peers: dict[str, Any],
    mujoco: dict[str, Any],
) -> dict[str, str]:
    """A machine's figures by the names of their rows."""
    walk = {
        row["threads_asked"]: row["steps_per_second"]
        for row in batch["rows"]
        if row["num_envs"] == 128
    }
    reads = equal["read_gb_per_second"]
    rows = {
        "measured": machine.stamp(),
        "instruction set": equal["instruction_set"],
        "peak of a core, GFLOP/s in float": f"{equal['peak_gflops']:.0f}",
        "reading 256 kB, 4 MB, 256 MB, GB/s": ", ".join(
            f"{reads[size]:.0f}" for size in ("256kB", "4MB", "256MB")
        ),
        **_equal_work(equal, "float"),
        **(_equal_work(bf16, "bfloat16") if bf16 else {}),
    }
    for name, title in PARTS.items():
        least = equal["floors"][name]["us"]
        floor = "" if name == "task" else f" ({least:.2f})"
        rows[f"{title}, us a substep (floor)"] = f"{equal['us_per_substep'][name]:.2f}{floor}"
    rows["the shipped walk, 128 environments, 1 and 2 threads, control steps/s"] = ", ".join(
        f"{walk[threads]:,.0f}" for threads in sorted(walk)
    )
    rows["training at the defaults, control steps/s"] = f"{training['steps_per_second']:,.0f}"
    rows["a substep of myolegs, times `mj_step`"] = f"{mujoco['times']:.0f}"
    for row in peers["rows"]:
        if "dart`" in row["simulator"] or "myolegs" in row["simulator"]:
            name = row["simulator"].split(",")[1 if "dart`" in row["simulator"] else 0].strip()
            rows[f"substeps/s of equal work over {name}"] = f"{row['ours_over_it']:g}"
    return rows


def _equal_work(report: dict[str, Any], kind: str) -> dict[str, str]:
    one, two = report["steps_per_second_1_thread"], report["steps_per_second"]
    return {
        f"equal work in {kind}, 1 and 2 threads, control steps/s": f"{one:,.0f}, {two:,.0f}",
        f"equal work in {kind}, over GaitNet's, over the sum of its floors": (
            f"{report['ratio_to_gaitnet']:.0f}, {times_floors(report):.2f}"
        ),
    }


def file_name(machine_name: str, instruction_set: str) -> str:
    """`AMD EPYC, 2 CPUs` and `avx2` give `amd-epyc-2-cpus-avx2`."""
    return re.sub(r"[^a-z0-9]+", "-", f"{machine_name} {instruction_set}".lower()).strip("-")


def overview(folder: Path) -> str:
    """The page of all machines whose columns lie in the folder, the one that was measured last at the left."""
    columns = {path.stem: json.loads(path.read_text()) for path in folder.glob("*.json")}
    names = sorted(columns, key=lambda name: columns[name]["figures"]["measured"], reverse=True)
    rows: dict[str, None] = {}
    for name in sorted(names, key=lambda name: -len(columns[name]["figures"])):
        rows |= dict.fromkeys(columns[name]["figures"])
    heads = [f"[{columns[name]['machine']}]({folder.name}/{name}.md)" for name in names]
    lines = ["| | " + " | ".join(heads) + " |", "|---" * (len(names) + 1) + "|"]
    for row in rows:
        cells = [columns[name]["figures"].get(row, "") for name in names]
        lines.append(f"| {row} | " + " | ".join(cells) + " |")
    return TEXT + "\n".join(lines) + "\n"
