"""Names of each entry of an observation and of an action, in the order of core/src/environment/observation.hpp."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .configuration import EnvironmentConfig
    from .frame import ModelInfo

AXES = ("x", "y", "z")
ROWS = tuple(f"{row}{column}" for row in "xy" for column in AXES)
"""Names of the first two rows of a rotation matrix."""


def action_names(config: EnvironmentConfig, info: ModelInfo) -> list[str]:
    """Name of each entry of an action: muscles or joint dofs, the phase's rate, a cascade's weights."""
    motors = info.muscle_names if config.actuator == "activation" else _joints(info)
    phase = ["phase rate"] if config.action.phase else []
    return [*motors, *phase, *(f"network {k} weight" for k in range(config.action.network_weights))]


def observation_names(config: EnvironmentConfig, info: ModelInfo, size: int) -> list[str]:
    """Name of each entry of an observation; numbers if its size is not that of the names."""
    kinds = {
        "default": _default,
        "mass": _mass,
        "gaitnet": _gaitnet,
        "generative": _generative,
        "imitation": _imitation,
        "state": _state,
    }
    names = kinds[config.observation.type](config, info)
    names += [f"clip {name}" for name in info.clip_names]
    names += [f"parameter {name}" for name, one in config.parameters.items() if one.observed]
    return names if len(names) == size else [str(k) for k in range(size)]


def _joints(info: ModelInfo) -> list[str]:
    return info.joint_names


def _of(what: str, parts: tuple[str, ...] = AXES) -> list[str]:
    return [f"{what} {part}" for part in parts]


def _each(bodies: list[str], what: str, parts: tuple[str, ...] = AXES) -> list[str]:
    return [name for body in bodies for name in _of(f"{body} {what}", parts)]


ROOT = [
    "root height",
    *(f"root rotation {row}" for row in ROWS),
    *(f"root velocity {axis}" for axis in AXES),
    *(f"root 0.1 angular velocity {axis}" for axis in AXES),
]


def _state(_: EnvironmentConfig, info: ModelInfo) -> list[str]:
    joints, muscles = _joints(info), info.muscle_names
    of_muscles = ("activation", "fibre length", "0.1 fibre velocity", "force")
    return [
        *(ROOT if info.root_dofs == 6 else []),
        *joints,
        *(f"{name} 0.1 velocity" for name in joints),
        *(f"{muscle} {what}" for what in of_muscles for muscle in muscles),
    ]


def _default(config: EnvironmentConfig, info: ModelInfo) -> list[str]:
    joints = _joints(info)
    return [
        *ROOT,
        *(
            name
            for body in info.body_names[1:]
            for name in (*_of(f"{body} position"), *_of(f"{body} velocity"))
        ),
        *joints,
        *(f"{name} 0.1 velocity" for name in joints),
        "sine of the phase",
        "cosine of the phase",
        *(GAIT if config.reward.type == "gaitnet" else []),
    ]


GAIT = ["next foothold", "lateral velocity", "forward velocity minus the desired"]
"""Names of the entries that the gaitnet reward adds."""


def _mass(_: EnvironmentConfig, info: ModelInfo) -> list[str]:
    others = info.body_names[1:]
    return [
        *_each(others, "0.8 position"),
        *_each([*others, info.body_names[0]], "0.2 velocity"),
        "phase",
    ]


def _positions(bodies: list[str], of: str = "") -> list[str]:
    return [*_each(bodies, f"{of}position"), *_each(bodies, f"{of}rotation", ROWS)]


def _velocities(bodies: list[str], scale: str, of: str = "") -> list[str]:
    return [
        *_each(bodies, f"{of}velocity"),
        *_of(f"{of}velocity"),
        *_each(bodies, f"{of}{scale} angular velocity"),
    ]


def _generative(config: EnvironmentConfig, info: ModelInfo) -> list[str]:
    bodies, joints, observed = info.body_names, _joints(info), config.observation
    can = ("passive torque", "largest negative torque", "largest positive torque")
    names = [parameter.name for parameter in observed.parameters]
    return [
        "height over 0.98 m",
        *_positions(bodies),
        *_velocities(bodies, "0.2"),
        "phase",
        *(f"{joint} {what}" for what in can for joint in joints if observed.joint_state),
        *names[: observed.leading_parameters],
        *(["clock's phase"] if observed.motion_phase else []),
        *_of("next foothold"),
        *names[observed.leading_parameters :],
    ]


def _imitation(config: EnvironmentConfig, info: ModelInfo) -> list[str]:
    bodies, observed = info.body_names, config.observation
    ahead = []
    for step in range(1, observed.references + 1):
        ahead += _positions(bodies, f"reference {step} ")
        if observed.reference_velocity:
            ahead += _velocities(bodies, "0.1", f"reference {step} ")
    columns = tuple(f"{axis}{column}" for column in "xy" for axis in AXES)
    return [
        *_positions(bodies),
        *_velocities(bodies, "0.1"),
        *ahead,
        *_of("root position minus the reference"),
        *_of("root rotation from the reference", columns),
    ]


def _gaitnet(config: EnvironmentConfig, info: ModelInfo) -> list[str]:
    bodies, joints, observed = info.body_names, _joints(info), config.observation
    torques = ("largest negative torque", "largest positive torque", "passive torque")
    return [
        *_of("centre of mass"),
        *_positions(bodies),
        *_velocities(bodies, "0.1"),
        "clock's phase",
        *(["phase"] if observed.motion_phase else []),
        *(GAIT[:1] if config.reward.type == "gaitnet" else []),
        *(f"{joint} {what}" for what in torques for joint in joints if observed.joint_state),
        *(parameter.name for parameter in observed.parameters),
    ]
