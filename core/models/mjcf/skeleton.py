"""The bodies, joints and coupled joints of an MjModel as a skeleton.

Joint equalities hold exactly here, where MuJoCo keeps them as soft constraints.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ...readers.character import Joint
from ...readers.coordinates import Coordinate, Element
from ...readers.functions import IDENTITY, Function
from ...readers.text import vector
from ..pose import Pose, about, identity, matrix_of, placed
from ..skeleton import Segment, Skeleton, Stack, simple_joint

Floats = NDArray[np.float64]

FREE, BALL, SLIDE, HINGE = range(4)  # mjtJoint
CONNECT, WELD, JOINT, TENDON = range(4)  # mjtEq
FREE_NAMES = ("root_rx", "root_ry", "root_rz", "root_tx", "root_ty", "root_tz")
EQUALITIES = {CONNECT: "connect", WELD: "weld", TENDON: "tendon"}

UPRIGHT = Pose(about(np.array([1.0, 0.0, 0.0]), -np.pi / 2).round(), np.zeros(3))
"""MuJoCo's world, whose z axis points up, in ours: x stays, z becomes y."""

LEAST_RATIO, LEAST_IMPEDANCE = 1e-3, 1e-4
"""Of soft limits; less makes them infinitely stiff."""

LIGHTEST = 2e-3
"""kg; MuJoCo wants mass of bodies that serve as moving points of tendons: up to this it is left out."""


def skeleton_of(model: Any) -> Skeleton:
    """The skeleton of an MjModel. ModelError: one line that names the body, joint or equality."""
    if not model.njnt:
        raise ModelError("has no body that a joint moves; a character needs one")
    coordinates = _coordinates(model)
    points = _moving_points(model, coordinates)
    segments = []
    for body in range(1, model.nbody):
        mass = 0.0 if body in points else float(model.body_mass[body])
        segments.append(
            Segment(
                model.body(body).name or f"body {body}",
                int(model.body_parentid[body]) - 1,
                _joint(model, body, coordinates),
                mass,
                vector(model.body_ipos[body]),
                _inertia(model, body) if mass > 0 else vector([0] * 6),
            )
        )
    return Skeleton(segments, list(coordinates.values()), UPRIGHT)


def pose_of(model: Any, qpos: Floats) -> dict[str, float]:
    """MuJoCo's positions, shape (nq,), by the names of coordinates and of a free root's dofs, rad and m."""
    values: dict[str, float] = {}
    for joint in range(model.njnt):
        at, kind = int(model.jnt_qposadr[joint]), int(model.jnt_type[joint])
        if kind == FREE:
            place, quaternion = qpos[at : at + 3], qpos[at + 3 : at + 7]
            sine = float(np.linalg.norm(quaternion[1:]))
            angle = 2 * np.arctan2(sine, quaternion[0])
            turn = quaternion[1:] * (angle / sine if sine > 0 else 0.0)
            dofs = np.concatenate([turn, UPRIGHT.rotation @ place]).tolist()
            values |= dict(zip(FREE_NAMES, dofs, strict=True))
        elif kind != BALL:
            values[joint_name(model, joint)] = float(qpos[at])
    return values


def root_of(model: Any) -> dict[str, float]:
    """The dofs of a free root in the model's initial pose, by name, rad and m; empty without one."""
    pose = pose_of(model, model.qpos0)
    return {name: pose[name] for name in FREE_NAMES if name in pose}


def keyframes_of(model: Any) -> dict[str, dict[str, float]]:
    """The poses of the model's keyframes by name, each as `pose_of`."""
    return {
        model.key(k).name or f"keyframe {k}": pose_of(model, model.key_qpos[k])
        for k in range(model.nkey)
    }


def joint_name(model: Any, joint: int) -> str:
    return model.jnt(joint).name or f"joint {joint}"


def _joints_of(model: Any, body: int) -> range:
    first = int(model.body_jntadr[body])
    return range(first, first + int(model.body_jntnum[body]))


def _moving_points(model: Any, coordinates: dict[int, Coordinate]) -> set[int]:
    """Bodies of a gram or so that other coordinates move: points of tendons."""
    carries = set(model.body_parentid.tolist())
    return {
        body
        for body in range(1, model.nbody)
        if 0 < model.body_mass[body] <= LIGHTEST
        and body not in carries
        and model.body_jntnum[body] > 0
        and all(j in coordinates and coordinates[j].follows for j in _joints_of(model, body))
    }


def _joint(model: Any, body: int, coordinates: dict[int, Coordinate]) -> Stack | Joint:
    name, joints = model.body(body).name or f"body {body}", _joints_of(model, body)
    kinds = [int(model.jnt_type[j]) for j in joints]
    at = placed(model.body_pos[body], model.body_quat[body])
    if FREE in kinds:
        return simple_joint("free", identity(), FREE_NAMES)
    if BALL in kinds:
        raise ModelError(
            f"body '{name}': its joint '{joint_name(model, joints[kinds.index(BALL)])}' is a ball, "
            "which is not read yet; replace it by three hinges"
        )
    elements: list[Element] = []
    shift = np.zeros(3)
    for j, kind in zip(joints, kinds, strict=True):
        axis, anchor = vector(model.jnt_axis[j]), model.jnt_pos[j]
        offset = Function((-float(model.qpos0[model.jnt_qposadr[j]]), 1.0))
        if kind == HINGE:
            _translate(elements, shift + anchor)
            shift = -anchor
        elements.append(Element(kind == HINGE, axis, offset, coordinates[j].name))
    _translate(elements, shift)
    return Stack(elements, at)


def _translate(elements: list[Element], shift: Floats) -> None:
    length = float(np.linalg.norm(shift))
    if length > 0:
        elements.append(Element(False, vector(shift / length), Function((length,))))


def _inertia(model: Any, body: int) -> Floats:
    turn = matrix_of(model.body_iquat[body])
    m = turn @ np.diag(model.body_inertia[body]) @ turn.T
    return vector([m[0, 0], m[1, 1], m[2, 2], m[0, 1], m[0, 2], m[1, 2]])


def _coordinates(model: Any) -> dict[int, Coordinate]:
    """Those of the hinges and slides, by the joint's number."""
    driven = _equalities(model)
    table = {}
    for j in range(model.njnt):
        if model.jnt_type[j] not in (SLIDE, HINGE):
            continue
        dof, q = int(model.jnt_dofadr[j]), int(model.jnt_qposadr[j])
        rest = float(model.qpos0[q])
        limited = bool(model.jnt_limited[j])
        stiffness, damping = _limit(model, j, dof)
        source, by = driven.get(j, (None, IDENTITY))
        locked = source == -1
        table[j] = Coordinate(
            joint_name(model, j),
            by(0.0) if locked else rest,
            (float(model.jnt_range[j, 0]), float(model.jnt_range[j, 1])) if limited else None,
            (stiffness, stiffness) if limited else None,
            (damping, damping) if limited else (0.0, 0.0),
            locked=locked,
            damping=float(model.dof_damping[dof]),
            armature=float(model.dof_armature[dof]),
            stiffness=float(np.ravel(model.jnt_stiffness[j])[0]),
            rest=float(model.qpos_spring[q]),
            follows=None if source is None or locked else joint_name(model, source),
            by=by,
        )
    return table


def _limit(model: Any, joint: int, dof: int) -> tuple[float, float]:
    """MuJoCo's soft limit (solref, solimp) at the joint's inertia in the initial pose, as a spring and a damper."""
    inertia = 1 / max(float(model.dof_invweight0[dof]), 1e-9)
    time, ratio = (float(x) for x in model.jnt_solref[joint])
    impedance = max(float(model.jnt_solimp[joint, 1]), LEAST_IMPEDANCE)
    if time <= 0:  # solref is stiffness and damping of a unit inertia, negative
        return -time * inertia, -ratio * inertia
    return inertia / (impedance * (time * max(ratio, LEAST_RATIO)) ** 2), 2 * inertia / time


def _equalities(model: Any) -> dict[int, tuple[int, Function]]:
    """For each driven joint the driving one, -1 for none, and its value as a function of that one's."""
    driven: dict[int, tuple[int, Function]] = {}
    for e in range(model.neq):
        if not model.eq_active0[e]:
            continue
        kind, name = int(model.eq_type[e]), model.equality(e).name or f"number {e}"
        if kind != JOINT:
            known = EQUALITIES.get(kind, "flexible body")
            raise ModelError(
                f"equality {name}: is of type {known}; only joint equalities are simulated: "
                'remove it or set active="false"'
            )
        first, second = int(model.eq_obj1id[e]), int(model.eq_obj2id[e])
        if first in driven:
            raise ModelError(f"equality {name}: joint '{joint_name(model, first)}' is driven twice")
        coefficients = [float(c) for c in model.eq_data[e, :5]]
        rest = float(model.qpos0[model.jnt_qposadr[first]])
        if second < 0:
            driven[first] = (-1, Function((rest + coefficients[0],)))
            continue
        other = float(model.qpos0[model.jnt_qposadr[second]])
        f = Function(tuple(coefficients)).after(Function((-other, 1.0)))
        driven[first] = (second, Function((f.polynomial[0] + rest, *f.polynomial[1:])))
    return driven
