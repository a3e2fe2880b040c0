"""Detection of events: heel strikes, falls and ends of episodes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from muscle_viewer.core.gait import SHORTEST_SWING, StrikeDetector, foot_grounds

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame, ModelInfo

GRAVITY = 9.81


@dataclass(frozen=True)
class Event:
    """An event at a frame of the history."""

    index: int
    clock: float
    """Simulated seconds since the viewer started."""
    kind: str
    """`strike right`, `strike left`, `fall`, `end`, `begin`, `perturbation` or `change` (of parameters or weights)."""
    label: str


class EventDetector:
    """Detects events in successive frames."""

    def __init__(self, info: ModelInfo) -> None:
        self._feet = {
            side: (bodies, StrikeDetector(info.sim_hz))
            for side, bodies in foot_grounds(info).items()
            if len(bodies)
        }
        self.memory = 1 + round(SHORTEST_SWING * info.control_hz)
        """Number of frames that an event depends on."""

    def forget(self) -> None:
        """Start over: the next frame does not follow the last one."""
        for _, strikes in self._feet.values():
            strikes.forget()

    def see(self, frame: Frame, total_mass: float) -> list[tuple[str, str]]:
        """Kinds and labels of the events at a frame; `total_mass` is the character's, kg."""
        found = []
        if frame.time == 0.0:
            self.forget()
        for side, (bodies, strikes) in self._feet.items():
            loads = frame.ground_forces[:, bodies, 1].sum(axis=1) / (GRAVITY * total_mass)
            if any([strikes.see(load) is not None for load in loads.tolist()]):
                found.append((f"strike {side}", f"{side} heel strike"))
        if frame.terminated:
            found.append(("fall", "diverged" if frame.diverged else "fall"))
        elif frame.truncated:
            found.append(("end", "end of the episode"))
        return found
