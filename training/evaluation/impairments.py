"""Muscles that are weak or short without the policy being told: those of any checkpoint, whatever it was trained with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from difflib import get_close_matches

from muscle_viewer.core import Checkpoint, ConfigError
from muscle_viewer.core.configuration.chosen_values import finite_number
from muscle_viewer.core.configuration.parameters import OfMuscles, Parameter, Side
from muscle_viewer.core.readers.character import Character
from muscle_viewer.core.readers.text import suggestion
from muscle_viewer.core.scene import load_character
from muscle_viewer.core.sides import split

SIDES: dict[str, Side] = {"_l": "left", "_r": "right"}
"""Ends of the names of groups, for the muscles of one side."""


def parse_factors(option: str, text: str) -> dict[str, float]:
    """`soleus_l=0.3,hip_abductor=0.5`, factors by the names of muscles and groups. ConfigError for other texts."""
    factors: dict[str, float] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"{option}: '{part}' is not muscle=factor, as in soleus_l=0.3")
        factor = finite_number(option, value)
        if factor < 0:
            raise ConfigError(f"{option}: {name.strip()} {factor:g} given, 0 or more expected")
        factors[name.strip()] = factor
    return factors


def impaired(
    checkpoint: Checkpoint, strengths: Mapping[str, float], lengths: Mapping[str, float]
) -> Checkpoint:
    """The checkpoint in an environment with muscles of other strengths and optimal fibre lengths.

    Both are factors by names of muscles, with or without their side, or of the character's groups, with `_l`, `_r`
    or for both sides without. The policy observes none of them; the muscle network is given the torques of the muscles
    as they are. ConfigError names what does not exist.
    """
    character = load_character(checkpoint.config)
    parameters = dict(checkpoint.config.parameters)
    kinds: tuple[tuple[str, OfMuscles, Mapping[str, float]], ...] = (
        ("--weaken", "strength", strengths),
        ("--shorten", "fibre_length", lengths),
    )
    for option, acts_on, factors in kinds:
        for name, factor in factors.items():
            if factor == 0 and acts_on == "fibre_length":
                raise ConfigError(f"{option}: {name} 0 given, more than 0 expected")
            muscles, groups, side = _choice(option, name, character)
            parameters[f"{option} {name}"] = Parameter(
                acts_on=acts_on, muscles=muscles, groups=groups, side=side, range=[factor, factor],
                default=factor, distribution="fixed", observed=False,
            )  # fmt: skip
    return replace(
        checkpoint, config=checkpoint.config.model_copy(update={"parameters": parameters})
    )


def _choice(option: str, name: str, character: Character) -> tuple[list[str], list[str], Side]:
    """The muscles, or the groups, and the side that a name stands for."""
    groups = {muscle.group for muscle in character.muscles if muscle.group}
    if name in groups:
        return [], [name], "both"
    if name[:-2] in groups and name[-2:] in SIDES:
        return [], [name[:-2]], SIDES[name[-2:]]
    names = [muscle.name for muscle in character.muscles]
    known = {*names, *(base for base, _ in split(names))}
    if name not in known:
        like = get_close_matches(name, known | groups, 1) or sorted(groups) or names
        raise ConfigError(
            f"{option}: '{name}' is no muscle or group of {character.name}; {suggestion(name, like)}"
        )
    return [name], [], "both"
