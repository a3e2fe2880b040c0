"""The motions of an environment: one, or a list of clips by name, of which each episode follows one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

from pydantic import Field, model_validator

from ..errors import ConfigError
from ..gaitnet.source import GaitNetMotion
from ..readers.bounded_numbers import NotNegative
from ..readers.text import Strict

ClipName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_ -]{0,63}$")]
OWN_KEYS = ("name", "weight")
WHOLE_FILES = (".yaml", ".yml", ".mot", ".sto")
"""Motions that their file describes in full."""


class MotionClip(Strict):
    """One of several motions; in a file the motion's fields stand beside `name` and `weight`."""

    name: ClipName
    weight: Annotated[NotNegative, Field(le=1e9)] = 1.0
    """Share of the episodes that follow it, relative to the other clips'."""
    motion: Path | GaitNetMotion

    @model_validator(mode="before")
    @classmethod
    def _motion_beside_name(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {"name": Path(value).stem, "motion": value}
        if not isinstance(value, dict) or "motion" in value:
            return value
        own = {key: part for key, part in value.items() if key in OWN_KEYS}
        motion = {key: part for key, part in value.items() if key not in OWN_KEYS}
        file = motion.get("file")
        if not isinstance(file, str):
            raise ValueError("file: missing; name the motion's file")
        if Path(file).suffix.lower() in WHOLE_FILES:
            for key in motion.keys() - {"file"}:
                raise ValueError(
                    f"{key}: is a key of BVH, NPZ and HDF5 files; {file} says it itself"
                )
            return {"name": Path(file).stem, **own, "motion": file}
        return {"name": Path(file).stem, **own, "motion": motion}

    def as_tree(self, motion: Any) -> dict[str, Any]:
        """As in a file, with the motion's file or fields."""
        fields = motion if isinstance(motion, dict) else {"file": motion}
        return {"name": self.name, "weight": self.weight, **fields}


def check_names(clips: Sequence[MotionClip]) -> None:
    """ValueError unless the names differ and a weight is positive."""
    names = [clip.name for clip in clips]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"motions: two are named '{name}'; give each a `name` of its own")
    if clips and not any(clip.weight > 0 for clip in clips):
        raise ValueError("motions: every weight is 0, so no episode could begin; raise one")


def clip_index(names: Sequence[str], clip: int | str | None, at_once: bool = False) -> int:
    """The index of a clip; -1 for None, a drawn one, but not at once. ConfigError names one that does not exist.

    Of one clip alone no episode goes on with another.
    """
    if at_once and len(names) == 1:
        raise ConfigError(f"at_once: the environment has one motion, {names[0]}; give it several")
    if clip is None:
        if at_once:
            raise ConfigError("clip: none given; name the motion with which the episode goes on")
        return -1
    if isinstance(clip, str):
        if clip not in names:
            raise ConfigError(f"clip: there is no '{clip}'; there are {', '.join(names)}")
        return list(names).index(clip)
    if isinstance(clip, bool) or not 0 <= clip < len(names):
        raise ConfigError(f"clip: {clip} given, 0 to {len(names) - 1} expected: {', '.join(names)}")
    return int(clip)
