"""An env.xml of Bidirectional GaitNet and its fork."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...readers.text import suggestion
from ..xml_text import Element, parse_xml
from .environment import NOMINAL_STRIDE, environment, find_file, flat, gait_reward, not_used

ELEMENTS = (
    "skeleton", "ground", "bvh", "simHz", "controlHz", "muscle", "inferencepersim", "actionScale",
    "timeWarping", "useJointState",
)  # fmt: skip
ATTRIBUTES = {
    "skeleton": ("defaultKp", "defaultKv", "actuactor", "damping"),
    "bvh": ("symmetry", "heightCalibration", "scale"),
}
ACTUATORS = ("pd", "torque", "muscle", "mass", "mass_lower")


def is_environment_xml(text: str) -> bool:
    """Whether a text is XML that names a skeleton."""
    return text.lstrip()[:1] == "<" and "<skeleton" in text


def read_environment_xml(text: str, path: Path) -> dict[str, Any]:
    """The project's environment tree. ConfigError names an element that cannot be honoured."""
    root = parse_xml(text, path, None, ConfigError)
    found = _elements(root, path)
    for name in ("skeleton", "bvh"):
        if name not in found:
            raise ConfigError(f"{path}: {name}: missing; add it")
    skeleton, motion = found["skeleton"], found["bvh"]
    actuator = skeleton.text("actuactor", "mass")
    if actuator not in ACTUATORS:
        raise ConfigError(
            f"{path}: skeleton: actuactor: '{actuator}' is none; {suggestion(actuator, ACTUATORS)}"
        )
    if _flag(motion, "symmetry"):
        raise ConfigError(
            f"{path}: bvh: symmetry: the mean of a motion and its mirror image is not made here; "
            "set it to false"
        )
    if _flag(motion, "heightCalibration"):
        not_used(path, ["bvh heightCalibration"])
    if "ground" in found:
        flat(find_file(_content(found["ground"]), path, "ground"), path)
    character: dict[str, Any] = {
        "generation": "bgn",
        "skeleton": find_file(_content(skeleton), path, "skeleton"),
        "kp": skeleton.optional_number("defaultKp"),
        "kv": skeleton.optional_number("defaultKv"),
        "damping": skeleton.optional_number("damping"),
    }
    if "muscle" in found:
        character["muscles"] = find_file(_content(found["muscle"]), path, "muscle")
    elif actuator in ("muscle", "mass", "mass_lower"):
        raise ConfigError(f"{path}: muscle: missing, and actuactor is {actuator}; add it")
    warping = _number(found, "timeWarping", -1.0)
    return environment(
        character=character,
        motion={
            "generation": "bgn",
            "file": find_file(_content(motion), path, "bvh"),
            "cyclic": True,
            "scale": motion.number("scale", "0.01"),
        },
        actuator=actuator,
        rates=(
            _rate(found, "simHz", 480),
            _rate(found, "controlHz", 30),
            _rate(found, "inferencepersim", 1),
        ),
        action_scale=_number(found, "actionScale", 0.04),
        time_warping=warping if warping > 0 else None,
        time_warp="absolute",
        clipping="none",
        symmetry=False,
        reward=gait_reward(
            NOMINAL_STRIDE, (4.0, 4.0), {"weight": 4.0}, (2.0, 0.0),
            {"type": "A2", "weight": 0.0, "multiplicative": True},
        ),
        seconds=10.0,
        observation={
            "type": "gaitnet",
            "motion_phase": warping > 0,
            "joint_state": "useJointState" not in found or _content(found["useJointState"]) == "true",
        },
        force_velocity=False,
    )  # fmt: skip


def _elements(root: Element, path: Path) -> dict[str, Element]:
    """The elements by their names, each known and once."""
    found: dict[str, Element] = {}
    for child in root.element:
        name = child.tag
        if not isinstance(name, str):  # a comment
            continue
        if name not in ELEMENTS:
            raise ConfigError(
                f"{path}: {name[:40]}: cannot be honoured here; take it out, "
                f"or {suggestion(name, ELEMENTS)}"
            )
        if name in found:
            raise ConfigError(f"{path}: {name}: stands twice; keep one")
        known = ATTRIBUTES.get(name, ())
        for attribute in child.attrib:
            if attribute not in known:
                raise ConfigError(
                    f"{path}: {name}: {attribute}: cannot be honoured here; take it out"
                )
        found[name] = Element(child, f"{path}: {name}", ConfigError)
    return found


def _content(element: Element) -> str:
    text = (element.element.text or "").strip()
    if not text:
        raise element.fail("is empty; give it a value")
    return text


def _number(found: dict[str, Element], name: str, default: float) -> float:
    if name not in found:
        return default
    return found[name].parsed(_content(found[name]))


def _rate(found: dict[str, Element], name: str, default: int) -> int:
    value = _number(found, name, default)
    if value != int(value) or not 1 <= value <= 100_000:
        raise found[name].fail(f"{value:g} given, a whole number of 1 or more wanted")
    return int(value)


def _flag(element: Element, key: str) -> bool:
    word = element.text(key, "false")
    if word not in ("true", "false"):
        raise element.fail(f"{key}: '{word}' given, true or false wanted")
    return word == "true"
