"""Muscles as a user names them on a command line."""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches

from ..errors import ConfigError
from ..readers.text import suggestion
from ..sides import split
from .chosen_values import finite_number

ENDS = {"_l": "left", "_r": "right"}
"""Ends of a group's name, for its muscles of one side."""


def muscles_called(
    option: str, name: str, names: Sequence[str], groups: Sequence[str]
) -> list[int]:
    """Indices of the muscles that a name stands for, among those of these names and groups (empty without one).

    It is that of a muscle, with its side or for both sides without, or of a group, with `_l`, `_r` or for both sides
    without. ConfigError, which names the option, if there is none.
    """
    parts = split(names)
    side = ENDS.get(name[-2:], "")
    chosen = (
        [k for k, muscle in enumerate(names) if muscle == name]
        or [k for k, (base, _) in enumerate(parts) if base == name]
        or [k for k, group in enumerate(groups) if group == name]
        or [
            k
            for k, group in enumerate(groups)
            if side and (group, parts[k][1]) == (name[:-2], side)
        ]
    )
    if not chosen:
        known = {*names, *(base for base, _ in parts), *filter(None, groups)}
        like = get_close_matches(name, known, 1) or sorted({*groups} - {""}) or names
        raise ConfigError(f"{option}: '{name}' is no muscle or group; {suggestion(name, like)}")
    return chosen


def parse_factors(
    option: str, text: str, names: Sequence[str], groups: Sequence[str]
) -> dict[int, float]:
    """`soleus_l=0.3,hip_abductor=0.5` as factors by the muscles' indices. ConfigError for other texts."""
    factors: dict[int, float] = {}
    for part in text.split(","):
        name, equals, value = part.partition("=")
        if not equals or not name.strip():
            raise ConfigError(f"{option}: '{part}' is not muscle=factor, as in soleus_l=0.3")
        factor = finite_number(option, value)
        if factor < 0:
            raise ConfigError(f"{option}: {name.strip()} {factor:g} given, 0 or more expected")
        for muscle in muscles_called(option, name.strip(), names, groups):
            factors[muscle] = factor
    return factors


def both_factors(
    weaken: str | None, shorten: str | None, names: Sequence[str], groups: Sequence[str]
) -> tuple[dict[int, float], dict[int, float]]:
    """Factors of strengths and of fibre lengths by the options `--weaken` and `--shorten`. ConfigError: one line."""
    strengths, lengths = (
        {} if text is None else parse_factors(option, text, names, groups)
        for option, text in (("--weaken", weaken), ("--shorten", shorten))
    )
    if 0.0 in lengths.values():
        muscle = next(k for k, factor in lengths.items() if factor == 0)
        raise ConfigError(f"--shorten: {names[muscle]} 0 given, more than 0 expected")
    return strengths, lengths
