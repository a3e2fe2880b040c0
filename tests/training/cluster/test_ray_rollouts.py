"""RayRollouts on a stand-in for Ray, which calls actors in this process: their order, lag and losses."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from muscle_viewer.core import load_config
from muscle_viewer.training.cluster import connection, ray_rollouts, seat
from muscle_viewer.training.cluster.ray_rollouts import RayRollouts
from muscle_viewer.training.muscle_learner import MuscleSettings
from muscle_viewer.training.ppo import PpoSettings
from muscle_viewer.training.rollouts import RolloutsLostError
from muscle_viewer.training.settings import TrainingSettings
from muscle_viewer.training.trainer import Trainer

pytestmark = pytest.mark.slow

ENVS, HORIZON, ACTORS = 16, 4, 2
SETTINGS = TrainingSettings(
    num_envs=ENVS,
    steps=1000 * ENVS * HORIZON,
    warm_up=0,
    muscle_batches=1,
    actors=ACTORS,
    ppo=PpoSettings(hidden=(16, 16), horizon=HORIZON, batch=64),
    muscle=MuscleSettings(hidden=(16, 16, 16), batch=64, capacity=300),
)


class RayError(Exception):
    pass


class RayTaskError(RayError):
    def __init__(self, cause: Exception) -> None:
        super().__init__(str(cause))
        self.cause = cause


class ActorUnavailableError(RayError):
    pass


class ActorDiedError(RayError):
    pass


@dataclass(eq=False)
class Call:
    error: Exception | None
    value: Any = None


class Actor:
    """A handle: every method has `remote`. A killed actor refuses `refusals` calls, then is a new process."""

    def __init__(self, made: type) -> None:
        self._made, self._process = made, made()
        self.refusals = 0
        self.weights: list[Any] = []

    def kill(self, refusals: int) -> None:
        self.refusals, self._process = refusals, self._made()

    def __getattr__(self, name: str) -> Any:
        def remote(*arguments: Any) -> Call:
            if self.refusals:
                self.refusals -= 1
                return Call(ActorUnavailableError("restarting"))
            if name == "collect":
                self.weights.append({k: v.copy() for k, v in arguments[0].items()})
            try:
                return Call(None, getattr(self._process, name)(*arguments))
            except Exception as error:
                return Call(RayTaskError(error))

        return SimpleNamespace(remote=remote)


class Ray:
    """What RayRollouts uses of the module ray. A put passes the object itself on."""

    exceptions = SimpleNamespace(
        RayError=RayError, RayTaskError=RayTaskError, ActorDiedError=ActorDiedError
    )

    def __init__(self, port: int) -> None:
        self.actors: list[Actor] = []
        self.late = 0
        """Calls of `wait` that find the answer of one actor alone."""
        self._port = port

    def is_initialized(self) -> bool:
        return True

    def nodes(self) -> list[dict[str, Any]]:
        return [{"Alive": True, "Resources": {"CPU": 2.0}}]

    def get_runtime_context(self) -> SimpleNamespace:
        return SimpleNamespace(gcs_address=f"127.0.0.1:{self._port}")

    def remote(self, **options: Any) -> Any:
        assert options["max_restarts"] == -1

        def of(made: type) -> SimpleNamespace:
            def remote() -> Actor:
                self.actors.append(Actor(made))
                return self.actors[-1]

            return SimpleNamespace(remote=remote)

        return of

    def put(self, value: Any) -> Any:
        return value

    def wait(self, calls: list[Any], num_returns: int = 1, timeout: float = 0) -> Any:
        if self.late and num_returns > 1:
            self.late -= 1
            return calls[:1], calls[1:]
        return calls, []

    def get(self, call: Any) -> Any:
        if call.error is not None:
            raise call.error
        return call.value

    def kill(self, actor: Actor) -> None:
        pass


@pytest.fixture
def head() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening


@pytest.fixture
def ray(monkeypatch: pytest.MonkeyPatch, head: socket.socket) -> Ray:
    made = Ray(head.getsockname()[1])
    monkeypatch.setitem(sys.modules, "ray", made)
    monkeypatch.setattr(seat, "PAUSE", 0.0)
    return made


def make(settings: TrainingSettings = SETTINGS) -> Trainer:
    return Trainer(load_config("assets/environments/walk.yaml"), settings, RayRollouts)


def weight(trainer: Trainer) -> np.ndarray:
    return trainer.policy.actor[0].weight.detach().numpy().copy()


@pytest.mark.parametrize("asynchronous", [False, True])
def test_actors_act_with_the_newest_weights_or_with_those_of_one_iteration_before(
    ray: Ray, asynchronous: bool
) -> None:
    trainer = make(replace(SETTINGS, asynchronous=asynchronous))
    before = []
    for _ in range(4):
        before.append(weight(trainer))
        assert trainer.iterate().steps == len(before) * ACTORS * ENVS * HORIZON
    for actor in ray.actors:
        acted = [weights["actor.0.weight"] for weights in actor.weights]
        expected = [before[0], *before] if asynchronous else before
        assert len(acted) == len(expected)
        assert all(map(np.array_equal, acted, expected))


def test_equal_seeds_give_equal_weights_and_a_resumed_run_those_of_an_undisturbed_one(
    ray: Ray,
) -> None:
    straight, other = make(), make()
    for _ in range(2):
        straight.iterate()
        other.iterate()
    resumed = make()
    resumed.load_state_dict(other.state_dict())
    straight.iterate()
    resumed.iterate()
    assert np.array_equal(weight(straight), weight(resumed))
    assert all(torch.equal(v, resumed.muscle_state[k]) for k, v in straight.muscle_state.items())


def test_a_lost_actor_is_asked_again_until_it_has_begun_with_another_seed(ray: Ray) -> None:
    trainer = make()
    first = trainer.rollouts._seats[1].first_obs.clone()
    trainer.iterate()
    ray.actors[1].kill(refusals=3)
    counts, notes = [], []
    for _ in range(6):
        report = trainer.iterate().cluster
        assert report is not None
        counts.append(report.actors)
        notes += report.notes
    assert counts[0] == 1 and counts[-1] == 2 == report.wanted
    assert notes[0].startswith("actor 1 is lost (ActorUnavailableError)")
    assert notes[-1] == "actor 1 has begun, with new episodes"
    assert not torch.equal(trainer.rollouts._seats[1].first_obs, first)


def test_a_process_that_was_started_again_unnoticed_begins_before_it_collects(ray: Ray) -> None:
    trainer = make()
    ray.actors[0].kill(refusals=0)
    lost = trainer.iterate().cluster
    assert lost is not None and lost.actors == 1 and "NotBegunError" in lost.notes[0]
    back = trainer.iterate().cluster
    assert back is not None and back.actors == 2


def test_a_rollout_that_does_not_come_is_named(
    ray: Ray, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    trainer = make()
    monkeypatch.setattr(ray_rollouts, "PATIENCE", 0.0)
    ray.late = 1
    report = trainer.iterate().cluster
    assert report is not None and report.actors == ACTORS
    said = capsys.readouterr().err
    assert said == "waiting for the cluster: no rollout yet of actors 1, for 0 s\n"


def test_a_head_that_is_gone_ends_the_run_in_a_state_that_can_be_saved(
    ray: Ray, head: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    trainer = make()
    trainer.iterate()
    head.close()
    monkeypatch.setattr(connection, "GIVE_UP", -1.0)
    trainer.rollouts._connection._asked = 0.0
    with pytest.raises(RolloutsLostError, match="--resume"):
        trainer.iterate()
    state = trainer.state_dict()
    assert state["rollouts"]["collectors"] == [None, None]
    assert state["steps"] == ACTORS * ENVS * HORIZON
    trainer.close()
