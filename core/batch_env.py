"""BatchEnv: many environments stepped in parallel by the C++ core."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Never

import numpy as np
from numpy.typing import NDArray

from . import _core
from .arguments import MOST_ENVIRONMENTS, MOST_SEED, MOST_THREADS, whole
from .configuration import EnvironmentConfig
from .errors import CheckpointError, ShapeError
from .frame import Frame, ModelInfo, MuscleSamples
from .mirror import Mirror, build_mirror
from .network_device import network_device as find_network_device
from .scene import build_scene, device_network, muscle_network, spread_threads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]


class BatchEnv:
    """`num_envs` environments, SAME_STEP auto-reset: an ended one begins anew within the step.

    An episode is terminated where the character falls or its numbers diverge, truncated at its time
    or its motion's end, never both. Random numbers are keyed by seed, environment and episode.

    config: a path to an environment YAML, its text, or an EnvironmentConfig.
    threads: at most this many (None: every CPU of the affinity mask, and no more than the quota of
    a container grants); never more than there are
    groups of 16 environments. Results do not depend on it, nor on num_envs, bit for bit.
    network_device: "cuda" or "cuda:N" infers the muscle network there, all rows of half of the
    groups at once while the CPU steps the other half; without CUDA one logged line says so and the
    CPU infers. Results are the CPU's within rounding; they, too, depend neither on threads nor on
    num_envs, as far as torch's matrix product repeats itself for equal shapes on that device.
    "torch-cpu" does the same without a device, for tests.
    A thread that wakes on another's CPU moves to a free one; MUSCLE_CORE_SPREAD=0 leaves it there.

    The arrays that `reset`, `step` and `restore_state` return, and the array properties, are
    read-only views on the core's buffers, which keep the core alive: the next step overwrites them.
    Copy what must last, as `last_obs = env.step(actions)[0].copy()`.

    A step leaves the GIL free. One thread at a time may use a batch (StateError for a second);
    different batches do not know of each other. A forked process may go on with a batch that was
    not within a step: its threads are made anew. A batch is not pickled: send its configuration,
    and what `save_state` gives.
    """

    def __init__(
        self,
        config: EnvironmentConfig | str | Path,
        num_envs: int,
        seed: int = 0,
        threads: int | None = None,
        network_device: str = "cpu",
    ) -> None:
        envs = whole("num_envs", num_envs, 1, MOST_ENVIRONMENTS)
        most = 0 if threads is None else whole("threads", threads, 1, MOST_THREADS)
        first = whole("seed", seed, 0, MOST_SEED)
        self._device = find_network_device(network_device)
        self._scene = build_scene(config)
        self._env = _core.BatchEnv(self._scene.core, envs, first, most, spread_threads())
        self._observation: Floats = self._env.observation
        self._reward: Floats = self._env.reward
        self._terminated: Booleans = self._env.terminated
        self._truncated: Booleans = self._env.truncated
        self.activations: Floats = self._env.activation
        """Muscle activations of the last substep, shape (num_envs, num_muscles), in [0, 1]."""
        self.mean_activations: Floats = self._env.mean_activation
        """Activations averaged over the control step, shape (num_envs, num_muscles)."""
        self.final_observation: Floats = self._env.final_observation
        """Last observation of the episodes that the last step ended, shape (num_envs, obs_dim)."""
        self._terms: Floats = self._env.reward_terms
        self._samples = MuscleSamples(jta=self._env.sample_jacobian, torque=self._env.sample_torque)

    config = property(lambda self: self._scene.config)
    num_envs: int = property(lambda self: self._env.num_envs)  # type: ignore[assignment]
    threads: int = property(lambda self: self._env.threads)  # type: ignore[assignment]

    @property
    def network_device(self) -> str:
        """Where the muscle network is inferred: cpu where cuda was asked for and is not there."""
        return self._device.name

    @property
    def info(self) -> ModelInfo:
        return self._scene.info

    @property
    def mirror(self) -> Mirror:
        """Left and right exchanged; ModelError where character or motion are not symmetric."""
        return build_mirror(self._scene)

    @property
    def obs_dim(self) -> int:
        return self._scene.observation_size

    @property
    def action_dim(self) -> int:
        return self._scene.action_size

    @property
    def num_muscles(self) -> int:
        return self._scene.model.num_muscles

    @property
    def num_dofs(self) -> int:
        return self._scene.model.num_dofs

    @property
    def num_joint_dofs(self) -> int:
        """Dofs without the root's: D."""
        return self._scene.model.num_joint_dofs

    @property
    def muscle_torque_dim(self) -> int:
        """Entries of the reduced JtA over all muscles: R."""
        return self._scene.model.num_entries

    @property
    def muscle_of(self) -> NDArray[np.int32]:
        """Muscle of each entry of the reduced JtA, shape (R,)."""
        return self._scene.info.muscle_of

    @property
    def muscle_dofs(self) -> NDArray[np.int32]:
        """Joint dof (0..D-1) of each entry of the reduced JtA, shape (R,)."""
        return self._scene.info.muscle_dofs

    @property
    def network_entries(self) -> NDArray[np.int32]:
        """Entries of the reduced JtA that the muscle network is told, all but in the lineage."""
        return self._scene.info.network_entries

    @property
    def network_inputs(self) -> int:
        """Of the muscle network: the entries that it is told, and D."""
        return self._scene.core.network_inputs

    @property
    def muscle_driven_dofs(self) -> Booleans:
        """Joint dofs that some muscle spans and stable PD leaves to them, shape (D,)."""
        return self._scene.info.muscle_driven_dofs

    def __reduce__(self) -> Never:
        raise TypeError(
            "a BatchEnv has threads and cannot be pickled or copied; "
            "make another of its config, load the muscle weights and restore_state"
        )

    def reset(self, seed: int | None = None) -> Floats:
        """Begin an episode everywhere; observations, shape (num_envs, obs_dim), a view.

        With `seed` the random numbers start afresh; without, they go on.
        """
        if seed is not None:
            self.seed(seed)
        self._env.reset()
        return self._observation

    def seed(self, seed: int) -> None:
        """Start the random numbers afresh; `reset` must follow before a step."""
        self._env.reseed(whole("seed", seed, 0, MOST_SEED))

    def step(self, actions: NDArray[np.floating]) -> tuple[Floats, Floats, Booleans, Booleans]:
        """One control step: (observations, rewards, terminated, truncated), views.

        actions: float, shape (num_envs, action_dim). The observation of an ended environment is its
        new episode's first; the last of the old one is in `final_observation`. Actions that are not
        finite end their environment, terminated with reward 0, and no other.
        """
        given = np.asarray(actions)
        if given.shape != (self.num_envs, self.action_dim):
            raise ShapeError(
                f"actions: shape {given.shape} given, "
                f"({self.num_envs}, {self.action_dim}) wanted: (num_envs, action_dim)"
            )
        if not np.issubdtype(given.dtype, np.floating):
            raise ShapeError(f"actions: dtype {given.dtype} given, float32 wanted")
        if self._scene.config.infers and not self._env.has_network:
            raise CheckpointError(
                "muscle weights: none are loaded, so every activation would be zero; "
                "call load_muscle_weights(state_dict) before step"
            )
        self._env.step(np.ascontiguousarray(given, dtype=np.float32))
        return self._observation, self._reward, self._terminated, self._truncated

    def load_muscle_weights(
        self, state_dict: Mapping[str, torch.Tensor], kernel: str | None = None
    ) -> None:
        """Infer with these weights from the next step on.

        Refused weights (CheckpointError, all tensors at fault named) leave the old ones in force.
        kernel: "torch" infers by libtorch, None by the product over lanes (the same within 1e-6),
        "bf16" by the same with weights and layers' inputs of 8 bits of mantissa (AVX-512 BF16).
        On a network_device: None infers in float32, "fp16" and "bf16" in these.
        """
        if not self._device.in_groups:
            self._env.set_network(device_network(self._scene, state_dict, self._device, kernel))
        else:
            here = None if kernel == "fp16" and self._device.fell_back else kernel
            self._env.set_network(muscle_network(self._scene, state_dict, here))

    @property
    def reward_terms(self) -> dict[str, Floats]:
        """Each reward term of the last step before weighting, in (0, 1], shape (num_envs,)."""
        return {name: self._terms[:, k] for k, name in enumerate(self.info.reward_names)}

    @property
    def muscle_samples(self) -> MuscleSamples:
        """JtA and wanted torque of one random substep of the last control step, views."""
        return self._samples

    @property
    def positions(self) -> Floats:
        """Generalised positions, shape (num_envs, dofs), a copy."""
        return self._env.positions

    @property
    def velocities(self) -> Floats:
        """Generalised velocities, shape (num_envs, dofs), a copy."""
        return self._env.velocities

    @property
    def phases(self) -> NDArray[np.float64]:
        """Phase of the reference motion, in [0, 1), shape (num_envs,), a copy."""
        return self._env.phases

    def set_state(
        self, index: int, positions: NDArray[np.floating], velocities: NDArray[np.floating]
    ) -> None:
        """Put environment `index` into a state; both arrays of shape (dofs,)."""
        for name, values in (("positions", positions), ("velocities", velocities)):
            if np.shape(values) != (self.num_dofs,):
                raise ShapeError(
                    f"{name}: shape {np.shape(values)} given, ({self.num_dofs},) wanted"
                )
        self._env.set_state(index, positions, velocities)

    def frame(self, index: int) -> Frame:
        """All that there is to see of environment `index`; the frame owns its arrays."""
        return Frame(**self._env.snapshot(index))

    def snapshot(self, names: Sequence[str]) -> dict[str, Floats]:
        """Array fields of `Frame` of all environments at once, by name, each (num_envs, ...), copies.

        A small part of what as many `frame` calls cost. ValueError for a name that Frame has not.
        """
        return self._env.snapshots(list(names))

    def set_external_force(
        self,
        index: int,
        body: int,
        force: NDArray[np.floating],
        point: NDArray[np.floating],
    ) -> None:
        """Pull on a body of environment `index` until changed or its episode ends.

        force (N) at a point (m), both shape (3,) in the world.
        """
        self._env.set_external_force(index, body, force, point)

    def clear_external_forces(self, index: int) -> None:
        """No more pulling on environment `index`."""
        self._env.clear_external_forces(index)

    def timings(self) -> dict[str, float]:
        """Seconds of thread time in the parts of a substep, by name, since the last reset.

        kinematics; paths (muscle lengths and moment arms); muscles (forces, JtA, JtP); stable_pd;
        network; dynamics (contact, torques, forward dynamics, integration); task (observation,
        reward, resets: once a control step). Of a network_device's network: what starting it and waiting for it took.
        """
        return self._env.timings()

    def reset_timings(self) -> None:
        self._env.reset_timings()

    def save_state(self) -> bytes:
        """All that the future depends on but weights and configuration, bit for bit."""
        return self._env.save_state()

    def restore_state(self, state: bytes) -> Floats:
        """Continue from `save_state` of a batch of the same size, bodies, joints and muscles.

        Returns the observations of that state, shape (num_envs, obs_dim), a view. StateError names
        the field that no batch can have saved; the present state then stays.
        """
        self._env.restore_state(state)
        return self._observation
