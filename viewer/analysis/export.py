"""The history as files for other programs: numpy's .npz, OpenSim's .mot and .sto."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.core import rajagopal

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.history import History

KINDS = ("npz", "mot", "sto")


def write(
    path: Path, kind: str, info: ModelInfo, history: History, name: str | None = None
) -> None:
    """Write all frames that are still known; `name` is the table's, for people. OSError where that cannot be."""
    name = name or path.stem
    if kind == "npz":
        _write_npz(path, info, history)
    elif kind == "mot":
        _write_motion(path, name, info, history)
    else:
        _write_muscles(path, name, info, history)


def _span(history: History) -> tuple[int, int]:
    return history.oldest, history.newest + 1


def _write_npz(path: Path, info: ModelInfo, history: History) -> None:
    first, last = _span(history)
    arrays = {
        name: history.values(name, first, last).reshape(-1, *history.rows.shapes[name])
        for name in history.rows.slices
    }
    arrays["clock"] = history.times(first, last)
    names = {
        "dof_names": info.dof_names, "joint_names": info.joint_names, "muscle_names": info.muscle_names,
        "body_names": info.body_names, "reward_names": history.rows.terms,
        **{f"{name}_names": entries for name, entries in history.rows.extras.items()},
    }  # fmt: skip
    arrays |= {name: np.array(words) for name, words in names.items()}
    arrays |= _subjects(history, first, last)
    with path.open("wb") as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def _subjects(history: History, first: int, last: int) -> dict[str, np.ndarray]:
    """The figures of each subject that moved, (subjects, ...), and the row of its first frame, (subjects,)."""
    spans = list(history.subjects(first, last))
    figures = ("total_mass", "max_isometric_force", "optimal_fibre_length", "tendon_slack_length")
    return {
        "subject_begins": np.array([begin - first for begin, *_ in spans]),
        **{name: np.array([getattr(s.info, name) for *_, s in spans]) for name in figures},
    }


def _write_motion(path: Path, name: str, info: ModelInfo, history: History) -> None:
    """Rajagopal2015.osim's coordinates in degrees and metres where the character is made like it; else
    generalised positions, rotation vectors and angles in radians."""
    first, last = _span(history)
    times, values = history.times(first, last), history.values("positions", first, last)
    if not rajagopal.fits(info.body_names, info.dof_names):
        write_storage(path, name, info.dof_names, times, values)
        return
    rotations = history.values("body_rotations", first, last).reshape(len(values), -1, 3, 3)
    origins = history.values("body_positions", first, last).reshape(len(values), -1, 3)

    def body(of: str) -> tuple[np.ndarray, np.ndarray]:
        k = info.body_names.index(of)
        return rotations[:, k], origins[:, k]

    begins = 1 + np.flatnonzero(np.diff(times) <= 0.0)
    table = rajagopal.coordinates(info.dof_names, values, body, begins.tolist())
    values = np.column_stack(list(table.values()))
    write_storage(path, name, list(table), times, values, degrees=True)


def _write_muscles(path: Path, name: str, info: ModelInfo, history: History) -> None:
    """Activations, active and passive forces in N and powers in W of the muscles, moments in N m and powers in W of the
    joints, what each joint transmits to its body, and the ground's force on each contact."""
    first, last = _span(history)
    names, parts = [], []
    for field, ending in (
        ("activations", "activation"),
        ("active_forces", "active_force"),
        ("passive_forces", "passive_force"),
    ):
        names += [f"{muscle}/{ending}" for muscle in info.muscle_names]
        parts.append(history.values(field, first, last))
    names += [f"{muscle}/power" for muscle in info.muscle_names]
    parts.append(history.values("muscle_powers", first, last))
    names += [f"{joint}/moment" for joint in info.joint_names]
    parts.append(history.values("joint_moments", first, last))
    names += [f"{joint}/power" for joint in info.joint_names]
    parts.append(history.values("joint_powers", first, last))
    reactions = history.values("joint_reactions", first, last)
    if reactions.shape[1]:
        kinds = [f"reaction_{kind}_{axis}" for kind in ("moment", "force") for axis in "xyz"]
        names += [f"{body}/{kind}" for body in info.body_names for kind in kinds]
        parts.append(np.nan_to_num(reactions))
    forces = history.values("contact_forces", first, last)
    names += [f"contact_{k // 3}/force_{'xyz'[k % 3]}" for k in range(forces.shape[1])]
    parts.append(forces)
    write_storage(path, name, names, history.times(first, last), np.concatenate(parts, axis=1))


def write_storage(
    path: Path,
    name: str,
    names: list[str],
    times: np.ndarray,
    values: np.ndarray,
    degrees: bool = False,
) -> None:
    """A table as OpenSim reads it: times must grow, so that a reset takes the place of the frame before it."""
    grows = np.append(np.diff(times) > 0.0, True)
    times, values = times[grows], values[grows]
    head = [
        name, "version=1", f"nRows={len(times)}", f"nColumns={1 + len(names)}",
        f"inDegrees={'yes' if degrees else 'no'}", "endheader", "\t".join(["time", *names]),
    ]  # fmt: skip
    with path.open("w") as file:
        file.write("\n".join(head) + "\n")
        np.savetxt(file, np.column_stack([times, values]), fmt="%.9g", delimiter="\t")
