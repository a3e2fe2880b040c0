"""Builds the C++ scene of a configuration: readers, model, reference motion, task settings."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from . import _core
from .cascade import cascade_network, is_cascade, parts_of
from .configuration import EnvironmentConfig, ParameterInfo, load_config
from .configuration.parameters import parameter_info
from .configuration.several_motions import check_several
from .configuration.task_settings import task_settings
from .engines import engine_named
from .errors import CheckpointError, ConfigError, ModelError
from .feet import feet
from .frame import ModelInfo, Shape
from .gains import with_gains
from .gaitnet.characters.assemble import read_gaitnet_character
from .gaitnet.motions.motion import read_gaitnet_motion
from .gaitnet.source import GaitNetCharacter, GaitNetMotion
from .models.read import read_model
from .network_device import NetworkDevice
from .network_options import NetworkOptions
from .readers.character import Character
from .readers.motion import Motion, read_motion, still

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

FLOAT32 = NetworkOptions()


@dataclass(frozen=True)
class Scene:
    """A configuration with the files that it names, and the core's shared, immutable objects."""

    config: EnvironmentConfig
    character: Character
    motion: Motion
    model: _core.Model
    core: _core.Scene
    info: ModelInfo
    parameters: tuple[ParameterInfo, ...] = ()
    motions: tuple[Motion, ...] = ()
    """All clips that episodes follow, the first of which is `motion`."""

    @property
    def clip_names(self) -> list[str]:
        return [clip.name for clip in self.config.clips]

    @property
    def observation_size(self) -> int:
        return self.core.observation_size

    @property
    def action_size(self) -> int:
        return self.core.action_size


def spread_threads() -> bool:
    """Whether each thread of a step moves to a free CPU; MUSCLE_CORE_SPREAD=0 switches it off."""
    value = os.environ.get("MUSCLE_CORE_SPREAD", "1")
    if value not in ("0", "1"):
        raise ConfigError(f"MUSCLE_CORE_SPREAD: '{value}' is neither 0 nor 1")
    return value == "1"


def build_scene(source: EnvironmentConfig | str | Path) -> Scene:
    """Read everything that `source` (a path, YAML text or a configuration) names.

    Raises ConfigError or ModelError, one line that names file, field and fix.
    """
    config = load_config(source)
    character = load_character(config)
    return assemble(config, character, *load_motions(config, character))


def assemble(config: EnvironmentConfig, character: Character, *motions: Motion) -> Scene:
    """Build the scene of a character and its motions that have been read, and perhaps changed."""
    if config.simulation.contact == "rigid" and config.engine != "dart":
        raise ConfigError(
            "simulation.contact: rigid ground is for engine: dart; "
            f"use contact: compliant with engine: {config.engine}"
        )
    _check_tendons(config, character)
    check_several(config, motions)
    engine = engine_named(config.engine)
    try:
        model = _core.Model(character)
        engine.check(model)
    except ValueError as error:
        raise ModelError(f"{_origin(config)}: {error}") from None
    clips = []
    for clip, motion in zip(config.clips, motions, strict=True):
        try:
            clips.append(_core.Clip(clip.name, _core.Reference(model, motion), clip.weight))
        except ValueError as error:
            where = f"motions.{clip.name}: " if config.motions else ""
            raise ModelError(f"{_origin(config)}: {where}{error}") from None
    try:
        core = _core.Scene(model, clips, task_settings(config, character, motions[0]), engine)
    except ValueError as error:
        raise ConfigError(f"environment: {error}") from None
    ending = [
        c.name for c, motion in zip(config.motions, motions, strict=False) if not motion.cyclic
    ]
    info = replace(model_info(character, model, config, core), ending_clips=ending)
    parameters = tuple(parameter_info(config.parameters, character))
    return Scene(config, character, motions[0], model, core, info, parameters, motions)


def load_character(config: EnvironmentConfig) -> Character:
    """The character that a configuration names, with its overrides. Raises ModelError: one line."""
    source = config.character
    if isinstance(source, GaitNetCharacter):
        return _with_overrides(read_gaitnet_character(source), config)
    return _with_overrides(read_model(source), config)


def load_motions(config: EnvironmentConfig, character: Character) -> list[Motion]:
    """The motions that a configuration names, for its character. Raises ModelError: one line."""
    return [_load(clip.motion, config, character) for clip in config.clips]


def load_motion(config: EnvironmentConfig, character: Character) -> Motion:
    """The first of `load_motions`."""
    return _load(config.motion, config, character)


def _load(source: Path | GaitNetMotion, config: EnvironmentConfig, character: Character) -> Motion:
    if source == config.character:
        return still(character, config.reset.keyframe)
    if config.reset.keyframe is not None:
        raise ConfigError(
            "reset.keyframe: is a pose of a character that is its own motion; name the character as motion"
        )
    if not isinstance(source, GaitNetMotion):
        return read_motion(source, character)
    if not isinstance(config.character, GaitNetCharacter):
        raise ConfigError(
            "motion: a GaitNet motion needs a character from MASS or GaitNet files; name one"
        )
    return read_gaitnet_motion(source, config.character, character)


def _origin(config: EnvironmentConfig) -> Path:
    source = config.character
    return source.skeleton if isinstance(source, GaitNetCharacter) else source


def _with_overrides(character: Character, config: EnvironmentConfig) -> Character:
    law, activation = character.muscle_law, character.activation_dynamics
    if config.muscles.force_velocity is not None:
        law = law.model_copy(update={"force_velocity": config.muscles.force_velocity})
    if config.muscles.activation_dynamics is not None:
        activation = config.muscles.activation_dynamics
    character = replace(character, muscle_law=law, activation_dynamics=activation)
    return with_gains(character, config.gains) if config.gains else character


def model_info(
    character: Character, model: _core.Model, config: EnvironmentConfig, core: _core.Scene
) -> ModelInfo:
    """The constant data of a model for viewers and learners."""
    root_dofs = model.num_root_dofs
    muscles = character.muscles
    radii = [
        radius
        for body in character.bodies
        for radius in [c.radius for c in body.contacts] + 8 * len(body.contact_boxes) * [0.0]
    ]
    return ModelInfo(
        name=character.name,
        body_names=[body.name for body in character.bodies],
        body_parents=np.array([body.parent for body in character.bodies], dtype=np.int32),
        shapes=[
            Shape(i, shape.type, shape.size, shape.position, shape.orientation, shape.mesh)
            for i, body in enumerate(character.bodies)
            for shape in body.shapes
        ],
        dof_names=character.dof_names,
        muscle_names=[m.name for m in muscles],
        muscle_groups=[m.group for m in muscles],
        max_isometric_force=np.array([m.max_isometric_force for m in muscles], dtype=np.float32),
        optimal_fibre_length=np.array([m.optimal_fibre_length for m in muscles], dtype=np.float32),
        tendon_slack_length=np.array([m.tendon_slack_length for m in muscles], dtype=np.float32),
        path_offsets=np.array(model.path_offsets, dtype=np.int32),
        contact_bodies=np.array(model.contact_bodies, dtype=np.int32),
        contact_radii=np.array(radii, dtype=np.float32),
        muscle_of=np.array(model.muscle_of_entry, dtype=np.int32),
        muscle_dofs=np.array(model.dof_of_entry, dtype=np.int32) - root_dofs,
        muscle_driven_dofs=_left_to_muscles(model, config, core),
        total_mass=model.total_mass,
        sim_hz=config.simulation.sim_hz,
        control_hz=config.simulation.control_hz,
        reward_names=core.reward_names,
        network_entries=np.array(core.network_entries, dtype=np.int32),
        root_dofs=root_dofs,
        fibre_shares=np.array([m.fibre_share for m in muscles], dtype=np.float32),
        feet=feet(character.bodies),
        clip_names=[clip.name for clip in config.motions] if len(config.motions) > 1 else [],
        dof_bodies=[k for k, b in enumerate(character.bodies) for _ in b.joint.dof_names],
        dof_ranges=character.dof_ranges.astype(np.float32),
    )


def _check_tendons(config: EnvironmentConfig, character: Character) -> None:
    """ConfigError for a muscle network of elastic tendons, whose torque no activation changes within a substep."""
    elastic = [muscle.name for muscle in character.muscles if muscle.tendon == "elastic"]
    if elastic and config.actuator not in ("pd", "torque", "activation"):
        raise ConfigError(
            f"actuator: {config.actuator} needs rigid tendons, as its network chooses the torques of each "
            f"substep; that of '{elastic[0]}' is elastic: use actuator: activation, or tendon: rigid"
        )


def _left_to_muscles(
    model: _core.Model, config: EnvironmentConfig, core: _core.Scene
) -> NDArray[np.bool_]:
    spanned = np.array(model.muscle_driven_dofs, dtype=bool)
    if config.actuator not in ("pd", "torque"):
        spanned &= ~np.array(core.pd_dofs, dtype=bool)
    return spanned[model.num_root_dofs :]


def muscle_network(
    scene: Scene,
    state_dict: Mapping[str, torch.Tensor],
    options: NetworkOptions = FLOAT32,
    fell_back: bool = False,
) -> _core.ActivationNetwork:
    """The network of a muscle state_dict on the CPU; of a cascade's by libtorch.

    fell_back: whether a network_device was requested that is missing. CheckpointError names every
    tensor that does not fit; ConfigError the option that this CPU or engine cannot run.
    """
    kernel = options.on_cpu(scene.config.engine, fell_back)
    _check_number(scene, state_dict)
    if is_cascade(state_dict):
        return cascade_network(state_dict, scene.core.network_inputs, scene.model.num_muscles)
    try:
        return _core.MuscleNN(
            _checked(state_dict), scene.core.network_inputs, scene.model.num_muscles, kernel
        )
    except ValueError as error:  # instructions that this CPU does not have
        raise ConfigError(f"precision: {error}") from None


def device_network(
    scene: Scene,
    state_dict: Mapping[str, torch.Tensor],
    device: NetworkDevice,
    options: NetworkOptions = FLOAT32,
) -> _core.DeviceNN:
    """The network of a muscle state_dict on a network_device; errors as in `muscle_network`."""
    _check_number(scene, state_dict)
    if is_cascade(state_dict):
        raise ConfigError("network_device: a cascade of networks is inferred on the CPU; use cpu")
    return _core.DeviceNN(
        _checked(state_dict),
        scene.core.network_inputs,
        scene.model.num_muscles,
        device.torch_name,
        options.on_device(device),
    )


def _check_number(scene: Scene, state_dict: Mapping[str, torch.Tensor]) -> None:
    """CheckpointError unless the networks are as many as the actions give weights for."""
    weights = scene.config.action.network_weights
    number = len(parts_of(state_dict, "muscle")) if is_cascade(state_dict) else 0
    if number != weights:
        raise CheckpointError(
            f"muscle: {number or 'no'} networks of a cascade, and the environment's actions give "
            f"{weights or 'no'} weights (action.network_weights); take the checkpoint's own environment"
        )


def _checked(state_dict: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    if not isinstance(state_dict, Mapping):
        raise CheckpointError(
            f"muscle: {type(state_dict).__name__} given, a mapping of names to tensors expected, "
            "as load_checkpoint(...).muscle"
        )
    if not state_dict:
        raise CheckpointError(
            "muscle: the state_dict is empty; "
            "a muscle-driven environment needs its network's weights"
        )
    return dict(state_dict)
