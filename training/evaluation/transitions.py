"""Falls on the way from each of a policy's motions to each other one."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import permutations

import numpy as np
from muscle_viewer.core import BatchEnv, Checkpoint

from .chosen_parameters import choose
from .record import Batch

BEFORE = 2.0
"""s in the motion that is left; one that is no cycle is left from any phase, where its episodes begin."""
AFTER = 5.0
"""s after the transition within which a fall is attributed to it."""


@dataclass(frozen=True)
class TransitionFigures:
    left: str
    """Name of the motion that is left."""
    next: str
    """Name of the motion that is gone to."""
    episodes: int
    """Episodes that did not end before."""
    fall_rate: float
    """Fraction of them that fall within the transition, the 5 s after it, or until the end of the next motion."""


def measure_transitions(
    checkpoint: Checkpoint, episodes: int, seed: int, batch: Batch
) -> list[TransitionFigures]:
    """`episodes` from each of the checkpoint's motions to each other one; empty where there is one motion."""
    config = checkpoint.config.with_whole_ranges()
    seconds = BEFORE + config.episode.transition + AFTER
    config = config.model_copy(
        update={"episode": config.episode.model_copy(update={"max_time": seconds + 1.0})}
    )
    names = [clip.name for clip in config.motions]
    if len(names) < 2:
        return []
    env = BatchEnv(
        config, episodes, seed=seed, threads=batch.threads, network_device=batch.network_device
    )
    policy = checkpoint.load_into(env)
    if batch.parameters is not None:
        choose(env, batch.parameters)
    cyclic = dict(zip(names, (motion.cyclic for motion in env.scene.motions), strict=True))
    hz = env.info.control_hz
    found = []
    for left, following in permutations(names, 2):
        env.set_clip(left)
        obs = env.reset(seed)
        alive, fell = np.ones(episodes, bool), np.zeros(episodes, bool)
        before = round(BEFORE * hz) if cyclic[left] else 0
        for step in range(before + round((seconds - BEFORE) * hz)):
            if step == before:
                counted = alive.copy()
                env.set_clip(following, at_once=True)
            obs, _, terminated, truncated = env.step(policy.act(obs))
            fell |= alive & terminated
            alive &= ~(terminated | truncated)
        share = float(fell[counted].mean()) if counted.any() else float("nan")
        found.append(TransitionFigures(left, following, int(counted.sum()), share))
    return found
