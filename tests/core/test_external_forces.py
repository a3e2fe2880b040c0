"""What a hand on one environment does: forces that add up, excitations that are held."""

import numpy as np
import pytest
from muscle_viewer.core import Environment, ShapeError, load_checkpoint
from muscle_viewer.core.configuration import checkpoints_folder


def walking() -> tuple[Environment, np.ndarray]:
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    env = Environment(checkpoint.config, seed=1)
    checkpoint.load_into(env)
    env.reset()
    return env, np.zeros(env.action_dim, np.float32)


def test_a_held_excitation_is_the_muscles_and_leaves_the_others_to_the_network() -> None:
    env, action = walking()
    free, _ = walking()
    held = np.full(80, np.nan)
    held[7] = 0.625
    env.override_excitations(held)
    env.step(action)
    free.step(action)
    assert env.frame().excitations[7] == np.float32(0.625)
    for _ in range(10):  # the activation follows with its time constants
        env.step(action)
    assert env.frame().activations[7] == pytest.approx(0.625, abs=1e-3)
    env.override_excitations(None)
    env.step(action)
    assert env.frame().excitations[7] != np.float32(0.625)
    with pytest.raises(ShapeError, match="excitations"):
        env.override_excitations(np.zeros(3))


def test_forces_on_one_body_add_up() -> None:
    apart, action = walking()
    together, _ = walking()
    up, origin = np.array([0.0, 200.0, 0.0]), np.array([0.1, 1.0, 0.0])
    apart.add_external_force(0, up, origin)
    apart.add_external_force(0, up, origin)
    together.set_external_force(0, 2 * up, origin)
    apart.step(action)
    together.step(action)
    assert np.allclose(apart.frame().positions, together.frame().positions, atol=1e-5)


def test_an_environment_shares_the_scene_of_another() -> None:
    env, action = walking()
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    other = Environment(env.scene, seed=1)
    checkpoint.load_into(other)
    other.reset()
    env.step(action)
    other.step(action)
    assert np.array_equal(env.frame().positions, other.frame().positions)
