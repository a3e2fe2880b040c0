"""MuJoCo's muscles: actuators of type muscle on spatial tendons.

Their fields and formulas: MuJoCo's documentation, "Muscle actuators", and mjModel (actuator_*).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ModelError
from ..character import ActivationDynamics, MujocoCurves, Muscle
from .tendons import Tendons

MUSCLE_DYNAMICS, MUSCLE_GAIN, MUSCLE_BIAS, ON_TENDON = 4, 2, 2, 3
"""Of mjtDyn, mjtGain, mjtBias and mjtTrn."""
KINDS = ("actuator_dyntype", "actuator_gaintype", "actuator_biastype", "actuator_trntype")


def muscles_of(model: Any, tendons: Tendons) -> list[Muscle]:
    """The muscles of a compiled MjModel, in its order, on the bodies of `tendons`.

    Raises ModelError, one line, for an actuator that is no muscle on a spatial tendon.
    """
    return [_muscle(model, tendons, k) for k in range(model.nu)]


def _muscle(model: Any, tendons: Tendons, k: int) -> Muscle:
    name = model.actuator(k).name or f"actuator_{k}"
    kinds = tuple(int(getattr(model, kind)[k]) for kind in KINDS)
    if kinds != (MUSCLE_DYNAMICS, MUSCLE_GAIN, MUSCLE_BIAS, ON_TENDON):
        raise ModelError(f"actuator '{name}': not a muscle on a tendon; remove it")
    tendon = int(model.actuator_trnid[k, 0])
    path = tendons.paths.get(model.tendon(tendon).name or f"tendon_{tendon}")
    if path is None:
        raise ModelError(f"actuator '{name}': its tendon is not spatial; use a spatial one")
    if model.actuator_gear[k, 0] != 1:
        raise ModelError(
            f"actuator '{name}': its gear is {model.actuator_gear[k, 0]:g}; 1 is expected"
        )
    gain, bias = model.actuator_gainprm[k, :9], model.actuator_biasprm[k, :9]
    if not np.array_equal(gain, bias):
        raise ModelError(f"actuator '{name}': gainprm and biasprm differ; make them equal")
    shortest_range, longest_range, force, scale, lmin, lmax, vmax, fpmax, fvmax = map(float, gain)
    if force < 0:
        force = scale / max(float(model.actuator_acc0[k]), 1e-15)
    short, long = map(float, model.actuator_lengthrange[k])
    optimal = (long - short) / max(longest_range - shortest_range, 1e-15)
    activation, deactivation, smoothing = map(float, model.actuator_dynprm[k, :3])
    if smoothing != 0:
        raise ModelError(f"actuator '{name}': dynprm's smoothing width is {smoothing:g}; use 0")
    return Muscle(
        name, force, optimal, short - shortest_range * optimal, 0.0, "other", path.path,
        path.wraps, path.conditions, path.motions, path.pulleys,
        MujocoCurves(
            type="mujoco", shortest=lmin, longest=lmax, max_velocity=vmax,
            passive_force=fpmax, lengthening_force=fvmax,
        ),
        ActivationDynamics(activation=activation, deactivation=deactivation),
    )  # fmt: skip
