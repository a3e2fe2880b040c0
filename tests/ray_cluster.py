"""A Ray cluster on this machine, each node in a network namespace of its own where that can be had."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

DEADLINE = 300.0
"""Seconds for anything to happen; nothing is measured by it."""


def wait_for(what: Callable[[], object], name: str) -> None:
    end = time.monotonic() + DEADLINE
    while not what():
        assert time.monotonic() < end, f"{name}: not within {DEADLINE} s"
        time.sleep(0.02)


def of_session(program: subprocess.Popen[bytes]) -> list[tuple[int, str]]:
    """Process and command line of all that a program started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            session = int((folder / "stat").read_text().rpartition(")")[2].split()[3])
            if session == program.pid:
                found.append((int(folder.name), (folder / "cmdline").read_text()))
        except OSError:  # it has ended meanwhile
            continue
    return found


def kill_session(program: subprocess.Popen[bytes]) -> None:
    while processes := of_session(program):
        for pid, _ in processes:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        program.poll()
        time.sleep(0.02)


class TooSlow(Exception):
    """Ray gave a node up that did not start within its own 30 s."""


class Node:
    """All processes of a node are of one session."""

    def __init__(self, cluster: Cluster, number: int, cpus: int) -> None:
        self._cluster, self._number = cluster, number
        self._log = cluster.folder / f"node{number}-{uuid.uuid4().hex[:6]}.log"
        place = ["--head", f"--port={cluster.port}", f"--temp-dir={cluster.sessions}"]
        if number > 0:
            place = [f"--address={cluster.address}"]
        command = ["start", "--block", *place, f"--node-ip-address={cluster.ip(number)}"]
        command += ["--include-dashboard=false"] if number == 0 else []
        command += [f"--num-cpus={cpus}", "--object-store-memory=200000000"]
        ray = [sys.executable, "-m", "ray.scripts.scripts"]
        self._process = cluster.popen(number, [*ray, *command], self._log)
        wait_for(self._has_started, f"node {number}")

    def _has_started(self) -> bool:
        log = self._log.read_text()
        if self._process.poll() is not None and "timed out during startup" in log:
            kill_session(self._process)
            raise TooSlow
        assert self._process.poll() is None, log[-3000:]
        return "Ray runtime started" in log

    def actors(self, doing: str = "") -> list[int]:
        """The processes of its actors, those within a call of the method `doing`."""
        titles = of_session(self._process)
        return [pid for pid, title in titles if title.startswith(f"ray::RolloutActor{doing}")]

    def kill_an_actor(self) -> None:
        """SIGKILL within a rollout."""
        wait_for(lambda: self.actors(".collect"), "a rollout")
        os.kill(self.actors(".collect")[0], signal.SIGKILL)

    @property
    def pid(self) -> int:
        """Of its first process, which is that of `ray start` or its child in a namespace of processes."""
        started = self._process.pid
        children = Path(f"/proc/{started}/task/{started}/children").read_text().split()
        return int(children[0]) if self._number > 0 and children else started

    def kill(self) -> None:
        """SIGKILL for all of its processes, as if the machine were gone."""
        kill_session(self._process)


class Cluster:
    """A head and further nodes; `run` starts a program on the head."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._id = uuid.uuid4().hex[:4]
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self._token = str(uuid.uuid4())
        # Paths of sockets must be short.
        self.sessions = tempfile.mkdtemp(prefix="ray")
        self._namespaces: list[str] = []
        self._bridge = self._make_bridge()
        self._programs: list[subprocess.Popen[bytes]] = []
        self._runs: list[Training] = []
        self.nodes: list[Node] = []

    def _make_bridge(self) -> str:
        """The network between the namespaces, in one of its own; empty where there can be none."""
        name = f"mv{self._id}"
        try:
            made = subprocess.run(["ip", "netns", "add", name], capture_output=True)
        except FileNotFoundError:
            return ""
        if made.returncode:
            return ""
        self._namespaces.append(name)
        _ip(f"-n {name} link add br0 type bridge")
        _ip(f"-n {name} link set br0 up")
        return name

    def _namespace(self, number: int) -> str:
        name = f"{self._bridge}n{number}"
        if name not in self._namespaces:
            _ip(f"netns add {name}")
            self._namespaces.append(name)
            _ip(f"-n {name} link add eth0 type veth peer name v{number} netns {self._bridge}")
            _ip(f"-n {self._bridge} link set v{number} master br0 up")
            _ip(f"-n {name} addr add {self.ip(number)}/24 dev eth0")
            _ip(f"-n {name} link set eth0 up")
            _ip(f"-n {name} link set lo up")
            # Older Rays find a program's address by the way to another network.
            _ip(f"-n {name} route add default dev eth0")
        return name

    @property
    def separates_nodes(self) -> bool:
        """Whether a node sees its own processes alone; else newer Rays take every program for one of the head."""
        return bool(self._bridge)

    @property
    def address(self) -> str:
        return f"{self.ip(0)}:{self.port}"

    def ip(self, number: int) -> str:
        return f"10.77.0.{number + 1}" if self._bridge else "127.0.0.1"

    def another_machine(self, number: int) -> list[str]:
        """What runs a command as if on another machine: Ray's files, processes and addresses are other ones."""
        prefix = ["ip", "netns", "exec", self._namespace(number)]
        prefix += ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc"]
        return [*prefix, "sh", "-c", 'mount -t tmpfs none "$0" && exec "$@"', self.sessions]

    def popen(self, number: int, command: list[str], log: Path) -> subprocess.Popen[bytes]:
        """Start a command on a node, in a session of its own."""
        prefix = ["ip", "netns", "exec", self._namespace(number)] if self._bridge else []
        if prefix and number < len(self.nodes):  # a program on a node that runs sees its files
            # Newer Rays join the node whose processes they see, and the head's first.
            spaces = ["--net", "--mount", *(["--pid"] if number > 0 else [])]
            prefix = ["nsenter", f"--target={self.nodes[number].pid}", *spaces]
            prefix += ["sh", "-c", 'cd "$0" && exec "$@"', str(Path.cwd())]
        elif prefix and number > 0:
            prefix = self.another_machine(number)
        own = {
            # Of the test's cluster alone; newer Rays start one with a token by default.
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self._token,
            "RAY_USAGE_STATS_ENABLED": "0",
            "RAY_worker_niceness": "0",
            # A node that is gone is noticed after 3 s, not after a minute; one that is slow is not taken for gone.
            "RAY_health_check_initial_delay_ms": "1000",
            "RAY_health_check_period_ms": "1000",
            "RAY_health_check_timeout_ms": "5000",
            "RAY_health_check_failure_threshold": "3",
            "OMP_WAIT_POLICY": "passive",
        }
        with log.open("wb") as output:
            program = subprocess.Popen(
                [*prefix, *command],
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **own},
                start_new_session=True,
            )
        self._programs.append(program)
        return program

    def start(self, cpus: int = 1) -> Node:
        """A further node; on a loaded machine by several tries."""
        for _ in range(4):
            with suppress(TooSlow):
                self.nodes.append(Node(self, len(self.nodes), cpus))
                return self.nodes[-1]
        raise AssertionError(f"node {len(self.nodes)}: Ray did not start it in time")

    def train(self, *arguments: object, on: int = 0) -> Training:
        """A muscle-train on a node."""
        self._runs.append(Training(self, on, [str(argument) for argument in arguments]))
        return self._runs[-1]

    def end_runs(self) -> None:
        """Kill those that still go on."""
        while self._runs:
            kill_session(self._runs.pop().process)

    def close(self) -> None:
        for program in self._programs:
            kill_session(program)
        while self._namespaces:
            _ip(f"netns del {self._namespaces.pop()}")
        shutil.rmtree(self.sessions, ignore_errors=True)


class Training:
    def __init__(self, cluster: Cluster, number: int, arguments: list[str]) -> None:
        self._log = cluster.folder / f"train-{uuid.uuid4().hex[:6]}.log"
        command = [sys.executable, "-m", "muscle_viewer.training.cli", *arguments]
        command += ["--ray", cluster.address]
        self.process = cluster.popen(number, command, self._log)

    @property
    def log(self) -> str:
        return self._log.read_text()

    def wait_for(self, text: str) -> None:
        def found() -> bool:
            ended = self.process.poll() is not None
            assert text in self.log or not ended, self.log[-3000:]
            return text in self.log

        wait_for(found, text)

    def end(self) -> int:
        """Its exit status."""
        return self.process.wait(DEADLINE)


def _ip(arguments: str) -> None:
    subprocess.run(["ip", *arguments.split()], check=True, capture_output=True)
