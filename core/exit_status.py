"""How a command ends: the status of what it did, and one line in place of a traceback for what the user can mend."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable

from .errors import UserError

WRONG_INPUT = 2
STOPPED = 128 + signal.SIGINT
UNREAD = 128 + 13
"""As of a program that SIGPIPE ends: whatever read its output has gone, as `head` does after its lines."""


def exit_status(work: Callable[[], int], stopped: str = "") -> int:
    """The status of `work`; 2 after a UserError, which is printed; 130 after Ctrl-C; 141 where nobody reads the output.

    stopped: what to say after Ctrl-C.
    """
    try:
        status = work()
        sys.stdout.flush()
        return status
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return WRONG_INPUT
    except KeyboardInterrupt:
        if stopped:
            print(stopped, file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        # What is left in the buffer goes nowhere, and not into a complaint of the interpreter at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
