"""Environment: one environment that shows its internal quantities."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .arguments import MOST_SEED, finite, whole
from .configuration import EnvironmentConfig, ParameterInfo
from .configuration.clips import clip_index
from .configuration.parameters import parameter_table
from .errors import CheckpointError, ConfigError, ShapeError
from .frame import Frame, ModelInfo
from .scene import Scene, build_scene, muscle_network

if TYPE_CHECKING:
    from collections.abc import Mapping

    import torch

Floats = NDArray[np.float32]


class Environment:
    """One environment, with the same results, bit for bit, as environment 0 of a BatchEnv with that seed.

    It has no auto-reset: after an episode's end call `reset`, or continue stepping.
    One thread at a time may use it: a call during another thread's raises StateError.
    """

    def __init__(self, config: EnvironmentConfig | str | Path | Scene, seed: int = 0) -> None:
        first = whole("seed", seed, 0, MOST_SEED)
        self._scene = config if isinstance(config, Scene) else build_scene(config)
        self._env = _core.Environment(self._scene.core, first)

    @property
    def config(self) -> EnvironmentConfig:
        return self._scene.config

    @property
    def scene(self) -> Scene:
        """The scene that the environment was built from; another environment can share it."""
        return self._scene

    @property
    def info(self) -> ModelInfo:
        return self._scene.info

    @property
    def parameter_info(self) -> tuple[ParameterInfo, ...]:
        """Names, units and ranges of the parameters that each episode draws."""
        return self._scene.parameters

    @property
    def parameters(self) -> NDArray[np.float64]:
        """Values of the present episode's parameters, in the order of `parameter_info`, a copy."""
        return self._env.parameters

    @property
    def body_mass(self) -> float:
        """Mass of the present body, kg."""
        return self._env.body_mass

    def set_parameters(
        self, values: Mapping[str, ArrayLike] | ArrayLike, *, at_once: bool = False
    ) -> Floats | None:
        """Give the parameters values in place of drawn ones, as `BatchEnv.set_parameters`.

        values: by name, or an array. Returns the renewed observation if they act at once.
        """
        table = parameter_table(self.parameter_info, values, 1)
        try:
            observation = self._env.set_parameters(table[0], at_once)
        except ValueError as error:
            raise ConfigError(str(error)) from None
        return observation if at_once else None

    @property
    def clip_names(self) -> list[str]:
        """Names of the motions of which each episode follows one."""
        return self._scene.clip_names

    @property
    def clip(self) -> int:
        """Index in `clip_names` of the motion that the present episode follows."""
        return self._env.clip

    def set_clip(self, clip: int | str | None, *, at_once: bool = False) -> Floats | None:
        """Let the episodes follow a motion, as `BatchEnv.set_clip`. Returns the renewed observation if at once."""
        observation = self._env.set_clip(clip_index(self.clip_names, clip, at_once), at_once)
        return observation if at_once else None

    @property
    def obs_dim(self) -> int:
        return self._scene.observation_size

    @property
    def action_dim(self) -> int:
        return self._scene.action_size

    def load_muscle_weights(self, state_dict: Mapping[str, torch.Tensor]) -> None:
        """Infer with these weights from the next step on; if they are refused, the old ones stay in use."""
        self._env.set_network(muscle_network(self._scene, state_dict))

    def reset(self, seed: int | None = None) -> Floats:
        """Start an episode; returns the observation, shape (obs_dim,)."""
        if seed is not None:
            self._env.reseed(whole("seed", seed, 0, MOST_SEED))
        return self._env.reset()

    def step(self, action: NDArray[np.floating]) -> tuple[Floats, float, bool, bool]:
        """One control step: (observation, reward, terminated, truncated).

        action: float, shape (action_dim,).
        """
        given = np.asarray(action)
        if given.shape != (self.action_dim,):
            raise ShapeError(f"action: shape {given.shape} given, ({self.action_dim},) expected")
        if not np.issubdtype(given.dtype, np.floating):
            raise ShapeError(f"action: dtype {given.dtype} given, float32 expected")
        if self.config.infers and not self._env.has_network:
            raise CheckpointError(
                "muscle weights: none are loaded, so every activation would be zero; "
                "call load_muscle_weights(state_dict) before step"
            )
        return self._env.step(np.ascontiguousarray(given, dtype=np.float32))

    def frame(self) -> Frame:
        """All quantities of the present moment; the frame owns its arrays."""
        return Frame(**self._env.snapshot())

    def record_reactions(self, record: bool = True) -> None:
        """Record `Frame.joint_reactions` from the next step on; without, they are NaN."""
        self._env.record_reactions(record)

    def keep_substeps(self, keep: bool = True) -> None:
        """Keep each substep of the steps from now on, for `substeps`."""
        self._env.keep_substeps(keep)

    def substeps(self) -> dict[str, Floats]:
        """Each substep of the last step, arrays (substeps, ...), copies; empty where none are kept.

        `positions`, `velocities`, `body_rotations`, `body_positions`, `contact_points`: of its beginning;
        `accelerations`, `applied_torques`, `muscle_torques` (all dofs, the root's first), `muscle_forces`,
        `activations`, `contact_forces`, `external_forces` (on bodies: moment about the origin and force, world axes) and
        `joint_reactions` (zero unless recorded): what acted during it.
        """
        shapes: dict[str, tuple[int, ...]] = {"body_rotations": (-1, 3, 3)}
        shapes |= dict.fromkeys(("joint_reactions", "external_forces"), (-1, 6))
        shapes |= dict.fromkeys(("body_positions", "contact_points", "contact_forces"), (-1, 3))
        return {
            name: values.reshape(len(values), *shapes.get(name, (-1,)))
            for name, values in self._env.substeps().items()
        }

    def set_state(self, positions: NDArray[np.floating], velocities: NDArray[np.floating]) -> None:
        """Generalised positions and velocities, each of shape (dofs,).

        ShapeError for another shape, ConfigError for a number that is not finite.
        """
        shape = (self._scene.model.num_dofs,)
        self._env.set_state(
            finite("positions", positions, shape), finite("velocities", velocities, shape)
        )

    def set_external_force(
        self, body: int, force: NDArray[np.floating], point: NDArray[np.floating]
    ) -> None:
        """Set the external force on a body until it is changed: force (N) at a point (m), both of
        shape (3,) in world coordinates. ShapeError and ConfigError as `set_state`."""
        self._env.set_external_force(
            body, finite("force", force, (3,)), finite("point", point, (3,))
        )

    def add_external_force(
        self, body: int, force: NDArray[np.floating], point: NDArray[np.floating]
    ) -> None:
        """Add an external force to those that are set, as `set_external_force`."""
        self._env.add_external_force(
            body, finite("force", force, (3,)), finite("point", point, (3,))
        )

    def override_excitations(self, values: NDArray[np.floating] | None) -> None:
        """Replace the network's excitations by these, shape (muscles,); NaN keeps the network's.

        They are limited to 0 to 1. None ends all overrides. ShapeError for another shape.
        """
        held = np.zeros(0) if values is None else np.clip(np.asarray(values, np.float64), 0, 1)
        if values is not None and held.shape != (self._scene.model.num_muscles,):
            raise ShapeError(
                f"excitations: shape {held.shape} given, ({self._scene.model.num_muscles},) expected"
            )
        self._env.override_excitation(held.astype(np.float32))

    def clear_external_forces(self) -> None:
        self._env.clear_external_forces()

    def save_state(self) -> bytes:
        """The complete state, without weights and configuration; about 3 kB. It continues bit for bit."""
        return self._env.save_state()

    def restore_state(self, state: bytes) -> Floats:
        """Continue from `save_state` of an environment of the same bodies, joints and muscles.

        Returns the observation of that state, shape (obs_dim,). StateError names the field that no
        environment can have saved; the present state then stays.
        """
        return self._env.restore_state(state)
