"""The character's skeleton as an OpenSim model (.osim), and its poses and torques in that model's coordinates.

OpenSim: x forward, y up, z right. Here: x left, y up, z forward. Bodies keep their origins; their axes are renamed.
Joints of three angles become rotations about z, x and y, as those of Rajagopal2015.osim. Hips, pelvis and joints of one
angle have the names that they have there.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.rajagopal import AXES, MTP_SIGN, zxy_angles

if TYPE_CHECKING:
    from muscle_viewer.core.readers.character import Body, Character

Floats = np.ndarray

KNOWN = {
    "pelvis": (("pelvis_tilt", "pelvis_list", "pelvis_rotation"), (1.0, 1.0, 1.0)),
    "femur_r": (("hip_flexion_r", "hip_adduction_r", "hip_rotation_r"), (1.0, 1.0, 1.0)),
    "femur_l": (("hip_flexion_l", "hip_adduction_l", "hip_rotation_l"), (1.0, -1.0, -1.0)),
}
"""Names and signs of Rajagopal2015.osim, by the body that the joint carries."""

ZXY = np.array([[0.0, 0.0, 1.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]])
"""Axes of the rotations of a joint of three angles, in OpenSim's axes."""


@dataclass(frozen=True)
class OsimJoint:
    """A joint's coordinates: `names`, rotations first, then translations; `axes` of each, (coordinates, 3)."""

    body: int
    names: tuple[str, ...]
    axes: Floats
    rotations: int


def joints_of(character: Character) -> list[OsimJoint]:
    """The joints of all bodies. UserError for one that is not written."""
    return [_joint(k, body) for k, body in enumerate(character.bodies)]


def _joint(k: int, body: Body) -> OsimJoint:
    joint = body.joint
    if joint.type in ("free", "ball"):
        stem = tuple(f"{body.name}_r{axis}" for axis in "zxy")
        names, signs = KNOWN.get(body.name, (stem, (1.0, 1.0, 1.0)))
        axes = ZXY * np.array(signs)[:, None]
        if joint.type == "ball":
            return OsimJoint(k, names, axes, 3)
        moves = tuple(f"{body.name}_t{axis}" for axis in "xyz")
        return OsimJoint(k, (*names, *moves), np.concatenate([axes, np.eye(3)]), 3)
    if joint.type == "weld":
        return OsimJoint(k, (), np.empty((0, 3)), 0)
    if joint.type in ("revolute", "slide"):
        name = joint.dof_names[0]
        axis = (AXES.T @ joint.axis) * (MTP_SIGN if name.startswith("mtp_angle_") else 1.0)
        return OsimJoint(k, (name,), axis[None], int(joint.type == "revolute"))
    raise UserError(
        f"the joint of {body.name} follows functions of its coordinate, which is not exported; "
        "take the model file that it came from"
    )


def coordinates(character: Character, values: dict[str, Floats]) -> dict[str, Floats]:
    """Coordinates by name, (T,) degrees and metres, of substeps (see `Environment.substeps`)."""
    rotations, origins = values["body_rotations"].astype(float), values["body_positions"]
    columns = _columns(character)
    found: dict[str, Floats] = {}
    for joint in joints_of(character):
        body = character.bodies[joint.body]
        if joint.rotations == 3:
            turn = _turn(character, joint.body, rotations)
            signs = joint.axes[:3].sum(axis=1)
            found |= zip(joint.names[:3], np.degrees(signs * zxy_angles(turn)).T, strict=True)
        if body.joint.type == "free":
            found |= zip(joint.names[3:], (origins[:, joint.body] @ AXES).T, strict=True)
        elif len(joint.names) == 1:
            factor = np.degrees(1.0) if joint.rotations else 1.0
            sign = MTP_SIGN if joint.names[0].startswith("mtp_angle_") else 1.0
            found[joint.names[0]] = factor * sign * values["positions"][:, columns[joint.body]]
    return found


def _matrix(quaternion: Floats) -> Floats:
    """Rotation of a unit quaternion [w, x, y, z]."""
    w, (x, y, z) = quaternion[0], quaternion[1:]
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + 2 * w * cross + 2 * cross @ cross)


def _columns(character: Character) -> list[int]:
    """First dof of each body's joint."""
    counts = [len(body.joint.dof_names) for body in character.bodies]
    return np.cumsum([0, *counts])[:-1].tolist()


def _turn(character: Character, k: int, rotations: Floats) -> Floats:
    """The joint's own rotation (T, 3, 3), in OpenSim's axes."""
    body = character.bodies[k]
    turn = rotations[:, k]
    if body.parent >= 0:
        turn = np.swapaxes(rotations[:, body.parent], 1, 2) @ turn
    turn = _matrix(body.joint.orientation).T @ turn
    return AXES.T @ turn @ AXES


def torques(character: Character, values: dict[str, Floats]) -> dict[str, Floats]:
    """Torque (N m, N) in each coordinate, (T,): of the muscles and of all else that the joint transmits, so that it is what
    inverse dynamics finds. The root has none."""
    columns, found = _columns(character), dict[str, Floats]()
    rotations = values["body_rotations"].astype(float)
    reactions, muscles = values["joint_reactions"].astype(float), values["muscle_torques"]
    for joint in joints_of(character):
        body, first = character.bodies[joint.body], columns[joint.body]
        if body.parent < 0 or not joint.names:
            continue
        moment, force = reactions[:, joint.body, :3], reactions[:, joint.body, 3:]
        if len(joint.names) == 1:
            along = moment if joint.rotations else force
            axis = AXES @ joint.axes[0]
            sign = MTP_SIGN if joint.names[0].startswith("mtp_angle_") else 1.0
            found[joint.names[0]] = along @ axis + sign * muscles[:, first]
            continue
        own = (moment + muscles[:, first : first + 3]) @ AXES  # the body's axes, OpenSim's
        turn = _turn(character, joint.body, rotations)
        for name, axis in zip(joint.names, _body_axes(turn, joint.axes), strict=True):
            found[name] = np.sum(axis * own, axis=1)
    return found


def rates(character: Character, values: dict[str, Floats], hz: float) -> dict[str, Floats]:
    """Rate of each joint coordinate (rad/s, m/s) at the middle of each substep, (T,)."""
    columns, found = _columns(character), dict[str, Floats]()
    rotations = values["body_rotations"].astype(float)
    middle = values["velocities"] + values["accelerations"] * (0.5 / hz)
    for joint in joints_of(character):
        body, first = character.bodies[joint.body], columns[joint.body]
        if body.parent < 0 or not joint.names:
            continue
        if len(joint.names) == 1:
            sign = MTP_SIGN if joint.names[0].startswith("mtp_angle_") else 1.0
            found[joint.names[0]] = sign * middle[:, first]
            continue
        axes = _body_axes(_turn(character, joint.body, rotations), joint.axes)
        matrix = np.stack(axes, axis=2)  # body rate = matrix @ coordinate rates
        own = middle[:, first : first + 3] @ AXES
        found |= zip(joint.names, np.linalg.solve(matrix, own[..., None])[..., 0].T, strict=True)
    return found


def _body_axes(turn: Floats, axes: Floats) -> list[Floats]:
    """Axes (T, 3) of the three rotations in the carried body's frame, at rotations (T, 3, 3)."""
    angles = zxy_angles(turn)
    y, x = angles[:, 2], angles[:, 1]
    zero, one = np.zeros_like(y), np.ones_like(y)
    third = np.stack([zero, one, zero], axis=1)
    second = np.stack([np.cos(y), zero, np.sin(y)], axis=1)
    first = np.stack([-np.cos(x) * np.sin(y), np.sin(x), np.cos(x) * np.cos(y)], axis=1)
    signs = axes[:3].sum(axis=1)
    return [sign * axis for sign, axis in zip(signs, (first, second, third), strict=True)]


def model_text(character: Character, name: str, gravity: Floats) -> str:
    """The .osim: bodies, joints and gravity (m/s^2, our axes), without muscles."""
    root = ElementTree.Element("OpenSimDocument", Version="40000")
    model = ElementTree.SubElement(root, "Model", name=name)
    _text(model, "gravity", _numbers(AXES.T @ gravity))
    bodies = _set(model, "BodySet", "bodyset")
    joints = _set(model, "JointSet", "jointset")
    for joint in joints_of(character):
        body = character.bodies[joint.body]
        _write_body(bodies, body)
        parent = "/ground" if body.parent < 0 else f"/bodyset/{character.bodies[body.parent].name}"
        _write_joint(joints, joint, body, parent)
    ElementTree.indent(root)
    return '<?xml version="1.0" encoding="UTF-8" ?>\n' + ElementTree.tostring(root, "unicode")


def _set(model: ElementTree.Element, kind: str, name: str) -> ElementTree.Element:
    return ElementTree.SubElement(ElementTree.SubElement(model, kind, name=name), "objects")


def _text(parent: ElementTree.Element, tag: str, text: str) -> None:
    ElementTree.SubElement(parent, tag).text = text


def _numbers(values: Floats) -> str:
    return " ".join(f"{value:.17g}" for value in np.asarray(values).ravel())


def _write_body(bodies: ElementTree.Element, body: Body) -> None:
    """OpenSim's inertia is about the centre of mass; so is ours."""
    written = ElementTree.SubElement(bodies, "Body", name=body.name)
    _text(written, "mass", f"{body.mass:.17g}")
    _text(written, "mass_center", _numbers(AXES.T @ body.com))
    xx, yy, zz, xy, xz, yz = body.inertia
    inertia = AXES.T @ np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]) @ AXES
    six = inertia[[0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    _text(written, "inertia", _numbers(six))


def _write_joint(joints: ElementTree.Element, joint: OsimJoint, body: Body, parent: str) -> None:
    kind = "CustomJoint" if joint.names else "WeldJoint"
    written = ElementTree.SubElement(joints, kind, name=f"{body.name}_joint")
    _text(written, "socket_parent_frame", "parent_offset")
    _text(written, "socket_child_frame", "child_offset")
    frames = ElementTree.SubElement(written, "frames")
    turn = AXES.T @ _matrix(body.joint.orientation) @ AXES
    place = AXES.T @ body.joint.position
    for name, of, at, angles in (
        ("parent_offset", parent, place, xyz_angles(turn)),
        ("child_offset", f"/bodyset/{body.name}", np.zeros(3), np.zeros(3)),
    ):
        frame = ElementTree.SubElement(frames, "PhysicalOffsetFrame", name=name)
        _text(frame, "socket_parent", of)
        _text(frame, "translation", _numbers(at))
        _text(frame, "orientation", _numbers(angles))
    if not joint.names:
        return
    coordinates = ElementTree.SubElement(written, "coordinates")
    for name in joint.names:
        coordinate = ElementTree.SubElement(coordinates, "Coordinate", name=name)
        _text(coordinate, "range", "-1000 1000")
    transform = ElementTree.SubElement(written, "SpatialTransform")
    turns = list(zip(joint.names[: joint.rotations], joint.axes[: joint.rotations], strict=True))
    moves = list(zip(joint.names[joint.rotations :], joint.axes[joint.rotations :], strict=True))
    _write_axes(transform, "rotation", turns)
    _write_axes(transform, "translation", moves)


def _write_axes(transform: ElementTree.Element, kind: str, moved: list[tuple[str, Floats]]) -> None:
    """Three axes, of which the first are moved by coordinates; OpenSim wants the others to be linearly independent."""
    axes = [axis for _, axis in moved]
    for candidate in np.eye(3):
        if len(axes) < 3 and np.linalg.matrix_rank([*axes, candidate], tol=0.3) == len(axes) + 1:
            axes.append(candidate)
    for k, axis in enumerate(axes):
        written = ElementTree.SubElement(transform, "TransformAxis", name=f"{kind}{k + 1}")
        _text(written, "coordinates", moved[k][0] if k < len(moved) else "")
        _text(written, "axis", _numbers(axis))
        if k < len(moved):
            function = ElementTree.SubElement(written, "LinearFunction", name="function")
            _text(function, "coefficients", "1 0")
        else:
            function = ElementTree.SubElement(written, "Constant", name="function")
            _text(function, "value", "0")


def xyz_angles(rotation: Floats) -> Floats:
    """Angles about x, the rotated y and the rotated z, radians: OpenSim's orientation of a frame."""
    y = np.arcsin(np.clip(rotation[0, 2], -1.0, 1.0))
    x = np.arctan2(-rotation[1, 2], rotation[2, 2])
    z = np.arctan2(-rotation[0, 1], rotation[0, 0])
    return np.array([x, y, z])
