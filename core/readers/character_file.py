"""The character YAML: bodies, joints, contacts, muscles (docs/formats.md)."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from ..errors import ModelError
from .bounded_numbers import NotNegative, Positive, Quaternion, Vector3
from .character import (
    ActivationDynamics,
    Body,
    Character,
    Contact,
    ContactBox,
    ContactParameters,
    Curves,
    Floats,
    Gain,
    Joint,
    MujocoCurves,
    Muscle,
    MuscleLaw,
    Shape,
)
from .file_kind import CHARACTER, refuse_other
from .muscle_laws import TabulatedLaw
from .muscle_path import (
    PathEntry,
    PathNames,
    Wrap,
    WrapForm,
    path_of,
    wrap_of,
)
from .text import Strict, parse, read_text, suggestion, vector

FORMAT = "muscle-viewer/character-1"
DOFS = {"free": 6, "ball": 3, "revolute": 1, "weld": 0}


class ShapeForm(Strict):
    type: Literal["capsule", "ellipsoid", "box", "sphere", "mesh"]
    size: Vector3 | None = None
    file: str | None = None
    radius: Positive | None = None
    start: Vector3 | None = Field(None, alias="from")
    end: Vector3 | None = Field(None, alias="to")
    position: Vector3 = [0.0, 0.0, 0.0]
    orientation: Quaternion = [1.0, 0.0, 0.0, 0.0]


class ContactForm(Strict):
    position: Vector3
    radius: Positive | None = None
    box: Vector3 | None = None
    orientation: Quaternion = [1.0, 0.0, 0.0, 0.0]


class JointForm(Strict):
    type: Literal["free", "ball", "revolute", "weld"]
    position: Vector3 = [0.0, 0.0, 0.0]
    orientation: Quaternion = [1.0, 0.0, 0.0, 0.0]
    axis: Vector3 = [1.0, 0.0, 0.0]
    lower: float | list[float] | None = None
    upper: float | list[float] | None = None
    kp: NotNegative | list[NotNegative] = 0.0
    kv: NotNegative | list[NotNegative] = 0.0
    damping: NotNegative | list[NotNegative] = 0.0
    stiffness: NotNegative | list[NotNegative] = 0.0
    rest: float | list[float] = 0.0
    names: list[str] | None = None


class _Body(Strict):
    name: str
    parent: str | None
    joint: JointForm
    mass: Positive
    com: Vector3
    inertia: Annotated[list[float], Field(min_length=6, max_length=6)]
    shapes: list[ShapeForm] = []
    contacts: list[ContactForm] = []
    wraps: list[WrapForm] = []


class MuscleForm(Strict):
    name: str
    max_isometric_force: NotNegative
    optimal_fibre_length: Positive
    tendon_slack_length: float
    pennation: Annotated[float, Field(ge=0, lt=1.5)] = 0.0
    group: str = "other"
    path: Annotated[list[PathEntry], Field(min_length=2)]
    curves: Annotated[Curves, Field(discriminator="type")] | None = None
    activation_dynamics: ActivationDynamics | None = None
    tendon: Literal["rigid", "elastic"] = "rigid"


class CharacterForm(Strict):
    """What all character files have beside their bodies."""

    name: str
    sources: list[Any] = []
    contact: ContactParameters
    muscle_law: MuscleLaw = MuscleLaw()
    activation_dynamics: ActivationDynamics | None = None
    anchor_force: Literal["all_bodies", "first_body"] = "all_bodies"
    muscles: list[MuscleForm] = []


class _Character(CharacterForm):
    format: Literal["muscle-viewer/character-1"]
    bodies: Annotated[list[_Body], Field(min_length=1)]


def read_character(path: str | Path) -> Character:
    """Read a character YAML. ModelError: one line that names the file, the field and the fix."""
    return parse_character(read_text(Path(path), ModelError), str(path))


def parse_character(text: str, origin: str) -> Character:
    """A character from YAML text; `origin` names it in errors."""
    refuse_other(text, origin, CHARACTER, "a character", ModelError)
    tree = parse(text, origin, _Character, ModelError)
    try:
        return _resolve(tree)
    except ModelError as error:
        raise ModelError(f"{origin}: {error}") from None


def _resolve(tree: _Character) -> Character:
    indices: dict[str, int] = {}
    bodies = []
    all_names = {body.name for body in tree.bodies}
    for i, body in enumerate(tree.bodies):
        where = f"bodies[{i}] '{body.name}'"
        if body.name in indices:
            raise ModelError(f"{where}.name: used twice; give each body a different name")
        bodies.append(_body(body, where, indices, all_names))
        indices[body.name] = i
    dofs = [name for body in bodies for name in body.joint.dof_names]
    for name in dofs:
        if dofs.count(name) > 1:
            raise ModelError(f"joint.names: '{name}' is used twice; give each dof a different name")
    wraps = wraps_of([(b.name, b.wraps) for b in tree.bodies])
    single = [b.joint.dof_names[0] for b in bodies if b.joint.type == "revolute"]
    names = PathNames(indices, {wrap.name: wrap for wrap in wraps}, single)
    seen: set[str] = set()
    muscles = []
    for i, muscle in enumerate(tree.muscles):
        where = f"muscles[{i}] '{muscle.name}'"
        if muscle.name in seen:
            raise ModelError(f"{where}.name: used twice; give each muscle a different name")
        seen.add(muscle.name)
        muscles.append(muscle_of(muscle, where, names))
    return Character(
        tree.name,
        bodies,
        muscles,
        tree.contact,
        tree.muscle_law,
        tree.activation_dynamics,
        tree.anchor_force,
        wraps=wraps,
    )


def _body(body: _Body, where: str, before: dict[str, int], all_names: set[str]) -> Body:
    if body.parent is None:
        if before:
            raise ModelError(
                f"{where}.parent: a second root; exactly the first body has parent null"
            )
        parent = -1
    elif body.parent in before:
        parent = before[body.parent]
    elif body.parent in all_names:
        raise ModelError(
            f"{where}.parent: '{body.parent}' comes later or is the body itself; "
            "list parents before their children"
        )
    else:
        raise ModelError(
            f"{where}.parent: no body is named '{body.parent}'; "
            f"{suggestion(body.parent, sorted(all_names))}"
        )
    if not before and body.parent is not None:
        raise ModelError(f"{where}.parent: the first body is the root, its parent is null")
    contacts, boxes = contacts_of(body.contacts, where)
    return Body(
        name=body.name,
        parent=parent,
        joint=joint_of(body.joint, body.name, body.parent is None, where),
        mass=body.mass,
        com=vector(body.com),
        inertia=inertia_of(body.inertia, where),
        shapes=[shape_of(shape, f"{where}.shapes[{k}]") for k, shape in enumerate(body.shapes)],
        contacts=contacts,
        contact_boxes=boxes,
    )


def contacts_of(contacts: list[ContactForm], where: str) -> tuple[list[Contact], list[ContactBox]]:
    spheres, boxes = [], []
    for k, contact in enumerate(contacts):
        position, orientation = vector(contact.position), vector(contact.orientation)
        if (contact.radius is None) == (contact.box is None):
            raise ModelError(f"{where}.contacts[{k}]: give the radius of a sphere or a box's edges")
        if contact.radius is not None:
            spheres.append(Contact(position, contact.radius))
            continue
        size = vector(contact.box)
        if size.min() <= 0:
            raise ModelError(f"{where}.contacts[{k}].box: three positive lengths are expected")
        if abs(np.linalg.norm(orientation) - 1) > 1e-3:
            raise ModelError(
                f"{where}.contacts[{k}].orientation: a unit quaternion [w, x, y, z] is expected"
            )
        boxes.append(ContactBox(size, position, orientation))
    return spheres, boxes


def joint_of(joint: JointForm, carried: str, is_root: bool, where: str) -> Joint:
    dofs = DOFS[joint.type]
    if joint.type == "free" and not is_root:
        raise ModelError(f"{where}.joint.type: only the root can have a free joint")
    limits = []
    for name, values in (("lower", joint.lower), ("upper", joint.upper)):
        array = None if values is None else vector(np.atleast_1d(values))
        if array is not None and len(array) != dofs:
            raise ModelError(f"{where}.joint.{name}: {len(array)} values given, {dofs} expected")
        limits.append(array)
    lower, upper = limits
    if (lower is None) != (upper is None):
        raise ModelError(f"{where}.joint: give both lower and upper, or neither")
    if lower is not None and upper is not None and not (lower < upper).all():
        raise ModelError(f"{where}.joint: lower must be below upper")
    axis, orientation = vector(joint.axis), vector(joint.orientation)
    if np.linalg.norm(axis) < 1e-6:
        raise ModelError(f"{where}.joint.axis: has no direction")
    if abs(np.linalg.norm(orientation) - 1) > 1e-3:
        raise ModelError(f"{where}.joint.orientation: a unit quaternion [w, x, y, z] is expected")
    names = joint.names
    if names is None:
        root = ["root_rx", "root_ry", "root_rz", "root_tx", "root_ty", "root_tz"]
        suffixes = {"free": root, "ball": [f"{carried}_{a}" for a in "xyz"]}
        names = suffixes.get(joint.type, [carried] * dofs)
    if len(names) != dofs:
        raise ModelError(f"{where}.joint.names: {len(names)} names given, {dofs} expected")
    return Joint(
        joint.type, vector(joint.position), vector(orientation / np.linalg.norm(orientation)),
        vector(axis / np.linalg.norm(axis)), lower, upper,
        _gain(joint, "kp", dofs, where), _gain(joint, "kv", dofs, where),
        _gain(joint, "damping", dofs, where), names,
        _gain(joint, "stiffness", dofs, where), _gain(joint, "rest", dofs, where),
    )  # fmt: skip


def _gain(joint: JointForm, name: str, dofs: int, where: str) -> Gain:
    value = getattr(joint, name)
    if isinstance(value, float):
        return value
    if len(value) != dofs:
        raise ModelError(
            f"{where}.joint.{name}: {len(value)} numbers given, one or {dofs} expected"
        )
    return vector(value)


def inertia_of(values: list[float], where: str, possible: bool = True) -> Floats:
    """The inertia that the YAML gives. ModelError if it is not positive definite or, with `possible`, that of no mass."""
    xx, yy, zz, xy, xz, yz = values
    moments = np.linalg.eigvalsh(np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]))
    if moments[0] <= 0:
        raise ModelError(f"{where}.inertia: not positive definite (principal moments {moments})")
    if possible and moments[2] > (moments[0] + moments[1]) * (1 + 1e-6):
        raise ModelError(
            f"{where}.inertia: impossible principal moments {moments}: "
            "the largest exceeds the sum of the others"
        )
    return vector(values)


def shape_of(shape: ShapeForm, where: str, folder: Path | None = None) -> Shape:
    """The shape that the YAML describes; meshes are files in `folder`. ModelError names the field and the fix."""
    position, orientation = vector(shape.position), vector(shape.orientation)
    if shape.type == "mesh":
        mesh = _mesh_file(shape.file, where, folder)
        size = vector([1.0, 1.0, 1.0] if shape.size is None else shape.size)
        return Shape("mesh", size, position, orientation, mesh)
    if shape.file is not None:
        raise ModelError(f"{where}.file: belongs to a shape of type mesh")
    if shape.type == "capsule":
        if shape.radius is None or shape.start is None or shape.end is None:
            raise ModelError(f"{where}: a capsule needs radius, from and to")
        start, end = vector(shape.start), vector(shape.end)
        length = float(np.linalg.norm(end - start))
        return Shape(
            "capsule",
            vector([shape.radius, length, 0.0]),
            vector((start + end) / 2),
            _turn_of_y_axis((end - start) / length) if length > 1e-9 else vector([1, 0, 0, 0]),
        )
    if shape.type == "sphere":
        if shape.radius is None:
            raise ModelError(f"{where}: a sphere needs a radius")
        return Shape("sphere", vector([shape.radius, 0.0, 0.0]), position, orientation)
    if shape.size is None or min(shape.size) <= 0:
        raise ModelError(f"{where}: {shape.type} needs a size of three positive lengths")
    return Shape(shape.type, vector(shape.size), position, orientation)


def _mesh_file(name: str | None, where: str, folder: Path | None) -> Path:
    """The OBJ of a mesh, which lies in the character's folder or below it."""
    if folder is None:
        raise ModelError(f"{where}.type: meshes are of character-2; use another shape")
    inside = PurePosixPath(name or "")
    plain = 0 < len(str(inside)) < 256 and "\0" not in str(inside) and inside.suffix == ".obj"
    if name is None or not plain or inside.is_absolute() or ".." in inside.parts:
        raise ModelError(
            f"{where}.file: the path of an .obj below the character's folder is expected"
        )
    return folder / inside


def _turn_of_y_axis(direction: Floats) -> Floats:
    """The unit quaternion that rotates the y axis to a unit direction."""
    w = 1 + direction[1]
    if w < 1e-9:
        return vector([0, 1, 0, 0])
    quaternion = np.array([w, direction[2], 0.0, -direction[0]])
    return vector(quaternion / np.linalg.norm(quaternion))


def muscle_of(muscle: MuscleForm, where: str, names: PathNames) -> Muscle:
    path = path_of(muscle.path, where, names)
    if muscle.tendon_slack_length < 0 and not isinstance(muscle.curves, MujocoCurves):
        raise ModelError(
            f"{where}.tendon_slack_length: {muscle.tendon_slack_length:g} given, 0 or more expected, "
            "but for curves of type mujoco"
        )
    if muscle.tendon == "elastic":
        if not isinstance(muscle.curves, TabulatedLaw):
            raise ModelError(
                f"{where}.tendon: elastic needs curves of type millard_2012, thelen_2003 or "
                "degroote_fregly_2016"
            )
        if not muscle.tendon_slack_length > 0:
            raise ModelError(f"{where}.tendon_slack_length: must be positive for an elastic tendon")
    return Muscle(
        muscle.name, muscle.max_isometric_force, muscle.optimal_fibre_length,
        muscle.tendon_slack_length, muscle.pennation, muscle.group, path.path,
        path.wraps, path.conditions, path.motions, path.pulleys,
        muscle.curves, muscle.activation_dynamics, muscle.tendon,
    )  # fmt: skip


def wraps_of(bodies: list[tuple[str, list[WrapForm]]]) -> list[Wrap]:
    """The wraps of all bodies, which are given by name."""
    wraps: list[Wrap] = []
    for i, (name, forms) in enumerate(bodies):
        for k, form in enumerate(forms):
            where = f"bodies[{i}] '{name}'.wraps[{k}]"
            if any(form.name == wrap.name for wrap in wraps):
                raise ModelError(f"{where}.name: used twice; give each wrap a different name")
            wraps.append(wrap_of(form, i, where))
    return wraps
