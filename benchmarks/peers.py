"""Comparison with other simulators in one run: MuJoCo with and without muscles, DART, and GaitNet's method.

    python benchmarks/peers.py [--json] [--venv FOLDER] [--mass ../shared/data/mass]

The peers are installed from the registry into a virtual environment of their own (kept in --venv,
else made for this run). Models and work differ, as each row says, so rates are also compared per
muscle and dof. All take turns, repeat by repeat; medians over the repeats.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import machine
import yaml
from equal_model import MASS_DATA, EqualModel, write_equal_model
from equal_work import Run
from muscle_viewer.core import ConfigError, load_config
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder
from muscle_viewer.core.engines import engine_named, instruction_set

PACKAGES = ("mujoco>=4", "gymnasium", "dartpy", "pyyaml")
MODELS = "myo-sim"
"""Asks for a MuJoCo below 4, and its models load in 4: installed without what it asks for."""
OWN_LEGS = "this one, its own human, `actuator: activation`"
MYO_LEGS = "MyoSuite's legs (myolegs) in `mujoco.batch`, MuJoCo"
ENVIRONMENTS, DART_ENVIRONMENTS, THREADS, SUBSTEPS = 128, 32, 2, 16


@dataclass
class Competitor:
    """What is stepped, and what its substep holds; `run` gives a row with substeps_per_second."""

    name: str
    work: str
    run: Callable[[], dict[str, Any]]
    rows: list[dict[str, Any]] = field(default_factory=list)

    def rate(self, repeat: int) -> float:
        return float(self.rows[repeat]["substeps_per_second"])

    @property
    def size(self) -> int:
        return int(self.rows[0]["muscles"] + self.rows[0]["dofs"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mass", type=Path, default=MASS_DATA, help="folder of MASS's data")
    parser.add_argument("--venv", type=Path, help="virtual environment with the peers, kept")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        venv = options.venv or Path(folder) / "peers"
        report = measure(options.mass, installed(venv), options.repeats)
    print(json.dumps(report) if options.json else text(report))


def installed(venv: Path) -> Path:
    """The Python of a virtual environment that holds the peers."""
    python = venv / "bin" / "python"
    if not python.is_file():
        subprocess.run([sys.executable, "-m", "venv", str(venv)], check=True)
    # A folder that was kept may hold older ones.
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "-qq"]
    subprocess.run([*pip, *PACKAGES], check=True)
    subprocess.run([*pip, "--no-deps", MODELS], check=True)
    return python.absolute()


def measure(mass: Path, python: Path, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = write_equal_model(folder, mass)
        contestants = competitors(model, folder, python)
        for _ in range(repeats):
            for one in contestants:
                one.rows.append(one.run())
    ours = contestants[0]
    rows = []
    for one in contestants:
        rates = [one.rate(k) for k in range(repeats)]
        times = [ours.rate(k) / one.rate(k) for k in range(repeats)]
        median = statistics.median(rates)
        rows.append(
            {
                **one.rows[0],
                "simulator": " ".join(part for part in (one.name, one.rows[0]["version"]) if part),
                "work": one.work,
                "substeps_per_second": round(median),
                "spread": round((max(rates) - min(rates)) / median, 3),
                "ours_over_it": round(statistics.median(times), 1),
                "ours_over_it_per_muscle_and_dof": round(
                    statistics.median(times) * ours.size / one.size, 1
                ),
            }
        )
    return {
        "machine": machine.name(),
        "instruction_set": instruction_set(),
        "model": model.origin,
        "threads": THREADS,
        "own_legs_over_myo_legs": round(legs_over_legs(contestants, repeats), 1),
        "rows": rows,
    }


def legs_over_legs(contestants: list[Competitor], repeats: int) -> float:
    """Rates of 80 leg muscles without a network, ours over MuJoCo's."""
    by_name = {one.name: one for one in contestants}
    own, myo = by_name[OWN_LEGS], by_name[MYO_LEGS]
    return statistics.median(own.rate(k) / myo.rate(k) for k in range(repeats))


def competitors(model: EqualModel, folder: Path, python: Path) -> list[Competitor]:
    """All that can run here; the first is what the others are compared with."""
    here = Path(__file__).resolve().parent
    config = yaml.safe_load(model.config)
    walk = load_config(assets_folder() / "environments" / "walk.yaml")
    legs = walk.model_copy(update={"actuator": "activation"})

    def peer(*arguments: object) -> dict[str, Any]:
        # MuJoCo leaves its log where it runs.
        command = [str(part) for part in (python, here / arguments[0], *arguments[1:])]
        output = subprocess.check_output(command, cwd=folder, text=True)
        row: dict[str, Any] = json.loads(output.splitlines()[-1])
        return row

    def own(
        name: str,
        work: str,
        config: EnvironmentConfig | str,
        environments: int,
        count: int,
        backend: str | None = None,
    ) -> Competitor:
        run = Run(config, environments, THREADS, backend=backend)

        def row() -> dict[str, Any]:
            run.repeat(count, SUBSTEPS)
            driven = run.env.config.actuator in ("muscle", "activation")
            muscles = run.env.num_muscles if driven else 0
            return {
                "version": "",
                "dofs": run.env.num_dofs,
                "muscles": muscles,
                "environments": environments,
                "substeps_per_second": run.rates[-1] * SUBSTEPS,
            }

        return Competitor(name, work, row)

    found = [
        own(
            "this one",
            "via-point muscles with rigid tendons, stable PD, the muscle network, compliant "
            "contact; a sixteenth of observation and reward",
            model.config,
            ENVIRONMENTS,
            30,
        ),
        own(
            OWN_LEGS,
            "via-point muscles of both legs with rigid tendons, compliant contact, PD on the upper "
            "body; activations given, no network; a sixteenth of observation and reward",
            legs,
            ENVIRONMENTS,
            60,
        ),
        own(
            "this one, `actuator: pd`",
            "as the first row without muscles and network",
            yaml.safe_dump(config | {"actuator": "pd"}),
            ENVIRONMENTS,
            60,
        ),
    ]
    if has_dart():
        found.append(
            own(
                "this one, `engine: dart`, as in MASS and GaitNet",
                "as the first row, with DART's dynamics, Tan's stable PD, and libtorch inferring "
                "each environment by itself",
                yaml.safe_dump(config | {"engine": "dart"}),
                DART_ENVIRONMENTS,
                2,
                "torch",
            )
        )
    mujoco, dart = "peer_mujoco.py", "peer_dart.py"
    return [
        *found,
        Competitor(
            MYO_LEGS,
            "wrapped tendons, activation dynamics, contact by a constraint solver; constant "
            "controls, no PD, network or task",
            lambda: peer(mujoco, "legs", ENVIRONMENTS, THREADS, 1),
        ),
        Competitor(
            "Gymnasium's humanoid in `mujoco.batch`, MuJoCo",
            "motors, contact by a constraint solver; constant controls, no muscles, PD, network "
            "or task",
            lambda: peer(mujoco, "humanoid", ENVIRONMENTS, THREADS, 1),
        ),
        Competitor(
            "our character in DART alone, dartpy",
            "joint springs, contact by DART's boxed LCP, a process a thread; no muscles, PD, "
            "network or task",
            lambda: peer(dart, config["character"], DART_ENVIRONMENTS, THREADS, 1),
        ),
    ]


def has_dart() -> bool:
    try:
        engine_named("dart")
    except ConfigError:
        return False
    return True


def text(report: dict[str, Any]) -> str:
    over = ", ".join(f"x{row['ours_over_it']:.1f} {row['simulator']}" for row in report["rows"][1:])
    lines = [f"the first row makes {over}"]
    lines.append(f"{report['machine']}, {report['threads']} threads; {report['model']}")
    for row in report["rows"]:
        lines += [
            f"{row['simulator']}: {row['muscles']} muscles, {row['dofs']} dofs, "
            f"{row['environments']} environments: {row['substeps_per_second']} substeps/s "
            f"(spread {row['spread']:.0%}); the first makes x{row['ours_over_it']:.1f}, "
            f"per muscle and dof x{row['ours_over_it_per_muscle_and_dof']:.1f}",
            f"    {row['work']}",
        ]
    ratio = report["own_legs_over_myo_legs"]
    lines.append(f"legs of 80 muscles without a network, ours over MuJoCo's: x{ratio:g}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
