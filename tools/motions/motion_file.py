"""Writing motion files, and the mirror symmetry that the motions share."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

import numpy as np

from tools.human.kinematics import (
    Character,
    mirror_signs,
    rotation_about,
    vector_from_rotation,
)
from tools.yaml_text import flow, scalar

LEFT, UP, FORWARD = np.eye(3)


def arm_vector(flexion: np.ndarray, abduction: np.ndarray) -> np.ndarray:
    """Rotation vectors (N, 3) of the right shoulder: flexion about right, then abduction."""
    turned = rotation_about(-LEFT, flexion) @ rotation_about(-FORWARD, abduction)
    return vector_from_rotation(turned)


def mirrored(character: Character, q: np.ndarray) -> np.ndarray:
    """Positions (T, dofs) whose left side is the right one's mirror half a cycle later."""
    half = len(q) // 2
    signs = mirror_signs(character)
    result = q.copy()
    for index, name in enumerate(character.dof_names):
        if name.endswith("_l"):
            source = character.dof_names.index(name[:-2] + "_r")
            result[:, index] = signs[name] * np.roll(q[:, source], -half)
    return result


def write_motion(
    path: Path,
    *,
    name: str,
    sources: Sequence[str],
    character: Character,
    frames: np.ndarray,
    frame_time: float,
    cycle_translation: Sequence[float],
    events: dict[str, float],
    comment: str,
) -> None:
    """Write a cyclic motion file."""
    lines = [f"# {comment}", "format: muscle-viewer/motion-1", f"name: {scalar(name)}", "sources:"]
    lines += [f'  - "{s}"' for s in sources]
    lines += ["character: human", "cyclic: true", f"frame_time: {scalar(frame_time, 8)}"]
    lines.append(f"cycle_translation: {flow(list(cycle_translation), 6)}")
    lines.append("coordinates:")
    for body in character.bodies:
        count = {"free": 6, "ball": 3, "revolute": 1, "weld": 0}[body.joint]
        if count:
            lines.append(f"  # {body.name}")
            lines += [f"  - {n}" for n in character.dof_names[body.dof : body.dof + count]]
    lines.append(f"events: {flow(events)}")
    lines.append("frames:")
    lines += [f"  - {flow(list(frame), 5)}" for frame in frames]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def character_and_output(description: str | None, name: str) -> tuple[Character, Path]:
    """The character and the output file from the command line of a motion's script."""
    assets = Path(__file__).resolve().parents[2] / "assets"
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--character", type=Path, default=assets / "characters" / "human.yaml")
    parser.add_argument("-o", "--output", type=Path, default=assets / "motions" / name)
    arguments = parser.parse_args()
    return Character.load(arguments.character), arguments.output


class Gait(Protocol):
    """The temporal and spatial figures of a cyclic gait."""

    speed: float
    """m/s."""
    cadence: float
    """Steps/min."""

    @property
    def cycle(self) -> float:
        """Duration of a stride, s."""

    @property
    def stride(self) -> float:
        """Length of a stride, m."""


def write_gait(
    path: Path,
    name: str,
    sources: Sequence[str],
    character: Character,
    gait: Gait,
    frames: np.ndarray,
) -> None:
    """Write a cyclic gait that begins with the right foot's strike."""
    write_motion(
        path,
        name=name,
        sources=sources,
        character=character,
        frames=frames,
        frame_time=gait.cycle / len(frames),
        cycle_translation=(0.0, 0.0, gait.stride),
        events={"heel_strike_r": 0.0, "heel_strike_l": 0.5},
        comment=f"{gait.speed:g} m/s, {gait.cadence:g} steps/min, stride {gait.stride:.3f} m",
    )
    print(f"{path}: {len(frames)} frames of {1000 * gait.cycle / len(frames):.2f} ms")
