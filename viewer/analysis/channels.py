"""Every number of a frame by a name that people can search for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer.analysis.anatomy import quantities

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.frame_rows import FrameRows
    from muscle_viewer.viewer.simulation.history import History

UNITS = {
    "body_positions": "m", "path_points": "m", "muscle_lengths": "m", "disturbance": "N",
    "active_forces": "N", "passive_forces": "N", "moment_arms": "m", "desired_torques": "N m",
    "muscle_torques": "N m", "passive_torques": "N m", "applied_torques": "N m",
    "joint_moments": "N m",
    "contact_points": "m", "contact_forces": "N", "center_of_mass": "m",
    "fibre_lengths": "l_opt", "fibre_velocities": "l_opt/s", "joint_powers": "W",
    "muscle_powers": "W", "muscle_forces": "N", "network_torques": "N m",
}  # fmt: skip

GENERALISED = {
    "positions": ("rad", "m"), "reference_positions": ("rad", "m"), "target_positions": ("rad", "m"),
    "velocities": ("rad/s", "m/s"),
}  # fmt: skip
"""Units of the fields with a column for each dof: of its angles, and of the root's translation."""

ALIASES = {
    "positions": "angle", "velocities": "velocity speed rate", "activations": "EMG",
    "applied_torques": "joint moment", "muscle_torques": "joint moment",
    "joint_moments": "net inverse dynamics", "joint_powers": "power",
    "contact_forces": "ground reaction force GRF", "center_of_mass": "centre COM CoM",
    "muscle_lengths": "muscle-tendon length MTU", "fibre_lengths": "fiber", "fibre_velocities": "fiber",
    "body_positions": "origin", "moment_arms": "lever", "joint_reactions": "joint contact load",
}  # fmt: skip
"""Words by which people look for a field, besides its name."""

NOT_LISTED = ("ground_forces",)
"""Fields whose columns are moments within a step."""

DERIVED = "derived"
"""The field of the channels of `anatomy.quantities`; the column counts them."""

TRANSLATION = range(3, 6)
"""The dofs of a free root that are no angles."""


@dataclass(frozen=True)
class Channel:
    """One number of the frames: its field, its column there, and its unit."""

    name: str
    field: str
    column: int
    unit: str = ""


def channels(info: ModelInfo, rows: FrameRows) -> list[Channel]:
    """All of them: those under anatomical names first, then the frame's fields in their order."""
    found = [
        Channel(quantity.name, DERIVED, k, quantity.unit)
        for k, quantity in enumerate(quantities(info))
    ]
    for field, columns in rows.slices.items():
        if field in NOT_LISTED:
            continue
        for column, part in enumerate(_parts(info, rows, field, columns.stop - columns.start)):
            name = field.replace("_", " ")
            title = f"{name} / {part}" if part else name
            found.append(Channel(title, field, column, _unit(info, field, column)))
    return found


def series(
    info: ModelInfo, history: History, field: str, column: int, first: int, last: int
) -> np.ndarray:
    """Values of the channel of a field and column over frames first to last - 1, shape (frames,)."""
    if field == DERIVED:
        return quantities(info)[column].of(info, history, first, last)
    return history.values(field, first, last, [column])[:, 0]


def _unit(info: ModelInfo, field: str, column: int) -> str:
    if field in GENERALISED:
        return GENERALISED[field][info.root_dofs == 6 and column in TRANSLATION]
    if field == "joint_reactions":
        return "N m" if column % 6 < 3 else "N"
    return UNITS.get(field, "")


def _parts(info: ModelInfo, rows: FrameRows, field: str, size: int) -> list[str]:
    """Names of a field's columns."""
    axes = ("x", "y", "z")
    if field in rows.extras:
        return list(rows.extras[field])
    if field == "reward_terms":
        return [term.replace("_", " ") for term in rows.terms]
    if size == 1 and rows.shapes[field] == ():
        return [""]
    if field in ("contact_points", "contact_forces"):
        bodies = [info.body_names[int(body)] for body in info.contact_bodies]
        return [f"{body} {k} {axis}" for body, k in _numbered(bodies) for axis in axes]
    if field == "path_points":
        muscles = np.repeat(info.muscle_names, np.diff(info.path_offsets)).tolist()
        return [f"{muscle} {k} {axis}" for muscle, k in _numbered(muscles) for axis in axes]
    if field.startswith("body_"):
        inner = axes if field == "body_positions" else tuple(f"{a}{b}" for a in axes for b in axes)
        return [f"{body} {part}" for body in info.body_names for part in inner]
    if field == "joint_reactions":
        kinds = [f"{kind} {axis}" for kind in ("moment", "force") for axis in axes]
        return [f"{body} {kind}" for body in info.body_names for kind in kinds]
    if field == "moment_arms":
        joints = info.joint_names
        return [
            f"{info.muscle_names[int(m)]} {joints[int(d)]}"
            for m, d in zip(info.muscle_of, info.muscle_dofs, strict=True)
        ]
    if rows.shapes[field][-1:] == (3,):
        return [f"{k // 3} {axes[k % 3]}" if size > 3 else axes[k] for k in range(size)]
    for names in (info.muscle_names, info.dof_names, info.joint_names):
        if len(names) == size:
            return list(names)
    return [str(k) for k in range(size)]


def _numbered(names: list[str]) -> list[tuple[str, int]]:
    """Each name, and how many of the same came before, counted from 1."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append((name, seen[name]))
    return found


def found(all_channels: list[Channel], words: str) -> list[Channel]:
    """Those whose names and aliases hold all of several words."""
    parts = words.lower().split()

    def names(channel: Channel) -> str:
        alias = ALIASES.get(channel.field, "")
        return f"{channel.name} {channel.name.replace('_', ' ')} {alias} {channel.unit}".lower()

    return [k for k in all_channels if all(part in names(k) for part in parts)]


def table(
    times: np.ndarray,
    names: list[str],
    columns: list[np.ndarray],
    first: str = "time (s)",
    separator: str = ",",
) -> str:
    """A table as text, a line a frame; the heads hold the units. first: the head of the first column."""
    heads = [f'"{name}"' if separator in name else name for name in (first, *names)]
    lines = [separator.join(heads)]
    for k, time in enumerate(times):
        lines.append(separator.join([f"{time:.6f}", *(f"{column[k]:.7g}" for column in columns)]))
    return "\n".join(lines) + "\n"
