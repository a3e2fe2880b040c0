"""A second simulation that is stepped together with the first: another checkpoint, or another engine.

Both start from the same seed and receive the same perturbations; each has its own policy, weights and engine. Frame k
of both histories is of the same time.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.simulation.history import History
from muscle_viewer.viewer.simulation.inputs import Inputs, Perturbation
from muscle_viewer.viewer.simulation.session import CheckpointSession

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.simulation.parameters import Parameters
    from muscle_viewer.viewer.simulation.session import Session
    from muscle_viewer.viewer.simulation.subject import Subject


class SecondSimulation:
    """Follows a runtime, which calls it after each step. It may fall before the first, and restarts with the first."""

    spring = None

    def __init__(self, session: Session, capacity: int, history: History | None = None) -> None:
        """history: its past, which goes on; None: it starts at its reset."""
        self.session = session
        if history:
            self.history, self.frame = history, session.frame()
        else:
            self.frame = session.reset()
            self.history = History(session.subject, self.frame, capacity)
            self.history.append(self.frame, session.save())
        self.previous: Frame = self.frame
        self.cursor = self.history.newest
        self.acting = Perturbation()
        """Perturbation during the step to the newest frame."""
        self.blend = 1.0
        self.message = ""
        """The error that stopped it; empty while it runs."""

    @property
    def name(self) -> str:
        """Name of the session, as shown to the user."""
        return self.session.name

    @property
    def subject(self) -> Subject:
        """The subject of the shown frame."""
        return self.history.subject(self.cursor)

    def follow(self, inputs: Inputs | None, before: Frame) -> None:
        """Repeat the first one's control step with its perturbation, or its reset (None); `before` is its frame before."""
        frame, self.acting = self.frame, Perturbation()
        try:
            if inputs is None:
                frame, self.message = self.session.reset(), ""
            elif not self.message:
                self.acting = carried_over(inputs.perturbation, before, self.frame)
                frame = self.session.step(Inputs(self.session.decide(), self.acting))
        except Exception as error:
            self.message = f"{type(error).__name__}: {error}"
        if inputs is None:
            self.history.begin_episode()
        self.previous, self.frame = frame if inputs is None else self.frame, frame
        self.history.append(frame, self.session.save())
        self.cursor = self.history.newest

    def show(self, index: int, jump: bool) -> None:
        """Show the frame with an index of the history."""
        frame = self.history.frame(index)
        self.previous = frame if jump or frame.time == 0.0 else self.frame
        self.frame, self.cursor = frame, index

    def cut(self, index: int) -> None:
        """Discard all frames after an index and restore its state."""
        self.session.restore(self.history.state(index))
        self.history.cut(index)
        self._take_subject()
        self.message = ""

    def change(self, parameters: Parameters) -> None:
        """Change the parameters. UserError if that is impossible; the previous ones stay."""
        if parameters == self.session.parameters:
            return
        self.session.change(parameters)
        self._take_subject()
        self.history.mark("change", "parameters changed")

    def take_pose(self) -> None:
        """Show the pose that was set by hand."""
        self.frame = self.previous = self.session.frame()
        self.history.replace_newest(self.frame, self.session.save())

    def _take_subject(self) -> None:
        """Show the session's present body, as `Runtime._take_subject` does."""
        subject = self.session.subject
        if subject is not self.history.subject(self.history.newest + 1):
            frame = self.history.change_subject(subject, self.session.frame)
            if frame:
                self.frame = self.previous = frame


def baseline(session: Session, history: History, frame: Frame, index: int) -> SecondSimulation:
    """A second simulation that begins as a copy of the first, at the newest frame. UserError where nothing is simulated."""
    if not isinstance(session, CheckpointSession) or not getattr(session, "has_policy", True):
        raise UserError("there is nothing to compare with: open a checkpoint")
    copy = CheckpointSession(f"{session.name} baseline", session.checkpoint, session.seed)
    copy.change(session.parameters)
    copy.restore(history.state(index))
    found = SecondSimulation(copy, 0, history.copied())
    found.frame = found.previous = frame
    return found


def carried_over(perturbation: Perturbation, here: Frame, there: Frame) -> Perturbation:
    """The perturbation for a second character of the same bodies: the same forces at the same points of its bodies."""
    if not perturbation.forces:
        return perturbation
    forces = []
    for force in perturbation.forces:
        b = force.body
        local = here.body_rotations[b].T @ (force.point - here.body_positions[b])
        point = there.body_positions[b] + there.body_rotations[b] @ local
        forces.append(replace(force, point=(float(point[0]), float(point[1]), float(point[2]))))
    return replace(perturbation, forces=tuple(forces))
