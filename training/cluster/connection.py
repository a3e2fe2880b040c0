"""The connection to a Ray cluster: one that runs, or one of this machine alone, started for the run."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from types import ModuleType

from muscle_viewer.core import ConfigError

from ..extras import library

ANY = ""
"""Address of --ray without a value: RAY_ADDRESS, a cluster of which this machine is a node, or one of its own."""


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
                self.ray.init(
                    address or None,
                    include_dashboard=False,
                    logging_level=logging.ERROR,
                    log_to_driver=False,
                )
            except (ConnectionError, ValueError, RuntimeError) as error:
                first = (str(error).splitlines() or [type(error).__name__])[0]
                raise ConfigError(f"--ray {address}: no cluster answers ({first})") from None

    def node_cpus(self) -> list[int]:
        """CPUs of each node that lives and has any."""
        nodes = [node["Resources"].get("CPU", 0) for node in self.ray.nodes() if node["Alive"]]
        return [int(cpus) for cpus in nodes if cpus >= 1]

    def close(self) -> None:
        if self._connected:
            self.ray.shutdown()


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
