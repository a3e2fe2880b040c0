"""Gains of stable PD that an environment gives the coordinates of a character; models of MuJoCo and OpenSim have none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from .errors import ConfigError
from .readers.character import Body, Character

EVERY = "every"
"""Name of the gains of all coordinates that are not named."""


def with_gains(character: Character, gains: Mapping[str, float | tuple[float, float]]) -> Character:
    """The character with other gains: `kp` or `(kp, kv)` by coordinate, N m/rad and N m s/rad; `every` for all others.

    A kv that is not given is sqrt(2 kp), as in MASS (Lee et al. 2019). The root has none. ConfigError for a
    name that is no coordinate's.
    """
    coordinates = [name for body in character.bodies[1:] for name in body.joint.dof_names]
    unknown = [name for name in gains if name != EVERY and name not in coordinates]
    if unknown:
        raise ConfigError(
            f"gains: there is no coordinate '{unknown[0]}'; there are {', '.join(coordinates)}, and '{EVERY}'"
        )
    pairs = {
        name: given if isinstance(given, tuple) else (given, np.sqrt(2 * given))
        for name, given in gains.items()
    }
    bodies = character.bodies
    return replace(character, bodies=[bodies[0], *(_with(body, pairs) for body in bodies[1:])])


def _with(body: Body, pairs: Mapping[str, tuple[float, float]]) -> Body:
    joint = body.joint
    names = joint.dof_names
    given = [pairs.get(name, pairs.get(EVERY)) for name in names]
    if not any(given):
        return body
    kp, kv = (np.array(np.broadcast_to(own, len(names)), float) for own in (joint.kp, joint.kv))
    for k, pair in enumerate(given):
        if pair is not None:
            kp[k], kv[k] = pair
    return replace(body, joint=replace(joint, kp=kp, kv=kv))
