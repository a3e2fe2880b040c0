"""Parameters, each with the change of a description that makes the same body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import small_models as models
from muscle_viewer.core import (
    Environment,
    Frame,
    load_checkpoint,
    load_config,
)
from muscle_viewer.core.configuration import (
    Disturbance,
    EnvironmentConfig,
    Parameter,
    assets_folder,
    checkpoints_folder,
)
from muscle_viewer.core.configuration.retime import retimed
from muscle_viewer.core.readers.character import Body, Character, Muscle
from muscle_viewer.core.readers.motion import Motion
from muscle_viewer.core.scene import Scene, load_character
from muscle_viewer.viewer.simulation.bone_lengths import (
    motion_for,
    with_bone_lengths,
    with_moved_paths,
)

Parts = tuple[EnvironmentConfig, Character, Motion]
Rebuild = Callable[[EnvironmentConfig, Character, Motion], Parts]

FIELDS = (
    "positions velocities body_positions muscle_lengths fibre_lengths active_forces passive_forces moment_arms "
    "desired_torques passive_torques contact_forces center_of_mass reference_positions disturbance reward"
).split()
TOLERANCE = 3e-4
"""Of the largest value of a field, after 16 substeps in float with a stiff ground."""
NEUTRAL = {"slope": 0.0, "torsion": 0.0, "load": 0.0}


@cache
def checkpoint() -> Any:
    return load_checkpoint(checkpoints_folder() / "walk.pt")


@cache
def walk(engine: str = "lanes") -> EnvironmentConfig:
    """The walk, which begins at phase 0 and is pushed."""
    config = load_config(assets_folder() / "environments" / "walk.yaml").on_engine(engine)
    reset = config.reset.model_copy(update={"random_phase": False})
    pushes = Disturbance(force=[100, 100], interval=[0, 0])
    return config.model_copy(update={"reset": reset, "disturbance": pushes})


def with_parameters(config: EnvironmentConfig, **parameters: Parameter) -> EnvironmentConfig:
    return config.model_copy(update={"parameters": parameters})


def stepped(scene: Scene) -> Frame:
    """After one control step."""
    env = Environment(scene, seed=3)
    env.load_muscle_weights(checkpoint().muscle)
    env.reset()
    env.step(np.zeros(env.action_dim, np.float32))
    return env.frame()


@cache
def unpushed() -> str:
    """The walk as it is, as YAML without parameters."""
    return load_config(assets_folder() / "environments" / "walk.yaml").to_yaml()


@cache
def character() -> Character:
    return load_character(walk())


def muscles(change: Callable[[Muscle], Muscle]) -> Rebuild:
    return lambda config, character, motion: (
        config,
        replace(character, muscles=[change(m) for m in character.muscles]),
        motion,
    )


def bodies(change: Callable[[Body], Body]) -> Rebuild:
    return lambda config, character, motion: (
        config,
        replace(character, bodies=[change(b) for b in character.bodies]),
        motion,
    )


def longer(names: tuple[str, ...], factor: float) -> Rebuild:
    def rebuild(config: EnvironmentConfig, character: Character, motion: Motion) -> Parts:
        every = [body.name for body in character.bodies]
        changed = with_bone_lengths(character, {every.index(name): factor for name in names})
        return config, changed, motion_for(motion, character, changed)

    return rebuild


def taller(h: float, strength: float = 1.0) -> Rebuild:
    """All lengths times h, at the same density; forces of muscles times strength."""

    def grown(body: Body) -> Body:
        position = body.joint.position * (h if body.parent >= 0 else 1)
        return replace(
            body,
            joint=replace(body.joint, position=position),
            mass=body.mass * h**3,
            com=body.com * h,
            inertia=body.inertia * h**5,
            contacts=[
                replace(c, position=c.position * h, radius=c.radius * h) for c in body.contacts
            ],
            contact_boxes=[
                replace(c, position=c.position * h, size=c.size * h) for c in body.contact_boxes
            ],
        )

    def lengthened(muscle: Muscle) -> Muscle:
        path = [[replace(a, position=a.position * h) for a in point] for point in muscle.path]
        return replace(
            muscle,
            path=path,
            max_isometric_force=muscle.max_isometric_force * strength,
            optimal_fibre_length=muscle.optimal_fibre_length * h,
            tendon_slack_length=muscle.tendon_slack_length * h,
        )

    def rebuild(config: EnvironmentConfig, character: Character, motion: Motion) -> Parts:
        changed = replace(
            character,
            bodies=[grown(body) for body in character.bodies],
            muscles=[lengthened(muscle) for muscle in character.muscles],
        )
        frames = motion.frames.copy()
        frames[:, 3:6] *= h
        end = config.termination.model_copy(
            update={"root_height": config.termination.root_height * h}
        )
        config = config.model_copy(update={"termination": end})
        translation = motion.cycle_translation * h
        return config, changed, replace(motion, frames=frames, cycle_translation=translation)

    return rebuild


def world(**changes: float) -> Rebuild:
    def rebuild(config: EnvironmentConfig, character: Character, motion: Motion) -> Parts:
        simulation = config.simulation.model_copy(update=changes)
        return config.model_copy(update={"simulation": simulation}), character, motion

    return rebuild


def slippery(factor: float) -> Rebuild:
    def rebuild(config: EnvironmentConfig, character: Character, motion: Motion) -> Parts:
        contact = character.contact.model_copy(
            update={"friction": character.contact.friction * factor}
        )
        return config, replace(character, contact=contact), motion

    return rebuild


def gait(stride: float, cadence: float) -> Rebuild:
    return lambda config, character, motion: (
        *_swapped(retimed(config, character, motion, stride, cadence), character),
    )


def _swapped(made: tuple[EnvironmentConfig, Motion], character: Character) -> Parts:
    return made[0], character, made[1]


def scaled_muscle(field: str, factor: float, name: str = "") -> Rebuild:
    return muscles(
        lambda m: replace(m, **{field: getattr(m, field) * factor}) if name in m.name else m
    )


def heavier(body: Body) -> Body:
    if body.name not in ("thorax", "lumbar"):
        return body
    return replace(body, mass=body.mass * 1.2, inertia=body.inertia * 1.2)


def stiffer(body: Body) -> Body:
    return replace(body, joint=replace(body.joint, stiffness=body.joint.stiffness * 3.0))


def wider(body: Body) -> Body:
    """Knees with half of their range of motion, about its middle."""
    joint = body.joint
    if not body.name.startswith("tibia") or joint.lower is None or joint.upper is None:
        return body
    middle = 0.5 * (joint.lower + joint.upper)
    lower, upper = middle + 0.5 * (joint.lower - middle), middle + 0.5 * (joint.upper - middle)
    return replace(body, joint=replace(joint, lower=lower, upper=upper))


def twisted(names: dict[str, float]) -> Rebuild:
    """Bodies whose distal ends are turned about their axes (upwards) by angles, degrees."""

    def rebuild(config: EnvironmentConfig, character: Character, motion: Motion) -> Parts:
        every = [body.name for body in character.bodies]
        turns = {every.index(name): np.radians(angle) for name, angle in names.items()}
        up, span = {}, {}
        for k in turns:
            com = character.bodies[k].com
            up[k] = com / np.linalg.norm(com) * np.sign(com[1])
            reach = [body.joint.position @ up[k] for body in character.bodies if body.parent == k]
            span[k] = min(reach)  # the axis goes up, the carried joints lie below

        def turn(k: int, point: np.ndarray) -> np.ndarray:
            if k not in turns:
                return np.eye(3)
            share = np.clip(point @ up[k] / span[k], 0, 1)
            return models.exponential(up[k] * turns[k] * share)

        def moved(k: int, point: np.ndarray) -> np.ndarray:
            return turn(k, point) @ point

        changed = []
        for k, body in enumerate(character.bodies):
            place = body.joint.position
            half = 0.0 if body.parent not in turns else turns[body.parent] / 2
            about = up.get(body.parent, np.zeros(3))
            assert body.parent not in turns or body.joint.orientation.tolist() == [1, 0, 0, 0]
            orientation = (
                np.array([np.cos(half), *(np.sin(half) * about)])
                if body.parent in turns
                else body.joint.orientation
            )
            joint = replace(body.joint, position=moved(body.parent, place), orientation=orientation)
            contacts = [replace(c, position=moved(k, c.position)) for c in body.contacts]
            changed.append(replace(body, joint=joint, contacts=contacts))
        new = with_moved_paths(character, replace(character, bodies=changed), moved)
        return config, new, motion_for(motion, character, new)

    return rebuild


def loaded(body: Body) -> Body:
    """The thorax with 10 kg at a point of its back."""
    if body.name != "thorax":
        return body
    point, mass = np.array([0.0, 0.1, -0.2]), body.mass + 10.0
    com = (body.mass * body.com + 10.0 * point) / mass

    def about(at: np.ndarray, m: float) -> np.ndarray:
        d = at - com
        return m * (d @ d * np.eye(3) - np.outer(d, d))

    moved = about(body.com, body.mass) + about(point, 10.0)
    added = np.array([moved[i] for i in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))])
    return replace(body, mass=mass, com=com, inertia=body.inertia + added)


def pushed(factor: float) -> Rebuild:
    def rebuild(config: EnvironmentConfig, character: Character, motion: Motion) -> Parts:
        assert config.disturbance is not None
        force = [f * factor for f in config.disturbance.force]
        pushes = config.disturbance.model_copy(update={"force": force})
        return config.model_copy(update={"disturbance": pushes}), character, motion

    return rebuild


def fixed(acts_on: str, value: float, **selection: Any) -> Parameter:
    return Parameter(acts_on=acts_on, default=value, distribution="fixed", **selection)  # type: ignore[arg-type,call-arg]


SAME = {
    "strength of all": (fixed("strength", 0.6), scaled_muscle("max_isometric_force", 0.6)),
    "strength of a muscle": (
        fixed("strength", 0.3, muscles=["soleus"], side="left"),
        scaled_muscle("max_isometric_force", 0.3, "soleus_l"),
    ),
    "fibre length of a group": (
        fixed("fibre_length", 0.85, groups=["ankle_dorsiflexor"]),
        scaled_muscle("optimal_fibre_length", 0.85, "tibant"),
    ),
    "tendon slack of a muscle": (
        fixed("tendon_slack", 1.02, muscles=["soleus"]),
        scaled_muscle("tendon_slack_length", 1.02, "soleus"),
    ),
    "mass": (fixed("mass", 1.2, bodies=["thorax", "lumbar"]), bodies(heavier)),
    "joint stiffness": (fixed("joint_stiffness", 3.0), bodies(stiffer)),
    "joint limits": (fixed("joint_limits", 0.5, bodies=["tibia"]), bodies(wider)),
    "length of a pair": (
        fixed("length", 1.1, bodies=["femur"]),
        longer(("femur_r", "femur_l"), 1.1),
    ),
    "length of one side": (
        fixed("length", 0.93, bodies=["tibia"], side="right"),
        longer(("tibia_r",), 0.93),
    ),
    "height up": (fixed("height", 1.15), taller(1.15)),
    "height down": (fixed("height", 0.85), taller(0.85)),
    "height with strengths": (
        fixed("height", 1.1, scale_strength=True),
        taller(1.1, strength=1.1**2),
    ),
    "torsion": (
        fixed("torsion", 10.0, bodies=["femur"]),  # of 20 feet slide, and rounding decides when
        twisted({"femur_r": 10.0, "femur_l": -10.0}),
    ),
    "load": (fixed("load", 10.0, bodies=["thorax"], point=[0.0, 0.1, -0.2]), bodies(loaded)),
    "gravity": (fixed("gravity", 0.5), world(gravity=9.81 / 2)),
    "slope": (fixed("slope", 5.0), world(slope=5.0)),
    "friction": (fixed("friction", 0.3), slippery(0.3)),
    "pushes": (fixed("push_force", 0.5), pushed(0.5)),
    "cadence": (fixed("cadence", 1.2), gait(1.0, 1.2)),
    "stride": (fixed("stride", 0.8, keep_angles=True), gait(0.8, 1.0)),
}
