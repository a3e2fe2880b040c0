"""What a configuration says of a character of the lineage: its files and the generation's options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ..readers.text import Strict
from .conventions import Generation

Gain = Annotated[float, Field(ge=0)]


class LineageCharacter(Strict):
    """A skeleton file, a muscle file and how their generation reads them."""

    generation: Generation
    """mass | ggn | bgn | seed | head: curves and constants, core/gaitnet/conventions.py."""
    skeleton: Path
    """XML or YAML."""
    muscles: Path | None = None
    """XML or YAML."""
    meshes: Path | None = None
    """Folder of the OBJ files; None: OBJ beside the skeleton, where there is one."""
    anchor_force: Literal["all_bodies", "first_body"] = "first_body"
    """Bodies that a blended waypoint pulls on; the lineage pulls on the first alone."""
    kp: Gain | None = None
    """Of joints whose file gives none, N m/rad; None: the generation's."""
    kv: Gain | None = None
    damping: Gain | None = None


class LineageMotion(Strict):
    """A motion of the lineage: BVH, NPZ or HDF5, and how it is read."""

    file: Path
    generation: Generation = "mass"
    cyclic: bool = True
    index: Annotated[int, Field(ge=0)] = 0
    """Which of an NPZ's motions."""
    cadence: Annotated[float, Field(gt=0, le=10)] = 1.0
    """How many times as fast it is played."""
    scale: Annotated[float, Field(gt=0, le=100)] = 0.01
    """Metres of a BVH's unit of length: 0.01 of centimetres, 1 of metres, 0.0254 of inches."""
    walk_edits: bool = False
    """The changes of pose that Bidirectional GaitNet's fork makes to files named walk, motion.py."""
