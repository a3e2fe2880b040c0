"""The keys of an environment YAML of Bidirectional GaitNet's fork, with the defaults of the program.

Its `sim/Environment.cpp` (parseEnvConfigYaml) of November 2025, and of February 2026 where a key
came later. Older spellings that it still reads stand beside the newer ones.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator

from ...readers.text import Strict

Rate = Annotated[int, Field(ge=1, le=100_000)]
Number = Annotated[float, Field(ge=-1e9, le=1e9)]
NotNegative = Annotated[float, Field(ge=0, le=1e9)]


class _Switch(Strict):
    enabled: bool = False


class _Skeleton(Strict):
    file: str
    actuator: Literal["pd", "torque", "muscle", "mass", "mass_lower"] = "mass"
    kp: NotNegative | None = None
    kv: NotNegative | None = None
    damping: NotNegative | None = None
    self_collide: bool = False


class _Ground(Strict):
    file: str


class _HeightCalibration(_Switch):
    strict: bool = False


class _Motion(Strict):
    type: Literal["h5", "hdf", "bvh", "npz"] | None = None
    """Of its file's suffix where it is not given."""
    file: str
    cyclic: bool = True
    scale: float = 0.01
    height_calibration: _HeightCalibration = _HeightCalibration()
    symmetry: bool = False
    """Of an env.xml."""
    use_mirror: bool = True
    local_state: bool = False
    get_stride_from_motion: bool = False

    @model_validator(mode="before")
    @classmethod
    def _file_alone(cls, value: Any) -> Any:
        """The fork of 2026 may name the file alone."""
        return {"file": value} if isinstance(value, str) else value

    @property
    def suffixes(self) -> tuple[str, ...]:
        """What its file's name may end in."""
        kind = self.type or Path(self.file).suffix.lower().removeprefix(".")
        return (".h5", ".hdf5", ".hdf") if kind in ("h5", "hdf", "hdf5") else (f".{kind}",)


class _PoseOptimization(_Switch):
    rot: Literal["one_foot", "mid_feet"] | bool = False


class _Muscle(Strict):
    file: str
    mesh_lbs_weight: bool = False
    use_velocity_force: bool = False
    use_joint_state: bool = False
    pose_optimization: _PoseOptimization = _PoseOptimization()
    clip_lm_norm: Annotated[float, Field(ge=0, le=100)] | bool = False


class _Simulation(Strict):
    sim_hz: Rate = 600
    control_hz: Rate = 30
    inference_per_sim: Rate = 1
    horizon: Rate | None = None
    zero_ankle0_on_reset: bool = False


class _Action(Strict):
    scale: Annotated[float, Field(gt=0)] = 0.04
    residual: bool = True
    time_warping: float = -1.0
    gait_phase_mode: Literal["phase", "contact"] = "phase"
    contact_debounce_alpha: Annotated[float, Field(gt=0, le=1)] = 0.25
    step_min_ratio: Annotated[float, Field(ge=0, le=10)] | None = None


class _Advanced(Strict):
    enforce_symmetry: bool = False
    hard_phase_clipping: bool = False
    soft_phase_clipping: bool = False
    torque_clipping: bool = False
    include_jtp_in_spd: bool = False
    use_normalized_param_state: bool = True
    learning_std: bool = False
    stance_learning: bool = False


class _Clip(Strict):
    step: Annotated[int, Field(ge=0)] = 0
    value: Number = 0.0


class _TorqueCost(Strict):
    coeff: NotNegative = 0.0
    separate: bool = False


class _Metabolic(Strict):
    type: Literal["A", "A2", "MA", "MA2", "LEGACY"] = "LEGACY"
    weight: NotNegative = 0.05
    scale: NotNegative = 1.0
    multiplicative: bool = False
    torque: _TorqueCost = _TorqueCost()
    torque_coeff: NotNegative = 0.0


class _Step(Strict):
    weight: NotNegative = 2.0
    clip: NotNegative = 0.075


class _Speed(Strict):
    weight: NotNegative = 6.0
    window_mult: Annotated[float, Field(gt=0, le=20)] = 1.0
    clip: Number = -1.0
    consider_x: bool = False


class _Drag(Strict):
    use: bool = False
    weight: NotNegative = 1.0
    threshold: NotNegative = 0.0


class _PhaseTerm(Strict):
    use: bool = False
    weight: NotNegative = 1.0


class _Locomotion(Strict):
    head_linear_acc_weight: NotNegative = 4.0
    head_rot_weight: NotNegative = 4.0
    step_weight: NotNegative | None = None
    avg_vel_weight: NotNegative | None = None
    avg_vel_window_mult: Annotated[float, Field(gt=0, le=20)] | None = None
    avg_vel_consider_x: bool | None = None
    drag_x: bool = False
    drag_weight: NotNegative = 1.0
    drag_x_threshold: NotNegative = 0.0
    step: _Step | None = None
    avg_vel: _Speed | None = None
    dragX: _Drag = _Drag()
    phase: _PhaseTerm = _PhaseTerm()

    @property
    def step_term(self) -> _Step:
        """The nested key, or the older flat one where there is none."""
        if self.step is not None or self.step_weight is None:
            return self.step or _Step()
        return _Step(weight=self.step_weight)

    @property
    def speed_term(self) -> _Speed:
        """Likewise."""
        if self.avg_vel is not None:
            return self.avg_vel
        flat = {
            "weight": self.avg_vel_weight,
            "window_mult": self.avg_vel_window_mult,
            "consider_x": self.avg_vel_consider_x,
        }
        return _Speed(**{key: value for key, value in flat.items() if value is not None})  # type: ignore[arg-type]


class _KneePain(Strict):
    use: bool = False
    weight: NotNegative = 1.0
    scale: NotNegative = 1.0
    termination: bool = False
    use_max: bool = False
    max_weight: NotNegative = 1.0
    multiplicative: bool = False
    """Read no more in November 2025."""


class Reward(Strict):
    type: Literal["deepmimic", "gaitnet", "scadiver"] = "deepmimic"
    eoe_type: Literal["tuple", "time"] = "time"
    clip: _Clip = _Clip()
    metabolic: _Metabolic = _Metabolic()
    locomotion: _Locomotion = _Locomotion()
    knee_pain: _KneePain = _KneePain()
    # Of 2026:
    terminated: Number = 0.0
    ee_weight: NotNegative = 40.0
    pos_weight: NotNegative = 20.0
    vel_weight: NotNegative = 10.0
    com_weight: NotNegative = 10.0
    num_ref_in_state: Annotated[int, Field(ge=1, le=100)] = 1
    include_ref_velocity: bool = True
    ignore_toe_imit: bool = False
    """Read no more in February 2026."""


class _NoiseInjection(Strict):
    file: str | None = None


class _UpperBody(Strict):
    enabled: bool = False
    scale: Number = 1.0


class _Discriminator(Strict):
    enabled: bool = False
    normalize: bool = False
    reward_scale: Number = 1.0
    multiplicative: bool = False
    upper_body: bool | _UpperBody = False


class Range(Strict):
    """What a parameter may be and is at first."""

    min: Number
    max: Number
    default: Number | None = None
    sampling: str | None = None
    group: str | None = None
    """Of an env.xml: parameters that are drawn together."""

    def start(self, neutral: float = 1.0) -> float:
        """Its default, or what changes nothing."""
        return neutral if self.default is None else self.default


class Cascading(Strict):
    """Files of trained networks in order, and which of them read what others ask of the muscles."""

    networks: Annotated[list[str], Field(min_length=1, max_length=60)]
    edges: list[tuple[int, int]] = []

    @model_validator(mode="before")
    @classmethod
    def _files_alone(cls, value: Any) -> Any:
        return {"networks": value} if isinstance(value, list) else value

    @field_validator("networks", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """As `nn0: FILE`, too."""
        return list(value.values()) if isinstance(value, dict) else value

    @field_validator("edges", mode="before")
    @classmethod
    def _started(cls, value: Any) -> Any:
        """As `edge0: {start: 0, end: 1}`, too."""
        edges = list(value.values()) if isinstance(value, dict) else value or []
        if not isinstance(edges, list):
            return edges
        return [
            (edge["start"], edge["end"])
            if isinstance(edge, dict) and set(edge) == {"start", "end"}
            else edge
            for edge in edges
        ]

    @model_validator(mode="after")
    def _check_edges(self) -> Cascading:
        for start, end in self.edges:
            if not 0 <= start < end < len(self.networks):
                raise ValueError(
                    f"edges: [{start}, {end}] is to lead from a network to a later one of "
                    f"{len(self.networks)}, counted from 0"
                )
        return self


Named = Annotated[
    Cascading | None, BeforeValidator(lambda value: None if isinstance(value, bool) else value)
]
"""Networks beside the checkpoint's own; of a mere true or false that one's file knows more."""


class Environment(Strict):
    skeleton: _Skeleton
    ground: _Ground | None = None
    motion: _Motion
    muscle: _Muscle | None = None
    simulation: _Simulation = _Simulation()
    action: _Action = _Action()
    advanced: _Advanced = _Advanced()
    reward: Reward = Reward()
    noise_injection: _NoiseInjection = _NoiseInjection()
    discriminator: _Discriminator = _Discriminator()
    parameters: dict[str, Any] = {}
    cascading: Named = None
    Horizon: Rate = 600
    pid: str | None = None


class File(Strict):
    environment: Environment
    training: dict[str, Any] = {}
    args: dict[str, Any] = {}
    train: dict[str, Any] = {}
    cascading: Named = None
    Horizon: Rate | None = None

    @field_validator("training", "args", "train", mode="before")
    @classmethod
    def _empty(cls, value: Any) -> Any:
        """A key with nothing after it is an empty one."""
        return {} if value is None else value
