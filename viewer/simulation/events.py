"""What happens while a character walks: heel strikes, falls, ends."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.sides import split

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo

LOADED, UNLOADED = 0.08, 0.02
"""Shares of body weight: a foot is down above the first, up below the second."""

GRAVITY = 9.81


@dataclass(frozen=True)
class Event:
    """Something at a frame of the history."""

    index: int
    clock: float
    """Simulated seconds since the viewer started."""
    kind: str
    """`strike right`, `strike left`, `fall`, `end`, `begin` or `touch`."""
    label: str


def foot_contacts(info: ModelInfo) -> dict[str, np.ndarray]:
    """Contact points of the right and the left side, by their bodies' names."""
    return _foot_contacts(tuple(info.body_names), tuple(np.asarray(info.contact_bodies).tolist()))


@lru_cache(maxsize=8)
def _foot_contacts(names: tuple[str, ...], bodies: tuple[int, ...]) -> dict[str, np.ndarray]:
    sides = [side for _, side in split(names)]
    of = np.array([sides[body] for body in bodies], str)
    return {side: np.flatnonzero(of == side) for side in ("right", "left")}


class EventDetector:
    """Sees frames one after another. A strike needs a foot that was up before."""

    def __init__(self, info: ModelInfo) -> None:
        self._contacts = {k: v for k, v in foot_contacts(info).items() if len(v)}
        self._up: dict[str, bool] = {}

    def forget(self) -> None:
        """What comes next does not follow what came before."""
        self._up = {}

    def see(self, frame: Frame, total_mass: float) -> list[tuple[str, str]]:
        """Kinds and labels of what happened with this frame of a character of so many kilograms."""
        found = []
        if frame.time == 0.0:
            self.forget()
        for side, contacts in self._contacts.items():
            load = float(frame.contact_forces[contacts, 1].sum()) / (GRAVITY * total_mass)
            if load > LOADED and self._up.get(side, False):
                found.append((f"strike {side}", f"{side} heel strike"))
            if load > LOADED or load < UNLOADED:
                self._up[side] = load < UNLOADED
        if frame.terminated:
            found.append(("fall", "diverged" if frame.diverged else "fall"))
        elif frame.truncated:
            found.append(("end", "end of the episode"))
        return found
