"""TorchThreads: the number of torch's threads, of the calling thread alone."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import pytest
import torch
from muscle_viewer.core import _core
from muscle_viewer.core.folders import checkpoints_folder


def test_the_limit_is_of_the_calling_thread_and_ends_with_its_context() -> None:
    before, elsewhere = torch.get_num_threads(), []
    for count in (1, 3):
        with _core.TorchThreads(count):
            assert torch.get_num_threads() == count
            with _core.TorchThreads(2):
                assert torch.get_num_threads() == 2
            assert torch.get_num_threads() == count
            other = threading.Thread(target=lambda: elsewhere.append(torch.get_num_threads()))
            other.start()
            other.join()
        assert torch.get_num_threads() == before
    assert elsewhere == [before, before]


def test_no_thread_at_all_is_refused() -> None:
    with pytest.raises(ValueError, match="count: at least 1 expected"):
        _core.TorchThreads(0)


def test_a_fork_waits_for_none_of_its_parents_threads() -> None:
    """As `multiprocessing` starts processes; torch's threads are not in them."""
    program = """
import multiprocessing, sys, torch
from muscle_viewer.core import BatchEnv, load_checkpoint

def walk():
    checkpoint = load_checkpoint(sys.argv[1])
    env = BatchEnv(checkpoint.config, num_envs=32)
    policy = checkpoint.load_into(env)
    return float(env.step(policy.act(env.reset()))[1].mean())

here = walk()
torch.zeros(1000, 1000).exp()
with multiprocessing.get_context("fork").Pool(1) as pool:
    assert pool.apply_async(walk).get(100) == here > 0
print("done")
"""
    walk = checkpoints_folder() / "walk.pt"
    done = subprocess.run(
        [sys.executable, "-c", program, walk],
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "OMP_NUM_THREADS": "2"},
    )
    assert done.stdout == "done\n", done.stderr
