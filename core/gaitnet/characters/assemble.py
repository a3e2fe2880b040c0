"""From GaitNet's nodes and units to the project's character."""

from __future__ import annotations

from math import cos, sin, sqrt
from pathlib import Path

import numpy as np

from ...errors import ModelError, UserError
from ...readers.character import (
    Body,
    Character,
    Contact,
    ContactBox,
    ContactParameters,
    Gain,
    Joint,
    Muscle,
    PathAttachment,
    Shape,
)
from ...readers.files import is_there
from ...readers.text import vector
from ...rotation import rotation_matrices, rotation_vectors
from ..conventions import CONVENTIONS, DAMPING, Conventions
from ..source import GaitNetCharacter
from .fibre_shares import with_fibre_shares
from .meshes import BASES, mesh_on
from .muscle_groups import muscle_groups
from .muscle_xml import read_muscles_xml
from .muscles import Unit, length, moves_a_joint
from .skeleton import Floats, Node, Transform, inertia_of
from .skeleton_xml import read_skeleton_xml
from .yaml_files import read_muscles_yaml, read_skeleton_yaml

YAML = (".yaml", ".yml")
GROUND = ContactParameters(stiffness=2e5, damping=1000.0, friction=1.0, tangential_damping=1e5)


def read_nodes(path: Path) -> list[Node]:
    """The skeleton's nodes, from XML or YAML. ModelError: one line that names file and fix."""
    return read_skeleton_yaml(path) if path.suffix in YAML else read_skeleton_xml(path)


def read_units(source: GaitNetCharacter, nodes: list[Node]) -> list[Unit]:
    """The muscles, from XML or YAML; none where the source names no file."""
    if source.muscles is None:
        return []
    if source.muscles.suffix in YAML:
        return read_muscles_yaml(source.muscles, nodes)
    return read_muscles_xml(source.muscles, nodes, source.generation)


def read_gaitnet_character(source: GaitNetCharacter) -> Character:
    """The character of a skeleton and a muscle file.

    A body's frame becomes its joint's, so that coordinates mean what they mean in MASS and GaitNet
    but for the root's translation, which is the world's.
    """
    nodes = read_nodes(source.skeleton)
    convention = CONVENTIONS[source.generation]
    units = read_units(source, nodes)
    if convention.drops_idle_muscles:
        units = [unit for unit in units if moves_a_joint(unit, nodes)]
    folder = source.meshes or source.skeleton.parent / "OBJ"
    index = {node.name: k for k, node in enumerate(nodes)}
    bodies = []
    of_meshes = _base_of_meshes(source.skeleton, nodes)
    for node in nodes:
        parent = index[node.parent] if node.parent is not None else -1
        base = nodes[parent].joint if parent >= 0 else Transform(np.eye(3), np.zeros(3))
        shape = _shape(node, node.joint.inverse_times(node.body), folder, of_meshes.get(node.name))
        bodies.append(_body(node, parent, base, source, convention, shape))
    muscles = [
        _muscle(unit, group, nodes, convention, source.muscles)
        for unit, group in zip(units, muscle_groups(units, nodes), strict=True)
    ]
    character = Character(
        name=source.skeleton.stem,
        bodies=bodies,
        muscles=muscles,
        contact=GROUND,
        muscle_law=convention.muscle_law.model_copy(update={"passive_limit": source.passive_limit}),
        activation_dynamics=None,
        anchor_force=source.anchor_force,
        reduction_threshold=convention.reduction_threshold if muscles else 0.0,
    )
    return with_fibre_shares(character)


def _body(
    node: Node,
    parent: int,
    base: Transform,
    source: GaitNetCharacter,
    convention: Conventions,
    shape: Shape,
) -> Body:
    body = node.joint.inverse_times(node.body)
    joint = base.inverse_times(node.joint)
    inertia = body.rotation @ inertia_of(node) @ body.rotation.T
    root = parent < 0
    free = node.joint_type == "Free"
    kp, kv, damping = _gains(node, source, convention)
    return Body(
        name=node.name,
        parent=parent,
        joint=Joint(
            type=node.joint_type.lower(),
            position=vector(np.zeros(3) if root and free else joint.position),
            orientation=vector([1, 0, 0, 0] if root and free else quaternion(joint.rotation)),
            axis=vector(node.axis),
            lower=node.lower,
            upper=node.upper,
            kp=kp,
            kv=kv,
            damping=damping,
            dof_names=_dof_names(node),
        ),
        mass=node.mass,
        com=vector(body.position),
        inertia=vector([inertia[i] for i in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))]),
        shapes=[shape],
        contacts=_spheres(node) if node.contact and node.shape != "Box" else [],
        contact_boxes=[
            ContactBox(vector(node.size), vector(body.position), vector(quaternion(body.rotation)))
        ]
        if node.contact and node.shape == "Box"
        else [],
        frame=vector(quaternion(body.rotation)),
    )


def _gains(
    node: Node, source: GaitNetCharacter, convention: Conventions
) -> tuple[Gain, Gain, Gain]:
    """kp, kv and damping; a kp of the joint's own or the source's without kv means sqrt(2 kp)."""
    if node.joint_type == "Free":
        return 0.0, 0.0, 0.0
    damping = next(d for d in (node.damping, source.damping, DAMPING) if d is not None)
    for kp, kv in ((node.kp, node.kv), (source.kp, source.kv), (convention.kp, convention.kv)):
        if kp is not None:
            return kp, _critical(kp) if kv is None else kv, damping
    raise AssertionError


def _critical(kp: Gain) -> Gain:
    return sqrt(2 * kp) if isinstance(kp, float) else vector(np.sqrt(2 * kp))


def _dof_names(node: Node) -> list[str]:
    if node.joint_type == "Free":
        return ["root_rx", "root_ry", "root_rz", "root_tx", "root_ty", "root_tz"]
    if node.joint_type == "Ball":
        return [f"{node.name}_{axis}" for axis in "xyz"]
    return [node.name] if node.joint_type == "Revolute" else []


def _base_of_meshes(skeleton: Path, nodes: list[Node]) -> dict[str, Node]:
    """Nodes by name of the skeleton beside this one that its meshes were made for; none where there is none."""
    if not any(node.obj for node in nodes):
        return {}
    for name in BASES:
        path = skeleton.parent / name
        if path != skeleton and path.is_file():
            try:
                return {node.name: node for node in read_nodes(path)}
            except UserError:
                continue
    return {}


def _shape(node: Node, body: Transform, folder: Path, base: Node | None) -> Shape:
    """The bone's mesh where its file is there, else the shape that has its mass."""
    if node.obj and Path(node.obj).name == node.obj and is_there(folder / node.obj):
        scale, frame = mesh_on(node, body, base)
        return Shape(
            "mesh", vector(scale), vector(frame.position),
            vector(quaternion(frame.rotation)), folder / node.obj,
        )  # fmt: skip
    turn = quaternion(body.rotation)
    if node.shape == "Capsule":
        # GaitNet's capsules lie along z, these along y.
        turn = quaternion(body.rotation @ np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]))
        return Shape("capsule", node.size, vector(body.position), vector(turn))
    if node.shape == "Sphere":
        size = vector([node.size[0] / 2, 0.0, 0.0])
        return Shape("sphere", size, vector(body.position), vector(turn))
    return Shape("box", vector(node.size), vector(body.position), vector(turn))


def _spheres(node: Node) -> list[Contact]:
    """A sphere as it is, a capsule by the spheres at its ends."""
    if node.shape == "Sphere":
        return [Contact(vector(node.joint.local(node.body.position)), float(node.size[0]) / 2)]
    ends = [np.array([0.0, 0.0, s * node.size[1] / 2]) for s in (-1, 1)]
    points = [node.body.position + node.body.rotation @ end for end in ends]
    return [Contact(vector(node.joint.local(point)), float(node.size[0])) for point in points]


def _muscle(
    unit: Unit, group: str, nodes: list[Node], convention: Conventions, path: Path | None
) -> Muscle:
    total = length(unit)
    if total < 1e-4:
        raise ModelError(f"{path}: '{unit.name}': its waypoints coincide; it has no length")
    pennation = unit.pennation if convention.uses_pennation else 0.0
    return Muscle(
        name=unit.name,
        max_isometric_force=unit.f0,
        # GaitNet's lengths know no pennation; the constant-angle law divides by its cosine.
        optimal_fibre_length=unit.lm * total / cos(pennation),
        tendon_slack_length=unit.lt * total,
        pennation=pennation,
        group=group,
        path=[
            [
                PathAttachment(a.node, a.weight, vector(nodes[a.node].joint.local(a.point)))
                for a in anchors
            ]
            for anchors in unit.waypoints
        ],
    )


def quaternion(rotation: Floats) -> Floats:
    """[w, x, y, z] of a rotation matrix."""
    v = rotation_vector(rotation)
    angle = float(np.linalg.norm(v))
    if angle < 1e-12:
        return np.array([1.0, 0.0, 0.0, 0.0])
    return np.concatenate([[cos(angle / 2)], v * (sin(angle / 2) / angle)])


def rotation_vector(rotation: Floats) -> Floats:
    """The logarithm of a rotation matrix, its angle in [0, pi]."""
    return rotation_vectors(rotation[None])[0]


def rotation_matrix(v: Floats) -> Floats:
    """The exponential of a rotation vector."""
    return rotation_matrices(v[None])[0]
