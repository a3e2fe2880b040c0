"""An env.xml of Bidirectional GaitNet and its fork: elements one after another, most often with no root around them.

It is read into the keys of the fork's YAML, which says the same things.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...readers.text import suggestion, validate
from ..xml_text import Element, parse_xml
from .cascading import cascading_of_xml
from .environment_keys import File
from .translate import project_tree

WORD, NUMBER, WHOLE, FLAG = "word", "number", "whole", "flag"
ELEMENTS: dict[str, tuple[str, str]] = {
    "ground": ("ground.file", WORD),
    "cyclicbvh": ("motion.cyclic", FLAG),
    "residual": ("action.residual", FLAG),
    "simHz": ("simulation.sim_hz", WHOLE),
    "controlHz": ("simulation.control_hz", WHOLE),
    "muscle": ("muscle.file", WORD),
    "meshLbsWeight": ("muscle.mesh_lbs_weight", FLAG),
    "useVelocityForce": ("muscle.use_velocity_force", FLAG),
    "useJointState": ("muscle.use_joint_state", FLAG),
    "inferencepersim": ("simulation.inference_per_sim", WHOLE),
    "inferencePerSim": ("simulation.inference_per_sim", WHOLE),
    "heightCalibration": ("motion.height_calibration.enabled", FLAG),
    "musclePoseOptimization": ("muscle.pose_optimization.enabled", FLAG),
    "enforceSymmetry": ("advanced.enforce_symmetry", FLAG),
    "actionScale": ("action.scale", NUMBER),
    "timeWarping": ("action.time_warping", NUMBER),
    "stanceLearning": ("advanced.stance_learning", FLAG),
    "learningStd": ("advanced.learning_std", FLAG),
    "hardPhaseClipping": ("advanced.hard_phase_clipping", FLAG),
    "softPhaseClipping": ("advanced.soft_phase_clipping", FLAG),
    "torqueClipping": ("advanced.torque_clipping", FLAG),
    "includeJtPinSPD": ("advanced.include_jtp_in_spd", FLAG),
    "useNormalizedParamState": ("advanced.use_normalized_param_state", FLAG),
    "eoeType": ("reward.eoe_type", WORD),
    "rewardType": ("reward.type", WORD),
    "HeadLinearAccWeight": ("reward.locomotion.head_linear_acc_weight", NUMBER),
    "HeadRotWeight": ("reward.locomotion.head_rot_weight", NUMBER),
    "StepWeight": ("reward.locomotion.step.weight", NUMBER),
    "AvgVelWeight": ("reward.locomotion.avg_vel.weight", NUMBER),
    "AvgVelWindowMult": ("reward.locomotion.avg_vel.window_mult", NUMBER),
    "AvgVelConsiderX": ("reward.locomotion.avg_vel.consider_x", FLAG),
    "DragX": ("reward.locomotion.dragX.use", FLAG),
    "DragWeight": ("reward.locomotion.dragX.weight", NUMBER),
    "DragXThreshold": ("reward.locomotion.dragX.threshold", NUMBER),
    "MetabolicWeight": ("reward.metabolic.weight", NUMBER),
    "MetabolicType": ("reward.metabolic.type", WORD),
    "ScaleMetabolic": ("reward.metabolic.scale", NUMBER),
    "UseMultiplicativeMetabolic": ("reward.metabolic.multiplicative", FLAG),
    "TorqueCoeff": ("reward.metabolic.torque.coeff", NUMBER),
    "KneePainWeight": ("reward.knee_pain.weight", NUMBER),
    "ScaleKneePain": ("reward.knee_pain.scale", NUMBER),
    "UseMultiplicativeKneePain": ("reward.knee_pain.use", FLAG),
    "UseKneePainTermination": ("reward.knee_pain.termination", FLAG),
    "Horizon": ("Horizon", WHOLE),
}
"""Elements that hold a value: the key that says it, and what it is."""
MOTIONS = {"bvh": "bvh", "npz": "npz", "hdf": "h5", "h5": "h5"}
OTHERS = ("skeleton", "parameter", "cascading", "training", "metabolicReward", *MOTIONS)
ATTRIBUTES = {
    "skeleton": ("defaultKp", "defaultKv", "actuactor", "actuator", "damping"),
    "bvh": ("symmetry", "heightCalibration", "scale"),
    "heightCalibration": ("strict",),
    "musclePoseOptimization": ("rot",),
}
DECLARATION = re.compile(r"^\s*<\?xml.*?\?>", re.DOTALL)
ROOT = "environment"


def is_environment_xml(text: str) -> bool:
    """Whether a text is XML that names a skeleton."""
    return text.lstrip()[:1] == "<" and "<skeleton" in text


def read_environment_xml(text: str, path: Path) -> dict[str, Any]:
    """The project's environment tree. ConfigError names an element that cannot be honoured."""
    found = _elements(_top(text, path), path)
    if "skeleton" not in found:
        raise ConfigError(f"{path}: skeleton: missing; add it")
    if not set(MOTIONS) & set(found):
        raise ConfigError(f"{path}: bvh: missing; add it, or npz or h5")
    tree: dict[str, Any] = {"skeleton": _skeleton(found["skeleton"]), "motion": _motion(found)}
    for name, element in found.items():
        if name in ELEMENTS:
            key, kind = ELEMENTS[name]
            _put(tree, key, READ[kind](element))
    if "musclePoseOptimization" in found:
        rot = found["musclePoseOptimization"].optional("rot")
        _put(tree, "muscle.pose_optimization.rot", rot or "one_foot")
    if "muscle" not in found:  # what is said of muscles that are not there
        tree.pop("muscle", None)
    if "cascading" in found:
        tree["cascading"] = cascading_of_xml(found["cascading"])
    if "parameter" in found:
        tree["parameters"] = _parameters(found["parameter"])
    training = {child.tag: "" for child in found["training"].element} if "training" in found else {}
    file = validate({"environment": tree, "training": training}, str(path), File, ConfigError)
    # Bidirectional GaitNet's own spelling; its fork writes it right.
    first = found["skeleton"].optional("actuactor") is not None
    return project_tree(file, path, "bgn" if first else "seed")


def parameters_of_xml(text: str, path: Path) -> dict[str, Any]:
    """The groups of ranges of an environment's text alone."""
    found = _elements(_top(text, path), path)
    return _parameters(found["parameter"]) if "parameter" in found else {}


def _top(text: str, path: Path) -> Element:
    """What the elements stand in, put around them where the file has no root."""
    inner = DECLARATION.sub("", text)
    element = parse_xml(f"<{ROOT}>{inner}</{ROOT}>", path, ROOT, ConfigError)
    parts = [child for child in element.element if isinstance(child.tag, str)]
    if len(parts) == 1 and parts[0].find("skeleton") is not None:
        return Element(parts[0], str(path), ConfigError)
    return element


def _elements(root: Element, path: Path) -> dict[str, Element]:
    """The elements by their names, each known and once."""
    found: dict[str, Element] = {}
    names = [*ELEMENTS, *OTHERS]
    for child in root.element:
        name = child.tag
        if not isinstance(name, str):  # a comment
            continue
        if name not in names:
            raise ConfigError(
                f"{path}: {name[:40]}: cannot be honoured here; take it out, "
                f"or {suggestion(name, names)}"
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


def _skeleton(element: Element) -> dict[str, Any]:
    spelt = [element.optional(name) for name in ("actuator", "actuactor")]
    actuator = next((word.strip() for word in spelt if word is not None), None)
    tree: dict[str, Any] = {"file": _word(element)}
    if actuator is not None:
        tree["actuator"] = actuator
    for key, attribute in (("kp", "defaultKp"), ("kv", "defaultKv"), ("damping", "damping")):
        value = element.optional_number(attribute)
        if value is not None:
            tree[key] = value
    return tree


def _motion(found: dict[str, Element]) -> dict[str, Any]:
    """Of several the first that the program takes."""
    name = next(name for name in MOTIONS if name in found)
    tree: dict[str, Any] = {"type": MOTIONS[name], "file": _word(found[name])}
    if name == "bvh":
        tree["symmetry"] = _attribute(found[name], "symmetry")
        tree["scale"] = found[name].number("scale", "0.01")
        tree["height_calibration"] = {"enabled": _attribute(found[name], "heightCalibration")}
    return tree


def _parameters(element: Element) -> dict[str, Any]:
    """Groups of ranges, as in the YAML."""
    tree: dict[str, Any] = {}
    for group in element.element:
        if not isinstance(group.tag, str):
            continue
        ranges = tree.setdefault(group.tag, {})
        for one in group:
            if not isinstance(one.tag, str):
                continue
            where = f"{element.where}: {group.tag[:40]}: {one.tag[:40]}"
            inner = Element(one, where, ConfigError)
            if one.tag in ranges:
                raise inner.fail("stands twice; keep one")
            numbers = ("min", "max", "default")
            ranges[one.tag] = {
                key: inner.number(key) if key in numbers else inner.text(key)
                for key in (*numbers, "sampling", "group")
                if key in one.attrib
            }
    return tree


def _put(tree: dict[str, Any], key: str, value: Any) -> None:
    *parents, last = key.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[last] = value


def _word(element: Element) -> str:
    text = (element.element.text or "").strip()
    if not text:
        raise element.fail("is empty; give it a value")
    return text


def _number(element: Element) -> float:
    return element.parsed(_word(element))


def _whole(element: Element) -> int:
    value = _number(element)
    if value != int(value) or not 1 <= value <= 100_000:
        raise element.fail(f"{value:g} given, a whole number of 1 or more expected")
    return int(value)


def _truth(word: str, element: Element, what: str = "") -> bool:
    plain = word.strip().lower()
    if plain not in ("true", "false"):
        raise element.fail(f"{what}'{word[:40]}' given, true or false expected")
    return plain == "true"


def _flag(element: Element) -> bool:
    return _truth(_word(element), element)


def _attribute(element: Element, key: str) -> bool:
    return _truth(element.text(key, "false"), element, f"{key}: ")


READ: dict[str, Callable[[Element], Any]] = {
    WORD: _word,
    NUMBER: _number,
    WHOLE: _whole,
    FLAG: _flag,
}
