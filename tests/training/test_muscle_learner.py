"""The muscle learner: torques as the core makes them, samples kept, losses that fall."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
import yaml
from muscle_viewer.core import BatchEnv, MuscleSamples, _core, load_config
from muscle_viewer.training.muscle_learner import (
    MuscleLearner,
    MuscleNetwork,
    MuscleSettings,
    activations,
)
from muscle_viewer.training.muscle_samples import SampleBuffer, TorqueMap
from muscle_viewer.training.symmetry import Reflection

pytestmark = pytest.mark.slow

SETTINGS = MuscleSettings(hidden=(64, 64, 64), batch=256, capacity=2048)


@pytest.fixture(scope="module")
def env() -> BatchEnv:
    """The walk with targets that jump, at which random actions need every muscle."""
    tree = yaml.safe_load(load_config("assets/environments/walk.yaml").to_yaml())
    tree["action"]["interpolation"] = "none"
    return BatchEnv(load_config(yaml.safe_dump(tree)), num_envs=16, seed=0)


def learner_with_samples(env: BatchEnv, steps: int = 64) -> MuscleLearner:
    torch.manual_seed(0)
    learner = MuscleLearner(env, SETTINGS, torch.Generator().manual_seed(0))
    env.load_muscle_weights(learner.network.state_dict())
    env.reset(seed=0)
    rng = np.random.default_rng(0)
    for _ in range(steps):
        env.step(rng.normal(size=(env.num_envs, env.action_dim)).astype(np.float32))
        learner.buffer.add(env.muscle_samples)
    return learner


def test_torques_add_up_over_the_entries_of_the_sparse_jta():
    muscle_of, dofs = np.array([0, 0, 1, 2], np.int32), np.array([0, 3, 3, 1], np.int32)
    driven = np.array([True, True, False, True])
    jta = torch.tensor([[2.0, 3.0, 5.0, 7.0]])
    a = torch.tensor([[0.5, 1.0, 0.1]])
    made = TorqueMap(muscle_of, dofs, driven, 3)(jta, a)
    torch.testing.assert_close(made, torch.tensor([[1.0, 0.7, 6.5]]))


def test_muscles_without_a_joint_make_no_torque_wherever_they_stand_in_the_file():
    muscle_of, dofs = np.array([1, 1], np.int32), np.array([0, 1], np.int32)
    driven = np.array([True, True])
    a = torch.tensor([[0.5, 1.0, 0.1]])
    made = TorqueMap(muscle_of, dofs, driven, 3)(torch.tensor([[2.0, 3.0]]), a)
    torch.testing.assert_close(made, torch.tensor([[2.0, 3.0]]))
    nothing = np.zeros(0, np.int32)
    none = TorqueMap(nothing, nothing, driven, 3)(torch.zeros(1, 0), a)
    torch.testing.assert_close(none, torch.zeros(1, 2))


def test_the_core_infers_the_activations_that_the_learner_trains(env):
    learner = learner_with_samples(env, steps=2)
    jta, torque = learner.buffer.jta[:32], learner.buffer.torque[:32]
    core = _core.MuscleNN(
        learner.network.state_dict(), env.muscle_torque_dim + env.num_joint_dofs, env.num_muscles
    )
    with torch.no_grad():
        expected = activations(learner.network(jta, torque)).numpy()
    given = (torch.cat([jta, torque], 1) / 200).numpy()
    np.testing.assert_allclose(core.forward(given), expected, atol=1e-5)


def test_the_loss_falls_on_fixed_samples_and_the_torque_error_with_it(env):
    learner = learner_with_samples(env)
    first = learner.update(10, 1e-3)
    before = learner.relative_error()
    for _ in range(30):
        last = learner.update(10, 1e-3)
    assert last < 0.5 * first
    assert learner.relative_error() < 0.7 * before


def test_the_relative_loss_is_of_each_sample_s_own_torque(env):
    learner = learner_with_samples(env, steps=8)
    samples = [values[:64].clone() for values in learner.buffer.arrays.values()]
    samples[1][0] = 0.0  # a sample that asks for nothing
    with torch.no_grad():
        made = learner.torques(samples[0], activations(learner.preactivations(*samples))).numpy()
    desired = learner.torques.desired(samples[1]).numpy()
    own = np.maximum((desired**2).sum(1), 20.0**2)
    expected = (((made - desired) ** 2).sum(1) / own).mean()
    scale = learner.torque_scale()
    plain = learner.loss(*samples, scale)
    learner.settings = replace(learner.settings, relative_weight=3.0)
    assert (learner.loss(*samples, scale) - plain).item() == pytest.approx(3 * expected, rel=1e-4)


def test_a_silent_muscle_that_should_work_is_pulled_up_and_one_that_should_not_is_left(env):
    learner = learner_with_samples(env, steps=4)
    learner.settings = replace(SETTINGS, preactivation_weight=0.0)
    last = learner.network.fc[-1]
    with torch.no_grad():
        last.weight.zero_()
        last.bias.fill_(-1)
    optimum = torch.zeros(16, env.num_muscles)
    optimum[:, ::2] = 0.3
    samples = [values[:64] for values in learner.buffer.arrays.values()]
    learner.loss(*samples, learner.torque_scale(), optimum).backward()
    assert (last.bias.grad[::2] < 0).all() and (last.bias.grad[1::2] == 0).all()


def test_the_effort_nears_the_static_optimum_and_no_muscle_is_left_out(env):
    learner = learner_with_samples(env)
    learner.update(10, 1e-3)
    before = learner.sharing.effort_ratio
    for _ in range(30):
        learner.update(10, 1e-3)
    assert abs(np.log(learner.sharing.effort_ratio)) < 0.4 * abs(np.log(before))
    assert learner.sharing.used > 0.95


def test_optima_are_kept_with_the_run_and_runs_without_them_resume(env):
    learner = learner_with_samples(env, steps=4)
    learner.update(2, 1e-3)
    state = learner.state_dict()
    again = MuscleLearner(env, SETTINGS, torch.Generator().manual_seed(0))
    again.load_state_dict(state)
    torch.testing.assert_close(again.optima.newest(9), learner.optima.newest(9))
    del state["optima"]
    fresh = MuscleLearner(env, SETTINGS, torch.Generator().manual_seed(0))
    fresh.load_state_dict(state)
    fresh.update(2, 1e-3)
    assert len(fresh.optima)


def test_a_full_buffer_keeps_the_newest_samples():
    buffer = SampleBuffer(capacity=5, entries=2, dofs=1)
    for k in range(4):
        jta = np.full((2, 2), k, np.float32)
        buffer.add(MuscleSamples(jta=jta, torque=jta[:, :1], passive=jta[:, :0]))
    assert len(buffer) == 5
    assert sorted(buffer.torque.flatten().tolist()) == [1, 2, 2, 3, 3]


@pytest.mark.parametrize("written", [3, 5, 13])
@pytest.mark.parametrize("capacity", [2, 5, 9])
def test_a_buffer_of_another_capacity_goes_on_with_the_newest_samples(written, capacity):
    buffer, other = (SampleBuffer(c, entries=1, dofs=1) for c in (5, capacity))
    for k in range(written):
        value = np.full((1, 1), k, np.float32)
        buffer.add(MuscleSamples(jta=value, torque=value, passive=value[:, :0]))
    other.load_state_dict(buffer.state_dict())
    count = min(written, 5, capacity)
    assert len(other) == count
    newest = other.newest(count)[1].flatten().tolist()
    assert newest == list(range(written - count, written))


def test_samples_of_a_diverged_environment_are_not_kept():
    buffer = SampleBuffer(capacity=5, entries=2, dofs=1)
    jta = np.ones((3, 2), np.float32)
    torque = np.array([[1.0], [np.nan], [3.0]], np.float32)
    buffer.add(MuscleSamples(jta=jta, torque=torque, passive=torque[:, :0]))
    assert buffer.torque[: len(buffer)].flatten().tolist() == [1, 3]


def test_a_network_starts_with_every_muscle_a_little_active():
    torch.manual_seed(0)
    network = MuscleNetwork(inputs=30, muscles=20)
    with torch.no_grad():
        a = activations(network(torch.zeros(1, 20), torch.zeros(1, 10)))
    assert (a > 0).all() and (a < 0.5).all()


def test_with_a_mirror_a_network_learns_what_the_other_side_would_need(env):
    """From a few samples, judged on their mirror images."""
    jta, torques = (Reflection(part) for part in (env.mirror.entries, env.mirror.joints))
    errors = []
    for mirror in (None, env.mirror):
        samples = learner_with_samples(env, steps=2).buffer.state_dict()
        torch.manual_seed(0)
        learner = MuscleLearner(env, SETTINGS, torch.Generator().manual_seed(0), mirror)
        learner.buffer.load_state_dict(samples)
        learner.update(200, 1e-3)
        images = {"jta": jta(samples["jta"]), "torque": torques(samples["torque"])}
        learner.buffer.load_state_dict({**images, "written": samples["written"]})
        errors.append(learner.relative_error())
    assert errors[1] < 0.9 * errors[0]
