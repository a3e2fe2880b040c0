"""Writing of a model as character-2 YAML, which opens without the program that the model comes from."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from pydantic import BaseModel

from ..atomic_file import writing
from ..errors import ModelError
from ..readers.character import Character, Joint, Muscle, Shape
from ..readers.coordinates import Coordinate, Element
from ..readers.functions import IDENTITY, Function
from ..readers.muscle_path import PathAttachment, Wrap
from .articulated_yaml import FORMAT
from .links import GROUND
from .pose import Pose, identity, placed
from .skeleton import Segment, Skeleton, Stack

Tree = dict[str, Any]


def write_yaml(path: Path, character: Character, skeleton: Skeleton, source: str) -> None:
    """Write a character that `assemble` has not changed yet, with the skeleton; meshes are copied into a folder beside it.

    source: what the model was read from. ModelError: the file that cannot be written.
    """
    meshes = path.with_name(f"{path.stem}_meshes")
    tree = tree_of(character, skeleton, source, _copied(skeleton, meshes))
    comment = "".join(f"# left out: {line}\n" for line in character.left_out)
    text = yaml.safe_dump(
        tree, sort_keys=False, default_flow_style=None, width=160, allow_unicode=True
    )
    with writing(path, ModelError) as part:
        part.write_text(
            f"# Converted from {source}, whose licence applies.\n{comment}{text}", encoding="utf-8"
        )


def _copied(skeleton: Skeleton, folder: Path) -> dict[Path, str]:
    """The meshes, each copied into the folder, and their paths relative to the folder's own."""
    files = {s.mesh for segment in skeleton.segments for s in segment.shapes if s.mesh is not None}
    names: dict[Path, str] = {}
    try:
        if files:
            folder.mkdir(parents=True, exist_ok=True)
        for k, file in enumerate(sorted(files)):
            name = f"{k}.obj"
            shutil.copyfile(file, folder / name)
            names[file] = f"{folder.name}/{name}"
    except OSError as error:
        raise ModelError(f"{folder}: cannot be written: {error.strerror or error}") from None
    return names


def tree_of(character: Character, skeleton: Skeleton, source: str, meshes: dict[Path, str]) -> Tree:
    """The content of the YAML."""
    writer = _Writer(character, skeleton, meshes)
    tree: Tree = {
        "format": FORMAT,
        "name": character.name,
        "sources": [source],
        "coordinates": [_coordinate(c) for c in skeleton.coordinates],
        "bodies": writer.bodies(),
        "contact": _dumped(character.contact),
        "muscle_law": _dumped(character.muscle_law),
        "muscles": [writer.muscle(m) for m in character.muscles],
    }
    if character.activation_dynamics is not None:
        tree["activation_dynamics"] = _dumped(character.activation_dynamics)
    if character.anchor_force != "all_bodies":
        tree["anchor_force"] = character.anchor_force
    if character.initial:
        tree["initial"] = character.initial
    if character.keyframes:
        tree["keyframes"] = character.keyframes
    return tree


class _Writer:
    """Writes what refers to the bodies of a skeleton."""

    def __init__(self, character: Character, skeleton: Skeleton, meshes: dict[Path, str]) -> None:
        self._skeleton, self._character, self._meshes = skeleton, character, meshes
        first = skeleton.segments[0]
        self._has_ground = not isinstance(first.joint, Joint)
        names = [segment.name for segment in skeleton.segments]
        self._ground = GROUND if GROUND not in names else "world"
        if self._has_ground and self._ground in names:
            raise ModelError(
                f"bodies: '{GROUND}' and 'world' are names of bodies that move; rename one"
            )

    def bodies(self) -> list[Tree]:
        """All bodies; the first is the world's, without mass, if the skeleton's root does not leave it."""
        bodies = [self._body(segment) for segment in self._skeleton.segments]
        if not self._has_ground:
            return bodies
        joint = {"type": "weld", **_placed(self._skeleton.world)}
        ground: Tree = {"name": self._ground, "parent": None, "joint": joint}
        if wraps := self._wraps(-1):
            ground["wraps"] = wraps
        return [ground, *bodies]

    def _name(self, body: int) -> str:
        return self._ground if body < 0 else self._skeleton.segments[body].name

    def _body(self, segment: Segment) -> Tree:
        index = self._skeleton.segments.index(segment)
        is_root = segment.parent < 0 and not self._has_ground
        tree: Tree = {
            "name": segment.name,
            "parent": None if is_root else self._name(segment.parent),
            "joint": self._joint(segment, is_root),
        }
        if segment.mass > 0:
            tree |= {
                "mass": segment.mass,
                "com": _list(segment.com),
                "inertia": _list(segment.inertia),
            }
        shapes = [self._shape(shape) for shape in segment.shapes]
        contacts: list[Tree] = [
            {"position": _list(c.position), "radius": c.radius} for c in segment.contacts
        ]
        contacts += [
            {
                "position": _list(c.position),
                "box": _list(c.size),
                "orientation": _list(c.orientation),
            }
            for c in segment.contact_boxes
        ]
        parts = {"shapes": shapes, "contacts": contacts, "wraps": self._wraps(index)}
        return tree | {name: values for name, values in parts.items() if values}

    def _joint(self, segment: Segment, is_root: bool) -> Tree:
        joint = segment.joint
        if isinstance(joint, Stack):
            tree: Tree = {"type": "custom", **_placed(joint.parent)}
            child = _placed(joint.child)
            tree |= {f"child_{name}": value for name, value in child.items()}
            if joint.elements:
                tree["elements"] = [_element(e) for e in joint.elements]
            return tree
        at = placed(joint.position, joint.orientation)
        tree = {"type": joint.type, **_placed(self._skeleton.world @ at if is_root else at)}
        return tree | ({"names": list(joint.dof_names)} if joint.dof_names else {})

    def _shape(self, shape: Shape) -> Tree:
        tree: Tree = {"type": shape.type, **_placed(placed(shape.position, shape.orientation))}
        if shape.type == "mesh":
            assert shape.mesh is not None
            return tree | {"file": self._meshes[shape.mesh], "size": _list(shape.size)}
        if shape.type == "sphere":
            return tree | {"radius": float(shape.size[0])}
        if shape.type == "capsule":  # from its one end to the other
            at = placed(shape.position, shape.orientation)
            half = np.array([0.0, shape.size[1] / 2, 0.0])
            ends = {"from": _list(at.point(-half)), "to": _list(at.point(half))}
            return {"type": "capsule", "radius": float(shape.size[0]), **ends}
        return tree | {"size": _list(shape.size)}

    def _wraps(self, body: int) -> list[Tree]:
        return [_wrap(wrap) for wrap in self._character.wraps if wrap.body == body]

    def muscle(self, muscle: Muscle) -> Tree:
        """A muscle, with its path."""
        tree: Tree = {
            "name": muscle.name,
            "max_isometric_force": float(muscle.max_isometric_force),
            "optimal_fibre_length": float(muscle.optimal_fibre_length),
            "tendon_slack_length": float(muscle.tendon_slack_length),
            "pennation": float(muscle.pennation),
            "group": muscle.group,
            "path": self._path(muscle),
        }
        if muscle.tendon != "rigid":
            tree["tendon"] = muscle.tendon
        for name in ("curves", "activation_dynamics"):
            value: BaseModel | None = getattr(muscle, name)
            if value is not None:
                tree[name] = _dumped(value)
        return tree

    def _path(self, muscle: Muscle) -> list[Tree]:
        entries: list[Tree] = []
        for k, point in enumerate(muscle.path):
            entries += [{"pulley": p.divisor} for p in muscle.pulleys if p.before == k]
            entry = self._point(point)
            for condition in muscle.conditions:
                if condition.point == k:
                    between = [condition.lower, condition.upper]
                    entry["conditional"] = {"coordinate": condition.coordinate, "range": between}
            for motion in muscle.motions:
                if motion.point == k:
                    moving = entry.setdefault("moving", {"coordinate": motion.coordinate})
                    if moving["coordinate"] != motion.coordinate:
                        raise ModelError(
                            f"muscle '{muscle.name}': a point moves with two coordinates"
                        )
                    if np.isfinite([motion.lower, motion.upper]).all():
                        moving["range"] = [float(motion.lower), float(motion.upper)]
                    moving["xyz"[motion.axis]] = _function(motion.function)
            entries.append(entry)
            for wrap in muscle.wraps:
                if wrap.after == k:
                    entry = {"wrap": wrap.wrap}
                    if wrap.side is not None:
                        entry["side"] = _list(wrap.side)
                    entry |= {name: True for name in ("inside", "by_chord") if getattr(wrap, name)}
                    entries.append(entry)
        return entries

    def _point(self, point: list[PathAttachment]) -> Tree:
        if len(point) == 1:
            return {"body": self._name(point[0].body), "position": _list(point[0].position)}
        return {
            "bodies": [self._name(a.body) for a in point],
            "weights": [float(a.weight) for a in point],
            "positions": [_list(a.position) for a in point],
        }


def _wrap(wrap: Wrap) -> Tree:
    tree: Tree = {"name": wrap.name, "type": wrap.type, "radius": wrap.radius}
    tree |= _placed(placed(wrap.position, wrap.orientation))
    return tree if wrap.side is None else tree | {"side": _list(wrap.side)}


def _coordinate(c: Coordinate) -> Tree:
    plain = Coordinate(c.name)
    tree: Tree = {"name": c.name}
    for name in (
        "default",
        "locked",
        "damping",
        "armature",
        "stiffness",
        "rest",
        "kp",
        "kv",
        "follows",
    ):
        if getattr(c, name) != getattr(plain, name):
            tree[name] = getattr(c, name)
    if c.range is not None:
        tree["range"] = [float(x) for x in c.range]
        if c.limit_stiffness is not None:
            tree["limit_stiffness"] = [float(x) for x in c.limit_stiffness]
        if any(c.limit_damping):
            tree["limit_damping"] = [float(x) for x in c.limit_damping]
    if c.follows is not None and c.by != IDENTITY:
        tree["by"] = _function(c.by)
    return tree


def _element(element: Element) -> Tree:
    if element.armature or element.damping:
        raise ModelError("an element's own armature or damping cannot be written")
    tree: Tree = {"rotate" if element.rotates else "translate": _list(element.axis)}
    if element.coordinate is not None:
        tree["coordinate"] = element.coordinate
    if element.coordinate is None or element.amount != IDENTITY:
        tree["by"] = _function(element.amount)
    return tree


def _function(function: Function) -> Any:
    constant = function.constant
    if constant is not None:
        return float(constant)
    tree: Tree = {"polynomial": [float(c) for c in function.polynomial]}
    for name, power in (("squares", 2), ("cubes", 3)):
        pairs = [[float(p.knot), float(p.weight)] for p in function.powers if p.power == power]
        if pairs:
            tree[name] = pairs
    return tree


def _placed(pose: Pose) -> Tree:
    """Position and orientation of a frame, without those that are the default."""
    tree: Tree = {}
    if pose.position.any():
        tree["position"] = _list(pose.position)
    if not np.array_equal(pose.rotation, identity().rotation):
        tree["orientation"] = _list(pose.quaternion)
    return tree


def _dumped(model: BaseModel) -> Tree:
    return model.model_dump(exclude_none=True)


def _list(values: Any) -> list[float]:
    return [float(x) for x in values]
