"""How the cost grows: environments 1 to 4096, muscles 40 to 400, dofs 20 to 120; memory.

    python benchmarks/growth.py [--json] [--mass ../shared/data/mass]

Muscles: the equal-work model with fewer or more of its muscles (its own, then copies). Dofs: a
trunk with as many limbs of ball joints as it takes, driven by stable PD. Medians of the repeats.
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
import yaml
from equal_model import MASS_DATA, EqualModel, Tree, write_equal_model
from equal_work import Run
from muscle_viewer.core.engines import instruction_set

ENVIRONMENTS = (1, 16, 64, 128, 512, 1024, 4096)
MUSCLES = (40, 80, 164, 280, 400)
DOFS = (21, 39, 57, 81, 120)
LIMB = 4  # ball joints


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mass", type=Path, default=MASS_DATA, help="folder of MASS's data")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args()
    report = measure(options.mass, options.repeats)
    print(json.dumps(report) if options.json else text(report))


def measure(mass: Path, repeats: int) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        model = write_equal_model(folder, mass)
        kept: list[Run] = []
        environments = [by_environments(model, n, repeats, kept) for n in ENVIRONMENTS]
        kept.clear()
        muscles = [by_muscles(model, folder, n, repeats) for n in MUSCLES]
        dofs = [by_dofs(folder, n, repeats) for n in DOFS]
    return {
        "machine": machine.name(),
        "instruction_set": instruction_set(),
        "environments": environments,
        "muscles": muscles,
        "dofs": dofs,
    }


def by_environments(model: EqualModel, count: int, repeats: int, kept: list[Run]) -> dict[str, Any]:
    before = resident()
    run = Run(model.config, count, 2)
    kept.append(run)  # so that the next one cannot take its memory over
    kilobytes = (resident() - before) / count / 1000
    for _ in range(repeats):
        run.repeat(max(1, 384 // count), 16)
    return {
        "environments": count,
        "threads": run.env.threads,
        "steps_per_second": round(statistics.median(run.rates)),
        "kilobytes_each": round(kilobytes, 1),
    }


def by_muscles(model: EqualModel, folder: Path, count: int, repeats: int) -> dict[str, Any]:
    config = yaml.safe_load(model.config)
    character = yaml.safe_load(Path(config["character"]).read_text())
    own = character["muscles"]
    copies = [{**m, "name": f"{m['name']}_{k // len(own)}"} for k, m in enumerate(own * 9)]
    character["muscles"] = copies[:count]
    path = folder / f"muscles{count}.yaml"
    path.write_text(yaml.safe_dump(character))
    config["character"] = str(path)
    measured = parts(yaml.safe_dump(config), repeats)
    measured["forces"] = measured.pop("muscles")
    return {"muscles": count, **measured}


def by_dofs(folder: Path, count: int, repeats: int) -> dict[str, Any]:
    character = limbs(count)
    coordinates = [name for body in character["bodies"] for name in body["joint"]["names"]]
    frame = [0.0] * count
    frame[4] = 1.0
    motion = {
        "format": "muscle-viewer/motion-1",
        "name": "still",
        "cyclic": True,
        "frame_time": 0.5,
        "coordinates": coordinates,
        "frames": [frame, frame],
    }
    config = {
        "format": "muscle-viewer/environment-1",
        "character": str(folder / f"dofs{count}.yaml"),
        "motion": str(folder / f"still{count}.yaml"),
        "actuator": "pd",
        "simulation": {"sim_hz": 480, "control_hz": 30},
        "termination": {"root_height": 0.3},
    }
    Path(config["character"]).write_text(yaml.safe_dump(character))  # type: ignore[arg-type]
    Path(config["motion"]).write_text(yaml.safe_dump(motion))  # type: ignore[arg-type]
    return {"dofs": count, **parts(yaml.safe_dump(config), repeats)}


def limbs(dofs: int) -> Tree:
    """A root of 6 dofs and chains of ball joints; `dofs` is a multiple of 3."""
    bodies: list[Tree] = []
    for k in range((dofs - 6) // 3 + 1):
        name = f"b{k}"
        parent = None if k == 0 else "b0" if k % LIMB == 1 else f"b{k - 1}"
        kind, axes = ("free", 6) if k == 0 else ("ball", 3)
        joint: Tree = {"type": kind, "names": [f"{name}_{a}" for a in range(axes)]}
        if k > 0:
            at = [0.1 * (k // LIMB - 3), 0.0, 0.0] if parent == "b0" else [0.0, -0.15, 0.0]
            joint |= {"position": at, "kp": 200.0, "kv": 20.0, "damping": 0.5}
        body: Tree = {"name": name, "parent": parent, "joint": joint, "mass": 3.0}
        body |= {"com": [0.0, -0.07, 0.0], "inertia": [0.02, 0.02, 0.02, 0.0, 0.0, 0.0]}
        if k % LIMB == 0 and k > 0:
            body["contacts"] = [{"position": [0.0, -0.15, 0.0], "radius": 0.03}]
        bodies.append(body)
    contact = {"stiffness": 2e5, "damping": 1e3, "friction": 0.9, "tangential_damping": 1e5}
    return {
        "format": "muscle-viewer/character-1",
        "name": "limbs",
        "bodies": bodies,
        "contact": contact,
        "muscle_law": {},
        "muscles": [],
    }


def parts(config: str, repeats: int) -> dict[str, Any]:
    """Microseconds per substep and environment on one thread."""
    run = Run(config, 64, 1)
    for _ in range(repeats):
        run.repeat(6, 16)
    median = {k: statistics.median(p[k] for p in run.parts) for k in run.parts[0]}
    return {**{k: round(v, 2) for k, v in median.items()}, "sum": round(sum(median.values()), 2)}


def resident() -> int:
    """Bytes of this process in memory."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def text(report: dict[str, Any]) -> str:
    lines = [f"{report['machine']}, {report['instruction_set']}"]
    for name in ("environments", "muscles", "dofs"):
        rows = report[name]
        lines += ["", "  ".join(f"{key:>16}" for key in rows[0])]
        lines += ["  ".join(f"{value:>16}" for value in row.values()) for row in rows]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
