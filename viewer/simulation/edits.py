"""What the user changed, to undo and to do again: parameters, held muscles, pushes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING

from muscle_viewer.viewer.simulation.inputs import Perturbation
from muscle_viewer.viewer.simulation.parameters import SCALED, Parameters

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.commands import Push

MOST = 200
"""The last changes that are kept."""


@dataclass(frozen=True)
class Settings:
    """Everything that a change replaces."""

    parameters: Parameters
    second: Parameters | None
    """Of the second simulation, if there is one."""
    held: Perturbation
    """Held muscles."""


@dataclass(frozen=True)
class Edit:
    """A change: what it is, when it was made, and the settings before and after it."""

    label: str
    index: int
    """The frame at which it was made."""
    clock: float
    """Simulated seconds since the viewer started."""
    before: Settings
    after: Settings
    push: Push | None = None
    """A push, which is undone by going back to its frame."""
    followed: str = ""
    """The motion that was followed before it, where it chose another; empty otherwise."""


class Edits:
    """The changes in their order, and those that were undone."""

    def __init__(self) -> None:
        self.done: list[Edit] = []
        self.undone: list[Edit] = []
        """The next to be done again is the last."""

    def note(self, edit: Edit) -> None:
        """Add a change. Successive moves of one slider are one."""
        last = self.done[-1] if self.done else None
        if last and _continues(last, edit):
            edit = replace(
                edit, before=last.before, index=last.index, clock=last.clock, followed=last.followed
            )
            self.done.pop()
        self.done = [*self.done[-MOST + 1 :], edit]
        self.undone.clear()

    def forget_second(self) -> None:
        """Forget changes of a comparison that has begun or ended."""
        self.done = [edit for edit in self.done if _acts_on_first(edit)]
        self.undone.clear()


def _acts_on_first(edit: Edit) -> bool:
    first = (edit.before.parameters, edit.before.held) != (edit.after.parameters, edit.after.held)
    return first or edit.push is not None


def _continues(last: Edit, edit: Edit) -> bool:
    """Whether both hold the same muscles at other values, as one drag of a slider does."""
    held = [
        tuple(m for m, _ in s.held.overrides)
        for s in (last.before, last.after, edit.before, edit.after)
    ]
    moved = _changed_muscles(last) == _changed_muscles(edit) != []
    same = last.after == edit.before and held[1] == held[2] == held[3]
    return moved and same and last.before.parameters == edit.after.parameters


def _changed_muscles(edit: Edit) -> list[int]:
    before, after = dict(edit.before.held.overrides), dict(edit.after.held.overrides)
    return sorted(m for m in before | after if before.get(m) != after.get(m))


def label_of(before: Settings, after: Settings, info: ModelInfo) -> str:
    """A change in words: `gravity 1 to 0.5`, `soleus_l held at 0.8`; the first of several, and how many more."""
    found: list[str] = []
    sides = [(before.parameters, after.parameters, "")]
    if before.second and after.second and before.second != after.second:
        same = (before.second, after.second) == (before.parameters, after.parameters)
        sides += [] if same else [(before.second, after.second, " of the second")]
    for one, other, whose in sides:
        found += [f"{words}{whose}" for words in _parameters(one, other, info)]
    held, now = dict(before.held.overrides), dict(after.held.overrides)
    for muscle in sorted(held | now):
        if held.get(muscle) != now.get(muscle):
            name = info.muscle_names[muscle]
            found.append(f"{name} held at {now[muscle]:.2f}" if muscle in now else f"{name} free")
    if not found:
        return ""
    return found[0] + (f" and {len(found) - 1} more" if len(found) > 1 else "")


def _parameters(before: Parameters, after: Parameters, info: ModelInfo) -> list[str]:
    names: dict[str, Sequence[str]] = {
        "bones": info.body_names, "force": info.muscle_names, "length": info.muscle_names,
        "pose": info.dof_names,
    }  # fmt: skip
    found = []
    for field in fields(Parameters):
        one, other = getattr(before, field.name), getattr(after, field.name)
        if one == other:
            continue
        if field.name == "clip":
            found.append(f"motion {other or 'drawn by each episode'}")
            continue
        if field.name not in (*SCALED, "drawn"):
            found.append(f"{field.name} {one:.3g} to {other:.3g}")
            continue
        pairs = dict(one), dict(other)
        for key in sorted(pairs[0] | pairs[1], key=str):
            if pairs[0].get(key) != pairs[1].get(key):
                name = key if field.name == "drawn" else f"{field.name} of {names[field.name][key]}"
                value = pairs[1].get(key)
                found.append(f"{name} {'as before' if value is None else f'to {value:.3g}'}")
    return found
