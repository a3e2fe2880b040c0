"""OpenSim's GeometryPaths as muscle paths: fixed, moving and conditional points, cylinders and spheres.

OpenSim finds at run time between which points a surface is touched; here this is fixed when the model
is read, by what its paths do in random poses.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np

from ...errors import ModelError
from ...readers.coordinates import Coordinate
from ...readers.functions import IDENTITY, Function, constant
from ...readers.muscle_path import (
    MusclePath,
    PathAttachment,
    PathWrap,
    PointMotion,
    PointRange,
    Wrap,
)
from ...readers.text import vector
from .frames import Bodies, pose_in_body, triple
from .functions import function_of
from .wraps import Wraps

WIDEST = np.pi
"""rad or m; where coordinates have no range, it is seen within this one."""
POSES = 60
"""Random poses in which it is seen between which points surfaces are touched."""


class Paths:
    """The paths of a model's muscles."""

    def __init__(
        self, model: Any, state: Any, bodies: Bodies, table: Mapping[str, Coordinate], opensim: Any
    ) -> None:
        self._state, self._table, self._opensim = state, table, opensim
        self._coordinates = model.getCoordinateSet()
        self._bodies = bodies
        self._surfaces = Wraps(bodies, opensim)
        self.left_out: list[str] = []
        """Surfaces that are not simulated, a line each."""
        muscles = model.getMuscles()
        self._touched = self._look(model, [muscles.get(k) for k in range(muscles.getSize())])

    @property
    def wraps(self) -> list[Wrap]:
        """The surfaces that the paths bend round."""
        return self._surfaces.all

    def of(self, muscle: Any) -> MusclePath:
        """A muscle's path. ModelError: one line that names the muscle."""
        name = str(muscle.getName())
        where = f"muscle '{name}'"
        geometry = self._geometry(muscle)
        if geometry is None:
            kind = muscle.getPath().getConcreteClassName()
            raise ModelError(f"{where}: its path is a {kind}; only a GeometryPath is read")
        path = MusclePath()
        points = geometry.getPathPointSet()
        for k in range(points.getSize()):
            self._add_point(path, points.get(k), f"{where}: point '{points.get(k).getName()}'")
        if len(path.path) < 2:
            raise ModelError(f"{where}: its path has fewer than two points")
        path.wraps.extend(self._wraps(geometry, name, where, len(path.path)))
        return path

    def _geometry(self, muscle: Any) -> Any:
        return self._opensim.GeometryPath.safeDownCast(muscle.getPath())

    def _add_point(self, path: MusclePath, point: Any, where: str) -> None:
        body, frame = pose_in_body(point.getParentFrame(), self._bodies)
        number, kind = len(path.path), point.getConcreteClassName()
        if kind == "MovingPathPoint":
            moving = self._opensim.MovingPathPoint.safeDownCast(point)
            position = self._motions(path, moving, number, frame.rotation, where)
        else:
            position = triple(self._opensim.PathPoint.safeDownCast(point).get_location())
        if kind == "ConditionalPathPoint":
            conditional = self._opensim.ConditionalPathPoint.safeDownCast(point)
            if not self._condition(path, conditional, number, where):
                return
        elif kind not in ("PathPoint", "MovingPathPoint"):
            raise ModelError(f"{where}: is a {kind}, which is not read")
        path.path.append([PathAttachment(body, 1.0, vector(frame.point(position)))])

    def _motions(
        self, path: MusclePath, point: Any, number: int, turn: np.ndarray, where: str
    ) -> np.ndarray:
        """Add what moves a point; returns the part of its position that is constant."""
        position = np.zeros(3)
        for axis, letter in enumerate("xyz"):
            location = getattr(point, f"get_{letter}_location")()
            function = function_of(location, f"{where}: {letter}", self._opensim)
            name, ends = None, (-np.inf, np.inf)
            if point.hasCoordinate(letter) if hasattr(point, "hasCoordinate") else True:
                socket = point.getSocket(f"{letter}_coordinate")
                given = str(socket.getConnecteeAsObject().getName())
                name, inner = self._free(given)
                ends = self._held(given, inner)
                function = function.after(inner)
            if function.constant is not None or name is None:
                position[axis] = function(0.0) if function.constant is None else function.constant
                continue
            for k in range(3):
                if turn[k, axis] != 0:
                    share = Function((0.0, float(turn[k, axis])))
                    path.motions.append(PointMotion(number, k, name, share.after(function), *ends))
        return position

    def _held(self, given: str, inner: Function) -> tuple[float, float]:
        """Beyond which values of the degree of freedom OpenSim holds a point: its coordinate's range.

        None, infinite, where the coordinate is no linear function of the degree of freedom.
        """
        line, coordinate = inner.linear, self._coordinates.get(given)
        if line is None or line[1] == 0:
            return -np.inf, np.inf
        low, high = float(coordinate.getRangeMin()), float(coordinate.getRangeMax())
        ends = sorted((end - line[0]) / line[1] for end in (low, high))
        return (ends[0], ends[1]) if low < high else (-np.inf, np.inf)

    def _condition(self, path: MusclePath, point: Any, number: int, where: str) -> bool:
        """Add the range in which a point exists; False if it never does."""
        low, high = float(point.get_range(0)), float(point.get_range(1))
        given = str(point.getSocket("coordinate").getConnecteeAsObject().getName())
        name, function = self._free(given)
        if name is None:
            value = function(0.0)
            return low <= value <= high
        line = function.linear
        if line is None or line[1] == 0:
            raise ModelError(
                f"{where}: exists by '{given}', which follows another coordinate by a function that "
                "is not linear"
            )
        ends = sorted((end - line[0]) / line[1] for end in (low, high))
        path.conditions.append(PointRange(number, name, ends[0], ends[1]))
        return True

    def _free(self, name: str) -> tuple[str | None, Function]:
        """A coordinate as a function of a degree of freedom, None for a constant."""
        function = IDENTITY
        for _ in range(len(self._table) + 1):
            coordinate = self._table[name]
            if coordinate.locked:
                return None, constant(function(coordinate.default))
            if coordinate.follows is None:
                return name, function
            function, name = function.after(coordinate.by), coordinate.follows
        raise ModelError(f"coordinate '{name}': couplers make it follow itself")

    def _wraps(self, geometry: Any, name: str, where: str, points: int) -> list[PathWrap]:
        """The surfaces of a path in their order."""
        given = geometry.getWrapSet()
        found: list[tuple[int, float, PathWrap]] = []
        for k in range(given.getSize()):
            surface = given.get(k).getWrapObject()
            if not surface.get_active():
                continue
            if self._surfaces.kind(surface) is None:
                kind = surface.getConcreteClassName().removeprefix("Wrap").lower()
                self.left_out.append(
                    f"{where}: does not bend round '{surface.getName()}', as {kind}s are not simulated"
                )
                continue
            place, order = self._place(geometry, name, given.get(k), surface, points)
            found.append((place, order, self._surfaces.on_path(surface, place)))
        found.sort(key=lambda wrap: wrap[:2])
        return [wrap for _, _, wrap in found]

    def _place(
        self, geometry: Any, name: str, wrap: Any, surface: Any, points: int
    ) -> tuple[int, float]:
        """The point behind which a path touches a surface, and its place among those behind this point."""
        seen = self._touched.get(name, {}).get(str(surface.getName()))
        if seen:
            places = Counter(after for after, _ in seen)
            after = places.most_common(1)[0][0]
            order = float(np.mean([rank for place, rank in seen if place == after]))
            if len(places) > 1:
                share = places[after] / len(seen)
                self.left_out.append(
                    f"muscle '{name}': bends round '{surface.getName()}' only behind its point "
                    f"{after + 1}, where it does in {share:.0%} of poses"
                )
            return min(after, points - 2), order
        first, last = int(wrap.getStartPoint()), int(wrap.getEndPoint())
        begin = max(first - 1, 0) if first > 0 else 0
        end = last - 1 if last > 0 else points - 1
        return self._nearest(geometry, surface, begin, min(end, points - 1)), 0.0

    def _nearest(self, geometry: Any, surface: Any, begin: int, end: int) -> int:
        """The segment of a path whose middle is nearest to a surface that no pose has touched."""
        points = geometry.getPathPointSet()
        places = [
            triple(points.get(k).getLocationInGround(self._state)) for k in range(begin, end + 1)
        ]
        centre = self._surfaces.centre(surface, self._state)
        distances = [
            float(np.linalg.norm((a + b) / 2 - centre))
            for a, b in zip(places[:-1], places[1:], strict=True)
        ]
        return begin + int(np.argmin(distances)) if distances else 0

    def _look(self, model: Any, muscles: list[Any]) -> dict[str, dict[str, list[tuple[int, int]]]]:
        """By muscle and surface: behind which point it was touched, and as which of those behind this point."""
        wrapped = [m for m in muscles if self._is_open(self._geometry(m))]
        touched: dict[str, dict[str, list[tuple[int, int]]]] = {}
        if not wrapped:
            return touched
        rng, state = np.random.default_rng(0), self._state
        free = [c.name for c in self._table.values() if c.follows is None and not c.locked]
        coordinates = [model.getCoordinateSet().get(name) for name in free]
        defaults = [float(c.getValue(state)) for c in coordinates]
        for _ in range(POSES):
            for coordinate in coordinates:
                low, high = np.clip(
                    [coordinate.getRangeMin(), coordinate.getRangeMax()], -WIDEST, WIDEST
                )
                coordinate.setValue(state, float(rng.uniform(low, high)), False)
            self._follow(model)
            for muscle in wrapped:
                seen = touched.setdefault(str(muscle.getName()), {})
                for surface, place in self._current(muscle):
                    seen.setdefault(surface, []).append(place)
        for coordinate, value in zip(coordinates, defaults, strict=True):
            coordinate.setValue(state, value, False)
        self._follow(model)
        return touched

    @staticmethod
    def _is_open(geometry: Any) -> bool:
        """Whether it must be seen where a path touches its surfaces, or in which order."""
        if geometry is None or geometry.getWrapSet().getSize() == 0:
            return False
        return geometry.getWrapSet().getSize() > 1 or geometry.getPathPointSet().getSize() > 2

    def _follow(self, model: Any) -> None:
        for c in self._table.values():
            if c.follows is not None:
                name, function = self._free(c.name)
                value = model.getCoordinateSet().get(name).getValue(self._state) if name else 0.0
                model.getCoordinateSet().get(c.name).setValue(self._state, function(value), False)
        model.realizePosition(self._state)

    def _current(self, muscle: Any) -> list[tuple[str, tuple[int, int]]]:
        """The surfaces that a path bends round now, with their places."""
        geometry = self._geometry(muscle)
        fixed = geometry.getPathPointSet()
        numbers = {fixed.get(k).getAbsolutePathString(): k for k in range(fixed.getSize())}
        current, after, rank = geometry.getCurrentPath(self._state), -1, 0
        found: list[tuple[str, tuple[int, int]]] = []
        for k in range(current.getSize()):
            point = self._opensim.PathWrapPoint.safeDownCast(current.get(k))
            if point is None:
                after = numbers.get(current.get(k).getAbsolutePathString(), after + 1)
                rank = 0
            elif not found or found[-1][0] != point.getWrapObject().getName():
                found.append((str(point.getWrapObject().getName()), (after, rank)))
                rank += 1
        return found
