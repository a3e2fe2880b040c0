"""What a program says of its model in one state, in the terms of the opened one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ...readers.character import Character

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Tolerance:
    """Largest difference in double and in single precision."""

    double: float
    single: float


@dataclass(frozen=True)
class MuscleGroup:
    """Muscles that a program computes with the same exactness."""

    name: str
    """What sets them apart; empty for those that it computes to rounding."""
    members: NDArray[np.bool_]
    """Of the character's muscles, shape (muscles,)."""
    lengths: Tolerance
    """m."""
    moment_arms: Tolerance
    """m."""
    forces: Tolerance
    """Of each muscle's maximal one."""


@dataclass(frozen=True)
class Answer:
    """The quantities of one state; m, rad, s, kg, N, world axes with y up."""

    rotations: Floats
    """Of the program's bodies, shape (bodies, 3, 3)."""
    origins: Floats
    """Of these, shape (bodies, 3)."""
    mass: Floats
    """Mass matrix of the opened model's dofs, shape (dofs, dofs)."""
    torques: Floats
    """Of the muscles, shape (dofs,)."""
    accelerations: Floats
    """Of the dofs, by gravity, the joints' springs and dampers and these torques; couplings exact, no contacts; (dofs,)."""
    lengths: Floats
    """From origin to insertion, shape (muscles,)."""
    moment_arms: Floats
    """-dL/dq, shape (muscles, dofs)."""
    forces: Floats
    """Along the tendons, shape (muscles,)."""
    compared: NDArray[np.bool_]
    """Muscles of which these can be compared in this state, shape (muscles,)."""


class Program(Protocol):
    """A program with a model of its own, and the character that was opened from the same file."""

    name: str
    """With its version."""
    character: Character
    bodies: list[str]
    """Names of the bodies of the answers."""
    doubtful: str
    """Why muscles are not compared in some states."""
    groups: list[MuscleGroup]
    """The muscles that are compared."""
    ranges: Floats
    """Of the dofs, rad or m, shape (dofs, 2)."""
    resting: NDArray[np.bool_]
    """Dofs without velocity in all states, as the program's terms of it are not exact, shape (dofs,)."""

    def answer(self, pose: Floats, rates: Floats, activations: Floats) -> Answer:
        """The quantities at dofs and their rates, each of shape (dofs,), and activations, shape (muscles,)."""
