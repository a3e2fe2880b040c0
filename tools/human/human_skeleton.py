"""The human's bodies, joints, masses and contact spheres (right side and middle), from the osim."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy.optimize import least_squares

from tools.human.kinematics import rotation_from_vector
from tools.human.osim_model import OsimModel, to_ours

TOTAL_MASS = 75.0
TALUS_MASS = 0.35
KNEE_RANGE = np.radians(np.arange(0.0, 81.0, 5.0))

WINTER = {"abdomen": 0.139, "thorax": 0.216, "head_and_neck": 0.081}
NECK_SHARE = 0.2
GIRDLE_SHARE = 0.09

TORSO_JOINTS = {
    "lumbar": (0.0, 0.0, 0.0),
    "thorax": (-0.022, 0.162, 0.0),
    "neck": (-0.018, 0.405, 0.0),
    "head": (-0.004, 0.503, 0.0),
    "clavicle_r": (0.022, 0.375, 0.022),
    "humerus_r": (0.003155, 0.3715, 0.17),
}
"""Joint centres in the osim's torso frame (forward, up, right), m, measured on its bone geometry;
`lumbar` and `humerus_r` are the osim's own `back` and `acromial_r`."""

TORSO_COMS = {
    "lumbar": (-0.012, 0.092, 0.0),
    "thorax": (-0.022, 0.300, 0.0),
    "neck": (-0.012, 0.452, 0.0),
    "head": (0.012, 0.560, 0.0),
    "clavicle_r": (-0.03, 0.372, 0.11),
}
"""Centres of mass in the osim's torso frame, by its bone geometry; own choice."""

SOLE_HEIGHT = -0.0151
"""Height of the sole in the calcaneus frame: the osim's ground with pelvis_ty = 0.94 m."""

FOOT_CONTACTS = {
    "calcn_r": [
        ((0.006, -0.019), 0.025),
        ((0.006, 0.012), 0.025),
        ((0.172, -0.023), 0.020),
        ((0.135, 0.036), 0.020),
    ],
    "toes_r": [((0.056, -0.018), 0.018), ((0.018, 0.034), 0.018)],
}
"""(forward, right) of the contact spheres in the osim's body frame, and radius, m."""


@dataclass
class BodySpec:
    """A body of the character file."""

    name: str
    parent: str | None
    joint: dict[str, Any]
    mass: float
    com: np.ndarray
    inertia: np.ndarray
    note: str = ""
    shapes: list[dict[str, Any]] = field(default_factory=list)
    contacts: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Skeleton:
    """Bodies of the middle and the right side; `offsets` maps an osim body to the character's
    body it belongs to and to its origin there (neutral pose); `figures` are for the sources."""

    right_and_middle: list[BodySpec]
    offsets: dict[str, tuple[str, np.ndarray]]
    figures: dict[str, float]


def build(osim: OsimModel) -> Skeleton:
    """The skeleton with masses scaled to `TOTAL_MASS`."""
    osim.set_pose({})
    knee_axis, knee_centre, knee_rms, knee_max = fit_knee(osim)
    tibia_origin = osim.point_in_body("tibia_r", "femur_r", np.zeros(3)) - knee_centre
    names = [osim.model.getBodySet().get(i).getName() for i in range(osim.model.getNumBodies())]
    osim_mass = sum(osim.body(name)[0] for name in names if name != "ground")
    scale = TOTAL_MASS / osim_mass
    figures = {
        "scale": scale,
        "osim_mass": osim_mass,
        "mass": TOTAL_MASS,
        "talus": TALUS_MASS - 0.1,
        "knee_rms": 1000 * knee_rms,
        "knee_max": 1000 * knee_max,
    }
    bodies = _legs(osim, knee_axis, knee_centre, tibia_origin) + _trunk(osim) + _arm(osim)
    for body in bodies:
        body.mass *= scale
        body.inertia = body.inertia * scale
    figures |= _torso_shift(osim, bodies)
    offsets = {"tibia_r": ("tibia_r", tibia_origin)}
    offsets["patella_r"] = ("femur_r", osim.point_in_body("patella_r", "femur_r", np.zeros(3)))
    for name in ("lumbar", "thorax", "neck", "head", "clavicle_r"):
        offsets[f"torso/{name}"] = (name, -to_ours(np.array(TORSO_JOINTS[name])))
    rounding = TOTAL_MASS - _total([round(b.mass, 4) for b in bodies], bodies)
    next(b for b in bodies if b.name == "pelvis").mass += rounding
    return Skeleton(bodies, offsets, figures)


def _torso_shift(osim: OsimModel, bodies: list[BodySpec]) -> dict[str, float]:
    """How much lower and further forward the parts' common centre is than the osim torso's, mm."""
    parts = [(b.mass * (2 if b.name.endswith("_r") else 1), b.name) for b in bodies]
    parts = [(mass, name) for mass, name in parts if name in TORSO_COMS]
    weighted = sum(mass * np.array(TORSO_COMS[name]) for mass, name in parts)
    shift = 1000.0 * (to_ours(weighted / sum(m for m, _ in parts)) - osim.body("torso")[1])
    return {"torso_lower": -float(shift[1]), "torso_forward": float(shift[2])}


def _total(masses: list[float], bodies: list[BodySpec]) -> float:
    return sum(m * (2 if b.name.endswith("_r") else 1) for m, b in zip(masses, bodies, strict=True))


def fit_knee(osim: OsimModel) -> tuple[np.ndarray, np.ndarray, float, float]:
    """Axis (unit, flexion positive) and centre in the femur of the revolute that best carries four
    points of the osim's shank over `KNEE_RANGE`; rms and largest distance of the points, m."""
    points = to_ours(
        np.array([[0, 0, 0], [-0.01, -0.4, 0], [0.03, -0.2, 0], [-0.02, -0.2, 0.03]], dtype=float)
    )
    targets = []
    for angle in KNEE_RANGE:
        osim.set_pose({"knee_angle_r": float(angle)})
        targets.append([osim.point_in_body("tibia_r", "femur_r", p) for p in points])
    goal = np.array(targets)

    def unpack(x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        axis = np.array([1.0, x[0], x[1]])
        return axis / np.linalg.norm(axis), np.array([0.00275, x[2], x[3]])

    def residuals(x: np.ndarray) -> np.ndarray:
        axis, centre = unpack(x)
        rotations = rotation_from_vector(np.outer(KNEE_RANGE, axis))
        moved = centre + np.einsum("nij,pj->npi", rotations, goal[0] - centre)
        return (moved - goal).ravel()

    solution = least_squares(residuals, np.array([0.0, 0.0, -0.408, -0.008]))
    axis, centre = unpack(solution.x)
    distance = np.linalg.norm(solution.fun.reshape(-1, 3), axis=1)
    osim.set_pose({})
    return axis, centre, float(np.sqrt(np.mean(distance**2))), float(distance.max())


MTP_SPRING = {"stiffness": 25, "rest": 0.2}
"""Plantar fascia and short muscles of the foot, which the model has not: the stiffness that Falisse et al. (2022), PLoS ONE
17(1), e0256311, give their toes; rest as the toes hang in swing (about 12 degrees; own choice)."""


def _gains(kp: float, damping: float) -> dict[str, float]:
    return {"kp": kp, "kv": round(float(np.sqrt(2.0 * kp)), 2), "damping": damping}


def _revolute(
    name: str,
    position: np.ndarray,
    axis: np.ndarray,
    limits: tuple[float, float],
    gains: dict[str, float],
) -> dict[str, Any]:
    joint = {"type": "revolute", "position": position, "axis": axis}
    return joint | {"lower": limits[0], "upper": limits[1], **gains, "names": [name]}


def _ball(
    name: str,
    position: np.ndarray,
    lower: Sequence[float],
    upper: Sequence[float],
    gains: dict[str, float],
) -> dict[str, Any]:
    """Ball joint; limits on the rotation vector's components in degrees."""
    stem, side = (name[:-2], "_r") if name.endswith("_r") else (name, "")
    limits = {"lower": np.radians(lower), "upper": np.radians(upper)}
    names = {"names": [f"{stem}_{axis}{side}" for axis in "xyz"]}
    return {"type": "ball", "position": position} | limits | gains | names


def merge(
    parts: list[tuple[float, np.ndarray, np.ndarray]],
) -> tuple[float, np.ndarray, np.ndarray]:
    """Mass, centre and inertia about it of several bodies (mass, centre, inertia) in one frame."""
    mass = sum(p[0] for p in parts)
    com = np.sum([p[0] * p[1] for p in parts], axis=0) / mass
    inertia = np.zeros((3, 3))
    for part_mass, part_com, part_inertia in parts:
        d = part_com - com
        inertia += part_inertia + part_mass * (d @ d * np.eye(3) - np.outer(d, d))
    return mass, com, inertia


def _legs(
    osim: OsimModel, knee_axis: np.ndarray, knee_centre: np.ndarray, tibia_origin: np.ndarray
) -> list[BodySpec]:
    """Pelvis and right leg."""
    zero = np.zeros(3)
    pelvis = BodySpec("pelvis", None, {"type": "free"}, *osim.body("pelvis"))
    pelvis.note = "osim pelvis"
    mass, com, inertia = osim.body("patella_r")
    patella = (mass, com + osim.point_in_body("patella_r", "femur_r", zero), inertia)
    hip = osim.joint("hip_r")[0]
    hip_joint = _ball("hip_r", hip, [-120, -40, -50], [30, 40, 30], _gains(300, 0.5))
    femur = BodySpec("femur_r", "pelvis", hip_joint, *merge([osim.body("femur_r"), patella]))
    femur.note = "osim femur_r and patella_r"

    knee_limits = (np.radians(-5.0), osim.coordinate_range("knee_angle_r")[1])
    knee = _revolute("knee_angle_r", knee_centre, knee_axis, knee_limits, _gains(300, 0.5))
    mass, com, inertia = osim.body("tibia_r")
    tibia = BodySpec("tibia_r", "femur_r", knee, mass, com + tibia_origin, inertia)
    tibia.note = "osim tibia_r; the lower limit lets the knee extend 5 degrees past the osim's 0"

    place, _, rotation = osim.joint("ankle_r")
    limits = osim.coordinate_range("ankle_angle_r")
    axis = rotation[:, 2]
    ankle = _revolute("ankle_angle_r", place + tibia_origin, axis, limits, _gains(300, 0.5))
    _, com, inertia = osim.body("talus_r")
    talus = BodySpec("talus_r", "tibia_r", ankle, TALUS_MASS, com, inertia)
    talus.note = "osim talus_r; mass raised at the calcaneus's cost"

    place, _, rotation = osim.joint("subtalar_r")
    limits = osim.coordinate_range("subtalar_angle_r")
    axis = rotation[:, 2]
    subtalar = _revolute("subtalar_angle_r", place, axis, limits, _gains(150, 0.3))
    mass, com, inertia = osim.body("calcn_r")
    lighter = mass - (TALUS_MASS - osim.body("talus_r")[0])
    calcn = BodySpec("calcn_r", "talus_r", subtalar, lighter, com, inertia * lighter / mass)
    calcn.note = "osim calcn_r less the mass given to the talus"
    calcn.contacts = _contacts("calcn_r", 0.0)

    place, _, rotation = osim.joint("mtp_r")
    lower, upper = osim.coordinate_range("mtp_angle_r")
    mtp = _revolute(
        "mtp_angle_r", place, -rotation[:, 2], (lower, upper), _gains(40, 0.1) | MTP_SPRING
    )
    mtp["upper"] = np.radians(60.0)
    mass, com, _ = osim.body("toes_r")
    x, y, z = 0.095, 0.025, 0.075
    box = mass / 12.0 * np.diag([y * y + z * z, x * x + z * z, x * x + y * y])
    toes = BodySpec("toes_r", "calcn_r", mtp, mass, com, box)
    toes.note = "osim toes_r; box inertia; upper limit 60 degrees (AAOS: 70) for the osim's 30"
    toes.contacts = _contacts("toes_r", float(place[1]))
    return [pelvis, femur, tibia, talus, calcn, toes]


def _contacts(body: str, frame_height: float) -> list[dict[str, Any]]:
    """Contact spheres whose lowest points lie at the sole; height of the frame over calcn's."""
    contacts = []
    for (forward, right), radius in FOOT_CONTACTS[body]:
        height = SOLE_HEIGHT - frame_height + radius
        position = to_ours(np.array([forward, height, right]))
        contacts.append({"position": position, "radius": radius})
    return contacts


def _ellipsoid_like(mass: float, gyration: tuple[float, float, float]) -> np.ndarray:
    """Inertia of radii of gyration (about x, y, z), m."""
    return mass * np.diag(np.square(gyration))


def _trunk(osim: OsimModel) -> list[BodySpec]:
    """Abdomen (`lumbar`), thorax, neck, head; `clavicle_r` is light and taken from the thorax."""
    torso = osim.body("torso")[0]
    whole = sum(WINTER.values())
    abdomen = torso * WINTER["abdomen"] / whole
    thorax = torso * WINTER["thorax"] / whole
    head_neck = torso * WINTER["head_and_neck"] / whole
    girdle = GIRDLE_SHARE * thorax
    masses = {
        "lumbar": abdomen,
        "thorax": thorax - 2.0 * girdle,
        "neck": NECK_SHARE * head_neck,
        "head": (1.0 - NECK_SHARE) * head_neck,
        "clavicle_r": girdle,
    }
    gyration = {  # about x (left), y (up), z (forward)
        "lumbar": (0.0825, 0.1009, 0.1039),  # de Leva, middle trunk, 0.2155 m
        "thorax": (0.0775, 0.1125, 0.1222),  # upper trunk, 0.1707 m
        "neck": (0.040, 0.045, 0.040),  # a cylinder 0.11 m long, 0.06 m in radius
        "head": (0.0765, 0.0634, 0.0736),  # head, 0.2033 m
        "clavicle_r": (0.030, 0.050, 0.050),  # a flat body 0.17 m long
    }
    limits = {
        "lumbar": ([-25, -20, -25], [50, 20, 25]),
        "thorax": ([-20, -30, -20], [30, 30, 20]),
        "neck": ([-30, -40, -25], [30, 40, 25]),
        "head": ([-30, -40, -20], [25, 40, 20]),
        "clavicle_r": ([-15, -30, -40], [45, 30, 10]),
    }
    gains = {"lumbar": (400, 0.5), "thorax": (350, 0.5), "neck": (80, 0.2), "head": (50, 0.1)}
    gains["clavicle_r"] = (150, 0.3)
    parents = {"lumbar": "pelvis", "thorax": "lumbar", "neck": "thorax", "head": "neck"}
    parents["clavicle_r"] = "thorax"
    bodies = []
    for name, parent in parents.items():
        place = to_ours(np.array(TORSO_JOINTS[name]))
        if name == "lumbar":
            position = osim.joint("back")[0]
        else:
            position = place - to_ours(np.array(TORSO_JOINTS[parent]))
        joint = _ball(name, position, *limits[name], _gains(*gains[name]))
        com = to_ours(np.array(TORSO_COMS[name])) - place
        inertia = _ellipsoid_like(masses[name], gyration[name])
        note = "share of the osim's torso, see sources"
        bodies.append(BodySpec(name, parent, joint, masses[name], com, inertia, note))
    return bodies


def _arm(osim: OsimModel) -> list[BodySpec]:
    """Right upper arm, forearm and hand."""
    shoulder = to_ours(np.array(TORSO_JOINTS["humerus_r"]) - np.array(TORSO_JOINTS["clavicle_r"]))
    joint = _ball("shoulder_r", shoulder, [-150, -80, -120], [60, 80, 60], _gains(150, 0.3))
    humerus = BodySpec("humerus_r", "clavicle_r", joint, *osim.body("humerus_r"))
    humerus.note = "osim humerus_r"

    place, _, rotation = osim.joint("elbow_r")
    limits = osim.coordinate_range("elbow_flex_r")
    elbow = _revolute("elbow_flex_r", place, rotation[:, 2], limits, _gains(100, 0.2))
    ulna = BodySpec("ulna_r", "humerus_r", elbow, *osim.body("ulna_r"))
    ulna.note = "osim ulna_r"

    place, _, rotation = osim.joint("radioulnar_r")
    limits = osim.coordinate_range("pro_sup_r")
    forearm = _revolute("pro_sup_r", place, rotation[:, 2], limits, _gains(50, 0.1))
    radius = BodySpec("radius_r", "ulna_r", forearm, *osim.body("radius_r"))
    radius.note = "osim radius_r"

    place = osim.joint("radius_hand_r")[0]
    wrist = _ball("wrist_r", place, [-70, -10, -35], [70, 10, 25], _gains(50, 0.1))
    hand = BodySpec("hand_r", "radius_r", wrist, *osim.body("hand_r"))
    hand.note = "osim hand_r"
    return [humerus, ulna, radius, hand]


def _mirrored_name(name: str) -> str:
    return name[:-2] + "_l" if name.endswith("_r") else name


def _mirror_point(point: Any) -> np.ndarray:
    return np.asarray(point, dtype=float) * np.array([-1.0, 1.0, 1.0])


def _mirror_shape(shape: dict[str, Any]) -> dict[str, Any]:
    mirrored = deepcopy(shape)
    for key in ("position", "from", "to"):
        if key in mirrored:
            mirrored[key] = _mirror_point(mirrored[key])
    if "orientation" in mirrored:
        mirrored["orientation"] = np.asarray(shape["orientation"]) * np.array([1, 1, -1, -1])
    return mirrored


def mirror_body(body: BodySpec) -> BodySpec:
    """The left body of a right one: reflection in the plane x = 0."""
    mirrored = deepcopy(body)
    mirrored.name = _mirrored_name(body.name)
    mirrored.parent = _mirrored_name(str(body.parent))
    mirrored.note = body.note.replace("_r", "_l")
    mirrored.com = _mirror_point(body.com)
    flip = np.diag([-1.0, 1.0, 1.0])
    mirrored.inertia = flip @ body.inertia @ flip
    joint = mirrored.joint
    joint["position"] = _mirror_point(joint["position"])
    joint["names"] = [_mirrored_name(n) for n in joint["names"]]
    axial = np.array([1.0, -1.0, -1.0])
    if joint["type"] == "revolute":
        joint["axis"] = np.asarray(joint["axis"]) * axial
    elif joint["type"] == "ball":
        low, high = np.asarray(joint["lower"]) * axial, np.asarray(joint["upper"]) * axial
        joint["lower"], joint["upper"] = np.minimum(low, high), np.maximum(low, high)
    mirrored.shapes = [_mirror_shape(s) for s in body.shapes]
    for contact in mirrored.contacts:
        contact["position"] = _mirror_point(contact["position"])
    return mirrored


def mirror_muscle(muscle: dict[str, Any]) -> dict[str, Any]:
    """The left muscle of a right one."""
    mirrored = deepcopy(muscle)
    mirrored["name"] = _mirrored_name(muscle["name"])
    for point in mirrored["path"]:
        if "body" in point:
            point["body"] = _mirrored_name(point["body"])
            point["position"] = _mirror_point(point["position"])
        else:
            point["bodies"] = [_mirrored_name(b) for b in point["bodies"]]
            point["positions"] = [_mirror_point(p) for p in point["positions"]]
    return mirrored
