"""examples/cluster/slurm.sh with a stand-in for SLURM, whose two nodes are this machine."""

from __future__ import annotations

import csv
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from ray_cluster import DEADLINE, kill_session, wait_for

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "srun": 'while [[ $1 == --* ]]; do shift; done; exec "$@"',
    "scontrol": "printf 'localhost\\nother\\n'",
    "ray": f'exec {sys.executable} -m ray.scripts.scripts "$@"',
    "muscle-train": f'exec {sys.executable} -m muscle_viewer.training.cli "$@"',
}
SMALL = ["--num-envs", "16", "--set", "ppo.hidden=[32,32]", "--set", "ppo.horizon=32"]
SMALL += ["--set", "muscle.hidden=[32,32,32]", "--set", "muscle_batches=1", "--set", "warm_up=1024"]


class Slurm:
    """Runs the script as a job of two nodes of four CPUs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._sessions = tempfile.mkdtemp(prefix="ray")  # paths of sockets must be short
        self._jobs: list[subprocess.Popen[bytes]] = []
        for name, text in PROGRAMS.items():
            file = folder / "bin" / name
            file.parent.mkdir(exist_ok=True)
            file.write_text(f"#!/usr/bin/env bash\n{text}\n")
            file.chmod(0o755)

    def start(self, *arguments: str) -> tuple[subprocess.Popen[bytes], Path]:
        """The job, and the file of its output."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        own = {
            "PATH": f"{self._folder / 'bin'}:{os.environ['PATH']}",
            "RAY_TMPDIR": self._sessions,
            "RAY_PORT": str(port),
            "SLURM_JOB_NODELIST": "two",
            "SLURM_JOB_NUM_NODES": "2",
            "SLURM_CPUS_PER_TASK": "4",
            "OMP_WAIT_POLICY": "passive",
        }
        log = self._folder / f"job{len(self._jobs)}.log"
        script = ROOT / "examples" / "cluster" / "slurm.sh"
        with log.open("wb") as output:
            job = subprocess.Popen(
                ["bash", str(script), *arguments],
                cwd=ROOT,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**os.environ, **own},
                start_new_session=True,
            )
        self._jobs.append(job)
        return job, log

    def close(self) -> None:
        for job in self._jobs:
            kill_session(job)
        shutil.rmtree(self._sessions, ignore_errors=True)


@pytest.fixture
def slurm(tmp_path: Path) -> Iterator[Slurm]:
    made = Slurm(tmp_path)
    yield made
    made.close()


def test_a_job_that_is_near_its_end_saves_and_the_same_command_goes_on(
    slurm: Slurm, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    ends = []
    for _ in range(2):
        job, log = slurm.start(
            "assets/environments/walk.yaml", str(folder), "--steps", "1000000000", *SMALL
        )

        def trains(job: subprocess.Popen[bytes] = job, log: Path = log) -> bool:
            assert job.poll() is None, log.read_text()[-3000:]
            return " train |" in log.read_text()

        wait_for(trains, "the run")
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
