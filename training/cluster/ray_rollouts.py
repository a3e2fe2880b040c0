"""Rollouts of Ray actors: weights go out once an iteration, fragments come back through the object store."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import torch
from muscle_viewer.core import BatchEnv, EnvironmentConfig

from ..fragment import Fragment, joined
from ..logging.report import ClusterReport
from ..logging.stopwatch import ELSEWHERE_PHASES
from ..rollouts import Networks, start_seed
from ..settings import TrainingSettings
from .actor import Order, RolloutActor
from .connection import ANY, Connection, threads_for
from .packing import Arrays, Packed, pack_weights, unpack
from .seat import PAUSE, Lost, Seat

PATIENCE = 15.0
"""Seconds of waiting for actors to begin without a line that says so; of waiting for rollouts, four times as many."""


class RayRollouts:
    """Rollouts of `settings.actors` actors with `settings.num_envs` environments each.

    Synchronous: every actor steps with the newest weights; the fragments are in the order of the actors, so
    that runs of as many actors with the same seed are equal. Asynchronous: they step while the learner
    learns, with weights one iteration old. A lost actor costs its fragment; it is asked again until it is
    back, and its new episodes have another seed.
    """

    phases = ELSEWHERE_PHASES

    def __init__(
        self, config: EnvironmentConfig, settings: TrainingSettings, address: str = ANY
    ) -> None:
        self._settings = settings
        self.env = BatchEnv(config, 1, threads=1)
        self._connection = Connection(address)
        cpus = self._connection.node_cpus()
        self._ray = self._connection.ray
        actors = settings.actors or max(len(cpus), 1)
        self._config = settings.with_curriculum(config, actors * settings.num_envs)
        self._threads = settings.threads or threads_for(actors, cpus)
        self._nodes = min(len(cpus), actors)
        self._starts = 0
        self._seats = [Seat(self._ray, self._create, self._order) for _ in range(actors)]
        self._calls: dict[Any, int] = {}
        """Calls under way, and the number of the seat that each went to."""
        self._arrived: list[Packed] = []
        self._sent = 0
        self._notes: list[str] = []

    def _create(self) -> Any:
        on_gpu = self._settings.network_device.startswith("cuda")
        remote = self._ray.remote(
            num_cpus=self._threads,
            num_gpus=1 if on_gpu else 0,
            max_restarts=-1,
            scheduling_strategy="SPREAD",
        )(RolloutActor)
        return remote.remote()

    def _order(self, state: Mapping[str, Any] | None = None) -> Order:
        seed = start_seed(self._settings.seed, self._starts)
        self._starts += 1
        return Order(self._config, self._settings, seed, self._threads, state)

    def begin(self, networks: Networks) -> torch.Tensor:
        self._networks = networks
        return self._begin([None] * len(self._seats))

    def _begin(self, states: list[Any]) -> torch.Tensor:
        self._calls.clear()
        for seat, state in zip(self._seats, states, strict=True):
            seat.begin(state)
        self._wait_until(lambda: all(seat.has_begun for seat in self._seats))
        self._notes.clear()
        return torch.cat([seat.first_obs for seat in self._seats])

    def collect(self, explore: bool) -> Fragment:
        packed: list[Packed] = []
        while not packed:
            if not self._calls:
                self._ask(explore)
            with self._networks.stopwatch("rollouts"):
                packed = self._answers()
        self._arrived = packed
        if self._settings.asynchronous:
            self._ask(explore)
        with self._networks.stopwatch("rollouts"):
            return self._on_device(joined([unpack(part) for part in packed]))

    def _ask(self, explore: bool) -> None:
        """Send the present weights to all actors that have begun; wait for one if there is none."""
        self._take_back()
        self._wait_until(lambda: any(seat.has_begun for seat in self._seats))
        with self._networks.stopwatch("hand_over"):
            policy = pack_weights(self._networks.policy.state_dict())
            network = self._networks.muscle_network
            muscle = pack_weights(network.state_dict()) if network is not None else {}
            self._sent = self._nodes * (_bytes(policy) + _bytes(muscle))
            sent = self._ray.put(policy), self._ray.put(muscle)
        for number, seat in enumerate(self._seats):
            if seat.has_begun:
                self._calls[seat.actor.collect.remote(*sent, explore)] = number

    def _answers(self) -> list[Packed]:
        """The fragments of all calls under way, in the order of the actors, without those of lost ones."""
        found: dict[int, Packed] = {}
        pending = list(self._calls)
        started = told = time.monotonic()
        while pending:
            ready, pending = self._ray.wait(pending, num_returns=len(pending), timeout=PAUSE)
            if pending and time.monotonic() > told + 4 * PATIENCE:
                told = time.monotonic()
                missing = ", ".join(str(self._calls[call]) for call in pending)
                _say(f"no rollout yet of actors {missing}, for {told - started:.0f} s")
            for call in ready:
                number = self._calls[call]
                try:
                    found[number] = self._seats[number].result(call)
                except Lost as loss:
                    self._note(
                        f"actor {number} is lost ({loss}), with its rollout; it is asked again"
                    )
            self._take_back()
        self._calls.clear()
        return [found[number] for number in sorted(found)]

    def _take_back(self) -> None:
        """Ask lost actors again, and let those that have begun anew take part; RolloutsLostError if none can."""
        self._connection.check()
        for number, seat in enumerate(self._seats):
            if seat.poll():
                self._note(f"actor {number} has begun, with new episodes")

    def _wait_until(self, done: Callable[[], bool]) -> None:
        told = time.monotonic() + PATIENCE
        while not done():
            self._take_back()
            if time.monotonic() > told:
                begun = sum(seat.has_begun for seat in self._seats)
                _say(
                    f"{begun} of {len(self._seats)} actors have begun; each needs a node with "
                    f"{self._threads} free CPUs"
                )
                told = time.monotonic() + 4 * PATIENCE
            time.sleep(0.05)

    def _note(self, line: str) -> None:
        self._notes.append(line)

    def _on_device(self, fragment: Fragment) -> Fragment:
        """Its rollout where the policy learns; the muscle learner moves its samples itself."""
        device = self._networks.policy.log_std.device
        for name, tensor in vars(fragment.rollout).items():
            setattr(fragment.rollout, name, tensor.to(device))
        return fragment

    def hand_over(self) -> None:
        """The next call to the actors has the weights."""

    def report(self) -> ClusterReport:
        notes, self._notes = tuple(self._notes), []
        return ClusterReport(
            len(self._arrived),
            len(self._seats),
            sum(part.bytes for part in self._arrived),
            self._sent,
            max((part.seconds for part in self._arrived), default=0.0),
            notes,
        )

    def state_dict(self) -> dict[str, Any]:
        """Waits for rollouts under way. The state of a lost actor is None, and its episodes are new ones."""
        calls = {
            number: seat.actor.state_dict.remote()
            for number, seat in enumerate(self._seats)
            if seat.has_begun and not self._connection.is_lost
        }
        states: list[Any] = [None] * len(self._seats)
        for number, call in calls.items():
            try:
                states[number] = self._seats[number].result(call)
            except Lost as loss:
                self._note(f"actor {number} is lost ({loss}); it is asked again")
        return {"starts": self._starts, "collectors": states}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Actors beyond the saved ones, and those whose number of environments is another, start new episodes."""
        self._starts = int(state["starts"])
        saved = list(state["collectors"])[: len(self._seats)]
        self._begin(saved + [None] * (len(self._seats) - len(saved)))

    def close(self) -> None:
        """End the actors, and a cluster that was started for the run."""
        if not self._connection.is_lost:
            for seat in self._seats:
                with suppress(self._ray.exceptions.RayError):
                    self._ray.kill(seat.actor)
        self._connection.close()


def _say(line: str) -> None:
    print(f"waiting for the cluster: {line}", file=sys.stderr)


def _bytes(arrays: Arrays) -> int:
    return sum(array.nbytes for array in arrays.values())
