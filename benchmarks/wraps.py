"""Time of a wrap: paths with a wrap against the same straight paths, in one run.

    python benchmarks/wraps.py [--muscles 64] [--rounds 400]

Prints nanoseconds a wrap and environment of each kind, for each instruction set.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import replace

import numpy as np
from muscle_viewer.core import _core
from muscle_viewer.core.readers.character import (
    Body,
    Character,
    ContactParameters,
    Joint,
    Muscle,
    MuscleLaw,
)
from muscle_viewer.core.readers.muscle_path import PathAttachment, PathWrap, Wrap

KINDS = {
    "cylinder": ("cylinder", False),
    "sphere": ("sphere", False),
    "ring": ("sphere", True),
}
IDENTITY = np.array([1.0, 0.0, 0.0, 0.0])


def hinge(parent: int, height: float) -> Body:
    joint = Joint(
        "revolute", np.array([0.0, height, 0.0]), IDENTITY, np.array([0.0, 0.0, 1.0]),
        None, None, 0.0, 0.0, 0.0, [f"hinge_{parent}"],
    )  # fmt: skip
    inertia = np.array([0.02, 0.02, 0.02, 0.0, 0.0, 0.0])
    return Body(f"body_{parent}", parent, joint, 1.0, np.zeros(3), inertia, [], [])


def character(muscles: int) -> Character:
    """Two links with muscles from one to the other, past the joint between them."""
    path = [
        [PathAttachment(0, 1.0, np.array([0.03, 0.2, 0.0]))],
        [PathAttachment(1, 1.0, np.array([0.03, -0.2, 0.01]))],
    ]
    lines = [Muscle(f"{k}", 1000.0, 0.2, 0.1, 0.0, "other", path) for k in range(muscles)]
    ground = ContactParameters(stiffness=2e5, damping=1e3, friction=0.9, tangential_damping=1e5)
    return Character("links", [hinge(-1, 1.0), hinge(0, 0.0)], lines, ground, MuscleLaw(), None)


def wrapped(straight: Character, kind: str, inside: bool) -> Character:
    wrap = Wrap("joint", kind, 1, np.zeros(3), IDENTITY, 0.02 if inside else 0.04)
    side = None if inside else np.array([1.0, 0.0, 0.0])
    muscles = [replace(m, wraps=[PathWrap(0, "joint", side, inside)]) for m in straight.muscles]
    return replace(straight, wraps=[wrap], muscles=muscles)


def seconds(simulations: list[_core.LanesSimulation], rounds: int) -> np.ndarray:
    """The shortest time of each simulation's paths and forces, s."""
    best = np.full(len(simulations), np.inf)
    for _ in range(rounds):
        for k, simulation in enumerate(simulations):
            begin = time.perf_counter()
            simulation.muscles()
            best[k] = min(best[k], time.perf_counter() - begin)
    return best


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--muscles", type=int, default=64, help="number of muscles (default 64)")
    parser.add_argument("--rounds", type=int, default=400, help="number of rounds (default 400)")
    args = parser.parse_args()
    straight = character(args.muscles)
    models = [straight, *(wrapped(straight, *kind) for kind in KINDS.values())]
    for name in _core.instruction_sets():
        simulations = [_core.LanesSimulation(_core.Model(c), name) for c in models]
        for simulation in simulations:
            for lane in range(_core.GROUP_LANES):
                simulation.set_state(lane, np.array([0.0, 0.1 + 0.02 * lane]), np.zeros(2))
            simulation.kinematics()
        base, *times = seconds(simulations, args.rounds) * 1e9 / args.muscles / _core.GROUP_LANES
        costs = ", ".join(f"{k} {t - base:.1f}" for k, t in zip(KINDS, times, strict=True))
        print(f"{name}: straight muscle {base:.1f} ns; a wrap in addition: {costs} ns")


if __name__ == "__main__":
    main()
