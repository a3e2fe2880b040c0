"""How well a checkpoint does: torque tracking, survival, activations.

python -m muscle_viewer.training.evaluate CHECKPOINT [--json]
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from muscle_viewer.core import (
    BatchEnv,
    Checkpoint,
    Environment,
    Policy,
    UserError,
    load_checkpoint,
)


@dataclass(frozen=True)
class Evaluation:
    """Figures of the deterministic policy on episodes that begin on the reference motion."""

    tracking_error: float
    """Median of |tau_made - tau_desired| / |tau_desired| over the muscle-driven dofs and the
    control steps of the first second after a reset (last substep of each); nan without muscles."""
    tracking_error_90: float
    """90th percentile of the same."""
    survival_time: float
    """Mean s until a fall, at most the episode's end."""
    survival_share: float
    """Episodes that reach their end."""
    mean_return: float
    activation_mean: float
    """Over muscles and time; as the three below nan without muscles."""
    activation_max: float
    activation_spread: float
    """Deviation between the muscles' mean activations."""
    muscles_used: float
    """Share of the muscles whose mean activation exceeds 0.01."""
    episodes: int


def tracking_errors(checkpoint: Checkpoint, episodes: int, seconds: float = 1.0) -> np.ndarray:
    """Relative errors of the muscles' torque, one each control step of each episode's beginning."""
    env = Environment(checkpoint.config)
    env.load_muscle_weights(checkpoint.muscle)
    policy = Policy.from_state_dict(checkpoint.policy)
    driven = env.info.muscle_driven_dofs
    errors = []
    for seed in range(episodes):
        obs = env.reset(seed=seed)
        for _ in range(round(seconds * env.info.control_hz)):
            obs, _, terminated, truncated = env.step(policy.act(obs))
            frame = env.frame()
            wanted = frame.desired_torques[driven]
            error = np.linalg.norm(frame.muscle_torques[driven] - wanted)
            errors.append(error / max(float(np.linalg.norm(wanted)), 1e-6))
            if terminated or truncated:
                break
    return np.array(errors)


def evaluate(
    checkpoint: Checkpoint, episodes: int = 64, tracked: int = 32, threads: int | None = None
) -> Evaluation:
    """Run `episodes` episodes to their ends, and `tracked` for the torques."""
    env = BatchEnv(checkpoint.config, num_envs=episodes, seed=1, threads=threads)
    has_muscles = env.config.actuator == "muscle"
    errors = np.array([np.nan])
    if has_muscles:
        env.load_muscle_weights(checkpoint.muscle)
        errors = tracking_errors(checkpoint, tracked)
    policy = Policy.from_state_dict(checkpoint.policy)
    obs = env.reset()
    alive = np.ones(episodes, bool)
    steps = np.zeros(episodes)
    returns = np.zeros(episodes)
    reached_end = np.zeros(episodes, bool)
    activation = np.zeros(env.num_muscles)
    highest = 0.0
    while alive.any():
        obs, reward, terminated, truncated = env.step(policy.act(obs))
        steps[alive] += 1
        returns[alive] += reward[alive]
        if has_muscles:
            activation += env.mean_activations[alive].sum(0)
            highest = max(highest, float(env.activations[alive].max()))
        reached_end |= alive & truncated
        alive &= ~(terminated | truncated)
    mean = activation / steps.sum() if has_muscles else np.array([np.nan])
    return Evaluation(
        tracking_error=float(np.median(errors)),
        tracking_error_90=float(np.percentile(errors, 90)),
        survival_time=float(steps.mean() / env.info.control_hz),
        survival_share=float(reached_end.mean()),
        mean_return=float(returns.mean()),
        activation_mean=float(mean.mean()),
        activation_max=highest if has_muscles else float("nan"),
        activation_spread=float(mean.std()),
        muscles_used=float((mean > 0.01).mean()) if has_muscles else float("nan"),
        episodes=episodes,
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="muscle-evaluate", description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--episodes", type=int, default=64)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    options = parser.parse_args(arguments)
    try:
        if options.episodes < 1:
            raise UserError(f"--episodes: must be at least 1, is {options.episodes}")
        result = evaluate(load_checkpoint(options.checkpoint), options.episodes)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    if options.json:
        print(json.dumps(asdict(result)))
        return 0
    for name, value in asdict(result).items():
        print(f"{name.replace('_', ' '):20} {value:.4g}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
