"""Frames as rows of one array: what the history keeps, the plots read and the export writes."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame

FLAGS = ("terminated", "truncated", "diverged")


class FrameRows:
    """Where each field of a frame lies in a row of float32; made from any frame of the character."""

    def __init__(self, example: Frame) -> None:
        self.slices: dict[str, slice] = {}
        """Columns of each field of arrays, of `reward_terms`, and of `phase`, `reward` and the flags."""
        self.shapes: dict[str, tuple[int, ...]] = {}
        self.terms = list(example.reward_terms)
        at = 0
        for field in dataclasses.fields(example):
            value = getattr(example, field.name)
            if isinstance(value, np.ndarray):
                size, shape = value.size, value.shape
            elif field.name == "reward_terms":
                size, shape = len(self.terms), (len(self.terms),)
            elif field.name in ("phase", "reward", *FLAGS):
                size, shape = 1, ()
            else:
                continue
            self.slices[field.name] = slice(at, at + size)
            self.shapes[field.name] = shape
            at += size
        self.width = at

    def pack(self, frame: Frame, row: np.ndarray) -> None:
        """Write a frame, its time left out, into a row (width,)."""
        for name, columns in self.slices.items():
            if name == "reward_terms":
                row[columns] = [frame.reward_terms.get(term, 0.0) for term in self.terms]
            else:
                row[columns] = np.ravel(getattr(frame, name))

    def unpack(self, row: np.ndarray, time: float) -> Frame:
        """The frame of a row (width,); the frame owns its arrays."""
        from muscle_viewer.core.frame import Frame

        row = row.copy()
        values: dict[str, Any] = {"time": time}
        for name, columns in self.slices.items():
            part = row[columns]
            if name == "reward_terms":
                values[name] = dict(zip(self.terms, map(float, part), strict=True))
            elif name in FLAGS:
                values[name] = bool(part[0])
            elif self.shapes[name] == ():
                values[name] = float(part[0])
            else:
                values[name] = part.reshape(self.shapes[name])
        return Frame(**values)
