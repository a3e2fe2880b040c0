"""Replay of a run file without a window, and its comparison with the recording, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.recording.run_file import LAST_SUBSTEP_FORMAT, Run, RunFileError, where
from muscle_viewer.viewer.simulation.run_log import QUANTITIES, quantities

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.simulation.session import CheckpointSession


@dataclass(frozen=True)
class Verdict:
    """Result of a replay."""

    is_identical: bool
    text: str
    """`identical`, or the first step and quantity that differ, and possible reasons."""


def verify(run: Run) -> Verdict:
    """Replay a run and compare every step. UserError if it cannot be replayed here."""
    session = run.session()
    if run.begins_with_reset and session.save().core != run.base:
        return Verdict(False, f"differs at the reset of seed {run.seed}{_why(run)}")
    for k in range(len(run.entries)):
        try:
            frame = _replayed(run, session, k)
        except (UserError, ValueError, IndexError) as error:
            raise RunFileError(f"{run.path}: step {k} cannot be replayed here: {error}") from None
        if k == 0 and not run.begins_with_reset:
            continue  # the state comes from the file, and the forces of the step before it are not recomputed
        row = quantities(frame)
        if run.head.get("format") == LAST_SUBSTEP_FORMAT and row.shape == run.rows[k].shape:
            forces = _columns(frame, "contact_forces")
            row[forces] = run.rows[k][forces]  # other quantities there
        if row.tobytes() != run.rows[k].tobytes():
            what = _first_difference(run.rows[k], row, frame, session.info)
            return Verdict(False, f"differs at step {k} ({frame.time:.3f} s): {what}{_why(run)}")
    return Verdict(True, "identical")


def _replayed(run: Run, session: CheckpointSession, k: int) -> Frame:
    """The frame of entry `k`, after its changes of parameters and weights are applied."""
    for change in run.changes:
        if change.index != k:
            continue
        if change.kind == "parameters":
            session.change(change.value)
        else:
            session.swap(change.value)
    entry = run.entries[k]
    return session.reset() if entry is None else session.step(entry)


def _columns(frame: Frame, quantity: str) -> slice:
    """Columns of a quantity in a row of the log."""
    at = 0
    for name in QUANTITIES:
        size = np.size(getattr(frame, name))
        if name == quantity:
            return slice(at, at + size)
        at += size
    raise ValueError(f"no quantity '{quantity}'")


def _first_difference(
    recorded: np.ndarray, replayed: np.ndarray, frame: Frame, info: object
) -> str:
    if recorded.shape != replayed.shape:
        return f"{len(recorded)} numbers recorded, {len(replayed)} replayed"
    place = int(np.flatnonzero(recorded.view(np.uint32) != replayed.view(np.uint32))[0])
    at = place
    for name in QUANTITIES:  # with the frame's sizes: what the file says of them is not believed
        size = np.size(getattr(frame, name))
        if at < size:
            kind = "dof_names" if name in ("positions", "velocities") else "muscle_names"
            names = getattr(info, kind) if name not in ("contact_forces", "reward") else []
            label = f"{name}[{at}] {names[at]}" if names else f"{name}[{at}]"
            return f"{label}: {recorded[place]:.9g} recorded, {replayed[place]:.9g} replayed"
        at -= size
    return f"number {place}"


def _why(run: Run) -> str:
    """Possible reasons for a difference: parts that were changed after recording, or another program or machine."""
    if run.altered:
        return f"\n{' and '.join(run.altered)} of the run file changed after it was written"
    here = where()
    apart = [
        f"{name.replace('_', ' ')} {run.head.get(name)} in the recording, {value} here"
        for name, value in here.items()
        if run.head.get(name) != value
    ]
    if not apart:
        return "\nprogram, core, torch and instruction set are the same as in the recording"
    return "\npossible reasons: " + "; ".join(apart)
