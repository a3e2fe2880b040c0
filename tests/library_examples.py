"""Runs an example of a library in a shortened form."""

from __future__ import annotations

import re
from pathlib import Path

import forked
from muscle_viewer.core import Checkpoint, Environment, load_checkpoint

ROOT = Path(__file__).parents[1]
SHORT = ["--steps", "512", "--num-envs", "16", "--rollout", "8"]


def run_example(name: str, folder: Path) -> Checkpoint:
    """The checkpoint that it wrote, which acts in its environment."""
    out = folder / "policy.pt"
    done = forked.run(ROOT / "examples" / f"{name}.py", *SHORT, "--out", out, cwd=folder)
    assert done.returncode == 0, done.stderr[-3000:]
    found = re.search(r"(\d+) steps, (\d+) episodes", done.stdout)
    assert found and int(found[1]) >= 512, done.stdout[-2000:]
    checkpoint = load_checkpoint(out)
    env = Environment(checkpoint.config)
    policy = checkpoint.load_into(env)
    obs = env.reset()
    for _ in range(5):
        obs, *_ = env.step(policy.act(obs))
    assert env.frame().activations.max() > 0
    return checkpoint
