"""RLlib's PPO learns to walk; its policy becomes a checkpoint that muscle-viewer opens.

pip install "muscle-viewer[rllib]"; python examples/rllib_ppo.py --out policy.pt; muscle-viewer policy.pt
"""

from typing import Any

import gymnasium
import ray
from arguments import options
from muscle_viewer.training.interfaces.export import save_policy
from muscle_viewer.training.interfaces.returns import Returns
from muscle_viewer.training.interfaces.rllib import register_rllib
from ray.rllib.algorithms.ppo import PPOConfig
from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig


def explore_less(learner: Any) -> None:
    """RLlib begins with a standard deviation of 1, which makes the human fall at once."""
    for name, parameter in learner.module["default_policy"].named_parameters():
        if name.endswith("log_std"):
            parameter.data.fill_(-1.0)


def main() -> None:
    given = options(__doc__)
    ray.init(include_dashboard=False)
    steps = given.num_envs * given.rollout
    settings = (
        PPOConfig()
        .environment(
            register_rllib(),
            env_config={"environment": "walk", "seed": given.seed},
            disable_env_checking=True,
        )
        .env_runners(
            num_env_runners=0,
            gym_env_vectorize_mode=gymnasium.VectorizeMode.VECTOR_ENTRY_POINT,
            num_envs_per_env_runner=given.num_envs,
            rollout_fragment_length=given.rollout,
        )
        .training(
            train_batch_size_per_learner=steps,
            minibatch_size=min(512, steps),
            num_epochs=5,
            gamma=0.97,
            lambda_=0.95,
            lr=3e-4,
        )
        .rl_module(
            model_config=DefaultModelConfig(
                fcnet_hiddens=[256, 256],
                vf_share_layers=False,
                free_log_std=True,
            )
        )
        .debugging(seed=given.seed)
    )
    algorithm = settings.build_algo()
    algorithm.learner_group.foreach_learner(explore_less)
    algorithm.env_runner_group.sync_weights(
        from_worker_or_learner_group=algorithm.learner_group, inference_only=True
    )
    batch = algorithm.env_runner.env.unwrapped.batch
    returns = Returns(batch)
    while returns.steps < given.steps:
        algorithm.train()
    save_policy(given.out, batch, algorithm)
    print(f"{given.out}: {returns.said()}")
    algorithm.stop()
    ray.shutdown()


if __name__ == "__main__":
    main()
