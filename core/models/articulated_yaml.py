"""The character YAML with a table of coordinates, character-2 (docs/formats.md)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from pydantic import Field

from ..errors import ModelError
from ..readers.bounded_numbers import NotNegative, Quaternion, Vector3
from ..readers.character import Character
from ..readers.character_file import (
    CharacterForm,
    ContactForm,
    JointForm,
    ShapeForm,
    contacts_of,
    inertia_of,
    joint_of,
    muscle_of,
    shape_of,
    wraps_of,
)
from ..readers.coordinates import Coordinate, Element
from ..readers.files import is_there
from ..readers.function_form import Amount, Pair, function_of
from ..readers.functions import IDENTITY, Function
from ..readers.muscle_path import PathNames, WrapForm
from ..readers.text import Strict, parse, suggestion, vector
from .assemble import assemble
from .pose import Pose, placed
from .skeleton import Segment, Skeleton, Stack

FORMAT = "muscle-viewer/character-2"
Resistances = NotNegative | Annotated[list[NotNegative], Field(min_length=2, max_length=2)]


class _Coordinate(Strict):
    name: str
    default: float = 0.0
    range: Pair | None = None
    limit_stiffness: Resistances | None = None
    limit_damping: Resistances = 0.0
    locked: bool = False
    damping: NotNegative = 0.0
    armature: NotNegative = 0.0
    stiffness: NotNegative = 0.0
    rest: float = 0.0
    kp: NotNegative = 0.0
    kv: NotNegative = 0.0
    follows: str | None = None
    by: Amount | None = None


class _Element(Strict):
    rotate: Vector3 | None = None
    translate: Vector3 | None = None
    coordinate: str | None = None
    by: Amount | None = None


class _Stack(Strict):
    type: Literal["custom"]
    position: Vector3 = [0.0, 0.0, 0.0]
    orientation: Quaternion = [1.0, 0.0, 0.0, 0.0]
    child_position: Vector3 = [0.0, 0.0, 0.0]
    child_orientation: Quaternion = [1.0, 0.0, 0.0, 0.0]
    elements: list[_Element] = []


class _Body(Strict):
    name: str
    parent: str | None
    joint: Annotated[JointForm | _Stack, Field(discriminator="type")]
    mass: NotNegative = 0.0
    com: Vector3 = [0.0, 0.0, 0.0]
    inertia: Annotated[list[float], Field(min_length=6, max_length=6)] | None = None
    shapes: list[ShapeForm] = []
    contacts: list[ContactForm] = []
    wraps: list[WrapForm] = []


class _Character(CharacterForm):
    format: Literal["muscle-viewer/character-2"]
    coordinates: list[_Coordinate] = []
    bodies: Annotated[list[_Body], Field(min_length=1)]
    initial: dict[str, float] = {}
    keyframes: dict[str, dict[str, float]] = {}


def parse_articulated(text: str, origin: str) -> Character:
    """A character from the text of a character-2 YAML; `origin` names it in errors (ModelError)."""
    tree = parse(text, origin, _Character, ModelError)
    try:
        return _resolve(tree, Path(origin).parent)
    except ModelError as error:
        raise ModelError(f"{origin}: {error}") from None


def _resolve(tree: _Character, folder: Path) -> Character:
    coordinates = [_coordinate(c, f"coordinates[{i}] '{c.name}'") for i, c in enumerate(tree.coordinates)]  # fmt: skip
    _check_names([c.name for c in coordinates], "coordinates")
    _check_names([body.name for body in tree.bodies], "bodies")
    _check_names([muscle.name for muscle in tree.muscles], "muscles")
    index = {body.name: i for i, body in enumerate(tree.bodies)}
    left_out: list[str] = []
    segments = [
        _with_meshes(_segment(body, i, index, folder), left_out)
        for i, body in enumerate(tree.bodies)
    ]
    wraps = wraps_of([(body.name, body.wraps) for body in tree.bodies])
    free = [c.name for c in coordinates if c.follows is None and not c.locked]
    names = PathNames(index, {wrap.name: wrap for wrap in wraps}, free)
    muscles = [
        muscle_of(muscle, f"muscles[{i}] '{muscle.name}'", names)
        for i, muscle in enumerate(tree.muscles)
    ]
    character = Character(
        tree.name, [], muscles, tree.contact, tree.muscle_law, tree.activation_dynamics,
        tree.anchor_force, wraps=wraps, initial=tree.initial, left_out=left_out,
        keyframes=tree.keyframes,
    )  # fmt: skip
    whole = assemble(character, Skeleton(segments, coordinates))
    _check_names(whole.dof_names, "coordinates")
    _check_poses(whole)
    return whole


def _with_meshes(segment: Segment, left_out: list[str]) -> Segment:
    """Without the meshes whose files are missing."""
    there = []
    for shape in segment.shapes:
        if shape.mesh is None or is_there(shape.mesh):
            there.append(shape)
        else:
            left_out.append(f"mesh '{shape.mesh.name}' of '{segment.name}': its file is missing")
    return replace(segment, shapes=there)


def _check_poses(character: Character) -> None:
    """ModelError for a value of an unknown coordinate."""
    known = {*character.dof_names, *(c.name for c in character.coordinates)}
    poses = {"initial": character.initial}
    poses |= {f"keyframes.{name}": pose for name, pose in character.keyframes.items()}
    for where, pose in poses.items():
        for name in pose:
            if name not in known:
                raise ModelError(f"{where}: no coordinate '{name}'; {suggestion(name, known)}")


def _check_names(names: Sequence[str], where: str) -> None:
    seen: set[str] = set()
    for i, name in enumerate(names):
        if name in seen:
            raise ModelError(
                f"{where}[{i}].name: '{name}' is used twice; give each a different name"
            )
        seen.add(name)


def _coordinate(c: _Coordinate, where: str) -> Coordinate:
    if c.range is not None and not c.range[0] < c.range[1]:
        raise ModelError(f"{where}.range: the first value must be below the second")
    if c.limit_stiffness is not None and c.range is None:
        raise ModelError(f"{where}.limit_stiffness: needs a range")
    if c.by is not None and c.follows is None:
        raise ModelError(f"{where}.by: needs follows, the coordinate that drives this one")
    return Coordinate(
        c.name, c.default, None if c.range is None else (c.range[0], c.range[1]),
        None if c.limit_stiffness is None else _two(c.limit_stiffness), _two(c.limit_damping),
        c.locked, c.damping, c.armature, c.stiffness, c.rest, c.kp, c.kv,
        c.follows, _function(c.by, f"{where}.by"),
    )  # fmt: skip


def _two(value: float | list[float]) -> tuple[float, float]:
    return (value[0], value[1]) if isinstance(value, list) else (value, value)


def _function(amount: Amount | None, where: str) -> Function:
    return IDENTITY if amount is None else function_of(amount, where)


def _segment(body: _Body, i: int, index: dict[str, int], folder: Path) -> Segment:
    where = f"bodies[{i}] '{body.name}'"
    parent = -1
    if body.parent is not None:
        if body.parent not in index:
            raise ModelError(
                f"{where}.parent: no body is named '{body.parent}'; {suggestion(body.parent, index)}"
            )
        parent = index[body.parent]
        if parent >= i:
            raise ModelError(
                f"{where}.parent: '{body.parent}' comes later or is the body itself; "
                "list parents before their children"
            )
    if isinstance(body.joint, _Stack):
        joint: Any = _stack(body.joint, where)
    else:
        joint = joint_of(body.joint, body.name, body.parent is None, where)
    if body.mass > 0 and body.inertia is None:
        raise ModelError(f"{where}.inertia: missing; a body with mass needs it")
    spheres, boxes = contacts_of(body.contacts, where)
    inertia = np.zeros(6)
    # A point mass may be welded to another body.
    welded_point = isinstance(joint, Stack) and not joint.elements and not any(body.inertia or ())
    if body.mass > 0 and body.inertia is not None and not welded_point:
        # Published models have inertias of no distribution of mass, as the toes of Rajagopal2015.
        inertia = inertia_of(body.inertia, where, possible=False)
    return Segment(
        body.name, parent, joint, body.mass, vector(body.com), inertia,
        [shape_of(shape, f"{where}.shapes[{k}]", folder) for k, shape in enumerate(body.shapes)],
        spheres, boxes,
    )  # fmt: skip


def _stack(joint: _Stack, where: str) -> Stack:
    return Stack(
        [_element(e, f"{where}.joint.elements[{k}]") for k, e in enumerate(joint.elements)],
        _pose(joint.position, joint.orientation, f"{where}.joint.orientation"),
        _pose(joint.child_position, joint.child_orientation, f"{where}.joint.child_orientation"),
    )


def _pose(position: list[float], orientation: list[float], where: str) -> Pose:
    length = float(np.linalg.norm(orientation))
    if abs(length - 1) > 1e-3:
        raise ModelError(f"{where}: a unit quaternion [w, x, y, z] is expected")
    return placed(vector(position), vector(orientation) / length)


def _element(element: _Element, where: str) -> Element:
    if (element.rotate is None) == (element.translate is None):
        raise ModelError(f"{where}: give the axis of either rotate or translate")
    amount = _function(element.by, f"{where}.by")
    if element.coordinate is None and (element.by is None or amount.constant is None):
        raise ModelError(f"{where}: give a coordinate, or in `by` a constant number")
    axis = vector(element.rotate if element.rotate is not None else element.translate)
    length = float(np.linalg.norm(axis))
    if length < 1e-6:
        raise ModelError(f"{where}: its axis has no direction")
    return Element(
        element.rotate is not None, vector(axis / length),
        amount, element.coordinate,
    )  # fmt: skip
