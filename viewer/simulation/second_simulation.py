"""A second simulation that goes step by step with the first: another checkpoint, or another engine.

It begins from the same seed and feels the same hands; its policy, its weights and its engine are its own. Frame k of its
history is the moment of frame k of the first one's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from muscle_viewer.viewer.simulation.history import History
from muscle_viewer.viewer.simulation.inputs import Inputs, Perturbation

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.simulation.parameters import Parameters
    from muscle_viewer.viewer.simulation.session import Session
    from muscle_viewer.viewer.simulation.subject import Subject


class SecondSimulation:
    """Follows a runtime, which tells it what has just been done. It falls by itself, but begins anew with the first."""

    spring = None

    def __init__(self, session: Session, capacity: int) -> None:
        self.session = session
        self.frame: Frame = session.reset()
        self.previous: Frame = self.frame
        self.history = History(session.subject, self.frame, capacity)
        self.history.append(self.frame, session.save())
        self.cursor = 0
        self.acting = Perturbation()
        """What acted during the step to the newest frame."""
        self.blend = 1.0
        self.message = ""
        """Why it stands still, if it does."""

    @property
    def name(self) -> str:
        """What runs, for people."""
        return self.session.name

    @property
    def subject(self) -> Subject:
        """Who moved in the shown frame."""
        return self.history.subject(self.cursor)

    def follow(self, inputs: Inputs | None, before: Frame) -> None:
        """Go where the first one went: a control step under its hands, `before` being its frame then, or a reset."""
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
        """Show another moment of the history."""
        frame = self.history.frame(index)
        self.previous = frame if jump or frame.time == 0.0 else self.frame
        self.frame, self.cursor = frame, index

    def cut(self, index: int) -> None:
        """Go on from an earlier moment."""
        self.session.restore(self.history.state(index))
        self.history.cut(index)
        self._take_subject()
        self.message = ""

    def change(self, parameters: Parameters) -> None:
        """Go on with other parameters. UserError where that cannot be; the old stay."""
        self.session.change(parameters)
        self._take_subject()

    def _take_subject(self) -> None:
        """As `Runtime`'s."""
        subject = self.session.subject
        if subject is not self.history.subject(self.history.newest + 1):
            frame = self.history.change_subject(subject, self.session.frame)
            if frame:
                self.frame = self.previous = frame


def carried_over(perturbation: Perturbation, here: Frame, there: Frame) -> Perturbation:
    """The same hands on another character of the same bodies: the same forces at the same places of its bodies."""
    if not perturbation.forces:
        return perturbation
    forces = []
    for force in perturbation.forces:
        b = force.body
        local = here.body_rotations[b].T @ (force.point - here.body_positions[b])
        point = there.body_positions[b] + there.body_rotations[b] @ local
        forces.append(replace(force, point=(float(point[0]), float(point[1]), float(point[2]))))
    return replace(perturbation, forces=tuple(forces))
