"""Mean cycles of what a gait laboratory prints besides joint angles, and their agreement with the norms.

Moments are internal, as inverse dynamics finds them, N m/kg, hip and knee extension and ankle plantarflexion
positive; powers W/kg; forces of the ground in body weights, upward, forward and towards the midline; the centre of
pressure ahead of the ankle's centre along the way, m, while the foot carries a fifth of the body's weight;
activations by muscle. The pelvis in degrees: obliquity, this side up, and rotation, this side forward; heights over
the ground, m, of the foot's lowest point (`foot_clearance`) and of its heel (`heel_height`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from muscle_viewer.core import BatchEnv, gait
from muscle_viewer.core.frame import ModelInfo
from muscle_viewer.core.norms import SAGITTAL, Band, Kinetics, sagittal, walking_kinetics
from muscle_viewer.core.rotation import rotation_matrices
from numpy.typing import NDArray

from .record import Episode

Floats = NDArray[np.float64]

LOADED = 0.2
"""Smallest vertical force at which the centre of pressure is computed, body weights."""
ACTIVE = 0.05
"""Least activation of a muscle that counts as active, and its share of the muscle's peak from which it does: the EMG
tables' threshold is 5 % of a maximal contraction (Perry 1992)."""
SHARE = 0.2


@dataclass(frozen=True)
class Curve:
    """A curve over the cycle of one side, 101 phases from heel strike to heel strike."""

    mean: list[float]
    deviation: list[float]
    inside_norm: float
    """Fraction of the cycle within two standard deviations of the norm; nan without one."""


@dataclass(frozen=True)
class MuscleUse:
    """A muscle of the EMG tables: its mean activation over the cycle of both sides."""

    mean: list[float]
    agreement: float
    """Fraction of the cycle on which it is active or silent as in people."""


@dataclass(frozen=True)
class GaitKinetics:
    curves: dict[str, dict[str, Curve]]
    """Mean cycles, by name of the norm's curve and by side."""
    muscles: dict[str, MuscleUse]
    activations: dict[str, dict[str, list[float]]]
    """Mean cycles of the same muscles' activations, by side."""

    def mean(self, name: str) -> Floats:
        """Mean cycle of both sides."""
        return np.mean([curve.mean for curve in self.curves[name].values()], axis=0)

    def inside(self, name: str) -> float:
        """Fraction of the cycle within the norm, mean of both sides."""
        return float(np.mean([curve.inside_norm for curve in self.curves[name].values()]))


def kinetics(env: BatchEnv, runs: Sequence[Episode], settling: int) -> GaitKinetics:
    """Cycles after the settling of every episode; empty for a character without the parts."""
    norms = walking_kinetics()
    cycles: dict[str, dict[str, list[Floats]]] = {}
    feet = gait.foot_contacts(env.info)
    muscles = _muscles(env, norms)
    info = env.info
    if not all(len(contacts) for contacts in feet.values()):
        return GaitKinetics({}, {}, {})
    for run in runs:
        for side in gait.SIDES:
            force = run.samples.foot_force(settling, gait.foot_grounds(info)[side]) / run.weight
            force = gait.smoothed(force, info.sim_hz)
            spans = gait.cycles(gait.strikes(force[:, 1], info.sim_hz) + gait.substep_delay(info))
            values = [
                *_forces(info, force, side),
                *_series(env, run, side, feet[side], settling),
                *_pelvis(info, run, side, settling),
                *_heights(info, run, feet[side], settling),
            ]
            for name, found in muscles.items():
                use = run.samples.activations[settling:, found[side]].mean(axis=1)
                values.append(Series(name, use, info.control_hz, 0.0))
            for series in values:
                by_side = cycles.setdefault(series.name, {side: [] for side in gait.SIDES})
                of = gait.over_cycles(series.values, spans, series.hz, series.delay)
                by_side[side].extend(of)
    published = norms.speeds["free"]
    curves = {
        name: {
            side: _curve(found, norms.band(name, gait.POINTS) if name in published else None)
            for side, found in by_side.items()
        }
        for name, by_side in cycles.items()
        if name not in muscles and all(by_side.values())
    }
    both = {name: by_side["right"] + by_side["left"] for name, by_side in cycles.items()}
    used = {
        name: muscle_use(both[name], norms.muscles[name].is_active(gait.POINTS))
        for name in muscles
        if both.get(name)
    }
    activations = {
        name: {side: _rounded(np.mean(found, axis=0)) for side, found in cycles[name].items()}
        for name in used
        if all(cycles[name].values())
    }
    return GaitKinetics(curves, used, activations)


@dataclass(frozen=True)
class Series:
    """A quantity over time."""

    name: str
    values: Floats
    """(T,)"""
    hz: float
    delay: float
    """Time of the first value, s, as in `gait.over_cycles`."""


def _forces(info: ModelInfo, force: Floats, side: str) -> list[Series]:
    """The ground's force on a foot, smoothed and in body weights, (T, 3)."""
    # x points left: towards the midline for the right foot
    parts = {
        "vertical_force": force[:, 1],
        "forward_force": force[:, 2],
        "medial_force": force[:, 0] * (1 if side == "right" else -1),
    }
    delay = gait.substep_delay(info)
    return [Series(name, values, info.sim_hz, delay) for name, values in parts.items()]


def _series(
    env: BatchEnv, run: Episode, side: str, contacts: NDArray[np.intp], settling: int
) -> list[Series]:
    """Centre of pressure, and angles (degrees), moments and powers of the joints, of one side."""
    info, samples, hz = env.info, run.samples, env.info.control_hz
    out = []
    ankle = _ankle(info.body_names, side)
    if ankle is not None:
        points = samples.contact_points[settling:, contacts, 2].astype(np.float64)
        force = samples.contact_forces[settling:, contacts, 1].astype(np.float64)
        load = force.sum(axis=1)
        place = (points * force).sum(axis=1) / np.maximum(load, 1.0)
        ahead = place - samples.body_positions[settling:, ankle, 2]
        place = np.where(load / run.weight > LOADED, ahead, np.nan)
        out.append(Series("center_of_pressure", place, hz, 0.0))
    for angle in SAGITTAL:
        known = sagittal(info.dof_names, angle, info.dof_ranges)
        if known is None:
            continue
        columns, sign = known
        turned = np.degrees(sign * samples.positions[settling:, columns[side]].astype(np.float64))
        out.append(Series(angle, turned, hz, 0.0))
        dof, delay = columns[side] - info.root_dofs, gait.mean_delay(info)
        joint = angle.split("_")[0]
        # flexing and dorsiflexing angles are positive, extending and plantarflexing moments
        moment = (-sign * samples.joint_moments[settling:, dof] / run.mass).astype(np.float64)
        power = (samples.joint_powers[settling:, dof] / run.mass).astype(np.float64)
        out.append(Series(f"{joint}_moment", moment, hz, delay))
        out.append(Series(f"{joint}_power", power, hz, delay))
    return out


def _pelvis(info: ModelInfo, run: Episode, side: str, settling: int) -> list[Series]:
    """Angles of a free root against the world: rotation, then obliquity, then tilt (Baker 2001, Gait & Posture 13, 1-6)."""
    if info.root_dofs != 6:
        return []
    across = rotation_matrices(run.samples.positions[settling:, :3])[:, :, 0].T
    rotation = np.degrees(np.arctan2(-across[2], across[0]))
    obliquity = np.degrees(np.arcsin(across[1]))
    # y up, z forward and x left: turned about z or y, the left side rises or falls back
    left = 1 if side == "left" else -1
    hz = info.control_hz
    return [
        Series("pelvis_obliquity", left * obliquity, hz, 0.0),
        Series("pelvis_rotation", -left * rotation, hz, 0.0),
    ]


def _heights(
    info: ModelInfo, run: Episode, contacts: NDArray[np.intp], settling: int
) -> list[Series]:
    """Heights over the ground, which a slope does not tilt, of a foot's lowest point and of its rearmost, the heel."""
    points = run.samples.contact_points[settling:, contacts].astype(np.float64)
    heel = points[:, :, 2].mean(axis=0).argmin()
    hz = info.control_hz
    return [
        Series("foot_clearance", points[:, :, 1].min(axis=1), hz, 0.0),
        Series("heel_height", points[:, heel, 1], hz, 0.0),
    ]


def _ankle(bodies: Sequence[str], side: str) -> int | None:
    """The body whose origin is the ankle's centre, of the project's own or of GaitNet's human."""
    names = (f"talus_{side[0]}", f"Talus{side[0].upper()}")
    return next((bodies.index(name) for name in names if name in bodies), None)


def _muscles(env: BatchEnv, norms: Kinetics) -> dict[str, dict[str, list[int]]]:
    """The character's muscles of each muscle of the tables, by side; without those that it does not have."""
    found = {key: timing.among(env.info.muscle_names) for key, timing in norms.muscles.items()}
    return {key: parts for key, parts in found.items() if parts is not None}


def _curve(cycles: list[Floats], band: Band | None) -> Curve:
    values = np.array(cycles)
    known = (~np.isnan(values)).mean(axis=0) > 0.5
    mean, deviation = np.full(values.shape[1], np.nan), np.full(values.shape[1], np.nan)
    mean[known] = np.nanmean(values[:, known], axis=0)
    deviation[known] = np.nanstd(values[:, known], axis=0)
    return Curve(
        _rounded(mean),
        _rounded(deviation),
        band.inside(mean) if band else float("nan"),
    )


def _rounded(values: Floats) -> list[float]:
    return [round(float(x), 4) for x in values]


def muscle_use(cycles: list[Floats], expected: NDArray[np.bool_]) -> MuscleUse:
    mean = np.mean(cycles, axis=0)
    active = mean > max(ACTIVE, SHARE * float(mean.max()))
    return MuscleUse(_rounded(mean), float((active == expected).mean()))
