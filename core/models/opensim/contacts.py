"""Spheres that touch the ground by Hunt and Crossley's law or its smooth form."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...readers.character import Contact, ContactParameters, ContactSmoothing, HuntCrossley
from ...readers.text import vector
from ..pose import Pose, about
from .frames import Bodies, pose_in_body, triple

LAWS = ("HuntCrossleyForce", "SmoothSphereHalfSpaceForce")

RIGID = ContactParameters(stiffness=5e4, damping=1000.0, friction=0.9, tangential_damping=1e5)
"""The contact of a model whose file has none."""
LEAST_FRICTION = 1e-6
UP_TO = 1e-6
"""m; a half space whose surface is farther from y = 0 is another than the ground."""


class Contacts:
    """The contact spheres of a model, and what of its contact is not simulated."""

    def __init__(self, model: Any, bodies: Bodies, opensim: Any) -> None:
        self._on: dict[int, list[Contact]] = {}
        self._geometries = model.getContactGeometrySet()
        self.left_out: list[str] = []
        found: list[tuple[str, ContactParameters]] = []
        for force in _forces(model):
            name = str(force.getName())
            for geometries, parameters in _parts(force, self._geometries, opensim):
                found.append((name, parameters))
                for geometry in geometries:
                    self._add(self._geometries.get(geometry), bodies, opensim)
        self.parameters = found[0][1] if found else RIGID
        others = {name for name, parameters in found if parameters != self.parameters}
        self.left_out += [
            f"force '{name}': the ground has the parameters of '{found[0][0]}', one law for all spheres"
            for name in sorted(others)
        ]

    def on(self, segment: int) -> list[Contact]:
        """The spheres of a segment."""
        return self._on.get(segment, [])

    def _add(self, geometry: Any, bodies: Bodies, opensim: Any) -> None:
        kind, name = geometry.getConcreteClassName(), str(geometry.getName())
        body, frame = pose_in_body(geometry.getFrame(), bodies)
        if kind == "ContactSphere" and body >= 0:
            centre = frame.point(triple(geometry.get_location()))
            radius = float(opensim.ContactSphere.safeDownCast(geometry).getRadius())
            contacts = self._on.setdefault(body, [])
            if not any((c.position == centre).all() and c.radius == radius for c in contacts):
                contacts.append(Contact(vector(centre), radius))
        elif kind != "ContactHalfSpace" or body >= 0:
            self.left_out.append(f"contact '{name}': the ground touches no {kind}")
        elif not _is_ground(geometry, frame):
            self.left_out.append(f"contact '{name}': the ground is level and at y = 0 instead")


def _is_ground(geometry: Any, frame: Pose) -> bool:
    """Whether a half space of the world, which lies along its frame's x axis, is below y = 0. frame: in the ground."""
    x, y, z = triple(geometry.get_orientation())  # body-fixed, rad
    turn = (
        about(np.array([1, 0, 0]), x)
        @ about(np.array([0, 1, 0]), y)
        @ about(np.array([0, 0, 1]), z)
    )
    inward = frame.rotation @ turn[:, 0]
    return bool(
        abs(frame.point(triple(geometry.get_location())) @ inward) < UP_TO
        and np.allclose(inward, [0, -1, 0], atol=UP_TO)
    )


@dataclass(frozen=True)
class _Material:
    """Of one set of geometries; stiffness N/m^2, dissipation s/m."""

    stiffness: float
    dissipation: float
    static_friction: float
    dynamic_friction: float
    viscous_friction: float


def _parts(force: Any, geometries: Any, opensim: Any) -> list[tuple[list[str], ContactParameters]]:
    """The geometries that a force lets touch each other, with their law."""
    exact = getattr(opensim, force.getConcreteClassName()).safeDownCast(force)
    if force.getConcreteClassName() != "HuntCrossleyForce":
        names = [
            str(exact.getSocket(which).getConnecteeAsObject().getName())
            for which in ("sphere", "half_space")
        ]
        return [(names, _smooth_law(exact))]
    found = _materials(str(force.dump()))
    flat = [n for n in found if geometries.get(n).getConcreteClassName() == "ContactHalfSpace"]
    transition = float(exact.getTransitionVelocity())
    if not flat:
        return [([name], _law(m, m, transition)) for name, m in found.items()]
    ground = found[flat[0]]
    parts = [
        ([name], _law(material, ground, transition))
        for name, material in found.items()
        if name not in flat
    ]
    return [(flat, parts[0][1]), *parts] if parts else []


def _law(a: _Material, b: _Material, transition: float) -> ContactParameters:
    """That of two materials on each other, as Simbody's HuntCrossleyForce mixes them."""
    first, second = a.stiffness ** (2 / 3), b.stiffness ** (2 / 3)
    share = second / (first + second)

    def mixed(x: float, y: float) -> float:
        return x if x == y else 2 * x * y / (x + y)

    law = HuntCrossley(
        type="hunt_crossley",
        modulus=4 / 3 * (first * share) ** 1.5,
        dissipation=a.dissipation * share + b.dissipation * (1 - share),
        static_friction=mixed(a.static_friction, b.static_friction),
        viscous_friction=mixed(a.viscous_friction, b.viscous_friction),
        transition_velocity=transition,
    )
    return _with_law(mixed(a.dynamic_friction, b.dynamic_friction), law)


def _smooth_law(force: Any) -> ContactParameters:
    """Of a SmoothSphereHalfSpaceForce; the modulus as by its source, OpenSim's SmoothSphereHalfSpaceForce.cpp."""
    half = 0.5 * float(force.get_stiffness()) ** (2 / 3)
    law = HuntCrossley(
        type="hunt_crossley",
        modulus=4 / 3 * half**1.5,
        dissipation=float(force.get_dissipation()),
        static_friction=float(force.get_static_friction()),
        viscous_friction=float(force.get_viscous_friction()),
        transition_velocity=float(force.get_transition_velocity()),
        smoothing=ContactSmoothing(
            constant_force=float(force.get_constant_contact_force()),
            hertz=float(force.get_hertz_smoothing()),
            damping=float(force.get_hunt_crossley_smoothing()),
        ),
    )
    return _with_law(float(force.get_dynamic_friction()), law)


def _with_law(friction: float, law: HuntCrossley) -> ContactParameters:
    """Static friction is a multiple of the dynamic one, which therefore is not quite 0."""
    least = LEAST_FRICTION if law.static_friction > 0 else 0.0
    return RIGID.model_copy(update={"friction": max(friction, least), "law": law})


def _forces(model: Any) -> list[Any]:
    forces = model.getForceSet()
    return [
        forces.get(i)
        for i in range(forces.getSize())
        if forces.get(i).getConcreteClassName() in LAWS and forces.get(i).get_appliesForce()
    ]


def _materials(text: str) -> dict[str, _Material]:
    """By geometry, from a Hunt-Crossley force as text: its bindings give the first set of parameters alone."""
    found = {}
    for part in re.findall(
        r"<HuntCrossleyForce::ContactParameters>(.*?)</HuntCrossley", text, re.S
    ):
        numbers = {
            name: float(value) for name, value in re.findall(r"<([a-z_]+)>([^<]*)</\1>", part) if name != "geometry"
        }  # fmt: skip
        material = _Material(
            numbers["stiffness"], numbers["dissipation"], numbers["static_friction"],
            numbers["dynamic_friction"], numbers["viscous_friction"],
        )  # fmt: skip
        for name in " ".join(re.findall(r"<geometry>([^<]*)</geometry>", part)).split():
            found[name] = material
    return found
