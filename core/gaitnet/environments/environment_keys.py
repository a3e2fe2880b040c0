"""The keys of an environment YAML of Bidirectional GaitNet's fork, with the fork's defaults."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

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
    type: Literal["h5", "bvh", "npz"]
    file: str
    cyclic: bool = True
    scale: float = 0.01
    height_calibration: _HeightCalibration = _HeightCalibration()

    @model_validator(mode="before")
    @classmethod
    def _file_alone(cls, value: Any) -> Any:
        """The fork of 2026 names the file alone."""
        if not isinstance(value, str):
            return value
        return {"file": value, "type": Path(value).suffix.lower().removeprefix(".")}


class _PoseOptimization(_Switch):
    rot: Literal["one_foot", "mid_feet"] | bool = False


class _Muscle(Strict):
    file: str
    mesh_lbs_weight: bool = False
    use_velocity_force: bool = False
    use_joint_state: bool = True
    pose_optimization: _PoseOptimization = _PoseOptimization()
    clip_lm_norm: float | bool = False


class _Simulation(Strict):
    sim_hz: Rate = 480
    control_hz: Rate = 30
    inference_per_sim: Rate = 1
    horizon: Rate | None = None


class _Action(Strict):
    scale: Annotated[float, Field(gt=0)] = 0.04
    residual: bool = True
    time_warping: float = -1.0
    gait_phase_mode: Literal["phase", "contact"] = "phase"


class _Advanced(Strict):
    enforce_symmetry: bool = False
    hard_phase_clipping: bool = False
    soft_phase_clipping: bool = False
    torque_clipping: bool = False
    include_jtp_in_spd: bool = False
    use_normalized_param_state: bool = False
    learning_std: bool = False
    stance_learning: bool = False


class _Clip(Strict):
    step: Annotated[int, Field(ge=0)] = 0
    value: NotNegative = 0.0


class _TorqueCost(Strict):
    coeff: NotNegative = 0.1
    separate: bool = True


class _Metabolic(Strict):
    type: Literal["A", "A2", "MA", "MA2"] = "A2"
    weight: NotNegative = 0.03
    scale: NotNegative = 1.0
    multiplicative: bool = True
    torque: _TorqueCost | None = None


class _Step(Strict):
    weight: NotNegative = 2.0
    clip: NotNegative = 0.075


class _Speed(Strict):
    weight: NotNegative = 4.0
    window_mult: Annotated[float, Field(gt=0, le=20)] = 1.0
    clip: NotNegative = 0.0
    consider_x: bool = True


class _Drag(Strict):
    use: bool = False
    weight: NotNegative = 0.0
    threshold: NotNegative = 0.0


class _PhaseTerm(Strict):
    use: bool = False
    weight: NotNegative = 0.0


class _Locomotion(Strict):
    head_linear_acc_weight: NotNegative = 4.0
    head_rot_weight: NotNegative = 4.0
    step_weight: NotNegative | None = None
    avg_vel_weight: NotNegative | None = None
    step: _Step = _Step()
    avg_vel: _Speed = _Speed()
    dragX: _Drag = _Drag()
    phase: _PhaseTerm = _PhaseTerm()


class _KneePain(Strict):
    use: bool = False
    weight: NotNegative = 0.0
    scale: NotNegative = 1.0
    termination: bool = False
    use_max: bool = False
    max_weight: NotNegative = 0.0


class Reward(Strict):
    type: Literal["deepmimic", "gaitnet", "scadiver"] = "gaitnet"
    eoe_type: Literal["tuple", "time"] = "tuple"
    clip: _Clip = _Clip()
    metabolic: _Metabolic = _Metabolic()
    locomotion: _Locomotion = _Locomotion()
    knee_pain: _KneePain = _KneePain()


class _NoiseInjection(Strict):
    file: str | None = None


class Range(Strict):
    """What a parameter may be and is at first."""

    min: Number
    max: Number
    default: Number | None = None
    sampling: str | None = None

    def start(self, neutral: float = 1.0) -> float:
        """Its default, or what changes nothing as near as the range comes to it."""
        return min(max(neutral, self.min), self.max) if self.default is None else self.default


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
    parameters: dict[str, Any] = {}
    cascading: Any = None
    Horizon: Rate = 600


class File(Strict):
    environment: Environment
    training: dict[str, Any] = {}
    args: dict[str, Any] = {}
    train: dict[str, Any] = {}
    cascading: Any = None
    Horizon: Rate | None = None
