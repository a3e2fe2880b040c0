"""The environment YAML: character, motion, simulation, reward."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import (
    AfterValidator,
    BeforeValidator,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from ..errors import ConfigError
from ..folders import assets_folder
from ..gaitnet.source import GaitNetCharacter, GaitNetMotion
from ..models.sources import is_named_model
from ..readers.bounded_numbers import NotNegative, Phase, Positive
from ..readers.character import ActivationDynamics
from ..readers.text import Strict, suggestion
from .clips import MotionClip, check_names
from .parameters import Curriculum, Parameter
from .rewards import NO_REWARD, GaitNetReward, ImitationReward

ASSETS = "@assets/"
MESHES = "character.meshes"
"""The field with the folder of the meshes, which are only drawn."""
Engine = Literal["lanes", "dart"]
ENGINES: tuple[str, ...] = get_args(Engine)
ParameterName = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_ .-]{0,63}$")]


def _formerly(**names: str) -> BeforeValidator:
    """Reads values under their former names: `new=_formerly(old="new")`."""
    return BeforeValidator(
        lambda value: names.get(value, value) if isinstance(value, str) else value
    )


TimeWarp = Annotated[
    Literal["relative", "absolute", "rate"], _formerly(share="relative", seconds="absolute")
]
ObservationType = Annotated[
    Literal["default", "mass", "gaitnet", "generative", "imitation", "state"],
    _formerly(project="default"),
]
NetworkTorque = Annotated[Literal["active_only", "whole"], _formerly(less_passive="active_only")]


class Simulation(Strict):
    """Rates in Hz; gravity in m/s^2, downwards."""

    sim_hz: Annotated[int, Field(ge=1, le=100_000)] = 480
    control_hz: Annotated[int, Field(ge=1, le=100_000)] = 30
    inference_every: Annotated[int, Field(ge=1, le=100_000)] = 1
    """Substeps per inference of the muscle network."""
    gravity: float = 9.81
    slope: Annotated[float, Field(ge=-45, le=45)] = 0.0
    """Slope of the ground ahead (z), degrees. The ground stays the plane y = 0, and gravity is tilted."""
    contact: Literal["compliant", "rigid", "rigid_on_dart"] = "compliant"
    """compliant: the ground has the stiffness of the character's `contact:`; rigid: engine `dart` only; rigid_on_dart:
    rigid there, compliant on `lanes`."""
    joint_limits: Literal["springs", "hard"] = "springs"
    """springs: joint limits are spring-dampers; hard: they stop the joint within a step on engine `dart`; on `lanes` they
    are spring-dampers, too."""

    @model_validator(mode="after")
    def _check_rates(self) -> Simulation:
        if self.sim_hz % self.control_hz:
            raise ValueError(
                f"sim_hz must be a multiple of control_hz, and {self.sim_hz} is none of "
                f"{self.control_hz}; 480 and 30 are"
            )
        return self


class Action(Strict):
    """The effect of actions: joint offsets to the reference pose, and the rate of its phase."""

    scale: Positive = 0.1
    """rad (of a rotation vector, for balls) per unit of action."""
    target: Literal["moving", "held"] = "moving"
    """moving: the PD target follows the reference, with its velocity fed forward; held: it is the
    reference's pose at the end of the control step, at rest (as in MASS and GaitNet)."""
    interpolation: Literal["none", "linear"] = "none"
    """none: where a control step begins, offset and velocity of the target jump to those of the new action and phase
    (zero-order hold). linear: the offset moves from the last action's to the new one's within the step, without a velocity
    fed forward, and the moving target's velocity to the reference's at the step's end."""
    rotation: Literal["multiplied", "added"] = "multiplied"
    """A ball joint's offset is multiplied with the reference's rotation, or added to its rotation vector (MASS)."""
    stable_pd: Literal["implicit", "gaitnet"] = "implicit"
    """Forces in stable PD's prediction: all, implicitly; or, as in the GaitNets, no joint damping and limits, and
    the contact forces of the last substep."""
    torque_scale: Positive = 100.0
    """N m per unit of action, for the actuator torque."""
    phase: bool = True
    """Whether an additional last action changes the phase's rate."""
    phase_scale: NotNegative = 0.1
    """Change of the rate per unit of action, as time_warp defines it."""
    time_warp: TimeWarp = "relative"
    """relative: the rate times 1 + phase_scale * a, bounded to [0.1, 1.9]. absolute: phase_scale * a
    seconds are added in a control step (Generative and Bidirectional GaitNet). rate: the rate times
    1 + phase_scale * a, so control_hz times weaker (their fork). In the last two phase_scale * a is
    at least -1 / control_hz."""
    phase_clipping: Literal["none", "hard", "soft"] = "none"
    """hard: each cycle of the motion starts with the clock's; soft: the clock is set to the motion
    each half cycle."""
    network_weights: Annotated[int, Field(ge=0, le=64)] = 0
    """The last actions: the weights of as many muscle networks of a cascade."""


class ObservedParameter(Strict):
    """A parameter of the task that a policy observes: a constant, or one of `parameters`."""

    name: str
    value: float
    """Of a constant."""
    parameter: str | None = None
    """Name of the parameter whose value of the episode is observed, as offset + scale * value."""
    scale: float = 1.0
    offset: float = 0.0


class Observation(Strict):
    """The observation vector: the default, of MASS or GaitNet, or the state (core/src/environment/observation.hpp)."""

    type: ObservationType = "default"
    motion_phase: bool = True
    """gaitnet: the motion's phase in addition to the clock's, for actions that change its rate."""
    joint_state: bool = True
    """gaitnet: the muscles' largest and passive torques for each joint dof."""
    parameters: list[ObservedParameter] = Field(default_factory=list)
    """gaitnet, generative: constants at the end, such as stride and cadence."""
    leading_parameters: Annotated[int, Field(ge=0)] = 0
    """generative: number of parameters that come before the clock's phase."""
    references: Annotated[int, Field(ge=1, le=100)] = 1
    """imitation: number of future control steps whose reference is observed."""
    reference_velocity: bool = True
    """imitation: whether the reference's velocities are observed."""

    @model_validator(mode="after")
    def _check_parameters(self) -> Observation:
        if self.parameters and self.type not in ("gaitnet", "generative"):
            raise ValueError(f"parameters are of type: gaitnet, and it is {self.type}; drop them")
        return self


class Termination(Strict):
    """A fall: the root below a height (m; 0: never), or tilted past an angle (rad)."""

    root_height: NotNegative = 0.6
    com_height: NotNegative = 0.0
    """Height of the centre of mass, m."""
    com_share: Annotated[float, Field(ge=0, lt=1)] = 0.0
    """Fraction of the centre of mass's height at the episode's start."""
    max_tilt: Positive | None = None


class Episode(Strict):
    max_time: Positive = 10.0
    """Time limit, s, after which an episode is truncated."""
    transition: NotNegative = 2.0
    """Time, s, in which the reference goes from one of several motions to another within an episode; 0: at once."""


class Reset(Strict):
    random_phase: bool = True
    phases: list[Phase] = Field(default_factory=list)
    """Initial phases, one of which is drawn; any phase if empty."""
    phase_spread: Annotated[float, Field(ge=0, lt=0.5)] = 0.0
    """Largest difference of an episode's initial phase from the drawn one."""
    velocity: Literal["reference", "forward"] = "reference"
    """Initial velocity: the reference's, or the difference to the reference one control step ahead (GaitNet)."""
    pose: Literal["reference", "fitted"] = "reference"
    """Initial pose: the reference's, or within the joint limits and raised to 1 mm above the ground (GaitNet)."""
    motion_phase: Literal["drawn", "zero"] = "drawn"
    """Initial phase of the motion: that of pose and clock; or 0 (an error of the fork from 20 November 2025 to
    2 February 2026, which checkpoints of that time may need)."""
    noise: NotNegative = 0.0
    """Standard deviation of joint angles (rad) and rates (rad/s)."""
    keyframe: str | None = None
    """Name of a pose of the character's file, of a character that is its own motion; default: the initial pose."""


def _in_order(values: list[float]) -> list[float]:
    low, high = values
    if low > high:
        raise ValueError(f"the minimum comes first, as in [{high}, {low}]")
    return values


Range = Annotated[list[NotNegative], Field(min_length=2, max_length=2), AfterValidator(_in_order)]
"""[minimum, maximum]"""


class Disturbance(Strict):
    """Random pushes: a horizontal force in a random direction at a body's centre of mass."""

    force: Range
    """Range of the force, N; drawn for each push."""
    duration: Positive = 0.2
    """Duration of a push, s, rounded to control steps."""
    interval: Range
    """Range of the time from the reset or the end of a push to the next push, s; drawn each time."""
    body: str | None = None
    """Name of the body; default: the character's root."""


class RewardClip(Strict):
    """The reward of an episode's first control steps is at most a value."""

    steps: Annotated[int, Field(ge=0)]
    value: float


class Muscles(Strict):
    """Overrides of the character's muscle properties."""

    force_velocity: bool | None = None
    activation_dynamics: ActivationDynamics | None = None
    network_torque: NetworkTorque = "active_only"
    """The network's torque input. active_only: the desired torque minus the muscles' passive
    torque; whole: the desired torque (MASS)."""
    network_dofs: Literal["all", "driven"] = "all"
    """driven: the network's torque input is zero for the dofs that stable PD drives."""


class Sliders(Strict):
    """Ranges of the viewer's sliders, as factors of the values in the files."""

    cadence: Range = Field(default=[0.8, 1.25])
    stride: Range = Field(default=[0.75, 1.25])
    bones: Range = Field(default=[0.8, 1.2])
    """Bone lengths."""
    force: Range = Field(default=[0.0, 1.5])
    """Maximal isometric forces of muscles."""
    length: Range = Field(default=[0.6, 1.4])
    """Optimal fibre lengths of muscles."""


class Cascade(Strict):
    """Trained networks that a GaitNet's environment names, and that drive beside or before a checkpoint's own."""

    networks: Annotated[list[Path], Field(min_length=1, max_length=60)]
    edges: list[tuple[int, int]] = Field(default_factory=list)
    """[from, to]: network `to` reads what `from` asks of the muscles."""
    parameters: dict[str, tuple[float, float, float]] = Field(default_factory=dict)
    """Minimum, maximum and value of each parameter of the environment."""
    normalised: bool = False
    """Whether a policy observes parameters as fractions of their ranges."""
    pass_through: bool = False
    """A network hands on what it reads (the fork's own C++)."""


class EnvironmentConfig(Strict):
    """A validated environment configuration; character and motion are paths that exist."""

    format: Literal["muscle-viewer/environment-1"] = "muscle-viewer/environment-1"
    character: Path | GaitNetCharacter
    motion: Path | GaitNetMotion
    """The first of `motions`, where there are several."""
    motions: list[MotionClip] = Field(default_factory=list)
    """Clips of which each episode follows one, in place of `motion`."""
    actuator: Literal["muscle", "mass", "mass_lower", "activation", "pd", "torque"] = "muscle"
    """muscle: muscles by the network where they span a dof, stable PD elsewhere; mass: muscles
    alone; mass_lower: muscles, and stable PD but on the 18 dofs after the root's; activation:
    actions are activations; pd: stable PD alone; torque: actions are torques."""
    gains: dict[str, NotNegative | tuple[NotNegative, NotNegative]] = Field(default_factory=dict)
    """Gains of stable PD in place of the character's: kp, or kp and kv, by coordinate; core/gains.py."""
    engine: Engine = "lanes"
    """The physics engine: `lanes` (many environments at once), or `dart` (DART's World)."""
    simulation: Simulation = Simulation()
    action: Action = Action()
    observation: Observation = Observation()
    symmetry: bool | Literal["by_motion"] = False
    """Whether the policy and its network observe and drive the mirror image in the second half of the cycle, as
    GaitNet's enforce_symmetry; needs observation gaitnet, generative or imitation. by_motion: in the second
    half of the motion's own cycle, even if phase_clipping is hard."""
    reward: Annotated[ImitationReward | GaitNetReward, Field(discriminator="type")] = (
        ImitationReward()
    )
    reward_clip: RewardClip | None = None
    termination: Termination = Termination()
    episode: Episode = Episode()
    reset: Reset = Reset()
    disturbance: Disturbance | None = None
    muscles: Muscles = Muscles()
    sliders: Sliders = Sliders()
    parameters: dict[ParameterName, Parameter] = Field(default_factory=dict)
    """What each episode draws, by name; of an environment's body, its surroundings and its gait."""
    presets: dict[ParameterName, dict[str, float]] = Field(default_factory=dict)
    """Values of `parameters` by a preset's name, such as `weak left dorsiflexors`; the others have their defaults."""
    cascade: Cascade | None = None
    """Where an environment's file names trained networks that are there; a checkpoint holds them itself."""
    not_trained: list[str] = Field(default_factory=list)
    """Training settings of a GaitNet file that are not supported: the environment can be shown, not trained."""

    @model_validator(mode="before")
    @classmethod
    def _sliders_apart(cls, value: Any) -> Any:
        """Files of earlier versions have the sliders' ranges, [minimum, maximum], in `parameters`."""
        parameters = value.get("parameters") if isinstance(value, dict) else None
        sliders = value.get("sliders", {}) if isinstance(value, dict) else None
        if not isinstance(parameters, dict) or not isinstance(sliders, (dict, Sliders)):
            return value
        ranges = {
            name: range_
            for name, range_ in parameters.items()
            if name in Sliders.model_fields and isinstance(range_, list)
        }
        if not ranges:
            return value
        drawn = {name: one for name, one in parameters.items() if name not in ranges}
        return {**value, "parameters": drawn, "sliders": {**ranges, **dict(sliders)}}

    @model_validator(mode="after")
    def _check_clips(self) -> EnvironmentConfig:
        check_names(self.motions)
        return self

    @model_validator(mode="after")
    def _check_presets(self) -> EnvironmentConfig:
        for preset, values in self.presets.items():
            for name, value in values.items():
                if name not in self.parameters:
                    known = suggestion(name, self.parameters)
                    raise ValueError(f"presets.{preset}: '{name}' is no parameter; {known}")
                low, high = self.parameters[name].range
                if not low <= value <= high:
                    raise ValueError(
                        f"presets.{preset}.{name}: {value:g} is outside of its range, {low:g} to {high:g}"
                    )
        return self

    @field_validator("reward", mode="before")
    @classmethod
    def _imitate_unless_named(cls, value: Any) -> Any:
        if value == "none":
            return NO_REWARD
        if isinstance(value, dict) and "type" not in value:
            return {"type": "deepmimic", **value}
        return value

    @field_validator("observation", mode="before")
    @classmethod
    def _type_alone(cls, value: Any) -> Any:
        return {"type": value} if isinstance(value, str) else value

    @property
    def infers(self) -> bool:
        """Whether a muscle network computes the activations."""
        return self.actuator in ("muscle", "mass", "mass_lower")

    @property
    def clips(self) -> list[MotionClip]:
        """The motions: those of the list, or the only one by the name of its file."""
        if self.motions:
            return self.motions
        file = self.motion if isinstance(self.motion, Path) else self.motion.file
        return [MotionClip.model_construct(name=file.stem, motion=self.motion)]

    def following(self, motion: Path | GaitNetMotion) -> EnvironmentConfig:
        """The same configuration with this motion alone."""
        return self.model_copy(update={"motion": motion, "motions": []})

    def on_engine(self, engine: str | None) -> EnvironmentConfig:
        """The same configuration on another engine (None: unchanged). ConfigError for an unknown one."""
        if engine is None:
            return self
        if engine not in ENGINES:
            raise ConfigError(f"engine: '{engine}' is unknown; use {' or '.join(ENGINES)}")
        return self.model_copy(update={"engine": engine})

    def with_actuator(self, actuator: str) -> EnvironmentConfig:
        """The same configuration with another actuator. ConfigError for an unknown one, or one that does not fit."""
        known = get_args(type(self).model_fields["actuator"].annotation)
        if actuator not in known:
            raise ConfigError(f"actuator: '{actuator}' is unknown; use one of {', '.join(known)}")
        try:
            return type(self).model_validate(self.model_dump() | {"actuator": actuator})
        except ValidationError as error:
            raise ConfigError(f"actuator: {actuator}: {error.errors()[0]['msg']}") from None

    def with_curriculum(self, steps: int) -> EnvironmentConfig:
        """The same configuration, where ranges without a curriculum get one from their default on.

        steps: control steps of one environment.
        """
        grown = {
            name: parameter.model_copy(update={"curriculum": Curriculum(steps=steps)})
            for name, parameter in self.parameters.items()
            if parameter.curriculum is None and parameter.distribution != "fixed"
        }
        return self.model_copy(update={"parameters": self.parameters | grown})

    def with_whole_ranges(self) -> EnvironmentConfig:
        """The same configuration without curricula, as a trained policy is judged."""
        whole = {
            name: parameter.model_copy(update={"curriculum": None})
            for name, parameter in self.parameters.items()
        }
        return self.model_copy(update={"parameters": whole})

    def files(self) -> dict[str, Path]:
        """Every file of the character and the motion, by its field in the YAML."""
        found: dict[str, Path] = {}
        sources: dict[str, Path | GaitNetCharacter | GaitNetMotion] = {"character": self.character}
        for k, clip in enumerate(self.motions):
            alone = isinstance(clip.motion, Path)
            sources[f"motions.{k}.file" if alone else f"motions.{k}"] = clip.motion
        if not self.motions:
            sources["motion"] = self.motion
        for field, value in sources.items():
            parts = (
                {field: value} if isinstance(value, Path) else {f"{field}.{k}": v for k, v in value}
            )
            found |= {k: v for k, v in parts.items() if isinstance(v, Path) and k != MESHES}
        return {k: v for k, v in found.items() if not is_named_model(v)}

    def to_yaml(self) -> str:
        """The configuration as YAML, with portable paths (`@assets/...`) where possible."""
        tree = self.model_dump(mode="json")
        if self.reset.keyframe is None:
            del tree["reset"]["keyframe"]
        for field in ("character", "motion"):
            tree[field] = _portable_files(getattr(self, field), tree[field])
        if self.motions:
            del tree["motion"]
            tree["motions"] = [
                clip.as_tree(_portable_files(clip.motion, dumped["motion"]))
                for clip, dumped in zip(self.motions, tree["motions"], strict=True)
            ]
        else:
            del tree["motions"]
        if self.cascade is None:
            del tree["cascade"]
        for field in ("gains", "parameters", "presets"):
            if not getattr(self, field):
                del tree[field]
        return yaml.safe_dump(tree, sort_keys=False)


def _portable_files(source: Path | GaitNetCharacter | GaitNetMotion, dumped: Any) -> Any:
    """A file, or the dumped fields of a source of several, with portable paths."""
    if isinstance(source, Path):
        return portable(source)
    return dumped | {k: portable(v) for k, v in source if isinstance(v, Path)}


def portable(path: Path) -> str:
    """`@assets/...` for a file among the project's assets, `myo_sim:NAME` as it is, else the absolute path."""
    if is_named_model(path):
        return str(path)
    absolute = path.resolve()
    try:
        return ASSETS + absolute.relative_to(assets_folder().resolve()).as_posix()
    except ValueError:
        return str(absolute)
