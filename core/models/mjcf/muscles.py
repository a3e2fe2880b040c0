"""The muscles of an MjModel: actuators of type muscle on spatial tendons.

Their fields and formulas: MuJoCo's documentation, "Muscle actuators", and mjModel (actuator_*).
"""

from __future__ import annotations

from typing import Any

from ...errors import ModelError
from ...readers.character import ActivationDynamics, MujocoCurves, Muscle
from ...readers.text import validating
from .tendons import Tendons

MUSCLE_DYNAMICS, MUSCLE_GAIN, MUSCLE_BIAS, ON_TENDON = 4, 2, 2, 3
"""Of mjtDyn, mjtGain, mjtBias and mjtTrn."""
KINDS = ("actuator_dyntype", "actuator_gaintype", "actuator_biastype")


def muscles_of(model: Any, tendons: Tendons) -> tuple[list[Muscle], list[str]]:
    """The muscles in MuJoCo's order, on the segments of `tendons`, and the other actuators, a line each.

    Raises ModelError, one line, for a muscle that cannot be represented.
    """
    muscles, left_out = [], []
    of_muscles = muscle_actuators(model)
    for k in range(model.nu):
        name = model.actuator(k).name or f"actuator_{k}"
        if k in of_muscles:
            with validating(f"muscle '{name}'", ModelError):
                muscles.append(_muscle(model, tendons, k, name))
        else:
            left_out.append(f"actuator '{name}': is no muscle")
    return muscles, left_out


def muscle_actuators(model: Any) -> list[int]:
    """The numbers of the actuators that are muscles."""
    wanted = (MUSCLE_DYNAMICS, MUSCLE_GAIN, MUSCLE_BIAS)
    kinds = [tuple(int(getattr(model, kind)[k]) for kind in KINDS) for k in range(model.nu)]
    return [k for k, found in enumerate(kinds) if found == wanted]


def _muscle(model: Any, tendons: Tendons, k: int, name: str) -> Muscle:
    path = tendons.paths.get(_tendon(model, k, name))
    if path is None:
        raise ModelError(f"muscle '{name}': its tendon is not spatial; use a spatial one")
    if model.actuator_gear[k, 0] != 1:
        raise ModelError(
            f"muscle '{name}': its gear is {model.actuator_gear[k, 0]:g}; 1 is expected"
        )
    active, passive = (
        _Fibre(*map(float, given[k, :9]), model=model, actuator=k, name=name)
        for given in (model.actuator_gainprm, model.actuator_biasprm)
    )
    optimal = active.optimal
    activation, deactivation, smoothing = map(float, model.actuator_dynprm[k, :3])
    if smoothing != 0:
        raise ModelError(f"muscle '{name}': dynprm's smoothing width is {smoothing:g}; use 0")
    return Muscle(
        name, active.force, optimal, active.tendon, 0.0, _group(model, k), path.path,
        path.wraps, path.conditions, path.motions, path.pulleys,
        MujocoCurves(
            type="mujoco", shortest=active.lmin, longest=active.lmax, max_velocity=active.vmax,
            passive_force=passive.fpmax * (passive.force / active.force if active.force else 1.0),
            lengthening_force=active.fvmax,
            passive_longest=None if passive.lmax == active.lmax else passive.lmax,
            passive_scale=optimal / passive.optimal,
            passive_offset=(active.tendon - passive.tendon) / passive.optimal,
        ),
        ActivationDynamics(activation=activation, deactivation=deactivation),
    )  # fmt: skip


class _Fibre:
    """What gainprm or biasprm say of a muscle: its force (N), optimal length and tendon (m), and its curves."""

    def __init__(
        self, shortest: float, longest: float, force: float, scale: float,
        lmin: float, lmax: float, vmax: float, fpmax: float, fvmax: float,
        *, model: Any, actuator: int, name: str,
    ) -> None:  # fmt: skip
        short, long = map(float, model.actuator_lengthrange[actuator])
        if not longest > shortest or not long > short:
            raise ModelError(f"muscle '{name}': its range or length range is empty")
        self.force = (
            force if force >= 0 else scale / max(float(model.actuator_acc0[actuator]), 1e-15)
        )
        self.optimal = (long - short) / (longest - shortest)
        self.tendon = short - shortest * self.optimal
        self.lmin, self.lmax, self.vmax, self.fpmax, self.fvmax = lmin, lmax, vmax, fpmax, fvmax


def _tendon(model: Any, k: int, name: str) -> str:
    """The name of the tendon that an actuator pulls."""
    if int(model.actuator_trntype[k]) != ON_TENDON:
        raise ModelError(f"muscle '{name}': does not pull a tendon; give it one")
    tendon = int(model.actuator_trnid[k, 0])
    return str(model.tendon(tendon).name) or f"tendon_{tendon}"


def _group(model: Any, k: int) -> str:
    group = int(model.actuator_group[k])
    return f"group {group}" if group else "other"
