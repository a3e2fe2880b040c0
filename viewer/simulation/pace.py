"""How fast the simulation goes: what is owed to the wall clock, and whether it is kept up with."""

from __future__ import annotations

import math

SPEEDS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0)
"""Simulated seconds per second that `Faster` and `Slower` go through."""

RESYNC = 0.1
"""Wall seconds the simulation may be behind before it gives up catching up."""

SMOOTHING = 0.5
"""Wall seconds over which the real-time factor is averaged."""


class Pace:
    """Simulated time that is owed, in steps of `period` seconds."""

    def __init__(self, period: float) -> None:
        self.period = period
        self.speed = 1.0
        self.debt = 0.0
        self.is_behind = False
        self._simulated = self._elapsed = 0.0

    @property
    def factor(self) -> float:
        """Simulated over wall seconds of late."""
        return self._simulated / self._elapsed if self._elapsed > 0.0 else 0.0

    @property
    def blend(self) -> float:
        """How much of the next step is owed, in [0, 1]."""
        return min(1.0, max(0.0, self.debt / self.period))

    def owe(self, elapsed: float) -> None:
        """Wall time went by."""
        self.debt += elapsed * self.speed

    def settle(self, elapsed: float, steps: int) -> None:
        """What was stepped for it; gives up what is too late."""
        keep = math.exp(-elapsed / SMOOTHING)
        self._elapsed = self._elapsed * keep + elapsed
        self._simulated = self._simulated * keep + steps * self.period
        if (self.debt - self.period) / self.speed > RESYNC:
            self.debt = self.period
            self.is_behind = True
        elif self.debt < self.period and self._simulated >= 0.9 * self._elapsed * self.speed:
            self.is_behind = False

    def set_speed(self, speed: float) -> None:
        """Within the bounds of SPEEDS."""
        self.speed = min(max(float(speed), SPEEDS[0]), SPEEDS[-1])
        self.forget()

    def faster(self) -> None:
        """The next of SPEEDS."""
        self.set_speed(next((s for s in SPEEDS if s > self.speed * 1.001), self.speed))

    def slower(self) -> None:
        """The one before."""
        slower = [s for s in SPEEDS if s < self.speed * 0.999]
        self.set_speed(slower[-1] if slower else self.speed)

    def forget(self) -> None:
        """Begin anew, owing at most one step."""
        self.debt = min(self.debt, self.period)
        self._simulated = self._elapsed = 0.0
        self.is_behind = False
