"""Lengths of fibres for the muscles of MASS and GaitNet, whose files have none.

Their `lm` is a part of the muscle's path, 0.6 to 1.2 of it, and makes a soleus of 0.47 m with a force of 3,586 N; its
fibres have 0.044 m (Ward et al. 2009, Clin Orthop Relat Res 467(4), 1074-1082). With such lengths a body of 61 kg
has 245 kg of muscle. The forces are those of people, so that the lengths are made to agree with the volumes of people:

- the muscles of a leg together, 35 of them, have 47.05 m h + 1289.6 cm^3 in a person of m kg and h m (Handsfield et al.
  2014, J Biomech 47(3), 631-638, figure 5A);
- all skeletal muscles have 0.345 of the body's mass, the mean of 0.384 in men and 0.306 in women (Janssen et al. 2000, J
  Appl Physiol 89(1), 81-88), and those beyond the legs' have the rest.

One factor for the muscles of both legs and one for the others, as the files have nothing by which muscles would differ.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from ...feet import body_frames, feet, lowest_contacts
from ...metabolics import MUSCLE_DENSITY, muscle_mass
from ...readers.character import Character

SKELETAL_MUSCLE = 0.345
HIP_HEIGHT = 0.530
"""Of a person's height (Drillis and Contini 1966, in Winter 2009, figure 4.1)."""


def legs_muscle_mass(mass: float, height: float) -> float:
    """Mass of the muscles of both legs, kg, of a person of `mass` kg and `height` m: Handsfield et al. (2014)."""
    return 2 * MUSCLE_DENSITY * 1e-6 * (47.05 * mass * height + 1289.6)


def with_fibre_shares(character: Character) -> Character:
    """The character with `Muscle.fibre_share`; unchanged if it has not two feet."""
    legs = _leg_bodies(character)
    if not legs or not character.muscles:
        return character
    muscles = character.muscles
    moves_leg = np.array([any(a.body in legs for p in m.path for a in p) for m in muscles])
    whole = muscle_mass(
        [m.max_isometric_force for m in muscles], [m.optimal_fibre_length for m in muscles]
    )
    mass = sum(body.mass for body in character.bodies)
    wanted = legs_muscle_mass(mass, _hip_height(character, legs) / HIP_HEIGHT)
    of_legs = _share(wanted, whole[moves_leg])
    of_others = min(of_legs, _share(max(SKELETAL_MUSCLE * mass - wanted, 0.0), whole[~moves_leg]))
    shares = np.where(moves_leg, of_legs, of_others)
    return replace(
        character,
        muscles=[
            replace(m, fibre_share=float(share)) for m, share in zip(muscles, shares, strict=True)
        ],
    )


def _share(wanted: float, masses: NDArray[np.float64]) -> float:
    """What makes masses wanted ones; at most 1."""
    return min(1.0, wanted / masses.sum()) if masses.sum() > 0 else 1.0


def _leg_bodies(character: Character) -> set[int]:
    """The feet and all between them and the root; none without two feet."""
    found = feet(character.bodies)
    legs: set[int] = set()
    for side in found.values():
        for at in side:
            while character.bodies[at].parent >= 0:
                legs.add(at)
                at = character.bodies[at].parent
    return legs if all(found.values()) else set()


def _hip_height(character: Character, legs: set[int]) -> float:
    """Height of the legs' first joints over the lowest contact in the zero pose, m."""
    bodies = character.bodies
    hips = [k for k in legs if bodies[k].parent not in legs]
    ground = min(y for _, y in lowest_contacts(bodies).values())
    frames = body_frames(bodies)
    return float(np.mean([frames[hip].position[1] for hip in hips]) - ground)
