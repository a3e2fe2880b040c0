"""Past half of the cycle the GaitNets' policies see and drive the mirror image."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
import yaml
from muscle_viewer.core import BatchEnv, Environment, load_config
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder
from muscle_viewer.core.mirror import build_mirror
from muscle_viewer.core.scene import build_scene

pytestmark = pytest.mark.slow

WALK = assets_folder() / "environments" / "walk_gaitnet.yaml"
PARAMETERS = [
    {"name": "muscle_length_psoas_L", "value": 0.9},
    {"name": "muscle_length_psoas_R", "value": 1.1},
    {"name": "stride", "value": 1.0},
]


def config(**changes: Any) -> EnvironmentConfig:
    tree = yaml.safe_load(load_config(WALK).to_yaml())
    tree["observation"] = {"type": "gaitnet", "parameters": PARAMETERS}
    tree["symmetry"] = True
    for name, value in changes.items():
        tree[name] = tree[name] | value if isinstance(value, dict) else value
    return load_config(yaml.safe_dump(tree))


def network(inputs: int, muscles: int) -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    sizes = [inputs, 16, 16, 16, muscles]
    tensors = {}
    for k, (m, n) in enumerate(zip(sizes, sizes[1:], strict=False)):
        tensors[f"fc.{2 * k}.weight"] = torch.randn(n, m) / m**0.5
        tensors[f"fc.{2 * k}.bias"] = 0.2 * torch.randn(n)
    return tensors


class Pair:
    """An environment in a state and another in its mirror image, half a cycle away."""

    def __init__(self, phase: float, **changes: Any) -> None:
        settings = config(**changes)
        self.mirror = build_mirror(build_scene(assets_folder() / "environments" / "walk.yaml"))
        self.scene = build_scene(settings)
        self.environments = []
        weights = network(self.scene.core.network_inputs, self.scene.model.num_muscles)
        start = Environment(self.scene)
        start.reset()
        frame = start.frame()
        rng = np.random.default_rng(0)
        positions = frame.positions + 0.05 * rng.normal(size=frame.positions.shape)
        velocities = frame.velocities + 0.2 * rng.normal(size=frame.velocities.shape)
        positions[[3, 5]] = 0.0
        for image in (False, True):
            environment = Environment(self.scene)
            if settings.infers:
                environment.load_muscle_weights(weights)
            environment.reset()
            q = self.mirror.positions(positions) if image else positions
            v = self.mirror.velocities(velocities) if image else velocities
            environment._env.set_phase((phase + 0.5 * image) % 1)
            environment.set_state(q, v)
            self.environments.append(environment)

    def step(self, action: np.ndarray) -> list[np.ndarray]:
        return [environment.step(action)[0] for environment in self.environments]

    def actions(self) -> np.ndarray:
        size = self.environments[0].action_dim
        return (0.3 * np.random.default_rng(1).normal(size=size)).astype(np.float32)


# Gait memories are apart (a target begins where the motion's own foot is), so 3 + 15 B + 3 + 2 is the foothold.
def character_and_phases(obs: np.ndarray, bodies: int) -> np.ndarray:
    return np.delete(obs, 3 + 15 * bodies + 3 + 2)[: -len(PARAMETERS)]


@pytest.mark.parametrize("clipping", ["none", "hard"])
@pytest.mark.parametrize("actuator", ["muscle", "pd", "activation", "torque"])
def test_a_state_and_its_image_look_the_same_and_move_as_images(
    actuator: str, clipping: str
) -> None:
    pair = Pair(0.2, actuator=actuator, action={"phase_clipping": clipping, "torque_scale": 5.0})
    action = pair.actions()
    if actuator == "activation":
        action = abs(action)
    for _ in range(2):
        seen, image = pair.step(action)
        bodies = len(pair.scene.character.bodies)
        np.testing.assert_allclose(
            character_and_phases(image, bodies), character_and_phases(seen, bodies), atol=2e-3
        )
        first, second = (environment.frame() for environment in pair.environments)
        np.testing.assert_allclose(
            second.positions, pair.mirror.positions(first.positions), atol=1e-3
        )
        np.testing.assert_allclose(
            second.activations, pair.mirror.muscles(first.activations), atol=1e-3
        )
    if actuator in ("muscle", "activation"):
        assert first.activations.max() > 0.05
        assert abs(first.activations - second.activations).max() > 0.01


def test_without_symmetry_the_image_looks_otherwise() -> None:
    pair = Pair(0.2, symmetry=False)
    seen, image = pair.step(pair.actions())
    assert abs(seen - image).max() > 0.1


def test_parameters_of_the_two_sides_are_exchanged() -> None:
    pair = Pair(0.2)
    seen, image = pair.step(pair.actions())
    np.testing.assert_allclose(seen[-3:], [0.9, 1.1, 1.0], rtol=1e-6)
    np.testing.assert_allclose(image[-3:], [1.1, 0.9, 1.0], rtol=1e-6)


def test_the_learners_samples_are_what_the_network_sees() -> None:
    batch = BatchEnv(config(simulation={"control_hz": 480, "sim_hz": 480}), num_envs=1)
    batch.load_muscle_weights(network(batch.network_inputs, batch.num_muscles))
    mirror = build_mirror(build_scene(assets_folder() / "environments" / "walk.yaml"))
    halves = set()
    for seed in range(6):
        batch.reset(seed=seed)
        is_second = float(batch.phases[0]) > 0.5
        halves.add(is_second)
        arms = batch.frame(0).moment_arms
        batch.step(np.zeros((1, batch.action_dim), np.float32))
        expected = mirror.entries(arms) if is_second else arms
        strong = abs(expected) > 0.005  # m: the muscles' forces are positive
        jta = batch.muscle_samples.jta[0]
        assert (np.sign(jta[strong]) == np.sign(expected[strong])).all()
    assert halves == {False, True}


def test_symmetry_of_other_observations_and_of_odd_characters_is_refused(
    complaint: Callable[..., str],
) -> None:
    line = complaint(lambda: build_scene(config(observation={"type": "default", "parameters": []})))
    assert "symmetry" in line and "gaitnet" in line
