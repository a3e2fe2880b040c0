"""GaitNet's muscle XML: waypoints are points of the zero pose's world."""

from __future__ import annotations

from pathlib import Path

from ...errors import ModelError
from ...readers.text import suggestion
from ..conventions import Generation
from ..xml_text import Element, read_xml
from .muscles import Anchor, Unit, blended
from .skeleton import Node


def read_muscles_xml(path: Path, nodes: list[Node], generation: Generation) -> list[Unit]:
    """The units of a file. ModelError: one line that names file, unit and fix.

    From SEED on a unit with a waypoint on a body that the skeleton lacks is left out, as there.
    """
    root = read_xml(path, "Muscle")
    index = {node.name: k for k, node in enumerate(nodes)}
    lenient = generation in ("bgn", "seed", "head")
    units = []
    seen: set[str] = set()
    for element in root.children("Unit"):
        bodies = [w.text("body") for w in element.children("Waypoint")]
        if lenient and any(body not in index for body in bodies):
            continue
        unit = _unit(element, nodes, index)
        if unit.name in seen:
            raise ModelError(f"{element.where}: stands twice; give each unit a name of its own")
        seen.add(unit.name)
        units.append(unit)
    if not units:
        raise ModelError(f"{path}: no Unit in it lies on this skeleton")
    return units


def _unit(element: Element, nodes: list[Node], index: dict[str, int]) -> Unit:
    points = []
    for waypoint in element.children("Waypoint"):
        body = waypoint.text("body")
        if body not in index:
            raise waypoint.fail(f"body: no node is named '{body}'; {suggestion(body, index)}")
        points.append((index[body], waypoint.numbers("p", 3)))
    if len(points) < 2:
        raise element.fail("two Waypoints or more are expected")
    f0, lm, lt = element.number("f0"), element.number("lm"), element.number("lt")
    pennation = element.number("pen_angle", "0")
    if f0 < 0 or lm <= 0 or not 0 <= lt < 2:
        raise element.fail(
            "f0 must not be negative, lm must be positive and lt a share of the length"
        )
    if not 0 <= pennation < 1.5:
        raise element.fail("pen_angle: radians, from 0 to 1.5, are expected")
    last = len(points) - 1
    waypoints = [
        [Anchor(body, 1.0, p)] if k in (0, last) else blended(nodes, body, p)
        for k, (body, p) in enumerate(points)
    ]
    return Unit(element.text("name"), f0, lm, lt, pennation, waypoints)
