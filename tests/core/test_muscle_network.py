"""MuscleNN: the same numbers as torch, lanes apart from each other, refusals that name all."""

from __future__ import annotations

import itertools
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from muscle_viewer.core import BatchEnv, CheckpointError, _core
from torch import nn

INPUTS, MUSCLES, LANES = 73, 21, _core.GROUP_LANES
KERNELS = ["torch", *_core.instruction_sets()]


def runs_bf16() -> bool:
    try:
        _core.MuscleNN(state_dict(mlp()), INPUTS, MUSCLES, "bf16")
    except ValueError:
        return False
    return True


def mlp(widths: tuple[int, ...] = (64, 48, 32), inputs: int = INPUTS) -> nn.Sequential:
    """The network in torch up to the activation, layers named as in a file's `fc.*`."""
    torch.manual_seed(sum(widths))
    sizes = [inputs, *widths, MUSCLES]
    layers: list[nn.Module] = []
    for k, (n, m) in enumerate(itertools.pairwise(sizes)):
        layers += [nn.Linear(n, m), nn.LeakyReLU(0.2)] if k < 3 else [nn.Linear(n, m)]
    return nn.Sequential(*layers)


def state_dict(network: nn.Sequential, style: str = "fc.0") -> dict[str, torch.Tensor]:
    state = {f"fc.{name}": tensor for name, tensor in network.state_dict().items()}
    if style == "fc1":
        state = {f"fc{int(name[3]) // 2 + 1}{name[4:]}": value for name, value in state.items()}
    return state


def rows(count: int, inputs: int = INPUTS) -> np.ndarray:
    return np.random.default_rng(count).normal(size=(count, inputs)).astype(np.float32)


LANE_KERNELS = [*KERNELS, "bf16"] if runs_bf16() else KERNELS


def activations(network: nn.Sequential, inputs: np.ndarray) -> np.ndarray:
    with torch.no_grad():
        return torch.relu(torch.tanh(network(torch.from_numpy(inputs)))).numpy()


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("style", ["fc.0", "fc1"])
@pytest.mark.parametrize("widths", [(256, 256, 256), (1024, 512, 512), (33, 7, 20)])
def test_activations_equal_those_of_the_same_network_in_torch(kernel, style, widths):
    network = mlp(widths)
    muscle_nn = _core.MuscleNN(state_dict(network, style), INPUTS, MUSCLES, kernel)
    inputs = rows(2 * LANES + 3)
    assert muscle_nn.hidden_widths == list(widths)
    np.testing.assert_allclose(muscle_nn.forward(inputs), activations(network, inputs), atol=1e-5)


@pytest.mark.parametrize("kernel", KERNELS)
@pytest.mark.parametrize("widths", [(256, 256, 256), (1024, 512, 512), (33, 7, 20)])
def test_one_row_at_a_time_gives_the_same_activations(kernel, widths):
    muscle_nn = _core.MuscleNN(state_dict(mlp(widths)), INPUTS, MUSCLES, kernel)
    inputs = rows(LANES)
    together = muscle_nn.forward(inputs)
    alone = muscle_nn.forward(inputs, lanes=1)
    np.testing.assert_allclose(alone, together, atol=2e-6)
    if kernel != "torch":  # few environments are inferred one by one
        np.testing.assert_array_equal(alone, together)
    inputs[3, 5] = np.nan
    assert np.isnan(muscle_nn.forward(inputs, lanes=1)[3]).all()
    with pytest.raises(ValueError, match="lanes: 1 or"):
        muscle_nn.forward(inputs, lanes=2)


@pytest.mark.parametrize("kernel", LANE_KERNELS)
def test_saturated_and_silent_muscles_come_out_as_one_and_exactly_zero(kernel):
    state = state_dict(mlp())
    state["fc.6.weight"].zero_()
    state["fc.6.bias"][:] = torch.linspace(-30, 30, MUSCLES)
    out = _core.MuscleNN(state, INPUTS, MUSCLES, kernel).forward(rows(1))[0]
    expected = torch.relu(torch.tanh(state["fc.6.bias"].double())).numpy()
    assert (out[expected == 0] == 0).all()
    np.testing.assert_allclose(out, expected, atol=2e-7)


@pytest.mark.parametrize("kernel", LANE_KERNELS)
def test_a_lane_does_not_depend_on_what_the_other_lanes_hold(kernel):
    muscle_nn = _core.MuscleNN(state_dict(mlp()), INPUTS, MUSCLES, kernel)
    inputs = rows(LANES)
    alone = muscle_nn.forward(inputs)
    for garbage in (np.nan, np.inf, 1e30, -7.0):
        for lane in (0, 5, LANES - 1):
            among = np.full_like(inputs, garbage)
            among[lane] = inputs[lane]
            np.testing.assert_array_equal(muscle_nn.forward(among)[lane], alone[lane])


@pytest.mark.parametrize("kernel", LANE_KERNELS)
def test_equal_rows_give_equal_activations_in_every_lane(kernel):
    muscle_nn = _core.MuscleNN(state_dict(mlp()), INPUTS, MUSCLES, kernel)
    out = muscle_nn.forward(np.repeat(rows(1), LANES, axis=0))
    np.testing.assert_array_equal(out, np.repeat(out[:1], LANES, axis=0))


@pytest.mark.parametrize("kernel", LANE_KERNELS)
def test_an_input_that_is_not_a_number_shows_in_the_activations(kernel):
    muscle_nn = _core.MuscleNN(state_dict(mlp()), INPUTS, MUSCLES, kernel)
    inputs = rows(2)
    inputs[1, 4] = np.nan
    out = muscle_nn.forward(inputs)
    assert np.isfinite(out[0]).all() and np.isnan(out[1]).all()


@pytest.mark.skipif(not runs_bf16(), reason="the CPU has no AVX-512 BF16")
@pytest.mark.parametrize("widths", [(256, 256, 256), (33, 7, 20)])
def test_bf16_rounds_weights_and_inputs_of_layers_and_nothing_else(widths):
    network = mlp(widths)
    muscle_nn = _core.MuscleNN(state_dict(network), INPUTS, MUSCLES, "bf16")
    inputs = rows(2 * LANES + 3)
    x = torch.from_numpy(inputs)
    with torch.no_grad():
        for layer in network:
            if isinstance(layer, nn.Linear):
                x = x.bfloat16().double() @ layer.weight.bfloat16().double().T + layer.bias
                x = x.float()
            else:
                x = layer(x)
    out = muscle_nn.forward(inputs)
    # A sum that float rounds the other way can flip the last bit of the next layer's input.
    np.testing.assert_allclose(out, torch.relu(torch.tanh(x)).numpy(), atol=1e-3)
    error = np.abs(out - activations(network, inputs)).max()
    assert 1e-5 < error < 1e-2


@pytest.mark.skipif(runs_bf16(), reason="the CPU has AVX-512 BF16")
def test_bf16_is_refused_in_one_line_where_the_cpu_lacks_it():
    with pytest.raises(ValueError, match="bfloat16 needs a CPU with AVX-512 BF16"):
        _core.MuscleNN(state_dict(mlp()), INPUTS, MUSCLES, "bf16")


def test_a_cascaded_network_reads_half_of_the_others_sum_and_its_weight_first():
    second = mlp(inputs=INPUTS + MUSCLES + 1)
    two = _core.MuscleNN(state_dict(second), INPUTS, MUSCLES, cascaded=True)
    fed = rows(LANES + 1, INPUTS + MUSCLES + 1)
    with torch.no_grad():
        expected = second(torch.from_numpy(fed))
    np.testing.assert_allclose(two.preactivations(fed), expected.numpy(), atol=1e-5)


def test_a_cascaded_network_is_refused_where_a_plain_one_is_wanted():
    state = state_dict(mlp(inputs=INPUTS + MUSCLES + 1))
    with pytest.raises(CheckpointError, match="cascaded"):
        _core.MuscleNN(state, INPUTS, MUSCLES)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_other_floating_point_types_are_read_as_floats(dtype):
    state = {name: tensor.to(dtype) for name, tensor in state_dict(mlp()).items()}
    same = {name: tensor.float() for name, tensor in state.items()}
    inputs = rows(3)
    np.testing.assert_array_equal(
        _core.MuscleNN(state, INPUTS, MUSCLES).forward(inputs),
        _core.MuscleNN(same, INPUTS, MUSCLES).forward(inputs),
    )


def test_parameters_transposed_views_and_numpy_arrays_load():
    network = mlp()
    inputs = rows(3)
    expected = _core.MuscleNN(state_dict(network), INPUTS, MUSCLES).forward(inputs)
    parameters = {f"fc.{name}": p for name, p in network.named_parameters()}
    views = {k: t.t().contiguous().t() if t.dim() == 2 else t for k, t in parameters.items()}
    arrays = {k: t.detach().numpy() for k, t in views.items()}
    for state in (parameters, views, arrays):
        out = _core.MuscleNN(state, INPUTS, MUSCLES).forward(inputs)
        np.testing.assert_array_equal(out, expected)


def broken_states() -> dict[str, dict[str, torch.Tensor | str]]:
    def changed(**changes) -> dict:
        state: dict = state_dict(mlp())
        for name, value in changes.items():
            key = name.replace("__", ".")
            if value is None:
                del state[key]
            else:
                state[key] = value
        return state

    hole = state_dict(mlp())["fc.2.weight"].clone()
    hole[3, 4] = float("nan")
    return {
        "fc.2.bias: missing": changed(fc__2__bias=None),
        "fc.2.weight: missing": changed(fc__2__weight=None),
        "fc.8.weight: unexpected": changed(fc__8__weight=torch.zeros(2, 2)),
        "fc.2.weight: shape (48, 65), (48, 64) expected": changed(
            fc__2__weight=torch.zeros(48, 65)
        ),
        "fc.0.weight: shape (64, 74), (64, 73) expected": changed(
            fc__0__weight=torch.zeros(64, 74)
        ),
        "fc.6.weight: shape (20, 32), (21, 32) expected": changed(
            fc__6__weight=torch.zeros(20, 32), fc__6__bias=torch.zeros(20)
        ),
        "fc.4.bias: shape (48), (32) expected": changed(fc__4__bias=torch.zeros(48)),
        "fc.4.bias: shape (32, 1), a vector expected": changed(fc__4__bias=torch.zeros(32, 1)),
        "fc.2.weight: 1 of 3072 values are not finite": changed(fc__2__weight=hole),
        "fc.0.bias: is torch.int64, floating-point numbers expected": changed(
            fc__0__bias=torch.zeros(64, dtype=torch.int64)
        ),
        "fc.0.bias: is a str, a tensor expected": changed(fc__0__bias="zeros"),
        "fc.0.weight: missing": {},
    }


@pytest.mark.parametrize("message", broken_states())
def test_a_state_dict_that_does_not_fit_is_refused_by_name(message):
    with pytest.raises(CheckpointError) as caught:
        _core.MuscleNN(broken_states()[message], INPUTS, MUSCLES)
    assert message in str(caught.value) and "\n" not in str(caught.value)


def test_all_problems_are_named_in_one_refusal():
    state = state_dict(mlp())
    del state["fc.0.bias"]
    state["fc.4.weight"] = torch.zeros(32, 9)
    state["extra"] = torch.zeros(1)
    with pytest.raises(CheckpointError) as caught:
        _core.MuscleNN(state, INPUTS, MUSCLES)
    for part in ("fc.0.bias: missing", "fc.4.weight: shape (32, 9)", "extra: unexpected"):
        assert part in str(caught.value)


def test_an_unknown_kernel_is_refused():
    with pytest.raises(ValueError, match="abacus"):
        _core.MuscleNN(state_dict(mlp()), INPUTS, MUSCLES, "abacus")


def test_rows_of_another_width_are_refused():
    with pytest.raises(ValueError, match=f"{INPUTS}"):
        _core.MuscleNN(state_dict(mlp()), INPUTS, MUSCLES).forward(rows(2, INPUTS + 1))


def test_libtorch_starts_no_threads_and_leaves_the_count_of_the_caller():
    muscle_nn = _core.MuscleNN(state_dict(mlp((1024, 512, 512))), INPUTS, MUSCLES, "torch")
    inputs = rows(20 * LANES)
    before = torch.get_num_threads()
    try:
        torch.set_num_threads(3)
        threads = Path("/proc/self/task")

        def infer_on_a_fresh_thread() -> None:
            count = len(list(threads.iterdir()))
            muscle_nn.forward(inputs)
            started.append(len(list(threads.iterdir())) - count)

        started: list[int] = []
        thread = threading.Thread(target=infer_on_a_fresh_thread)
        thread.start()
        thread.join()
        muscle_nn.forward(inputs)
        assert started == [0]
        assert torch.get_num_threads() == 3
    finally:
        torch.set_num_threads(before)


def test_threads_that_share_a_network_get_the_numbers_of_one_alone():
    muscle_nn = _core.MuscleNN(state_dict(mlp((256, 256, 256))), INPUTS, MUSCLES, "torch")
    inputs = rows(40 * LANES)
    expected = muscle_nn.forward(inputs)
    results: list[np.ndarray] = []
    threads = [
        threading.Thread(target=lambda: results.append(muscle_nn.forward(inputs))) for _ in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 4
    for result in results:
        np.testing.assert_array_equal(result, expected)


def test_refused_weights_leave_the_old_ones_in_force():
    env = BatchEnv("assets/environments/walk.yaml", num_envs=1, seed=3)
    inputs = env.muscle_torque_dim + env.num_joint_dofs
    torch.manual_seed(0)
    good = {}
    for key, (n, m) in zip(
        "0246", itertools.pairwise((inputs, 32, 32, 32, env.num_muscles)), strict=True
    ):
        good[f"fc.{key}.weight"] = torch.randn(m, n) / n**0.5
        good[f"fc.{key}.bias"] = torch.zeros(m)
    bad = {**good, "fc.6.bias": torch.full((env.num_muscles,), float("inf"))}
    action = np.zeros((1, env.action_dim), np.float32)

    env.load_muscle_weights(good)
    env.reset()
    start = env.save_state()
    env.step(action)
    expected = env.activations.copy()
    assert expected.max() > 0
    with pytest.raises(CheckpointError, match=r"fc\.6\.bias"):
        env.load_muscle_weights(bad)
    env.restore_state(start)
    env.step(action)
    np.testing.assert_array_equal(env.activations, expected)
