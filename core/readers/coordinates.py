"""Coordinates, and the elementary motions that joints are made of."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .functions import IDENTITY, Function

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Coordinate:
    """A generalised coordinate, rad or m, with what acts on it: N m or N, per rad or m, and per second."""

    name: str
    default: float = 0.0
    range: tuple[float, float] | None = None
    limit_stiffness: tuple[float, float] | None = None
    """Of the spring-dampers below and above the range; None: nothing enforces it."""
    limit_damping: tuple[float, float] = (0.0, 0.0)
    locked: bool = False
    """Held at its default: no degree of freedom."""
    damping: float = 0.0
    armature: float = 0.0
    """Inertia of a rotor on this coordinate, kg m^2 or kg."""
    stiffness: float = 0.0
    rest: float = 0.0
    """Value at which the passive spring is slack."""
    kp: float = 0.0
    kv: float = 0.0
    follows: str | None = None
    """The coordinate that drives this one: no degree of freedom of its own."""
    by: Function = IDENTITY
    """This coordinate as a function of the one that it follows."""
    in_degrees: bool | None = None
    """Whether OpenSim's tables in degrees have it in degrees; None: if it turns something."""


@dataclass(frozen=True)
class Element:
    """A rotation about an axis (rad) or a translation along it (m), by a function of a coordinate.

    The axis is a unit vector in the frame that the elements before it have reached.
    """

    rotates: bool
    axis: Floats
    amount: Function
    coordinate: str | None = None
    """None for a constant amount, and in joints of one coordinate."""
    armature: float = 0.0
    """Inertia of a rotor that turns with the amount, kg m^2 (translation: kg)."""
    damping: float = 0.0
    """Resistance to the amount's rate, N m s/rad (translation: N s/m)."""
