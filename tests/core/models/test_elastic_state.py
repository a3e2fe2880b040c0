"""Elastic tendons in environments: saved and restored, reset in equilibrium, stepped alike by both engines."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, ConfigError, Environment, ModelError, StateError
from muscle_viewer.core.models.read import parse_model

MODEL = """
format: muscle-viewer/character-2
name: arm
coordinates:
  - {name: elbow, default: 0.6, range: [0.0, 2.4], damping: 0.5}
bodies:
  - {name: upper, parent: null, joint: {type: weld}, mass: 2.0, inertia: [0.02, 0.01, 0.02, 0, 0, 0]}
  - name: forearm
    parent: upper
    joint: {type: custom, elements: [{rotate: [0, 0, 1], coordinate: elbow}]}
    mass: 1.5
    com: [0, -0.15, 0]
    inertia: [0.02, 0.002, 0.02, 0, 0, 0]
contact: {stiffness: 2e5, damping: 1000, friction: 0.9, tangential_damping: 1e5}
muscles:
  - name: flexor
    max_isometric_force: 600
    optimal_fibre_length: 0.13
    tendon_slack_length: 0.19
    pennation: 0.2
    curves: {type: LAW}
    tendon: TENDON
    activation_dynamics: {activation: 0.01, deactivation: 0.04, minimum: 0.01}
    path:
      - {body: upper, position: [0.02, 0.28, 0]}
      - {body: forearm, position: [0.03, -0.04, 0]}
"""
ENVIRONMENT = """
character: arm.yaml
motion: arm.yaml
actuator: ACTUATOR
engine: ENGINE
observation: {type: default}
"""


def environment(
    folder: Path,
    law: str = "millard_2012",
    tendon: str = "elastic",
    actuator: str = "activation",
    engine: str = "lanes",
) -> Path:
    (folder / "arm.yaml").write_text(MODEL.replace("LAW", law).replace("TENDON", tendon))
    path = folder / f"{law}-{tendon}-{actuator}-{engine}.yaml"
    path.write_text(ENVIRONMENT.replace("ACTUATOR", actuator).replace("ENGINE", engine))
    return path


def excitations(env: BatchEnv, step: int) -> np.ndarray:
    phase = 0.3 * step + np.arange(env.num_envs)[:, None]
    return (0.5 + 0.5 * np.sin(phase)).repeat(env.action_dim, 1).astype(np.float32)


@pytest.mark.parametrize("law", ["millard_2012", "thelen_2003", "degroote_fregly_2016"])
def test_a_restored_state_goes_on_bit_by_bit(tmp_path: Path, law: str) -> None:
    env = BatchEnv(environment(tmp_path, law), num_envs=18, seed=0)
    env.reset()
    for step in range(5):
        env.step(excitations(env, step))
    saved = env.save_state()
    first = [env.step(excitations(env, step))[0].copy() for step in range(5, 9)]
    assert np.isfinite(first).all() and not np.array_equal(first[0], first[-1])
    other = BatchEnv(environment(tmp_path, law), num_envs=18, seed=7, threads=2)
    other.restore_state(saved)
    again = [other.step(excitations(env, step))[0].copy() for step in range(5, 9)]
    np.testing.assert_array_equal(first, again)


def test_states_of_rigid_tendons_are_refused_for_elastic_ones(tmp_path: Path) -> None:
    rigid = BatchEnv(environment(tmp_path, tendon="rigid"), num_envs=2)
    rigid.reset()
    saved = rigid.save_state()
    elastic = BatchEnv(environment(tmp_path), num_envs=2)
    with pytest.raises(StateError, match="saved by another configuration"):
        elastic.restore_state(saved)


def test_both_engines_move_an_elastic_tendon_alike(tmp_path: Path) -> None:
    pytest.importorskip("muscle_viewer.core._dart", reason="built without DART")
    moved = []
    for engine in ("lanes", "dart"):
        env = BatchEnv(environment(tmp_path, engine=engine), num_envs=2)
        env.reset()
        for step in range(6):
            observed = env.step(excitations(env, step))[0].copy()
        moved.append(observed)
    np.testing.assert_allclose(moved[0], moved[1], atol=2e-3)


def test_a_pose_set_by_hand_has_the_tendon_in_equilibrium(tmp_path: Path) -> None:
    env = Environment(environment(tmp_path))
    env.reset()
    lengths = []
    for angle in (0.2, 1.5, 0.2):
        env.set_state(np.array([angle]), np.zeros(1))
        frame = env.frame()
        lengths.append(float(frame.fibre_lengths[0]))
    assert lengths[0] == lengths[2] and lengths[0] > lengths[1] + 0.05


def test_a_muscle_network_is_refused_by_the_name_of_the_muscle(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"needs rigid tendons.*'flexor' is elastic"):
        BatchEnv(environment(tmp_path, actuator="muscle"), num_envs=1)


def test_an_elastic_tendon_without_a_law_of_its_own_is_refused() -> None:
    text = MODEL.replace("    curves: {type: LAW}\n", "").replace("TENDON", "elastic")
    with pytest.raises(ModelError, match=r"muscles\[0\] 'flexor'.tendon: elastic needs curves"):
        parse_model(text, "arm.yaml")
