"""What can be changed of a running character, as shares of what its files say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muscle_viewer.core.scene import Scene

Scales = tuple[tuple[int, float], ...]


@dataclass(frozen=True)
class Parameters:
    """Factors on the checkpoint's values; all 1 is the checkpoint itself."""

    gravity: float = 1.0
    friction: float = 1.0
    stiffness: float = 1.0
    """Of all joints' stable PD: kp."""
    damping: float = 1.0
    """Of all joints' stable PD: kv."""
    slope: float = 0.0
    """Degrees that the ground rises ahead, beside what the checkpoint says."""
    cadence: float = 1.0
    """How many times as fast the reference motion is played: steps per minute, and speed with them."""
    force: Scales = ()
    """Muscles and factors on their maximal isometric force: weakness."""
    length: Scales = ()
    """Muscles and factors on their optimal fibre length: contracture."""

    def factor(self, what: str, muscle: int) -> float:
        """The factor on a muscle's `force` or `length`."""
        return dict(getattr(self, what)).get(muscle, 1.0)

    def scaled(self, what: str, muscles: list[int], factor: float) -> Parameters:
        """With another factor on the `force` or `length` of muscles."""
        scales = {**dict(getattr(self, what)), **dict.fromkeys(muscles, float(factor))}
        kept = tuple(sorted((m, f) for m, f in scales.items() if f != 1.0))
        return replace(self, force=kept) if what == "force" else replace(self, length=kept)

    def as_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "gravity": self.gravity,
            "friction": self.friction,
            "stiffness": self.stiffness,
            "damping": self.damping,
            "slope": self.slope,
            "cadence": self.cadence,
            "force": [list(pair) for pair in self.force],
            "length": [list(pair) for pair in self.length],
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Parameters:
        """From `as_dict`. KeyError, TypeError or ValueError for anything else."""
        scales = {
            what: tuple((int(m), float(f)) for m, f in values[what]) for what in ("force", "length")
        }
        gravity, friction, stiffness, damping = (
            float(values[k]) for k in ("gravity", "friction", "stiffness", "damping")
        )
        slope, cadence = float(values.get("slope", 0.0)), float(values.get("cadence", 1.0))
        return Parameters(
            gravity, friction, stiffness, damping, slope, cadence, scales["force"], scales["length"]
        )  # older runs have neither slope nor cadence


def applied(scene: Scene, parameters: Parameters) -> Scene:
    """The scene with the factors applied: what it was read from is edited, and the model is built anew."""
    from muscle_viewer.core.scene import assemble

    if parameters == Parameters():
        return assemble(scene.config, scene.character, scene.motion)
    p = parameters
    simulation = scene.config.simulation
    config = scene.config.model_copy(
        update={
            "simulation": simulation.model_copy(
                update={
                    "gravity": simulation.gravity * p.gravity,
                    "slope": simulation.slope + p.slope,
                }
            )
        }
    )
    contact = scene.character.contact
    bodies = [
        replace(
            body,
            joint=replace(body.joint, kp=body.joint.kp * p.stiffness, kv=body.joint.kv * p.damping),
        )
        for body in scene.character.bodies
    ]
    force, length = dict(p.force), dict(p.length)
    muscles = [
        replace(
            muscle,
            max_isometric_force=muscle.max_isometric_force * force.get(m, 1.0),
            optimal_fibre_length=muscle.optimal_fibre_length * length.get(m, 1.0),
        )
        for m, muscle in enumerate(scene.character.muscles)
    ]
    character = replace(
        scene.character,
        bodies=bodies,
        muscles=muscles,
        contact=contact.model_copy(update={"friction": contact.friction * p.friction}),
    )
    motion = replace(scene.motion, frame_time=scene.motion.frame_time / p.cadence)
    return assemble(config, character, motion)
