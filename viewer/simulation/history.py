"""The history of the last minutes: every frame with its subject, and states from which the simulation can resume."""

from __future__ import annotations

import copy
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.viewer.simulation.events import Event, EventDetector
from muscle_viewer.viewer.simulation.frame_rows import NOTHING, FrameRows

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.simulation.subject import Subject

GEOMETRY = (
    "body_rotations", "body_positions", "reference_positions", "contact_points", "center_of_mass",
    "path_points", "muscle_lengths", "fibre_lengths", "fibre_velocities", "active_forces",
    "passive_forces", "moment_arms",
)  # fmt: skip
"""Fields of a frame that depend only on state and subject, not on the step that led to the frame."""


class History:
    """Frames by their index since the viewer started; the oldest are discarded when the capacity is reached."""

    def __init__(
        self,
        subject: Subject,
        first: Frame,
        capacity: int,
        extras: Mapping[str, Sequence[str]] = NOTHING,
    ) -> None:
        """`extras` names further numbers that are stored with each frame; see `FrameRows`."""
        self.rows = FrameRows(first, extras)
        self._capacity = capacity
        self._data = np.empty((capacity, self.rows.width), np.float32)
        self._clock = np.zeros(capacity)
        self._times = np.zeros(capacity)
        self._detector = EventDetector(subject.info)
        self._subjects: list[tuple[int, Subject]] = [(0, subject)]
        """Subjects, each with the index of its first frame."""
        self._offset = 0.0
        self._states: deque[Any] = deque(maxlen=capacity)
        self.events: list[Event] = []
        """Heel strikes, falls, starts and ends of episodes, and perturbations; oldest first."""
        self.newest = -1
        """Index of the last frame."""
        self.cuts = 0
        """Number of times that frames were replaced by others with the same indices."""

    def __len__(self) -> int:
        return min(self.newest + 1, self._capacity)

    @property
    def oldest(self) -> int:
        """Index of the oldest stored frame."""
        return self.newest + 1 - len(self)

    @property
    def now(self) -> float:
        """Time of the newest frame: simulated seconds since the viewer started."""
        return self.time(self.newest) if self.newest >= 0 else 0.0

    def time(self, index: int) -> float:
        """Simulated seconds since the viewer started, over all episodes."""
        return float(self._clock[index % self._capacity])

    def begin_episode(self) -> None:
        """Start a new episode: the next frame's time is 0 again, and the clock continues."""
        self._offset = self.now
        if self.newest >= 0:
            self.mark("begin", "new episode", self.newest + 1)

    def append(
        self, frame: Frame, state: Any = None, extras: Mapping[str, np.ndarray | None] = NOTHING
    ) -> None:
        """Append a frame, the state from which the simulation resumes there, and the further numbers."""
        self.newest += 1
        place = self.newest % self._capacity
        self.rows.pack(frame, self._data[place], extras)
        self._times[place] = frame.time
        self._clock[place] = self._offset + float(frame.time)
        self._states.append(state)
        for kind, label in self._detector.see(frame, self._subjects[-1][1].info.total_mass):
            self.mark(kind, label, self.newest)
        while len(self._subjects) > 1 and self._subjects[1][0] <= self.oldest:
            self._subjects.pop(0)
        while self.events and self.events[0].index < self.oldest:
            self.events.pop(0)

    def mark(self, kind: str, label: str, index: int | None = None) -> None:
        """Add an event at a frame, by default the newest."""
        at = self.newest if index is None else index
        clock = self.time(at) if at <= self.newest else self.now
        self.events.append(Event(at, clock, kind, label))

    def frame(self, index: int) -> Frame:
        """The frame with an index between `oldest` and `newest`."""
        place = index % self._capacity
        return self.rows.unpack(self._data[place], float(self._times[place]))

    def subject(self, index: int) -> Subject:
        """The subject of the frame with an index."""
        return next(
            (s for first, s in reversed(self._subjects) if first <= index), self._subjects[0][1]
        )

    def subjects(self, first: int, last: int) -> Iterator[tuple[int, int, Subject]]:
        """The subjects of frames first to last - 1: (begin, end, subject) of each span with one subject."""
        ends = [begin for begin, _ in self._subjects[1:]] + [last]
        for (begin, subject), end in zip(self._subjects, ends, strict=True):
            begin, end = max(begin, first), min(end, last)
            if begin < end:
                yield begin, end, subject

    def change_subject(self, subject: Subject, present: Callable[[], Frame]) -> Frame | None:
        """Set the subject of the following frames; `present` returns the newest frame as computed for it.

        If its `info` differs, the newest frame is replaced and returned: geometry and muscles are those of
        `present`; ground forces, torques and rewards, which come from the last step, stay.
        """
        if subject.info is self._subjects[-1][1].info:
            self._begin_subject(self.newest + 1, subject)
            return None
        now = present()
        frame = replace(self.frame(self.newest), **{name: getattr(now, name) for name in GEOMETRY})
        row = self._data[self.newest % self._capacity]
        kept = {name: row[self.rows.slices[name]].copy() for name in self.rows.extras}
        self.rows.pack(frame, row, kept)
        self.cuts += 1
        self._begin_subject(self.newest, subject)
        return frame

    def replace_newest(self, frame: Frame, state: Any) -> None:
        """Replace the newest frame and its state, in which the character was posed by hand; the further numbers stay."""
        row = self._data[self.newest % self._capacity]
        kept = {name: row[self.rows.slices[name]].copy() for name in self.rows.extras}
        self.rows.pack(frame, row, kept)
        self._states[-1] = state
        self.cuts += 1

    def _begin_subject(self, index: int, subject: Subject) -> None:
        self._subjects = [s for s in self._subjects if s[0] < index] + [(index, subject)]

    def masses(self, first: int, last: int) -> np.ndarray:
        """The subject's mass in frames first to last - 1, kg, shape (frames,)."""
        spans = self.subjects(max(first, self.oldest), min(last, self.newest + 1))
        parts = [np.full(end - begin, subject.info.total_mass) for begin, end, subject in spans]
        return np.concatenate([*parts, np.empty(0)])

    def state(self, index: int) -> Any:
        """The state that was stored with the frame of an index."""
        return self._states[index - self.oldest]

    def copied(self) -> History:
        """A copy that goes on by itself."""
        other = copy.copy(self)
        other._data = self._data.copy()
        other._clock, other._times = self._clock.copy(), self._times.copy()
        other._detector = copy.deepcopy(self._detector)
        other._states, other.events = self._states.copy(), list(self.events)
        other._subjects = list(self._subjects)
        return other

    def cut(self, index: int) -> None:
        """Discard everything after an index."""
        for _ in range(self.newest - index):
            self._states.pop()
        self.newest = index
        self.cuts += 1
        self._offset = self.time(index) - float(self._times[index % self._capacity])
        self.events = [event for event in self.events if event.index <= index]
        self._subjects = [s for s in self._subjects if s[0] <= index]
        self._detector.forget()
        for k in range(max(self.oldest, index + 1 - self._detector.memory), index + 1):
            self._detector.see(self.frame(k), self.subject(k).info.total_mass)

    @property
    def clock(self) -> np.ndarray:
        """Times of all frames, simulated seconds since the viewer started, oldest first, shape (len,)."""
        return self._ordered(self._clock, self.oldest, self.newest + 1)

    @property
    def breaks(self) -> list[float]:
        """Clock times at which an episode began."""
        return [event.clock for event in self.events if event.kind == "begin"]

    def between(self, begin: float, end: float) -> tuple[int, int]:
        """Indices (first, one past the last) of the frames between two times of the clock."""
        first, last = np.searchsorted(self.clock, (begin, end), side="left")
        return self.oldest + int(first), self.oldest + min(int(last) + 1, len(self))

    def times(self, first: int, last: int) -> np.ndarray:
        """Times of frames first to last - 1, as of `clock`."""
        return self._ordered(self._clock, first, last)

    def values(
        self, field: str, first: int, last: int, columns: Iterable[int] | None = None
    ) -> np.ndarray:
        """A field over frames first to last - 1, shape (frames, columns); flattened, of those columns alone if given."""
        whole = self.rows.slices[field]
        if columns is None:
            return self._ordered(self._data, first, last, whole)
        return self._ordered(self._data, first, last, [whole.start + int(k) for k in columns])

    def _ordered(
        self, data: np.ndarray, first: int, last: int, columns: slice | list[int] | None = None
    ) -> np.ndarray:
        first = max(first, self.oldest)
        last = max(min(last, self.newest + 1), first)
        a, count = first % self._capacity, last - first
        parts = [data[a : min(a + count, self._capacity)]]
        if a + count > self._capacity:
            parts.append(data[: a + count - self._capacity])
        if columns is not None:
            parts = [part[:, columns] for part in parts]
        return np.concatenate(parts) if len(parts) > 1 else parts[0].copy()
