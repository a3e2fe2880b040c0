"""The simulation as the window sees it: commands in, frames out.

A small state machine over a `Session` and its history. It uses no threads, no clock and no window: elapsed wall time,
and a function that says whether time is up, are passed in. An exception of the session becomes a state and a message,
so that the window stays open.

The `cursor` is the index of the shown frame. At the newest frame, playing simulates; before it, playing shows the
history, and a perturbation discards the later frames and resumes simulating there.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.errors import details_of, line_of
from muscle_viewer.viewer.simulation import commands as c
from muscle_viewer.viewer.simulation.edits import Edit, Edits, Settings, label_of
from muscle_viewer.viewer.simulation.history import History
from muscle_viewer.viewer.simulation.inputs import Inputs, Perturbation
from muscle_viewer.viewer.simulation.motion_return import MotionReturn
from muscle_viewer.viewer.simulation.pace import SPEEDS, Pace
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.perturbation import Impulse, PerturbationSchedule
from muscle_viewer.viewer.simulation.run_log import Change, RunLog
from muscle_viewer.viewer.simulation.script import Script
from muscle_viewer.viewer.simulation.second_simulation import SecondSimulation, baseline
from muscle_viewer.viewer.simulation.status import State, Status

if TYPE_CHECKING:
    import numpy as np
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.simulation.perturbation import MouseSpring
    from muscle_viewer.viewer.simulation.session import Session
    from muscle_viewer.viewer.simulation.subject import Subject

__all__ = ["SPEEDS", "Runtime", "State", "Status"]

HISTORY_SECONDS = 120.0
"""Length of the history, simulated seconds; a step of the shipped human takes 16 kB with its state."""


POLICY_IO = ("action", "observation")
"""Further numbers that are stored with the frames if the session names their entries."""


class Runtime:
    """Steps a session as commands and elapsed time require."""

    def __init__(
        self,
        session: Session,
        history_seconds: float = HISTORY_SECONDS,
        script: Sequence[Inputs | None] = (),
        script_changes: Sequence[Change] = (),
        second: Session | None = None,
    ) -> None:
        """`second` is a second session that is stepped together with the first."""
        self.session = session
        self.state = State.PAUSED
        self.message = ""
        self.details = ""
        """Traceback of the session's exception, if there was one."""
        self.auto_reset = True
        self.episode = 0
        self.loop: tuple[int, int] | None = None
        self.pace = Pace(session.control_period)
        self.frame: Frame = session.reset()
        self.previous: Frame = self.frame
        capacity = max(2, round(history_seconds / session.control_period))
        named = ((name, getattr(session, f"{name}_names", None)) for name in POLICY_IO)
        names = {name: entries for name, entries in named if entries}
        self.history = History(session.subject, self.frame, capacity, names)
        self.history.append(self.frame, session.save(), self._policy_io(None))
        self.cursor = 0
        self.second = SecondSimulation(second, capacity) if second else None
        self.perturbations = PerturbationSchedule(session.info.total_mass)
        checkpoint = getattr(session, "checkpoint", None)
        self.log = RunLog(self.frame, session.save(), session.parameters, checkpoint)
        self.edits = Edits()
        self._return = MotionReturn(session.info)
        self._script = Script(script, script_changes)
        self._over = False

    @property
    def speed(self) -> float:
        """Requested speed, simulated seconds per wall second."""
        return self.pace.speed

    @property
    def is_live(self) -> bool:
        """Whether the newest frame is shown."""
        return self.cursor == self.history.newest

    @property
    def subject(self) -> Subject:
        """The subject of the shown frame."""
        return self.history.subject(self.cursor)

    @property
    def blend(self) -> float:
        """Position of the present between `previous` and `frame`, in [0, 1]; 1 unless playing."""
        return self.pace.blend if self.state is State.PLAYING else 1.0

    @property
    def shown_time(self) -> float:
        """Time of the present picture, which may lie between two frames: simulated seconds since the viewer started."""
        return self.history.time(self.cursor) - (1.0 - self.blend) * self.pace.period

    @property
    def acting(self) -> Perturbation:
        """Forces during the step to the shown frame, and the excitations that are held now."""
        inputs = self.log.inputs(self.cursor)
        return Perturbation(
            inputs.perturbation.forces if inputs else (), self.perturbations.held.overrides
        )

    @property
    def spring(self) -> MouseSpring | None:
        """The mouse spring, if there is one."""
        return self.perturbations.spring

    @property
    def status(self) -> Status:
        """A snapshot for the panels."""
        playing = self.state is State.PLAYING
        return Status(
            state=self.state,
            message=self.message,
            name=self.session.name,
            time=float(self.frame.time),
            episode=self.episode,
            speed=self.speed,
            real_time_factor=self.pace.factor if playing else 0.0,
            behind=playing and self.pace.is_behind,
            auto_reset=self.auto_reset,
            cursor=self.cursor,
            live=self.is_live,
            loop=self.loop,
            perturbation=self.acting,
            parameters=self.session.parameters,
            replaying=self._script.remaining,
            done=tuple(self.edits.done),
            undone=tuple(self.edits.undone),
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
                self._move(count)
            case c.Seek(index):
                self._seek(index)
            case c.Loop(between):
                self._set_loop(between)
            case c.Resume():
                self._branch()
                self._play()
            case c.Reset():
                self._script.end()
                self._reset()
            case c.SetSpeed(speed):
                self.pace.set_speed(speed)
            case c.Faster():
                self.pace.faster()
            case c.Slower():
                self.pace.slower()
            case c.SetAutoReset(enabled):
                self.auto_reset = enabled
            case c.Undo(count):
                self._undo(count)
            case c.Redo(count):
                self._redo(count)
            case c.PerturbCommand():
                self._edit(command)
            case _:
                raise TypeError(f"not a runtime command: {command!r}")

    def advance(self, elapsed: float, out_of_time: Callable[[], bool] = lambda: False) -> None:
        """Advance by the steps that are due after `elapsed` wall seconds; stop early once `out_of_time()`."""
        if self.state is not State.PLAYING:
            return
        self.pace.owe(elapsed)
        steps = 0
        while self.pace.debt >= self.pace.period and self.state is State.PLAYING:
            if steps and out_of_time():
                break
            self.pace.debt -= self.pace.period
            self._forward()
            steps += 1
        self.pace.settle(elapsed, steps)

    def freeze(self) -> None:
        """Compare with the present as the baseline: a second simulation with its past and body, which goes on as it is.

        UserError where nothing is simulated.
        """
        self._script.end()
        self._branch()
        self.edits.forget_second()
        self.second = baseline(self.session, self.history, self.frame, self.history.newest)

    def note_swap(self, checkpoint: object, label: str) -> None:
        """Log that the session's weights were replaced; they apply from the next step on."""
        self._script.end()
        self._branch()
        self._take_subject()
        self.log.change("checkpoint", checkpoint)
        self.history.mark("change", label)

    def _forward(self) -> None:
        """Advance by one control step, from the history or by simulation."""
        if self.loop and not self.loop[0] <= self.cursor < self.loop[1]:
            self._show(self.loop[0], jump=True)
        elif not self.is_live:
            self._show(self.cursor + 1)
            if self.is_live and self._over:
                self.state = State.ENDED
        else:
            self._step()

    def _move(self, count: int) -> None:
        self._pause()
        if count < 0:
            self._seek(self.cursor + count)
            return
        for _ in range(count):
            if self.is_live:
                self._step()
            else:
                self._show(self.cursor + 1)

    def _seek(self, index: int) -> None:
        if self.state in (State.PLAYING, State.ENDED):
            self.state = State.PAUSED
        if self.state is State.PAUSED:
            index = min(max(int(index), self.history.oldest), self.history.newest)
            self._show(index, jump=True)

    def _show(self, index: int, jump: bool = False) -> None:
        index = max(index, self.history.oldest)
        frame = self.history.frame(index)
        self.previous = frame if jump or frame.time == 0.0 else self.frame
        self.frame, self.cursor = frame, index
        if self.second:
            self.second.show(index, jump)

    def _set_loop(self, between: tuple[int, int] | None) -> None:
        if between:
            low, high = sorted(between)
            low = max(low, self.history.oldest)
            between = (low, min(max(high, low + 1), self.history.newest))
        self.loop = between if between and between[0] < between[1] else None

    def _branch(self) -> None:
        """Discard all frames after the shown one and restore its state."""
        if self.is_live or self.state is State.FAILED:
            return
        self.session.restore(self.history.state(self.cursor))
        self.history.cut(self.cursor)
        self.log.cut(self.cursor)
        self._take_subject()
        if self.second:
            self.second.cut(self.cursor)
        self.loop = None
        self._over = False
        if self.log.in_force("parameters") != self.session.parameters:
            self.log.change("parameters", self.session.parameters)
        checkpoint = getattr(self.session, "checkpoint", None)
        if self.log.in_force("checkpoint") is not checkpoint:
            self.log.change("checkpoint", checkpoint)

    @property
    def _settings(self) -> Settings:
        second = self.second.session.parameters if self.second else None
        return Settings(self.session.parameters, second, self.perturbations.held)

    def _edit(self, command: c.PerturbCommand) -> None:
        """Carry out a change, which can be undone."""
        before, at, followed = self._settings, self.cursor, self._followed
        self._perturb(command)
        after, push = self._settings, command if isinstance(command, c.Push) else None
        label = label_of(before, after, self.session.info)
        if push:
            label = next(e.label for e in reversed(self.history.events) if e.kind == "perturbation")
        if label and self.state is not State.FAILED:
            chosen = after.parameters.clip != before.parameters.clip
            self.edits.note(
                Edit(
                    label,
                    at,
                    self.history.time(at),
                    before,
                    after,
                    push,
                    followed if chosen else "",
                )
            )

    @property
    def _followed(self) -> str:
        """The motion that the shown frame follows, of several; empty otherwise."""
        names = self.session.info.clip_names
        return names[self.frame.clip] if len(names) > 1 else ""

    def _undo(self, count: int) -> None:
        for _ in range(min(count, len(self.edits.done))):
            edit = self.edits.done[-1]
            if edit.push and self.history.oldest <= edit.index < self.history.newest:
                self._show(edit.index, jump=True)
                self._branch()
            if edit.followed and not edit.before.parameters.clip:  # a drawn motion goes on with any
                self._restore(edit.after)
                self._set_clip(edit.followed)
            self._restore(edit.before)
            if edit.push:
                self.perturbations.impulses.clear()
            self.edits.undone.append(self.edits.done.pop())

    def _redo(self, count: int) -> None:
        for _ in range(min(count, len(self.edits.undone))):
            edit = self.edits.undone[-1]
            if edit.push:
                self._perturb(edit.push)
            self._restore(edit.after)
            self.edits.done.append(self.edits.undone.pop())

    def _restore(self, settings: Settings) -> None:
        self._script.end()
        self._branch()
        if self.second and settings.second is not None:
            self._change(settings.second, "second")
        self._change(settings.parameters, "first")
        self.perturbations.held = settings.held

    def _perturb(self, command: c.PerturbCommand) -> None:
        if self.state is State.FAILED:
            return
        releasing = isinstance(command, c.SetSpring) and command.spring is None
        if not releasing:
            self._script.end()
            self._branch()
        match command:
            case c.SetSpring(spring):
                self.perturbations.spring = spring
            case c.Push(body, force, seconds):
                steps = max(1, round(seconds / self.session.control_period))
                self.perturbations.impulses.append(Impulse(body, force, steps))
                size = sum(part * part for part in force) ** 0.5
                name = self.session.info.body_names[body].replace("_", " ")
                self.history.mark("perturbation", f"{size:.0f} N push on the {name}")
            case c.Override(muscle, value):
                self.perturbations.held = self.perturbations.held.overriding({muscle: value})
            case c.OverrideSeveral(values):
                self.perturbations.held = self.perturbations.held.overriding(dict(values))
            case c.ClearOverrides():
                self.perturbations.held = Perturbation()
            case c.NextClip(way):
                names = self.session.info.clip_names
                if not names:
                    raise UserError("the environment has one motion; several are a list, motions:")
                self._send(names[(self.session.frame().clip + way) % len(names)])
            case c.SetClip(name):
                self._send(name)
            case c.SetParameters(parameters, side):
                self._change(parameters, side)

    def _change(self, parameters: Parameters, side: str) -> None:
        """Change the parameters of both simulations, or of one side; if one of them fails, neither is changed."""
        before = self.session.parameters
        if side != "second":
            self.session.change(parameters)
        if self.second and side != "first":
            try:
                self.second.change(parameters)
            except Exception:
                self.session.change(before)
                raise
        if self.session.parameters == before:
            return
        is_pose = replace(before, pose=parameters.pose) == parameters
        is_clip = replace(before, clip=parameters.clip) == parameters
        self.log.change("parameters", parameters, instead=is_pose)
        self._take_subject()
        if is_pose or is_clip:
            self._take_pose()
        if not is_pose:
            said = f"motion: {parameters.clip or 'drawn'}" if is_clip else "parameters changed"
            self.history.mark("change", said)

    def _send(self, name: str) -> None:
        """Go on with another motion as the user wants, and back from one that ends."""
        self._return.sent(self.session.frame(), name)
        self._set_clip(name)

    def _set_clip(self, name: str) -> None:
        """Let the simulation, and a second one that has this motion, too, go on with it."""
        self._change(replace(self.session.parameters, clip=name), "first")
        second = self.second.session if self.second else None
        if second and (not name or name in second.info.clip_names):
            self._change(replace(second.parameters, clip=name), "second")

    def _take_pose(self) -> None:
        """Show the pose that was set by hand, or that of another motion's reference."""
        self.frame = self.previous = self.session.frame()
        self.history.replace_newest(self.frame, self.session.save())
        if self.second:
            self.second.take_pose()

    def _take_subject(self) -> None:
        """Set the subject of the newest frame, which is shown, and of all later frames to the session's."""
        subject = self.session.subject
        if subject is self.history.subject(self.history.newest + 1):
            return
        frame = self.history.change_subject(subject, self.session.frame)
        if frame:
            self.frame = self.previous = frame
        self.perturbations.mass = subject.info.total_mass

    def _play(self) -> None:
        if self.state is State.FAILED or (self.state is State.ENDED and self.is_live):
            self._reset()
        if self.state in (State.PAUSED, State.ENDED):
            self.state = State.PLAYING
            self.message = ""
            self.pace.forget()

    def _pause(self) -> None:
        if self.state is State.PLAYING:
            self.state = State.PAUSED

    def _reset(self) -> None:
        was_playing = self.state is State.PLAYING
        self._branch()
        try:
            frame = self.session.reset()
        except Exception as error:
            self._fail(error)
            return
        self.episode += 1
        self._return.forget()
        self._over = False
        self.perturbations.release()
        self.history.begin_episode()
        self._record(None, frame)
        self.previous = frame
        self.state = State.PLAYING if was_playing else State.PAUSED
        self.message = ""

    def _step(self) -> None:
        if self.state in (State.ENDED, State.FAILED):
            return
        inputs: Inputs | None
        try:
            if self._script.remaining:
                inputs = self._next_of_script()
                if inputs is None:
                    self._reset()
                    return
            else:
                if back := self._return.due(self.frame):
                    self._set_clip(back)
                perturbation = self.perturbations.next(
                    self.frame, self.previous, self.session.control_period
                )
                inputs = Inputs(self.session.decide(), perturbation)
            frame = self.session.step(inputs)
        except Exception as error:
            self._fail(error)
            return
        previous = self.frame
        self._record(inputs, frame)
        self.previous = previous
        scripted = self._script.remaining > 0
        if (frame.terminated or frame.truncated) and not scripted:
            self._end("fell" if frame.terminated else "reached the end of the episode")
        elif self._script.is_done:
            self._script.clear()
            self.state = State.PAUSED
            self.message = "end of the recording"

    def _next_of_script(self) -> Inputs | None:
        for change in self._script.changes():
            if change.kind == "parameters":
                self.session.change(change.value)
            else:
                self.session.swap(change.value)  # type: ignore[attr-defined]
            self.log.change(change.kind, change.value)
            self._take_subject()
        return self._script.next()

    def _record(self, inputs: Inputs | None, frame: Frame) -> None:
        if self.second:
            self.second.follow(inputs, self.frame)
        self.frame = frame
        state = self.session.save()
        self.history.append(frame, state, self._policy_io(inputs))
        if self.log.is_full:
            in_force = self.log.in_force("parameters"), self.log.in_force("checkpoint")
            self.log.begin(self.history.newest, frame, state, *in_force, first_reset=False)
        else:
            self.log.append(inputs, frame)
        self.cursor = self.history.newest

    def _policy_io(self, inputs: Inputs | None) -> dict[str, np.ndarray | None]:
        """The action that led to the session's present frame, and the policy's observation there."""
        observation = getattr(self.session, "observation", None)
        return {"action": inputs.action if inputs else None, "observation": observation}

    def _end(self, what: str) -> None:
        message = f"episode {self.episode}: {what} at {self.frame.time:.2f} s"
        if self.auto_reset:
            self._reset()
        else:
            self.state = State.ENDED
            self._over = True
        if self.state is not State.FAILED:
            self.message = message

    def _fail(self, error: Exception) -> None:
        self.state = State.FAILED
        self.message, self.details = line_of(error), details_of(error)
