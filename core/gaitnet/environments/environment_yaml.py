"""An environment YAML of Bidirectional GaitNet's fork (`A2_sep.yaml` and its like)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ...readers.text import parse, validate
from .environment import NOMINAL_STRIDE, environment, find_file, flat, gait_reward, not_used
from .environment_keys import Environment, File, Range, Reward

SLIDERS = {
    "gait.stride": "stride",
    "gait.cadence": "cadence",
    "skeleton.": "bones",
    "muscle_force": "force",
    "muscle_length": "length",
}
"""What the file's parameters, by the beginnings of their names, are called in the project."""

IMITATION = {
    "pose": {"weight": 0.65, "scale": 20.0},
    "velocity": {"weight": 0.1, "scale": 10.0},
    "end_effector": {"weight": 0.45, "scale": 40.0},
    "center_of_mass": {"weight": 0.1, "scale": 10.0},
    "metabolic": {"weight": 0.2, "scale": 4.0},
}
"""The fork's weights and scales of `deepmimic` and `scadiver`; the metabolic scale is the project's."""


def is_environment_yaml(text: str) -> bool:
    """Whether a YAML is an environment of the fork: `environment:` stands at its beginning of a line."""
    return re.search(r"^environment\s*:", text, re.MULTILINE) is not None


def read_environment_yaml(text: str, path: Path) -> dict[str, Any]:
    """The project's environment tree.

    ConfigError names a key that cannot be honoured; what has no bearing here is logged by name.
    """
    file = parse(text, str(path), File, ConfigError)
    asked = file.environment
    for key, is_asked, remedy in _beyond(asked, file):
        if is_asked:
            raise ConfigError(f"{path}: environment.{key}: cannot be done here; {remedy}")
    not_used(path, _without_bearing(asked, file, path))
    if asked.ground:
        flat(find_file(asked.ground.file, path, "environment.ground.file"), path)
    parameters = _parameters(asked.parameters, path)
    stride, cadence = (parameters.get(f"gait.{n}", 1.0) for n in ("stride", "cadence"))
    character: dict[str, Any] = {
        "generation": "seed",
        "skeleton": find_file(asked.skeleton.file, path, "environment.skeleton.file"),
        "kp": asked.skeleton.kp,
        "kv": asked.skeleton.kv,
        "damping": asked.skeleton.damping,
    }
    if asked.muscle:
        character["muscles"] = find_file(asked.muscle.file, path, "environment.muscle.file")
    elif asked.skeleton.actuator in ("muscle", "mass", "mass_lower"):
        raise ConfigError(
            f"{path}: environment.muscle: missing, and actuator is {asked.skeleton.actuator}; add it"
        )
    warps = asked.action.time_warping > 0
    simulation, advanced = asked.simulation, asked.advanced
    return environment(
        character=character,
        motion={
            "generation": "seed",
            "file": find_file(asked.motion.file, path, "environment.motion.file"),
            "cyclic": asked.motion.cyclic,
            "scale": asked.motion.scale,
            "cadence": cadence,
        },
        actuator=asked.skeleton.actuator,
        rates=(simulation.sim_hz, simulation.control_hz, simulation.inference_per_sim),
        action_scale=asked.action.scale,
        time_warping=asked.action.time_warping if warps else None,
        clipping="hard" if advanced.hard_phase_clipping
        else "soft" if advanced.soft_phase_clipping else "none",
        symmetry=advanced.enforce_symmetry,
        reward=_reward(asked.reward, stride),
        seconds=10.0
        if asked.reward.eoe_type == "time"
        else _horizon(asked, file) / simulation.control_hz,
        observation={
            "type": "gaitnet",
            "motion_phase": warps,
            "joint_state": bool(asked.muscle and asked.muscle.use_joint_state),
            "parameters": [
                {"name": name, "value": parameters[name]}
                for name, bounds in _ranges(asked.parameters, path)
                if bounds.max - bounds.min > 1e-3
            ],
        },
        force_velocity=bool(asked.muscle and asked.muscle.use_velocity_force),
        ranges=_sliders(_ranges(asked.parameters, path)),
    )  # fmt: skip


def _horizon(asked: Environment, file: File) -> int:
    """Control steps of an episode."""
    return file.Horizon or asked.simulation.horizon or asked.Horizon


def _beyond(asked: Environment, file: File) -> Iterator[tuple[str, bool, str]]:
    """Keys whose other values cannot be honoured: whether they have one, and what to do."""
    muscle, reward, advanced = asked.muscle, asked.reward, asked.advanced
    off: Callable[[str], str] = "set {} to false".format
    yield "skeleton.self_collide", asked.skeleton.self_collide, off("it")
    kind, suffix = asked.motion.type, Path(asked.motion.file).suffix.lower()
    suffixes = (".h5", ".hdf5") if kind == "h5" else (f".{kind}",)
    yield (
        "motion.type",
        suffix not in suffixes,
        f"its file ends in '{suffix[:9]}', not {suffixes[0]}",
    )
    if muscle:
        yield "muscle.mesh_lbs_weight", muscle.mesh_lbs_weight, off("it")
        yield "muscle.clip_lm_norm", bool(muscle.clip_lm_norm), "take it out"
    yield "action.residual", not asked.action.residual, "set it to true"
    yield "action.gait_phase_mode", asked.action.gait_phase_mode == "contact", "use phase"
    for name in ("torque_clipping", "include_jtp_in_spd", "use_normalized_param_state"):
        yield f"advanced.{name}", getattr(advanced, name), off("it")
    yield "advanced.stance_learning", advanced.stance_learning, off("it")
    yield "reward.clip", reward.clip.step > 0, "set its step to 0"
    for name in ("dragX", "phase"):
        yield f"reward.locomotion.{name}", getattr(reward.locomotion, name).use, off("its use")
    yield "reward.knee_pain", reward.knee_pain.use, off("its use")
    yield "reward.knee_pain.termination", reward.knee_pain.termination, off("it")
    steps = reward.locomotion
    twice = steps.step_weight is not None and "weight" in steps.step.model_fields_set
    yield "reward.locomotion.step_weight", twice, "step.weight says it too: keep one of them"
    twice = steps.avg_vel_weight is not None and "weight" in steps.avg_vel.model_fields_set
    yield "reward.locomotion.avg_vel_weight", twice, "avg_vel.weight says it too: keep one of them"
    yield "noise_injection.file", asked.noise_injection.file is not None, "take it out"
    for cascading in (asked.cascading, file.cascading):
        chain = cascading is not None and not isinstance(cascading, bool)
        yield (
            "cascading",
            chain,
            "the networks before a cascaded one: set it to true or take it out",
        )


def _without_bearing(asked: Environment, file: File, path: Path) -> Iterator[str]:
    """Keys that say nothing about this simulation, whose episodes all begin with the defaults."""
    for tree in ("training", "args", "train"):
        yield from (f"{tree}.{name}" for name in getattr(file, tree))
    if asked.reward.type != "gaitnet":  # their imitation rewards know neither
        for name in sorted({"metabolic", "locomotion"} & asked.reward.model_fields_set):
            yield f"environment.reward.{name}"
    if asked.advanced.hard_phase_clipping and asked.advanced.soft_phase_clipping:
        yield "environment.advanced.soft_phase_clipping"
    if asked.reward.eoe_type == "time" and (file.Horizon or asked.simulation.horizon):
        yield "Horizon"
    if asked.advanced.learning_std:
        yield "environment.advanced.learning_std"
    if asked.motion.height_calibration.enabled:
        yield "environment.motion.height_calibration"
    if asked.muscle and asked.muscle.pose_optimization.enabled:  # of an episode's first pose
        yield "environment.muscle.pose_optimization"
    for name, bounds in _ranges(asked.parameters, path):
        if bounds.sampling is not None:
            yield f"environment.parameters.{name}.sampling"
        if bounds.max > bounds.min and not _slider(name, bounds):
            yield f"the range of environment.parameters.{name}"


def _reward(reward: Reward, stride: float) -> dict[str, Any]:
    if reward.type != "gaitnet":
        return {"type": reward.type, **IMITATION}
    terms, cost = reward.locomotion, reward.metabolic
    step = terms.step.weight if terms.step_weight is None else terms.step_weight
    energy: dict[str, Any] = cost.model_dump(exclude={"torque"})
    if cost.torque and cost.torque.coeff > 0:
        energy["torque"] = {"coefficient": cost.torque.coeff, "separate": cost.torque.separate}
    return gait_reward(
        stride=stride * NOMINAL_STRIDE,
        head=(terms.head_linear_acc_weight, terms.head_rot_weight),
        speed={
            "weight": terms.avg_vel.weight
            if terms.avg_vel_weight is None
            else terms.avg_vel_weight,
            "clip": terms.avg_vel.clip,
            "window": terms.avg_vel.window_mult,
            "consider_x": terms.avg_vel.consider_x,
        },
        step=(step, terms.step.clip),
        energy=energy,
    )


def _ranges(tree: dict[str, Any], path: Path, prefix: str = "") -> list[tuple[str, Range]]:
    """Every parameter by its dotted name, in the file's order; left and right of a `name:` group apart."""
    found: list[tuple[str, Range]] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        where = f"{path}: environment.parameters.{name}"
        if not isinstance(value, dict):
            raise ConfigError(f"{where}: min and max are wanted")
        if "min" in value or "max" in value:
            bounds = validate(value, where, Range, ConfigError)
            if not bounds.min <= bounds.start() <= bounds.max:
                raise ConfigError(f"{where}: default {bounds.start():g} is not within min and max")
            found.append((name, bounds))
        else:
            found += _ranges(value, path, f"{name}.")
    return found


def _sliders(found: list[tuple[str, Range]]) -> dict[str, list[float]]:
    """Ranges of the viewer's sliders, as the project calls them; the widest of several bones or muscles."""
    bounds: dict[str, list[float]] = {}
    for name, one in found:
        slider = _slider(name, one)
        if slider and one.max > one.min:
            low, high = bounds.get(slider, [one.min, one.max])
            bounds[slider] = [min(low, one.min), max(high, one.max)]
    return bounds


def _slider(name: str, bounds: Range) -> str | None:
    """What a parameter's range is called in the project."""
    if bounds.min < 0:
        return None
    return next((called for start, called in SLIDERS.items() if name.startswith(start)), None)


def _neutral(name: str) -> float:
    """What a parameter is where it changes nothing: an angle of torsion 0, a factor 1."""
    return 0.0 if name.startswith("torsion") else 1.0


def _parameters(tree: dict[str, Any], path: Path) -> dict[str, float]:
    """Their values at first. ConfigError for one that is not 1 and cannot be followed."""
    values = {name: bounds.start(_neutral(name)) for name, bounds in _ranges(tree, path)}
    for name, value in values.items():
        neutral = _neutral(name)
        if name not in ("gait.stride", "gait.cadence") and abs(value - neutral) > 1e-9:
            raise ConfigError(
                f"{path}: environment.parameters.{name}: default {value:g} cannot be followed; "
                f"set it to {neutral:g}"
            )
        if name == "gait.cadence" and value <= 0:
            raise ConfigError(f"{path}: environment.parameters.{name}: must be positive")
    return values
