"""BatchEnv: many environments stepped in parallel by the C++ core."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Never

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _core
from .arguments import MOST_ENVIRONMENTS, MOST_SEED, MOST_THREADS, finite, whole
from .configuration import EnvironmentConfig, ParameterInfo
from .configuration.clips import clip_index
from .configuration.parameters import parameter_table
from .engines import instruction_set
from .errors import CheckpointError, ConfigError, ShapeError
from .frame import Frame, ModelInfo, MuscleSamples
from .mirror import Mirror, build_mirror
from .network_device import network_device as find_network_device
from .network_options import network_options
from .scene import build_scene, device_network, muscle_network, spread_threads

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import torch

    from .policy import Policy
    from .scene import Scene

Floats = NDArray[np.float32]
Booleans = NDArray[np.bool_]


class BatchEnv:
    """`num_envs` environments with SAME_STEP auto-reset: an environment that ends is reset within the step.

    An episode is terminated when the character falls or its state diverges, and truncated at its
    time limit or the end of its motion, never both. Random numbers are keyed by seed, environment
    and episode.

    config: a path to an environment YAML, its text, or an EnvironmentConfig.
    threads: largest number of threads (None: every CPU of the affinity mask, limited by a container's
    quota); never more than there are groups of 16 environments. Results do not depend on it, nor on
    num_envs, bit for bit.
    network_device: "cuda" or "cuda:N" infers the muscle network there, for half of the groups at
    once while the CPU steps the other half; without CUDA one line is logged and the CPU infers.
    Results equal the CPU's within rounding; they, too, depend neither on threads nor on num_envs,
    if torch's matrix product is deterministic for equal shapes on that device.
    "torch-cpu" runs the same code without a device, for tests.
    A thread that wakes on a busy CPU moves to a free one; MUSCLE_CORE_SPREAD=0 switches this off.

    The arrays that `reset`, `step` and `restore_state` return, and the array properties, are
    read-only views on the core's buffers, which keep the core alive: the next step overwrites them.
    Copy what must last, as `last_obs = env.step(actions)[0].copy()`.

    A step releases the GIL. One thread at a time may use a batch (StateError for a second);
    different batches are independent. A forked process may continue with a batch that was not
    within a step: its threads are started again. A batch cannot be pickled: send its configuration
    and the bytes of `save_state`.
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
        self.parameters: NDArray[np.float64] = self._env.parameters
        """Values of the present episodes' parameters, shape (num_envs, number of parameters), a view."""
        self.clips: NDArray[np.int32] = self._env.clips
        """Index in `clip_names` of the motion that each present episode follows, shape (num_envs,), a view."""
        self._terms: Floats = self._env.reward_terms
        told_whole = self._scene.config.muscles.network_torque == "whole"
        self._samples = MuscleSamples(
            jta=self._env.sample_jacobian,
            torque=self._env.sample_torque,
            passive=self._env.sample_passive[:, : None if told_whole else 0],
        )

    config = property(lambda self: self._scene.config)
    num_envs: int = property(lambda self: self._env.num_envs)  # type: ignore[assignment]
    threads: int = property(lambda self: self._env.threads)  # type: ignore[assignment]

    @property
    def network_device(self) -> str:
        """The device of the muscle network: cpu if cuda was requested and is missing."""
        return self._device.name

    @property
    def info(self) -> ModelInfo:
        return self._scene.info

    @property
    def scene(self) -> Scene:
        """What is simulated."""
        return self._scene

    @property
    def parameter_info(self) -> tuple[ParameterInfo, ...]:
        """Names, units and ranges of the parameters, in the order of the columns of `parameters`."""
        return self._scene.parameters

    @property
    def body_masses(self) -> NDArray[np.float64]:
        """Mass of each environment's body, kg, shape (num_envs,), a copy."""
        return self._env.body_masses

    @property
    def body_weights(self) -> NDArray[np.float64]:
        """Weight of each environment's body in its own gravity, N, shape (num_envs,), a copy."""
        return self._env.body_weights

    def set_parameters(
        self,
        values: Mapping[str, ArrayLike] | ArrayLike,
        mask: Booleans | None = None,
        *,
        at_once: bool = False,
    ) -> None:
        """Give the parameters values in place of drawn ones, from each environment's next reset on.

        values: by name, a number or shape (num_envs,); or an array of shape (number of parameters,)
        or (num_envs, number of parameters). Those that are left out, or NaN, are drawn again.
        mask: bool, shape (num_envs,); only these environments.
        at_once: also in the present episode, whose observation is renewed; what is NaN stays.
        ConfigError names a parameter that does not exist or a value out of its range.
        """
        table = parameter_table(self.parameter_info, values, self.num_envs)
        chosen = None if mask is None else self._mask("mask", mask)
        try:
            self._env.set_parameters(table, at_once, chosen)
        except ValueError as error:
            raise ConfigError(str(error)) from None

    @property
    def clip_names(self) -> list[str]:
        """Names of the motions of which each episode follows one."""
        return self._scene.clip_names

    def set_clip(
        self,
        clip: int | str | None,
        mask: Booleans | None = None,
        *,
        at_once: bool = False,
        begun: ArrayLike | None = None,
    ) -> None:
        """Let the episodes follow a motion by index or name, from each environment's next reset on; None: drawn again.

        mask: bool, shape (num_envs,); only these environments.
        at_once: also in the present episode, whose observation is renewed. From where the character stands and in its
        direction, the reference passes from the present motion to this one in the time `episode.transition`
        (docs/formats.md). Where that time is 0, it goes on at once, from the phase whose pose and velocity are
        nearest to the character's, of a motion that is no cycle in its first half.
        begun: at once, shape (num_envs,), 0 to 1: this part of the transition is over, and the character is put where
        its reference is then, as at a reset.
        ConfigError: a motion that does not exist, parts out of range or not at once; StateError before the first reset.
        """
        chosen = None if mask is None else self._mask("mask", mask)
        parts = None if begun is None else np.asarray(begun, np.float64)
        if parts is not None and parts.shape != (self.num_envs,):
            raise ShapeError(f"begun: shape {parts.shape} given, ({self.num_envs},) expected")
        if parts is not None and not ((parts >= 0) & (parts <= 1)).all():
            raise ConfigError("begun: must be from 0 to 1")
        if parts is not None and not at_once:
            raise ConfigError("begun: is of the present episode; give at_once=True, too")
        self._env.set_clip(clip_index(self.clip_names, clip, at_once), at_once, chosen, parts)

    def set_clip_weights(self, weights: ArrayLike) -> None:
        """Shares of the episodes that draw each motion, from the next resets on, shape (number of motions,).

        Relative to one another, not negative. They are part of `save_state`. ConfigError if they do not fit.
        """
        given = np.asarray(weights, np.float64)
        if given.shape != (len(self.clip_names),):
            raise ShapeError(
                f"weights: shape {given.shape} given, ({len(self.clip_names)},) expected"
            )
        try:
            self._env.set_clip_weights(given.tolist())
        except ValueError as error:
            raise ConfigError(str(error)) from None

    @property
    def mirror(self) -> Mirror:
        """The exchange of left and right; ModelError if character or motion are not symmetric."""
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
        """Number of dofs without the root's: D."""
        return self._scene.model.num_joint_dofs

    @property
    def muscle_torque_dim(self) -> int:
        """Number of entries of the reduced JtA over all muscles: R."""
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
        """Entries of the reduced JtA that are network inputs; all except for MASS and GaitNet files."""
        return self._scene.info.network_entries

    @property
    def network_inputs(self) -> int:
        """Number of inputs of the muscle network: its entries of the reduced JtA, and D."""
        return self._scene.core.network_inputs

    @property
    def muscle_driven_dofs(self) -> Booleans:
        """Whether muscles alone drive a joint dof (stable PD does not), shape (D,)."""
        return self._scene.info.muscle_driven_dofs

    def __reduce__(self) -> Never:
        raise TypeError(
            "a BatchEnv has threads and cannot be pickled or copied; "
            "make another of its config, load the muscle weights and restore_state"
        )

    def reset(
        self, seed: int | Sequence[int] | None = None, *, mask: Booleans | None = None
    ) -> Floats:
        """Start an episode in every environment; observations, shape (num_envs, obs_dim), a view.

        With `seed` the random numbers restart (see `seed`); without, they continue.
        mask: bool, shape (num_envs,); only these environments start an episode, nothing of the
        others changes. It excludes `seed` (ConfigError).
        """
        if mask is not None:
            if seed is not None:
                raise ConfigError(
                    "reset: seed and mask were given; a seed restarts every environment"
                )
            self._env.reset(self._mask("mask", mask))
            return self._observation
        if seed is not None:
            self.seed(seed)
        self._env.reset()
        return self._observation

    def seed(self, seed: int | Sequence[int]) -> None:
        """Restart the random numbers; call `reset` before the next step.

        One seed for the batch; or one for each environment, which then has the episodes of an
        `Environment` with that seed, bit for bit.
        """
        if not isinstance(seed, Iterable) or (isinstance(seed, np.ndarray) and not seed.ndim):
            self._env.reseed(whole("seed", seed, 0, MOST_SEED))
            return
        seeds = [whole(f"seed[{k}]", s, 0, MOST_SEED) for k, s in enumerate(seed)]
        if len(seeds) != self.num_envs:
            raise ShapeError(
                f"seed: {len(seeds)} numbers given, {self.num_envs} expected, one an environment"
            )
        self._env.reseed_each(np.array(seeds, np.uint64))

    def _mask(self, name: str, mask: Booleans) -> Booleans:
        given = np.asarray(mask)
        if given.shape != (self.num_envs,) or given.dtype != np.bool_:
            raise ShapeError(
                f"{name}: {given.dtype} of shape {given.shape} given, "
                f"bool of shape ({self.num_envs},) expected"
            )
        return given

    def step(
        self,
        actions: NDArray[np.floating],
        *,
        auto_reset: bool = True,
        hold: Booleans | None = None,
    ) -> tuple[Floats, Floats, Booleans, Booleans]:
        """One control step: (observations, rewards, terminated, truncated), views.

        actions: float, shape (num_envs, action_dim). The observation of an ended environment is its
        new episode's first; the old one's last is in `final_observation`. Actions that are not
        finite terminate their own environment with reward 0.
        auto_reset: False leaves an ended environment in its last state, which `observations` then
        shows too; start its next episode by `reset(mask=...)`.
        hold: bool, shape (num_envs,); nothing of these environments changes in this step, bit for
        bit. Their reward is 0, their flags are False, their actions are not read.
        """
        given = np.asarray(actions)
        if given.shape != (self.num_envs, self.action_dim):
            raise ShapeError(
                f"actions: shape {given.shape} given, "
                f"({self.num_envs}, {self.action_dim}) expected: (num_envs, action_dim)"
            )
        if not np.issubdtype(given.dtype, np.floating):
            raise ShapeError(f"actions: dtype {given.dtype} given, float32 expected")
        if self._scene.config.infers and not self._env.has_network:
            raise CheckpointError(
                "muscle weights: none are loaded, so every activation would be zero; "
                "call load_muscle_weights(state_dict) before step"
            )
        rows = np.ascontiguousarray(given, dtype=np.float32)
        if hold is None:
            self._env.step(rows, auto_reset)
        else:
            self._env.step(rows, auto_reset, self._mask("hold", hold))
        return self._observation, self._reward, self._terminated, self._truncated

    def load_muscle_weights(
        self,
        state_dict: Mapping[str, torch.Tensor],
        kernel: str | None = None,
        *,
        precision: str = "float32",
        backend: str | None = None,
    ) -> None:
        """Infer with these weights from the next step on.

        Refused weights (CheckpointError, which names all faulty tensors) leave the old ones in use.

        precision: "float32"; "bfloat16", weights and layer inputs with 8 bits of mantissa (on the
        CPU: AVX-512 BF16); "float16", on a network_device only; or "auto", bfloat16 on a CPU that
        multiplies it, float32 elsewhere.
        backend: "lanes", the product over the environments of a group, the CPU's default; or
        "torch", libtorch's product (the same within 1e-6), a network_device's only one.
        kernel: deprecated name of both; it still works and warns.
        ConfigError names an option that cannot be used here.
        """
        options = network_options(precision, backend, kernel)
        network = (
            muscle_network(self._scene, state_dict, options, self._device.fell_back)
            if self._device.in_groups
            else device_network(self._scene, state_dict, self._device, options)
        )
        self._env.set_network(network)

    def load_policy(self, policy: Policy) -> None:
        """Let `act` follow a copy of this policy, on the CPU, from the next call on.

        ConfigError for a policy of another form than those that are trained here, CheckpointError for
        one of another environment.
        """
        if (policy.obs_dim, policy.action_dim) != (self.obs_dim, self.action_dim):
            raise CheckpointError(
                f"policy: has {policy.obs_dim} observations and {policy.action_dim} actions, the "
                f"environment {self.obs_dim} and {self.action_dim}"
            )
        self._env.set_policy(policy.network(instruction_set()))

    def act(self, observations: Floats, noise: Floats | None = None) -> Floats:
        """Actions of the loaded policy for observations (num_envs, obs_dim), on the batch's threads.

        noise: (num_envs, action_dim), in the policy's standard deviations; without it the mean actions.
        An environment's action does not depend on the others', bit for bit, nor on the number of threads.
        StateError without a policy, ShapeError for other shapes.
        """
        rows = np.asarray(observations)
        for name, given, size in (
            ("observations", rows, self.obs_dim),
            ("noise", noise, self.action_dim),
        ):
            if given is not None and given.shape != (self.num_envs, size):
                raise ShapeError(
                    f"{name}: shape {given.shape} given, ({self.num_envs}, {size}) expected"
                )
        return self._env.act(rows, noise)

    @property
    def reward_terms(self) -> dict[str, Floats]:
        """Each reward term of the last step before weighting, in (0, 1], shape (num_envs,)."""
        return {name: self._terms[:, k] for k, name in enumerate(self.info.reward_names)}

    @property
    def muscle_samples(self) -> MuscleSamples:
        """JtA, desired and passive torque of one random substep of the last control step, views."""
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
        """Set the state of environment `index`; both arrays have shape (dofs,).

        ShapeError for another shape, ConfigError for a number that is not finite.
        """
        shape = (self.num_dofs,)
        self._env.set_state(
            index, finite("positions", positions, shape), finite("velocities", velocities, shape)
        )

    def frame(self, index: int) -> Frame:
        """All quantities of environment `index`; the frame owns its arrays."""
        return Frame(**self._env.snapshot(index))

    def record_substeps(self, record: bool = True, *, reactions: bool = False) -> None:
        """Record the substeps of all steps from now on, for frames and snapshots.

        Forces of the ground and torques then are means over the last step's substeps; without, they are those of its
        last substep, and `joint_powers`, `muscle_forces`, `muscle_powers`, `network_torques` and `ground_forces` are NaN.
        reactions: record `joint_reactions`, too, which takes longer; without, they are NaN.
        """
        self._env.record_substeps(record, reactions)

    def snapshot(self, names: Sequence[str]) -> dict[str, Floats]:
        """Array fields of `Frame` of all environments at once, by name, each (num_envs, ...), copies.

        Much faster than a `frame` call for each environment. ValueError for a name that Frame does not have.
        """
        return self._env.snapshots(list(names))

    def set_external_force(
        self,
        index: int,
        body: int,
        force: NDArray[np.floating],
        point: NDArray[np.floating],
    ) -> None:
        """Apply an external force to a body of environment `index` until it is changed or cleared, or
        the episode ends.

        force (N) at a point (m), both of shape (3,) in world coordinates. ShapeError and ConfigError as `set_state`.
        """
        self._env.set_external_force(
            index, body, finite("force", force, (3,)), finite("point", point, (3,))
        )

    def clear_external_forces(self, index: int) -> None:
        """Remove all external forces of environment `index`."""
        self._env.clear_external_forces(index)

    @property
    def timings(self) -> dict[str, float]:
        """Seconds of thread time in the parts of a substep, by name, since the last reset.

        kinematics; paths (muscle lengths and moment arms); muscles (forces, JtA, JtP); stable_pd;
        network; dynamics (contact, torques, forward dynamics, integration); task (observation,
        reward, resets: once a control step). On a network_device, network is the time for starting
        the inferences and waiting for them.
        """
        return self._env.timings

    def reset_timings(self) -> None:
        self._env.reset_timings()

    def save_state(self) -> bytes:
        """The complete state, without weights and configuration; it continues bit for bit."""
        return self._env.save_state()

    def restore_state(self, state: bytes) -> Floats:
        """Continue from `save_state` of a batch of the same size, bodies, joints, muscles and parameters.

        Returns the observations of that state, shape (num_envs, obs_dim), a view. StateError names
        the field that no batch can have saved; the present state then stays.
        """
        self._env.restore_state(state)
        return self._observation
