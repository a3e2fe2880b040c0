"""Write docs/performance.md: equal work, growth and the peers, measured on this machine now.

python benchmarks/report.py [--mass ../shared/data/mass] [--peers FOLDER] [--out FILE]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from equal_model import MASS_DATA

FOLDER = Path(__file__).parent
DOCUMENT = FOLDER.parent / "docs" / "performance.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mass", type=Path, default=MASS_DATA, help="folder of MASS's data")
    parser.add_argument("--peers", type=Path, help="virtual environment with the peers, kept")
    parser.add_argument("--out", type=Path, default=DOCUMENT)
    options = parser.parse_args()
    mass = ["--mass", str(options.mass)]
    venv = ["--venv", str(options.peers)] if options.peers else []
    equal = run("equal_work", mass)
    try:
        bf16 = run("equal_work", [*mass, "--kernel", "bf16"])
    except subprocess.CalledProcessError:
        bf16 = None  # the CPU has no such instructions
    text = document(equal, bf16, run("growth", mass), run("peers", [*mass, *venv]))
    options.out.write_text(text)


def run(name: str, arguments: list[str]) -> dict[str, Any]:
    command = [sys.executable, str(FOLDER / f"{name}.py"), "--json", *arguments]
    result: dict[str, Any] = json.loads(subprocess.check_output(command, text=True))
    return result


def table(rows: list[dict[str, Any]], names: dict[str, str]) -> str:
    lines = ["| " + " | ".join(names.values()) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row[key]) for key in names) + " |" for row in rows]
    return "\n".join(lines)


def equal_rows(reports: list[dict[str, Any]]) -> str:
    kinds = ["bfloat16" if report["kernel"] == "bf16" else "float" for report in reports]
    rates = [
        {
            "network in": kind,
            "1 thread": round(report["steps_per_second_1_thread"]),
            "2 threads": round(report["steps_per_second"]),
            "scaling": f"{report['scaling']:.2f}",
            "spread": f"{report['spread']['1']:.0%}, {report['spread']['2']:.0%}",
            "times the ancestors": f"{report['ratio_to_ancestors']:.0f}",
        }
        for kind, report in zip(kinds, reports, strict=True)
    ]
    parts = [
        {"network in": kind, **report["us_per_substep"]}
        for kind, report in zip(kinds, reports, strict=True)
    ]
    return (
        table(rates, {key: key for key in rates[0]})
        + "\n\nMicroseconds per substep and environment on one thread:\n\n"
        + table(parts, {key: key for key in parts[0]})
    )


def document(
    equal: dict[str, Any],
    bf16: dict[str, Any] | None,
    growth: dict[str, Any],
    peers: dict[str, Any],
) -> str:
    own, peer, reads = peers["own"], peers["mujoco"], equal["read_gb_per_second"]
    rivals = [
        {"simulator": "this one, equal work", **own},
        {"simulator": f"MuJoCo {peer['mujoco']}, `mujoco.batch`, {peer['model']}", **peer},
    ]
    for row in rivals:
        row["substeps_per_second"] = round(row["substeps_per_second"])
    over_environments = {
        "environments": "environments",
        "threads": "threads",
        "steps_per_second": "steps/s",
        "kilobytes_each": "kB each",
    }
    shared = {"dynamics": "dynamics", "task": "task", "sum": "sum"}
    over_muscles = {
        "muscles": "muscles",
        "muscles_us": "paths and forces",
        "network": "network",
        **shared,
    }
    over_rivals = {
        "simulator": "simulator",
        "muscles": "muscles",
        "dofs": "dofs",
        "substeps_per_second": "substeps/s",
    }
    return f"""\
# Performance

Written by `python benchmarks/report.py`; run it for your machine. This is {equal["machine"]},
instruction set {equal["instruction_set"]}. Rates are control steps of one environment a second,
medians over repeats; spread is largest minus smallest over the median, for one thread and two.

## Equal work

{equal["dofs"]} dofs, {equal["muscles"]} muscles ({equal["model"]}),
{equal["sim_hz"]} Hz physics, {equal["control_hz"]} Hz control, network
{"-".join(map(str, equal["network"]))} in each of the {equal["inferences_per_control_step"]}
substeps, contact in every substep, observation and reward in every step,
{equal["environments"]} environments. The ancestors' BatchEnv makes 99 to 110 steps/s at this work
on two cores.

{equal_rows([equal, bf16] if bf16 else [equal])}

One core's peak, measured in the same run, is {equal["peak_gflops"]:.0f} GFLOP/s in float, so the
network takes {equal["network_floor_us"]:.2f} us at least. Reading goes at {reads["256kB"]:.0f} GB/s
from 256 kB, {reads["4MB"]:.0f} from 4 MB and {reads["256MB"]:.0f} from 256 MB; the network reads
its weights once for 16 environments, far below that.

## Growth

Equal work over environments; memory beyond what was there before, shared model included:

{table(growth["environments"], over_environments)}

A group of 16 environments is computed whole: one environment costs as much as 16. Nothing
guarantees the same bits from a narrower pack's code, and results must not depend on the number of
environments.

Over muscles, microseconds per substep and environment on one thread:

{table(growth["muscles"], over_muscles)}

Over dofs, without muscles:

{table(growth["dofs"], {"dofs": "dofs", **shared})}

## Peers

Substeps of all environments a second, {peers["threads"]} threads, {peers["environments"]}
environments, taking turns in one run:

{table(rivals, over_rivals)}

Per muscle and dof that is {peers["ratio_per_muscle_and_dof"]:.0f} times as much. The work is not
equal: here every substep holds stable PD and the muscle network, and paths are via points with
rigid tendons; MuJoCo's holds wrapped tendons, activation dynamics and a constraint solver, and no
network or task.
"""


if __name__ == "__main__":
    main()
