"""The link to one browser: how many pictures are under way, and the quality that it carries."""

from __future__ import annotations

from collections import deque

MOST_UNDER_WAY = 2
"""Pictures that are sent before the first of them is acknowledged: a slow link gets fewer, not older, pictures."""
QUALITIES = (40, 55, 70, 85)
"""Of a JPEG."""
SLOW, FAST = 0.15, 0.06
"""Seconds until a picture is acknowledged, beyond which quality falls and below which it rises."""
SETTLED = 10
"""Acknowledged pictures after which quality may change again."""


class Link:
    """What is known of one browser's link. All times in seconds, of one clock."""

    def __init__(self) -> None:
        self.quality = QUALITIES[-1]
        self._sent: deque[tuple[int, float]] = deque()
        self._delay = 0.0
        self._count = 0

    @property
    def is_ready(self) -> bool:
        """Whether it takes another picture."""
        return len(self._sent) < MOST_UNDER_WAY

    def note_sent(self, number: int, now: float) -> None:
        """A picture is under way."""
        self._sent.append((number, now))

    def note_shown(self, number: int, now: float) -> None:
        """The browser shows a picture, and so has all before."""
        while self._sent and self._sent[0][0] <= number:
            of, sent = self._sent.popleft()
            if of == number:
                self._delay += 0.2 * (now - sent - self._delay) if self._delay else now - sent
                self._count += 1
        if self._count < SETTLED or SLOW >= self._delay >= FAST:
            return
        place = QUALITIES.index(self.quality) + (1 if self._delay < FAST else -1)
        self.quality = QUALITIES[min(max(place, 0), len(QUALITIES) - 1)]
        self._count = 0
