"""skrl's PPO learns to walk; its policy becomes a checkpoint that muscle-viewer opens.

pip install "muscle-viewer[skrl]"; python examples/skrl_ppo.py --out policy.pt; muscle-viewer policy.pt
"""

from arguments import options
from muscle_viewer.training.interfaces.export import save_policy
from muscle_viewer.training.interfaces.returns import Returns
from muscle_viewer.training.interfaces.skrl import make_skrl
from skrl.agents.torch.ppo import PPO, PPO_CFG
from skrl.memories.torch import RandomMemory
from skrl.resources.preprocessors.torch import RunningStandardScaler
from skrl.trainers.torch import SequentialTrainer
from skrl.utils import set_seed
from skrl.utils.model_instantiators.torch import deterministic_model, gaussian_model


def main() -> None:
    given = options(__doc__)
    set_seed(given.seed)
    env = make_skrl("walk", given.num_envs, seed=given.seed)
    batch = env.unwrapped.batch
    returns = Returns(batch)
    network = [{"name": "net", "input": "OBSERVATIONS", "layers": [256, 256], "activations": "elu"}]
    spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
    models = {
        "policy": gaussian_model(
            **spaces, device="cpu", initial_log_std=-1.0, network=network, output="ACTIONS"
        ),
        "value": deterministic_model(**spaces, device="cpu", network=network, output="ONE"),
    }
    settings = PPO_CFG()
    settings.rollouts = given.rollout
    settings.learning_epochs = 5
    settings.mini_batches = 4
    settings.learning_rate = 5e-4
    settings.discount_factor = 0.97
    settings.observation_preprocessor = RunningStandardScaler
    settings.observation_preprocessor_kwargs = {"size": env.observation_space}
    settings.value_preprocessor = RunningStandardScaler
    settings.value_preprocessor_kwargs = {"size": 1}
    settings.experiment.write_interval = 0
    settings.experiment.checkpoint_interval = 0
    agent = PPO(
        models=models,
        memory=RandomMemory(memory_size=given.rollout, num_envs=given.num_envs),
        cfg=settings,
        device="cpu",
        **spaces,
    )
    steps = -(-given.steps // given.num_envs)
    trainer = {"timesteps": steps, "headless": True, "disable_progressbar": True}
    SequentialTrainer(env=env, agents=agent, cfg=trainer).train()
    save_policy(given.out, batch, agent)
    print(f"{given.out}: {returns.said()}")


if __name__ == "__main__":
    main()
