"""The place of one actor: its process may be lost and come back; the seat stays."""

from __future__ import annotations

import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from muscle_viewer.core import ConfigError, UserError

from .actor import NotBegunError, Order

PAUSE = 1.0
"""Seconds until an actor that did not answer is asked again. Ray refuses calls while it restarts one."""


class Lost(Exception):
    """A call that a lost process does not answer any more."""


class Seat:
    """Asks one actor to begin until it has, and again after each loss.

    create: makes an actor, whose process Ray starts again after a loss, on any node.
    order: makes the order of a beginning; its seed is another one each time.
    """

    def __init__(
        self, ray: ModuleType, create: Callable[[], Any], order: Callable[..., Order]
    ) -> None:
        self._ray, self._create, self._order = ray, create, order
        self.actor = create()
        self.has_begun = False
        self.first_obs = torch.zeros(0)
        """Of the last beginning."""
        self._call: Any = None
        self._not_before = 0.0

    def begin(self, state: Any = None) -> None:
        """Ask for a beginning; `poll` takes the answer."""
        self.has_begun = False
        self._call = self.actor.begin.remote(self._order(state))

    def poll(self) -> bool:
        """Whether the actor has begun since the last call; a lost one is asked again at intervals."""
        if self.has_begun:
            return False
        if self._call is None:
            if time.monotonic() >= self._not_before:
                self.begin()
            return False
        if not self._ray.wait([self._call], timeout=0)[0]:
            return False
        try:
            self.first_obs = torch.from_numpy(self.result(self._call).copy())
        except Lost:
            return False
        self.has_begun, self._call = True, None
        return True

    def result(self, call: Any) -> Any:
        """The answer to a call that is ready. Lost if its process is; ConfigError for a mistake of the user's."""
        errors = self._ray.exceptions
        try:
            return self._ray.get(call)
        except errors.RayTaskError as error:  # raised by the actor's own code
            if isinstance(error.cause, UserError):
                raise ConfigError(str(error.cause)) from None
            if not isinstance(error.cause, NotBegunError):
                raise
            reason: Exception = error.cause
        except errors.RayError as error:
            reason = error
        if isinstance(reason, errors.ActorDiedError):  # Ray has given it up
            self.actor = self._create()
        self.has_begun, self._call = False, None
        self._not_before = time.monotonic() + PAUSE
        raise Lost(type(reason).__name__) from None
