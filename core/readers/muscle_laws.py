"""Muscle laws with an optional elastic tendon: De Groote-Fregly 2016, Thelen 2003, Millard 2012.

Their curves become tables (curve_table.py), so that one kernel evaluates them all
(core/src/muscle/tabulated_law.hpp). Lengths are optimal fibre lengths, tendon slack lengths for the
tendon; velocities maximal ones; forces maximal isometric ones. The parameters' names and defaults are
OpenSim's.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .bezier_curves import (
    VelocitySlopes,
    active_force_length,
    force_velocity,
    passive_force_length,
    tendon_force_length,
)
from .bounded_numbers import NotNegative, Positive, Share
from .curve_table import CurveTable, sampled, tabulated
from .text import Strict

Floats = NDArray[np.float64]
Jet = tuple[Floats, Floats, Floats]


@dataclass(frozen=True)
class LawTables:
    """A muscle law as the core evaluates it."""

    active: CurveTable
    """Active force over fibre length."""
    velocity: CurveTable
    """Active force, of the isometric one, over fibre velocity."""
    passive: CurveTable
    """Passive force over fibre length."""
    tendon: CurveTable
    """Tendon force over tendon length."""
    max_velocity: float
    """Optimal fibre lengths per second."""
    damping: float
    """Force of a damper beside the fibres at the maximal velocity."""
    speed_at_rest: float
    """Maximal velocity without activation, of that at full activation, between which it is linear."""
    shortest: float
    """Fibre length below which the fibres do not shorten."""
    pulls_only: bool
    """With a rigid tendon: the damper does not make the fibres push."""


class _Law(Strict):
    max_velocity: Positive = 10.0
    """Optimal fibre lengths per second."""


class ActiveCurve(Strict):
    """Millard's active force over length: rises from `shortest`, bends at `transition`, ends at `longest`."""

    shortest: NotNegative = 0.4441
    transition: Positive = 0.73
    longest: Positive = 1.8123
    slope: NotNegative = 0.8616
    """Between the transition and the plateau."""
    lowest: NotNegative = 0.0


class VelocityCurve(Strict):
    """Millard's force over velocity; slopes at the maximal velocities and at nine tenths of them."""

    shortening_slope: NotNegative = 0.0
    shortening_slope_near: Positive = 0.25
    shortening_curviness: Share = 0.6
    isometric_slope: Positive = 5.0
    lengthening_slope: NotNegative = 0.0
    lengthening_slope_near: NotNegative = 0.15
    lengthening_curviness: Share = 0.9
    largest: Annotated[float, Field(gt=1)] = 1.4


class PassiveCurve(Strict):
    """Millard's passive force over length, by strains; stiffness None: twice the mean one."""

    strain_at_zero: float = 0.0
    strain_at_one: Positive = 0.7
    low_stiffness: Positive = 0.2
    stiffness: Positive | None = None
    curviness: Share = 0.75


class TendonCurve(Strict):
    """Millard's tendon force over length; stiffness None: 1.375 / strain."""

    strain: Positive = 0.049
    stiffness: Positive | None = None
    toe_force: Annotated[float, Field(gt=0, lt=1)] = 2 / 3
    curviness: Share = 0.5


class Millard2012(_Law):
    """Millard et al. 2013 (doi 10.1115/1.4023390): curves of Bezier sections, a damper beside the fibres."""

    type: Literal["millard_2012"] = "millard_2012"
    fibre_damping: NotNegative = 0.1
    active: ActiveCurve = ActiveCurve()
    velocity: VelocityCurve = VelocityCurve()
    passive: PassiveCurve = PassiveCurve()
    tendon: TendonCurve = TendonCurve()


class Thelen2003(_Law):
    """Thelen 2003 (doi 10.1115/1.1531112): the maximal velocity falls to a quarter without activation."""

    type: Literal["thelen_2003"] = "thelen_2003"
    active_shape: Positive = 0.45
    passive_shape: Positive = 5.0
    passive_strain: Positive = 0.6
    tendon_strain: Positive = 0.04
    shortening_curvature: Positive = 0.25
    largest: Annotated[float, Field(gt=1)] = 1.4
    linear_share: Annotated[float, Field(gt=0, lt=1)] = 0.95
    """Share of `largest` beyond which the force-velocity curve is a straight line."""


class DeGrooteFregly2016(_Law):
    """De Groote et al. 2016 (doi 10.1007/s10439-016-1591-9), with the constants of OpenSim."""

    type: Literal["degroote_fregly_2016"] = "degroote_fregly_2016"
    fibre_damping: NotNegative = 0.0
    active_width: Annotated[float, Field(ge=1)] = 1.0
    """Factor of the active force-length curve's width."""
    passive_strain: Positive | None = 0.6
    """At the maximal force; None: no passive force."""
    tendon_strain: Positive = 0.049


TabulatedLaw = Millard2012 | Thelen2003 | DeGrooteFregly2016


@lru_cache(maxsize=1024)
def tables_of(law: TabulatedLaw) -> LawTables:
    """The tables of a law; equal laws share them."""
    if isinstance(law, Millard2012):
        return _millard(law)
    if isinstance(law, Thelen2003):
        return _thelen(law)
    return _degroote(law)


@lru_cache(maxsize=1024)
def _active(c: ActiveCurve) -> CurveTable:
    return active_force_length(c.shortest, c.transition, c.longest, c.slope, c.lowest)


@lru_cache(maxsize=1024)
def _velocity(c: VelocityCurve) -> CurveTable:
    return force_velocity(
        VelocitySlopes(c.shortening_slope, c.shortening_slope_near, c.shortening_curviness),
        c.isometric_slope,
        VelocitySlopes(c.lengthening_slope, c.lengthening_slope_near, c.lengthening_curviness),
        c.largest,
    )


@lru_cache(maxsize=1024)
def _passive(c: PassiveCurve) -> CurveTable:
    stiffness = c.stiffness or 2 / (c.strain_at_one - c.strain_at_zero)
    return passive_force_length(
        c.strain_at_zero, c.strain_at_one, c.low_stiffness, stiffness, c.curviness
    )


@lru_cache(maxsize=1024)
def _tendon(c: TendonCurve) -> CurveTable:
    return tendon_force_length(c.strain, c.stiffness or 1.375 / c.strain, c.toe_force, c.curviness)


def _millard(law: Millard2012) -> LawTables:
    return LawTables(
        _active(law.active), _velocity(law.velocity), _passive(law.passive), _tendon(law.tendon),
        law.max_velocity, law.fibre_damping, 1.0, law.active.shortest, True,
    )  # fmt: skip


def _thelen(law: Thelen2003) -> LawTables:
    shape, strain, width = law.passive_shape, law.passive_strain, law.active_shape

    def active(x: Floats) -> Jet:
        y, s = np.exp(-((x - 1) ** 2) / width), -2 * (x - 1) / width
        return y, s * y, (s * s - 2 / width) * y

    def passive(x: Floats) -> Jet:
        rate = shape / strain
        e = np.exp(rate * (x - 1)) / np.expm1(shape)
        return e - 1 / np.expm1(shape), rate * e, rate * rate * e

    return LawTables(
        tabulated([sampled(0.0, 1 + 2.5 * width**0.5, active)], (None, 0.0)),
        _thelen_velocity(law.shortening_curvature, law.largest, law.linear_share),
        tabulated([sampled(1.0, 1 + 1.5 * strain, passive)], (0.0, None)),
        _thelen_tendon(law.tendon_strain),
        law.max_velocity, 0.0, 0.25, 0.01, True,
    )  # fmt: skip


def _thelen_velocity(curvature: float, largest: float, share: float) -> CurveTable:
    """Eqs. 6 and 7 of Thelen 2003, solved for the force."""
    slower = (2 + 2 / curvature) / (
        largest - 1
    )  # of the lengthening branch: v = (f - 1) / (slower (largest - f))
    last = (share * largest - 1) / (slower * largest * (1 - share))

    def shortening(v: Floats) -> Jet:
        below = 1 - v / curvature
        first = (1 + 1 / curvature) / below**2
        return (1 + v) / below, first, 2 * first / (below * curvature)

    def lengthening(v: Floats) -> Jet:
        below = 1 + slower * v
        first = slower * (largest - 1) / below**2
        return (1 + slower * largest * v) / below, first, -2 * slower * first / below

    return tabulated([sampled(-1.0, 0.0, shortening), sampled(0.0, last, lengthening)])


def _thelen_tendon(strain: float) -> CurveTable:
    """Exponential up to a third of the maximal force, 1 at 1 + strain; the slope is continuous."""
    shape, force = 3.0, 0.33
    toe = 0.99 * strain * np.exp(shape) / (1.66 * np.exp(shape) - 0.67)

    def exponential(x: Floats) -> Jet:
        rate, e = shape / toe, np.exp(shape / toe * (x - 1)) * force / np.expm1(shape)
        return e - force / np.expm1(shape), rate * e, rate * rate * e

    return tabulated([sampled(1.0, 1 + toe, exponential)], (0.0, None))


GAUSSIANS = (
    (0.8150671134243542, 1.055033428970575, 0.162384573599574, 0.063303448465465),
    (0.433004984392647, 0.716775413397760, -0.029947116970696, 0.200356847296188),
    (0.1, 1.0, 0.5 * 0.5**0.5, 0.0),
)
"""Height, place, and the width's value at 0 and slope, of the parts of De Groote's active force-length curve."""
SINH = (-0.3211346127989808, -8.149, -0.374, 0.8825327733249912)
"""d1 to d4 of De Groote's force-velocity curve."""


def _degroote(law: DeGrooteFregly2016) -> LawTables:
    scale, d = law.active_width, SINH

    def active(length: Floats) -> Jet:
        x = (length - 1) / scale + 1
        y, first, second = np.zeros_like(x), np.zeros_like(x), np.zeros_like(x)
        for height, place, width, widening in GAUSSIANS:
            w = width + widening * x
            u = (x - place) / w
            part, du = height * np.exp(-0.5 * u * u), (width + place * widening) / w**2
            y += part
            first -= part * u * du
            second += part * (u * u * du * du - du * du + 2 * u * du * widening / w)
        return y, first / scale, second / scale**2

    def velocity(v: Floats) -> Jet:
        x = d[1] * v + d[2]
        root = np.hypot(x, 1.0)
        return (
            d[0] * np.arcsinh(x) + d[3], d[0] * d[1] / root, -d[0] * d[1] ** 2 * x / root**3
        )  # fmt: skip

    stiffness = np.log(6.0) / law.tendon_strain

    def tendon(x: Floats) -> Jet:
        e = 0.2 * np.exp(stiffness * (x - 1))
        return e - 0.2, stiffness * e, stiffness**2 * e

    shortest = 1 + (0.2 - 1) * scale
    return LawTables(
        tabulated([sampled(max(shortest, 0.2), 1 + 1.3 * scale, active)], (0.0, 0.0)),
        tabulated([sampled(-2.0, 0.0, velocity), sampled(0.0, 2.0, velocity)]),
        _degroote_passive(law.passive_strain),
        tabulated([sampled(1 - 2 * law.tendon_strain, 1 + 2 * law.tendon_strain, tendon)]),
        law.max_velocity, law.fibre_damping, 1.0, 0.01, False,
    )  # fmt: skip


def _degroote_passive(strain: float | None) -> CurveTable:
    if strain is None:
        return tabulated([sampled(0.2, 2.0, lambda x: (0 * x, 0 * x, 0 * x))])
    rate, lowest = 4.0 / strain, np.exp(4.0 * (0.2 - 1) / strain)

    def passive(x: Floats) -> Jet:
        e = np.exp(rate * (x - 1)) / (np.exp(4.0) - lowest)
        return e - lowest / (np.exp(4.0) - lowest), rate * e, rate * rate * e

    return tabulated([sampled(0.2, 1 + 1.5 * strain, passive)])
