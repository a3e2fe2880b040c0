"""Converts a validated configuration to the core's settings: resolves names and the motion's defaults."""

from __future__ import annotations

import math
import re
from collections.abc import Container

from .. import _core
from ..errors import ConfigError
from ..readers.character import Character
from ..readers.motion import Motion
from ..readers.text import suggestion
from .environment_config import EnvironmentConfig, ObservedParameter
from .norm_bands import HEEL_STRIKES, force_bands, moment_bands
from .parameters import core_parameters, parameter_info
from .rewards import GaitNetReward, ImitationReward, Step

FEET = (("calcn_r", "calcn_l"), ("talus_r", "talus_l"), ("TalusR", "TalusL"), ("foot_r", "foot_l"))
"""Known names of the feet, right and left."""
SIDES = {"L": "R", "R": "L", "l": "r", "r": "l"}
SIDE = re.compile(r"(?<![A-Za-z])[LRlr](?![A-Za-z])")
"""A side's mark as a separate word of a parameter's name."""
LOWER_DOFS = 18
"""Number of dofs after the root's that muscles alone drive under mass_lower: the two legs of MASS."""


def task_settings(
    config: EnvironmentConfig, character: Character, motion: Motion
) -> _core.TaskSettings:
    """The C++ settings of a validated configuration.

    ConfigError names the body, event or parameter that the character or the motion does not have.
    """
    settings = _core.TaskSettings()
    settings.sim_hz = config.simulation.sim_hz
    settings.control_hz = config.simulation.control_hz
    settings.inference_every = config.simulation.inference_every
    settings.gravity = config.simulation.gravity
    settings.slope = math.radians(config.simulation.slope)
    settings.actuator = "muscle" if config.infers else config.actuator
    settings.pd_dofs = _pd_dofs(config, character)
    settings.network_active_only = config.muscles.network_torque == "active_only"
    settings.network_sees_pd_dofs = config.muscles.network_dofs == "all"
    settings.reduction_threshold = character.reduction_threshold
    settings.observation = _core.ObservationSettings(
        config.observation.type,
        config.observation.motion_phase,
        config.observation.joint_state,
        *_observed(config),
    )
    settings.observation.leading_parameters = config.observation.leading_parameters
    settings.observation.references = config.observation.references
    settings.observation.reference_velocity = config.observation.reference_velocity
    settings.symmetric = bool(config.symmetry)
    settings.mirrors_by_motion = config.symmetry == "by_motion"
    settings.rigid_ground = config.simulation.contact != "compliant"
    settings.hard_limits = config.simulation.joint_limits == "hard" and config.engine == "dart"
    settings.gaitnet_pd = config.action.stable_pd == "gaitnet"
    settings.action_scale = config.action.scale
    settings.added_action = config.action.rotation == "added"
    settings.torque_scale = config.action.torque_scale
    settings.network_weights = config.action.network_weights
    settings.moving_target = config.action.target == "moving"
    settings.interpolates_actions = config.action.interpolation == "linear"
    settings.phase_action = config.action.phase
    settings.phase_scale = config.action.phase_scale
    settings.time_warp = config.action.time_warp
    settings.phase_clipping = config.action.phase_clipping
    settings.reward_type = config.reward.type
    if isinstance(config.reward, GaitNetReward):
        _set_gait(settings, config.reward, character, motion)
    else:
        terms = (getattr(config.reward, name) for name in _core.REWARD_NAMES)
        settings.reward = [_core.RewardTerm(term.weight, term.scale) for term in terms]
        settings.moment_bands = moment_bands(config.reward.moment, character, motion)
        settings.force_bands = force_bands(config.reward.ground_force, character, motion)
    if config.reward_clip is not None:
        settings.reward_clip_steps = config.reward_clip.steps
        settings.reward_clip = config.reward_clip.value
    settings.min_root_height = config.termination.root_height
    settings.min_com_height = config.termination.com_height
    settings.min_com_share = config.termination.com_share
    settings.max_tilt = config.termination.max_tilt or 0.0
    settings.max_time = config.episode.max_time
    settings.transition = config.episode.transition
    settings.random_phase = config.reset.random_phase
    settings.reset_phases = config.reset.phases
    settings.reset_phase_spread = config.reset.phase_spread
    settings.reset_noise = config.reset.noise
    settings.reset_forward_velocity = config.reset.velocity == "forward"
    settings.reset_fitted = config.reset.pose == "fitted"
    settings.reset_motion_at_zero = config.reset.motion_phase == "zero"
    if config.disturbance is not None:
        pushed = config.disturbance.body
        settings.disturbance = _core.DisturbanceSettings(
            0 if pushed is None else _body(character, pushed, "disturbance.body"),
            (config.disturbance.force[0], config.disturbance.force[1]),
            (config.disturbance.interval[0], config.disturbance.interval[1]),
            config.disturbance.duration,
        )
    settings.parameters = _parameters(config, character, motion)
    return settings


def _parameters(
    config: EnvironmentConfig, character: Character, motion: Motion
) -> list[_core.Parameter]:
    """The parameters of the episodes. ConfigError names one that this environment cannot have."""
    free = character.bodies[0].joint.type == "free"
    for name, parameter in config.parameters.items():
        where = f"environment: parameters.{name}: {parameter.acts_on}"
        if parameter.acts_on == "push_force" and config.disturbance is None:
            raise ConfigError(f"{where} needs pushes; add disturbance:")
        if parameter.acts_on in ("stride", "speed") and not (free and motion.cyclic):
            raise ConfigError(f"{where} needs a free root and a cyclic motion; drop it")
    infos = parameter_info(config.parameters, character)
    return core_parameters(config.parameters, infos, own_speed(config.reward, motion))


def own_speed(reward: ImitationReward | GaitNetReward, motion: Motion) -> float:
    """The walking speed that the reward asks for, or else the motion's, m/s."""
    speed = stride = None
    if isinstance(reward, GaitNetReward):
        speed, stride = reward.speed, reward.stride
    if speed is not None:
        return speed
    return (float(motion.cycle_translation[2]) if stride is None else stride) / motion.duration


def _observed(
    config: EnvironmentConfig,
) -> tuple[list[_core.ObservedParameter], list[_core.ObservedParameter]]:
    """The observation's own parameters, and the same with the two sides exchanged."""
    drawn = list(config.parameters)
    entries: list[_core.ObservedParameter] = []
    for parameter in config.observation.parameters:
        source = -1
        if parameter.parameter is not None:
            if parameter.parameter not in drawn:
                raise ConfigError(
                    f"environment: observation.parameters: {parameter.name}: parameter "
                    f"'{parameter.parameter}' does not exist; {suggestion(parameter.parameter, drawn)}"
                )
            source = drawn.index(parameter.parameter)
        entry = _core.ObservedParameter(parameter.value, source, parameter.scale, parameter.offset)
        entries.append(entry)
    places = {parameter.name: k for k, parameter in enumerate(config.observation.parameters)}
    mirrored = [
        entries[places[_other_side(parameter, places)]]
        for parameter in config.observation.parameters
    ]
    return entries, mirrored


def _other_side(parameter: ObservedParameter, names: Container[str]) -> str:
    """The name of the parameter of the other side, or its own."""
    words = SIDE.sub(lambda found: SIDES[found.group()], parameter.name)
    end = parameter.name[:-1] + SIDES.get(parameter.name[-1:], parameter.name[-1:])
    counterpart = words if words != parameter.name else end
    return counterpart if counterpart in names else parameter.name


def _pd_dofs(config: EnvironmentConfig, character: Character) -> list[bool]:
    """The dofs that stable PD drives in addition to muscles; empty for the core's default."""
    if config.actuator not in ("mass", "mass_lower"):
        return []
    names = character.dof_names
    root = 6 if character.bodies[0].joint.type == "free" else 0
    if config.actuator == "mass":
        return [False] * len(names)
    if len(names) < root + LOWER_DOFS:
        raise ConfigError(
            f"environment: actuator: mass_lower needs a character with {LOWER_DOFS} leg dofs after "
            f"the root's; {character.name} has {len(names) - root} joint dofs in all; use muscle"
        )
    return [dof >= root + LOWER_DOFS for dof in range(len(names))]


def _set_gait(
    settings: _core.TaskSettings, reward: GaitNetReward, character: Character, motion: Motion
) -> None:
    """Set the gaitnet reward, and the cadence that follows from its speed and stride."""
    if not motion.cyclic:
        raise ConfigError(
            f"environment: reward.type: gaitnet needs a cyclic motion, and {motion.name} is not cyclic"
        )
    duration = motion.duration
    advance = float(motion.cycle_translation[2])
    speed, stride = reward.speed, reward.stride
    if speed is None:
        speed = (advance if stride is None else stride) / duration
    if stride is None:
        stride = advance if reward.speed is None else speed * duration
    if (speed == 0) != (stride == 0):
        raise ConfigError(
            f"environment: reward.stride: {stride:g} m contradicts a speed of {speed:g} m/s; "
            "give both, or one of them (the motion's cadence determines the other)"
        )
    period = stride / speed if speed > 0 else duration
    settings.cadence = duration / period

    gait = _core.GaitNetSettings()
    gait.speed, gait.stride = speed, stride
    gait.window = max(1, round(reward.average_speed.window * period * settings.control_hz))
    gait.head = _head(character, reward.head.body)
    gait.head_acceleration_weight = reward.head.acceleration_weight
    gait.head_rotation_weight = reward.head.rotation_weight
    gait.speed_weight = reward.average_speed.weight
    gait.speed_clip = reward.average_speed.clip
    gait.consider_x = reward.average_speed.consider_x
    gait.feet = _feet(character, reward.step)
    gait.heel_strikes = _heel_strikes(motion, reward.step)
    gait.step_weight, gait.step_clip = reward.step.weight, reward.step.clip
    gait.footholds = reward.step.footholds
    gait.contact_debounce = reward.step.contact_debounce
    gait.least_step = reward.step.least_step
    gait.strikes_at_heel = reward.step.strikes == "ankle"
    gait.gaitnet_terms = reward.terms == "gaitnet"
    energy = reward.energy
    gait.multiplicative = energy.multiplicative
    gait.energy_type = energy.type
    gait.energy_weight, gait.energy_scale = energy.weight, energy.scale
    gait.specific_tension = energy.specific_tension
    if energy.torque is not None:
        gait.torque_coefficient = energy.torque.coefficient
        gait.torque_separate = energy.torque.separate
    settings.gait = gait


def _body(character: Character, name: str, field: str) -> int:
    names = [body.name for body in character.bodies]
    if name not in names:
        raise ConfigError(
            f"environment: {field}: {character.name} has no body '{name}'; "
            f"{suggestion(name, names)}"
        )
    return names.index(name)


def _head(character: Character, name: str | None) -> int:
    if name is not None:
        return _body(character, name, "reward.head.body")
    for i, body in enumerate(character.bodies):
        if body.name.lower() == "head":
            return i
    raise ConfigError(
        f"environment: reward.head.body: {character.name} has no body called head; name one of "
        + ", ".join(body.name for body in character.bodies)
    )


def _feet(character: Character, step: Step) -> list[int]:
    if step.feet is not None:
        return [
            _body(character, name, f"reward.step.feet[{i}]") for i, name in enumerate(step.feet)
        ]
    names = [body.name for body in character.bodies]
    for right, left in FEET:
        if right in names and left in names:
            return [names.index(right), names.index(left)]
    raise ConfigError(
        f"environment: reward.step.feet: the names of {character.name}'s feet are unknown; "
        f"give [right, left] of {', '.join(names)}"
    )


def _heel_strikes(motion: Motion, step: Step) -> list[float]:
    if step.heel_strikes is not None:
        return list(step.heel_strikes)
    missing = [name for name in HEEL_STRIKES if name not in motion.events]
    if missing:
        raise ConfigError(
            f"environment: reward.step.heel_strikes: the motion {motion.name} has no event "
            f"{missing[0]}; give the phases [right, left] at which the feet strike, in [0, 1)"
        )
    return [motion.events[name] for name in HEEL_STRIKES]
