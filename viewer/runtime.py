"""The simulation as the window sees it: commands in, frames out.

A small state machine over a `Session`. It owns pacing, and knows no thread, no clock and no window: elapsed wall time
and the question whether there is time left are handed in. An exception of the session becomes a state and a message,
so that the window stays up.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.history import History

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.session import Session

SPEEDS = (0.05, 0.1, 0.25, 0.5, 1.0, 1.5, 2.0, 4.0, 8.0)
"""Simulated seconds per second that `Faster` and `Slower` go through."""

RESYNC = 0.1
"""Wall seconds the simulation may be behind before it gives up catching up."""

SMOOTHING = 0.5
"""Wall seconds over which the real-time factor is averaged."""


class State(enum.Enum):
    """What the simulation is doing."""

    PAUSED = "paused"
    PLAYING = "playing"
    ENDED = "ended"
    FAILED = "failed"


@dataclass(frozen=True)
class Status:
    """A snapshot of the runtime for the panels."""

    state: State
    message: str
    name: str
    time: float
    """Simulated seconds since the episode began."""
    episode: int
    speed: float
    real_time_factor: float
    """Simulated seconds per wall second of late; 0 while paused."""
    behind: bool
    """Playing, and cannot keep the speed asked for."""
    auto_reset: bool


class Runtime:
    """Steps a session as commands and elapsed time ask."""

    def __init__(self, session: Session, history_seconds: float = 60.0) -> None:
        self.session = session
        self.state = State.PAUSED
        self.message = ""
        self.speed = 1.0
        self.auto_reset = True
        self.episode = 0
        self.frame: Frame = session.reset()
        self.previous: Frame = self.frame
        self.history = History(session.info, round(history_seconds / session.control_period))
        self.history.append(self.frame)
        self._debt = 0.0
        self._simulated = 0.0
        self._elapsed = 0.0
        self._behind = False

    @property
    def blend(self) -> float:
        """Where between `previous` and `frame` the present lies, in [0, 1]; 1 unless playing."""
        if self.state is not State.PLAYING:
            return 1.0
        return min(1.0, max(0.0, self._debt / self.session.control_period))

    @property
    def status(self) -> Status:
        """A snapshot for the panels."""
        playing = self.state is State.PLAYING
        factor = self._simulated / self._elapsed if playing and self._elapsed > 0.0 else 0.0
        return Status(
            state=self.state,
            message=self.message,
            name=self.session.name,
            time=float(self.frame.time),
            episode=self.episode,
            speed=self.speed,
            real_time_factor=factor,
            behind=playing and self._behind,
            auto_reset=self.auto_reset,
        )

    def handle(self, command: c.RuntimeCommand) -> None:
        """Carry out one command."""
        match command:
            case c.Play():
                self._play()
            case c.Pause():
                self._pause()
            case c.TogglePlay():
                self._pause() if self.state is State.PLAYING else self._play()
            case c.Step(count):
                self._pause()
                for _ in range(count):
                    self._step()
            case c.Reset():
                self._reset()
            case c.SetSpeed(speed):
                self._set_speed(speed)
            case c.Faster():
                self._set_speed(next((s for s in SPEEDS if s > self.speed * 1.001), self.speed))
            case c.Slower():
                slower = [s for s in SPEEDS if s < self.speed * 0.999]
                self._set_speed(slower[-1] if slower else self.speed)
            case c.SetAutoReset(enabled):
                self.auto_reset = enabled
            case _:
                raise TypeError(f"not a runtime command: {command!r}")

    def advance(self, elapsed: float, out_of_time: Callable[[], bool] = lambda: False) -> None:
        """Step as often as `elapsed` wall seconds ask for, and stop early once `out_of_time()`."""
        if self.state is not State.PLAYING:
            return
        period = self.session.control_period
        self._debt += elapsed * self.speed
        steps = 0
        while self._debt >= period and self.state is State.PLAYING:
            if steps and out_of_time():
                break
            self._debt -= period
            self._step()
            steps += 1
        self._measure(elapsed, steps * period)
        self._resync()

    def _measure(self, elapsed: float, simulated: float) -> None:
        keep = math.exp(-elapsed / SMOOTHING)
        self._elapsed = self._elapsed * keep + elapsed
        self._simulated = self._simulated * keep + simulated

    def _resync(self) -> None:
        period = self.session.control_period
        late = (self._debt - period) / self.speed
        if late > RESYNC:
            self._debt = period
            self._behind = True
        elif self._debt < period and self._simulated >= 0.9 * self._elapsed * self.speed:
            self._behind = False

    def _play(self) -> None:
        if self.state in (State.ENDED, State.FAILED):
            self._reset()
        if self.state is State.PAUSED:
            self.state = State.PLAYING
            self.message = ""
            self._forget_pace()

    def _pause(self) -> None:
        if self.state is State.PLAYING:
            self.state = State.PAUSED

    def _set_speed(self, speed: float) -> None:
        self.speed = min(max(float(speed), SPEEDS[0]), SPEEDS[-1])
        self._forget_pace()

    def _forget_pace(self) -> None:
        self._debt = min(self._debt, self.session.control_period)
        self._simulated = self._elapsed = 0.0
        self._behind = False

    def _reset(self) -> None:
        was_playing = self.state is State.PLAYING
        try:
            frame = self.session.reset()
        except Exception as error:
            self._fail(error)
            return
        self.episode += 1
        self.frame = self.previous = frame
        self.history.begin_episode()
        self.history.append(frame)
        self.state = State.PLAYING if was_playing else State.PAUSED
        self.message = ""

    def _step(self) -> None:
        if self.state in (State.ENDED, State.FAILED):
            return
        try:
            frame = self.session.step()
        except Exception as error:
            self._fail(error)
            return
        self.previous, self.frame = self.frame, frame
        self.history.append(frame)
        if frame.terminated or frame.truncated:
            self._end("fell" if frame.terminated else "reached the end of the episode")

    def _end(self, what: str) -> None:
        message = f"episode {self.episode}: {what} at {self.frame.time:.2f} s"
        if self.auto_reset:
            self._reset()
        else:
            self.state = State.ENDED
        if self.state is not State.FAILED:
            self.message = message

    def _fail(self, error: Exception) -> None:
        self.state = State.FAILED
        self.message = f"{type(error).__name__}: {error}"
