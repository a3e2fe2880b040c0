"""What can be asked of the simulation."""

from __future__ import annotations

from dataclasses import dataclass

from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.perturbation import MouseSpring


class Command:
    """Anything that can be sent."""

    __slots__ = ()


class RuntimeCommand(Command):
    """A command to the simulation."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Play(RuntimeCommand):
    """Run the simulation; begins a new episode if the last one has ended."""


@dataclass(frozen=True, slots=True)
class Pause(RuntimeCommand):
    """Hold the simulation."""


@dataclass(frozen=True, slots=True)
class TogglePlay(RuntimeCommand):
    """Play if paused, pause if playing."""


@dataclass(frozen=True, slots=True)
class Step(RuntimeCommand):
    """Advance by `count` control steps, then hold; negative ones go back in the history."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class Seek(RuntimeCommand):
    """Show the frame of an index of the history, and hold."""

    index: int


@dataclass(frozen=True, slots=True)
class Loop(RuntimeCommand):
    """Repeat what lies between two indices of the history; None ends it."""

    between: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Resume(RuntimeCommand):
    """Simulate on from the shown frame; what came after it is forgotten."""


@dataclass(frozen=True, slots=True)
class Reset(RuntimeCommand):
    """Begin a new episode; also the way out of an error."""


@dataclass(frozen=True, slots=True)
class SetSpeed(RuntimeCommand):
    """Simulated seconds per second of wall time."""

    speed: float


@dataclass(frozen=True, slots=True)
class Faster(RuntimeCommand):
    """The next higher speed."""


@dataclass(frozen=True, slots=True)
class Slower(RuntimeCommand):
    """The next lower speed."""


@dataclass(frozen=True, slots=True)
class SetAutoReset(RuntimeCommand):
    """Whether an ended episode is followed by a new one at once."""

    enabled: bool


class PerturbCommand(RuntimeCommand):
    """A command that changes what happens: in the past, it begins a new future there."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SetSpring(PerturbCommand):
    """Hold a point of a body with a spring and drag it; None lets go."""

    spring: MouseSpring | None


@dataclass(frozen=True, slots=True)
class Push(PerturbCommand):
    """A force (N, world) on a body's origin for some simulated seconds."""

    body: int
    force: tuple[float, float, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class Override(PerturbCommand):
    """Hold a muscle's excitation at a value in [0, 1]; None gives it back to the network."""

    muscle: int
    value: float | None


@dataclass(frozen=True, slots=True)
class ClearOverrides(PerturbCommand):
    """Give all muscles back to the network."""


@dataclass(frozen=True, slots=True)
class SetParameters(PerturbCommand):
    """Go on with other parameters of character and world."""

    parameters: Parameters
