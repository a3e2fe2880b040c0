"""Returns, lengths and falls of the last episodes of each motion and of the transitions to it, where there are several."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from .episodes import Episode

WINDOW = 100  # episodes of a motion, or of transitions to it


class ClipLog:
    """The last episodes of each motion alone by its name, and those that came to it by a transition."""

    def __init__(self, names: Sequence[str], control_hz: int) -> None:
        self._names = list(names) if len(names) > 1 else []
        self._hz = control_hz
        self._ended = self._windows([[] for _ in self._names])
        self._came = self._windows([[] for _ in self._names])

    @staticmethod
    def _windows(rows: Iterable[Iterable[list[float]]]) -> list[deque[list[float]]]:
        """Return, steps and fall of each motion's episodes."""
        return [deque(of_clip, maxlen=WINDOW) for of_clip in rows]

    def extend(self, episodes: Iterable[Episode]) -> None:
        if not self._names:
            return
        for episode in episodes:
            row = [episode.total, float(episode.steps), float(episode.fell)]
            (self._ended if episode.left == episode.clip else self._came)[episode.clip].append(row)

    def scalars(self, weights: Sequence[float]) -> dict[str, float]:
        """Mean return, length (s), fall rate and weight by motion; nan where no episode ended.

        `transition_fall_rate`: of the episodes that came to it by a transition.
        """
        out = {}
        for k, name in enumerate(self._names):
            rows = np.array(self._ended[k]).reshape(-1, 3)
            total, steps, fell = rows.mean(axis=0) if len(rows) else np.full(3, np.nan)
            out[f"{name}/return"] = float(total)
            out[f"{name}/seconds"] = float(steps / self._hz)
            out[f"{name}/fall_rate"] = float(fell)
            out[f"{name}/transition_fall_rate"] = (
                float(np.mean([row[2] for row in self._came[k]])) if self._came[k] else np.nan
            )
            out[f"{name}/weight"] = float(weights[k])
        return out

    def state_dict(self) -> dict[str, Any]:
        return {"ended": [*map(list, self._ended)], "came": [*map(list, self._came)]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        if len(state.get("came", ())) == len(self._came):  # else the run's motions were changed
            self._ended = self._windows(state["ended"])
            self._came = self._windows(state["came"])
