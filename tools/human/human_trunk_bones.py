"""Bones of the trunk, head and shoulder girdle, in the osim's torso frame (forward, up, right)."""

from __future__ import annotations

import numpy as np

from tools.human.shape_text import Point, Shapes, capsule, chain, ellipsoid, on_both_sides, plate

SPINE_HEIGHT = [0.0, 0.03, 0.06, 0.09, 0.12, 0.15, 0.175, 0.205, 0.235, 0.265, 0.295]
SPINE_FORWARD = [0.006, 0.011, 0.012, 0.007, -0.001, -0.011, -0.021, -0.031, -0.039, -0.045, -0.046]
SPINE_HEIGHT += [0.325, 0.355, 0.385, 0.415, 0.445, 0.475, 0.505]
SPINE_FORWARD += [-0.042, -0.035, -0.026, -0.017, -0.010, -0.007, -0.007]
"""Centres of the vertebral bodies."""

RIB_HALF_WIDTH = (
    [0.12, 0.18, 0.24, 0.30, 0.34, 0.37, 0.40],
    [0.124, 0.134, 0.134, 0.122, 0.104, 0.080, 0.050],
)
RIB_FRONT = (
    [0.12, 0.18, 0.24, 0.30, 0.34, 0.37, 0.40],
    [0.092, 0.098, 0.088, 0.066, 0.050, 0.036, 0.026],
)
RIB_BACK = (
    [0.12, 0.18, 0.24, 0.30, 0.34, 0.37, 0.40],
    [-0.060, -0.080, -0.084, -0.082, -0.074, -0.062, -0.048],
)


def vertebra(height: float, size: Point, spine: Point, wing: float, process: float) -> Shapes:
    """Body of `size` (forward, up, right), spinous process to `spine` behind the body's centre
    (forward, up, -), transverse processes out to `wing`, of radius `process`."""
    x = float(np.interp(height, SPINE_HEIGHT, SPINE_FORWARD))
    back = x - 0.45 * size[0]
    half = [capsule((back, height, 0.006), (back - 0.008, height, wing), process)]
    return [
        ellipsoid((x, height, 0.0), size),
        capsule((back, height, 0.0), (x + spine[0], height + spine[1], 0.0), 1.15 * process),
        *on_both_sides(half),
    ]


def lumbar() -> Shapes:
    """L5 to L1."""
    shapes: Shapes = []
    for height in (0.003, 0.036, 0.069, 0.101, 0.132):
        shapes += vertebra(height, (0.037, 0.030, 0.047), (-0.046, -0.008, 0.0), 0.030, 0.0042)
    return shapes


def neck() -> Shapes:
    """C7 to the atlas."""
    shapes: Shapes = []
    for height in (0.413, 0.430, 0.446, 0.462, 0.477, 0.492):
        shapes += vertebra(height, (0.021, 0.0165, 0.027), (-0.036, -0.006, 0.0), 0.022, 0.0034)
    return shapes


def rib(height: float, drop: float, front: float) -> Shapes:
    """Half a rib: from the spine at `height` round the chest, `drop` lower at its front end, which
    lies at the angle `front` (degrees from straight ahead)."""
    angles = np.radians(np.linspace(166.0, front, 6))
    share = (angles[0] - angles) / (angles[0] - np.radians(18.0))
    y = height + 0.004 - drop * share**1.2
    width = np.interp(y, *RIB_HALF_WIDTH)
    ahead, behind = np.interp(y, *RIB_FRONT), np.interp(y, *RIB_BACK)
    centre, depth = 0.5 * (ahead + behind), 0.5 * (ahead - behind)
    side = np.sign(np.sin(angles)) * np.abs(np.sin(angles)) ** 0.8
    points = np.stack([centre + depth * np.cos(angles), y, width * side], axis=1)
    x = float(np.interp(height, SPINE_HEIGHT, SPINE_FORWARD))
    start = np.array([[x - 0.012, height, 0.014]])
    return chain(np.vstack([start, points]), 0.0048)


def thorax() -> Shapes:
    """T12 to T1, ribs, costal arch, breastbone."""
    shapes: Shapes = []
    for height in np.linspace(0.163, 0.392, 12):
        shapes += vertebra(
            float(height), (0.029, 0.020, 0.034), (-0.044, -0.020, 0.0), 0.024, 0.0036
        )
    half: Shapes = []
    half += rib(0.186, 0.050, 84.0)
    half += rib(0.207, 0.075, 58.0)
    half += rib(0.228, 0.090, 45.0)
    half += rib(0.249, 0.092, 34.0)
    half += rib(0.270, 0.088, 26.0)
    half += rib(0.292, 0.082, 20.0)
    half += rib(0.314, 0.076, 17.0)
    half += rib(0.337, 0.068, 17.0)
    half += rib(0.361, 0.056, 17.0)
    half += rib(0.384, 0.036, 19.0)
    arch = [
        (0.036, 0.112, 0.104),
        (0.070, 0.136, 0.080),
        (0.090, 0.168, 0.052),
        (0.089, 0.214, 0.018),
    ]
    half += chain(arch, 0.0046)
    sternum = [
        plate((0.0375, 0.360, 0.0), (0.016, -0.046, 0.0), (0.0, 0.0, 0.050), 0.013),
        plate((0.066, 0.283, 0.0), (0.042, -0.122, 0.0), (0.0, 0.0, 0.033), 0.012),
        capsule((0.087, 0.226, 0.0), (0.091, 0.206, 0.0), 0.0050),
    ]
    return shapes + sternum + on_both_sides(half)


def shoulder_girdle() -> Shapes:
    """Clavicle and shoulder blade."""
    clavicle = [
        (0.026, 0.379, 0.020),
        (0.031, 0.385, 0.050),
        (0.022, 0.392, 0.085),
        (0.002, 0.398, 0.120),
        (-0.010, 0.401, 0.150),
    ]
    inner, tip = (-0.074, 0.372, 0.066), (-0.088, 0.255, 0.088)
    return [
        *chain(clavicle, 0.0058),
        *chain([inner, (-0.087, 0.320, 0.066), tip], 0.0045),
        *chain([tip, (-0.066, 0.305, 0.115), (-0.020, 0.352, 0.144)], 0.0056),
        *chain([inner, (-0.050, 0.386, 0.105), (-0.016, 0.376, 0.138)], 0.0045),
        *chain([(-0.082, 0.350, 0.067), (-0.064, 0.386, 0.120), (-0.034, 0.403, 0.158)], 0.0056),
        *chain([(-0.034, 0.403, 0.158), (-0.008, 0.403, 0.166)], 0.0072),
        capsule((-0.008, 0.380, 0.136), (0.018, 0.372, 0.140), 0.0058),
        ellipsoid((-0.010, 0.366, 0.143), (0.030, 0.040, 0.016)),
        plate((-0.068, 0.326, 0.098), (-0.046, -0.120, -0.022), (0.045, 0.010, 0.078), 0.007),
    ]


def head() -> Shapes:
    """Cranium, face, jaw."""
    brow = [(0.081, 0.572, 0.006), (0.077, 0.574, 0.028), (0.064, 0.566, 0.046)]
    socket = [
        (0.064, 0.566, 0.046),
        (0.061, 0.543, 0.050),
        (0.073, 0.539, 0.026),
        (0.079, 0.552, 0.009),
    ]
    jaw = [
        (0.075, 0.466, 0.012),
        (0.062, 0.468, 0.028),
        (0.040, 0.475, 0.039),
        (0.019, 0.488, 0.046),
    ]
    half = [
        *chain(brow, 0.0076),
        *chain(socket, 0.0056),
        ellipsoid((0.061, 0.529, 0.039), (0.034, 0.028, 0.032)),
        *chain([(0.058, 0.534, 0.050), (0.034, 0.536, 0.063), (0.010, 0.536, 0.062)], 0.0046),
        capsule((0.083, 0.546, 0.007), (0.077, 0.514, 0.015), 0.0052),
        ellipsoid((-0.014, 0.516, 0.052), (0.030, 0.042, 0.022)),
        *chain(jaw, 0.0094),
        plate((0.018, 0.512, 0.049), (-0.010, 0.066, 0.006), (0.034, 0.005, 0.0), 0.012),
        capsule((0.079, 0.497, 0.006), (0.066, 0.498, 0.024), 0.0058),
        capsule((0.077, 0.484, 0.006), (0.064, 0.486, 0.023), 0.0054),
    ]
    middle = [
        ellipsoid((-0.005, 0.582, 0.0), (0.154, 0.137, 0.139)),
        ellipsoid((0.019, 0.588, 0.0), (0.130, 0.122, 0.128)),
        ellipsoid((-0.014, 0.546, 0.0), (0.126, 0.092, 0.122)),
        ellipsoid((0.034, 0.542, 0.0), (0.064, 0.080, 0.100)),
        ellipsoid((0.054, 0.512, 0.0), (0.056, 0.042, 0.060)),
        capsule((0.081, 0.567, 0.0), (0.091, 0.547, 0.0), 0.0058),
        ellipsoid((0.066, 0.475, 0.0), (0.036, 0.026, 0.046)),
        ellipsoid((0.076, 0.464, 0.0), (0.024, 0.026, 0.038)),
    ]
    return middle + on_both_sides(half)
