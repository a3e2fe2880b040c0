"""The muscles of an MjModel: their tendons' paths through sites, and the lengths of their fibres and tendons."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...errors import ModelError
from ...readers.character import ActivationDynamics, Muscle, PathAttachment
from ...readers.text import vector

MUSCLE_DYNAMICS, MUSCLE_GAIN, MUSCLE_BIAS = 4, 2, 2  # mjtDyn, mjtGain, mjtBias
TENDON = 3  # mjtTrn
SITE, SPHERE, CYLINDER, PULLEY = 3, 4, 5, 2  # mjtWrap


def muscles_of(model: Any) -> tuple[list[Muscle], list[str]]:
    """The muscles, whose points' bodies are numbers of segments, and what is left out, a line each.

    Raises ModelError for an actuator that moves a joint otherwise than through a tendon.
    """
    muscles, left_out = [], []
    for a in range(model.nu):
        name = model.actuator(a).name or f"actuator {a}"
        kinds = (model.actuator_dyntype[a], model.actuator_gaintype[a], model.actuator_biastype[a])
        if tuple(int(k) for k in kinds) != (MUSCLE_DYNAMICS, MUSCLE_GAIN, MUSCLE_BIAS):
            left_out.append(f"actuator '{name}': is no muscle")
            continue
        if int(model.actuator_trntype[a]) != TENDON:
            raise ModelError(
                f"actuator '{name}': a muscle that does not pull a tendon; give it one"
            )
        path, obstacles = _path(model, int(model.actuator_trnid[a, 0]), name)
        if obstacles:
            left_out.append(f"muscle '{name}': passes {obstacles} wrapping geoms straight")
        muscles.append(_muscle(model, a, name, path))
    return muscles, left_out


def activation_of(model: Any) -> ActivationDynamics | None:
    """The muscles' time constants, s; None without muscles. Those of the first muscle, for all."""
    for a in range(model.nu):
        if int(model.actuator_dyntype[a]) == MUSCLE_DYNAMICS:
            rise, fall = (float(t) for t in model.actuator_dynprm[a, :2])
            return ActivationDynamics(activation=rise, deactivation=fall)
    return None


def _muscle(model: Any, a: int, name: str, path: list[list[PathAttachment]]) -> Muscle:
    """MuJoCo's muscle model: operating lengths, in optimal fibre lengths, are reached over the length range."""
    shortest, longest, force, scale = (float(x) for x in model.actuator_gainprm[a, :4])
    low, high = (float(x) for x in model.actuator_lengthrange[a])
    if not longest > shortest or not high > low:
        raise ModelError(f"muscle '{name}': its range or length range is empty")
    optimal = (high - low) / (longest - shortest)
    strength = force if force >= 0 else scale / max(float(model.actuator_acc0[a]), 1e-15)
    return Muscle(
        name, strength, optimal, max(low - shortest * optimal, 0.0), 0.0, _group(model, a), path
    )


def _group(model: Any, a: int) -> str:
    group = int(model.actuator_group[a])
    return f"group {group}" if group else "other"


def _path(model: Any, tendon: int, name: str) -> tuple[list[list[PathAttachment]], int]:
    first = int(model.tendon_adr[tendon])
    path, obstacles = [], 0
    for w in range(first, first + int(model.tendon_num[tendon])):
        kind, at = int(model.wrap_type[w]), int(model.wrap_objid[w])
        if kind == SITE:
            position = np.array(model.site_pos[at])
            path.append([PathAttachment(int(model.site_bodyid[at]) - 1, 1.0, vector(position))])
        elif kind in (SPHERE, CYLINDER):
            obstacles += 1
        else:
            what = "a pulley" if kind == PULLEY else "a joint"
            raise ModelError(f"muscle '{name}': its tendon has {what}, which is not read yet")
    if len(path) < 2:
        raise ModelError(f"muscle '{name}': its tendon has {len(path)} sites; two are needed")
    return path, obstacles
