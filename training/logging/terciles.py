"""Returns and falls of the last episodes by thirds of the range of each parameter that they drew."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from muscle_viewer.core.configuration import ParameterInfo

from .episodes import Episode

WINDOW = 600  # episodes
THIRDS = ("low", "middle", "high")


class TercileLog:
    """The episodes' parameters, and how they ended."""

    def __init__(self, infos: Sequence[ParameterInfo]) -> None:
        self._infos = [info for info in infos if info.high > info.low]
        self._columns = [k for k, info in enumerate(infos) if info.high > info.low]
        self._ended: deque[list[float]] = deque(maxlen=WINDOW)
        """Return, fall and parameters of each episode."""

    def extend(self, episodes: Iterable[Episode]) -> None:
        if not self._infos:
            return
        for episode in episodes:
            drawn = [episode.parameters[k] for k in self._columns]
            self._ended.append([episode.total, float(episode.fell), *drawn])

    def scalars(self) -> dict[str, float]:
        """Mean return and fall rate by parameter and third; nan where no episode ended."""
        rows = np.array(self._ended).reshape(-1, 2 + len(self._infos))
        out = {}
        for k, info in enumerate(self._infos):
            share = (rows[:, 2 + k] - info.low) / (info.high - info.low)
            third = np.clip((3 * share).astype(int), 0, 2)
            for number, name in enumerate(THIRDS):
                of_third = rows[third == number]
                for column, what in enumerate(("return", "fall_rate")):
                    mean = float(of_third[:, column].mean()) if len(of_third) else float("nan")
                    out[f"{info.name}/{what}_{name}"] = mean
        return out

    def state_dict(self) -> dict[str, Any]:
        return {"ended": list(self._ended)}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        self._ended = deque(state["ended"], maxlen=WINDOW)
