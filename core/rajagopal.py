"""Conversion of the human's poses to coordinates of the OpenSim model that it was made from, Rajagopal2015.osim.

OpenSim: x forward, y up, z right. Here: x left, y up, z forward. The bodies of both have the same
frames in the neutral pose, so that an OpenSim joint's rotation is that between two of our bodies.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

AXES = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""Rotation from OpenSim's axes to ours."""

MTP_SIGN = -1.0
"""OpenSim's mtp_angle is positive for toe flexion, ours for toe extension (dorsiflexion)."""


class Rotation(NamedTuple):
    """An OpenSim joint that rotates `child` in `parent` (None: the ground) by up to three angles,
    about z, then the rotated x, then the rotated y; `signs`: -1 for axes of opposite direction."""

    parent: str | None
    child: str
    coordinates: tuple[str, ...]
    signs: tuple[float, ...]


class Angle(NamedTuple):
    """A coordinate about an axis that both models share: ours is the dof `dof`, `sign` times it."""

    dof: str
    coordinate: str
    sign: float = 1.0


def _side(s: str, sign: float) -> list[Rotation]:
    def names(*stems: str) -> tuple[str, ...]:
        return tuple(f"{stem}_{s}" for stem in stems)

    hip, arm = ("hip_flexion", "hip_adduction", "hip_rotation"), ("arm_flex", "arm_add", "arm_rot")
    return [
        Rotation("pelvis", f"femur_{s}", names(*hip), (1.0, sign, sign)),
        Rotation("thorax", f"humerus_{s}", names(*arm), (1.0, sign, sign)),
        Rotation(f"radius_{s}", f"hand_{s}", names("wrist_flex", "wrist_dev"), (1.0, sign)),
    ]


ROTATIONS = [
    Rotation(None, "pelvis", ("pelvis_tilt", "pelvis_list", "pelvis_rotation"), (1.0, 1.0, 1.0)),
    Rotation(
        "pelvis",
        "thorax",
        ("lumbar_extension", "lumbar_bending", "lumbar_rotation"),
        (1.0, 1.0, 1.0),
    ),
    *_side("r", 1.0),
    *_side("l", -1.0),
]
"""The axes are those of the osim's SpatialTransforms and, at the wrist, of its universal joint's frame.
Its torso is our thorax; its arm is carried by the torso, so that `arm_*` includes our clavicle."""

ANGLES = [
    angle
    for s in "rl"
    for angle in (
        Angle(f"knee_angle_{s}", f"knee_angle_{s}"),
        Angle(f"knee_angle_{s}", f"knee_angle_{s}_beta"),  # the patella's, coupled to the knee
        Angle(f"ankle_angle_{s}", f"ankle_angle_{s}"),
        Angle(f"subtalar_angle_{s}", f"subtalar_angle_{s}"),
        Angle(f"mtp_angle_{s}", f"mtp_angle_{s}", MTP_SIGN),
        Angle(f"elbow_flex_{s}", f"elbow_flex_{s}"),
        Angle(f"pro_sup_{s}", f"pro_sup_{s}"),
    )
]

TRANSLATIONS = ("pelvis_tx", "pelvis_ty", "pelvis_tz")


def fits(body_names: Sequence[str], dof_names: Sequence[str]) -> bool:
    """Whether a character has every body and dof that the coordinates need."""
    bodies = {name for r in ROTATIONS for name in (r.parent, r.child) if name is not None}
    return bodies <= set(body_names) and {a.dof for a in ANGLES} <= set(dof_names)


def coordinates(
    dof_names: Sequence[str],
    positions: ArrayLike,
    body: Callable[[str], tuple[Floats, Floats]],
    begins: Sequence[int] = (),
) -> dict[str, Floats]:
    """OpenSim's coordinates (T,) by name, degrees and metres, of T poses.

    `positions` (T, dofs); `body` gives a body's rotations (T, 3, 3) and origins (T, 3) in the
    world; an episode begins at 0 and at each of `begins`: within one no angle jumps a turn.
    """
    q = np.asarray(positions, np.float64)
    found: dict[str, Floats] = {}
    for joint in ROTATIONS:
        turn = body(joint.child)[0].astype(np.float64)
        if joint.parent is not None:
            turn = np.swapaxes(body(joint.parent)[0].astype(np.float64), 1, 2) @ turn
        turn = AXES.T @ turn @ AXES
        angles = np.concatenate([zxy_angles(part) for part in np.split(turn, begins)])
        for k, (name, sign) in enumerate(zip(joint.coordinates, joint.signs, strict=True)):
            found[name] = np.degrees(sign * angles[:, k])
        if joint.parent is None:
            found |= zip(TRANSLATIONS, (body(joint.child)[1] @ AXES).T, strict=True)
    for dof, name, sign in ANGLES:
        found[name] = np.degrees(sign * q[:, dof_names.index(dof)])
    return found


def zxy_angles(rotations: ArrayLike) -> Floats:
    """Angles (T, 3) about z, the rotated x and the rotated y of rotations (T, 3, 3), radians.

    The first has its x within a quarter turn; each later one is, of the equivalent triples of
    angles, the nearest to the one before. At a quarter turn of x (gimbal lock), where z and y
    rotate about the same axis, z keeps its value.
    """
    turns = np.asarray(rotations, np.float64)
    found = np.empty((len(turns), 3))
    last = np.zeros(3)
    for k, r in enumerate(turns):
        locked = np.hypot(r[0, 1], r[1, 1]) < 1e-4
        z = last[0] if locked else np.arctan2(-r[0, 1], r[1, 1])
        options = [_given_z(r, z)]
        if k > 0:
            options.append(_given_z(r, z + np.pi))
            options = [o + 2 * np.pi * np.round((last - o) / (2 * np.pi)) for o in options]
        last = found[k] = min(options, key=lambda o: float(np.abs(o - last).sum()))
    return found


def _given_z(r: Floats, z: float) -> Floats:
    """The three angles of a rotation whose first is known: x and y of Rz(-z) r = Rx Ry."""
    cosine, sine = np.cos(z), np.sin(z)
    across = cosine * r[0] + sine * r[1]
    up = cosine * r[1, 1] - sine * r[0, 1]
    return np.array([z, np.arctan2(r[2, 1], up), np.arctan2(across[2], across[0])])
