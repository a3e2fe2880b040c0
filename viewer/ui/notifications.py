"""Notices that wait to be read, the oldest first; what is no error goes by itself."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from muscle_viewer.viewer.commands import Command

SECONDS = 4.0
"""How long news stay."""


@dataclass(frozen=True)
class Notification:
    """A toast: a line or two, and buttons that each send a command."""

    text: str
    is_error: bool = False
    actions: Sequence[tuple[str, Command]] = ()
    """Buttons' labels and commands; each dismisses the notification too."""
    seconds: float = 0.0
    """After which it goes by itself; 0 stays."""
    details: str = ""
    """For those who want to know more, and for reports."""


class Notifications:
    """Time is handed in."""

    def __init__(self) -> None:
        self.waiting: deque[Notification] = deque(maxlen=8)
        self._age = 0.0

    def notify(self, text: str, is_error: bool = False, details: str = "") -> None:
        """Show a text; an error stays until it is dismissed, and is not said twice."""
        self.add(
            Notification(text, is_error, seconds=0.0 if is_error else SECONDS, details=details)
        )

    def add(self, notification: Notification) -> None:
        """Show a notification, once."""
        if notification not in self.waiting:
            self.waiting.append(notification)

    def dismiss(self) -> None:
        """Take the oldest away."""
        if self.waiting:
            self.waiting.popleft()
        self._age = 0.0

    def advance(self, elapsed: float) -> None:
        """Let `elapsed` wall seconds pass."""
        if self.waiting and self.waiting[0].seconds:
            self._age += elapsed
            if self._age > self.waiting[0].seconds:
                self.dismiss()
