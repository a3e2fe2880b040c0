"""The bodies, joints, coordinates and couplers of an OpenSim model as a skeleton.

`model` is an opensim.Model; the wheel upgrades files of every version when it opens them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ...errors import ModelError
from ...readers.coordinates import Coordinate, Element
from ...readers.functions import IDENTITY, Function
from ...readers.text import vector
from ..pose import Pose, about
from ..skeleton import Segment, Skeleton, Stack
from .functions import function_of

Floats = NDArray[np.float64]

WORLD = Pose(about(np.array([0.0, 1.0, 0.0]), -np.pi / 2).round(), np.zeros(3))
"""OpenSim's world, whose x axis points forward, in ours, where z does; y is up in both."""

ROTATIONAL = 1  # Coordinate::MotionType
X, Y, Z = (vector(axis) for axis in np.eye(3))
ROTATE, TRANSLATE = True, False
# The elements of the joints with fixed axes, in the order of the product, by the number of the coordinate.
FIXED: dict[str, list[tuple[bool, Floats, int]]] = {
    "PinJoint": [(ROTATE, Z, 0)],
    "SliderJoint": [(TRANSLATE, X, 0)],
    "UniversalJoint": [(ROTATE, X, 0), (ROTATE, Y, 1)],
    "GimbalJoint": [(ROTATE, X, 0), (ROTATE, Y, 1), (ROTATE, Z, 2)],
    "PlanarJoint": [(TRANSLATE, X, 1), (TRANSLATE, Y, 2), (ROTATE, Z, 0)],
    "WeldJoint": [],
}


def skeleton_of(model: Any, opensim: Any) -> Skeleton:
    """The skeleton of an opensim.Model. ModelError: one line that names joint or coordinate."""
    joints: dict[str, Any] = {}
    for i in range(model.getJointSet().getSize()):
        joint = model.getJointSet().get(i)
        child = str(joint.getChildFrame().findBaseFrame().getName())
        if child == "ground":
            raise ModelError(
                f"joint '{joint.getName()}': its child is the ground; exchange its frames"
            )
        if child in joints:
            raise ModelError(
                f"joint '{joint.getName()}': '{child}' is the child of '{joints[child].getName()}', too; "
                "loops of bodies are not simulated"
            )
        joints[child] = joint
    ordered: list[str] = []
    segments = []
    waiting = list(joints)
    while waiting:
        ready = [n for n in waiting if _parent(joints[n]) in ("ground", *ordered)]
        if not ready:
            raise ModelError(f"joint '{joints[waiting[0]].getName()}': its parent is on no joint")
        for name in ready:
            segments.append(_segment(model, name, joints[name], ordered, opensim))
            ordered.append(name)
            waiting.remove(name)
    return Skeleton(segments, _coordinates(model, opensim), WORLD)


def _parent(joint: Any) -> str:
    return str(joint.getParentFrame().findBaseFrame().getName())


def _segment(model: Any, name: str, joint: Any, before: list[str], opensim: Any) -> Segment:
    body = model.getBodySet().get(name)
    com, inertia = body.getMassCenter(), body.getInertia()
    moments, products = inertia.getMoments(), inertia.getProducts()
    parent = _parent(joint)
    mass = float(body.getMass())
    return Segment(
        name,
        -1 if parent == "ground" else before.index(parent),
        Stack(_elements(joint, opensim), _pose(joint.getParentFrame()), _pose(joint.getChildFrame())),
        mass,
        vector([com.get(i) for i in range(3)]),
        vector([moments.get(i) for i in range(3)] + [products.get(i) for i in range(3)]),
    )  # fmt: skip


def _pose(frame: Any) -> Pose:
    """A joint's frame in the body that it is fixed to."""
    transform = frame.findTransformInBaseFrame()
    rotation, position = transform.R(), transform.p()
    matrix = np.array([[rotation.get(i, j) for j in range(3)] for i in range(3)])
    return Pose(matrix, np.array([position.get(i) for i in range(3)]))


def _elements(joint: Any, opensim: Any) -> list[Element]:
    kind = joint.getConcreteClassName()
    if kind == "CustomJoint":
        return _custom(opensim.CustomJoint.safeDownCast(joint), opensim)
    if kind not in FIXED:
        raise ModelError(
            f"joint '{joint.getName()}': is a {kind}, which is not read; "
            f"known: CustomJoint, {', '.join(FIXED)}"
        )
    names = [joint.get_coordinates(i).getName() for i in range(joint.numCoordinates())]
    return [Element(rotates, axis, IDENTITY, names[k]) for rotates, axis, k in FIXED[kind]]


def _custom(joint: Any, opensim: Any) -> list[Element]:
    """Translations along the joint's axes, then three rotations, each about an axis that the ones before moved."""
    transform = joint.getSpatialTransform()
    elements = []
    for k in (3, 4, 5, 0, 1, 2):
        axis = transform.getTransformAxis(k)
        where = f"joint '{joint.getName()}': {'rotation' if k < 3 else 'translation'} {k % 3 + 1}"
        names = axis.getCoordinateNamesInArray()
        if names.getSize() > 1:
            raise ModelError(
                f"{where}: a function of {names.getSize()} coordinates; one is possible"
            )
        function = function_of(axis.getFunction(), where, opensim) if axis.hasFunction() else None
        if function is None:
            continue
        direction = np.array([axis.getAxis().get(i) for i in range(3)])
        elements.append(
            Element(
                k < 3,
                vector(direction / np.linalg.norm(direction)),
                function,
                str(names.get(0)) if names.getSize() else None,
            )
        )
    return elements


def _coordinates(model: Any, opensim: Any) -> list[Coordinate]:
    driven = _couplers(model, opensim)
    table = []
    for i in range(model.getCoordinateSet().getSize()):
        coordinate = model.getCoordinateSet().get(i)
        name = coordinate.getName()
        low, high = float(coordinate.getRangeMin()), float(coordinate.getRangeMax())
        follows, by = driven.get(name, (None, IDENTITY))
        table.append(
            Coordinate(
                name,
                float(coordinate.getDefaultValue()),
                (low, high) if low < high else None,
                locked=bool(coordinate.getDefaultLocked()),
                follows=follows,
                by=by,
                in_degrees=int(coordinate.getMotionType()) == ROTATIONAL,
            )
        )
    return table


def prescribed(model: Any) -> list[str]:
    """A line for each coordinate that the file moves by a function of time, which is not done here."""
    coordinates = model.getCoordinateSet()
    return [
        f"coordinate '{coordinates.get(i).getName()}': is prescribed; here it moves freely"
        for i in range(coordinates.getSize())
        if coordinates.get(i).getDefaultIsPrescribed()
    ]


def factor_of(coupler: Any, opensim: Any) -> float:
    """The factor of a coupler's function, which the bindings do not name."""
    return float(opensim.PropertyHelper.getValueDouble(coupler.getPropertyByName("scale_factor")))


def _couplers(model: Any, opensim: Any) -> dict[str, tuple[str, Function]]:
    """For each dependent coordinate the one that it follows, and the function."""
    driven: dict[str, tuple[str, Function]] = {}
    constraints = model.getConstraintSet()
    for i in range(constraints.getSize()):
        constraint = constraints.get(i)
        where = f"constraint '{constraint.getName()}'"
        if not constraint.get_isEnforced():
            continue
        coupler = opensim.CoordinateCouplerConstraint.safeDownCast(constraint)
        if coupler is None:
            kind = constraint.getConcreteClassName()
            raise ModelError(
                f"{where}: is a {kind}; only coordinate couplers are simulated: remove it or "
                "do not enforce it"
            )
        independent = coupler.getIndependentCoordinateNames()
        if independent.getSize() != 1:
            raise ModelError(
                f"{where}: couples {independent.getSize()} coordinates; one is possible"
            )
        scale = Function((0.0, factor_of(coupler, opensim)))
        function = scale.after(function_of(coupler.getFunction(), where, opensim))
        driven[coupler.getDependentCoordinateName()] = (str(independent.get(0)), function)
    return driven
