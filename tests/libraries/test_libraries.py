"""torchrl, skrl, rsl_rl and RLlib take the environments, and their policies act the same from a checkpoint."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from library_examples import run_example
from muscle_viewer.core import Policy, load_checkpoint
from muscle_viewer.core.convert import main as convert
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.training.interfaces.batch import Mode, TrainerBatch, shipped_config
from muscle_viewer.training.interfaces.export import policy_state

WALK = checkpoints_folder() / "walk.pt"


def short(seconds: float = 0.5) -> Any:
    """A walk by stable PD alone, whose episodes end soon."""
    config = shipped_config("walk")
    tree = config.model_dump() | {"episode": {"max_time": seconds}, "actuator": "pd"}
    return type(config).model_validate(tree)


@pytest.fixture(scope="module")
def obs() -> np.ndarray:
    """Observations of states that a policy sees."""
    batch = TrainerBatch("walk", 4, threads=1)
    rows = [batch.reset(seed=2)]
    for step in range(25):
        actions = np.random.default_rng(step).normal(size=(4, batch.action_dim)) * 0.3
        rows.append(batch.step(actions.astype(np.float32)).observation)
    return np.concatenate(rows)


def acted(state: dict[str, torch.Tensor], obs: np.ndarray) -> np.ndarray:
    return Policy.from_state_dict(state).act(obs)


def converted(source: Path, folder: Path, *options: str) -> dict[str, torch.Tensor]:
    out = folder / "out.pt"
    assert convert([str(source), str(out), "--muscle", str(WALK), *options]) == 0
    return load_checkpoint(out).policy


@pytest.mark.parametrize("name", ["skrl_ppo", "rsl_rl_ppo", "torchrl_ppo", "rllib_ppo"])
def test_an_example_trains_and_its_policy_opens(name: str, tmp_path: Path) -> None:
    assert run_example(name, tmp_path).muscle


def test_torchrls_own_check_passes_and_rollouts_are_the_cores() -> None:
    from muscle_viewer.training.interfaces.torchrl import MuscleTorchEnv
    from torchrl.envs.utils import check_env_specs

    env = MuscleTorchEnv(short(), 4, threads=1)
    check_env_specs(env)
    batch = TrainerBatch(short(), 4, threads=1, mode=Mode.SAME_STEP)
    env.set_seed(5)
    data = env.rollout(40, break_when_any_done=False)
    expected = batch.reset(seed=5)
    # set_seed starts episodes, and the rollout's reset the next ones
    expected = batch.reset()
    ends = 0
    for step in range(40):
        assert np.array_equal(data["observation"][:, step], expected)
        result = batch.step(data["action"][:, step].numpy())
        ended = result.terminated | result.truncated
        last = np.where(ended[:, None], batch.final_observation, result.observation)
        assert np.array_equal(data["next", "observation"][:, step], last)
        assert np.array_equal(data["next", "reward"][:, step, 0], result.reward)
        assert np.array_equal(data["next", "done"][:, step, 0], ended)
        assert np.array_equal(data["next", "truncated"][:, step, 0], result.truncated)
        expected = result.observation
        ends += ended.sum()
    assert ends >= 8


def test_torchrls_transforms_take_the_slower_way_to_the_same_rollout() -> None:
    from muscle_viewer.training.interfaces.torchrl import MuscleTorchEnv
    from torchrl.envs import StepCounter, TransformedEnv

    plain = MuscleTorchEnv(short(), 4, threads=1)
    counted = TransformedEnv(MuscleTorchEnv(short(), 4, threads=1), StepCounter())
    torch.manual_seed(0)
    a = plain.rollout(30, break_when_any_done=False)
    torch.manual_seed(0)
    b = counted.rollout(30, break_when_any_done=False)
    assert torch.equal(a["next", "observation"], b["next", "observation"])
    assert torch.equal(a["next", "reward"], b["next", "reward"])
    assert b["step_count"].max() == 14


def test_a_policy_of_torchrl_acts_the_same_live_and_from_its_file(
    obs: np.ndarray, tmp_path: Path
) -> None:
    from tensordict import TensorDict
    from tensordict.nn import TensorDictModule
    from torchrl.envs.utils import ExplorationType, set_exploration_type
    from torchrl.modules import MLP, IndependentNormal, NormalParamExtractor, ProbabilisticActor

    net = MLP(obs.shape[1], 98, num_cells=[32, 24], activation_class=torch.nn.Tanh)
    actor = ProbabilisticActor(
        TensorDictModule(
            torch.nn.Sequential(net, NormalParamExtractor()), ["observation"], ["loc", "scale"]
        ),
        in_keys=["loc", "scale"],
        distribution_class=IndependentNormal,
    )
    with torch.no_grad(), set_exploration_type(ExplorationType.DETERMINISTIC):
        wanted = actor(TensorDict({"observation": torch.from_numpy(obs)}, [len(obs)]))["action"]
    np.testing.assert_allclose(acted(policy_state(actor), obs), wanted, atol=1e-6)
    torch.save(actor.state_dict(), tmp_path / "actor.pt")
    state = converted(tmp_path / "actor.pt", tmp_path)
    np.testing.assert_allclose(acted(state, obs), wanted, atol=1e-6)


def test_a_policy_of_rsl_rl_acts_the_same_live_and_from_its_file(
    obs: np.ndarray, tmp_path: Path
) -> None:
    from muscle_viewer.training.interfaces.rsl_rl import GROUP, MuscleVecEnv
    from rsl_rl.runners import OnPolicyRunner
    from tensordict import TensorDict

    network = {
        "class_name": "MLPModel",
        "hidden_dims": [32, 24],
        "activation": "elu",
        "obs_normalization": True,
    }
    noise = {"class_name": "GaussianDistribution", "init_std": 0.3, "std_type": "scalar"}
    algorithm = {"class_name": "PPO", "num_learning_epochs": 2, "num_mini_batches": 2}
    settings = {
        "num_steps_per_env": 16,
        "save_interval": 100,
        "obs_groups": {"actor": [GROUP], "critic": [GROUP]},
        "actor": {**network, "distribution_cfg": noise},
        "critic": network,
        "algorithm": {**algorithm, "learning_rate": 1e-3, "schedule": "adaptive"},
    }
    runner = OnPolicyRunner(MuscleVecEnv("walk", 4, threads=1), settings)
    runner.learn(2)
    policy = runner.get_inference_policy()
    with torch.no_grad():
        wanted = policy(TensorDict({GROUP: torch.from_numpy(obs)}, [len(obs)]))
    np.testing.assert_allclose(acted(policy_state(runner), obs), wanted, atol=1e-6)
    torch.save(runner.alg.save() | {"iter": 2, "infos": None}, tmp_path / "model.pt")
    state = converted(tmp_path / "model.pt", tmp_path)
    np.testing.assert_allclose(acted(state, obs), wanted, atol=1e-6)


def test_a_policy_of_skrl_acts_the_same_live_and_from_its_file(
    obs: np.ndarray, tmp_path: Path
) -> None:
    from muscle_viewer.training.interfaces.skrl import make_skrl
    from skrl.agents.torch.ppo import PPO, PPO_CFG
    from skrl.memories.torch import RandomMemory
    from skrl.resources.preprocessors.torch import RunningStandardScaler
    from skrl.trainers.torch import SequentialTrainer
    from skrl.utils.model_instantiators.torch import deterministic_model, gaussian_model

    env = make_skrl("walk", 4, threads=1)
    network = [{"name": "net", "input": "OBSERVATIONS", "layers": [32, 24], "activations": "elu"}]
    spaces = {"observation_space": env.observation_space, "action_space": env.action_space}
    models = {
        "policy": gaussian_model(**spaces, device="cpu", network=network, output="ACTIONS"),
        "value": deterministic_model(**spaces, device="cpu", network=network, output="ONE"),
    }
    settings = PPO_CFG()
    settings.rollouts = 16
    settings.observation_preprocessor = RunningStandardScaler
    settings.observation_preprocessor_kwargs = {"size": env.observation_space}
    settings.experiment.write_interval = settings.experiment.checkpoint_interval = 0
    memory = RandomMemory(memory_size=16, num_envs=4)
    agent = PPO(models=models, memory=memory, cfg=settings, device="cpu", **spaces)
    trainer = {"timesteps": 32, "headless": True, "disable_progressbar": True}
    SequentialTrainer(env=env, agents=agent, cfg=trainer).train()
    with torch.no_grad():
        normal = agent._observation_preprocessor(torch.from_numpy(obs))
        wanted = agent.policy.act({"observations": normal})[1]["mean_actions"]
    np.testing.assert_allclose(acted(policy_state(agent), obs), wanted, atol=1e-6)
    agent.save(str(tmp_path / "agent.pt"))
    state = converted(tmp_path / "agent.pt", tmp_path)
    np.testing.assert_allclose(acted(state, obs), wanted, atol=1e-6)


def test_a_policy_of_rllib_acts_the_same_live_and_from_its_file(
    obs: np.ndarray, tmp_path: Path
) -> None:
    import gymnasium
    import ray
    from muscle_viewer.training.interfaces.rllib import register_rllib
    from ray.rllib.algorithms.ppo import PPOConfig
    from ray.rllib.connectors.env_to_module import MeanStdFilter
    from ray.rllib.core.rl_module.default_model_config import DefaultModelConfig

    ray.init(include_dashboard=False, num_cpus=1)
    try:
        model = DefaultModelConfig(fcnet_hiddens=[32, 24], fcnet_activation="tanh")
        settings = {"environment": "walk", "action_bound": 4.0, "threads": 1}
        config = (
            PPOConfig()
            .environment(register_rllib(), env_config=settings, disable_env_checking=True)
            .env_runners(
                num_env_runners=0,
                gym_env_vectorize_mode=gymnasium.VectorizeMode.VECTOR_ENTRY_POINT,
                num_envs_per_env_runner=4,
                rollout_fragment_length=16,
                env_to_module_connector=lambda *_, **__: MeanStdFilter(clip_by_value=3.0),
            )
            .training(train_batch_size_per_learner=64, minibatch_size=32, num_epochs=1)
            .rl_module(model_config=model)
        )
        algorithm = config.build_algo()
        algorithm.train()
        (filtering,) = algorithm.env_runner._env_to_module.connectors[0]._filters.values()
        normal = np.stack([filtering(row, update=False) for row in obs])
        assert (np.abs(normal) == 3).any()
        with torch.no_grad():
            out = algorithm.get_module().forward_inference({"obs": torch.from_numpy(normal)})
        wanted = 4.0 * out["action_dist_inputs"][:, :49].clamp(-1, 1)
        state = policy_state(algorithm, 4.0)
        np.testing.assert_allclose(acted(state, obs), wanted, atol=1e-6)
        folder = Path(algorithm.save_to_path(str(tmp_path / "saved")))
        (file,) = folder.glob("learner_group/learner/rl_module/default_policy/module_state.pkl")
        statistics = folder / "env_runner/env_to_module_connector/MeanStdFilter/state.pkl"
        options = ["--action-bound", "4", "--normalisation", str(statistics)]
        state = converted(file, tmp_path, *options)
        np.testing.assert_allclose(acted(state, obs), wanted, atol=1e-6)
        algorithm.stop()
    finally:
        ray.shutdown()
