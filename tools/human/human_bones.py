"""Bones as capsules and ellipsoids, measured by hand on the model's bone geometry.

Written in the osim's frames (forward, up, right; torso parts in the osim's torso frame), metres;
`shapes` gives them in the character's bodies and axes. Right side and middle only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from tools.human.human_trunk_bones import head, lumbar, neck, shoulder_girdle, thorax
from tools.human.osim_model import to_ours
from tools.human.shape_text import (
    Point,
    Shapes,
    capsule,
    chain,
    ellipsoid,
    on_both_sides,
    plate,
    sphere,
)


def pelvis() -> Shapes:
    """Iliac wings with crest, sockets, pubis and ischium, sacrum and coccyx."""
    crest = [
        (-0.136, 0.018, 0.045),
        (-0.122, 0.055, 0.060),
        (-0.088, 0.077, 0.088),
        (-0.048, 0.060, 0.116),
        (-0.018, 0.030, 0.128),
        (-0.008, 0.006, 0.125),
    ]
    half = chain(crest, 0.0085)
    half += [plate((-0.076, 0.026, 0.083), (0.128, 0.0, 0.078), (0.02, -0.115, -0.02), 0.018)]
    half += [plate((-0.088, -0.012, 0.066), (0.085, -0.01, 0.035), (0.045, -0.10, 0.02), 0.024)]
    half += [ellipsoid((-0.060, -0.074, 0.070), (0.062, 0.062, 0.040))]
    half += chain([(-0.012, 0.002, 0.124), (-0.026, -0.030, 0.098), (-0.045, -0.055, 0.082)], 0.010)
    half += chain(
        [(-0.040, -0.062, 0.068), (-0.018, -0.066, 0.036), (-0.010, -0.078, 0.010)], 0.0085
    )
    half += chain(
        [(-0.012, -0.092, 0.009), (-0.040, -0.116, 0.024), (-0.074, -0.126, 0.036)], 0.0075
    )
    half += chain(
        [(-0.078, -0.080, 0.066), (-0.090, -0.108, 0.048), (-0.082, -0.122, 0.038)], 0.0135
    )
    half += chain(
        [(-0.128, -0.006, 0.045), (-0.104, -0.040, 0.056), (-0.080, -0.066, 0.068)], 0.011
    )
    middle = [
        ellipsoid((-0.009, -0.083, 0.0), (0.016, 0.034, 0.018)),
        ellipsoid((-0.088, 0.046, 0.0), (0.044, 0.036, 0.060)),
        ellipsoid((-0.106, 0.034, 0.0), (0.046, 0.044, 0.088)),
        ellipsoid((-0.117, 0.010, 0.0), (0.038, 0.038, 0.080)),
        ellipsoid((-0.124, -0.014, 0.0), (0.030, 0.034, 0.060)),
        ellipsoid((-0.129, -0.036, 0.0), (0.024, 0.030, 0.042)),
        ellipsoid((-0.130, -0.052, 0.0), (0.018, 0.020, 0.026)),
        capsule((-0.131, -0.058, 0.0), (-0.128, -0.068, 0.0), 0.006),
    ]
    middle += chain([(-0.128, 0.048, 0.0), (-0.140, 0.018, 0.0), (-0.146, -0.016, 0.0)], 0.0055)
    return middle + on_both_sides(half)


def femur() -> Shapes:
    """Head, neck, trochanters, bowed shaft, condyles."""
    shaft = [
        (-0.010, -0.030, 0.040),
        (-0.007, -0.060, 0.037),
        (-0.001, -0.115, 0.0365),
        (0.009, -0.150, 0.0335),
        (0.0165, -0.206, 0.028),
        (0.0205, -0.270, 0.0205),
        (0.0185, -0.335, 0.012),
    ]
    return [
        sphere((0.0, 0.0, 0.0), 0.0235),
        capsule((-0.003, -0.005, 0.008), (-0.011, -0.024, 0.036), 0.0145),
        ellipsoid((-0.017, -0.012, 0.050), (0.036, 0.048, 0.026)),
        ellipsoid((-0.014, -0.040, 0.042), (0.036, 0.060, 0.032)),
        ellipsoid((-0.014, -0.064, 0.026), (0.026, 0.034, 0.024)),
        *chain(shaft, 0.0135),
        plate((0.0150, -0.350, 0.0085), (-0.010, -0.120, -0.018), (0.0, 0.0, 0.042), 0.035),
        ellipsoid((0.010, -0.374, 0.002), (0.038, 0.066, 0.062)),
        ellipsoid((0.012, -0.394, 0.001), (0.040, 0.042, 0.058)),
        ellipsoid((-0.002, -0.404, -0.0225), (0.058, 0.050, 0.028)),
        ellipsoid((-0.001, -0.403, 0.0225), (0.060, 0.050, 0.027)),
        ellipsoid((0.000, -0.390, -0.030), (0.028, 0.030, 0.016)),
        ellipsoid((0.000, -0.390, 0.030), (0.028, 0.030, 0.016)),
    ]


def tibia() -> Shapes:
    """Plateau, shaft with tuberosity, inner ankle; fibula; patella where it sits at 15 degrees."""
    shaft = [
        (0.006, -0.085, 0.006),
        (0.010, -0.127, 0.005),
        (0.0088, -0.170, 0.005),
        (0.008, -0.217, 0.006),
        (0.005, -0.274, 0.005),
        (0.001, -0.320, 0.002),
    ]
    fibula = [
        (-0.0215, -0.062, 0.028),
        (-0.0236, -0.110, 0.023),
        (-0.0232, -0.170, 0.0215),
        (-0.0209, -0.258, 0.0205),
        (-0.0180, -0.325, 0.0220),
        (-0.0155, -0.380, 0.0265),
    ]
    return [
        ellipsoid((0.000, -0.030, -0.0165), (0.050, 0.026, 0.038)),
        ellipsoid((0.000, -0.030, 0.0200), (0.048, 0.026, 0.038)),
        ellipsoid((0.001, -0.046, 0.003), (0.046, 0.054, 0.062)),
        plate((0.0058, -0.080, 0.0045), (0.009, -0.120, 0.002), (0.0, 0.0, 0.040), 0.037),
        ellipsoid((0.019, -0.066, 0.003), (0.022, 0.044, 0.022)),
        *chain(shaft, 0.0115),
        capsule((0.001, -0.320, 0.002), (-0.003, -0.372, -0.002), 0.0115),
        plate((-0.0012, -0.355, -0.0008), (-0.004, -0.096, -0.005), (0.0, 0.0, 0.034), 0.031),
        ellipsoid((-0.003, -0.374, -0.003), (0.036, 0.040, 0.044)),
        capsule((0.001, -0.372, -0.0200), (0.003, -0.391, -0.0245), 0.0078),
        ellipsoid((-0.021, -0.053, 0.0300), (0.022, 0.026, 0.019)),
        *chain(fibula, 0.0056),
        ellipsoid((-0.0145, -0.392, 0.0270), (0.020, 0.036, 0.015)),
        ellipsoid((0.0385, 0.0080, 0.0045), (0.025, 0.045, 0.042)),
    ]


def talus() -> Shapes:
    """Dome and head."""
    return [
        ellipsoid((0.002, -0.001, 0.0), (0.044, 0.030, 0.034)),
        ellipsoid((0.021, -0.006, -0.008), (0.026, 0.022, 0.024)),
    ]


def calcaneus() -> Shapes:
    """Heel bone, midfoot, metatarsals."""
    bases: list[Point] = [
        (0.090, 0.025, -0.025),
        (0.086, 0.029, -0.014),
        (0.085, 0.028, -0.001),
        (0.080, 0.022, 0.011),
        (0.070, 0.015, 0.024),
    ]
    heads: list[Point] = [
        (0.178, 0.004, -0.026),
        (0.179, 0.003, -0.007),
        (0.170, 0.002, 0.008),
        (0.157, 0.001, 0.022),
        (0.142, 0.000, 0.036),
    ]
    radii = [0.0085, 0.0058, 0.0056, 0.0056, 0.0058]
    shapes = [
        ellipsoid((0.004, 0.010, -0.004), (0.036, 0.044, 0.031)),
        capsule((0.006, 0.010, -0.004), (0.046, 0.022, 0.001), 0.0145),
        ellipsoid((0.036, 0.030, -0.014), (0.040, 0.018, 0.026)),
        ellipsoid((0.060, 0.020, 0.014), (0.036, 0.026, 0.026)),
        ellipsoid((0.066, 0.030, -0.013), (0.026, 0.028, 0.034)),
        ellipsoid((0.083, 0.028, -0.021), (0.026, 0.022, 0.020)),
        ellipsoid((0.080, 0.030, -0.006), (0.024, 0.018, 0.018)),
    ]
    for base, knuckle, radius in zip(bases, heads, radii, strict=True):
        shapes += [capsule(base, knuckle, radius), sphere(knuckle, 1.25 * radius)]
    return [*shapes, ellipsoid((0.070, 0.013, 0.030), (0.028, 0.014, 0.014))]


def toes() -> Shapes:
    """Phalanges."""
    rays: list[list[Point]] = [
        [(0.008, 0.003, -0.025), (0.036, -0.002, -0.022), (0.061, -0.004, -0.018)],
        [
            (0.009, 0.003, -0.006),
            (0.034, -0.001, 0.000),
            (0.050, -0.003, 0.004),
            (0.060, -0.006, 0.006),
        ],
        [
            (0.001, 0.003, 0.010),
            (0.026, -0.001, 0.017),
            (0.041, -0.003, 0.021),
            (0.050, -0.006, 0.023),
        ],
        [
            (-0.012, 0.002, 0.024),
            (0.012, -0.001, 0.032),
            (0.025, -0.003, 0.036),
            (0.034, -0.006, 0.038),
        ],
        [
            (-0.028, 0.001, 0.038),
            (-0.006, -0.002, 0.044),
            (0.005, -0.003, 0.047),
            (0.013, -0.006, 0.048),
        ],
    ]
    radii = [0.0078, 0.0050, 0.0048, 0.0047, 0.0046]
    shapes: Shapes = []
    for points, radius in zip(rays, radii, strict=True):
        for start, end in pairwise(points):
            gap = 0.08 * (np.array(end) - np.array(start))
            shapes.append(capsule(np.array(start) + gap, np.array(end) - gap, radius))
    return shapes


def humerus() -> Shapes:
    """Head, tubercles, shaft, elbow end."""
    shaft = [
        (0.004, -0.030, -0.002),
        (0.0045, -0.080, 0.001),
        (0.0055, -0.135, 0.0),
        (0.002, -0.190, -0.001),
        (0.003, -0.235, -0.001),
    ]
    return [
        sphere((0.004, -0.005, -0.009), 0.0205),
        ellipsoid((0.010, -0.012, 0.007), (0.034, 0.034, 0.026)),
        capsule((0.005, -0.018, -0.002), (0.004, -0.050, 0.000), 0.0125),
        *chain(shaft, 0.0092),
        capsule((0.003, -0.225, -0.001), (0.006, -0.255, -0.003), 0.0108),
        ellipsoid((0.008, -0.266, -0.004), (0.021, 0.046, 0.044)),
        ellipsoid((0.009, -0.276, -0.004), (0.017, 0.022, 0.060)),
        ellipsoid((0.0135, -0.285, -0.012), (0.025, 0.025, 0.026)),
        ellipsoid((0.0140, -0.285, 0.006), (0.023, 0.023, 0.022)),
    ]


def ulna() -> Shapes:
    """Olecranon, coronoid, shaft, head."""
    shaft = [
        (-0.018, -0.016, 0.001),
        (-0.026, -0.055, 0.007),
        (-0.028, -0.085, 0.011),
        (-0.0285, -0.134, 0.0115),
        (-0.0256, -0.180, 0.0125),
        (-0.0210, -0.232, 0.0230),
    ]
    return [
        ellipsoid((-0.0215, 0.000, 0.000), (0.022, 0.036, 0.022)),
        ellipsoid((-0.010, -0.013, 0.001), (0.020, 0.016, 0.022)),
        *chain(shaft, 0.0062),
        sphere((-0.0208, -0.234, 0.0235), 0.0080),
    ]


def radius() -> Shapes:
    """Head, shaft, wrist end."""
    shaft = [
        (-0.0005, -0.018, 0.000),
        (0.000, -0.040, 0.001),
        (-0.0004, -0.073, 0.0105),
        (-0.0025, -0.108, 0.019),
        (-0.0050, -0.150, 0.0255),
        (-0.0078, -0.200, 0.0240),
    ]
    return [
        capsule((-0.001, -0.004, 0.000), (-0.001, -0.008, 0.000), 0.0092),
        *chain(shaft, 0.0060),
        ellipsoid((-0.0078, -0.222, 0.0230), (0.024, 0.036, 0.029)),
    ]


HAND_BONES: list[tuple[Point, Point, float]] = [
    ((0.0045, -0.0245, 0.0253), (0.0121, -0.0496, 0.0446), 0.0050),
    ((-0.0028, -0.0292, 0.0109), (0.0042, -0.0818, 0.0171), 0.0050),
    ((-0.0095, -0.0255, 0.0001), (0.0007, -0.0838, -0.0007), 0.0048),
    ((-0.0076, -0.0270, -0.0102), (-0.0002, -0.0825, -0.0173), 0.0042),
    ((-0.0030, -0.0267, -0.0188), (-0.0010, -0.0697, -0.0319), 0.0042),
    ((0.0166, -0.0551, 0.0446), (0.0204, -0.0738, 0.0456), 0.0046),
    ((0.0208, -0.0782, 0.0446), (0.0230, -0.0921, 0.0394), 0.0040),
    ((0.0058, -0.0898, 0.0175), (0.0190, -0.1172, 0.0168), 0.0044),
    ((0.0229, -0.1220, 0.0164), (0.0345, -0.1339, 0.0123), 0.0038),
    ((0.0382, -0.1359, 0.0118), (0.0471, -0.1390, 0.0108), 0.0034),
    ((0.0025, -0.0900, 0.0005), (0.0170, -0.1210, -0.0032), 0.0046),
    ((0.0208, -0.1262, -0.0033), (0.0369, -0.1402, -0.0083), 0.0039),
    ((0.0407, -0.1412, -0.0086), (0.0517, -0.1442, -0.0103), 0.0034),
    ((0.0040, -0.0876, -0.0195), (0.0193, -0.1172, -0.0220), 0.0043),
    ((0.0229, -0.1212, -0.0216), (0.0376, -0.1327, -0.0239), 0.0037),
    ((0.0417, -0.1339, -0.0235), (0.0530, -0.1373, -0.0253), 0.0033),
    ((0.0020, -0.0751, -0.0320), (0.0130, -0.0978, -0.0375), 0.0040),
    ((0.0173, -0.1016, -0.0377), (0.0281, -0.1112, -0.0410), 0.0034),
    ((0.0310, -0.1121, -0.0416), (0.0402, -0.1164, -0.0423), 0.0030),
]
"""Metacarpals 1-5, then phalanges from the thumb to the little finger."""

CARPALS: list[tuple[Point, Point]] = [
    ((0.0058, -0.0107, -0.0190), (0.009, 0.012, 0.009)),
    ((-0.0015, -0.0033, -0.0057), (0.016, 0.014, 0.017)),
    ((-0.0033, -0.0056, 0.0086), (0.012, 0.019, 0.020)),
    ((-0.0024, -0.0116, -0.0179), (0.013, 0.015, 0.014)),
    ((0.0005, -0.0182, -0.0129), (0.019, 0.021, 0.016)),
    ((-0.0030, -0.0152, -0.0002), (0.017, 0.021, 0.016)),
    ((-0.0051, -0.0208, 0.0084), (0.015, 0.014, 0.012)),
    ((-0.0053, -0.0197, 0.0208), (0.015, 0.018, 0.016)),
]


def hand() -> Shapes:
    """Carpals, metacarpals, phalanges."""
    bones = [capsule(*bone) for bone in HAND_BONES]
    return bones + [ellipsoid(centre, size) for centre, size in CARPALS]


BONES: dict[str, Callable[[], Shapes]] = {
    "pelvis": pelvis,
    "femur_r": femur,
    "tibia_r": tibia,
    "talus_r": talus,
    "calcn_r": calcaneus,
    "toes_r": toes,
    "lumbar": lumbar,
    "thorax": thorax,
    "neck": neck,
    "head": head,
    "clavicle_r": shoulder_girdle,
    "humerus_r": humerus,
    "ulna_r": ulna,
    "radius_r": radius,
    "hand_r": hand,
}


def shapes(name: str, offsets: dict[str, tuple[str, np.ndarray]]) -> list[dict[str, Any]]:
    """A body's shapes in its own frame, our axes; `offsets` as in `Skeleton`."""
    torso = offsets.get(f"torso/{name}")
    offset = torso[1] if torso else np.zeros(3)
    if name == "tibia_r":
        offset = offsets[name][1]
    return [_placed(shape, offset) for shape in BONES[name]()]


def _placed(shape: dict[str, Any], offset: np.ndarray) -> dict[str, Any]:
    placed = dict(shape)
    for key in ("position", "from", "to"):
        if key in placed:
            placed[key] = np.round(to_ours(placed[key]) + offset, 4)
    if placed["type"] == "ellipsoid":
        right, up, forward = placed["axes"]
        placed["size"] = np.round([right, up, forward], 4)
        del placed["axes"]
    if "orientation" in placed:
        placed["orientation"] = _turned(placed["orientation"])
    return placed


def _turned(rotation: Sequence[Sequence[float]]) -> np.ndarray:
    """Quaternion of a plate's frame (columns: width, length, thickness; osim axes) in our axes."""
    matrix = to_ours(np.asarray(rotation).T).T
    return np.round(quaternion(matrix), 5)


def quaternion(matrix: np.ndarray) -> np.ndarray:
    """Quaternion [w, x, y, z], w >= 0, of a rotation matrix (Shepperd)."""
    trace = np.trace(matrix)
    candidates = np.array([trace, *np.diag(matrix)])
    k = int(np.argmax(candidates))
    if k == 0:
        raw = [
            1.0 + trace,
            matrix[2, 1] - matrix[1, 2],
            matrix[0, 2] - matrix[2, 0],
            matrix[1, 0] - matrix[0, 1],
        ]
    else:
        i = k - 1
        j, m = (i + 1) % 3, (i + 2) % 3
        raw = [0.0] * 4
        raw[0] = matrix[m, j] - matrix[j, m]
        raw[1 + i] = 1.0 + matrix[i, i] - matrix[j, j] - matrix[m, m]
        raw[1 + j] = matrix[i, j] + matrix[j, i]
        raw[1 + m] = matrix[i, m] + matrix[m, i]
    result = np.asarray(raw) / np.linalg.norm(raw)
    return result if result[0] >= 0.0 else -result
