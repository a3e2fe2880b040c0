"""How a muscle of the upper body is described to make_whole_body.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SPECIFIC_TENSION = 60.0
"""N/cm^2, as Rajagopal et al. (2016) take for the legs."""

OwnPath = tuple[tuple[str, float, float, float], ...]


@dataclass(frozen=True)
class UpperMuscle:
    """A muscle of the right side; `fibre` m at the optimum, `force` N, `pennation` degrees.

    `unit` is MASS's muscle, `kept` the via points taken of it (all if empty), those on the trunk
    moved back by `behind` (m); `onto` fixes some of them (by their index in MASS) to another of
    our bodies. `path` has the points of our own that follow: body and place in its frame, m.
    """

    name: str
    force: float
    fibre: float
    group: str
    unit: str = ""
    kept: tuple[int, ...] = ()
    behind: float = 0.0
    onto: Mapping[int, str] = field(default_factory=dict)
    path: OwnPath = ()
    pennation: float = 0.0


def area(square_centimetres: float) -> float:
    """Force of a cross-section, N."""
    return SPECIFIC_TENSION * square_centimetres
