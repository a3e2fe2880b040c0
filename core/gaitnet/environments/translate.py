"""From the keys of a GaitNet's environment to the project's tree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ..characters.assemble import read_gaitnet_character, read_nodes
from ..conventions import Generation
from ..source import GaitNetCharacter
from .cascading import find_cascade
from .environment import (
    NOMINAL_STRIDE,
    START,
    environment,
    find_file,
    flat,
    gait_reward,
    named_walk,
    not_used,
)
from .environment_keys import Cascading, Environment, File, Reward
from .parameters import Parameters
from .stride import stride_of_motion

IMITATION = {
    "pose": {"weight": 0.65, "scale": 20.0},
    "velocity": {"weight": 0.1, "scale": 10.0},
    "end_effector": {"weight": 0.45, "scale": 40.0},
    "center_of_mass": {"weight": 0.1, "scale": 10.0},
    "metabolic": {"weight": 0.2, "scale": 4.0},
}
"""The fork's weights and scales of `deepmimic` and `scadiver`; the metabolic scale is the project's."""
LATER_START = {"phases": [0.0, 0.5], "phase_spread": 0.1}
"""Of the fork of 2026."""
LATER_STEP = 0.3
"""Of a stride: the least step that counts as one, in 2026; before, half of one."""
MUSCLED = ("muscle", "mass", "mass_lower")


def project_tree(file: File, path: Path, generation: Generation) -> dict[str, Any]:
    """The project's environment tree.

    ConfigError names a key that cannot be honoured; what has no bearing here is logged by name.
    """
    asked = file.environment
    for key, is_asked, remedy in _beyond(asked, file):
        if is_asked:
            raise ConfigError(f"{path}: environment.{key}: cannot be done here; {remedy}")
    # The networks of a cascade are told of bodies as far as their ranges go: theirs is the file's own body.
    character = _character(asked, path, generation)
    has_cascade = _named_cascade(asked, file) is not None
    parameters = Parameters(asked.parameters, path, None if has_cascade else _Body(character))
    not_trained = list(_of_training(asked, file, generation))
    cascade = _cascade(asked, file, path, parameters, generation)
    if isinstance(cascade, str):
        not_trained.append(cascade)
        cascade = None
    not_used(path, [*_without_bearing(asked, file), *not_trained, *parameters.without_effect()])
    if asked.ground:
        flat(find_file(asked.ground.file, path, "environment.ground.file"), path)
    later = generation == "head"
    simulation, advanced = asked.simulation, asked.advanced
    warps = asked.action.time_warping > 0
    motion_file = find_file(asked.motion.file, path, "environment.motion.file")
    nominal = NOMINAL_STRIDE
    if asked.motion.get_stride_from_motion:
        nominal = stride_of_motion(Path(motion_file), path)
    return environment(
        character=character,
        motion={
            "generation": generation,
            "file": motion_file,
            "cyclic": asked.motion.cyclic,
            "scale": asked.motion.scale,
            "cadence": parameters.cadence,
            "height_calibration": True,
            "walk_edits": named_walk(motion_file),
            "symmetric": asked.motion.symmetry,
        },
        actuator=asked.skeleton.actuator,
        rates=(
            simulation.sim_hz,
            simulation.control_hz,
            1 if later else simulation.inference_per_sim,
        ),
        action_scale=asked.action.scale,
        time_warping=asked.action.time_warping if warps else None,
        time_warp="absolute" if generation == "bgn" else "rate",
        clipping="hard"
        if later or advanced.hard_phase_clipping
        else "soft"
        if advanced.soft_phase_clipping
        else "none",
        symmetry=_symmetry(asked, later),
        reward=_reward(asked, parameters.stride * nominal, generation),
        reward_clip=_reward_clip(asked.reward),
        seconds=_seconds(asked, file, later),
        observation=_observation(asked, parameters, warps, later),
        termination={"com_share": 0.6} if later else None,
        reset=_reset(asked, later),
        muscles={
            "force_velocity": bool(asked.muscle and asked.muscle.use_velocity_force),
            # The later fork asks its network for no torque where stable PD drives.
            "network_dofs": "driven" if later else "all",
        },
        ranges=parameters.sliders(),
        parameters=parameters.drawn(),
        not_trained=not_trained + (["cascading"] if cascade else []),
        cascade=cascade,
    )


class _Body:
    """The names of a character's bodies and muscles, read where they are needed."""

    def __init__(self, character: dict[str, Any]) -> None:
        self._source = {key: value for key, value in character.items() if value is not None}

    @cached_property
    def bodies(self) -> set[str]:
        return {node.name for node in read_nodes(Path(self._source["skeleton"]))}

    @cached_property
    def muscles(self) -> set[str]:
        read = read_gaitnet_character(GaitNetCharacter.model_validate(self._source))
        return {muscle.name for muscle in read.muscles}


def _named_cascade(asked: Environment, file: File) -> Cascading | None:
    return next((c for c in (asked.cascading, file.cascading) if isinstance(c, Cascading)), None)


def _cascade(
    asked: Environment, file: File, path: Path, parameters: Parameters, generation: Generation
) -> dict[str, Any] | str | None:
    """The networks that drive beside the checkpoint's own, which file is not there, or none."""
    named = _named_cascade(asked, file)
    if named is None:
        return None
    return find_cascade(
        named,
        parameters,
        path,
        normalised=asked.advanced.use_normalized_param_state and generation != "head",
        pass_through=generation != "bgn",
    )


def _character(asked: Environment, path: Path, generation: Generation) -> dict[str, Any]:
    character: dict[str, Any] = {
        "generation": generation,
        "skeleton": find_file(asked.skeleton.file, path, "environment.skeleton.file"),
        "kp": asked.skeleton.kp if generation == "bgn" else None,
        "kv": asked.skeleton.kv if generation == "bgn" else None,
    }
    if asked.muscle:
        character["muscles"] = find_file(asked.muscle.file, path, "environment.muscle.file")
        if asked.muscle.clip_lm_norm:
            character["passive_limit"] = float(asked.muscle.clip_lm_norm)
    elif asked.skeleton.actuator in MUSCLED:
        raise ConfigError(
            f"{path}: environment.muscle: missing, and actuator is {asked.skeleton.actuator}; add it"
        )
    return character


def _symmetry(asked: Environment, later: bool) -> bool | str:
    """Whether the mirror image acts past half of the cycle; of the later fork by the motion's phase."""
    if later:
        return "by_motion" if asked.motion.use_mirror else False
    return asked.advanced.enforce_symmetry


def _seconds(asked: Environment, file: File, later: bool) -> float:
    """How long an episode lasts."""
    if asked.reward.eoe_type == "time" and not later:
        return 10.0
    horizon = file.Horizon or asked.simulation.horizon or asked.Horizon
    return horizon / asked.simulation.control_hz


def _reset(asked: Environment, later: bool) -> dict[str, Any]:
    if asked.reward.type != "gaitnet":
        return {"random_phase": True}
    return LATER_START if later else START


def _observation(
    asked: Environment, parameters: Parameters, warps: bool, later: bool
) -> dict[str, Any]:
    if later and asked.reward.type != "gaitnet":
        return {
            "type": "imitation",
            "references": asked.reward.num_ref_in_state,
            "reference_velocity": asked.reward.include_ref_velocity,
        }
    joint_state = later or bool(asked.muscle and asked.muscle.use_joint_state)
    normalised = asked.advanced.use_normalized_param_state and not later
    return {
        "type": "gaitnet",
        "motion_phase": warps,
        "joint_state": joint_state,
        "parameters": parameters.observed(normalised),
    }


def _reward(asked: Environment, stride: float, generation: Generation) -> dict[str, Any]:
    reward = asked.reward
    if reward.type != "gaitnet":
        return {"type": reward.type, **IMITATION}
    terms, cost = reward.locomotion, reward.metabolic
    later = generation == "head"
    speed, step, torque = terms.speed_term, terms.step_term, cost.torque
    energy: dict[str, Any] = {
        "type": "A" if cost.type == "LEGACY" else cost.type,
        "weight": cost.weight,
        "scale": cost.scale,
        "multiplicative": cost.multiplicative,
    }
    coefficient = torque.coeff or cost.torque_coeff
    if coefficient > 0:
        energy["torque"] = {"coefficient": coefficient, "separate": torque.separate}
    least = asked.action.step_min_ratio
    return gait_reward(
        stride=stride,
        head=(terms.head_linear_acc_weight, terms.head_rot_weight),
        speed={
            "weight": speed.weight,
            "clip": max(speed.clip, 0.0),
            "window": speed.window_mult,
            "consider_x": speed.consider_x,
        },
        step={
            "weight": step.weight,
            "clip": step.clip,
            "footholds": asked.action.gait_phase_mode,
            "contact_debounce": asked.action.contact_debounce_alpha,
            "least_step": least if least is not None else LATER_STEP if later else 0.5,
            "strikes": "ankle" if later else "lowest_corner",
        },
        energy=energy,
    )


def _reward_clip(reward: Reward) -> dict[str, Any] | None:
    clip = reward.clip
    return {"steps": clip.step, "value": abs(clip.value)} if clip.step > 0 else None


def _beyond(asked: Environment, file: File) -> Iterator[tuple[str, bool, str]]:
    """Keys whose other values cannot be honoured: whether they have one, and what to do."""
    muscle, reward, advanced = asked.muscle, asked.reward, asked.advanced
    suffix, known = Path(asked.motion.file).suffix.lower(), asked.motion.suffixes
    yield (
        "motion.type",
        suffix not in known or not set(known) & {".h5", ".bvh", ".npz"},
        f"its file ends in '{suffix[:9]}', and .h5, .bvh and .npz files are read, as their type says",
    )
    if muscle:
        yield "muscle.mesh_lbs_weight", muscle.mesh_lbs_weight, "set it to false"
    yield "motion.local_state", asked.motion.local_state, "set it to false"
    yield "action.residual", not asked.action.residual, "set it to true"
    for name in ("torque_clipping", "include_jtp_in_spd"):
        yield f"advanced.{name}", getattr(advanced, name), "set it to false"
    steps = reward.locomotion
    twice = steps.step_weight is not None and steps.step is not None
    yield "reward.locomotion.step_weight", twice, "step.weight says it too: keep one of them"
    twice = steps.avg_vel_weight is not None and steps.avg_vel is not None
    yield "reward.locomotion.avg_vel_weight", twice, "avg_vel.weight says it too: keep one of them"


def _of_training(asked: Environment, file: File, generation: Generation) -> Iterator[str]:
    """What is asked of training alone and not done here: a trainer must know of it."""
    reward, terms = asked.reward, asked.reward.locomotion
    if reward.type != "gaitnet":
        if generation == "head":
            yield f"reward.type: {reward.type} as summed there"
        return
    if terms.dragX.use or terms.drag_x:
        yield "reward.locomotion.dragX"
    if terms.phase.use:
        yield "reward.locomotion.phase"
    for name in ("use", "termination", "use_max"):
        if getattr(reward.knee_pain, name):
            yield f"reward.knee_pain.{name}"
    if reward.terminated != 0:
        yield "reward.terminated"
    if asked.discriminator.enabled:
        yield "discriminator"
    if asked.noise_injection.file is not None:
        yield "noise_injection.file"
    if file.train.get("curriculum"):
        yield "train.curriculum"


def _without_bearing(asked: Environment, file: File) -> Iterator[str]:
    """Keys that say nothing about this simulation, whose episodes all begin with the defaults."""
    for tree in ("training", "args", "train"):
        yield from (f"{tree}.{name}" for name in getattr(file, tree) if name != "curriculum")
    if asked.reward.type != "gaitnet":  # their imitation rewards know neither
        for name in sorted({"metabolic", "locomotion"} & asked.reward.model_fields_set):
            yield f"reward.{name}"
    if asked.advanced.hard_phase_clipping and asked.advanced.soft_phase_clipping:
        yield "advanced.soft_phase_clipping"
    if asked.reward.eoe_type == "time" and (file.Horizon or asked.simulation.horizon):
        yield "Horizon"
    for name in ("learning_std", "stance_learning"):
        if getattr(asked.advanced, name):
            yield f"advanced.{name}"
    if asked.skeleton.self_collide:
        yield "skeleton.self_collide"
    if asked.skeleton.damping is not None:  # 0.4 at every joint, as there
        yield "skeleton.damping"
    if asked.simulation.zero_ankle0_on_reset:
        yield "simulation.zero_ankle0_on_reset"
    if asked.muscle and asked.muscle.pose_optimization.enabled:  # of an episode's first pose
        yield "muscle.pose_optimization"
