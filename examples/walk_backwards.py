"""Walk backwards: a reward in ten lines of numpy, the walk's motion in reverse, and the muscle network learning beside PPO.

pip install "muscle-viewer[sb3]"; python examples/walk_backwards.py --steps 300000 --out back.pt; muscle-viewer back.pt
"""

from pathlib import Path

import numpy as np
import yaml
from arguments import options
from muscle_viewer.core import EnvironmentConfig
from muscle_viewer.core.folders import assets_folder, checkpoints_folder
from muscle_viewer.training.interfaces.batch import shipped_config
from muscle_viewer.training.interfaces.export import save_policy
from muscle_viewer.training.interfaces.hooks import Fields, Hooks
from muscle_viewer.training.interfaces.muscle_teacher import MuscleTeacher
from muscle_viewer.training.interfaces.returns import Returns
from muscle_viewer.training.interfaces.sb3 import MuscleCallback, MuscleVecEnv
from numpy.typing import NDArray
from stable_baselines3 import PPO
from stable_baselines3.common.vec_env import VecNormalize

SPEED = -0.8  # m/s along z, which is forward


def reward(fields: Fields) -> NDArray[np.floating]:
    """Backwards at SPEED, upright, near the motion, with little effort; each factor in (0, 1]."""
    rotation = fields["body_rotations"][:, 0]  # of the pelvis, body to world
    velocity = np.einsum("nij,nj->ni", rotation, fields["velocities"][:, 3:6])
    speed = np.exp(-2.0 * (velocity[:, 2] - SPEED) ** 2 - 2.0 * velocity[:, 0] ** 2)
    upright = np.exp(4.0 * (rotation[:, 1, 1] - 1.0))
    effort = np.exp(-3.0 * np.mean(fields["activations"] ** 2, axis=1))
    posture = 0.5 + 0.5 * fields.terms["pose"]
    return speed * upright * effort * posture


def backward_environment(motion_file: Path) -> EnvironmentConfig:
    """The walk with its motion in reverse, which is written to a file."""
    motion = yaml.safe_load((assets_folder() / "motions" / "walk.yaml").read_text())
    advance = np.array(motion["cycle_translation"])
    frames = np.array(motion["frames"])[::-1].copy()
    frames[:, 3:6] -= advance  # the first frame stands where the last one stood
    motion |= {"name": "walk backwards", "frames": frames.tolist(), "events": {}}
    motion["cycle_translation"] = (-advance).tolist()
    motion_file.write_text(yaml.safe_dump(motion))
    walk = shipped_config("walk")
    moment = walk.reward.moment.model_copy(update={"weight": 0.0})  # norms of walking ahead
    reward = walk.reward.model_copy(update={"moment": moment})
    return walk.model_copy(update={"motion": motion_file.resolve(), "reward": reward})


def main() -> None:
    given = options(__doc__)
    env = MuscleVecEnv(
        backward_environment(given.out.with_suffix(".motion.yaml")),
        given.num_envs,
        action_bound=10.0,
        seed=given.seed,
        muscle=checkpoints_folder() / "walk.pt",
        hooks=Hooks(reward=reward),
    )
    returns = Returns(env.batch)
    teacher = MuscleTeacher(env.batch, start=env.batch.muscle)
    model = PPO(
        "MlpPolicy",
        VecNormalize(env, gamma=0.97),
        n_steps=given.rollout,
        batch_size=min(512, given.num_envs * given.rollout),
        n_epochs=5,
        gamma=0.97,
        seed=given.seed,
        policy_kwargs={"log_std_init": -3.3, "net_arch": [256, 256]},
    )
    model.learn(given.steps, callback=MuscleCallback(teacher))
    save_policy(given.out, env.batch, model)
    print(f"{given.out}: {returns.said()}")


if __name__ == "__main__":
    main()
