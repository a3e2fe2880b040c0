"""The environment YAML: what moves, how it is simulated, what is rewarded."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

import yaml
from pydantic import AfterValidator, Field, model_validator

from .errors import ConfigError
from .readers.character import ActivationDynamics
from .readers.text import Strict, parse, read_text

ASSETS = "@assets/"
Engine = Literal["lanes", "dart"]
ENGINES: tuple[str, ...] = get_args(Engine)
Positive = Annotated[float, Field(gt=0)]
NotNegative = Annotated[float, Field(ge=0)]


class Simulation(Strict):
    """Rates in Hz; gravity in m/s^2, downwards."""

    sim_hz: Annotated[int, Field(ge=1, le=100_000)] = 480
    control_hz: Annotated[int, Field(ge=1)] = 30
    inference_every: Annotated[int, Field(ge=1)] = 1
    """Substeps per inference of the muscle network."""
    gravity: float = 9.81
    contact: Literal["compliant", "rigid"] = "compliant"
    """The ground gives way as the character's `contact:` says, or not at all (engine `dart` alone)."""

    @model_validator(mode="after")
    def _check_rates(self) -> Simulation:
        if self.sim_hz % self.control_hz:
            raise ValueError(
                f"sim_hz must be a multiple of control_hz, and {self.sim_hz} is none of "
                f"{self.control_hz}; 480 and 30 are"
            )
        return self


class Action(Strict):
    """How actions act: joint offsets to the reference pose, and the rate of its phase."""

    scale: Positive = 0.1
    """rad (of a rotation vector, for balls) per unit of action."""
    target: Literal["moving", "held"] = "moving"
    """The PD target moves with the reference, its velocity fed forward; or is held for a control
    step where the reference will be at its end, with no velocity (as in the lineage)."""
    phase: bool = True
    """Whether a last action changes the phase's rate."""
    phase_scale: NotNegative = 0.1
    """Relative change of the rate per unit of action."""


class RewardTerm(Strict):
    """exp(-scale * error), with its weight in the sum."""

    weight: NotNegative
    scale: NotNegative


class Reward(Strict):
    """Imitation reward; the errors are defined in core/environment/task.cpp."""

    type: Literal["deepmimic", "scadiver"] = "deepmimic"
    pose: RewardTerm = RewardTerm(weight=0.45, scale=20.0)
    velocity: RewardTerm = RewardTerm(weight=0.1, scale=0.3)
    end_effector: RewardTerm = RewardTerm(weight=0.2, scale=40.0)
    center_of_mass: RewardTerm = RewardTerm(weight=0.2, scale=10.0)
    metabolic: RewardTerm = RewardTerm(weight=0.05, scale=4.0)


class Termination(Strict):
    """A fall: the root below a height (m), or tilted past an angle (rad)."""

    root_height: NotNegative = 0.6
    max_tilt: Positive | None = None


class Episode(Strict):
    max_time: Positive = 10.0
    """s, then truncated."""


class Reset(Strict):
    random_phase: bool = True
    noise: NotNegative = 0.0
    """Deviation of joint angles (rad) and rates (rad/s)."""


def _in_order(values: list[float]) -> list[float]:
    low, high = values
    if low > high:
        raise ValueError(f"the least comes first, as in [{high}, {low}]")
    return values


Range = Annotated[list[NotNegative], Field(min_length=2, max_length=2), AfterValidator(_in_order)]
"""[least, most]"""


class Disturbance(Strict):
    """Random pushes: a horizontal force in a random direction at a body's centre of mass."""

    force: Range
    """N, drawn anew for each push."""
    duration: Positive = 0.2
    """s, rounded to control steps."""
    interval: Range
    """s from the reset or the end of a push to the beginning of the next, drawn anew each time."""
    body: str | None = None
    """The character's root unless named."""


class Muscles(Strict):
    """What overrides the character's own."""

    force_velocity: bool | None = None
    activation_dynamics: ActivationDynamics | None = None


class EnvironmentConfig(Strict):
    """A validated environment configuration; character and motion are paths that exist."""

    format: Literal["muscle-viewer/environment-1"] = "muscle-viewer/environment-1"
    character: Path
    motion: Path
    actuator: Literal["muscle", "pd", "torque"] = "muscle"
    engine: Engine = "lanes"
    """What moves the bodies: `lanes` (many environments at once), or `dart` (DART's World)."""
    simulation: Simulation = Simulation()
    action: Action = Action()
    reward: Reward = Reward()
    termination: Termination = Termination()
    episode: Episode = Episode()
    reset: Reset = Reset()
    disturbance: Disturbance | None = None
    muscles: Muscles = Muscles()

    def on_engine(self, engine: str | None) -> EnvironmentConfig:
        """The same on another engine; None leaves its own. ConfigError for one that is none."""
        if engine is None:
            return self
        if engine not in ENGINES:
            raise ConfigError(f"engine: '{engine}' is none; use {' or '.join(ENGINES)}")
        return self.model_copy(update={"engine": engine})

    def to_yaml(self) -> str:
        """The configuration as YAML, its asset paths portable (`@assets/...`) where they can be."""
        tree = self.model_dump(mode="json")
        for field in ("character", "motion"):
            tree[field] = portable(getattr(self, field))
        return yaml.safe_dump(tree, sort_keys=False)


class _File(EnvironmentConfig):
    character: str  # type: ignore[assignment]
    motion: str  # type: ignore[assignment]


def assets_folder() -> Path:
    """The folder of the assets that ship with the project."""
    return Path(str(resources.files("muscle_viewer.assets")))


def checkpoints_folder() -> Path:
    """The folder of the checkpoints that ship with the project."""
    return Path(str(resources.files("muscle_viewer.checkpoints")))


def portable(path: Path) -> str:
    """`@assets/...` for a file among the project's assets, else the absolute path."""
    absolute = path.resolve()
    try:
        return ASSETS + absolute.relative_to(assets_folder().resolve()).as_posix()
    except ValueError:
        return str(absolute)


def load_config(source: EnvironmentConfig | str | Path) -> EnvironmentConfig:
    """A configuration from a path, from YAML text, or as it is.

    Paths in it are relative to the file's folder (to the working directory for text), absolute, or
    `@assets/...`. ConfigError: one line with file, field, what was found and the fix.
    """
    if isinstance(source, EnvironmentConfig):
        return source
    if isinstance(source, str) and ("\n" in source or ": " in source):
        return _from_text(source, "environment", Path.cwd())
    path = Path(source)
    return _from_text(read_text(path, ConfigError), str(path), path.parent)


def parse_config(text: str, origin: str) -> EnvironmentConfig:
    """A configuration from YAML text that stood in `origin` (a checkpoint's name, say)."""
    return _from_text(text, origin, Path.cwd())


def _from_text(text: str, origin: str, folder: Path) -> EnvironmentConfig:
    tree = parse(text, origin, _File, ConfigError)
    values: dict[str, Any] = {name: getattr(tree, name) for name in type(tree).model_fields}
    for field in ("character", "motion"):
        values[field] = _resolve(values[field], folder, f"{origin}: {field}")
    return EnvironmentConfig(**values)


def _resolve(name: str, folder: Path, where: str) -> Path:
    if name.startswith(ASSETS):
        inside = Path(name.removeprefix(ASSETS))
        if inside.is_absolute() or ".." in inside.parts:
            raise ConfigError(
                f"{where}: '{name}' leaves the assets; give its path without '{ASSETS}'"
            )
        path = (assets_folder() / inside).resolve()
    else:
        path = (folder / name).resolve()
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
        there = f"; in its folder are {', '.join(near)}" if near else ""
        raise ConfigError(f"{where}: '{name}' does not exist ({path}){there}")
    return path
