"""The metadata.txt of Generative GaitNet as an environment: lines of a key and its values, and blocks of parameters."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ...errors import ConfigError, ModelError
from ...readers.text import suggestion
from ..xml_text import numbers, read_xml
from .environment import NOMINAL_STRIDE, environment, gait_reward, not_used
from .metadata import metadata_file

STATE = 11
"""The state_type whose observations are made here."""
BLOCKS = {
    "joint_param": "joint_end",
    "muscle_param": "muscle_end",
    "muscle_length_param": "muscle_length_end",
    "muscle_force_param": "muscle_force_end",
    "skel_length_param": "skel_length_end",
}
"""The line that a block begins with, and the one that it ends with."""
FLAGS = {
    "use_muscle": True, "use_excitation": False, "use_motionoptimization": False, "use_contractilestate": True,
    "use_adaptivesampling": False, "use_timewarping": True, "use_stepwarping": False, "use_sym": True,
    "use_displacement": False, "use_imitation": False, "use_locoprin": True, "use_init_negative": False,
    "use_critical_damping": None, "use_adaptivekp": None, "use_passive_regul": None, "is_torqueclip": False,
    "constant_pd_parameter": True, "use_newphase": False, "use_abs_step": False, "use_newspd": None,
    "selfcollision": None, "use_constraint": False,
}  # fmt: skip
"""Switches and the position that is done here; None where either does the same with constant bones."""
WATCHED = (
    "metabolic_type", "cascading_type", "rot_diff_weight", "linear_acc_weight", "angular_acc_weight",
    "metabolic_weight", "simple_motion_file", "skeleton_parameter_file",
)  # fmt: skip
"""Keys of training, and of bones that stay as they are."""
VALUES = (
    "state_type", "phase_type", "action_type", "use_stride", "use_phase", "kp", "con_hz", "sim_hz", "skel_file",
    "muscle_file", "bvh_file", "inference_per_sim", "action_scale", "phase_scale",
)  # fmt: skip
START = {"phases": [0.1, 0.6], "phase_spread": 0.05}
HEEL_STRIKES = (0.31, 0.81)


def is_generative_metadata(text: str) -> bool:
    """Whether a metadata.txt is Generative GaitNet's: `state_type` stands in it."""
    return any(line.split()[:1] == ["state_type"] for line in text.splitlines())


def read_generative_metadata(text: str, path: Path) -> dict[str, Any]:
    """The environment's tree (docs/formats.md). ConfigError: one line."""
    found, blocks = _parsed(text, path)
    for key in ("skel_file", "muscle_file", "bvh_file"):
        if key not in found:
            raise ConfigError(f"{path}: {key}: missing; add it")
    for key, wanted in (("state_type", STATE), ("phase_type", 1), ("action_type", 0)):
        if _number(found, key, wanted, path) != wanted:
            raise ConfigError(f"{path}: {key}: {found[key][0]} is not made here; {wanted} is")
    _check_flags(found, path)
    files = {
        key: metadata_file(found[key][0], path, key)
        for key in ("skel_file", "muscle_file", "bvh_file")
    }
    stated = _flag(found.get("use_timewarping", ["true"])[0], f"{path}: use_timewarping")
    not_trained = ["the reward of Generative GaitNet"]
    ranged = [name for name, lines in blocks.items() if lines]
    not_used(path, [*(key for key in WATCHED if key in found), *ranged, *not_trained])
    leading = [
        {"name": f"skeleton.{name}", "value": 1.0} for name, *_ in blocks["skel_length_param"]
    ]
    if "use_phase" in found:
        leading.append({"name": "gait.cadence", "value": 1.0})
    if "use_stride" in found:
        leading.append(
            {"name": "gait.speed", "value": NOMINAL_STRIDE / _cycle_time(files["bvh_file"])}
        )
    return environment(
        character={
            "generation": "ggn",
            "skeleton": files["skel_file"],
            "muscles": files["muscle_file"],
            "kp": _number(found, "kp", 300, path),
        },
        motion={
            "generation": "ggn",
            "file": files["bvh_file"],
            "cyclic": found["bvh_file"][1:2] != ["false"],
            "height_calibration": True,
            "walk_edits": True,
            "symmetric": True,
        },
        actuator="mass",
        rates=(
            _rate(found, "sim_hz", 900, path),
            _rate(found, "con_hz", 30, path),
            _rate(found, "inference_per_sim", 1, path),
        ),
        action_scale=_number(found, "action_scale", 0.04, path),
        rotation="added",
        time_warping=_number(found, "phase_scale", 0.01, path) if stated else None,
        time_warp="absolute",
        clipping="hard" if stated else "none",
        symmetry="by_motion",
        reward=gait_reward(
            stride=NOMINAL_STRIDE,
            head=(1.0, 1.0),
            speed={"weight": 1.0},
            step={"footholds": "phase"},
            energy={"type": "A2", "weight": 0.0},
            heel_strikes=HEEL_STRIKES,
        ),
        seconds=10.0,
        observation={
            "type": "generative",
            "motion_phase": stated,
            "parameters": [*leading, *_muscle_parameters(blocks, files["muscle_file"])],
            "leading_parameters": len(leading),
        },
        reset=START,
        not_trained=not_trained,
    )


def _parsed(text: str, path: Path) -> tuple[dict[str, list[str]], dict[str, list[list[str]]]]:
    """Values by their keys, and the lines of the blocks."""
    found: dict[str, list[str]] = {}
    blocks: dict[str, list[list[str]]] = {name: [] for name in BLOCKS}
    known = [*VALUES, *FLAGS, *WATCHED, *BLOCKS]
    inside: str | None = None
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        if not words or words[0].startswith("#"):
            continue
        where = f"{path}: line {number}"
        if inside is not None:
            if words[0] == BLOCKS[inside]:
                inside = None
            else:
                blocks[inside].append(words)
            continue
        if words[0] not in known:
            raise ConfigError(
                f"{where}: '{words[0][:40]}' is not known; {suggestion(words[0], known)}"
            )
        if words[0] in BLOCKS:
            inside = words[0]
            continue
        if words[0] in found:
            raise ConfigError(f"{where}: '{words[0]}' stands twice; keep one")
        if len(words) < 2:
            raise ConfigError(f"{where}: '{words[0]}' has no value; add it")
        found[words[0]] = words[1:]
    if inside is not None:
        raise ConfigError(f"{path}: {inside}: no line '{BLOCKS[inside]}' ends it; add one")
    return found, blocks


def _check_flags(found: dict[str, list[str]], path: Path) -> None:
    for key, here in FLAGS.items():
        if key not in found:
            continue
        value = _flag(found[key][0], f"{path}: {key}")
        if here is not None and value != here and key not in ("use_timewarping", "use_locoprin"):
            raise ConfigError(
                f"{path}: {key}: {found[key][0]} cannot be done here; set it to {str(here).lower()}"
            )


def _muscle_parameters(
    blocks: dict[str, list[list[str]]], muscles: str
) -> Iterator[dict[str, Any]]:
    """Lengths, then forces, of the muscles that are there; a group is every muscle whose name holds its."""
    lengths = blocks["muscle_param"] + blocks["muscle_length_param"]
    both = (("muscle_length", lengths), ("muscle_force", blocks["muscle_force_param"]))
    names = [u.text("name") for u in read_xml(Path(muscles), "Muscle", ModelError).children("Unit")]
    for kind, lines in both:
        for words in lines:
            group = words[0] == "group"
            name = words[1] if group and len(words) > 1 else words[0]
            if name in names or (group and any(name in one for one in names)):
                yield {"name": f"{kind}.{name}", "value": 1.0}


def _cycle_time(bvh: str) -> float:
    """s: frames times their time."""
    from ..motions.bvh import read_bvh

    capture = read_bvh(Path(bvh))
    return len(capture.translation) * capture.frame_time


def _number(found: dict[str, list[str]], key: str, default: float, path: Path) -> float:
    if key not in found:
        return float(default)
    return float(numbers(found[key][0], 1, f"{path}: {key}", ConfigError)[0])


def _rate(found: dict[str, list[str]], key: str, default: int, path: Path) -> int:
    value = _number(found, key, default, path)
    if value != int(value) or not 1 <= value <= 100_000:
        raise ConfigError(f"{path}: {key}: {value:g} given, a whole number of 1 or more expected")
    return int(value)


def _flag(word: str, where: str) -> bool:
    if word not in ("true", "false"):
        raise ConfigError(f"{where}: '{word[:40]}' given, true or false expected")
    return word == "true"
