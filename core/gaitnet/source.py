"""What a configuration says of a character of MASS or GaitNet: its files and the version's options."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ..readers.text import Strict
from .conventions import Generation

Gain = Annotated[float, Field(ge=0)]


class GaitNetCharacter(Strict):
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
    """Bodies on which a blended waypoint exerts force; in MASS and GaitNet the first alone."""
    passive_limit: Annotated[float, Field(gt=0)] | None = None
    """Optimal fibre lengths, beyond which passive force does not grow (the fork's clip_lm_norm)."""
    kp: Gain | None = None
    """Of joints whose file gives none, N m/rad; None: the generation's."""
    kv: Gain | None = None
    damping: Gain | None = None

    def __str__(self) -> str:
        """The file that messages name."""
        return str(self.skeleton)


class GaitNetMotion(Strict):
    """A motion of MASS or GaitNet: BVH, NPZ or HDF5, and how it is read."""

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
    """The changes of pose that Bidirectional GaitNet and its fork make to files named walk, walk_edits.py."""
    height_calibration: bool = False
    """The root is lifted or lowered until the first frame's lowest contact is 1 mm above the ground."""
    symmetric: bool = False
    """The mean of the motion and its mirror image half a cycle away."""
    grounded: bool = False
    """The cycle's ends are brought together, and the root's path is changed so that the loaded feet are on the ground and
    stay in place, grounded.py."""

    def __str__(self) -> str:
        """The file that messages name."""
        return str(self.file)
