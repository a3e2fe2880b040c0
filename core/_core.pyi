"""The C++ core of Muscle Viewer; use it through muscle_viewer.core."""

from collections.abc import Sequence
from typing import Any, overload

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]
Booleans = NDArray[np.bool_]

GROUP_LANES: int
REWARD_NAMES: list[str]
torch_version: str

class Model:
    """An immutable character, shared by all environments."""
    def __init__(self, character: Any) -> None:
        """character: a readers.character.Character; ValueError names what cannot be simulated."""
    def to_generalised(self, positions: ArrayLike) -> Doubles: ...
    def to_internal(self, positions: ArrayLike) -> Doubles:
        """Internal positions (quaternions) of generalised ones (rotation vectors)."""
    @property
    def contact_bodies(self) -> list[int]: ...
    @property
    def dof_of_entry(self) -> list[int]: ...
    @property
    def muscle_driven_dofs(self) -> list[bool]: ...
    @property
    def muscle_of_entry(self) -> list[int]: ...
    @property
    def num_bodies(self) -> int: ...
    @property
    def num_contacts(self) -> int: ...
    @property
    def num_dofs(self) -> int: ...
    @property
    def num_entries(self) -> int: ...
    @property
    def num_joint_dofs(self) -> int: ...
    @property
    def num_muscles(self) -> int: ...
    @property
    def num_positions(self) -> int: ...
    @property
    def num_root_dofs(self) -> int: ...
    @property
    def path_offsets(self) -> list[int]: ...
    @property
    def total_mass(self) -> float: ...

class Reference:
    """A reference motion fitted to a model."""
    def __init__(self, model: Model, motion: Any) -> None:
        """motion: a readers.motion.Motion."""
    def pose(self, phase: float, cycle: int = 0) -> tuple[Doubles, Doubles]:
        """Returns (internal positions, velocities) at a phase of a cycle."""
    @property
    def duration(self) -> float: ...

class EngineFactory:
    """Makes the physics engines of a scene's environments."""
    def check(self, model: Model) -> None:
        """Raises ValueError for a model that the engine cannot simulate."""
    @property
    def lanes(self) -> int:
        """Number of environments of a group: served by one network inference, stepped by one thread."""
    @property
    def name(self) -> str: ...

class ReferenceSimulation:
    """One environment in double precision, part by part."""
    def __init__(
        self,
        model: Model,
        *,
        time_step: float = 1 / 480,
        gravity: float = 9.81,
        ground: bool = True,
        actuator: str = "pd",
        engine: EngineFactory | None = None,
        rigid_ground: bool = False,
        slope: float = 0.0,
        gaitnet_pd: bool = False,
        hard_limits: bool = False,
        pd_dofs: list[bool] = [],
    ) -> None:
        """engine: None uses the algorithms of the lanes engine.

        pd_dofs: whether stable PD drives each dof beside muscles; empty: those that no muscle spans.
        """
    def advance(self) -> None: ...
    def desire(self) -> None: ...
    def field(self, name: str) -> Doubles:
        """A writable view on a field of the state, shape (features, lanes)."""
    def forward_dynamics(self) -> None: ...
    def kinematics(self) -> None: ...
    def muscles(self) -> None: ...
    def positions(self, lane: int) -> Doubles:
        """Generalised positions, shape (dofs,)."""
    def set_state(self, lane: int, positions: ArrayLike, velocities: ArrayLike) -> None:
        """Generalised positions and velocities, shape (dofs,), of one lane."""
    def set_target(self, lane: int, positions: ArrayLike) -> None:
        """PD target, generalised positions, shape (dofs,)."""

class LanesSimulation:
    """A group of environments in float lanes, part by part."""
    def __init__(
        self,
        model: Model,
        instruction_set: str,
        *,
        time_step: float = 1 / 480,
        gravity: float = 9.81,
        ground: bool = True,
        actuator: str = "pd",
        slope: float = 0.0,
        gaitnet_pd: bool = False,
    ) -> None: ...
    def advance(self) -> None: ...
    def desire(self) -> None: ...
    def field(self, name: str) -> Floats:
        """A writable view on a field of the state, shape (features, lanes)."""
    def forward_dynamics(self) -> None: ...
    def kinematics(self) -> None: ...
    def muscles(self) -> None: ...
    def positions(self, lane: int) -> Doubles:
        """Generalised positions, shape (dofs,)."""
    def set_state(self, lane: int, positions: ArrayLike, velocities: ArrayLike) -> None:
        """Generalised positions and velocities, shape (dofs,), of one lane."""
    def set_target(self, lane: int, positions: ArrayLike) -> None:
        """PD target, generalised positions, shape (dofs,)."""

def substep_cost(
    model: Model, positions: ArrayLike, actuator: str = "muscle"
) -> dict[str, tuple[int, int]]:
    """Cost of a substep of one environment: part -> (operations, bytes of the state touched).

    Of the lanes engine, from generalised positions, shape (dofs,), at rest; counted while it runs.
    """

class PolicyNetwork:
    """A policy of layers with ELU between them; immutable."""
    def __init__(
        self,
        weights: Sequence[ArrayLike],
        biases: Sequence[ArrayLike],
        mean: ArrayLike,
        deviation: ArrayLike,
        clip: float,
        noise: ArrayLike,
        kernel: str,
    ) -> None:
        """weights: (outputs, inputs) of each layer, biases: (outputs,).

        mean, deviation: of the observations, which are normalised by them and bounded by clip. noise:
        the actions' standard deviations. kernel: an instruction set. ValueError for sizes that do not
        fit.
        """

class TorchThreads:
    """A context in which torch computes on `count` threads where the calling thread calls it."""
    def __init__(self, count: int) -> None: ...
    def __enter__(self) -> None: ...
    def __exit__(self, *exception: object) -> None: ...

class LoadSharing:
    """How muscles share the torques of joints, for many samples at once; see core/src/muscle/load_sharing.hpp."""
    def __init__(
        self,
        muscle_of_entry: ArrayLike,
        dof_of_entry: ArrayLike,
        muscles: int,
        dofs: int,
        threads: int = 0,
    ) -> None:
        """Of JtA's entries: their muscles, and which of the torques they add to, negative for none.

        threads: 0 for all CPUs.
        """
    def torques(self, jta: ArrayLike, activations: ArrayLike) -> Floats:
        """Active torques (rows, dofs), N m, of JtA (rows, entries) and activations (rows, muscles)."""
    def pull_back(self, jta: ArrayLike, gradients: ArrayLike) -> Floats:
        """Gradients with respect to the activations (rows, muscles), of those with respect to the torques (rows, dofs)."""
    def optima(
        self, jta: ArrayLike, torques: ArrayLike, iterations: int = 100, tolerance: float = 1e-5
    ) -> tuple[Floats, Booleans]:
        """Activations (rows, muscles) of the least effort that make torques (rows, dofs), and which rows have converged."""

class ActivationNetwork:
    @property
    def inputs(self) -> int: ...
    @property
    def outputs(self) -> int: ...

class MuscleNN(ActivationNetwork):
    """The muscle network's weights, checked and immutable. Inputs are torques over 200 N m."""
    def __init__(
        self,
        state_dict: dict[str, torch.Tensor],
        inputs: int,
        muscles: int,
        kernel: str = "",
        cascaded: bool = False,
    ) -> None:
        """state_dict: fc.0/2/4/6.weight|bias or fc1..fc4.weight|bias; inputs: R + D.

        kernel: "torch", an instruction set, "bf16" or "" for the widest one. CheckpointError names
        every tensor that does not fit.
        """
    def forward(self, rows: ArrayLike, lanes: int = ...) -> Floats:
        """Activations in [0, 1], shape (rows, muscles), of float32 inputs, shape (rows, inputs).

        lanes: rows inferred at once, GROUP_LANES or 1.
        """
    def preactivations(self, rows: ArrayLike) -> Floats:
        """Values before relu(tanh(.)), shape (rows, muscles): the terms that cascaded networks sum."""
    @property
    def hidden_widths(self) -> list[int]: ...
    @property
    def kernel(self) -> str: ...

class DeviceNetwork: ...

class CascadeNN(ActivationNetwork):
    """Muscle networks of a GaitNet that act together (core/src/network/cascade_nn.hpp)."""
    def __init__(
        self,
        networks: list[MuscleNN],
        sources: list[list[int]],
        pass_through: bool = False,
    ) -> None:
        """networks: a plain one, then cascaded ones; sources: for each those before it that it reads.

        pass_through: whether a network hands on what it reads. ValueError for what does not fit.
        """
    def forward(self, rows: ArrayLike) -> Floats:
        """Activations, shape (rows, muscles), of rows of torques and then a weight for each network."""

class DeviceNN(DeviceNetwork):
    """MuscleNN on a libtorch device, for the environments of many groups at once."""
    def __init__(
        self,
        state_dict: dict[str, torch.Tensor],
        inputs: int,
        muscles: int,
        device: str,
        precision: str = "float32",
    ) -> None:
        """Arguments as for MuscleNN; device: torch's name; precision: float32, float16 or bfloat16."""
    @property
    def device(self) -> str: ...

class RewardTerm:
    def __init__(self, weight: float, scale: float) -> None: ...
    scale: float
    weight: float

class GaitBand:
    """The published range of a quantity of one leg over the gait cycle, mean -/+ deviation."""
    def __init__(self, begin: float, mean: Sequence[float], deviation: Sequence[float]) -> None: ...
    def outside(self, value: float, phase: float) -> float: ...

class MomentBand:
    """The range of a joint's moment, N m/kg."""
    def __init__(self, dof: int, sign: float, band: GaitBand) -> None: ...

class ForceBand:
    """The range of the force of the ground on a foot along a direction, body weights."""
    def __init__(
        self, bodies: Sequence[int], direction: tuple[float, float, float], band: GaitBand
    ) -> None: ...

class DisturbanceSettings:
    """Random pushes on a body, by index; N and s."""
    def __init__(
        self,
        body: int,
        force: tuple[float, float],
        interval: tuple[float, float],
        duration: float,
    ) -> None: ...

class GaitNetSettings:
    """Settings of the gaitnet reward; units as in core/configuration, the window in control steps."""

    consider_x: bool
    multiplicative: bool
    torque_separate: bool
    def __init__(self) -> None: ...
    energy_scale: float
    energy_type: str
    energy_weight: float
    contact_debounce: float
    feet: list[int]
    footholds: str
    gaitnet_terms: bool
    head: int
    head_acceleration_weight: float
    head_rotation_weight: float
    heel_strikes: list[float]
    least_step: float
    specific_tension: float
    speed: float
    speed_clip: float
    speed_weight: float
    step_clip: float
    step_weight: float
    stride: float
    strikes_at_heel: bool
    torque_coefficient: float
    window: int

class ObservedParameter:
    """An entry of the observation; see core/src/environment/observation.hpp."""
    def __init__(
        self, value: float, parameter: int = -1, scale: float = 1.0, offset: float = 0.0
    ) -> None: ...

class ObservationSettings:
    """Settings of the observation; see core/src/environment/observation.hpp."""
    def __init__(
        self,
        type: str,
        motion_phase: bool,
        joint_state: bool,
        parameters: list[ObservedParameter],
        mirrored_parameters: list[ObservedParameter],
    ) -> None: ...
    leading_parameters: int
    reference_velocity: bool
    references: int

class Parameter:
    """A parameter that each episode draws; see core/src/environment/parameters.hpp."""
    def __init__(
        self,
        name: str,
        effect: str,
        targets: list[int],
        low: float,
        high: float,
        initial: float,
    ) -> None: ...
    def at(self, x: float, y: float, z: float) -> None: ...
    def draw(self, distribution: str) -> None: ...
    begin_high: float
    begin_low: float
    choices: list[float]
    counterpart: int
    curriculum_steps: int
    deviation: float
    legs_follow: bool
    signs: list[float]
    observed: bool
    scales_mass: bool
    scales_strength: bool
    pendulum: bool
    unit: float

class TaskSettings:
    """Settings of the task; units as in core/configuration."""

    added_action: bool
    moving_target: bool
    interpolates_actions: bool
    network_active_only: bool
    network_sees_pd_dofs: bool
    phase_action: bool
    random_phase: bool
    symmetric: bool
    reward_type: str
    def __init__(self) -> None: ...
    action_scale: float
    @property
    def actuator(self) -> int: ...
    @actuator.setter
    def actuator(self, name: str) -> None: ...
    cadence: float
    control_hz: int
    disturbance: DisturbanceSettings
    gait: GaitNetSettings
    gravity: float
    inference_every: int
    initial_phase: float
    max_speed: float
    max_tilt: float
    max_time: float
    transition: float
    min_root_height: float
    observation: ObservationSettings
    parameters: list[Parameter]
    pd_dofs: list[bool]
    phase_clipping: str
    phase_scale: float
    reduction_threshold: float
    reset_phase_spread: float
    reset_phases: list[float]
    time_warp: str
    reset_noise: float
    rigid_ground: bool
    gaitnet_pd: bool
    hard_limits: bool
    mirrors_by_motion: bool
    min_com_height: float
    min_com_share: float
    reset_fitted: bool
    reset_forward_velocity: bool
    reset_motion_at_zero: bool
    reward_clip: float
    reward_clip_steps: int
    moment_bands: list[MomentBand]
    force_bands: list[ForceBand]
    reward: list[RewardTerm]
    sim_hz: int
    slope: float
    torque_scale: float
    network_weights: int

class Clip:
    """A reference motion of a scene, by name, and the share of the episodes that follow it."""
    def __init__(self, name: str, reference: Reference, weight: float) -> None: ...

class Scene:
    """Model, reference motions and task that all environments of a batch share."""
    def __init__(
        self, model: Model, clips: list[Clip], settings: TaskSettings, engine: EngineFactory
    ) -> None:
        """ValueError names an invalid setting."""
    @property
    def action_size(self) -> int: ...
    @property
    def network_entries(self) -> list[int]:
        """Entries of the reduced Jacobian that are inputs of the muscle network, in their order."""
    @property
    def network_inputs(self) -> int: ...
    @property
    def pd_dofs(self) -> list[bool]:
        """Dofs, the root's included, that stable PD drives."""
    @property
    def observation_size(self) -> int: ...
    @property
    def reward_names(self) -> list[str]: ...

def quota_cpus(groups: str = "/proc/self/cgroup", mount: str = "/sys/fs/cgroup") -> int:
    """Number of CPUs that the control groups grant by their quotas, rounded up; 0 without a quota."""

class BatchEnv:
    """Environments stepped in parallel by a pool of threads, the GIL released."""
    def __init__(
        self, scene: Scene, num_envs: int, seed: int, threads: int, spread: bool = True
    ) -> None: ...
    def clear_external_forces(self, index: int) -> None: ...
    def reseed(self, seed: int) -> None: ...
    def reseed_each(self, seeds: ArrayLike) -> None:
        """Gives each environment a seed of its own, uint64, shape (num_envs,)."""
    @overload
    def reset(self) -> None: ...
    @overload
    def reset(self, mask: ArrayLike) -> None:
        """Begins an episode in the environments of a mask, bool, shape (num_envs,), alone."""
    def reset_timings(self) -> None: ...
    def restore_state(self, state: bytes) -> None:
        """Writes the observations of the state. StateError for what is no state of this configuration and size."""
    def save_state(self) -> bytes: ...
    def set_external_force(
        self, index: int, body: int, force: ArrayLike, point: ArrayLike
    ) -> None: ...
    def set_network(self, network: ActivationNetwork | DeviceNetwork) -> None: ...
    def set_policy(self, policy: PolicyNetwork) -> None: ...
    def act(self, observations: ArrayLike, noise: ArrayLike | None = None) -> Floats:
        """The policy's actions, float32, shape (num_envs, action_size).

        noise: of the same shape, in standard deviations. StateError without a policy.
        """
    def set_parameters(
        self, values: ArrayLike, at_once: bool, mask: ArrayLike | None = None
    ) -> None:
        """Values in place of drawn ones, float64, shape (num_envs, parameters); NaN: drawn."""
    def set_clip(
        self,
        clip: int,
        at_once: bool,
        mask: ArrayLike | None = None,
        begun: ArrayLike | None = None,
    ) -> None:
        """The clip of the episodes from the next reset on, -1: drawn; or at once, within the transition (num_envs)."""
    def set_clip_weights(self, weights: list[float]) -> None:
        """Shares of the episodes that draw each clip. ValueError for weights that do not fit."""
    @property
    def clips(self) -> NDArray[np.int32]: ...
    @property
    def body_masses(self) -> Doubles: ...
    @property
    def body_weights(self) -> Doubles: ...
    @property
    def parameters(self) -> Doubles: ...
    def set_state(self, index: int, positions: ArrayLike, velocities: ArrayLike) -> None: ...
    def snapshot(self, index: int) -> dict[str, Any]: ...
    def record_substeps(self, record: bool, reactions: bool) -> None: ...
    def snapshots(self, names: list[str]) -> dict[str, Floats]:
        """Fields of the present state by name, each an array over environments, a copy. ValueError for an unknown name."""
    def step(
        self, actions: ArrayLike, auto_reset: bool = True, hold: ArrayLike | None = None
    ) -> None:
        """One control step of every environment that is not held; actions float32, shape (num_envs, action_size)."""
    @property
    def timings(self) -> dict[str, float]: ...
    @property
    def activation(self) -> Floats: ...
    @property
    def final_observation(self) -> Floats: ...
    @property
    def has_network(self) -> bool: ...
    @property
    def mean_activation(self) -> Floats: ...
    @property
    def num_envs(self) -> int: ...
    @property
    def observation(self) -> Floats: ...
    @property
    def phases(self) -> Doubles: ...
    @property
    def positions(self) -> Floats: ...
    @property
    def reward(self) -> Floats: ...
    @property
    def reward_terms(self) -> Floats: ...
    @property
    def sample_jacobian(self) -> Floats: ...
    @property
    def sample_torque(self) -> Floats: ...
    @property
    def sample_passive(self) -> Floats: ...
    @property
    def terminated(self) -> Booleans: ...
    @property
    def threads(self) -> int: ...
    @property
    def truncated(self) -> Booleans: ...
    @property
    def velocities(self) -> Floats: ...

class Environment:
    """One environment that shows its internal quantities. It has no auto-reset."""
    def __init__(self, scene: Scene, seed: int) -> None: ...
    def add_external_force(self, body: int, force: ArrayLike, point: ArrayLike) -> None: ...
    def override_excitation(self, values: ArrayLike) -> None:
        """values: float32, shape (muscles,), NaN to keep the network's; empty: no override."""
    def clear_external_forces(self) -> None: ...
    def reseed(self, seed: int) -> None: ...
    def reset(self) -> Floats: ...
    def restore_state(self, state: bytes) -> Floats:
        """The observation of the state, shape (observation_size,). StateError for no state of this configuration."""
    def save_state(self) -> bytes: ...
    def set_external_force(self, body: int, force: ArrayLike, point: ArrayLike) -> None: ...
    def set_network(self, network: ActivationNetwork) -> None: ...
    @property
    def body_mass(self) -> float: ...
    def set_parameters(self, values: ArrayLike, at_once: bool) -> Floats: ...
    @property
    def clip(self) -> int: ...
    def set_clip(self, clip: int, at_once: bool) -> Floats:
        """As of BatchEnv; the observation."""
    @property
    def parameters(self) -> Doubles: ...
    def set_phase(self, phase: float) -> None: ...
    def set_state(self, positions: ArrayLike, velocities: ArrayLike) -> None: ...
    def record_reactions(self, record: bool) -> None: ...
    def keep_substeps(self, keep: bool) -> None: ...
    def substeps(self) -> dict[str, Floats]:
        """Fields of each substep of the last control step, (substeps, numbers); empty where none are kept."""
    def snapshot(self) -> dict[str, Any]: ...
    def step(self, action: ArrayLike) -> tuple[Floats, float, bool, bool]:
        """One control step; returns (observation, reward, terminated, truncated)."""
    @property
    def has_network(self) -> bool: ...

def lanes_engine(instruction_set: str) -> EngineFactory:
    """The lanes engine for an instruction set; ValueError for one that cannot run here."""

def has_cuda() -> bool:
    """Whether libtorch supports CUDA and finds a device."""

def instruction_sets() -> list[str]:
    """Instruction sets that this build and CPU run, the widest first."""

def multiplies_bfloat16() -> bool:
    """Whether this build and CPU have the muscle network's product in bfloat16."""
