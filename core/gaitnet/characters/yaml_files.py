"""GaitNet's YAML skeleton and muscles (since October 2025): everything relative to a parent or body."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from ...errors import ModelError
from ...readers.character import Gain
from ...readers.text import Strict, parse, read_text, suggestion, vector
from ..xml_text import LARGEST
from .muscles import Anchor, Unit
from .skeleton import JOINTS, Floats, Node, Transform, order_nodes
from .skeleton_xml import orthonormal

Number = Annotated[float, Field(ge=-LARGEST, le=LARGEST)]
Positive = Annotated[float, Field(gt=0, le=LARGEST)]
Vector3 = Annotated[list[Number], Field(min_length=3, max_length=3)]
Rows = Annotated[list[Vector3], Field(min_length=3, max_length=3)]
Gains = Annotated[float, Field(ge=0, le=LARGEST)] | list[Annotated[float, Field(ge=0, le=LARGEST)]]


class _Body(Strict):
    type: Literal["Box", "Sphere", "Capsule"]
    mass: Positive
    size: Vector3 | None = None
    radius: Positive | None = None
    height: Positive | None = None
    contact: bool = False
    color: list[Number] | None = None
    obj: str | None = None
    R: Rows
    t: Vector3


class _Joint(Strict):
    type: Literal["Free", "Ball", "Revolute", "Weld"]
    bvh: str | list[str] | None = None
    axis: Vector3 | None = None
    lower: Number | list[Number] | None = None
    upper: Number | list[Number] | None = None
    kp: Gains | None = None
    kv: Gains | None = None
    damping: Gains | None = None
    R: Rows
    t: Vector3


class _Node(Strict):
    name: str
    parent: str | None
    ee: bool = False
    body: _Body
    joint: _Joint


class _Skeleton(Strict):
    name: str = "human"
    nodes: Annotated[list[_Node], Field(min_length=1)]


class _SkeletonFile(Strict):
    metadata: dict[str, Any] = {}
    skeleton: _Skeleton


class _Waypoint(Strict):
    body: str
    p: Vector3
    w: Annotated[float, Field(gt=0, le=1.001)] = 1.0


class _Muscle(Strict):
    name: str
    f0: Annotated[float, Field(ge=0, le=LARGEST)]
    lm: Positive | None = None
    lt: Annotated[float, Field(ge=0, lt=2)] | None = None
    lm_contract: Positive | None = None
    lt_rel: Annotated[float, Field(ge=0, lt=2)] | None = None
    type1_fraction: Number | None = None
    waypoints: Annotated[list[Annotated[list[_Waypoint], Field(min_length=1)]], Field(min_length=2)]


class _MuscleFile(Strict):
    metadata: dict[str, Any] = {}
    muscles: Annotated[list[_Muscle], Field(min_length=1)]


def read_skeleton_yaml(path: Path) -> list[Node]:
    """The nodes of a file; R and t of body and joint are relative to the parent's body frame."""
    tree = parse(read_text(path, ModelError), str(path), _SkeletonFile, ModelError)
    bodies: dict[str, Transform] = {}
    nodes = []
    for entry in tree.skeleton.nodes:
        where = f"{path}: Node '{entry.name}'"
        parent = None if entry.parent in (None, "None") else entry.parent
        base = bodies.get(parent) if parent else Transform(np.eye(3), np.zeros(3))
        if base is None:
            reason = (
                "comes later or leads back to it; parents stand before their children"
                if parent in [n.name for n in tree.skeleton.nodes]
                else f"is no node; {suggestion(str(parent), bodies)}"
            )
            raise ModelError(f"{where}: its parent '{parent}' {reason}")
        node = _node(entry, parent, base, where)
        bodies[node.name] = node.body
        nodes.append(node)
    return order_nodes(nodes, str(path))


def _node(entry: _Node, parent: str | None, base: Transform, where: str) -> Node:
    body, joint = entry.body, entry.joint
    dofs = JOINTS[joint.type]

    def fail(what: str) -> ModelError:
        return ModelError(f"{where}: {what}")

    def placed(part: _Body | _Joint, name: str) -> Transform:
        rotation = orthonormal(vector(part.R), lambda what: fail(f"{name}.R: {what}"))
        return base.times(Transform(rotation, vector(part.t)))

    def gain(name: str) -> Gain | None:
        value = getattr(joint, name)
        if value is None:
            return None
        values = np.atleast_1d(np.asarray(value, dtype=float))
        if len(values) not in (1, dofs):
            raise fail(f"joint.{name}: one number, or one a dof, is expected")
        return float(values[0]) if np.ptp(values) == 0 else vector(values)

    limits: list[Floats | None] = [None, None]
    if joint.type in ("Ball", "Revolute") and joint.lower is not None:
        if joint.upper is None:
            raise fail("joint.upper: lower and upper go together")
        limits = [vector(np.atleast_1d(joint.lower)), vector(np.atleast_1d(joint.upper))]
        if any(len(v) != dofs for v in limits) or not (limits[0] < limits[1]).all():  # type: ignore[arg-type, operator]
            raise fail(f"joint.lower: {dofs} numbers below those of upper are expected")
    axis = vector(joint.axis or [1.0, 0.0, 0.0])
    if np.linalg.norm(axis) < 1e-6:
        raise fail("joint.axis: has no direction")
    size = {
        "Box": body.size,
        "Sphere": body.radius and [2 * body.radius] * 3,
        "Capsule": body.radius and body.height and [body.radius, body.height, 0.0],
    }[body.type]
    if not size or (body.type == "Box" and min(size) <= 0):
        raise fail(f"body: a {body.type} needs its positive lengths (size, or radius and height)")
    bvh = joint.bvh.split() if isinstance(joint.bvh, str) else joint.bvh or []
    return Node(
        entry.name, parent, body.type, vector(size), body.mass, body.contact, body.obj,
        placed(body, "body"), placed(joint, "joint"), joint.type, axis / np.linalg.norm(axis),
        limits[0], limits[1], tuple(bvh), gain("kp"), gain("kv"), gain("damping"), entry.ee,
    )  # fmt: skip


def read_muscles_yaml(path: Path, nodes: list[Node]) -> list[Unit]:
    """The units of a file; p is a point of the body's frame divided by the body's size."""
    tree = parse(read_text(path, ModelError), str(path), _MuscleFile, ModelError)
    index = {node.name: k for k, node in enumerate(nodes)}
    units = []
    seen: set[str] = set()
    for muscle in tree.muscles:
        where = f"{path}: muscle '{muscle.name}'"
        if muscle.name in seen:
            raise ModelError(f"{where}: stands twice; give each muscle a name of its own")
        seen.add(muscle.name)
        if any(w.body not in index for anchors in muscle.waypoints for w in anchors):
            continue  # as in MASS and GaitNet: a muscle of bodies that are not there
        lm = muscle.lm if muscle.lm is not None else muscle.lm_contract
        lt = muscle.lt if muscle.lt is not None else muscle.lt_rel
        if lm is None or lt is None:
            raise ModelError(f"{where}: lm and lt, or lm_contract and lt_rel, are expected")
        waypoints = [[_anchor(w, nodes[index[w.body]], index) for w in a] for a in muscle.waypoints]
        for k, anchors in enumerate(waypoints):
            if abs(sum(a.weight for a in anchors) - 1) > 1e-2:
                raise ModelError(f"{where}: waypoints[{k}]: the weights w do not add up to 1")
        units.append(Unit(muscle.name, muscle.f0, lm, lt, 0.0, waypoints))
    if not units:
        raise ModelError(f"{path}: no muscle in it lies on this skeleton")
    return units


def _anchor(waypoint: _Waypoint, node: Node, index: dict[str, int]) -> Anchor:
    size = node.size if node.shape != "Capsule" else np.ones(3)
    local = vector(waypoint.p) * size
    point = node.body.position + node.body.rotation @ local
    return Anchor(index[waypoint.body], waypoint.w, point)
