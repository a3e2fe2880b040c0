"""Spheres that touch a half space of the ground.

Their laws, Hunt and Crossley's and its smooth form, are replaced by the compliant contact of this
project (docs/models.md).
"""

from __future__ import annotations

import re
from typing import Any

from ...readers.character import Contact, ContactParameters
from ...readers.text import vector
from .frames import Bodies, pose_in_body, triple

LAWS = ("HuntCrossleyForce", "SmoothSphereHalfSpaceForce")


class Contacts:
    """The contact spheres of a model, and what of its contact is not simulated."""

    def __init__(self, model: Any, bodies: Bodies, opensim: Any) -> None:
        self._on: dict[int, list[Contact]] = {}
        self.left_out: list[str] = []
        friction = 0.9
        for force in _forces(model):
            kind, name = force.getConcreteClassName(), str(force.getName())
            exact = getattr(opensim, kind).safeDownCast(force)
            self.left_out.append(
                f"force '{name}': its law, {kind}, is replaced by that of docs/models.md"
            )
            if kind == "HuntCrossleyForce":
                friction = float(exact.getDynamicFriction())
                names = _names(exact)
            else:
                friction = float(exact.get_dynamic_friction())
                names = [str(exact.getSocket("sphere").getConnecteeAsObject().getName())]
            for geometry in names:
                self._add(model.getContactGeometrySet().get(geometry), bodies, opensim)
        self.parameters = ContactParameters(
            stiffness=5e4, damping=1000.0, friction=friction, tangential_damping=1e5
        )

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
        elif not (kind == "ContactHalfSpace" and body < 0):
            self.left_out.append(f"contact '{name}': the ground touches no {kind}")


def _forces(model: Any) -> list[Any]:
    forces = model.getForceSet()
    return [
        forces.get(i)
        for i in range(forces.getSize())
        if forces.get(i).getConcreteClassName() in LAWS and forces.get(i).get_appliesForce()
    ]


def _names(force: Any) -> list[str]:
    """The geometries of a Hunt-Crossley force, which its bindings only give as text."""
    text = " ".join(re.findall(r"<geometry>([^<]*)</geometry>", str(force.dump())))
    return text.split()
