"""Frames as rows of one array, which the history stores, the plots read and the export writes."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame

NOTHING: Mapping[str, Any] = MappingProxyType({})

FLAGS = ("terminated", "truncated", "diverged")


class FrameRows:
    """Layout of a row of float32: the fields of a frame, then further numbers."""

    def __init__(self, example: Frame, extras: Mapping[str, Sequence[str]] = NOTHING) -> None:
        """`example` is any frame of the character; `extras` names the entries of the further numbers, such as actions."""
        self.slices: dict[str, slice] = {}
        """Columns of each field of arrays, of `reward_terms`, and of `phase`, `reward`, `clip` and the flags."""
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.terms = list(example.reward_terms)
        at = 0
        for field in dataclasses.fields(example):
            value = getattr(example, field.name)
            if isinstance(value, np.ndarray):
                size, shape = value.size, value.shape
            elif field.name == "reward_terms":
                size, shape = len(self.terms), (len(self.terms),)
            elif field.name in ("phase", "reward", "clip", *FLAGS):
                size, shape = 1, ()
            else:
                continue
            self.slices[field.name] = slice(at, at + size)
            self.shapes[field.name] = shape
            at += size
        self.extras = dict(extras)
        for name, entries in self.extras.items():
            self.slices[name] = slice(at, at + len(entries))
            self.shapes[name] = (len(entries),)
            at += len(entries)
        self.width = at

    def pack(
        self, frame: Frame, row: np.ndarray, extras: Mapping[str, np.ndarray | None] = NOTHING
    ) -> None:
        """Write a frame without its time, and the further numbers, into a row (width,); missing numbers become 0."""
        for name, columns in self.slices.items():
            if name in self.extras:
                values = extras.get(name)
                row[columns] = 0.0 if values is None else values
            elif name == "reward_terms":
                row[columns] = [frame.reward_terms.get(term, 0.0) for term in self.terms]
            else:
                row[columns] = np.ravel(getattr(frame, name))

    def unpack(self, row: np.ndarray, time: float) -> Frame:
        """The frame of a row (width,); the frame owns its arrays."""
        from muscle_viewer.core.frame import Frame

        row = row.copy()
        values: dict[str, Any] = {"time": time}
        for name, columns in self.slices.items():
            if name in self.extras:
                continue
            part = row[columns]
            if name == "reward_terms":
                values[name] = dict(zip(self.terms, map(float, part), strict=True))
            elif name in FLAGS:
                values[name] = bool(part[0])
            elif name == "clip":
                values[name] = int(part[0])
            elif self.shapes[name] == ():
                values[name] = float(part[0])
            else:
                values[name] = part.reshape(self.shapes[name])
        return Frame(**values)
