"""The muscle network of all groups at once on a device: the same walk, whatever infers it.

`torch-cpu` takes the device's path through the core without a device; what CUDA alone can show is
skipped where there is none.
"""

from __future__ import annotations

import logging
from pathlib import Path

import forked
import numpy as np
import pytest
import torch
from muscle_viewer.core import BatchEnv, CheckpointError, ConfigError, _core, load_config
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.core.engines import engine_named

from .test_batch_env import CONFIG, actions, rollout, weights
from .test_muscle_network import INPUTS, MUSCLES, mlp, state_dict

pytestmark = pytest.mark.slow

CUDA = pytest.param(
    "cuda",
    marks=pytest.mark.skipif(not _core.has_cuda(), reason="torch finds no CUDA device here"),
)
WALK = checkpoints_folder() / "walk.pt"
DEVICES = ["torch-cpu", CUDA]
ERRORS = {"float32": 2e-6, "float16": 2e-3, "bfloat16": 2e-2}
"""Of activations from the same inputs: rounding of float, of 11 and of 8 bits of mantissa."""


def make(num_envs: int, device: str, threads: int = 1, precision: str = "float32") -> BatchEnv:
    env = BatchEnv(CONFIG, num_envs=num_envs, threads=threads, network_device=device)
    env.load_muscle_weights(weights(env), precision=precision)
    return env


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("precision", ERRORS)
def test_one_inference_gives_the_activations_of_the_lanes(device: str, precision: str) -> None:
    # One substep a step: what the networks differ by has not gone through the dynamics.
    config = load_config(CONFIG)
    simulation = config.simulation.model_copy(update={"sim_hz": 30})
    config = config.model_copy(update={"simulation": simulation})
    seen = []
    for where, how in (("cpu", "float32"), (device, precision)):
        env = BatchEnv(config, num_envs=150, network_device=where)
        env.load_muscle_weights(weights(env), precision=how)
        env.reset()
        env.step(actions(env, 0))
        seen.append(env.activations.copy())
    own, other = seen
    error = np.abs(other - own).max()
    assert own.std() > 0.01
    assert error <= ERRORS[precision]
    if precision != "float32":
        assert error > ERRORS["float32"]


@pytest.mark.parametrize("device", DEVICES)
def test_steps_are_those_of_the_lanes_within_rounding(device: str) -> None:
    own, other = make(150, "cpu"), make(150, device)
    np.testing.assert_array_equal(own.reset(), other.reset())
    for step in range(2):  # contact magnifies rounding: later steps part
        mine, theirs = own.step(actions(own, step)), other.step(actions(own, step))
        np.testing.assert_allclose(theirs[0], mine[0], atol=2e-2)
        np.testing.assert_allclose(theirs[1], mine[1], atol=5e-4)
        np.testing.assert_allclose(other.mean_activations, own.mean_activations, atol=1e-3)
        np.testing.assert_allclose(other.muscle_samples.jta, own.muscle_samples.jta, atol=0.5)
    assert other.network_device == device


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_results_are_the_same_for_any_number_of_threads(device: str, precision: str) -> None:
    alone = rollout(make(80, device, precision=precision), 3)
    for threads in (2, 3):
        for a, b in zip(alone, rollout(make(80, device, threads, precision), 3), strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("num_envs", [1, 21, 150])
def test_results_are_the_same_for_any_number_of_environments(device: str, num_envs: int) -> None:
    few, many = rollout(make(num_envs, device), 5), rollout(make(200, device), 5)
    for a, b in zip(few, many, strict=True):
        np.testing.assert_array_equal(a, b[:num_envs])


@pytest.mark.parametrize("device", DEVICES)
def test_inference_at_every_other_substep_goes_on_with_the_last_activations(device: str) -> None:
    config = load_config(CONFIG)
    simulation = config.simulation.model_copy(update={"inference_every": 3})
    config = config.model_copy(update={"simulation": simulation})
    seen = []
    for where in ("cpu", device):
        env = BatchEnv(config, num_envs=40, network_device=where)
        env.load_muscle_weights(weights(env))
        env.reset()
        seen.append(env.step(actions(env, 0))[0].copy())
    np.testing.assert_allclose(seen[1], seen[0], atol=1e-3)


@pytest.mark.parametrize("device", DEVICES)
def test_weights_are_exchanged_between_steps_and_refused_ones_leave_the_old(device: str) -> None:
    env, expected = make(40, device), make(40, device)
    env.reset(), expected.reset()
    others = weights(env, seed=1)
    env.step(actions(env, 0)), expected.step(actions(env, 0))
    with pytest.raises(CheckpointError, match=r"fc\.0\.bias: missing"):
        env.load_muscle_weights({k: v for k, v in others.items() if k != "fc.0.bias"})
    np.testing.assert_array_equal(
        env.step(actions(env, 1))[0], expected.step(actions(env, 1))[0].copy()
    )
    env.load_muscle_weights(others)
    assert np.abs(env.step(actions(env, 2))[0] - expected.step(actions(env, 2))[0]).max() > 1e-3


def test_without_weights_the_step_says_so() -> None:
    env = BatchEnv(CONFIG, num_envs=2, network_device="torch-cpu")
    env.reset()
    with pytest.raises(CheckpointError, match="none are loaded"):
        env.step(actions(env, 0))


def test_an_environment_without_muscles_needs_no_device() -> None:
    config = load_config(CONFIG).model_copy(update={"actuator": "pd"})
    own, other = (BatchEnv(config, 20, network_device=name) for name in ("cpu", "torch-cpu"))
    own.reset(), other.reset()
    np.testing.assert_array_equal(own.step(actions(own, 0))[0], other.step(actions(own, 0))[0])


@pytest.mark.parametrize("device", DEVICES)
def test_environments_of_dart_are_inferred_on_the_device_too(device: str) -> None:
    try:
        engine_named("dart")
    except ConfigError as error:
        pytest.skip(str(error))
    config = load_config(CONFIG).model_copy(update={"engine": "dart"})
    seen = []
    for where in ("cpu", device):
        env = BatchEnv(config, num_envs=5, threads=2, network_device=where)
        env.load_muscle_weights(weights(env))
        env.reset()
        seen.append(env.step(actions(env, 0))[0].copy())
    np.testing.assert_allclose(seen[1], seen[0], atol=1e-3)


@pytest.mark.parametrize("device", DEVICES)
def test_the_time_of_the_device_counts_as_the_networks(device: str) -> None:
    env = make(20, device)
    env.reset()
    env.step(actions(env, 0))
    assert all(seconds > 0 for seconds in env.timings.values())
    env.reset_timings()
    assert not any(env.timings.values())


@pytest.mark.skipif(_core.has_cuda(), reason="there is a CUDA device here")
def test_without_cuda_one_line_says_so_and_the_cpu_infers(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        env = make(5, "cuda", precision="float16")
    (record,) = caplog.records
    message = record.getMessage()
    assert message.startswith("network_device: cuda is not available, as torch")
    assert message.endswith("the muscle network is inferred on the CPU") and "\n" not in message
    assert env.network_device == "cpu"
    for a, b in zip(rollout(env, 2), rollout(make(5, "cpu"), 2), strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["gpu", "cuda:", "cuda:x", "CUDA", "mps", ""])
def test_a_device_of_another_name_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match="use cpu, cuda or cuda:N"):
        BatchEnv(CONFIG, num_envs=1, network_device=name)


@pytest.mark.skipif(not _core.has_cuda(), reason="torch finds no CUDA device here")
def test_a_cuda_device_that_is_not_there_is_refused() -> None:
    with pytest.raises(ConfigError, match="counted from 0"):
        BatchEnv(CONFIG, num_envs=1, network_device=f"cuda:{torch.cuda.device_count()}")


def test_the_backend_of_the_cpu_is_refused_on_a_device() -> None:
    env = BatchEnv(CONFIG, num_envs=1, network_device="torch-cpu")
    with pytest.raises(
        ConfigError, match="backend: 'lanes' runs only on the CPU, and network_device is torch-cpu"
    ):
        env.load_muscle_weights(weights(env), backend="lanes")


def test_what_the_device_refuses_is_said_in_one_line() -> None:
    if _core.has_cuda():
        pytest.skip("there is a CUDA device here")
    with pytest.raises(RuntimeError) as caught:
        _core.DeviceNN(state_dict(mlp()), INPUTS, MUSCLES, "cuda")
    assert str(caught.value).startswith("muscle network: ") and "\n" not in str(caught.value)
    with pytest.raises(ValueError, match="precision: 'int8'"):
        _core.DeviceNN(state_dict(mlp()), INPUTS, MUSCLES, "cpu", "int8")


@pytest.mark.skipif(_core.has_cuda(), reason="there is a CUDA device here")
@pytest.mark.parametrize(
    "command",
    [
        ["muscle_viewer.viewer", "--headless", "--num-envs", "2", "--steps", "1", "--json"],
        ["muscle_viewer.training.evaluation.cli", str(WALK), "--episodes=1", "--seconds=0.1"],
        ["muscle_viewer.training.cli", str(CONFIG), "--num-envs=2", "--steps=1", "--out=run"],
    ],
    ids=lambda command: command[0],
)
def test_a_command_that_wants_cuda_where_there_is_none_goes_on_with_one_line(
    command: list[str], tmp_path: Path
) -> None:
    small = ["--set", "ppo.horizon=2", "--set", "ppo.batch=2", "--set", "muscle_batches=1"]
    options = ["--network-device=cuda", *(small if "--out=run" in command else [])]
    result = forked.run("-m", *command, *options, cwd=tmp_path)
    assert result.returncode == 0, result.stderr
    (line,) = [text for text in result.stderr.splitlines() if "network_device" in text]
    assert line.startswith("network_device: cuda is not available")


def test_a_command_refuses_a_device_that_it_does_not_know(tmp_path: Path) -> None:
    command = ["muscle_viewer.viewer", "--headless", "--network-device=gpu"]
    result = forked.run("-m", *command, cwd=tmp_path)
    assert result.returncode == 2
    assert result.stderr == "error: network_device: 'gpu' is unknown; use cpu, cuda or cuda:N\n"
