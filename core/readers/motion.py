"""The motion YAML: a series of generalised positions (docs/formats.md)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..errors import ModelError
from .character import Character, Vector3
from .file_kind import MOTION, refuse_other
from .text import Strict, parse, read_text, suggestion, vector


@dataclass(frozen=True)
class Motion:
    """A motion of one character; a cyclic motion repeats after its T frames, displaced by cycle_translation."""

    name: str
    cyclic: bool
    frame_time: float
    """s"""
    cycle_translation: NDArray[np.float64]
    """(3,) m"""
    frames: NDArray[np.float64]
    """(T, dofs)"""
    coordinates: list[str]
    events: dict[str, float]
    """Phases in [0, 1)."""

    @property
    def duration(self) -> float:
        """Duration of a cycle, s."""
        return self.frame_time * (len(self.frames) if self.cyclic else len(self.frames) - 1)


class _Motion(Strict):
    format: Literal["muscle-viewer/motion-1"]
    name: str
    sources: list[Any] = []
    character: str | None = None
    cyclic: bool
    frame_time: Annotated[float, Field(gt=0)]
    cycle_translation: Vector3 = [0.0, 0.0, 0.0]
    coordinates: list[str]
    frames: Annotated[list[list[float]], Field(min_length=2)]
    events: dict[str, Annotated[float, Field(ge=0, lt=1)]] = {}


def read_motion(path: str | Path, character: Character) -> Motion:
    """Read a motion YAML for a character. ModelError: file, field, fix in one line."""
    text = read_text(Path(path), ModelError)
    refuse_other(text, str(path), MOTION, "a motion YAML, which this character needs", ModelError)
    tree = parse(text, str(path), _Motion, ModelError)
    wanted = [name for body in character.bodies for name in body.joint.dof_names]
    if tree.coordinates != wanted:
        raise ModelError(f"{path}: coordinates: {_difference(tree.coordinates, wanted)}")
    for i, frame in enumerate(tree.frames):
        if len(frame) != len(wanted):
            raise ModelError(
                f"{path}: frames[{i}]: {len(frame)} numbers given, {len(wanted)} expected"
            )
    return Motion(
        tree.name, tree.cyclic, tree.frame_time, vector(tree.cycle_translation),
        vector(tree.frames), tree.coordinates, tree.events,
    )  # fmt: skip


def still(character: Character, keyframe: str | None = None) -> Motion:
    """The initial pose of a character's file, or that of a keyframe, held. ModelError for an unknown keyframe."""
    if keyframe is not None and keyframe not in character.keyframes:
        known = list(character.keyframes)
        said = suggestion(keyframe, known) if known else "the model has none"
        raise ModelError(f"reset.keyframe: no keyframe '{keyframe}'; {said}")
    pose = character.pose(keyframe)
    frames = np.tile(list(pose.values()), (2, 1))
    return Motion(keyframe or "zero pose", True, 1.0, np.zeros(3), frames, list(pose), {})


def _difference(given: list[str], wanted: list[str]) -> str:
    for i, (a, b) in enumerate(zip(given, wanted, strict=False)):
        if a != b:
            return f"number {i} is '{a}', the character's is '{b}'"
    return f"{len(given)} given, the character has {len(wanted)}"
