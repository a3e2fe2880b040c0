"""muscle-train on a real Ray cluster of two nodes: equal runs, lost actors, lost nodes, a lost head."""

from __future__ import annotations

import csv
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from muscle_viewer.core import load_checkpoint
from muscle_viewer.training.cli import main
from ray_cluster import Cluster

WALK = "assets/environments/walk.yaml"
ENVS, HORIZON = 16, 32
FRAGMENT = ENVS * HORIZON
SMALL = [
    *("--num-envs", ENVS),
    *("--set", "ppo.hidden=[32,32]"),
    *("--set", f"ppo.horizon={HORIZON}"),
    *("--set", "muscle.hidden=[32,32,32]"),
    *("--set", "muscle_batches=1"),
    *("--set", "muscle.batch=64"),
    *("--set", f"warm_up={2 * FRAGMENT}"),
]
WITHOUT_END = 10**9


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "run"


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """Two nodes of two CPUs."""
    made = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        made.start(cpus=2)
        made.start(cpus=2)
        yield made
    finally:
        made.close()


@pytest.fixture(autouse=True)
def _runs_end_with_their_test(cluster: Cluster) -> Iterator[None]:
    yield
    cluster.end_runs()


def rows(folder: Path) -> list[dict[str, float]]:
    with (folder / "progress.csv").open() as file:
        return [{k: float(v or "nan") for k, v in row.items()} for row in csv.DictReader(file)]


def same(a: Path, b: Path) -> bool:
    first, second = load_checkpoint(a / "latest.pt"), load_checkpoint(b / "latest.pt")
    pairs = [(first.policy, second.policy), (first.muscle, second.muscle)]
    return all(torch.equal(x[name], y[name]) for x, y in pairs for name in x)


def test_a_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(
    cluster: Cluster, folder: Path, tmp_path: Path
) -> None:
    options = [*SMALL, "--actors", 2, "--steps", 100 * FRAGMENT]
    straight = cluster.train(WALK, "--out", folder, *options)
    assert straight.end() == 0, straight.log
    assert "2 actors" in straight.log and "MB received" in straight.log
    other = tmp_path / "other"
    first = cluster.train(WALK, "--out", other, *options)
    first.wait_for(" warm-up |")
    first.process.terminate()
    assert first.end() == 128 + signal.SIGTERM, first.log
    assert rows(other)[-1]["steps"] < 100 * FRAGMENT
    second = cluster.train("--out", other, "--resume")
    assert second.end() == 0, second.log
    assert same(folder, other)


def test_a_killed_actor_costs_its_rollout_and_comes_back_and_the_run_goes_on(
    cluster: Cluster, folder: Path
) -> None:
    run = cluster.train(WALK, "--out", folder, *SMALL, "--actors", 2, "--steps", WITHOUT_END)
    run.wait_for(" train |")
    cluster.nodes[1].kill_an_actor()
    run.wait_for("is lost (")
    run.wait_for("has begun, with new episodes")
    run.process.terminate()
    assert run.end() == 128 + signal.SIGTERM, run.log
    assert "Traceback" not in run.log
    actors = [row["cluster/actors"] for row in rows(folder)]
    assert actors[0] == actors[-1] == 2 and min(actors) == 1
    done = int(rows(folder)[-1]["steps"])
    assert done == FRAGMENT * sum(actors)
    # With another number of actors, and with none.
    more = cluster.train("--out", folder, "--resume", "--actors", 3, "--steps", done + 6 * FRAGMENT)
    assert more.end() == 0, more.log
    assert rows(folder)[-1]["cluster/actors"] == 3
    assert main(["--out", str(folder), "--resume", "--steps", str(done + 8 * FRAGMENT)]) == 0
    assert rows(folder)[-1]["steps"] == done + 8 * FRAGMENT


def test_asynchronous_actors_collect_meanwhile_and_send_as_little_as_is_asked(
    cluster: Cluster, folder: Path, tmp_path: Path
) -> None:
    whole = cluster.train(
        WALK, "--out", folder, *SMALL, "--actors", 2, "--steps", 8 * FRAGMENT, "--asynchronous"
    )
    assert whole.end() == 0, whole.log
    little = tmp_path / "little"
    options = ["--asynchronous", "--sample-every", 4, "--float16", "--steps", 8 * FRAGMENT]
    run = cluster.train(WALK, "--out", little, *SMALL, "--actors", 2, *options)
    assert run.end() == 0, run.log
    plain, thin = (rows(f)[-1]["cluster/received_bytes"] / (2 * FRAGMENT) for f in (folder, little))
    assert 2300 < plain < 2500 and 1000 < thin < 1100
    assert len(rows(folder)) == len(rows(little)) == 4


def test_a_node_that_is_gone_takes_its_actors_along_and_another_takes_them(
    cluster: Cluster, folder: Path
) -> None:
    third = cluster.start(cpus=2)
    run = cluster.train(
        WALK, "--out", folder, *SMALL, "--actors", 3, "--threads", 2, "--steps", WITHOUT_END
    )
    run.wait_for(" train |")
    third.kill()
    run.wait_for("is lost")
    cluster.start(cpus=2)
    run.wait_for("has begun, with new episodes")
    run.process.terminate()
    assert run.end() == 128 + signal.SIGTERM, run.log
    actors = [row["cluster/actors"] for row in rows(folder)]
    assert actors[0] == actors[-1] == 3 and min(actors) == 2


def test_mistakes_are_one_line(cluster: Cluster, folder: Path) -> None:
    run = cluster.train(WALK, "--out", folder, "--actors", 1000)
    assert run.end() == 2
    assert run.log.startswith("error: --actors 1000: the cluster has"), run.log
    assert run.log.count("\n") == 1


@pytest.mark.parametrize("node", [0, 1])
def test_after_the_head_is_gone_the_run_resumes_on_another_cluster(
    tmp_path: Path, folder: Path, node: int
) -> None:
    first, second = (Cluster(tmp_path) for _ in range(2))
    try:
        head = first.start(cpus=2)
        if node == 1:
            if not first.separates_nodes:
                pytest.skip("there are no namespaces for processes of another node")
            first.start(cpus=2)
        options = ["--actors", 2, "--steps", WITHOUT_END, "--save-every", 0]
        run = first.train(WALK, "--out", folder, *SMALL, *options, on=node)
        run.wait_for(" train |")
        head.kill()
        if node == 0:
            # Ray ends a program at once where it misses the Ray of its own node; all but an iteration is saved.
            assert run.end() in (1, 2), run.log
        else:
            assert run.end() == 2, run.log
            assert "its head does not answer any more; the run is saved" in run.log, run.log
        assert "Traceback" not in run.log, run.log
        done = int(rows(folder)[-1]["steps"])
        first.close()
        second.start(cpus=2)
        again = second.train("--out", folder, "--resume", "--steps", done + 4 * FRAGMENT)
        assert again.end() == 0, again.log
        steps = [row["steps"] for row in rows(folder)]
        assert steps[-1] >= done + 4 * FRAGMENT and steps == sorted(set(steps))
        assert steps[-3] == done or node == 0
    finally:
        first.close()
        second.close()
