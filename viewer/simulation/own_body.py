"""The body that the values of an environment's parameters make, as it is drawn, plotted and exported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.simulation.bone_lengths import with_bone_lengths

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.core.scene import Scene


def info_of(scene: Scene, values: Mapping[str, float], mass: float) -> ModelInfo:
    """Properties of the model with these values of its parameters. mass: of the whole body, kg."""
    height, lengths = 1.0, dict[int, float]()
    count = len(scene.character.muscles)
    factors = {name: np.ones(count) for name in ("strength", "fibre_length", "tendon_slack")}
    for info in scene.parameters:
        value = values[info.name]
        if info.acts_on == "height":
            height *= value
            factors["strength"] *= value**info.strength_power
        elif info.acts_on == "length":
            lengths |= {body: lengths.get(body, 1.0) * value for body in info.bodies}
        elif info.acts_on in factors:
            factors[info.acts_on][list(info.muscles)] *= value
    character = with_bone_lengths(scene.character, lengths)
    shapes = [shape for body in character.bodies for shape in body.shapes]
    fibre = np.array([m.optimal_fibre_length for m in character.muscles]) * height
    slack = np.array([m.tendon_slack_length for m in character.muscles]) * height
    return replace(
        scene.info,
        shapes=[
            replace(drawn, size=shape.size * height, position=shape.position * height)
            for drawn, shape in zip(scene.info.shapes, shapes, strict=True)
        ],
        max_isometric_force=(scene.info.max_isometric_force * factors["strength"]).astype(
            np.float32
        ),
        optimal_fibre_length=(fibre * factors["fibre_length"]).astype(np.float32),
        tendon_slack_length=(slack * factors["tendon_slack"]).astype(np.float32),
        contact_radii=(scene.info.contact_radii * height).astype(np.float32),
        total_mass=mass,
    )
