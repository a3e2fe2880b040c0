"""Muscles that are weak or short without the policy being told: those of any checkpoint, whatever it was trained with."""

from __future__ import annotations

from dataclasses import replace

from muscle_viewer.core import Checkpoint
from muscle_viewer.core.configuration.chosen_muscles import both_factors
from muscle_viewer.core.configuration.parameters import OfMuscles, Parameter
from muscle_viewer.core.scene import load_character


def impaired(checkpoint: Checkpoint, weaken: str | None, shorten: str | None) -> Checkpoint:
    """The checkpoint in an environment with muscles of other strengths and optimal fibre lengths, as the options say.

    The policy observes none of them; the muscle network is given the torques of the muscles as they are. ConfigError
    names a muscle that does not exist.
    """
    muscles = load_character(checkpoint.config).muscles
    names, groups = [m.name for m in muscles], [m.group for m in muscles]
    strengths, lengths = both_factors(weaken, shorten, names, groups)
    kinds: tuple[tuple[OfMuscles, dict[int, float]], ...] = (
        ("strength", strengths),
        ("fibre_length", lengths),
    )
    parameters = dict(checkpoint.config.parameters)
    for acts_on, factors in kinds:
        for muscle, factor in factors.items():
            parameters[f"untold {acts_on} of {names[muscle]}"] = Parameter(
                acts_on=acts_on, muscles=[names[muscle]], range=[factor, factor], default=factor,
                distribution="fixed", observed=False,
            )  # fmt: skip
    return replace(
        checkpoint, config=checkpoint.config.model_copy(update={"parameters": parameters})
    )
