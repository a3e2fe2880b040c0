"""examples/cluster/slurm.sh with a stand-in for SLURM, whose two nodes are namespaces of this machine."""

from __future__ import annotations

import csv
import shlex
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from ray_cluster import DEADLINE, Cluster, TooSlow, kill_session, wait_for

SCRIPT = Path(__file__).parents[2] / "examples" / "cluster" / "slurm.sh"
SMALL = ["--num-envs", "16", "--set", "ppo.hidden=[32,32]", "--set", "ppo.horizon=32"]
SMALL += ["--set", "muscle.hidden=[32,32,32]", "--set", "muscle_batches=1", "--set", "warm_up=1024"]
SRUN = """
elsewhere=0
while [[ $1 == --* ]]; do [[ $1 == --exclude=* ]] && elsewhere=1; shift; done
((elsewhere)) || exec "$@"
exec {another_machine} "$@"
"""


class Slurm:
    """Runs the script as a job of two nodes of four CPUs."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._bin = cluster.folder / "bin"
        self._bin.mkdir()
        self._jobs: list[subprocess.Popen[bytes]] = []
        programs = {
            "srun": SRUN.format(another_machine=shlex.join(cluster.another_machine(1))),
            "scontrol": f"printf '%s\\n' {cluster.ip(0)} {cluster.ip(1)}",
            "ray": f'exec {sys.executable} -m ray.scripts.scripts "$@"',
            "muscle-train": f'exec {sys.executable} -m muscle_viewer.training.cli "$@"',
        }
        for name, text in programs.items():
            (self._bin / name).write_text(f"#!/usr/bin/env bash\n{text}\n")
            (self._bin / name).chmod(0o755)

    def train(self, *arguments: object) -> tuple[subprocess.Popen[bytes], Path]:
        """A job whose run trains, on a loaded machine by several tries, and the file of its output."""
        for _ in range(4):
            job, log = self.start(*arguments)

            def trains(job: subprocess.Popen[bytes] = job, log: Path = log) -> bool:
                text = log.read_text()
                if "timed out during startup" in text:
                    kill_session(job)
                    raise TooSlow
                assert job.poll() is None, text[-3000:]
                return " train |" in text

            with suppress(TooSlow):
                wait_for(trains, "the run")
                return job, log
        raise AssertionError("Ray did not start in time")

    def start(self, *arguments: object) -> tuple[subprocess.Popen[bytes], Path]:
        log = self._cluster.folder / f"job{len(self._jobs)}.log"
        own = {
            "RAY_TMPDIR": self._cluster.sessions,
            "RAY_PORT": str(self._cluster.port),
            "SLURM_JOB_NODELIST": "both",
            "SLURM_JOB_NUM_NODES": "2",
            "SLURM_CPUS_PER_TASK": "4",
        }
        given = [f"{name}={value}" for name, value in own.items()]
        command = ["sh", "-c", f'PATH={self._bin}:$PATH exec env "$@"', "-", *given]
        command += ["bash", str(SCRIPT), *map(str, arguments)]
        self._jobs.append(self._cluster.popen(0, command, log))
        return self._jobs[-1], log


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[Slurm]:
    cluster = Cluster(tmp_path)
    try:
        if not cluster.separates_nodes:
            pytest.skip("there are no namespaces for another node")
        yield Slurm(cluster)
    finally:
        cluster.close()


def test_a_job_that_is_near_its_end_saves_and_the_same_command_goes_on(
    slurm: Slurm, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    ends = []
    for _ in range(2):
        job, log = slurm.train("assets/environments/walk.yaml", folder, "--steps", 10**9, *SMALL)
        job.send_signal(signal.SIGTERM)
        assert job.wait(DEADLINE) == 128 + signal.SIGTERM, log.read_text()[-3000:]
        kill_session(job)  # as SLURM ends what is left of a job
        assert f"saved {folder / 'latest.pt'}" in log.read_text()
        with (folder / "progress.csv").open() as file:
            rows = list(csv.DictReader(file))
        assert {float(row["cluster/actors"]) for row in rows} == {2}
        ends.append(int(rows[-1]["steps"]))
    assert ends[1] > ends[0]
    assert [int(row["steps"]) for row in rows] == sorted({int(row["steps"]) for row in rows})


def test_a_job_whose_head_does_not_start_ends_with_one_line(slurm: Slurm, tmp_path: Path) -> None:
    (tmp_path / "bin" / "ray").write_text("#!/usr/bin/env bash\nexit 1\n")
    job, log = slurm.start("walk.yaml", tmp_path / "run", "--steps", 1000)
    assert job.wait(DEADLINE) == 1
    assert log.read_text() == "error: Ray did not start on 10.77.0.1\n"
