"""Try every environment file of the GaitNets in a folder: which open, their sizes, what is without effect, or why not.

    python -m tools.gaitnet.open_all FOLDER [--run STEPS] [--engine ENGINE ...] [--only TEXT] [--write docs/gaitnet.md]

Without --run files are read and scenes built. With it each runs headless on each engine under a checkpoint of random
weights in the format of the program that wrote the file; where an env.xml names networks, such lie beside a copy.
--write puts the table between the marks of a Markdown file.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.scene import Scene, build_scene

from tools.gaitnet.own_checkpoints import with_networks, write_own
from tools.marked_page import put_between

BEGIN, END = "<!-- table of open_all.py -->", "<!-- end of table -->"
NAMES = ("metadata*.txt", "env*.xml", "env/*.xml", "env/*.yaml")
HIGH = 1.5
"""m: no pelvis of a walker is above it."""


@dataclass
class Answer:
    """What became of one file."""

    path: str
    sizes: tuple[int, ...] = ()
    mass: float = 0.0
    problem: str = ""
    remarks: list[str] = field(default_factory=list)
    runs: list[str] = field(default_factory=list)


class Remarks(logging.Handler):
    """Keeps what the readers say of a file."""

    def __init__(self) -> None:
        super().__init__()
        self.said: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.said.append(record.getMessage().split("without effect here: ")[-1])


def environments(folder: Path) -> list[Path]:
    """Every environment file below a folder, by its place."""
    found = {path for name in NAMES for path in folder.glob(f"**/data/{name}")}
    return sorted(found)


def try_file(path: Path, folder: Path, steps: int, engines: list[str]) -> Answer:
    """Open a file, and run it where `steps` says so."""
    answer = Answer(str(path.relative_to(folder)))
    remarks = Remarks()
    logger = logging.getLogger("muscle_viewer")
    logger.addHandler(remarks)
    logger.propagate = False
    try:
        scene = build_scene(path)
    except UserError as problem:
        answer.problem = str(problem).replace(str(path) + ": ", "").replace(str(folder) + "/", "")
        return answer
    finally:
        logger.removeHandler(remarks)
    answer.remarks = remarks.said
    model = scene.model
    entries = len(scene.core.network_entries) if scene.config.infers else 0
    answer.sizes = (
        model.num_dofs, model.num_muscles, entries, scene.observation_size, scene.action_size
    )  # fmt: skip
    answer.mass = model.total_mass
    for engine in engines if steps else []:
        try:
            answer.runs.append(f"{engine}: {run(path, scene, engine, steps)}")
        except UserError as problem:
            answer.runs.append(f"{engine}: {problem}")
    return answer


def run(path: Path, scene: Scene, engine: str, steps: int) -> str:
    """Step an environment under a checkpoint of its own program; what its muscles and its root's height did."""
    from muscle_viewer.core import Environment
    from muscle_viewer.core.gaitnet.networks.checkpoint import read_gaitnet_checkpoint

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        cascading = "<networks>" in path.read_text() and scene.config.infers
        environment = with_networks(place / "copy", path, scene) if cascading else path
        own = write_own(place, path, scene, cascaded=cascading)
        checkpoint = read_gaitnet_checkpoint(own, environment)
        env = Environment(checkpoint.config.on_engine(engine), seed=1)
        policy = checkpoint.load_into(env)
    rng = np.random.default_rng(0)
    observation = env.reset()
    active, highest, falls = 0.0, 0.0, 0
    for _ in range(steps):
        actions = policy.act(observation) + rng.normal(0, 0.3, env.action_dim).astype(np.float32)
        observation, reward, terminated, truncated = env.step(actions)[:4]
        frame = env.frame()
        if not (np.isfinite(observation).all() and np.isfinite(reward)):
            return "numbers that are not finite"
        highest = max(highest, float(frame.positions[4]))
        active = max(active, float(frame.activations.max(initial=0.0)))
        if terminated or truncated:
            falls += int(terminated)
            observation = env.reset()
    thrown = ", THROWN UP" if highest > HIGH else ""
    idle = ", NO ACTIVATION" if scene.config.infers and active == 0 else ""
    together = ", several networks" if cascading else ""
    return f"activations to {active:.2f}{idle}{together}, root to {highest:.2f} m{thrown}, falls {falls}"


def table(answers: list[Answer]) -> str:
    """Markdown: one line a file."""
    lines = [
        "| file | dofs | muscles | R | observations | actions | mass, kg | without effect, or why not |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for a in answers:
        if a.problem:
            lines.append(f"| {a.path} | | | | | | | **not opened**: {a.problem} |")
            continue
        sizes = " | ".join(map(str, a.sizes))
        lines.append(f"| {a.path} | {sizes} | {a.mass:.1f} | {'; '.join(a.remarks)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--run", type=int, default=0, metavar="STEPS")
    parser.add_argument("--engine", nargs="+", default=["lanes", "dart"])
    parser.add_argument("--only", default="")
    parser.add_argument("--write", type=Path)
    options = parser.parse_args()
    answers = []
    for path in environments(options.folder):
        if options.only not in str(path):
            continue
        answers.append(try_file(path, options.folder, options.run, options.engine))
        a = answers[-1]
        print(a.path, a.problem or a.sizes, *a.runs, sep=" | ", flush=True)
    opened = sum(not a.problem for a in answers)
    print(f"{opened} of {len(answers)} open")
    if options.write:
        put_between(options.write, BEGIN, END, table(answers))


if __name__ == "__main__":
    sys.exit(main())
