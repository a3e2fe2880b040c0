"""Quantities under the names that people look for: joints' angles, moments and powers, ground reaction, metabolic power."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.gait import SIDES, foot_contacts
from muscle_viewer.core.metabolics import metabolic_power
from muscle_viewer.core.norms import SAGITTAL, sagittal
from muscle_viewer.viewer.simulation.events import GRAVITY

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.history import History

Of = Callable[["ModelInfo", "History", int, int], np.ndarray]
"""Values over frames first to last - 1, shape (frames,)."""

EXTENDING = {"hip": "extension", "knee": "extension", "ankle": "plantarflexion"}
"""The direction in which a joint's internal moment is positive, as laboratories print it."""

AXES = (("x", "left"), ("y", "up"), ("z", "forward"))

LEAST_LOAD = 20.0
"""Smallest vertical force, N, at which the centre of pressure is computed."""


@dataclass(frozen=True)
class Quantity:
    """A quantity over time."""

    name: str
    unit: str
    of: Of


def quantities(info: ModelInfo) -> list[Quantity]:
    """Those of a character, in an order that depends on the character alone."""
    found = []
    for angle in SAGITTAL:
        joint, direction = angle.split("_")
        known = sagittal(info.dof_names, angle, info.dof_ranges)
        for side in SIDES if known else ():
            assert known
            columns, sign = known
            dof = columns[side]
            whose, turned = f"{side} {joint}", f"{side} {joint} {direction}"
            k = dof - info.root_dofs
            degrees = float(np.degrees(sign))
            found += [
                Quantity(f"{turned} angle", "deg", partial(_column, "positions", dof, degrees)),
                Quantity(f"{turned} rate", "deg/s", partial(_column, "velocities", dof, degrees)),
                Quantity(
                    f"{whose} {EXTENDING[joint]} moment",
                    "N m",
                    partial(_column, "joint_moments", k, -sign),
                ),
                Quantity(f"{whose} power", "W", partial(_column, "joint_powers", k, 1.0)),
            ]
            if info.dof_bodies:
                name = f"{whose} joint reaction (contact) force"
                of = partial(_reaction, info.dof_bodies[dof])
                found.append(Quantity(name, "BW", of))
    for side, contacts in foot_contacts(info).items():
        if not len(contacts):
            continue
        for axis, (letter, way) in enumerate(AXES):
            name = f"{side} ground reaction force (GRF) {letter}, {way}"
            found.append(Quantity(name, "N", partial(_ground_force, contacts, axis)))
        for axis in (0, 2):
            letter, way = AXES[axis]
            name = f"{side} centre of pressure (center, COP) {letter}, {way}"
            found.append(Quantity(name, "m", partial(_center_of_pressure, contacts, axis)))
    if info.muscle_names:
        found.append(Quantity("metabolic power (rate, Minetti and Alexander)", "W/kg", _metabolic))
    return found


def _column(
    field: str, column: int, factor: float, _: ModelInfo, history: History, first: int, last: int
) -> np.ndarray:
    return np.asarray(factor * history.values(field, first, last, [column])[:, 0])


def _reaction(body: int, _: ModelInfo, history: History, first: int, last: int) -> np.ndarray:
    """Magnitude of the mean force that the joint transmits to a body in a step, body weights."""
    force = history.values("joint_reactions", first, last, range(6 * body + 3, 6 * body + 6))
    return np.linalg.norm(force, axis=1) / (GRAVITY * history.masses(first, last))


def _ground_force(
    contacts: np.ndarray, axis: int, _: ModelInfo, history: History, first: int, last: int
) -> np.ndarray:
    columns = 3 * contacts + axis
    return np.asarray(history.values("contact_forces", first, last, columns).sum(axis=1))


def _center_of_pressure(
    contacts: np.ndarray, axis: int, _: ModelInfo, history: History, first: int, last: int
) -> np.ndarray:
    """In the world; nan while the foot carries nothing."""
    loads = np.maximum(history.values("contact_forces", first, last, 3 * contacts + 1), 0.0)
    places = history.values("contact_points", first, last, 3 * contacts + axis)
    total = loads.sum(axis=1)
    mean = (loads * places).sum(axis=1) / np.maximum(total, LEAST_LOAD)
    return np.where(total > LEAST_LOAD, mean, np.nan)


def _metabolic(info: ModelInfo, history: History, first: int, last: int) -> np.ndarray:
    """Of the body mass; of each subject's own muscles. nan where the muscles' law is not known."""
    parts = [np.empty(0)]
    first, last = max(first, history.oldest), min(last, history.newest + 1)
    for begin, end, subject in history.subjects(first, last):
        if subject.model is None:
            parts.append(np.full(end - begin, np.nan))
            continue
        power = metabolic_power(
            history.values("activations", begin, end),
            history.values("fibre_velocities", begin, end),
            subject.info.max_isometric_force,
            subject.info.optimal_fibre_length,
            subject.model[0].character.muscle_law.max_velocity,
            subject.info.fibre_shares,
        )
        parts.append(power.sum(axis=1) / subject.info.total_mass)
    return np.concatenate(parts)
