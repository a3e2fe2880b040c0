"""How a command ends: the status of what it did, and one line in place of a traceback for what the user can mend."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from .errors import UserError

WRONG_INPUT = 2
NO_MEMORY = "this needs more memory than there is"
STOPPED = 128 + signal.SIGINT
UNREAD = 128 + 13
"""As of a program that SIGPIPE ends: whatever read its output has gone, as `head` does after its lines."""


class _Ended(KeyboardInterrupt):
    """A signal that asks the program to end."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.status = 128 + number


@contextmanager
def _ending() -> Iterator[None]:
    """Raise _Ended on SIGTERM and SIGHUP, but where they are ignored, as under nohup, or handled already."""

    def end(number: int, _: object) -> None:
        raise _Ended(number)

    taken = []
    if threading.current_thread() is threading.main_thread():
        signals = (signal.SIGTERM, signal.SIGHUP)
        taken = [number for number in signals if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)


def exit_status(work: Callable[[], int], stopped: str = "") -> int:
    """The status of `work`; 2 after a UserError, which is printed, and without memory; 130 after Ctrl-C; 141 where nobody
    reads the output.

    SIGTERM and SIGHUP end the work as Ctrl-C does, so that no half file is left; the status is then 128 + the signal.
    stopped: what to say after any of them.
    """
    try:
        with _ending():
            status = work()
            sys.stdout.flush()
            return status
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_INPUT
    except MemoryError:
        print(f"error: {NO_MEMORY}; ask for less: environments, episodes, pixels", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt as end:
        if stopped:
            print(stopped, file=sys.stderr)
        return end.status if isinstance(end, _Ended) else STOPPED
    except BrokenPipeError:
        # What is left in the buffer goes nowhere, and not into a complaint of the interpreter at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
