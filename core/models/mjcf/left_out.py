"""What an MjModel's file asks of the simulation beside what is simulated, a line each.

Fields and their meaning: MuJoCo's documentation, mjModel and mjOption.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from typing import Any

import numpy as np

from ..gravity import other_gravity
from ..pose import matrix_of
from .muscles import muscle_actuators
from .skeleton import joint_name

DOWN = np.array([0.0, 0.0, -1.0])
LEVEL = 1e-6


def ignored(model: Any, ground: int | None) -> list[str]:
    """Of the options, the ground, joints, bodies and muscles. ground: the plane that characters stand on."""
    return [*_options(model), *_ground(model, ground), *_joints(model), *_muscles(model)]


def _options(model: Any) -> Iterator[str]:
    flags = int(model.opt.disableflags)
    off = import_module("mujoco").mjtDisableBit
    gravity = np.zeros(3) if flags & off.mjDSBL_GRAVITY else np.array(model.opt.gravity)
    yield from other_gravity(gravity, DOWN)
    if model.opt.density or model.opt.viscosity:
        yield "option: the medium's density and viscosity"
    for bit, what in (
        (off.mjDSBL_CONSTRAINT, "constraint"),
        (off.mjDSBL_SPRING, "spring"),
        (off.mjDSBL_DAMPER, "damper"),
        (off.mjDSBL_LIMIT, "limit"),
        (off.mjDSBL_CONTACT, "contact"),
        (off.mjDSBL_ACTUATION, "actuation"),
        (off.mjDSBL_EQUALITY, "equality"),
    ):
        if flags & bit:
            yield f'option: flag {what}="disable"'
    if model.opt.disableactuator:
        yield "option: its disabled groups of actuators act"


def _ground(model: Any, ground: int | None) -> Iterator[str]:
    for g in range(model.ngeom):
        fixed = int(model.body_weldid[model.geom_bodyid[g]]) == 0 and g != ground
        if fixed and (model.geom_contype[g] or model.geom_conaffinity[g]):
            yield f"geom '{_name(model, g)}': of the world; nothing touches it"
    if ground is None:
        return
    normal = matrix_of(model.geom_quat[ground])[:, 2]
    if abs(float(normal @ model.geom_pos[ground])) > LEVEL or not np.allclose(
        normal, -DOWN, atol=LEVEL
    ):
        yield f"geom '{_name(model, ground)}': the ground is level and at height 0 instead"


def _name(model: Any, geom: int) -> str:
    return model.geom(geom).name or f"number {geom}"


def _joints(model: Any) -> Iterator[str]:
    for j in range(model.njnt):
        dof = int(model.jnt_dofadr[j])
        has = [
            what
            for what, given in (
                ("friction", model.dof_frictionloss[dof] > 0),
                ("limits of forces", model.jnt_actfrclimited[j]),
                ("nonlinear stiffness", np.any(_polynomial(model, "jnt_stiffness", j))),
                ("nonlinear damping", np.any(_polynomial(model, "dof_damping", dof))),
            )
            if given
        ]
        if has:
            yield f"joint '{joint_name(model, j)}': its {', '.join(has)}"
    for body in np.flatnonzero(model.body_gravcomp):
        yield f"body '{model.body(body).name}': its compensation of gravity"


def _polynomial(model: Any, field: str, index: int) -> Any:
    """The coefficients beyond the linear one, which older versions of MuJoCo do not have."""
    return getattr(model, f"{field}poly", np.zeros((index + 1, 1)))[index]


def _muscles(model: Any) -> Iterator[str]:
    delays = getattr(model, "actuator_delay", np.zeros(model.nu))
    for k in muscle_actuators(model):
        low, high = model.actuator_ctrlrange[k]
        has = [
            what
            for what, given in (
                ("limit of force", model.actuator_forcelimited[k]),
                ("range of control", model.actuator_ctrllimited[k] and (low > 0 or high < 1)),
                ("delay", np.any(delays[k])),
            )
            if given
        ]
        if has:
            yield f"muscle '{model.actuator(k).name or f'actuator_{k}'}': its {', '.join(has)}"
