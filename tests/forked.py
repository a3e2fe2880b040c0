"""Programs of Python that a test starts, in forks of one process that has loaded torch: two seconds less for each.

A program has its own arguments, environment variables, working directory and output, and ends as any other. It differs from
one that is started anew in what is imported already (`LOADED`): a test of how a program starts starts it by `subprocess`.
"""

from __future__ import annotations

import array
import atexit
import contextlib
import gc
import importlib
import json
import os
import runpy
import signal
import socket
import subprocess
import sys
import threading
import traceback
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

LOADED = ("torch", "yaml", "PIL.Image", "muscle_viewer.core.configuration")
READ_WHEN_LOADED = (
    "MUSCLE_",
    "OMP_",
    "GOMP_",
    "KMP_",
    "MKL_",
    "OPENBLAS_",
    "TORCH_",
    "LD_",
    "PYTHON",
)
"""How the environment variables begin that the loaded libraries have read; a program with others is started anew."""


class Program:
    """A running program, as `subprocess.Popen` of a Python with `arguments` after its name, with pipes of text."""

    def __init__(
        self,
        *arguments: str,
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        dispositions: Mapping[int, int] | None = None,
    ) -> None:
        """dispositions: of signals, SIG_DFL or SIG_IGN, in place of those of the tests."""
        out, err = os.pipe(), os.pipe()
        self._status, status = socket.socketpair()
        request = {
            "arguments": arguments,
            "cwd": str(cwd or Path.cwd()),
            "env": dict(os.environ if env is None else env),
            "dispositions": [[int(n), int(how)] for n, how in (dispositions or {}).items()],
        }
        passed = [out[1], err[1], status.fileno()]
        with _asking:
            text = json.dumps(request).encode()
            size = len(text).to_bytes(4, "little")
            rights = array.array("i", passed)
            _server().sendmsg([size], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
            _server().sendall(text)
        for descriptor in (out[1], err[1]):
            os.close(descriptor)
        status.close()
        self.stdout, self.stderr = os.fdopen(out[0]), os.fdopen(err[0])
        self.pid = int.from_bytes(self._status.recv(4), "little")
        self.returncode: int | None = None

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it at once."""
        self.send_signal(signal.SIGKILL)

    def wait(self, timeout: float | None = None) -> int:
        """Its exit status, or the negative number of the signal that ended it. TimeoutError after `timeout` seconds."""
        if self.returncode is None:
            self._status.settimeout(timeout)
            answer = self._status.recv(4)
            self._status.close()
            assert answer, "the process that starts programs has ended"
            self.returncode = int.from_bytes(answer, "little", signed=True)
        return self.returncode

    def communicate(self, timeout: float | None = None) -> tuple[str, str]:
        """The rest of what it prints, after its end. TimeoutError, and its end, after `timeout` seconds."""
        said = ["", ""]

        def read() -> None:
            said[1] = self.stderr.read()

        clock = threading.Timer(timeout, self.kill) if timeout else None
        if clock:
            clock.start()
        reader = threading.Thread(target=read)
        reader.start()
        said[0] = self.stdout.read()
        reader.join()
        status = self.wait()
        if clock:
            clock.cancel()
            if clock.finished.is_set() and status == -signal.SIGKILL:
                raise TimeoutError(f"not ended after {timeout} s; it said {said}")
        self.stdout.close()
        self.stderr.close()
        return said[0], said[1]


def run(
    *arguments: object,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    timeout: float = 300.0,
) -> subprocess.CompletedProcess[str]:
    """What a program has done and printed: a Python with these arguments, such as `-m`, a module and more."""
    words = [str(word) for word in arguments]
    if not alike(env):
        return subprocess.run(
            [sys.executable, *words], capture_output=True, text=True, cwd=cwd, env=env, timeout=timeout
        )  # fmt: skip
    program = Program(*words, cwd=cwd, env=env)
    out, err = program.communicate(timeout)
    return subprocess.CompletedProcess(words, program.wait(), out, err)


def alike(env: Mapping[str, str] | None) -> bool:
    """Whether a program in this environment would load the libraries as they are loaded."""

    def read(variables: Mapping[str, str]) -> dict[str, str]:
        return {k: v for k, v in variables.items() if k.startswith(READ_WHEN_LOADED)}

    _server()
    return read(os.environ if env is None else env) == read(_began_with)


_asking = threading.Lock()
_began_with: dict[str, str] = {}


@cache
def _server() -> socket.socket:
    """The socket of the process that starts programs, which ends with this one."""
    here, there = socket.socketpair()
    _began_with.update(os.environ)
    command = [sys.executable, __file__, str(there.fileno())]
    process = subprocess.Popen(command, pass_fds=[there.fileno()])
    there.close()

    def end() -> None:
        here.close()
        process.wait()

    atexit.register(end)
    return here


def _serve(asked: socket.socket) -> None:
    """Start the programs that are asked for, until the tests end."""
    for module in LOADED:
        importlib.import_module(module)
    gc.freeze()
    while True:
        head, descriptors, *_ = socket.recv_fds(asked, 4, 3)
        with contextlib.suppress(ChildProcessError):
            while os.waitpid(-1, 0 if not head else os.WNOHANG)[0]:
                pass
        if not head:
            return
        size, text = int.from_bytes(head, "little"), b""
        while len(text) < size:
            text += asked.recv(size - len(text))
        if os.fork() == 0:
            asked.close()
            _wait_for_program(json.loads(text), *descriptors)
        for descriptor in descriptors:
            os.close(descriptor)


def _wait_for_program(request: dict[str, Any], out: int, err: int, status: int) -> None:
    """Run a program in a fork, and say its number and how it ended."""
    child = os.fork()
    if child == 0:
        os.close(status)
        os.dup2(out, 1)
        os.dup2(err, 2)
        os.close(out)
        os.close(err)
        _be(request)
    os.close(out)
    os.close(err)
    with socket.socket(fileno=status) as said, contextlib.suppress(BrokenPipeError):
        said.sendall(child.to_bytes(4, "little"))
        _, ended = os.waitpid(child, 0)
        said.sendall(os.waitstatus_to_exitcode(ended).to_bytes(4, "little", signed=True))
    os._exit(0)


def _be(request: dict[str, Any]) -> None:
    """Become a program; end as the interpreter ends."""
    for number, how in request["dispositions"]:
        signal.signal(number, signal.Handlers(how))
    os.environ.clear()
    os.environ.update(request["env"])
    os.chdir(request["cwd"])
    first, *rest = request["arguments"]
    try:
        if first == "-c":
            sys.argv, sys.path[0] = ["-c", *rest[1:]], ""
            exec(compile(rest[0], "<string>", "exec"), _new_main())
        elif first == "-m":
            sys.argv, sys.path[0] = ["-m", *rest[1:]], request["cwd"]
            runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
        else:
            sys.argv, sys.path[0] = [first, *rest], str(Path(first).resolve().parent)
            runpy.run_path(first, run_name="__main__")
    except SystemExit:
        raise
    except BaseException:
        traceback.print_exc()
        sys.exit(1)
    sys.exit(0)


def _new_main() -> dict[str, Any]:
    """The names of a new module `__main__`, which replaces this one."""
    module = type(sys)("__main__")
    sys.modules["__main__"] = module
    return vars(module)


if __name__ == "__main__":
    _serve(socket.socket(fileno=int(sys.argv[1])))
