"""rsl_rl's runner learns to walk; its policy becomes a checkpoint that muscle-viewer opens.

pip install "muscle-viewer[rsl-rl]"; python examples/rsl_rl_ppo.py --out policy.pt; muscle-viewer policy.pt
"""

import torch
from arguments import options
from muscle_viewer.training.interfaces.export import save_policy
from muscle_viewer.training.interfaces.returns import Returns
from muscle_viewer.training.interfaces.rsl_rl import GROUP, MuscleVecEnv
from rsl_rl.runners import OnPolicyRunner


def main() -> None:
    given = options(__doc__)
    torch.manual_seed(given.seed)
    env = MuscleVecEnv("walk", given.num_envs, seed=given.seed)
    returns = Returns(env.batch)
    network = {
        "class_name": "MLPModel",
        "hidden_dims": [256, 256],
        "activation": "elu",
        "obs_normalization": True,
    }
    noise = {"class_name": "GaussianDistribution", "init_std": 0.37, "std_type": "scalar"}
    settings = {
        "num_steps_per_env": given.rollout,
        "save_interval": 1000,
        "obs_groups": {"actor": [GROUP], "critic": [GROUP]},
        "actor": {**network, "distribution_cfg": noise},
        "critic": network,
        "algorithm": {
            "class_name": "PPO",
            "gamma": 0.97,
            "num_learning_epochs": 5,
            "num_mini_batches": 4,
            "learning_rate": 1e-3,
            "schedule": "adaptive",
        },
    }
    runner = OnPolicyRunner(env, settings)
    runner.learn(max(1, given.steps // (given.num_envs * given.rollout)))
    save_policy(given.out, env.batch, runner)
    print(f"{given.out}: {returns.said()}")


if __name__ == "__main__":
    main()
