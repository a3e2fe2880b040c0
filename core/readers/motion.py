"""Motions: a series of generalised positions, as YAML (docs/formats.md) or a table of OpenSim (.mot, .sto)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..errors import ModelError
from .bounded_numbers import Vector3
from .character import Character
from .file_kind import MOTION, refuse_other
from .opensim_table import Table, is_table, read_table
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
    left_out: tuple[str, ...] = ()
    """What the file has and the motion has not, or the other way round, a line each."""

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
    """Read a motion YAML, or a table of OpenSim, for a character. ModelError: file, field, fix in one line."""
    if is_table(path):
        return _of_table(read_table(path), character, Path(path))
    text = read_text(Path(path), ModelError)
    refuse_other(text, str(path), MOTION, "a motion YAML, which this character needs", ModelError)
    tree = parse(text, str(path), _Motion, ModelError)
    wanted = character.dof_names
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


SHORTEST = 1 / 480
"""s, between frames that are made of rows at uneven times."""


def _of_table(table: Table, character: Character, path: Path) -> Motion:
    """Coordinates by name, also of a table of states (/jointset/JOINT/COORDINATE/value); others stay at their defaults."""
    columns = {_coordinate(label): k for k, label in enumerate(table.labels)}
    names = character.dof_names
    given = [name for name in names if name in columns]
    if not given:
        shown = ", ".join(table.labels[:3])
        raise ModelError(
            f"{path}: no column is a coordinate of {character.name} ({', '.join(names[:3])}, ...): it has {shown}, ..."
        )
    defaults = character.pose()
    turns = np.degrees(1.0) if table.in_degrees else 1.0
    known = {c.name: c.in_degrees for c in character.coordinates if c.in_degrees is not None}
    series = np.tile([defaults[name] for name in names], (len(table.times), 1))
    for k, (name, is_way) in enumerate(zip(names, character.ways, strict=True)):
        if name not in columns:
            continue
        values = table.values[:, columns[name]]
        if not np.isfinite(values).all():
            row = int(np.flatnonzero(~np.isfinite(values))[0])
            raise ModelError(f"{path}: {name}: not finite at {table.times[row]:g} s")
        series[:, k] = values / turns if known.get(name, not is_way) else values
    step, frames = _evenly(table.times, series)
    missing = [name for name in names if name not in columns]
    said = [f"{', '.join(missing)}: not in the table"] if missing else []
    return Motion(path.stem, False, step, np.zeros(3), frames, names, {}, tuple(said))


def _coordinate(label: str) -> str:
    """The coordinate of a column; a path that is no value of a coordinate stays as it is."""
    parts = label.split("/")
    return parts[-2] if len(parts) > 1 and parts[-1] == "value" else label


def _evenly(
    times: NDArray[np.float64], series: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64]]:
    """Frames at even times and the time between them: the rows where they are even, otherwise lines between them."""
    span = float(times[-1] - times[0])
    step = span / (len(times) - 1)
    if np.abs(times - times[0] - step * np.arange(len(times))).max() < 0.01 * step:
        return step, series
    count = max(int(np.ceil(span / max(float(np.median(np.diff(times))), SHORTEST))), 1)
    even = np.linspace(times[0], times[-1], count + 1)
    return span / count, np.stack([np.interp(even, times, column) for column in series.T], axis=1)


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
