"""What happens while a character walks: heel strikes, falls, ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muscle_viewer.core.gait import SHORTEST_SWING, StrikeDetector, foot_contacts

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo

GRAVITY = 9.81


@dataclass(frozen=True)
class Event:
    """Something at a frame of the history."""

    index: int
    clock: float
    """Simulated seconds since the viewer started."""
    kind: str
    """`strike right`, `strike left`, `fall`, `end`, `begin` or `perturbation`."""
    label: str


class EventDetector:
    """Sees frames one after another."""

    def __init__(self, info: ModelInfo) -> None:
        feet = foot_contacts(info)
        self._feet = {
            side: (contacts, StrikeDetector(info.control_hz))
            for side, contacts in feet.items()
            if len(contacts)
        }
        self.memory = 1 + round(SHORTEST_SWING * info.control_hz)
        """Frames that it depends on."""

    def forget(self) -> None:
        """What comes next does not follow what came before."""
        for _, strikes in self._feet.values():
            strikes.forget()

    def see(self, frame: Frame, total_mass: float) -> list[tuple[str, str]]:
        """Kinds and labels of what happened with this frame of a character of so many kilograms."""
        found = []
        if frame.time == 0.0:
            self.forget()
        for side, (contacts, strikes) in self._feet.items():
            load = float(frame.contact_forces[contacts, 1].sum()) / (GRAVITY * total_mass)
            if strikes.see(load) is not None:
                found.append((f"strike {side}", f"{side} heel strike"))
        if frame.terminated:
            found.append(("fall", "diverged" if frame.diverged else "fall"))
        elif frame.truncated:
            found.append(("end", "end of the episode"))
        return found
