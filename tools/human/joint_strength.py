"""What a character's muscles can do about each of its coordinates: torques both ways, fibre lengths, volumes.

A table for people, and the figures that tests check. Moment arms are central differences of the path lengths;
forces are the isometric ones at full activation (Gaussian force-length curve, rigid tendon).
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from muscle_viewer.core.metabolics import MUSCLE_DENSITY

from tools.human.kinematics import Character, path_positions, polyline_length
from tools.human.make_whole_body import standing

STEP = 1e-4
"""Half the step of the differences, rad."""


def path_lengths(
    character: Character, q: np.ndarray, muscles: Sequence[str] | None = None
) -> np.ndarray:
    """Muscle-tendon lengths (muscles, N), m, at poses q (N, dofs), of all muscles or those named."""
    frames = character.transforms(q)
    paths = [character.path(m) for m in muscles or character.muscles]
    return np.array([polyline_length(path_positions(path, frames)) for path in paths])


def moment_arms(
    character: Character, q: np.ndarray, muscles: Sequence[str] | None = None
) -> np.ndarray:
    """-dL/dq (muscles, dofs) at one pose q (1, dofs), m."""
    steps = STEP * np.eye(character.dofs)
    lengths = path_lengths(character, np.concatenate([q + steps, q - steps]), muscles)
    return (lengths[:, character.dofs :] - lengths[:, : character.dofs]) / (2 * STEP)


def fibre_lengths(character: Character, q: np.ndarray) -> np.ndarray:
    """Fibre lengths over the optimal ones (muscles, N) at poses q (N, dofs), muscles of constant width."""
    rows = []
    lengths = path_lengths(character, q)
    for length, muscle in zip(lengths, character.muscles.values(), strict=True):
        optimum, pennation = muscle["optimal_fibre_length"], muscle["pennation"]
        along = length - muscle["tendon_slack_length"]
        rows.append(np.hypot(along, optimum * np.sin(pennation)) / optimum)
    return np.array(rows)


def forces(character: Character, q: np.ndarray) -> np.ndarray:
    """Active tendon forces (muscles,) of the full activation at one pose, N."""
    width = character.data["muscle_law"]["force_length_width"]
    lengths = fibre_lengths(character, q)[:, 0]
    muscles = character.muscles.values()
    strength = np.array([m["max_isometric_force"] for m in muscles])
    sine = np.array([np.sin(m["pennation"]) for m in muscles]) / lengths
    return (
        strength
        * np.exp(-((lengths - 1.0) ** 2) / width)
        * np.sqrt(1.0 - np.minimum(sine, 1.0) ** 2)
    )


def strengths(character: Character, q: np.ndarray) -> np.ndarray:
    """Largest torques (dofs, 2) towards smaller and larger coordinates, N m, the first negative."""
    torques = moment_arms(character, q) * forces(character, q)[:, None]
    return np.stack([np.minimum(torques, 0.0).sum(0), np.maximum(torques, 0.0).sum(0)], axis=1)


def muscle_mass(character: Character, tension: float = 6.0e5) -> np.ndarray:
    """Masses of the muscles, kg: density times force over specific tension (Pa) times fibre length."""
    muscles = character.muscles.values()
    work = np.array([m["max_isometric_force"] * m["optimal_fibre_length"] for m in muscles])
    return MUSCLE_DENSITY * work / tension


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("character", type=Path)
    parser.add_argument(
        "--dof", help="also every muscle's moment arm (mm) and torque about this coordinate"
    )
    arguments = parser.parse_args()
    character = Character.load(arguments.character)
    q = standing(character)
    table = strengths(character, q)
    print(f"{'coordinate':18} {'towards -':>10} {'towards +':>10}   N m, isometric, standing")
    for name, (low, high) in zip(character.dof_names, table, strict=True):
        if not name.endswith("_l") and not name.startswith("root"):
            print(f"{name:18} {low:10.1f} {high:10.1f}")
    mass = muscle_mass(character)
    weak = muscle_mass(character, 2.5e5).sum()
    print(f"muscles: {len(mass)}, {mass.sum():.1f} kg at 60 N/cm^2, {weak:.1f} kg at 25 N/cm^2")
    if arguments.dof:
        arms = moment_arms(character, q)[:, character.dof_names.index(arguments.dof)]
        torque = arms * forces(character, q)
        for k in np.argsort(torque):
            if abs(arms[k]) > 1e-4:
                print(
                    f"  {list(character.muscles)[k]:32} {1000 * arms[k]:7.1f} mm {torque[k]:8.2f} N m"
                )


if __name__ == "__main__":
    main()
