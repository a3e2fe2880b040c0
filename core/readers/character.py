"""The character YAML: bodies, joints, contacts, muscles (docs/formats.md)."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..errors import ModelError
from .coordinates import Coordinate, Element
from .file_kind import CHARACTER, refuse_other
from .muscle_laws import LawTables, TabulatedLaw, tables_of
from .muscle_path import (
    PathAttachment as PathAttachment,
)
from .muscle_path import (
    PathEntry,
    PathNames,
    PathWrap,
    PointMotion,
    PointRange,
    Pulley,
    Wrap,
    WrapForm,
    path_of,
    wrap_of,
)
from .text import Strict, parse, read_text, suggestion, vector

FORMAT = "muscle-viewer/character-1"
Floats = NDArray[np.float64]
Vector3 = Annotated[list[float], Field(min_length=3, max_length=3)]
Quaternion = Annotated[list[float], Field(min_length=4, max_length=4)]
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]
Gain = float | Floats
"""One value for the joint, or one for each dof, shape (dofs,)."""
DOFS = {"free": 6, "ball": 3, "revolute": 1, "weld": 0}


@dataclass(frozen=True)
class Shape:
    """A shape to draw, see core.frame.Shape."""

    type: str
    size: Floats
    position: Floats
    orientation: Floats
    mesh: Path | None = None
    """An OBJ file, of type mesh."""


@dataclass(frozen=True)
class Contact:
    """A sphere that touches the ground: centre in the body's frame, radius, m."""

    position: Floats
    radius: float


@dataclass(frozen=True)
class ContactBox:
    """A box that touches the ground: edges and centre, m, orientation [w, x, y, z], body frame."""

    size: Floats
    position: Floats
    orientation: Floats


@dataclass(frozen=True)
class Joint:
    """A joint and its gains; limits in rad, None without limits."""

    type: str
    """free, ball, revolute, weld, slide (a translation along `axis`) or custom (see `elements`)."""
    position: Floats
    orientation: Floats
    axis: Floats
    lower: Floats | None
    upper: Floats | None
    kp: Gain
    kv: Gain
    damping: Gain
    dof_names: list[str]
    stiffness: Gain = 0.0
    """Stiffness of a passive spring, N m/rad."""
    rest: Gain = 0.0
    """Angle at which the spring is slack, rad."""
    armature: Gain = 0.0
    """Inertia of a rotor on each dof, kg m^2 (slide: kg)."""
    limit_stiffness: tuple[float, float] | None = None
    """Of the limits below and above, N m/rad (slide: N/m); None: the engine's. One coordinate only."""
    limit_damping: tuple[float, float] = (0.0, 0.0)
    """N m s/rad (slide: N s/m), used with limit_stiffness."""
    elements: list[Element] = field(default_factory=list)
    """Of a custom joint, from the parent to the body: functions of the joint's one coordinate."""
    coordinate_of: int = -1
    """Of a custom joint: the body whose joint's coordinate moves this one, too; -1: it has its own."""

    @property
    def ranges(self) -> Floats:
        """(N, 2) limits of its dofs, rad (translations: m), infinite where there is none."""
        sides = (
            (-np.inf if self.lower is None else self.lower),
            (np.inf if self.upper is None else self.upper),
        )
        return np.stack([np.broadcast_to(side, len(self.dof_names)) for side in sides], axis=1)

    def is_way(self, dof: int) -> bool:
        """Whether one of its dofs is a translation, in metres."""
        if self.type == "free":
            return dof > 2
        turns = any(element.rotates for element in self.elements)
        return self.type == "slide" or (self.type == "custom" and not turns)


@dataclass(frozen=True)
class Body:
    """A body; its frame is that of its parent joint. inertia: xx yy zz xy xz yz, kg m^2."""

    name: str
    parent: int
    joint: Joint
    mass: float
    com: Floats
    inertia: Floats
    shapes: list[Shape]
    contacts: list[Contact]
    contact_boxes: list[ContactBox] = field(default_factory=list)
    frame: Floats = field(default_factory=lambda: np.array([1.0, 0.0, 0.0, 0.0]))
    """Orientation of the body's shape, [w, x, y, z]: the body's rotation in observations of MASS and GaitNet."""


class ActivationDynamics(Strict):
    """Time constants of first-order activation dynamics, s."""

    activation: Positive
    deactivation: Positive
    minimum: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Lowest activation."""
    smoothing: Positive | None = None
    """Steepness of the transition between the two constants, as in De Groote et al. 2016; None: a switch."""


class MujocoCurves(Strict):
    """Curves of MuJoCo's muscle, see core/src/muscle/mujoco_law.hpp; lengths in optimal fibre lengths."""

    type: Literal["mujoco"]
    shortest: Annotated[float, Field(ge=0, lt=1)] = 0.5
    """Length below which there is no active force."""
    longest: Annotated[float, Field(gt=1)] = 1.6
    """Length above which there is no active force."""
    max_velocity: Positive = 1.5
    """Optimal fibre lengths per second."""
    passive_force: NotNegative = 1.3
    """At `longest`, of the maximal force."""
    lengthening_force: Annotated[float, Field(ge=1)] = 1.2
    """Largest force while lengthening, of the isometric one."""
    passive_longest: Annotated[float, Field(gt=1)] | None = None
    """The passive force's own `longest`; None: the same."""
    passive_scale: Positive = 1.0
    passive_offset: float = 0.0
    """The passive force's lengths are passive_scale * fibre length + passive_offset."""


Curves = MujocoCurves | TabulatedLaw


@dataclass(frozen=True)
class Muscle:
    """A muscle; N, m, rad. A path point is a list of attachments, more than one if it is blended."""

    name: str
    max_isometric_force: float
    optimal_fibre_length: float
    tendon_slack_length: float
    pennation: float
    group: str
    path: list[list[PathAttachment]]
    wraps: list[PathWrap] = field(default_factory=list)
    """In the order of the path."""
    conditions: list[PointRange] = field(default_factory=list)
    motions: list[PointMotion] = field(default_factory=list)
    pulleys: list[Pulley] = field(default_factory=list)
    curves: Curves | None = None
    """None: those of the character's muscle law."""
    activation_dynamics: ActivationDynamics | None = None
    """None: the character's."""
    tendon: str = "rigid"
    """rigid, or elastic, which needs a tabulated law."""
    fibre_share: float = 1.0
    """Length of the fibres over optimal_fibre_length, which in files of MASS and GaitNet is no length of fibres: for
    the muscle's mass and metabolic power, not for its force."""

    @property
    def law_tables(self) -> LawTables | None:
        """Those of a tabulated law, None for other curves."""
        return tables_of(self.curves) if isinstance(self.curves, TabulatedLaw) else None


class ContactSmoothing(Strict):
    """Of OpenSim's SmoothSphereHalfSpaceForce."""

    constant_force: Positive = 1e-5
    """N, and m^2 and m^2/s^2."""
    hertz: Positive = 300.0
    """1/m."""
    damping: Positive = 50.0
    """s/m."""


class HuntCrossley(Strict):
    """Contact of spheres by Hunt and Crossley as in OpenSim, see core/src/dynamics/hertz_contact.hpp."""

    type: Literal["hunt_crossley"]
    modulus: Positive
    """Hertz's force over root(radius) depth^1.5, N/m^2."""
    dissipation: NotNegative
    """s/m."""
    static_friction: NotNegative
    viscous_friction: NotNegative = 0.0
    """s/m."""
    transition_velocity: Positive = 0.1
    """Between static and dynamic friction, m/s."""
    smoothing: ContactSmoothing | None = None


class ContactParameters(Strict):
    """Compliant ground contact; stiffness N/m, damping N s/m, (dynamic) friction without unit, tangential damping N s/m."""

    stiffness: Positive
    damping: NotNegative
    friction: NotNegative
    tangential_damping: Positive
    law: HuntCrossley | None = None
    """Instead of stiffness, damping and tangential damping."""

    def with_friction(self, factor: float) -> ContactParameters:
        """The same on ground that is rougher by a factor."""
        changed: dict[str, object] = {"friction": self.friction * factor}
        if self.law is not None:
            static = self.law.static_friction * factor
            changed["law"] = self.law.model_copy(update={"static_friction": static})
        return self.model_copy(update=changed)


class MuscleLaw(Strict):
    """Constants of the Hill curves, see core/src/muscle/hill.hpp; max_velocity in fibre lengths/s."""

    force_length_width: Positive = 0.45
    passive_exponent: Positive = 5.5
    passive_strain: Positive = 0.3
    passive_limit: Positive | None = None
    """Fibre length, in optimal fibre lengths, beyond which the passive force is constant."""
    force_velocity: bool = True
    max_velocity: Positive = 10.0
    pennation: Literal["constant_width", "constant_angle"] = "constant_width"


@dataclass(frozen=True)
class Placement:
    """A frame fixed to a body: position (m) and rotation matrix, shape (3, 3), in the body's frame."""

    body: int
    position: Floats
    rotation: Floats


@dataclass(frozen=True)
class Character:
    """The content of a character file."""

    name: str
    bodies: list[Body]
    muscles: list[Muscle]
    contact: ContactParameters
    muscle_law: MuscleLaw
    activation_dynamics: ActivationDynamics | None
    anchor_force: str = "all_bodies"
    """Bodies on which a blended point exerts force: "all_bodies", or "first_body" as in MASS and GaitNet."""
    reduction_threshold: float = 0.0
    """N m; muscle torques above it in the zero pose are inputs of muscle networks; 0: all are."""
    wraps: list[Wrap] = field(default_factory=list)
    """Surfaces that paths bend round."""
    coordinates: list[Coordinate] = field(default_factory=list)
    """Of character-2: all, with those that are locked or follow others."""
    frames: dict[str, Placement] = field(default_factory=dict)
    """Of character-2: the bodies of the file, each a frame fixed to one of `bodies`."""
    initial: dict[str, float] = field(default_factory=dict)
    """Dofs of the root that are not zero in the file's initial pose, rad or m."""
    left_out: list[str] = field(default_factory=list)
    """What the file has and the simulation has not, a line each."""
    keyframes: dict[str, dict[str, float]] = field(default_factory=dict)
    """Poses of the file by name: values of coordinates, rad or m; the others have their initial ones."""

    def pose(self, keyframe: str | None = None) -> dict[str, float]:
        """The initial pose by the names of the dofs, or that of a keyframe. KeyError for an unknown one."""
        values = {c.name: c.default for c in self.coordinates} | self.initial
        if keyframe is not None:
            values |= self.keyframes[keyframe]
        return {name: values.get(name, 0.0) for name in self.dof_names}

    @property
    def ways(self) -> list[bool]:
        """Whether each dof is a translation, in metres."""
        return [b.joint.is_way(k) for b in self.bodies for k in range(len(b.joint.dof_names))]

    @property
    def dof_names(self) -> list[str]:
        """The names of the degrees of freedom, in the order of the bodies."""
        return [name for body in self.bodies for name in body.joint.dof_names]

    @property
    def dof_ranges(self) -> Floats:
        """(N, 2) limits of the degrees of freedom, as `Joint.ranges`."""
        return np.concatenate([body.joint.ranges for body in self.bodies])


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


class _Character(Strict):
    format: Literal["muscle-viewer/character-1"]
    name: str
    sources: list[Any] = []
    bodies: Annotated[list[_Body], Field(min_length=1)]
    contact: ContactParameters
    muscle_law: MuscleLaw = MuscleLaw()
    activation_dynamics: ActivationDynamics | None = None
    anchor_force: Literal["all_bodies", "first_body"] = "all_bodies"
    muscles: list[MuscleForm] = []


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
