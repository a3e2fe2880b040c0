"""Stable-Baselines3's PPO learns to walk; its policy becomes a checkpoint that muscle-viewer opens.

pip install "muscle-viewer[sb3]"; python examples/sb3_ppo.py --out policy.pt; muscle-viewer policy.pt
"""

from arguments import options
from muscle_viewer.training.interfaces.export import save_policy
from muscle_viewer.training.interfaces.returns import Returns
from muscle_viewer.training.interfaces.sb3 import MuscleVecEnv
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecMonitor, VecNormalize


def main() -> None:
    given = options(__doc__)
    env = MuscleVecEnv("walk", given.num_envs, action_bound=10.0, seed=given.seed)
    returns = Returns(env.batch)
    batch = given.num_envs * given.rollout
    model = PPO(
        "MlpPolicy",
        VecNormalize(VecMonitor(env), gamma=0.97),
        n_steps=given.rollout,  # SB3's 2048 would be 131,072 steps an update
        batch_size=min(512, batch),
        n_epochs=5,
        gamma=0.97,
        gae_lambda=0.95,
        seed=given.seed,
        # 0.37 units of the environment's action, of which an action of SB3 has ten.
        policy_kwargs={"log_std_init": -3.3, "net_arch": [256, 256]},
    )
    model.learn(given.steps)
    save_policy(given.out, env.batch, model)
    print(f"{given.out}: {returns.said()}")


if __name__ == "__main__":
    main()
