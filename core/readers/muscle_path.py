"""Muscle paths: points on bodies, and the surfaces that paths bend round between them (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError
from .bounded_numbers import Positive, Quaternion, Vector3
from .function_form import Amount, FunctionForm, Pair, function_of
from .functions import Function
from .text import Strict, suggestion, vector

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class PathAttachment:
    """A weighted position in a body's frame, m; a path point is the sum of one or more."""

    body: int
    weight: float
    position: Floats


@dataclass(frozen=True)
class Wrap:
    """A surface of a body that paths bend round: a sphere, or a cylinder about the z axis of its frame."""

    name: str
    type: str
    """cylinder or sphere."""
    body: int
    position: Floats
    """Centre in the body's frame, m."""
    orientation: Floats
    """Of the surface's frame in the body's, unit quaternion [w, x, y, z]."""
    radius: float
    """m."""
    side: Floats | None = None
    """The side of paths that give none, in the surface's frame."""


@dataclass(frozen=True)
class PathWrap:
    """A wrap on the straight line between the path point of index `after` and the next one that exists.

    With a side, a vector in the surface's frame, the path passes on this side of the centre, even
    where the straight line would miss the surface on the other side; without one it takes the
    shorter way where the straight line would cut the surface. The side is that of the arc's middle;
    by_chord: that of the middle between the touching points, as in MuJoCo, which lies opposite after
    more than half a turn. inside: the path runs through the surface, as through a ring.
    """

    after: int
    wrap: str
    side: Floats | None = None
    inside: bool = False
    by_chord: bool = False


@dataclass(frozen=True)
class PointRange:
    """A conditional point: it exists only while a coordinate is in [lower, upper], rad or m."""

    point: int
    coordinate: str
    lower: float
    upper: float


@dataclass(frozen=True)
class PointMotion:
    """A moving point: `function` of a coordinate (m) is added along an axis of its body, 0, 1 or 2.

    Beyond [lower, upper], rad or m, the point is held.
    """

    point: int
    axis: int
    coordinate: str
    function: Function
    lower: float = -np.inf
    upper: float = np.inf


@dataclass(frozen=True)
class Pulley:
    """A pulley before a point: a separate branch begins, whose lengths are divided up to the next pulley."""

    before: int
    divisor: float


@dataclass(frozen=True)
class MusclePath:
    """The points of a path and what acts on them, by the points' indices."""

    path: list[list[PathAttachment]] = field(default_factory=list)
    wraps: list[PathWrap] = field(default_factory=list)
    """In the order of the path."""
    conditions: list[PointRange] = field(default_factory=list)
    motions: list[PointMotion] = field(default_factory=list)
    pulleys: list[Pulley] = field(default_factory=list)


class WrapForm(Strict):
    """A wrap of a body in YAML."""

    name: str
    type: Literal["cylinder", "sphere"]
    radius: Positive
    position: Vector3 = [0.0, 0.0, 0.0]
    orientation: Quaternion = [1.0, 0.0, 0.0, 0.0]
    side: Vector3 | None = None


class _Conditional(Strict):
    coordinate: str
    range: Pair


class _Moving(Strict):
    coordinate: str
    range: Pair | None = None
    x: Amount = FunctionForm(polynomial=[0.0])
    y: Amount = FunctionForm(polynomial=[0.0])
    z: Amount = FunctionForm(polynomial=[0.0])


class PathEntry(Strict):
    """An entry of a path in YAML: a point, a wrap between its neighbours, or a pulley."""

    body: str | None = None
    position: Vector3 | None = None
    bodies: list[str] | None = None
    weights: list[float] | None = None
    positions: list[Vector3] | None = None
    conditional: _Conditional | None = None
    moving: _Moving | None = None
    wrap: str | None = None
    side: Vector3 | None = None
    inside: bool = False
    by_chord: bool = False
    pulley: Positive | None = None


@dataclass(frozen=True)
class PathNames:
    """What the entries of paths may refer to."""

    bodies: Mapping[str, int]
    wraps: Mapping[str, Wrap] = field(default_factory=dict)
    coordinates: Collection[str] = ()
    """Of joints with one degree of freedom."""


def wrap_of(form: WrapForm, body: int, where: str) -> Wrap:
    """The wrap that the YAML describes. ModelError names the field `where` and the fix."""
    orientation = vector(form.orientation)
    if abs(np.linalg.norm(orientation) - 1) > 1e-3:
        raise ModelError(f"{where}.orientation: a unit quaternion [w, x, y, z] is expected")
    side = None if form.side is None else vector(form.side)
    _check_side(form.type, side, f"{where}.side")
    return Wrap(
        form.name, form.type, body, vector(form.position),
        orientation / np.linalg.norm(orientation), form.radius, side,
    )  # fmt: skip


def path_of(entries: list[PathEntry], where: str, names: PathNames) -> MusclePath:
    """The path of a muscle. ModelError names the field within `where` and the fix."""
    path = MusclePath()
    after_pulley = True
    for k, entry in enumerate(entries):
        at = f"{where}.path[{k}]"
        if entry.wrap is not None:
            path.wraps.append(_wrap(entry, len(path.path) - 1, after_pulley, at, names))
        elif entry.pulley is not None:
            path.pulleys.append(_pulley(entry, len(path.path), at))
            after_pulley = True
        else:
            _add_point(path, entry, at, names)
            after_pulley = False
    if path.wraps and path.wraps[-1].after == len(path.path) - 1:
        raise ModelError(f"{where}.path: a wrap is the last entry; put a point behind it")
    if path.pulleys and path.pulleys[-1].before == len(path.path):
        raise ModelError(f"{where}.path: a pulley is the last entry; remove it")
    if len(path.path) < 2:
        raise ModelError(f"{where}.path: two points or more are expected")
    return path


def _add_point(path: MusclePath, entry: PathEntry, at: str, names: PathNames) -> None:
    if entry.side is not None or entry.inside or entry.by_chord:
        raise ModelError(
            f"{at}: side, by_chord and inside belong to a wrap; name it or remove them"
        )
    number = len(path.path)
    path.path.append(_point(entry, at, names.bodies))
    if entry.conditional is not None:
        coordinate = _coordinate(entry.conditional.coordinate, f"{at}.conditional", names)
        lower, upper = entry.conditional.range
        if not lower < upper:
            raise ModelError(f"{at}.conditional.range: the lower end must be below the upper one")
        path.conditions.append(PointRange(number, coordinate, lower, upper))
    if entry.moving is not None:
        coordinate = _coordinate(entry.moving.coordinate, f"{at}.moving", names)
        ends = entry.moving.range or (-np.inf, np.inf)
        if not ends[0] < ends[1]:
            raise ModelError(f"{at}.moving.range: the lower end must be below the upper one")
        for axis, letter in enumerate("xyz"):
            function = function_of(getattr(entry.moving, letter), f"{at}.moving.{letter}")
            if function.constant != 0:
                path.motions.append(PointMotion(number, axis, coordinate, function, *ends))


def _point(point: PathEntry, at: str, bodies: Mapping[str, int]) -> list[PathAttachment]:
    def index(name: str, field: str) -> int:
        if name not in bodies:
            raise ModelError(f"{at}.{field}: no body is named '{name}'; {suggestion(name, bodies)}")
        return bodies[name]

    if point.body is not None and point.position is not None and point.bodies is None:
        return [PathAttachment(index(point.body, "body"), 1.0, vector(point.position))]
    if point.bodies is None or point.weights is None or point.positions is None:
        raise ModelError(f"{at}: give body and position, or bodies, weights and positions")
    if not len(point.bodies) == len(point.weights) == len(point.positions) > 0:
        raise ModelError(f"{at}: bodies, weights and positions differ in number")
    if abs(sum(point.weights) - 1) > 1e-3:
        raise ModelError(f"{at}.weights: their sum is {sum(point.weights):.4g}, 1 is expected")
    return [
        PathAttachment(index(name, "bodies"), weight, vector(position))
        for name, weight, position in zip(point.bodies, point.weights, point.positions, strict=True)
    ]


def _wrap(entry: PathEntry, after: int, no_point: bool, at: str, names: PathNames) -> PathWrap:
    name = entry.wrap or ""
    _refuse_more(entry, at, {"wrap", "side", "inside", "by_chord"})
    if name not in names.wraps:
        raise ModelError(f"{at}.wrap: no wrap is named '{name}'; {suggestion(name, names.wraps)}")
    if no_point:
        raise ModelError(f"{at}: a wrap must follow a point or another wrap; move it behind one")
    side = names.wraps[name].side if entry.side is None else vector(entry.side)
    _check_side(names.wraps[name].type, side, f"{at}.side")
    return PathWrap(after, name, side, entry.inside, entry.by_chord)


def _pulley(entry: PathEntry, before: int, at: str) -> Pulley:
    _refuse_more(entry, at, {"pulley"})
    assert entry.pulley is not None
    return Pulley(before, entry.pulley)


def _refuse_more(entry: PathEntry, at: str, expected: set[str]) -> None:
    more = sorted(entry.model_fields_set - expected)
    if more:
        raise ModelError(f"{at}.{more[0]}: belongs to a point; make it an entry of its own")


def _coordinate(name: str, at: str, names: PathNames) -> str:
    if name not in names.coordinates:
        known = suggestion(name, names.coordinates)
        raise ModelError(
            f"{at}.coordinate: no joint of one degree of freedom is named '{name}'; {known}"
        )
    return name


def _check_side(kind: str, side: Floats | None, at: str) -> None:
    if side is None:
        return
    across = side[:2] if kind == "cylinder" else side
    if not np.linalg.norm(across) > 1e-9:
        raise ModelError(
            f"{at}: has no direction across the axis, which is z; give one in x or y"
            if kind == "cylinder"
            else f"{at}: has no direction"
        )
