"""The queue of notifications, oldest first. Errors stay until they are dismissed; other notifications expire."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

from muscle_viewer.viewer.commands import Command

SECONDS = 4.0
"""Time after which a notification that is no error expires, s."""


@dataclass(frozen=True)
class Notification:
    """A short text with buttons that each send a command."""

    text: str
    is_error: bool = False
    actions: Sequence[tuple[str, Command]] = ()
    """Labels and commands of the buttons; each button also dismisses the notification."""
    seconds: float = 0.0
    """Time after which the notification expires, s; 0: never."""
    details: str = ""
    """Further text, such as a traceback, that the window shows on request."""


class Notifications:
    """The notifications that wait to be shown. Wall time is passed in."""

    def __init__(self) -> None:
        self.waiting: deque[Notification] = deque(maxlen=8)
        self._age = 0.0

    def notify(self, text: str, is_error: bool = False, details: str = "") -> None:
        """Add a notification; an error stays until it is dismissed, and is not repeated."""
        self.add(
            Notification(text, is_error, seconds=0.0 if is_error else SECONDS, details=details)
        )

    def add(self, notification: Notification) -> None:
        """Add a notification unless the same one is waiting already."""
        if notification not in self.waiting:
            self.waiting.append(notification)

    def dismiss(self) -> None:
        """Remove the oldest notification."""
        if self.waiting:
            self.waiting.popleft()
        self._age = 0.0

    def forget(self) -> None:
        """Remove the notifications that are no errors."""
        errors = [n for n in self.waiting if n.is_error]
        self.waiting.clear()
        self.waiting.extend(errors)

    def advance(self, elapsed: float) -> None:
        """Advance by `elapsed` wall seconds, and remove the oldest notification if it has expired."""
        if self.waiting and self.waiting[0].seconds:
            self._age += elapsed
            if self._age > self.waiting[0].seconds:
                self.dismiss()
