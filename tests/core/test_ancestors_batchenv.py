"""muscle_viewer.core.batchenv: the ancestors' names, dtypes and kind of reset."""

from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core import BatchEnv, load_checkpoint, load_config
from muscle_viewer.core import batchenv as ancestors
from muscle_viewer.core.configuration import checkpoints_folder

SHIPPED = checkpoints_folder() / "walk.pt"


def both(num_envs: int = 3) -> tuple[ancestors.BatchEnv, BatchEnv]:
    """The same environments by the ancestors' names and by ours, with short episodes."""
    checkpoint = load_checkpoint(SHIPPED)
    text = checkpoint.config.to_yaml().replace("max_time: 10.0", "max_time: 0.1")
    ours = BatchEnv(text, num_envs)
    ours.load_muscle_weights(checkpoint.muscle)
    theirs = ancestors.BatchEnv(text, num_envs)
    theirs.setMuscleNetworkWeight(checkpoint.muscle)
    return theirs, ours


def test_sizes_are_calls() -> None:
    theirs, ours = both()
    assert theirs.num_envs() == 3
    assert theirs.obs_dim() == ours.obs_dim
    assert theirs.action_dim() == ours.action_dim


def test_a_done_comes_with_the_last_observation_and_the_next_step_begins_anew() -> None:
    theirs, ours = both()
    assert np.array_equal(theirs.reset(), ours.reset())
    actions = np.zeros((3, ours.action_dim), dtype=np.float32)
    for step in range(4):
        obs, rewards, dones = theirs.step(actions)
        our_obs, our_rewards, terminated, truncated = ours.step(actions)
        assert dones.dtype == np.uint8
        assert obs.dtype == rewards.dtype == np.float32
        assert np.array_equal(dones.astype(bool), terminated | truncated)
        assert np.array_equal(rewards, our_rewards)
        expected = ours.final_observation if step == 2 else our_obs
        assert bool(dones.all()) == (step == 2)
        assert np.array_equal(obs, expected)


def test_what_a_step_returned_is_not_overwritten_by_the_next() -> None:
    theirs, _ = both()
    theirs.reset()
    actions = np.zeros((3, theirs.action_dim()), dtype=np.float32)
    obs, rewards, _ = theirs.step(actions)
    kept = obs.copy(), rewards.copy()
    theirs.step(actions + 1)
    assert np.array_equal(obs, kept[0])
    assert np.array_equal(rewards, kept[1])


def test_weights_may_be_numpy_arrays_as_the_ancestors_sent_them(tmp_path: Path) -> None:
    theirs, _ = both(1)
    weights = load_checkpoint(SHIPPED).muscle
    theirs.setMuscleNetworkWeight({name: tensor.numpy() for name, tensor in weights.items()})
    theirs.reset()
    theirs.step(np.zeros((1, theirs.action_dim()), dtype=np.float32))


def test_the_first_argument_is_the_configurations_text() -> None:
    text = load_config(load_checkpoint(SHIPPED).config).to_yaml()
    assert ancestors.BatchEnv(yaml_content=text, num_envs=1).num_envs() == 1
    with pytest.raises(TypeError):
        ancestors.BatchEnv(text)  # type: ignore[call-arg]
    assert torch.is_tensor(load_checkpoint(SHIPPED).muscle["fc.0.weight"])
