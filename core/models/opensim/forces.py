"""What acts on OpenSim's coordinates besides muscles, and the contact with the ground."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from ...readers.coordinates import Coordinate
from .skeleton import ROTATIONAL


def with_forces(
    model: Any, table: dict[str, Coordinate], opensim: Any
) -> tuple[dict[str, Coordinate], list[str]]:
    """The coordinates with their limits and springs, and the forces that are not simulated, a line each."""
    table, left_out = dict(table), []
    others: dict[str, list[str]] = {}
    for i in range(model.getForceSet().getSize()):
        force = model.getForceSet().get(i)
        kind, name = force.getConcreteClassName(), str(force.getName())
        if not force.get_appliesForce() or opensim.Muscle.safeDownCast(force):
            continue
        if kind == "CoordinateLimitForce":
            left_out += _limit(opensim.CoordinateLimitForce.safeDownCast(force), name, table)
        elif kind == "SpringGeneralizedForce":
            left_out += _spring(opensim.SpringGeneralizedForce.safeDownCast(force), name, table)
        elif kind not in ("HuntCrossleyForce", "SmoothSphereHalfSpaceForce"):
            others.setdefault(kind, []).append(name)
    for kind, names in others.items():
        left_out.append(f"forces of type {kind}: {', '.join(names)}")
    return table, left_out


def _limit(force: Any, name: str, table: dict[str, Coordinate]) -> list[str]:
    """A spring-damper beyond each end of a range; for rotations its numbers are in degrees."""
    coordinate = table.get(str(force.get_coordinate()))
    if coordinate is None or coordinate.follows is not None:
        return [f"force '{name}': limits no coordinate that moves by itself"]
    rotates = _rotates(force, coordinate.name)
    unit = np.pi / 180 if rotates else 1.0
    low, high = float(force.get_lower_limit()) * unit, float(force.get_upper_limit()) * unit
    damping = float(force.get_damping()) / unit
    if not low < high:
        return [f"force '{name}': its range is empty"]
    if coordinate.limit_stiffness is not None:
        return [f"force '{name}': is a second limit of '{coordinate.name}'"]
    table[coordinate.name] = replace(
        coordinate,
        range=(low, high),
        limit_stiffness=(
            float(force.get_lower_stiffness()) / unit,
            float(force.get_upper_stiffness()) / unit,
        ),
        limit_damping=(damping, damping),
    )
    transition = float(force.get_transition())
    if transition == 0:
        return []
    shown = f"{transition:g} {'degrees' if rotates else 'm'}"
    return [f"force '{name}': acts at once, not over a transition of {shown}"]


def _rotates(force: Any, name: str) -> bool:
    """Whether a force's coordinate is a rotation, as OpenSim sees it."""
    coordinate = force.getModel().getCoordinateSet().get(name)
    return int(coordinate.getMotionType()) == ROTATIONAL


def _spring(force: Any, name: str, table: dict[str, Coordinate]) -> list[str]:
    coordinate = table.get(str(force.get_coordinate()))
    if coordinate is None or coordinate.follows is not None:
        return [f"force '{name}': acts on no coordinate that moves by itself"]
    stiffness = float(force.get_stiffness())
    if coordinate.stiffness > 0 and stiffness > 0:
        return [f"force '{name}': is a second spring of '{coordinate.name}'"]
    table[coordinate.name] = replace(
        coordinate,
        stiffness=coordinate.stiffness + stiffness,
        rest=float(force.get_rest_length()) if stiffness > 0 else coordinate.rest,
        damping=coordinate.damping + float(force.get_viscosity()),
    )
    return []
