"""GaitNet's skeleton XML: transforms are the world's in the zero pose."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from ...errors import UserError
from ...readers.character import Gain
from ...readers.text import vector
from ..xml_text import Element, read_xml
from .skeleton import JOINTS, Floats, Node, Transform, order_nodes

SHAPES = ("Box", "Sphere", "Capsule")


def read_skeleton_xml(path: Path) -> list[Node]:
    """The nodes of a file. ModelError: one line that names file, node and fix."""
    root = read_xml(path, "Skeleton")
    return order_nodes([_node(element) for element in root.children("Node")], str(path))


def orthonormal(linear: Floats, fail: Callable[[str], UserError]) -> Floats:
    """Gram-Schmidt over the columns, as GaitNet's."""
    x = linear[:, 0]
    y = linear[:, 1] - x * (x @ linear[:, 1]) / max(float(x @ x), 1e-300)
    if min(float(np.linalg.norm(x)), float(np.linalg.norm(y))) < 1e-6:
        raise fail("its columns do not span space; a rotation is expected")
    x, y = x / np.linalg.norm(x), y / np.linalg.norm(y)
    z = np.cross(x, y)
    if z @ linear[:, 2] < 0.5 * np.linalg.norm(linear[:, 2]):
        raise fail("no rotation (mirrored or skewed)")
    return np.stack([x, y, z], axis=1)


def _transform(element: Element) -> Transform:
    inner = element.child("Transformation")
    linear = inner.numbers("linear", 9).reshape(3, 3)
    return Transform(
        orthonormal(linear, lambda what: inner.fail(f"linear: {what}")),
        inner.numbers("translation", 3),
    )


def _node(element: Element) -> Node:
    name = element.text("name")
    parent = element.text("parent", "None")
    body, joint = element.child("Body"), element.child("Joint")
    shape = body.text("type")
    if shape not in SHAPES:
        raise body.fail(f"type: '{shape}' is none of {', '.join(SHAPES)}")
    joint_type = joint.text("type")
    if joint_type not in JOINTS:
        raise joint.fail(f"type: '{joint_type}' is none of {', '.join(JOINTS)}")
    dofs = JOINTS[joint_type]
    axis = joint.numbers("axis", 3) if joint_type == "Revolute" else np.array([1.0, 0.0, 0.0])
    if np.linalg.norm(axis) < 1e-6:
        raise joint.fail("axis: has no direction")
    limits: list[Floats | None] = [None, None]
    if joint_type in ("Ball", "Revolute") and joint.optional("lower") is not None:
        limits = [joint.numbers("lower", dofs), joint.numbers("upper", dofs)]
        if not (limits[0] < limits[1]).all():  # type: ignore[operator]
            raise joint.fail("lower: must be below upper")
    mass = body.number("mass")
    if mass <= 0:
        raise body.fail("mass: must be positive")
    return Node(
        name=name,
        parent=None if parent == "None" else parent,
        shape=shape,  # type: ignore[arg-type]
        size=_size(body, shape),
        mass=mass,
        contact=body.text("contact", "Off") == "On",
        obj=body.optional("obj"),
        body=_transform(body),
        joint=_transform(joint),
        joint_type=joint_type,
        axis=axis / np.linalg.norm(axis),
        lower=limits[0],
        upper=limits[1],
        bvh=tuple((joint.optional("bvh") or "").split()),
        kp=_gain(joint, "kp", dofs),
        kv=_gain(joint, "kv", dofs),
        damping=_gain(joint, "damping", dofs),
        end_effector=element.text("endeffector", "False") == "True",
    )


def _gain(joint: Element, key: str, dofs: int) -> Gain | None:
    """A gain of the joint: one number, or one a dof."""
    if joint.optional(key) is None:
        return None
    values = joint.numbers(key, 0)
    if len(values) not in (1, dofs) or (values < 0).any():
        raise joint.fail(f"{key}: one number, not negative, or one a dof is expected")
    return float(values[0]) if np.ptp(values) == 0 else vector(values)


def _size(body: Element, shape: str) -> Floats:
    if shape == "Box":
        size = body.numbers("size", 3)
    elif shape == "Sphere":
        size = np.full(3, 2 * body.number("radius"))
    else:
        size = np.array([body.number("radius"), body.number("height"), 0.0])
    if (size[: 2 if shape == "Capsule" else 3] <= 0).any():
        raise body.fail("size: lengths must be positive")
    return size
