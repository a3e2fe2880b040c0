"""Published key values of running at about 3 m/s; conventions and curves as in gait_norms.py."""

from __future__ import annotations

from tools.motions.gait_norms import Keys

NOVACHECK = "Novacheck (1998), The biomechanics of running, Gait Posture 7(1), 77-95"
FUKUCHI = "Fukuchi, Fukuchi, Duarte (2017), PeerJ 5, e3298 (2.5 to 4.5 m/s)"
CAVANAGH = "Cavanagh and Lafortune (1980), J Biomech 13(5), 397-406"
HINRICHS = "Hinrichs (1987), Int J Sport Biomech 3, 242-263"

THIGH: Keys = {
    0: 27,
    8: 25,
    15: 18,
    22: 6,
    30: -9,
    37: -20,
    43: -22,
    50: -14,
    58: 2,
    66: 20,
    75: 34,
    82: 37,
    90: 33,
    96: 29,
}
"""Thigh against the vertical; NOVACHECK, FUKUCHI."""

KNEE: Keys = {
    0: 16,
    8: 33,
    15: 43,
    22: 39,
    30: 26,
    37: 18,
    43: 28,
    50: 55,
    57: 81,
    64: 94,
    71: 91,
    78: 70,
    85: 40,
    91: 18,
    96: 11,
}
"""Flexion; NOVACHECK, FUKUCHI."""

ANKLE: Keys = {
    0: 6,
    6: 8,
    12: 18,
    19: 23,
    26: 19,
    32: 2,
    38: -18,
    43: -21,
    50: -12,
    58: 0,
    68: 6,
    80: 5,
    92: 6,
}
"""Dorsiflexion; NOVACHECK, FUKUCHI."""

TOES: Keys = {0: 12, 8: 2, 15: 0, 22: 3, 29: 22, 35: 38, 40: 28, 48: 12, 60: 8, 80: 10, 92: 14}
"""Extension of the toes."""

SUBTALAR: Keys = {0: 4, 8: -2, 16: -6, 25: -2, 36: 5, 45: 4, 60: 3, 80: 4}
"""Inversion; NOVACHECK (foot against the shank)."""

HIP_ADDUCTION: Keys = {0: 4, 12: 9, 22: 6, 35: -1, 45: -5, 60: -4, 75: -2, 88: 2}
"""NOVACHECK."""

HIP_ROTATION: Keys = {0: 0, 15: 3, 30: 0, 45: -3, 65: 0, 85: 0}
"""Internal rotation; NOVACHECK (small, and the most uncertain of the norms)."""

PELVIS_TILT: Keys = {0: 9, 12: 8, 25: 9.5, 38: 10, 50: 9, 62: 8, 75: 9.5, 88: 10}
"""Forward; two cycles a stride; NOVACHECK, against the zero pose of this skeleton."""

PELVIS_OBLIQUITY: Keys = {0: 1, 12: 5, 25: 3, 40: -1, 50: -1, 62: -5, 75: -3, 90: 1}
"""Right side up; NOVACHECK."""

PELVIS_ROTATION: Keys = {0: 2, 12: -1, 25: -4, 38: -4, 50: -2, 62: 1, 75: 4, 88: 4}
"""Right side forward; NOVACHECK."""

BRAKING_PEAK = 0.25
"""Peak of the braking and of the propulsive ground reaction force, body weights; CAVANAGH, NOVACHECK."""

SHOULDER: Keys = {0: -35, 12: -28, 25: -8, 38: 12, 50: 20, 62: 14, 75: -6, 88: -26}
"""Flexion of the right arm; HINRICHS."""

ELBOW: Keys = {0: 88, 12: 89, 25: 92, 38: 97, 50: 100, 62: 97, 75: 92, 88: 89}
"""Flexion; HINRICHS."""

THORAX_ROTATION: Keys = {0: -8, 12: -6, 25: 0, 38: 6, 50: 8, 62: 6, 75: 0, 88: -6}
"""Right side forward, against the line of progression; HINRICHS."""
