"""MASS's metadata.txt as an environment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...readers.text import is_there, suggestion
from ..xml_text import numbers

KEYS = (
    "use_muscle", "con_hz", "sim_hz", "skel_file", "muscle_file", "bvh_file", "reward_param",
)  # fmt: skip
INFERENCE_EVERY = 2
"""Substeps of an inference of the muscle network, Environment.cpp."""
REWARD_SCALES = {"pose": 2.0, "end_effector": 40.0}
ACTION_SCALE = 0.1


def is_metadata(text: str) -> bool:
    """Whether a text is a metadata.txt: each line a key and values, `skel_file` among them."""
    return any(line.split()[:1] == ["skel_file"] for line in text.splitlines())


def read_metadata(text: str, path: Path) -> dict[str, Any]:
    """The environment's tree (docs/formats.md) of a metadata.txt. ConfigError: one line."""
    found: dict[str, list[str]] = {}
    lines = [line.split() for line in text.splitlines()]
    for number, words in enumerate(lines, 1):
        if not words or words[0].startswith("#"):
            continue
        if words[0] not in KEYS:
            raise ConfigError(
                f"{path}: line {number}: '{words[0]}' is not known; {suggestion(words[0], KEYS)}"
            )
        if words[0] in found:
            raise ConfigError(f"{path}: line {number}: '{words[0]}' stands twice; keep one")
        if len(words) < 2:
            raise ConfigError(f"{path}: line {number}: '{words[0]}' has no value; add it")
        found[words[0]] = words[1:]
    for key in ("skel_file", "bvh_file"):
        if key not in found:
            raise ConfigError(f"{path}: {key}: missing; add it")
    muscles = _flag(found.get("use_muscle", ["false"])[0], f"{path}: use_muscle")
    if muscles and "muscle_file" not in found:
        raise ConfigError(f"{path}: muscle_file: missing, and use_muscle is true; add it")
    character: dict[str, Any] = {
        "generation": "mass",
        "skeleton": metadata_file(found["skel_file"][0], path, "skel_file"),
    }
    if "muscle_file" in found:
        character["muscles"] = metadata_file(found["muscle_file"][0], path, "muscle_file")
    bvh = found["bvh_file"]
    return {
        "character": character,
        "motion": {
            "generation": "mass",
            "file": metadata_file(bvh[0], path, "bvh_file"),
            "cyclic": _flag(bvh[1], f"{path}: bvh_file") if len(bvh) > 1 else False,
            **_scale(bvh[2:], path),
        },
        "actuator": "mass" if muscles else "pd",
        "muscles": {"network_torque": "whole"},
        "observation": "mass",
        "simulation": {
            "sim_hz": _rate(found.get("sim_hz", ["900"]), f"{path}: sim_hz"),
            "control_hz": _rate(found.get("con_hz", ["30"]), f"{path}: con_hz"),
            "inference_every": INFERENCE_EVERY,
            "gravity": 9.8,
        },
        "action": {
            "scale": ACTION_SCALE,
            "target": "held",
            "rotation": "added",
            "phase": False,
        },
        "reward": _reward(found.get("reward_param", ["0.75", "0.1", "0.0", "0.15"]), path),
        "termination": {"root_height": 0.8},
        "episode": {"max_time": 10.0},
    }


def _scale(words: list[str], path: Path) -> dict[str, float]:
    """A third word of bvh_file, which MASS passes over: metres of the BVH's unit."""
    where = f"{path}: bvh_file: scale"
    return {"scale": float(numbers(words[0], 1, where, ConfigError)[0])} if words else {}


def _reward(words: list[str], path: Path) -> dict[str, Any]:
    """Weights of pose, velocity, end effectors, centre of mass; the scales are MASS's."""
    weights = numbers(" ".join(words), 4, f"{path}: reward_param", ConfigError)
    if (weights < 0).any():
        raise ConfigError(f"{path}: reward_param: weights must not be negative")
    names = ("pose", "velocity", "end_effector", "center_of_mass")
    terms: dict[str, Any] = {
        name: {"weight": float(w), "scale": REWARD_SCALES.get(name, 10.0)}
        for name, w in zip(names, weights, strict=True)
    }
    return {"type": "deepmimic", **terms, "metabolic": {"weight": 0.0, "scale": 0.0}}


def _rate(words: list[str], where: str) -> int:
    value = float(numbers(words[0], 1, where, ConfigError)[0])
    if value != int(value) or not 1 <= value <= 100_000:
        raise ConfigError(f"{where}: {words[0]} given, a whole number of Hz expected")
    return int(value)


def _flag(word: str, where: str) -> bool:
    if word not in ("true", "false"):
        raise ConfigError(f"{where}: '{word}' given, true or false expected")
    return word == "true"


def metadata_file(name: str, path: Path, key: str) -> str:
    """A file that MASS names from its own root: from where it lies, or beside the metadata.

    `/data/human.xml` is the file of that name in the metadata's folder, or its subfolder.
    """
    parts = [part for part in Path(name).parts if part not in ("/", "..")]
    folder = path.parent.resolve()
    tried = [folder.joinpath(*parts), folder.parent.joinpath(*parts), folder.joinpath(*parts[1:])]
    for candidate in [Path(name)] * Path(name).is_absolute() + tried:
        if is_there(candidate):
            return str(candidate)
    raise ConfigError(f"{path}: {key}: '{name}' does not exist; looked in {folder}")
