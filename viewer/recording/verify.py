"""Replays a run file without a window and says whether it came out the same, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.recording.run_file import Run, RunFileError, where
from muscle_viewer.viewer.simulation.run_log import quantities

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.simulation.session import CheckpointSession


@dataclass(frozen=True)
class Verdict:
    """What a replay showed."""

    is_identical: bool
    text: str
    """`identical`, or the first step and quantity that differ and what may be why."""


def verify(run: Run) -> Verdict:
    """Step through the run. UserError where it cannot be replayed here."""
    session = run.session()
    if run.begins_with_reset and session.save().core != run.base:
        return Verdict(False, f"differs at the reset: seed {run.seed} begins elsewhere{_why(run)}")
    for k in range(len(run.entries)):
        try:
            frame = _replayed(run, session, k)
        except (UserError, ValueError, IndexError) as error:
            raise RunFileError(f"{run.path}: step {k} cannot be replayed here: {error}") from None
        if k == 0 and not run.begins_with_reset:
            continue  # a state that the file gives: the forces that led there are not made again
        row = quantities(frame)
        if row.tobytes() != run.rows[k].tobytes():
            what = _first_difference(run, run.rows[k], row, session.info)
            return Verdict(False, f"differs at step {k} ({frame.time:.3f} s): {what}{_why(run)}")
    return Verdict(True, "identical")


def _replayed(run: Run, session: CheckpointSession, k: int) -> Frame:
    """The frame of entry `k`, after the changes that come with it."""
    for change in run.changes:
        if change.index != k:
            continue
        if change.kind == "parameters":
            session.change(change.value)
        else:
            session.swap(change.value)
    entry = run.entries[k]
    return session.reset() if entry is None else session.step(entry)


def _first_difference(run: Run, recorded: np.ndarray, replayed: np.ndarray, info: object) -> str:
    if recorded.shape != replayed.shape:
        return f"{len(recorded)} numbers recorded, {len(replayed)} replayed"
    place = int(np.flatnonzero(recorded.view(np.uint32) != replayed.view(np.uint32))[0])
    at = place
    for name, size in run.head["quantities"]:
        if at < size:
            kind = "dof_names" if name in ("positions", "velocities") else "muscle_names"
            names = getattr(info, kind) if name not in ("contact_forces", "reward") else []
            label = f"{name}[{at}] {names[at]}" if names else f"{name}[{at}]"
            return f"{label}: {recorded[place]:.9g} recorded, {replayed[place]:.9g} replayed"
        at -= size
    return f"number {place}"


def _why(run: Run) -> str:
    """What may be the reason: parts changed since the run was written, another machine or program."""
    if run.altered:
        return f"\nits {' and '.join(run.altered)} changed after it was written"
    here = where()
    apart = [
        f"{name.replace('_', ' ')} {run.head.get(name)} there, {value} here"
        for name, value in here.items()
        if run.head.get(name) != value
    ]
    if not apart:
        return "\nthe program, the core and the instruction set are the recorded ones"
    return "\nmay be because of: " + "; ".join(apart)
