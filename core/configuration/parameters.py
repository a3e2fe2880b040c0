"""Parameters that each episode draws: their definition in an environment, and what they act on in a character."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pydantic import Field, model_validator

from .. import _core
from ..errors import ConfigError, ShapeError
from ..readers.text import Strict, suggestion
from ..sides import partners, split

if TYPE_CHECKING:
    from ..readers.character import Character

OfMuscles = Literal["strength", "fibre_length", "tendon_slack", "muscle_length"]
OfBodies = Literal["length", "torsion", "mass", "load", "joint_stiffness", "joint_limits"]
OfAll = Literal[
    "height",
    "gravity",
    "slope",
    "friction",
    "push_force",
    "cadence",
    "stride",
    "speed",
    "noise",
    "delay",
]
UNITS = {"slope": "degrees", "torsion": "degrees", "load": "kg", "speed": "m/s", "delay": "s"}
"""Units of the effects that are no factors."""
Side = Literal["both", "left", "right"]
ADDED = ("slope", "torsion", "load", "noise", "delay")
"""Effects that change nothing at 0, not at 1."""
ONE_BODY = ("length", "torsion", "load")
SIDE_WORDS = (("left", "right"), ("Left", "Right"))
Pair = Annotated[list[float], Field(min_length=2, max_length=2)]


class Curriculum(Strict):
    """A range that grows linearly to the parameter's own over an environment's first control steps."""

    steps: Annotated[int, Field(ge=1, le=10**15)]
    """Control steps of one environment since its seed was set."""
    range: Pair | None = None
    """Range at first; default: the parameter's default alone."""


class Parameter(Strict):
    """A number that each episode draws, and what it acts on; docs/bodies.md lists the effects.

    Values are factors of the file's values, but for `slope` and `torsion` (degrees), `load` (kg), `speed`
    (m/s) and `noise` (of the entries of the observation).
    """

    acts_on: OfMuscles | OfBodies | OfAll
    muscles: list[str] = Field(default_factory=list)
    """Names of muscles, with or without their side; with `groups`, both. All muscles if neither is given."""
    groups: list[str] = Field(default_factory=list)
    """Names of the character's groups of muscles."""
    bodies: list[str] = Field(default_factory=list)
    """Names of bodies, with or without their side; for joints, of the bodies that they carry."""
    side: Side = "both"
    range: Pair
    """[minimum, maximum]"""
    default: float
    """Value without drawing, and where nothing is set; default: the one that changes nothing."""
    distribution: Literal["uniform", "normal", "choice", "fixed"] = "uniform"
    """normal: of `deviation` about the default, clipped to the range; choice: one of `choices`, and
    normally distributed about it if there is a `deviation`; fixed: the default, until a value is set."""
    deviation: Annotated[float, Field(ge=0)] = 0.0
    choices: list[float] = Field(default_factory=list)
    curriculum: Curriculum | None = None
    observed: bool = True
    """Whether the policy observes it, as -1 to 1 over the range, at the end of its observation."""
    point: Annotated[list[float], Field(min_length=3, max_length=3)] | None = None
    """load: its place in the body's frame, m."""
    keep_mass: bool = False
    """length, height: whether masses stay; otherwise the density does."""
    scale_strength: bool = False
    """height: whether the muscles' forces grow with their cross-section, the square of the height; otherwise they stay."""
    keep_angles: bool = False
    """stride, speed: whether the joint angles of the reference motion stay; otherwise its legs reach the footholds."""
    pendulum: bool = False
    """height: whether the cadence falls with its square root, as that of a pendulum."""

    @model_validator(mode="before")
    @classmethod
    def _fill_in(cls, value: Any) -> Any:
        """The range of the choices, and the default that changes nothing."""
        if not isinstance(value, dict):
            return value
        value = dict(value)
        choices = value.get("choices")
        if choices:
            value.setdefault("distribution", "choice")
            if isinstance(choices, list) and all(isinstance(c, (int, float)) for c in choices):
                value.setdefault("range", [min(choices), max(choices)])
        neutral = 0.0 if value.get("acts_on") in ADDED else 1.0
        if value.get("default") is None:
            if value.get("acts_on") == "speed":
                raise ValueError("default: a speed needs one, m/s; add it")
            value["default"] = neutral
        if value.get("distribution") == "fixed":
            value.setdefault("range", [value["default"]] * 2)
        return value

    @model_validator(mode="after")
    def _check(self) -> Parameter:
        low, high = self.range
        if not low <= self.default <= high:
            raise ValueError(
                f"default: {self.default:g} is not within the range {low:g} to {high:g}; "
                "give one that is"
            )
        if (self.distribution == "choice") != bool(self.choices):
            raise ValueError("choices: they are of distribution: choice, which needs some")
        if self.distribution == "normal" and self.deviation == 0:
            raise ValueError("deviation: distribution: normal needs a positive one")
        if self.distribution in ("uniform", "fixed") and self.deviation > 0:
            raise ValueError("deviation: it is of distribution: normal or choice; drop it")
        for field, kinds in (("muscles", OfMuscles), ("groups", OfMuscles), ("bodies", OfBodies)):
            if getattr(self, field) and self.acts_on not in get_args(kinds):
                raise ValueError(f"{field}: {self.acts_on} does not act on them; drop them")
        if self.acts_on in ONE_BODY and not self.bodies:
            raise ValueError(
                f"bodies: {self.acts_on} needs some; the whole body's length is acts_on: height"
            )
        if (self.acts_on == "load") != (self.point is not None):
            raise ValueError("point: it is of acts_on: load, which needs one; [x, y, z], m")
        if self.acts_on in get_args(OfAll) and self.side != "both":
            raise ValueError(f"side: {self.acts_on} has none; drop it")
        if self.keep_mass and self.acts_on not in ("length", "height"):
            raise ValueError(f"keep_mass: {self.acts_on} has none; drop it")
        if self.keep_angles and self.acts_on not in ("stride", "speed"):
            raise ValueError(f"keep_angles: {self.acts_on} has none; drop it")
        for field in ("pendulum", "scale_strength"):
            if getattr(self, field) and self.acts_on != "height":
                raise ValueError(f"{field}: {self.acts_on} has none; drop it")
        return self


@dataclass(frozen=True)
class ParameterInfo:
    """What a parameter is, for learners and viewers."""

    name: str
    acts_on: str
    unit: str
    """Empty for a factor."""
    low: float
    high: float
    default: float
    observed: bool
    counterpart: int
    """Index of the parameter of the other side, or its own."""
    muscles: tuple[int, ...] = ()
    """Indices of the muscles that it acts on."""
    bodies: tuple[int, ...] = ()
    """Indices of the bodies that it acts on."""
    left: tuple[bool, ...] = ()
    """Whether each of these bodies is on the left."""
    strength_power: int = 0
    """Power of the value with which the forces of `muscles`, or for `height` of all muscles, grow."""


def parameter_info(parameters: dict[str, Parameter], character: Character) -> list[ParameterInfo]:
    """The parameters of a character. ConfigError names a muscle, group or body that it does not have."""
    counterparts = _counterparts(list(parameters))
    out = []
    sides = [side for _, side in split([body.name for body in character.bodies])]
    for (name, p), counterpart in zip(parameters.items(), counterparts, strict=True):
        where = f"environment: parameters.{name}"
        muscles = _muscles(p, character, where) if p.acts_on in get_args(OfMuscles) else ()
        bodies: tuple[int, ...] = ()
        if p.acts_on in get_args(OfBodies):
            names = [body.name for body in character.bodies]
            bodies = _named(p.bodies or names, names, p.side, f"{where}.bodies")
        unit = UNITS.get(p.acts_on, "")
        low, high = p.range
        out.append(
            ParameterInfo(name, p.acts_on, unit, low, high, p.default, p.observed, counterpart,
                          muscles, bodies, tuple(sides[body] == "left" for body in bodies),
                          {"strength": 1, "height": 2 * p.scale_strength}.get(p.acts_on, 0))
        )  # fmt: skip
    return out


def core_parameters(
    parameters: dict[str, Parameter], infos: Sequence[ParameterInfo], own_speed: float
) -> list[_core.Parameter]:
    """The parameters for the core. own_speed: of the motion or the reward without them, m/s."""
    out = []
    for p, info in zip(parameters.values(), infos, strict=True):
        targets = [*info.muscles, *info.bodies]
        core = _core.Parameter(info.name, p.acts_on, targets, info.low, info.high, p.default)
        core.draw(p.distribution)
        core.deviation, core.choices = p.deviation, p.choices
        if p.curriculum is not None:
            core.curriculum_steps = p.curriculum.steps
            core.begin_low, core.begin_high = p.curriculum.range or [p.default, p.default]
        if p.point is not None:
            core.at(*p.point)
        if p.acts_on == "torsion":
            core.signs = [-1.0 if left else 1.0 for left in info.left]
        core.observed, core.scales_mass, core.pendulum = p.observed, not p.keep_mass, p.pendulum
        core.legs_follow, core.scales_strength = not p.keep_angles, p.scale_strength
        if p.acts_on == "speed":
            core.unit = own_speed
        core.counterpart = info.counterpart
        out.append(core)
    return out


def parameter_table(
    infos: Sequence[ParameterInfo], values: Mapping[str, ArrayLike] | ArrayLike, environments: int
) -> NDArray[np.float64]:
    """Values by name or as an array, as shape (environments, parameters); NaN where none is given.

    ConfigError names a parameter that does not exist; ShapeError a shape that does not fit.
    """
    shape = (environments, len(infos))
    if not isinstance(values, Mapping):
        given = np.asarray(values, np.float64)
        if given.shape not in (shape, shape[1:]):
            raise ShapeError(
                f"parameters: shape {given.shape} given, {shape[1:]} or {shape} expected"
            )
        return np.ascontiguousarray(np.broadcast_to(given, shape))
    table = np.full(shape, np.nan)
    names = [info.name for info in infos]
    for name, value in values.items():
        if name not in names:
            known = suggestion(name, names) if names else "the environment has no parameters"
            raise ConfigError(f"parameters: '{name}' is no parameter; {known}")
        column = np.asarray(value, np.float64)
        if column.shape not in ((), (environments,)):
            raise ShapeError(
                f"parameters: {name}: shape {column.shape} given, a number or ({environments},) expected"
            )
        table[:, names.index(name)] = column
    return table


def _muscles(p: Parameter, character: Character, where: str) -> tuple[int, ...]:
    names = [muscle.name for muscle in character.muscles]
    if not names:
        raise ConfigError(f"{where}: {character.name} has no muscles; drop it")
    groups = [muscle.group for muscle in character.muscles]
    for group in p.groups:
        if group not in groups:
            known = sorted({g for g in groups if g})
            raise ConfigError(
                f"{where}.groups: {character.name} has no muscles of group '{group}'; "
                f"{suggestion(group, known)}"
            )
    chosen = [name for name, group in zip(names, groups, strict=True) if group in p.groups]
    wanted = [*p.muscles, *chosen] if p.muscles or p.groups else names
    return _named(wanted, names, p.side, f"{where}.muscles")


def _named(wanted: Sequence[str], names: list[str], side: Side, where: str) -> tuple[int, ...]:
    """Indices of the names, given with or without their side, that are on a side."""
    parts = split(names)
    found: set[int] = set()
    for name in wanted:
        matching = [k for k, (base, _) in enumerate(parts) if name in (names[k], base)]
        if not matching:
            raise ConfigError(f"{where}: '{name}' does not exist; {suggestion(name, names)}")
        found |= set(matching)
    of_side = {k for k in found if side in ("both", parts[k][1])}
    if not of_side:
        raise ConfigError(f"{where}: none of them is on the {side} side; give side: both")
    return tuple(sorted(of_side))


def _counterparts(names: list[str]) -> list[int]:
    """For each name that of the other side (knee_l, left knee), or its own."""
    out = partners(names)
    for k, name in enumerate(names):
        for left, right in SIDE_WORDS:
            other = name.replace(left, right) if left in name else name.replace(right, left)
            if other != name and other in names:
                out[k] = names.index(other)
    return out
