"""Measure this machine for docs/performance.md: equal work, growth, training, a device and the peers.

python benchmarks/report.py [--mass ../shared/data/mass] [--peers FOLDER] [--out FOLDER] [--keep FOLDER]

Writes OUT/performance.md, a column for each machine, and OUT/performance/MACHINE.md with all tables of this one.

With --keep each program's result stays in that folder as it ends, and is not measured again while
it is there: so that a report can be made in parts.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import machine
from equal_model import MASS_DATA
from floors import times_floors
from muscle_viewer.core import _core
from overview import PARTS, column, file_name, overview

FOLDER = Path(__file__).parent
DOCUMENTS = FOLDER.parent / "docs"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mass", type=Path, default=MASS_DATA, help="folder of MASS's data")
    parser.add_argument("--peers", type=Path, help="virtual environment with the peers, kept")
    parser.add_argument("--out", type=Path, default=DOCUMENTS)
    parser.add_argument("--keep", type=Path, help="folder of results that were measured before")
    options = parser.parse_args()
    mass = ["--mass", str(options.mass)]
    venv = ["--venv", str(options.peers)] if options.peers else []
    if options.keep:
        options.keep.mkdir(parents=True, exist_ok=True)
    equal = result("equal_work", mass, options.keep)
    bf16 = None
    if _core.multiplies_bfloat16():
        bf16 = result("equal_work", [*mass, "--precision", "bfloat16"], options.keep)
    batch, growth = result("batch_env", [], options.keep), result("growth", mass, options.keep)
    device = result("network_device", mass, options.keep)
    peers = result("peers", [*mass, *venv], options.keep)
    training = result("training", ["--num-envs", "64", "--widths", "256"], options.keep)
    mujoco = result("mujoco_models", [], options.keep)
    folder = options.out / "performance"
    folder.mkdir(parents=True, exist_ok=True)
    name = file_name(equal["machine"], equal["instruction_set"])
    figures = column(equal, bf16, batch, training, peers, mujoco)  # before what is written here
    (folder / f"{name}.md").write_text(document(equal, bf16, batch, growth, device, peers))
    kept = {"machine": equal["machine"], "figures": figures}
    (folder / f"{name}.json").write_text(json.dumps(kept, indent=2) + "\n")
    (options.out / "performance.md").write_text(overview(folder))
    print(headline(equal, peers))


def result(name: str, arguments: list[str], keep: Path | None) -> dict[str, Any]:
    """What the program printed, now or as it was kept."""
    is_bf16 = "bfloat16" in arguments
    kept = keep / f"{name}{'_bf16' if is_bf16 else ''}.json" if keep else None
    if kept and kept.is_file():
        output = kept.read_text()
    else:
        command = [sys.executable, str(FOLDER / f"{name}.py"), "--json", *arguments]
        output = subprocess.check_output(command, text=True)
        if kept:
            kept.write_text(output)
    found: dict[str, Any] = json.loads(output)
    return found


def table(rows: list[dict[str, Any]], names: dict[str, str]) -> str:
    lines = ["| " + " | ".join(names.values()) + " |", "|" + "---|" * len(names)]
    lines += ["| " + " | ".join(str(row[key]) for key in names) + " |" for row in rows]
    return "\n".join(lines)


def equal_rows(reports: list[dict[str, Any]]) -> str:
    kinds = ["bfloat16" if report["precision"] == "bfloat16" else "float" for report in reports]
    rates = [
        {
            "network in": kind,
            "1 thread": round(report["steps_per_second_1_thread"]),
            "2 threads": round(report["steps_per_second"]),
            "scaling": f"{report['scaling']:.2f}",
            "spread": f"{report['spread']['1']:.0%}, {report['spread']['2']:.0%}",
            "times GaitNet's": f"{report['ratio_to_gaitnet']:.0f}",
        }
        for kind, report in zip(kinds, reports, strict=True)
    ]
    return table(rates, {key: key for key in rates[0]})


def part_rows(reports: list[dict[str, Any]]) -> str:
    """Measured microseconds beside their floors."""
    names = list(reports[0]["us_per_substep"])
    rows: list[dict[str, Any]] = []
    for report in reports:
        kind = "bfloat16" if report["precision"] == "bfloat16" else "float"
        measured = report["us_per_substep"]
        least = {name: report["floors"][name]["us"] for name in names}
        rows.append({"": f"network in {kind}", **{n: f"{measured[n]:.2f}" for n in names}})
        rows.append({"": "its floor", **{n: f"{least[n]:.2f}" for n in names}})
        over = {n: f"{measured[n] / least[n]:.1f}" for n in names if n != "task"}
        rows.append({"": "times its floor", "task": "", **over})
    floors = reports[0]["floors"]
    for key in ("operations", "bytes"):
        counts = {name: floors[name].get(key) for name in names}
        counts["sum"] = sum(floors[name][key] for name in names[:-1])
        counts |= {"task": "not counted"} if key == "operations" else {}
        rows.append({"": key, **counts})
    return table(rows, {"": "", **{name: PARTS[name] for name in names}})


def device_text(report: dict[str, Any]) -> str:
    rows = [
        {
            **row,
            "where": "in the CPU's groups" if row["network_device"] == "cpu" else "on the GPU",
        }
        for row in report["rows"]
    ]
    columns = {
        "environments": "environments",
        "where": "network",
        "precision": "in",
        "threads": "threads",
        "steps_per_second": "steps/s",
    }
    if report["device"] is None:
        said = (
            "There is no CUDA device on this machine, so the CPU's rows stand alone; run\n"
            "`python benchmarks/network_device.py` where there is one."
        )
    else:
        said = f"The device is {report['device']}, torch {report['torch']}."
    return f"{said}\n\n{table(rows, columns)}"


def batch_rows(report: dict[str, Any]) -> str:
    sizes = list(dict.fromkeys(row["num_envs"] for row in report["rows"]))
    threads = list(dict.fromkeys(row["threads_asked"] for row in report["rows"]))
    rates = {(r["num_envs"], r["threads_asked"]): r["steps_per_second"] for r in report["rows"]}
    spreads = {(r["num_envs"], r["threads_asked"]): r["spread"] for r in report["rows"]}
    rows = [
        {
            "environments": n,
            **{str(t): round(rates[n, t]) for t in threads},
            "ratio": f"{rates[n, threads[-1]] / rates[n, threads[0]]:.2f}",
            "spread": ", ".join(f"{spreads[n, t]:.0%}" for t in threads),
        }
        for n in sizes
    ]
    names = {"environments": "environments"}
    names |= {str(t): f"{t} thread{'s' if t > 1 else ''}" for t in threads}
    names |= {"ratio": "last over first", "spread": "spread"}
    return table(rows, names)


def peer_rows(report: dict[str, Any]) -> str:
    columns = {
        "simulator": "simulator",
        "work": "a substep's work",
        "muscles": "muscles",
        "dofs": "dofs",
        "environments": "environments",
        "substeps_per_second": "substeps/s",
        "ours_over_it": "first row over it",
        "ours_over_it_per_muscle_and_dof": "per muscle and dof",
    }
    times = ("ours_over_it", "ours_over_it_per_muscle_and_dof")
    rows = [{**row, **{key: f"x{row[key]:g}" for key in times}} for row in report["rows"]]
    return table(rows, columns)


def headline(equal: dict[str, Any], peers: dict[str, Any]) -> str:
    """The ratios that hold on every machine, as rates do not."""
    others = ", ".join(f"x{row['ours_over_it']:g} {row['simulator']}" for row in peers["rows"][1:])
    return f"Equal work takes x{times_floors(equal):.2f} the sum of its floors; its substeps a second are {others}."


def document(
    equal: dict[str, Any],
    bf16: dict[str, Any] | None,
    batch: dict[str, Any],
    growth: dict[str, Any],
    device: dict[str, Any],
    peers: dict[str, Any],
) -> str:
    reads, floors = equal["read_gb_per_second"], equal["floors"]
    measured = [equal, bf16] if bf16 else [equal]
    in_bf16 = f", {bf16['peak_gflops_bf16']:.0f} in bfloat16" if bf16 else ""
    checkpoint = batch["rows"][0]
    over_environments = {
        "environments": "environments",
        "threads": "threads",
        "steps_per_second": "steps/s",
        "kilobytes_each": "kB each",
    }
    moves = {"kinematics": "kinematics", "stable_pd": "stable PD", "dynamics": "dynamics"}
    ends = {"task": "task", "sum": "sum"}
    over_muscles = {
        "muscles": "muscles",
        "paths": "muscle paths",
        "forces": "forces, JtA",
        "network": "network",
        **moves,
        **ends,
    }
    return f"""\
# Performance on {equal["machine"]}, {equal["instruction_set"]}

{headline(equal, peers)}

Written by `python benchmarks/report.py`, {machine.stamp()}; other machines: [performance.md](../performance.md).
Rates are control steps of one environment a second, medians over repeats; spread is largest minus
smallest over the median, for one thread and two.

## Equal work

{equal["dofs"]} dofs, {equal["muscles"]} muscles ({equal["model"]}),
{equal["sim_hz"]} Hz physics, {equal["control_hz"]} Hz control, network
{"-".join(map(str, equal["network"]))} in each of the {equal["inferences_per_control_step"]}
substeps, contact in every substep, observation and reward in every step,
{equal["environments"]} environments. The BatchEnv of GaitNet's fork makes 99 to 110 steps/s at this work
on two cores.

{equal_rows(measured)}

Microseconds per substep and environment on one thread, and what each part takes at least: its
operations over one core's peak, or its bytes over the bandwidth of the cache that holds them,
whichever is slower.

{part_rows(measured)}

Muscle paths are lengths and moment arms; JtA is made with the forces, in one pass; dynamics are
contact, joint torques, articulated-body dynamics and integration. One core's peak, measured in the
same run, is {equal["peak_gflops"]:.0f} GFLOP/s in float{in_bf16}, all of it
fused multiply-adds; reading goes at {reads["256kB"]:.0f} GB/s from 256 kB, {reads["4MB"]:.0f} from
4 MB and {reads["256MB"]:.0f} from 256 MB. Operations of all but network and task are counted as the
lanes' own code runs (sums, products, quotients and roots, one each; see `benchmarks/floors.py`).
The network is at {equal["us_per_substep"]["network"] / floors["network"]["us"]:.2f} times its floor.
The others are further from theirs: the peak knows neither sums and products that do not fuse, nor
quotients and roots, nor stores, nor a body that waits for its parent. The task is scalar code in
double, once in {equal["inferences_per_control_step"]} substeps.

## The walk that ships

Control steps/s of `{Path("checkpoints") / "walk.pt"}` ({checkpoint["dofs"]} dofs,
{checkpoint["muscles"]} muscles, {checkpoint["sim_hz"]}/{checkpoint["control_hz"]} Hz), its policy
acting outside the measured time:

{batch_rows(batch)}

## Growth

Equal work over environments; memory beyond what was there before, shared model included:

{table(growth["environments"], over_environments)}

All 16 lanes of a group are stepped, even if fewer are environments; up to four environments are inferred
one by one, with the same bits.

Over muscles, microseconds per substep and environment on one thread:

{table(growth["muscles"], over_muscles)}

Over dofs, without muscles:

{table(growth["dofs"], {"dofs": "dofs", **moves, **ends})}

## The network on a device

Equal work with `network_device` (see `BatchEnv`): the rows of half of the environments in one
forward, while the CPU steps the other half.
{device_text(device)}

## Peers

Substeps of all environments a second, {peers["threads"]} threads, taking turns in one run. Neither
models nor work are equal; each row says what its substep holds, and the last two columns how many
times its rate the first row makes, as it is and per muscle and dof. With as many muscles and no
network the second row makes {peers["own_legs_over_myo_legs"]:g} times the rate of MyoSuite's legs.

{peer_rows(peers)}
"""


if __name__ == "__main__":
    main()
