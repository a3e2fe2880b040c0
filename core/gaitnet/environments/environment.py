"""What the readers of GaitNet's environments share: where files lie, and the project's tree."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...readers.text import is_there
from ..characters.assemble import read_nodes

NOMINAL_STRIDE = 1.34
"""m of two steps at stride 1, Environment.cpp of the fork."""

FALL_HEIGHT = 0.6
"""m of the centre of mass; of the later fork a share of its height at the beginning."""

START = {"phases": [0.07, 0.57], "phase_spread": 0.05}
"""A little after the start of either stance."""

PATIENT = "@pid:"
"""How the fork of 2026 names a file of the patient whom `pid` names."""

GROUND_TOLERANCE = 1e-3
"""m"""


def find_file(name: str, path: Path, key: str) -> str:
    """The file that `path` names. ConfigError where there is none.

    `@data/...` stands below the folder that holds `data`, up from `path`; other names are relative
    to `path`'s folder, to that folder, or absolute.
    """
    if name.startswith(PATIENT):
        raise ConfigError(
            f"{path}: {key}: '{name}' is a patient's file, which is not public; "
            "name a file that is there instead"
        )
    plain = name.removeprefix("@")
    folders = [path.parent.resolve(), *path.parent.resolve().parents]
    for folder in folders:
        candidate = folder / plain
        if is_there(candidate):
            return str(candidate)
    raise ConfigError(
        f"{path}: {key}: '{name}' does not exist; looked in {folders[0]} and the folders above"
    )


def not_used(path: Path, keys: Iterable[str]) -> None:
    """Say which keys have no bearing here."""
    names = ", ".join(keys)
    if names:
        logging.getLogger("muscle_viewer").warning("%s: without effect here: %s", path, names)


def flat(ground: str, path: Path) -> None:
    """ConfigError unless a ground's file is a floor at height 0."""
    nodes = read_nodes(Path(ground))
    node = nodes[0]
    top = float(node.body.position[1] + node.size[1] / 2)
    if len(nodes) > 1 or node.shape != "Box" or abs(top) > GROUND_TOLERANCE:
        raise ConfigError(
            f"{path}: ground: {ground} is no floor at height 0 (its top is at {top:g} m); "
            "the ground here is level at 0, see simulation.slope"
        )


def named_walk(file: str) -> bool:
    """Whether the GaitNets edit a BVH on reading, as its name says."""
    return "walk" in Path(file).name and Path(file).suffix.lower() == ".bvh"


def gait_reward(
    *,
    stride: float,
    head: tuple[float, float],
    speed: dict[str, Any],
    step: dict[str, Any],
    energy: dict[str, Any],
    heel_strikes: tuple[float, float] = (0.33, 0.83),
) -> dict[str, Any]:
    """The `gaitnet` reward of the project's tree, reckoned as there."""
    return {
        "type": "gaitnet",
        "terms": "gaitnet",
        "stride": stride,
        "head": {"body": "Head", "acceleration_weight": head[0], "rotation_weight": head[1]},
        "average_speed": speed,
        "step": {"feet": ["TalusR", "TalusL"], "heel_strikes": list(heel_strikes), **step},
        "energy": energy,
    }


def environment(
    *,
    character: dict[str, Any],
    motion: dict[str, Any],
    actuator: str,
    rates: tuple[int, int, int],
    action_scale: float,
    time_warping: float | None,
    time_warp: str,
    clipping: str,
    symmetry: bool | str,
    reward: dict[str, Any],
    seconds: float,
    observation: dict[str, Any],
    termination: dict[str, Any] | None = None,
    reset: dict[str, Any] | None = None,
    muscles: dict[str, Any] | None = None,
    rotation: str = "multiplied",
    ranges: dict[str, list[float]] | None = None,
    parameters: dict[str, dict[str, Any]] | None = None,
    reward_clip: dict[str, Any] | None = None,
    not_trained: list[str] | None = None,
    cascade: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The project's tree of an environment of the GaitNets; `rates` are simulation, control, substeps an inference."""
    return {
        "character": {key: value for key, value in character.items() if value is not None},
        "motion": motion,
        # Their `muscle` takes activations, their `torque` newton metres.
        "actuator": "activation" if actuator == "muscle" else actuator,
        "simulation": {
            "sim_hz": rates[0],
            "control_hz": rates[1],
            "inference_every": rates[2],
            "gravity": 9.8,
            "contact": "rigid_on_dart",
            "joint_limits": "hard",
        },
        "action": {
            "scale": action_scale,
            "torque_scale": 1.0,
            "target": "held",
            "rotation": rotation,
            "stable_pd": "gaitnet",
            "phase": time_warping is not None,
            "phase_scale": time_warping or 0.0,
            "time_warp": time_warp,
            "phase_clipping": clipping,
        },
        "observation": observation,
        "symmetry": symmetry,
        "reward": reward,
        "reward_clip": reward_clip,
        "termination": {"root_height": 0.0, **(termination or {"com_height": FALL_HEIGHT})},
        "episode": {"max_time": seconds},
        "reset": {"velocity": "forward", "pose": "fitted", **(reset or START)},
        "muscles": muscles or {},
        "sliders": ranges or {},
        "parameters": parameters or {},
        "not_trained": not_trained or [],
        "cascade": cascade,
    }
