"""BVH files, and their poses as MASS and GaitNet map them onto a skeleton."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...errors import ModelError
from ...readers.file_kind import BVH, refuse_other
from ...readers.text import read_text
from ..characters.skeleton import Floats
from ..xml_text import LARGEST

CENTIMETRE = 0.01
"""m, the unit that MASS and the GaitNets take all lengths in."""

UNITS = {"metres": 1.0, "inches": 0.0254, "centimetres": CENTIMETRE, "millimetres": 0.001}
"""m of the units in which BVH files are written."""

CHANNELS = {f"{axis}{kind}" for axis in "XYZ" for kind in ("position", "rotation")}
DEEPEST = 200


@dataclass(frozen=True)
class Bvh:
    """A motion capture: rotations of its joints, and the root's translation."""

    frame_time: float
    """s"""
    root: str
    rotations: dict[str, Floats]
    """(T, 3, 3) of each joint, its channels' rotations multiplied in their order."""
    translation: Floats
    """(T, 3) of the root, m."""


def read_bvh(path: Path, scale: float = CENTIMETRE) -> Bvh:
    """Read a BVH file; offsets are not kept, as MASS and GaitNet use none. ModelError: one line.

    scale: metres of the file's unit of length, which it does not say.
    """
    text = read_text(path, ModelError)
    refuse_other(text, str(path), BVH, "a BVH motion capture", ModelError)
    words = re.sub(r"^\s*(Frames|Frame Time):", r"\1: ", text, flags=re.MULTILINE).split()
    if not words or words[0] != "HIERARCHY":
        raise ModelError(f"{path}: begins without HIERARCHY, so it is not a BVH file")
    try:
        joints, at = _hierarchy(words, path)
        return _frames(words, at, joints, path, scale)
    except IndexError:
        raise ModelError(f"{path}: ends too early; copy it again") from None


def _hierarchy(words: list[str], path: Path) -> tuple[list[tuple[str, list[str]]], int]:
    """Joints with their channels in the file's order, and where MOTION stands."""
    joints: list[tuple[str, list[str]]] = []
    at, depth = 1, 0
    while words[at] != "MOTION":
        word = words[at]
        if word in ("ROOT", "JOINT"):
            name = words[at + 1]
            if name in dict(joints):
                raise ModelError(f"{path}: joint '{name}' stands twice; give each its own name")
            joints.append((name, []))
            at += 2
        elif word == "End":
            at += 2
        elif word == "OFFSET":
            at += 4
        elif word == "CHANNELS":
            count = _integer(words[at + 1], f"{path}: CHANNELS", 6)
            channels = words[at + 2 : at + 2 + count]
            if not joints or not set(channels) <= CHANNELS:
                raise ModelError(f"{path}: CHANNELS: {' '.join(channels)[:60]} are not known")
            joints[-1][1].extend(channels)
            at += 2 + count
        elif word in "{}":
            depth += 1 if word == "{" else -1
            if not 0 <= depth <= DEEPEST:
                raise ModelError(f"{path}: braces do not match, or nest too deep")
            at += 1
        else:
            raise ModelError(f"{path}: '{word[:40]}' is not expected in the HIERARCHY")
    if not joints:
        raise ModelError(f"{path}: no ROOT in its HIERARCHY")
    return joints, at + 1


def _frames(
    words: list[str], at: int, joints: list[tuple[str, list[str]]], path: Path, scale: float
) -> Bvh:
    if words[at] != "Frames:" or words[at + 2 : at + 4] != ["Frame", "Time:"]:
        raise ModelError(f"{path}: 'Frames: n' and 'Frame Time: s' are expected after MOTION")
    count = _integer(words[at + 1], f"{path}: Frames", 10_000_000)
    width = sum(len(channels) for _, channels in joints)
    try:
        frame_time = float(words[at + 4])
        values = np.array(words[at + 5 :], dtype=np.float64)
    except ValueError as problem:
        raise ModelError(f"{path}: MOTION: {problem}; numbers are expected") from None
    if not 0 < frame_time < LARGEST:
        raise ModelError(f"{path}: Frame Time: {frame_time}, a positive time is expected")
    if values.size != count * width:
        raise ModelError(
            f"{path}: MOTION: {values.size} numbers stand there, {count} frames of "
            f"{width} channels are {count * width}; copy it again"
        )
    if count < 2:
        raise ModelError(
            f"{path}: Frames: {count}, which is a pose and no motion; export two frames or more"
        )
    if not np.isfinite(values).all() or (abs(values) > LARGEST).any():
        raise ModelError(f"{path}: MOTION: a number is not finite, or huge; mend it")
    table = values.reshape(count, width)
    rotations, translation, column = {}, np.zeros((count, 3)), 0
    for k, (name, channels) in enumerate(joints):
        turn = np.broadcast_to(np.eye(3), (count, 3, 3))
        for channel in channels:
            if channel.endswith("rotation"):
                turn = turn @ axis_rotation("XYZ".index(channel[0]), np.radians(table[:, column]))
            elif k == 0:
                translation[:, "XYZ".index(channel[0])] = table[:, column] * scale
            column += 1
        rotations[name] = turn
    return Bvh(frame_time, joints[0][0], rotations, translation)


def likely_unit(height: float, wanted: float, scale: float) -> str | None:
    """The unit in which a root at `height` (m, read with `scale`) would stand near `wanted` (m).

    None where it stands near it as it is, or in no unit.
    """

    def is_near(found: float) -> bool:
        return 0.5 * wanted < found < 2.0 * wanted

    if wanted <= 0 or is_near(height):
        return None
    return next((u for u, metres in UNITS.items() if is_near(height / scale * metres)), None)


def _integer(word: str, where: str, highest: int) -> int:
    try:
        value = int(word)
    except ValueError:
        raise ModelError(f"{where}: '{word[:40]}' given, a whole number expected") from None
    if not 0 <= value <= highest:
        raise ModelError(f"{where}: {value} given, 0 to {highest} expected")
    return value


def axis_rotation(axis: int, angle: Floats) -> Floats:
    """Rotations about x, y or z (0, 1, 2) by angles (T,), (T, 3, 3)."""
    a, b = (axis + 1) % 3, (axis + 2) % 3
    out = np.zeros((len(angle), 3, 3))
    out[:, axis, axis] = 1
    out[:, a, a] = out[:, b, b] = np.cos(angle)
    out[:, b, a] = np.sin(angle)
    out[:, a, b] = -np.sin(angle)
    return out
