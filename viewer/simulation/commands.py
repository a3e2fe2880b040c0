"""The commands that control the simulation."""

from __future__ import annotations

from dataclasses import dataclass

from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.perturbation import MouseSpring

SIDES = ("both", "first", "second")
"""The simulations of a comparison that a change acts on."""


class Command:
    """Base of all commands."""

    __slots__ = ()


class RuntimeCommand(Command):
    """A command for the runtime."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Play(RuntimeCommand):
    """Run the simulation; start a new episode if the last one has ended."""


@dataclass(frozen=True, slots=True)
class Pause(RuntimeCommand):
    """Pause the simulation."""


@dataclass(frozen=True, slots=True)
class TogglePlay(RuntimeCommand):
    """Play if paused, pause if playing."""


@dataclass(frozen=True, slots=True)
class Step(RuntimeCommand):
    """Advance by `count` control steps, then pause; negative counts go back in the history."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class Seek(RuntimeCommand):
    """Show the frame with an index of the history, and pause."""

    index: int


@dataclass(frozen=True, slots=True)
class Loop(RuntimeCommand):
    """Loop over the frames between two indices of the history; None ends the loop."""

    between: tuple[int, int] | None


@dataclass(frozen=True, slots=True)
class Resume(RuntimeCommand):
    """Resume simulating from the shown frame; later frames are discarded."""


@dataclass(frozen=True, slots=True)
class Reset(RuntimeCommand):
    """Start a new episode; also recovers from an error."""


@dataclass(frozen=True, slots=True)
class SetSpeed(RuntimeCommand):
    """Set the simulated seconds per second of wall time."""

    speed: float


@dataclass(frozen=True, slots=True)
class Faster(RuntimeCommand):
    """Set the next higher of the speeds."""


@dataclass(frozen=True, slots=True)
class Slower(RuntimeCommand):
    """Set the next lower of the speeds."""


@dataclass(frozen=True, slots=True)
class SetAutoReset(RuntimeCommand):
    """Set whether a new episode starts when one ends."""

    enabled: bool


@dataclass(frozen=True, slots=True)
class Undo(RuntimeCommand):
    """Take back the last changes of parameters, held muscles and pushes; a push by going back to its frame."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class Redo(RuntimeCommand):
    """Make changes again that were undone."""

    count: int = 1


class PerturbCommand(RuntimeCommand):
    """A command that changes the course of the simulation; at an earlier frame, later frames are discarded."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class SetSpring(PerturbCommand):
    """Pull a point of a body with the mouse spring; None releases it."""

    spring: MouseSpring | None


@dataclass(frozen=True, slots=True)
class Push(PerturbCommand):
    """Apply a force (N, world axes) at a body's origin for a duration in simulated seconds."""

    body: int
    force: tuple[float, float, float]
    seconds: float


@dataclass(frozen=True, slots=True)
class Override(PerturbCommand):
    """Hold a muscle's excitation at a value in [0, 1]; None returns it to the muscle network."""

    muscle: int
    value: float | None


@dataclass(frozen=True, slots=True)
class OverrideSeveral(PerturbCommand):
    """Hold the excitations of several muscles, pairs of muscle and value in [0, 1] or None, as `Override`."""

    values: tuple[tuple[int, float | None], ...]


@dataclass(frozen=True, slots=True)
class ClearOverrides(PerturbCommand):
    """Return all muscles to the muscle network."""


@dataclass(frozen=True, slots=True)
class NextClip(PerturbCommand):
    """Go on with the motion after the present one, of an environment with several; with way -1 that before it."""

    way: int = 1


@dataclass(frozen=True, slots=True)
class SetClip(PerturbCommand):
    """Go on with a motion by its name, from where the character is; empty: each episode draws one."""

    name: str


@dataclass(frozen=True, slots=True)
class SetParameters(PerturbCommand):
    """Set the parameters of character and world; of a comparison, those of both simulations, or of one side alone."""

    parameters: Parameters
    side: str = "both"
    """One of SIDES."""
