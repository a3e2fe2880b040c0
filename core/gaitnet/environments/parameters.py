"""The parameters of a GaitNet's environment: what a policy is told of gait, bones and muscles, and how far they range."""

from __future__ import annotations

import math
from collections.abc import Container
from pathlib import Path
from typing import Any, Protocol

from ...errors import ConfigError
from ...readers.text import validate
from .environment_keys import Range

SLIDERS = {
    "gait.stride": "stride",
    "gait.cadence": "cadence",
    "skeleton.": "bones",
    "muscle_force": "force",
    "muscle_length": "length",
}
"""What the file's parameters, by the beginnings of their names, are called in the project."""
GAIT = ("gait.stride", "gait.cadence")
"""Those that may begin at another value than the one that changes nothing where none is drawn."""
EFFECTS = {
    "gait.stride": ("stride", None),
    "gait.cadence": ("cadence", None),
    "skeleton.global": ("height", None),
    "skeleton.": ("length", "bodies"),
    "torsion.": ("torsion", "bodies"),
    "muscle_length.": ("muscle_length", "muscles"),
    "muscle_force.": ("strength", "muscles"),
}
"""What the file's parameters, by their names or the beginnings of them, act on, and the field that takes the rest."""
OBSERVED = 1e-3
"""A parameter whose range is wider is observed."""
ENDS = (0.0, 1.0)
PLACES = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Shares of the range that are drawn: the ends, or with `sampling: uniform` these."""
SPREAD = 0.025
"""Standard deviation of what is added to a drawn share of the range, in the parameter's own unit."""


class Parts(Protocol):
    """The names of what parameters act on."""

    @property
    def bodies(self) -> Container[str]: ...
    @property
    def muscles(self) -> Container[str]: ...


class Parameters:
    """The ranges of a file by their dotted names, in its order, and the values at first.

    `body`: of what parts episodes draw parameters, as the GaitNets' trainers do. Without it none is
    drawn; then ConfigError where a default cannot be followed.
    """

    def __init__(self, tree: dict[str, Any], path: Path, body: Parts | None) -> None:
        self.ranges = dict(ranges(tree, path))
        self.values: dict[str, float] = {}
        self.are_drawn = are_drawn = body is not None
        self._effects: dict[str, tuple[str, str | None, str]] = {}
        for name, bounds in self.ranges.items():
            if body is not None and (effect := _effect(name)):
                _, field, part = effect
                if field is None or part in getattr(body, field):  # else without effect, as there
                    self._effects[name] = effect
            value = bounds.start(_neutral(name))
            if bounds.default is None and (are_drawn or name in GAIT):
                value = min(max(value, bounds.min), bounds.max)
            if not are_drawn:
                _check_followed(name, value, path)
            if name == "gait.cadence" and value <= 0:
                raise ConfigError(f"{path}: environment.parameters.{name}: must be positive")
            self.values[name] = value

    @property
    def stride(self) -> float:
        """Factor of the stride, without a drawn one."""
        return 1.0 if self.are_drawn else self.values.get("gait.stride", 1.0)

    @property
    def cadence(self) -> float:
        """Factor of the cadence, without a drawn one."""
        return 1.0 if self.are_drawn else self.values.get("gait.cadence", 1.0)

    def observed(self, normalised: bool) -> list[dict[str, Any]]:
        """What a policy is told of them; normalised: as shares of their ranges."""
        found = []
        for name, bounds in self.ranges.items():
            width = bounds.max - bounds.min
            if width <= OBSERVED:
                continue
            share, low = (width, bounds.min) if normalised else (1.0, 0.0)
            entry = {"name": name, "value": (self.values[name] - low) / share}
            if name in self._effects:
                entry |= {
                    "parameter": name,
                    "scale": 1 / (_unit(name) * share),
                    "offset": -low / share,
                }
            found.append(entry)
        return found

    def drawn(self) -> dict[str, dict[str, Any]]:
        """The project's `parameters`: of each the places in its range that the GaitNets' trainers draw."""
        found: dict[str, dict[str, Any]] = {}
        for name, (acts_on, field, part) in self._effects.items():
            bounds, unit = self.ranges[name], _unit(name)
            width = bounds.max - bounds.min
            if width == 0 and bounds.min == _neutral(name):
                continue
            found[name] = {
                "acts_on": acts_on,
                "range": sorted([unit * bounds.min, unit * bounds.max]),
                "default": unit * self.values[name],
                "observed": False,  # among the entries of the observation's own
            }
            if field is not None:
                found[name][field] = [part]
            if acts_on == "stride":
                found[name]["keep_angles"] = True
            if acts_on == "height":
                found[name]["pendulum"] = True
            if width == 0:
                found[name]["distribution"] = "fixed"
                continue
            places = PLACES if bounds.sampling == "uniform" else ENDS
            found[name]["choices"] = [unit * (bounds.min + share * width) for share in places]
            found[name]["deviation"] = abs(unit) * SPREAD
        return found

    def sliders(self) -> dict[str, list[float]]:
        """Ranges of the viewer's sliders; the widest of several bones or muscles."""
        bounds: dict[str, list[float]] = {}
        for name, one in self.ranges.items():
            slider = _slider(name, one)
            if slider and one.max > one.min:
                low, high = bounds.get(slider, [one.min, one.max])
                bounds[slider] = [min(low, one.min), max(high, one.max)]
        return bounds

    def without_effect(self) -> list[str]:
        """What the file asks of its parameters that is not done here, briefly."""
        said = []
        if not self.are_drawn and any(b.sampling is not None for b in self.ranges.values()):
            said.append("sampling of parameters")
        if any(self._is_without_effect(name, bounds) for name, bounds in self.ranges.items()):
            said.append("the range of " + ", ".join(self._kinds()))
        for name, bounds in self.ranges.items():
            if not bounds.min - 1e-9 <= self.values[name] <= bounds.max + 1e-9:
                said.append(f"parameters.{name}, which is {self.values[name]:g} here")
        return said

    def _kinds(self) -> list[str]:
        kinds = {
            name.split(".")[0]
            for name, bounds in self.ranges.items()
            if self._is_without_effect(name, bounds)
        }
        return sorted(f"parameters.{kind}" for kind in kinds)

    def _is_without_effect(self, name: str, bounds: Range) -> bool:
        acts = name in self._effects if self.are_drawn else _slider(name, bounds)
        return bounds.max > bounds.min and not acts


def _neutral(name: str) -> float:
    """What a parameter is where it changes nothing: an angle of torsion 0, a factor 1."""
    return 0.0 if name.startswith("torsion") else 1.0


def _effect(name: str) -> tuple[str, str | None, str] | None:
    """What a parameter acts on, and the field of the project's parameter for the rest of its name and that rest."""
    for start, (acts_on, field) in EFFECTS.items():
        if name == start or (field is not None and name.startswith(start)):
            return acts_on, field, name[len(start) :]
    return None


def _unit(name: str) -> float:
    """The project's unit in the file's: an angle of torsion turns both legs to the same side, in radians."""
    if not name.startswith("torsion."):
        return 1.0
    return math.degrees(-1.0 if name[-1] in "rR" else 1.0)


def _check_followed(name: str, value: float, path: Path) -> None:
    neutral = _neutral(name)
    if name not in GAIT and abs(value - neutral) > 1e-9:
        raise ConfigError(
            f"{path}: environment.parameters.{name}: default {value:g} cannot be followed beside "
            f"cascading; set it to {neutral:g}"
        )


def _slider(name: str, bounds: Range) -> str | None:
    """What a parameter's range is called in the project."""
    if bounds.min < 0:
        return None
    return next((called for start, called in SLIDERS.items() if name.startswith(start)), None)


def ranges(tree: dict[str, Any], path: Path, prefix: str = "") -> list[tuple[str, Range]]:
    """Every parameter by its dotted name; left and right of a `name:` group apart."""
    found: list[tuple[str, Range]] = []
    for key, value in tree.items():
        name = f"{prefix}{key}"
        where = f"{path}: environment.parameters.{name}"
        if value is None:
            continue
        if not isinstance(value, dict):
            raise ConfigError(f"{where}: min and max are expected")
        if "min" in value or "max" in value:
            bounds = validate(value, where, Range, ConfigError)
            if bounds.min > bounds.max:
                raise ConfigError(f"{where}: min {bounds.min:g} is above max {bounds.max:g}")
            if bounds.default is not None and not bounds.min <= bounds.default <= bounds.max:
                raise ConfigError(f"{where}: default {bounds.default:g} is not within min and max")
            found.append((name, bounds))
        else:
            found += ranges(value, path, f"{name}.")
    return found
