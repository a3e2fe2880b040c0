"""Pacing of the simulation: the simulated time that is due, and the real-time factor."""

from __future__ import annotations

import math

SPEEDS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0)
"""Speeds that `Faster` and `Slower` select, simulated seconds per wall second."""

RESYNC = 0.1
"""Largest delay that the simulation catches up with, wall seconds; more is dropped."""

SMOOTHING = 0.5
"""Wall seconds over which the real-time factor is averaged."""


LEAST_BUDGET = 0.012
"""Least seconds that the simulation may take of each picture."""


class StepBudget:
    """Seconds that the simulation may take of each picture: as much as drawing takes, half of the time.

    A slow renderer leaves the simulation time to keep up, and a slow simulation leaves the window responsive.
    """

    def __init__(self, least: float = LEAST_BUDGET) -> None:
        self._least = least
        self._drawing = 0.0

    @property
    def seconds(self) -> float:
        """The present budget."""
        return max(self._least, self._drawing)

    def note_drawing(self, seconds: float) -> None:
        """Take note of the time that drawing a picture took."""
        self._drawing += 0.25 * (min(seconds, RESYNC) - self._drawing)


class Pace:
    """Simulated time that is due, in steps of `period` seconds."""

    def __init__(self, period: float) -> None:
        self.period = period
        self.speed = 1.0
        self.debt = 0.0
        self.is_behind = False
        self._simulated = self._elapsed = 0.0

    @property
    def factor(self) -> float:
        """Real-time factor: simulated over wall seconds, averaged over the last seconds."""
        return self._simulated / self._elapsed if self._elapsed > 0.0 else 0.0

    @property
    def blend(self) -> float:
        """Fraction of the next step that is due, in [0, 1]."""
        return min(1.0, max(0.0, self.debt / self.period))

    def owe(self, elapsed: float) -> None:
        """Add the simulated time that is due after `elapsed` wall seconds."""
        self.debt += elapsed * self.speed

    def settle(self, elapsed: float, steps: int) -> None:
        """Update the real-time factor after `steps` steps, and drop what is too late."""
        keep = math.exp(-elapsed / SMOOTHING)
        self._elapsed = self._elapsed * keep + elapsed
        self._simulated = self._simulated * keep + steps * self.period
        if (self.debt - self.period) / self.speed > RESYNC:
            self.debt = self.period
            self.is_behind = True
        elif self.debt < self.period and self._simulated >= 0.9 * self._elapsed * self.speed:
            self.is_behind = False

    def set_speed(self, speed: float) -> None:
        """Set the speed, clipped to the bounds of SPEEDS."""
        self.speed = min(max(float(speed), SPEEDS[0]), SPEEDS[-1])
        self.forget()

    def faster(self) -> None:
        """Set the next higher of SPEEDS."""
        self.set_speed(next((s for s in SPEEDS if s > self.speed * 1.001), self.speed))

    def slower(self) -> None:
        """Set the next lower of SPEEDS."""
        slower = [s for s in SPEEDS if s < self.speed * 0.999]
        self.set_speed(slower[-1] if slower else self.speed)

    def forget(self) -> None:
        """Restart, with at most one step due."""
        self.debt = min(self.debt, self.period)
        self._simulated = self._elapsed = 0.0
        self.is_behind = False
