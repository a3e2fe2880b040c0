"""Replays a run file without a window and says whether it came out the same, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from muscle_viewer.viewer.run_file import Run, where
from muscle_viewer.viewer.run_log import quantities


@dataclass(frozen=True)
class Verdict:
    """What a replay showed."""

    is_identical: bool
    text: str
    """`identical`, or the first step and quantity that differ and what may be why."""


def verify(run: Run) -> Verdict:
    """Step through the run. UserError where it cannot even begin here."""
    session = run.session()
    if run.head["begins_with_reset"] and session.save().core != run.base:
        return Verdict(
            False, f"differs at the reset: seed {run.head['seed']} begins elsewhere{_why(run)}"
        )
    changes = list(run.changes)
    for k, entry in enumerate(run.entries):
        while changes and changes[0].index <= k:
            change = changes.pop(0)
            if change.kind == "parameters":
                session.change(change.value)
            else:
                session.swap(change.value)
        frame = session.reset() if entry is None else session.step(entry)
        row = quantities(frame)
        if row.tobytes() != run.rows[k].tobytes():
            what = _first_difference(run, run.rows[k], row, session.info)
            return Verdict(False, f"differs at step {k} ({frame.time:.3f} s): {what}{_why(run)}")
    return Verdict(True, "identical")


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
    """The differences of machine and program, which may be the reason."""
    here = where()
    apart = [
        f"{name.replace('_', ' ')} {run.head.get(name)} there, {value} here"
        for name, value in here.items()
        if run.head.get(name) != value
    ]
    if not apart:
        return "\nthe program, the core and the instruction set are the recorded ones"
    return "\nmay be because of: " + "; ".join(apart)
