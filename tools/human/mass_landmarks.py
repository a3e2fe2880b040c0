"""Carries points of MASS's human to ours: both stand with their arms held out, and landmarks of their bones coincide.

MASS (Lee et al. 2019, Apache-2.0) gives its muscles' via points in the world, its arms held out to the
sides and the thumbs forward. Our human takes the same pose: shoulders abducted by 90 degrees, forearms pronated
by 90. In the trunk each axis is a piecewise linear map through pairs of landmarks; a limb's segment is turned and
stretched so that its two joints' centres fall on ours.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tools.human.kinematics import Character, Transform

Vector = np.ndarray
Pairs = tuple[tuple[float, float], ...]
"""Landmarks along one axis: MASS's coordinate and ours, m, ascending."""

LIMB_THICKNESS = 0.9
"""Across a limb's axis: our limbs' bones over MASS's, whose body is 1.75 m tall and broad."""


@dataclass(frozen=True)
class MassMuscle:
    """A muscle of MASS: its via points' bodies and places in the world, m, shape (points, 3)."""

    name: str
    bodies: tuple[str, ...]
    points: Vector


def read_muscles(path: Path) -> dict[str, MassMuscle]:
    """The muscles of MASS's muscle284.xml by their names."""
    muscles = {}
    for unit in ET.parse(path).getroot():
        places = [[float(x) for x in point.attrib["p"].split()] for point in unit]
        bodies = tuple(point.attrib["body"] for point in unit)
        muscles[unit.attrib["name"]] = MassMuscle(unit.attrib["name"], bodies, np.array(places))
    return muscles


TRUNK: dict[str, tuple[str, Pairs, Pairs, Pairs]] = {
    # body of MASS: our body; x (half widths), y, z of the bones' outlines and the joints' centres
    "Pelvis": (
        "pelvis",
        ((-0.1442, -0.136), (0.1442, 0.136)),
        ((0.8614, -0.136), (1.0763, 0.085)),
        ((-0.1120, -0.152), (0.0544, 0.001)),
    ),
    "Spine": (
        "lumbar",
        ((-0.0467, -0.040), (0.0467, 0.040)),
        ((1.0675, 0.0815), (1.1761, 0.2435)),
        ((-0.1002, -0.156), (-0.0081, -0.071)),
    ),
    "Torso": (
        "thorax",
        ((-0.1467, -0.139), (0.1467, 0.139)),
        ((1.1761, 0.2435), (1.4844, 0.4865)),
        ((-0.1283, -0.195), (0.0975, -0.005)),
    ),
    "Neck": (
        "neck",
        ((-0.0399, -0.032), (0.0399, 0.032)),
        ((1.4844, 0.4865), (1.5652, 0.5845)),
        ((-0.0878, -0.158), (-0.0260, -0.1117), (0.0126, -0.085)),
    ),
    "Head": (
        "head",
        ((-0.0715, -0.070), (0.0715, 0.070)),
        ((1.5511, 0.532), (1.7530, 0.732)),
        ((-0.0918, -0.183), (0.1072, -0.004)),
    ),
    "ShoulderR": (
        "clavicle_r",
        ((-0.2060, -0.173), (-0.0179, -0.014)),
        ((1.3290, 0.331), (1.4753, 0.492)),
        ((-0.1311, -0.197), (-0.0353, -0.0976), (0.0337, -0.064)),
    ),
}
"""Joints' centres from human.xml, outlines from its meshes' bounding boxes and from our shapes."""

LIMB: dict[str, tuple[str, str, Vector, Vector]] = {
    # body of MASS: our joints at its two ends; MASS's centres of these joints (human.xml)
    "ArmR": (
        "humerus_r",
        "ulna_r",
        np.array([-0.1995, 1.4350, -0.0353]),
        np.array([-0.5234, 1.4607, -0.0105]),
    ),
    "ForeArmR": (
        "ulna_r",
        "hand_r",
        np.array([-0.5234, 1.4607, -0.0105]),
        np.array([-0.8102, 1.4690, 0.0194]),
    ),
}
HAND = np.array([-0.8102, 1.4690, 0.0194])


def arms_out(character: Character) -> Vector:
    """The pose (1, dofs) of our human that is MASS's."""
    q = np.zeros((1, character.dofs))
    for name, angle in (("shoulder_z_r", -0.5), ("shoulder_z_l", 0.5)):
        q[0, character.dof_names.index(name)] = angle * np.pi
    for side in "rl":
        q[0, character.dof_names.index(f"pro_sup_{side}")] = 0.5 * np.pi
    return q


def piecewise(value: float, pairs: Pairs) -> float:
    """The map through the landmarks, continued beyond them by its outer pieces."""
    known, ours = (np.array(column) for column in zip(*pairs, strict=True))
    k = int(np.clip(np.searchsorted(known, value) - 1, 0, len(known) - 2))
    share = (value - known[k]) / (known[k + 1] - known[k])
    return float(ours[k] + share * (ours[k + 1] - ours[k]))


class Landmarks:
    """The maps from MASS's world to our bodies' frames, right side and middle."""

    def __init__(self, character: Character) -> None:
        self._frames: dict[int, Transform] = character.transforms(arms_out(character))
        self._index = character.body_index

    def place(self, mass_body: str, point: Vector, body: str | None = None) -> tuple[str, Vector]:
        """Our body and the place in its frame, m, of a point of MASS's body; `body` names one of ours instead."""
        world = self._world(mass_body, np.asarray(point, dtype=float))
        name = body or self._body(mass_body, point)
        rotation, origin = self._frames[self._index[name]]
        return name, rotation[0].T @ (world - origin[0])

    def _body(self, mass_body: str, point: Vector) -> str:
        if mass_body in TRUNK:
            return TRUNK[mass_body][0]
        if mass_body == "HandR":
            return "hand_r"
        if mass_body == "ArmR":
            return "humerus_r"
        near, far = LIMB["ForeArmR"][2:]
        share = (point - near) @ (far - near) / ((far - near) @ (far - near))
        return "radius_r" if share > 0.5 else "ulna_r"

    def _world(self, mass_body: str, point: Vector) -> Vector:
        if mass_body in TRUNK:
            axes = TRUNK[mass_body][1:]
            return np.array([piecewise(p, pairs) for p, pairs in zip(point, axes, strict=True)])
        if mass_body == "HandR":
            return self._limb(point, "ForeArmR", HAND, "hand_r")
        return self._limb(point, mass_body, LIMB[mass_body][2], LIMB[mass_body][0])

    def _limb(self, point: Vector, segment: str, centre: Vector, origin: str) -> Vector:
        """Turned from the segment's axis in MASS to ours, stretched along it."""
        near, far, mass_near, mass_far = LIMB[segment]
        ours = self._origin(far) - self._origin(near)
        theirs = mass_far - mass_near
        unit, along = theirs / np.linalg.norm(theirs), ours / np.linalg.norm(ours)
        offset = point - centre
        axial = offset @ unit
        across = LIMB_THICKNESS * (offset - axial * unit)
        stretch = np.linalg.norm(ours) / np.linalg.norm(theirs)
        return self._origin(origin) + stretch * axial * along + turn(unit, along) @ across

    def _origin(self, body: str) -> Vector:
        return self._frames[self._index[body]][1][0]


def turn(start: Vector, end: Vector) -> Vector:
    """The least rotation (3, 3) from one unit vector to another."""
    axis = np.cross(start, end)
    skew = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    return np.eye(3) + skew + skew @ skew / (1.0 + float(start @ end))
