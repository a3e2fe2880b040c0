"""The present episode again, at the simulation's rate: its states and inputs replay bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.simulation.session import CheckpointSession

if TYPE_CHECKING:
    from muscle_viewer.core.scene import Scene
    from muscle_viewer.viewer.simulation.runtime import Runtime

LONGEST = 60.0
"""The last seconds that are replayed."""


@dataclass(frozen=True)
class Substeps:
    """Every substep of a span. T substeps."""

    scene: Scene
    """What was simulated."""
    times: np.ndarray
    """(T,) of each substep's beginning, simulated seconds since the viewer started."""
    values: dict[str, np.ndarray]
    """Arrays (T, ...) of `Environment.substeps`."""


def replay(runtime: Runtime) -> Substeps:
    """The substeps of the shown frame's episode, as far as the body was the same and the history knows it.

    UserError where there is nothing to replay, or where it takes another course than the history.
    """
    session, history = runtime.session, runtime.history
    if not isinstance(session, CheckpointSession) or not getattr(session, "has_policy", True):
        raise UserError("there is no simulation to export: open a checkpoint and let it run")
    first, last = span(runtime)
    if last <= first:
        raise UserError("nothing has been simulated since the last reset or change; play first")
    if session.parameters.drawn:
        raise UserError(
            "a body with changed parameters of its environment is not exported; set them back, and reset"
        )
    copy = CheckpointSession(session.name, session.checkpoint, session.seed)
    copy.change(session.parameters)
    copy.restore(history.state(first))
    parts = []
    with copy.keeping_substeps() as substeps:
        for index in range(first + 1, last + 1):
            inputs = runtime.log.inputs(index)
            if inputs is None:
                raise UserError("the run's inputs are no longer known; export earlier")
            frame = copy.step(inputs)
            parts.append(substeps())
    if not np.array_equal(
        np.float32(frame.positions), history.values("positions", last, last + 1)[0]
    ):
        raise UserError("the replay differs from the history; reset and play again")
    values = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    count = len(parts[0]["positions"])
    begin = history.time(first)
    times = begin + np.arange(len(values["positions"])) / (count / session.control_period)
    return Substeps(copy.scene, times, values)


def span(runtime: Runtime) -> tuple[int, int]:
    """The frames (first, last) of the shown frame's episode since the last change."""
    history = runtime.history
    last = runtime.cursor
    begins = [
        event.index
        for event in history.events
        if event.kind in ("begin", "change") and event.index <= last
    ]
    steps = round(LONGEST / runtime.session.control_period)
    return max([history.oldest, last - steps, *begins]), last
