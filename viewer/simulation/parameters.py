"""Parameters of a running simulation that can be changed, most of them as factors on the checkpoint's values."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from muscle_viewer.core.configuration import EnvironmentConfig, ParameterInfo
    from muscle_viewer.core.scene import Scene

Scales = tuple[tuple[int, float], ...]


SCALED = ("bones", "force", "length", "pose")
"""Parameters with a number for each bone, muscle or dof."""

NAMED = ("drawn", "clip")
"""Parameters that are or have names."""


@dataclass(frozen=True)
class Bounds:
    """Bounds of the sliders, from `sliders` of the environment."""

    cadence: tuple[float, float] = (0.8, 1.25)
    stride: tuple[float, float] = (0.75, 1.25)
    bones: tuple[float, float] = (0.8, 1.2)
    force: tuple[float, float] = (0.0, 1.5)
    length: tuple[float, float] = (0.6, 1.4)
    pose: tuple[tuple[float, float], ...] = ()
    """Lower and upper bound of each dof, rad or m; empty for a character that physics moves."""
    ways: frozenset[int] = frozenset()
    """Dofs of `pose` that are metres; the others are angles."""
    poses: tuple[tuple[str, Scales], ...] = ()
    """Names of poses and their dofs, of a model that is posed by hand and simulated from there."""
    drawn: tuple[ParameterInfo, ...] = ()
    """Of the environment's own parameters."""
    presets: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = ()
    """Names of presets with the names and values of their parameters."""


@dataclass(frozen=True)
class Parameters:
    """Factors on the checkpoint's values; the defaults are the checkpoint itself."""

    gravity: float = 1.0
    friction: float = 1.0
    stiffness: float = 1.0
    """Factor on the stiffness kp of the stable PD of all joints."""
    damping: float = 1.0
    """Factor on the damping kv of the stable PD of all joints."""
    slope: float = 0.0
    """Slope of the ground ahead, degrees, added to the checkpoint's."""
    cadence: float = 1.0
    """Factor on the playback speed of the reference motion, and so on cadence and walking speed."""
    stride: float = 1.0
    """Factor on the displacement of a cycle of the reference motion, and on the target of reward and policy."""
    bones: Scales = ()
    """Pairs of body and factor on its length."""
    force: Scales = ()
    """Pairs of muscle and factor on its maximal isometric force: weakness."""
    length: Scales = ()
    """Pairs of muscle and factor on its optimal fibre length: contracture."""
    pose: Scales = ()
    """Pairs of dof and its position, rad or m, of a character without physics."""

    drawn: tuple[tuple[str, float], ...] = ()
    """Names and values of the environment's own parameters; those that are not named have their defaults."""

    clip: str = ""
    """Name of the motion that the episodes follow, of an environment with several; empty: each draws one."""

    def factor(self, what: str, index: int) -> float:
        """The factor on a muscle's `force` or `length`, or on one of the `bones`."""
        return dict(getattr(self, what)).get(index, 1.0)

    def scaled(self, what: str, indices: list[int], factor: float) -> Parameters:
        """A copy with another factor on the `force` or `length` of muscles, or on `bones`."""
        scales = {**dict(getattr(self, what)), **dict.fromkeys(indices, float(factor))}
        kept = tuple(sorted((k, f) for k, f in scales.items() if f != 1.0))
        return replace(self, **{what: kept})  # type: ignore[arg-type]

    def setting(self, name: str, value: float) -> Parameters:
        """With a value of one of the environment's own parameters."""
        return replace(self, drawn=tuple(sorted({**dict(self.drawn), name: float(value)}.items())))

    def posed(self, dof: int, value: float) -> Parameters:
        """A copy with a dof held at a value."""
        return replace(self, pose=tuple(sorted({**dict(self.pose), dof: float(value)}.items())))

    def as_dict(self) -> dict[str, Any]:
        """The parameters as values for JSON."""
        return {
            "gravity": self.gravity,
            "friction": self.friction,
            "stiffness": self.stiffness,
            "damping": self.damping,
            "slope": self.slope,
            "cadence": self.cadence,
            "stride": self.stride,
            "clip": self.clip,
            **{what: [list(pair) for pair in getattr(self, what)] for what in (*SCALED, "drawn")},
        }

    @staticmethod
    def from_dict(values: dict[str, Any]) -> Parameters:
        """The parameters of values from `as_dict`. KeyError, TypeError or ValueError for other values."""
        values = {**Parameters().as_dict(), **values}  # older runs have fewer
        scales = {what: tuple((int(m), float(f)) for m, f in values[what]) for what in SCALED}
        numbers = {k: float(v) for k, v in values.items() if k not in (*SCALED, *NAMED)}
        drawn = tuple((str(name), float(value)) for name, value in values["drawn"])
        clip = str(values["clip"])
        return Parameters(**numbers, **scales, drawn=drawn, clip=clip)  # type: ignore[arg-type]


def bounds_of(config: EnvironmentConfig) -> Bounds:
    """Bounds of the sliders in an environment."""
    ranges: dict[str, Any] = {name: (low, high) for name, (low, high) in config.sliders}
    presets = tuple(
        (name, tuple(sorted(values.items()))) for name, values in config.presets.items()
    )
    return Bounds(**ranges, presets=presets)


def applied(scene: Scene, parameters: Parameters) -> Scene:
    """The scene with the factors applied to configuration, character and motion, and a model built from them."""
    from muscle_viewer.core.configuration.retime import retimed
    from muscle_viewer.core.scene import assemble
    from muscle_viewer.viewer.simulation.bone_lengths import motion_for, with_bone_lengths

    if replace(parameters, drawn=(), clip="") == Parameters():
        return assemble(scene.config, scene.character, *scene.motions)
    p = parameters
    simulation = scene.config.simulation
    world = {"gravity": simulation.gravity * p.gravity, "slope": simulation.slope + p.slope}
    config = scene.config.model_copy(update={"simulation": simulation.model_copy(update=world)})
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
        contact=contact.with_friction(p.friction),
    )
    character = with_bone_lengths(character, dict(p.bones))
    before, motions = config, []
    for clip in scene.motions:
        motion = motion_for(clip, scene.character, character)
        config, motion = retimed(before, character, motion, p.stride, p.cadence)
        motions.append(motion)
    return assemble(config, character, *motions)
