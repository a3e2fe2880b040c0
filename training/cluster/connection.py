"""The connection to a Ray cluster: one that runs, or one of this machine alone, started for the run."""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import ModuleType

from muscle_viewer.core import ConfigError

from ..extras import library
from ..rollouts import RolloutsLostError

ANY = ""
"""Address of --ray without a value: RAY_ADDRESS, a cluster of which this machine is a node, or one of its own."""


GIVE_UP = 30.0
"""Seconds without an answer of the head after which it is gone. Ray would end the whole process after 60."""


class Connection:
    """Ray, connected. `close` disconnects, and ends a cluster that was started here."""

    def __init__(self, address: str = ANY) -> None:
        if address.startswith("ray://"):
            raise ConfigError(
                f"--ray {address}: the learner must be on a node of the cluster; run muscle-train there, "
                "with --ray auto"
            )
        self.ray: ModuleType = library("ray", "ray")
        self._connected = not self.ray.is_initialized()
        if self._connected:
            # Of a cluster that is started here; Ray would give its workers the least priority.
            os.environ.setdefault("RAY_worker_niceness", "0")
            os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
            try:
                with _own_signal_handlers(), warnings.catch_warnings():
                    warnings.simplefilter("ignore", FutureWarning)  # Ray's own plans
                    self.ray.init(
                        address or None,
                        include_dashboard=False,
                        logging_level=logging.ERROR,
                        log_to_driver=False,
                    )
            except (OSError, ValueError, RuntimeError, self.ray.exceptions.RayError) as error:
                first = (str(error).splitlines() or [type(error).__name__])[0]
                raise ConfigError(f"--ray {address}: no cluster answers ({first})") from None

        self._name = address or "a cluster of this machine"
        host, _, port = self.ray.get_runtime_context().gcs_address.rpartition(":")
        self._head = host.strip("[]"), int(port)
        self._answered = self._asked = time.monotonic()
        self._is_lost = False

    def check(self) -> None:
        """RolloutsLostError if the head has not answered for long. Asks it at intervals; to be called often."""
        now = time.monotonic()
        if now < self._asked + 1:
            return
        self._asked = now
        try:
            socket.create_connection(self._head, timeout=2).close()
        except OSError:
            if now > self._answered + GIVE_UP:
                self._is_lost = True
                raise RolloutsLostError(
                    f"--ray {self._name}: its head does not answer any more; the run is saved, and "
                    "goes on with --resume, on any cluster or on none"
                ) from None
        else:
            self._answered = now

    @property
    def is_lost(self) -> bool:
        return self._is_lost

    def node_cpus(self) -> list[int]:
        """CPUs of each node that lives and has any."""
        nodes = [node["Resources"].get("CPU", 0) for node in self.ray.nodes() if node["Alive"]]
        return [int(cpus) for cpus in nodes if cpus >= 1]

    def close(self) -> None:
        if self._connected and not self._is_lost:
            self.ray.shutdown()


@contextmanager
def _own_signal_handlers() -> Iterator[None]:
    """Ray's handler of SIGTERM would end the run without a save."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in kept.items():
            signal.signal(number, handler)


def threads_for(actors: int, cpus: Sequence[int]) -> int:
    """The largest number of threads of which every actor has so many CPUs to itself on some node.

    cpus: of each node. ConfigError if there are more actors than CPUs.
    """
    if actors > sum(cpus):
        raise ConfigError(
            f"--actors {actors}: the cluster has {sum(cpus)} CPUs, and every actor needs one"
        )
    fitting = (n for n in range(max(cpus), 0, -1) if sum(c // n for c in cpus) >= actors)
    return next(fitting)
