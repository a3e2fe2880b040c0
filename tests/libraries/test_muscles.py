"""The muscle network learns beside skrl, rsl_rl and torchrl, and acts with what it has learned."""

from __future__ import annotations

from typing import Any

import torch
from muscle_viewer.training.interfaces.batch import TrainerBatch
from muscle_viewer.training.interfaces.muscle_teacher import MuscleTeacher
from muscle_viewer.training.muscle_learner import MuscleSettings

SETTINGS = MuscleSettings(hidden=(32, 32, 32), batch=64, capacity=512)
ENVS, STEPS = 4, 16


def teacher_of(batch: TrainerBatch) -> MuscleTeacher:
    return MuscleTeacher(batch, settings=SETTINGS, gradient_steps=2)


def weights(teacher: MuscleTeacher) -> dict[str, torch.Tensor]:
    return {name: tensor.clone() for name, tensor in teacher.learner.network.state_dict().items()}


def has_learned(
    teacher: MuscleTeacher, batch: TrainerBatch, before: dict[str, torch.Tensor]
) -> bool:
    """Whether its weights are others than before, and those that act."""
    after = weights(teacher)
    acts = all(torch.equal(batch.muscle[name], after[name]) for name in after)
    return acts and not torch.equal(before["fc.0.weight"], after["fc.0.weight"])


def test_beside_an_agent_of_skrl() -> None:
    from muscle_viewer.training.interfaces.skrl import make_skrl, teach_muscles
    from skrl.agents.torch.ppo import PPO, PPO_CFG
    from skrl.memories.torch import RandomMemory
    from skrl.trainers.torch import SequentialTrainer
    from skrl.utils.model_instantiators.torch import deterministic_model, gaussian_model

    env = make_skrl("walk", ENVS, threads=1)
    network = [{"name": "net", "input": "OBSERVATIONS", "layers": [16], "activations": "elu"}]
    spaces: Any = {"observation_space": env.observation_space, "action_space": env.action_space}
    models = {
        "policy": gaussian_model(**spaces, device="cpu", network=network, output="ACTIONS"),
        "value": deterministic_model(**spaces, device="cpu", network=network, output="ONE"),
    }
    settings = PPO_CFG()
    settings.rollouts = STEPS
    settings.experiment.write_interval = settings.experiment.checkpoint_interval = 0
    memory = RandomMemory(memory_size=STEPS, num_envs=ENVS)
    agent = PPO(models=models, memory=memory, cfg=settings, device="cpu", **spaces)
    teacher = teacher_of(env.unwrapped.batch)
    teach_muscles(agent, teacher)
    before = weights(teacher)
    trainer = {"timesteps": STEPS, "headless": True, "disable_progressbar": True}
    SequentialTrainer(env=env, agents=agent, cfg=trainer).train()
    assert has_learned(teacher, env.unwrapped.batch, before)
    assert len(agent.tracking_data["Muscle / Loss"]) == 1


def test_beside_a_runner_of_rsl_rl() -> None:
    from muscle_viewer.training.interfaces.rsl_rl import GROUP, MuscleVecEnv, teach_muscles
    from rsl_rl.runners import OnPolicyRunner

    env = MuscleVecEnv("walk", ENVS, threads=1)
    network = {"class_name": "MLPModel", "hidden_dims": [16], "activation": "elu"}
    noise = {"class_name": "GaussianDistribution", "init_std": 0.3, "std_type": "scalar"}
    settings = {
        "num_steps_per_env": STEPS,
        "save_interval": 100,
        "obs_groups": {"actor": [GROUP], "critic": [GROUP]},
        "actor": {**network, "distribution_cfg": noise},
        "critic": network,
        "algorithm": {"class_name": "PPO", "num_learning_epochs": 1, "num_mini_batches": 2},
    }
    runner = OnPolicyRunner(env, settings)
    teacher = teacher_of(env.batch)
    teach_muscles(runner, teacher)
    before = weights(teacher)
    runner.learn(2)
    assert has_learned(teacher, env.batch, before)


def test_beside_a_trainer_of_torchrl() -> None:
    from muscle_viewer.training.interfaces.torchrl import MuscleHook, MuscleTorchEnv
    from tensordict.nn import AddStateIndependentNormalScale, TensorDictModule
    from torchrl.collectors import Collector
    from torchrl.modules import MLP, IndependentNormal, ProbabilisticActor, ValueOperator
    from torchrl.objectives import ClipPPOLoss
    from torchrl.trainers import Trainer

    env = MuscleTorchEnv("walk", ENVS, threads=1)
    mean = MLP(env.batch.obs_dim, env.batch.action_dim, num_cells=[16])
    network = torch.nn.Sequential(mean, AddStateIndependentNormalScale(env.batch.action_dim))
    policy = ProbabilisticActor(
        TensorDictModule(network, ["observation"], ["loc", "scale"]),
        in_keys=["loc", "scale"],
        distribution_class=IndependentNormal,
        return_log_prob=True,
    )
    value = ValueOperator(MLP(env.batch.obs_dim, 1, num_cells=[16]), in_keys=["observation"])
    loss = ClipPPOLoss(policy, value, entropy_coeff=0.0)
    loss.make_value_estimator(gamma=0.97, lmbda=0.95)
    frames = ENVS * STEPS
    trainer = Trainer(
        collector=Collector(env, policy, frames_per_batch=frames, total_frames=2 * frames),
        total_frames=2 * frames,
        frame_skip=1,
        optim_steps_per_batch=1,
        loss_module=loss,
        optimizer=torch.optim.Adam(loss.parameters(), 1e-3),
        progress_bar=False,
    )
    trainer.register_op("batch_process", lambda data: loss.value_estimator(data))
    teacher = teacher_of(env.batch)
    MuscleHook(teacher).register(trainer)
    before = weights(teacher)
    trainer.train()
    assert has_learned(teacher, env.batch, before)
    again = teacher_of(env.batch)
    again.load_state_dict(teacher.learner.state_dict())
    assert has_learned(again, env.batch, before)
