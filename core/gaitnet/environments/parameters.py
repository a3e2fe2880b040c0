"""The parameters of a GaitNet's environment: what a policy is told of gait, bones and muscles, and how far they range."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
FOLLOWED = ("gait.stride", "gait.cadence")
"""Those that may begin at another value than the one that changes nothing."""
OBSERVED = 1e-3
"""A parameter whose range is wider is observed."""


class Parameters:
    """The ranges of a file by their dotted names, in its order, and the values at first.

    ConfigError where a default cannot be followed.
    """

    def __init__(self, tree: dict[str, Any], path: Path) -> None:
        self.ranges = dict(ranges(tree, path))
        self.values = {
            name: bounds.start(_neutral(name)) if name not in FOLLOWED else _first(bounds)
            for name, bounds in self.ranges.items()
        }
        for name, value in self.values.items():
            _check(name, value, path)

    @property
    def stride(self) -> float:
        return self.values.get("gait.stride", 1.0)

    @property
    def cadence(self) -> float:
        return self.values.get("gait.cadence", 1.0)

    def observed(self, normalised: bool) -> list[dict[str, Any]]:
        """Names and values that a policy is told; normalised: as shares of their ranges."""
        found = []
        for name, bounds in self.ranges.items():
            width, value = bounds.max - bounds.min, self.values[name]
            if width > OBSERVED:
                shown = (value - bounds.min) / width if normalised else value
                found.append({"name": name, "value": shown})
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
        if any(bounds.sampling is not None for bounds in self.ranges.values()):
            said.append("sampling of parameters")
        if any(b.max > b.min and not _slider(name, b) for name, b in self.ranges.items()):
            said.append("the range of " + ", ".join(self._kinds()))
        for name, bounds in self.ranges.items():
            if not bounds.min - 1e-9 <= self.values[name] <= bounds.max + 1e-9:
                said.append(f"parameters.{name}, which is {self.values[name]:g} here")
        return said

    def _kinds(self) -> list[str]:
        kinds = {
            name.split(".")[0]
            for name, bounds in self.ranges.items()
            if bounds.max > bounds.min and not _slider(name, bounds)
        }
        return sorted(f"parameters.{kind}" for kind in kinds)


def _neutral(name: str) -> float:
    """What a parameter is where it changes nothing: an angle of torsion 0, a factor 1."""
    return 0.0 if name.startswith("torsion") else 1.0


def _first(bounds: Range) -> float:
    """The default, or what comes nearest to changing nothing."""
    return bounds.start(min(max(1.0, bounds.min), bounds.max))


def _check(name: str, value: float, path: Path) -> None:
    neutral = _neutral(name)
    if name not in FOLLOWED and abs(value - neutral) > 1e-9:
        raise ConfigError(
            f"{path}: environment.parameters.{name}: default {value:g} cannot be followed; "
            f"set it to {neutral:g}"
        )
    if name == "gait.cadence" and value <= 0:
        raise ConfigError(f"{path}: environment.parameters.{name}: must be positive")


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
