"""What MASS's own networks see and are asked: sizes, entries and torques on its human."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from left_out import MASS_DATA as DATA
from left_out import needs_mass
from muscle_viewer.core import BatchEnv, Environment, load_config
from muscle_viewer.core.scene import Scene, build_scene

pytestmark = needs_mass


@pytest.fixture(scope="module")
def scene() -> Scene:
    return build_scene(DATA / "metadata.txt")


def test_sizes_are_those_of_masss_networks(scene: Scene) -> None:
    env = BatchEnv(scene.config, num_envs=1)
    assert (env.obs_dim, env.action_dim, env.num_dofs, env.num_muscles) == (136, 50, 56, 284)
    assert env.network_inputs == 1098 + 50
    assert env.info.muscle_driven_dofs.all()


def linear(weight: np.ndarray) -> dict[str, torch.Tensor]:
    """A muscle network whose first outputs are weight @ x for x >= 0, below the bend of tanh."""
    width = len(weight)
    tensors = {"fc.0.weight": torch.tensor(weight, dtype=torch.float32)}
    for k in (2, 4):
        tensors[f"fc.{k}.weight"] = torch.eye(width)
    tensors["fc.6.weight"] = torch.zeros(284, width)
    tensors["fc.6.weight"][:width] = torch.eye(width)
    for k, rows in ((0, width), (2, width), (4, width), (6, 284)):
        tensors[f"fc.{k}.bias"] = torch.zeros(rows)
    return tensors


def what_it_is_told(environment: Environment) -> np.ndarray:
    """The muscle network's inputs in the first substep, read back through excitations."""
    inputs = environment.scene.core.network_inputs
    seen = np.zeros(inputs)
    scale = 1e-3  # so that tanh is straight
    for sign in (1.0, -1.0):  # relu lets one sign through
        for begin in range(0, inputs, 284):
            rows = np.arange(min(284, inputs - begin))
            picked = np.zeros((len(rows), inputs))
            picked[rows, begin + rows] = sign * scale
            environment.load_muscle_weights(linear(picked))
            environment.reset(seed=0)
            environment.step(np.zeros(environment.action_dim, np.float32))
            excitations = environment.frame().excitations[: len(rows)]
            seen[begin + rows] += sign * excitations / scale
    return seen


@pytest.mark.parametrize(
    ("actuator", "torque", "dofs"),
    [("mass", "whole", "all"), ("mass", "active_only", "all"), ("mass_lower", "whole", "driven")],
)
def test_the_network_is_told_torques_above_the_threshold_and_what_is_wanted(
    scene: Scene, actuator: str, torque: str, dofs: str
) -> None:
    muscles = scene.config.muscles.model_copy(
        update={"network_torque": torque, "network_dofs": dofs}
    )
    once = scene.config.simulation.model_copy(update={"control_hz": 600, "inference_every": 1})
    settings = {"muscles": muscles, "simulation": once, "actuator": actuator}
    config = scene.config.model_copy(update=settings)
    environment = Environment(config)
    told = what_it_is_told(environment)
    after = environment.frame()
    environment.reset(seed=0)
    before = environment.frame()

    fibre = before.fibre_lengths.astype(float)
    force = environment.info.max_isometric_force * np.exp(-((fibre - 1) ** 2) / 0.5)
    jta = before.moment_arms * force[environment.info.muscle_of]
    entries = environment.info.network_entries
    assert len(entries) == 1098
    np.testing.assert_allclose(200 * told[:1098], jta[entries], rtol=2e-3, atol=0.02)

    wanted = after.desired_torques.astype(float)
    if torque == "active_only":
        wanted -= after.passive_torques
    if dofs == "driven":
        wanted[18:] = 0
    np.testing.assert_allclose(200 * told[1098:], wanted, rtol=2e-3, atol=0.05)


def test_mass_lower_drives_the_legs_by_muscles_alone_and_the_rest_by_stable_pd_too(
    scene: Scene,
) -> None:
    config = scene.config.model_copy(update={"actuator": "mass_lower"})
    environment = Environment(config)
    assert environment.info.muscle_driven_dofs.tolist() == [True] * 18 + [False] * 32
    silent = {name: 0 * tensor for name, tensor in linear(np.zeros((1, 1148))).items()}
    environment.load_muscle_weights(silent)
    environment.reset()
    environment.step(np.zeros(50, np.float32))
    frame = environment.frame()
    np.testing.assert_allclose(frame.applied_torques[:18], frame.muscle_torques[:18])
    np.testing.assert_allclose(
        frame.applied_torques[18:],
        frame.muscle_torques[18:] + frame.desired_torques[18:],
        rtol=1e-5,
        atol=1e-4,
    )


def test_activations_are_the_actions_of_the_gaitnet_muscle_actuator(scene: Scene) -> None:
    config = scene.config.model_copy(update={"actuator": "activation"})
    environment = Environment(config)
    assert environment.action_dim == 284
    environment.reset()
    actions = np.linspace(-0.2, 1.2, 284).astype(np.float32)
    environment.step(actions)
    frame = environment.frame()
    np.testing.assert_array_equal(frame.activations, actions.clip(0, 1))
    assert not frame.desired_torques.any()
    np.testing.assert_array_equal(frame.applied_torques, frame.muscle_torques)


def test_torques_are_the_actions_of_the_torque_actuator(scene: Scene) -> None:
    action = scene.config.action.model_copy(update={"torque_scale": 1.0})
    environment = Environment(
        scene.config.model_copy(update={"actuator": "torque", "action": action})
    )
    environment.reset()
    actions = np.linspace(-5, 5, 50).astype(np.float32)
    environment.step(actions)
    np.testing.assert_array_equal(environment.frame().applied_torques, actions)


def test_metadata_says_how_mass_drives_and_sees() -> None:
    config = load_config(DATA / "metadata.txt")
    assert config.actuator == "mass"
    assert config.muscles.network_torque == "whole"
    assert config.observation.type == "mass"
