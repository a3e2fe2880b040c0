"""What is measured of a checkpoint beside the simulation: the gait over a parameter, and the falls of many seeds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.analysis.falls import Falls
from muscle_viewer.viewer.analysis.sweep import Sweep
from muscle_viewer.viewer.simulation.session import CheckpointSession

if TYPE_CHECKING:
    from muscle_viewer.viewer.simulation.session import Session


class Measurements:
    """The latest measurement of each kind, which goes on in the background."""

    def __init__(self) -> None:
        self.sweep: Sweep | None = None
        self.falls: Falls | None = None

    @property
    def are_running(self) -> bool:
        """Whether one of them goes on."""
        return any(m is not None and m.is_running for m in (self.sweep, self.falls))

    def start_sweep(
        self, session: Session, parameter: str, span: tuple[float, float], count: int
    ) -> None:
        """Measure the gait over a parameter of the environment, in place of an earlier sweep."""
        self.end_sweep()
        if isinstance(session, CheckpointSession):
            others = dict(session.parameters.drawn)
            self.sweep = Sweep(session.checkpoint, parameter, span, count, others)

    def start_falls(self, session: Session, count: int) -> None:
        """Simulate an episode of each of several seeds, in place of an earlier test. UserError without a policy."""
        if not isinstance(session, CheckpointSession) or not getattr(session, "has_policy", True):
            raise UserError("there is no policy to test: open a checkpoint")
        self.end_falls()
        self.falls = Falls(session.checkpoint, count)

    def is_of_falls(self, session: Session) -> bool:
        """Whether a session's file is the checkpoint whose seeds were tested."""
        checkpoint = getattr(session, "checkpoint", None)
        return bool(self.falls and checkpoint and checkpoint.path == self.falls.path)

    def end_sweep(self) -> None:
        """Stop the sweep and forget it."""
        if self.sweep:
            self.sweep.stop()
        self.sweep = None

    def end_falls(self) -> None:
        """Stop the test of the seeds and forget it."""
        if self.falls:
            self.falls.stop()
        self.falls = None
