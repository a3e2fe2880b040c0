"""Metabolic power of muscles: Minetti and Alexander (1997), J Theor Biol 186(4), 467-476.

A muscle of activation a, whose fibres shorten at x maximal shortening velocities, uses
a F_max v_max phi(x), phi(x) = (0.054 + 0.506 x + 2.46 x^2) / (1 - 1.13 x + 12.8 x^2 - 1.64 x^3).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


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
) -> NDArray[np.float64]:
    """Metabolic power of every muscle, W, of the shape of `activations` (..., M).

    fibre_velocities in optimal fibre lengths per second, lengthening positive, (..., M); N and m
    (M,); max_velocity in optimal fibre lengths per second.
    """
    cost = shortening_cost(-np.asarray(fibre_velocities, np.float64) / max_velocity)
    power = np.asarray(max_isometric_force) * np.asarray(optimal_fibre_length) * max_velocity
    return np.asarray(activations, np.float64) * power * cost
