"""The way back from a motion that ends: the simulation goes on with the one that it left for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo

LATE = 0.6
"""Phase of a motion that is no cycle from which on the simulation is sent back: the transition to it is over, and the
motion goes on to its end first."""


class MotionReturn:
    """Remembers which motion was left for one that is no cycle."""

    def __init__(self, info: ModelInfo) -> None:
        self._names = info.clip_names
        self._ending = frozenset(info.ending_clips)
        self._left = ""
        self._next = ""

    def sent(self, frame: Frame, name: str) -> None:
        """The user sends the simulation from the motion of a frame to another one."""
        if not self._names:
            return
        here = self._names[frame.clip]
        if here not in self._ending:
            self._left, self._next = here, name if name in self._ending else ""
        elif name != self._next:
            self._next = ""

    def forget(self) -> None:
        """An episode begins: with a motion that ends, it ends, too."""
        self._next = ""

    def due(self, frame: Frame) -> str:
        """The motion to go back to, if it is time after this frame; else empty."""
        if not self._next or self._names[frame.clip] != self._next or frame.phase < LATE:
            return ""
        return self._left
