"""A character: bodies, joints, contacts, muscles and constants of laws; character_file.py reads it from YAML."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from .bounded_numbers import NotNegative, Positive
from .coordinates import Coordinate, Element
from .muscle_laws import LawTables, TabulatedLaw, tables_of
from .muscle_path import (
    PathAttachment as PathAttachment,
)
from .muscle_path import (
    PathWrap,
    PointMotion,
    PointRange,
    Pulley,
    Wrap,
)
from .text import Strict

Floats = NDArray[np.float64]
Gain = float | Floats
"""One value for the joint, or one for each dof, shape (dofs,)."""


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
