"""Published key values of level walking at natural speed, and their smooth periodic curves.

Key values (percent of the gait cycle from heel strike, degrees) follow the mean curves of the
sources named with each, rounded, not digitised; between them a periodic cubic spline, then a
Fourier series.
"""

from __future__ import annotations

import numpy as np
from scipy.interpolate import CubicSpline

PERRY = "Perry and Burnfield (2010), Gait Analysis, 2nd ed., ch. 3-7"
WINTER = "Winter (2009), Biomechanics and Motor Control of Human Movement, 4th ed., app. A"
KADABA = "Kadaba, Ramakrishnan, Wootten (1990), J Orthop Res 8(3), 383-392"
MURRAY = (
    "Murray, Sepic, Barnard (1967), Phys Ther 47(4), 272-284 (arms); (1964), JBJS 46-A, 335-360"
)
STOKES = "Stokes, Andersson, Forssberg (1989), J Biomech 22(1), 43-50"
LEARDINI = "Leardini et al. (2007), Gait Posture 25(3), 453-462 (foot segments)"

Keys = dict[float, float]

THIGH: Keys = {
    0: 21,
    7: 20,
    12: 17,
    22: 6,
    31: -4,
    40: -13,
    50: -19,
    56: -17,
    62: -9,
    75: 15,
    85: 25,
    93: 23,
}
"""Thigh against the vertical; PERRY, WINTER. Hip flexion is this plus pelvic tilt."""

KNEE: Keys = {
    0: 5,
    7: 14,
    13: 18,
    22: 14,
    31: 8,
    40: 5,
    48: 9,
    55: 23,
    62: 41,
    72: 61,
    80: 50,
    88: 24,
    95: 4,
}
"""Flexion; PERRY, WINTER, KADABA."""

ANKLE: Keys = {
    0: 0,
    6: -6,
    12: -1,
    22: 4,
    31: 7,
    42: 10,
    48: 9,
    55: -2,
    62: -17,
    70: -9,
    80: -1,
    90: 1,
}
"""Dorsiflexion; PERRY, KADABA."""

TOES: Keys = {0: 15, 7: 6, 13: 0, 30: 0, 40: 6, 48: 18, 55: 36, 61: 36, 68: 16, 78: 12, 90: 16}
"""Extension of the toes; PERRY, LEARDINI."""

SUBTALAR: Keys = {0: 2, 10: -3, 20: -4, 35: -3, 48: 1, 60: 6, 75: 2, 90: 2}
"""Inversion; PERRY, LEARDINI."""

HIP_ADDUCTION: Keys = {0: 0, 12: 6, 22: 6, 35: 4, 50: 0, 62: -5, 72: -4, 85: -2}
"""PERRY, KADABA."""

HIP_ROTATION: Keys = {0: -2, 12: 2, 30: 2, 45: 0, 60: -4, 75: -2, 90: -2}
"""Internal rotation; KADABA (small, and the most uncertain of the norms)."""

PELVIS_TILT: Keys = {0: 4.0, 12: 3.2, 30: 4.4, 50: 4.0, 62: 3.2, 80: 4.4}
"""Forward; two cycles a stride; KADABA."""

PELVIS_OBLIQUITY: Keys = {0: 0.5, 12: 4, 22: 3, 38: 0.5, 50: -0.5, 62: -4, 72: -3, 88: -0.5}
"""Right side up; PERRY, KADABA."""

PELVIS_ROTATION: Keys = {0: 4.5, 12: 3.5, 25: 0, 38: -3, 50: -4.5, 62: -3.5, 75: 0, 88: 3}
"""Right side forward; PERRY, KADABA."""

VERTICAL_FORCE: Keys = {
    0: 0.0,
    4: 0.55,
    8: 0.95,
    13: 1.12,
    20: 0.98,
    30: 0.77,
    38: 0.88,
    47: 1.10,
    52: 0.95,
    57: 0.45,
    62: 0.0,
    66: 0.0,
    80: 0.0,
    95: 0.0,
}
"""Ground reaction of one foot, body weights, without the transient of heel strike; WINTER, PERRY."""

FORWARD_FORCE: Keys = {
    0: 0.0,
    5: -0.08,
    11: -0.18,
    20: -0.10,
    32: 0.0,
    42: 0.09,
    51: 0.20,
    57: 0.10,
    62: 0.0,
    66: 0.0,
    80: 0.0,
    95: 0.0,
}
"""Anterior-posterior ground reaction force of one foot, body weights; WINTER, PERRY."""

SHOULDER: Keys = {0: -20, 12: -16, 25: -6, 38: 5, 50: 10, 62: 6, 75: -5, 88: -16}
"""Flexion of the right arm; MURRAY (24 degrees back to 8 forward)."""

ELBOW: Keys = {0: 18, 15: 19, 30: 25, 45: 36, 55: 38, 70: 31, 85: 22}
"""Flexion; MURRAY."""

THORAX_ROTATION: Keys = {0: -3, 25: 0.5, 50: 3, 75: -0.5}
"""Right side forward, against the line of progression; STOKES, MURRAY."""


def curve(keys: Keys, phase: np.ndarray, harmonics: int = 8) -> np.ndarray:
    """Periodic curve through key values at phases in [0, 1), degrees, low-passed."""
    percent = np.array([*keys, 100.0 + next(iter(keys))])
    values = np.array([*keys.values(), next(iter(keys.values()))], dtype=float)
    dense = np.arange(400) / 400.0
    samples = CubicSpline(percent, values, bc_type="periodic")(100.0 * dense)
    spectrum = np.fft.rfft(samples)[: harmonics + 1] / len(dense)
    order = np.arange(1, harmonics + 1)
    waves = np.exp(2j * np.pi * np.multiply.outer(phase, order))
    return spectrum[0].real + 2.0 * (waves * spectrum[1:]).real.sum(axis=-1)
