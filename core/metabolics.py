"""Metabolic power of muscles: Minetti and Alexander (1997), J Theor Biol 186(4), 467-476.

A muscle of activation a, whose fibres shorten at x maximal shortening velocities, uses
a F_max v_max phi(x), phi(x) = (0.054 + 0.506 x + 2.46 x^2) / (1 - 1.13 x + 12.8 x^2 - 1.64 x^3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

MUSCLE_DENSITY = 1059.7  # kg/m^3
SPECIFIC_TENSION = 0.25e6  # Pa


def muscle_mass(max_isometric_force: ArrayLike, fibre_length: ArrayLike) -> NDArray[np.float64]:
    """Mass of muscles, kg: density times physiological cross-section (N over SPECIFIC_TENSION) times fibre length (m)."""
    area = np.asarray(max_isometric_force, np.float64) / SPECIFIC_TENSION
    return np.asarray(area * MUSCLE_DENSITY * np.asarray(fibre_length, np.float64))


def shortening_cost(x: ArrayLike) -> NDArray[np.float64]:
    """phi: power over F_max v_max at full activation; x in maximal velocities, shortening > 0.

    The fit is valid in [-1, 1]; x is clipped to it.
    """
    v = np.clip(np.asarray(x, np.float64), -1.0, 1.0)
    return (0.054 + 0.506 * v + 2.46 * v**2) / (1 - 1.13 * v + 12.8 * v**2 - 1.64 * v**3)


def metabolic_power(
    activations: ArrayLike,
    fibre_velocities: ArrayLike,
    max_isometric_force: ArrayLike,
    optimal_fibre_length: ArrayLike,
    max_velocity: float,
    fibre_shares: ArrayLike = 1.0,
) -> NDArray[np.float64]:
    """Metabolic power of every muscle, W, of the shape of `activations` (..., M).

    fibre_velocities in optimal fibre lengths per second, lengthening positive, (..., M); N and m
    (M,); max_velocity in fibre lengths per second. fibre_shares: lengths of the fibres in optimal
    fibre lengths, `Muscle.fibre_share`; their velocity in m/s is that of the optimal lengths.
    """
    share = np.asarray(fibre_shares, np.float64)
    cost = shortening_cost(-np.asarray(fibre_velocities, np.float64) / (share * max_velocity))
    length = share * np.asarray(optimal_fibre_length)
    power = np.asarray(max_isometric_force) * length * max_velocity
    return np.asarray(activations, np.float64) * power * cost


SLOW_SHARE = 0.5
"""Slow-twitch fibres, as Koelewijn et al. (2019) where no biopsies are known."""


def bhargava_power(
    excitations: ArrayLike,
    fibre_lengths: ArrayLike,
    fibre_velocities: ArrayLike,
    active_forces: ArrayLike,
    passive_forces: ArrayLike,
    isometric_forces: ArrayLike,
    max_isometric_force: ArrayLike,
    fibre_length: ArrayLike,
    slow_share: float = SLOW_SHARE,
) -> NDArray[np.float64]:
    """Metabolic power of every muscle, W (..., M): Bhargava, Pandy and Anderson (2004), J Biomech 37(1), 81-88.

    Heat of activation, of maintenance and of shortening, and work, in the form that Koelewijn, Heinrich and van den
    Bogert (2019), PLoS ONE 14(9), e0222037, compare and OpenSim 4 computes by default: no decay of the heat of
    activation, a force-dependent heat of shortening, negative work counted, neither a negative total power nor less
    heat than 1 W/kg. Fibre lengths in optimal ones, velocities in m/s and positive when lengthening; forces of the
    fibre in N: active, passive, and active at the same length and activation without velocity. fibre_length: of the
    fibres at their optimum, m, for the muscles' mass.
    """
    length, velocity = np.asarray(fibre_lengths), np.asarray(fibre_velocities, np.float64)
    active = np.asarray(active_forces, np.float64)
    total = active + np.asarray(passive_forces)
    mass = muscle_mass(max_isometric_force, fibre_length)
    recruited = 0.5 * np.pi * np.asarray(excitations, np.float64)
    slow, fast = slow_share * np.sin(recruited), (1 - slow_share) * (1 - np.cos(recruited))
    activation = mass * (40.0 * slow + 133.0 * fast)
    by_length = np.interp(length, [0.5, 1.0, 1.5], [0.5, 1.0, 0.0])
    maintenance = mass * by_length * (74.0 * slow + 111.0 * fast)
    shortens = 0.16 * np.asarray(isometric_forces) + 0.18 * total
    shortening = -np.where(velocity <= 0, shortens, 0.157 * total) * velocity
    work = -active * velocity
    shortening = shortening + np.maximum(-(activation + maintenance + shortening + work), 0.0)
    heat = np.maximum(activation + maintenance + shortening, 1.0 * mass)
    return heat + work
