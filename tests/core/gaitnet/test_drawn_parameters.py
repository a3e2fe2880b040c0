"""Parameters of the GaitNets' environments, which each episode draws and the observation tells."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from left_out import GAITNET_DATA as FILES
from left_out import needs_gaitnet
from muscle_viewer.core import BatchEnv, ConfigError, Environment, load_config
from muscle_viewer.core.gaitnet.environments.parameters import Parameters
from muscle_viewer.core.scene import build_scene

NOWHERE = Path("env.yaml")


@dataclass
class Body:
    bodies: tuple[str, ...] = ("FemurL", "FemurR", "TibiaL")
    muscles: tuple[str, ...] = ("L_Soleus",)


def drawn(tree: dict[str, object]) -> dict[str, dict[str, object]]:
    return Parameters(tree, NOWHERE, Body()).drawn()


def test_places_of_the_range_are_drawn_as_by_their_trainers() -> None:
    """Five places with `sampling: uniform`, without it the ends, and a spread of 0.025 in the parameter's unit."""
    found = drawn(
        {
            "gait": {"stride": {"min": 0.75, "max": 1.25, "default": 1.0, "sampling": "uniform"}},
            "muscle_force": {"L_Soleus": {"min": 0.2, "max": 1.0}},
        }
    )
    assert found["gait.stride"]["choices"] == [0.75, 0.875, 1.0, 1.125, 1.25]
    assert found["gait.stride"]["deviation"] == 0.025
    force = found["muscle_force.L_Soleus"]
    assert (force["acts_on"], force["muscles"]) == ("strength", ["L_Soleus"])
    assert (force["choices"], force["default"]) == ([0.2, 1.0], 1.0)


def test_a_range_of_one_value_is_the_body_of_every_episode() -> None:
    found = drawn(
        {"skeleton": {"FemurL": {"min": 0.9, "max": 0.9}, "TibiaL": {"min": 1, "max": 1}}}
    )
    assert list(found) == ["skeleton.FemurL"]
    assert (found["skeleton.FemurL"]["distribution"], found["skeleton.FemurL"]["default"]) == (
        "fixed",
        0.9,
    )


def test_torsion_turns_both_legs_to_the_same_side() -> None:
    """There about the bones' upward axes; here a positive one turns either leg inwards, in degrees."""
    found = drawn({"torsion": {side: {"min": -0.5, "max": 0.1} for side in ("FemurL", "FemurR")}})
    left, right = found["torsion.FemurL"], found["torsion.FemurR"]
    assert left["range"] == pytest.approx(np.degrees([-0.5, 0.1]))
    assert right["range"] == pytest.approx(np.degrees([-0.1, 0.5]))


def test_what_the_character_does_not_have_is_told_and_changes_nothing() -> None:
    tree = {"torsion": {"femur_l": {"min": -0.55, "max": 0.55}}}
    parameters = Parameters(tree, NOWHERE, Body())
    assert parameters.drawn() == {}
    assert parameters.observed(False) == [{"name": "torsion.femur_l", "value": 0.0}]
    assert parameters.without_effect() == ["the range of parameters.torsion"]


def test_beside_a_cascade_none_is_drawn() -> None:
    tree = {"gait": {"cadence": {"min": 0.75, "max": 1.25, "sampling": "uniform"}}}
    beside = Parameters(tree, NOWHERE, None)
    assert beside.drawn() == {} and "sampling of parameters" in beside.without_effect()
    with pytest.raises(ConfigError, match="cannot be followed beside cascading"):
        Parameters(
            {"skeleton": {"FemurL": {"min": 0.9, "max": 0.9, "default": 0.9}}}, NOWHERE, None
        )


@needs_gaitnet
@pytest.mark.slow
def test_episodes_of_a2_sep_draw_stride_and_cadence_and_the_policy_is_told() -> None:
    env = BatchEnv(FILES / "fork-2025-11/data/env/A2_sep.yaml", num_envs=256, seed=3)
    observation = np.array(env.reset())
    names = [info.name for info in env.parameter_info]
    assert names == ["gait.stride", "gait.cadence"] and env.obs_dim == 506
    np.testing.assert_allclose(observation[:, -2:], env.parameters, rtol=1e-6)
    for column in env.parameters.T:
        places = np.round((column - 0.75) / 0.125)
        assert np.all(np.bincount(places.astype(int), minlength=5) > 25)
        inside = (places > 0) & (places < 4)
        spread = (column - 0.75 - 0.125 * places)[inside]
        assert 0.018 < spread.std() < 0.03
        assert column.min() == 0.75 and column.max() == 1.25  # clipped


@needs_gaitnet
@pytest.mark.slow
def test_bones_are_drawn_and_told_to_the_policy_or_their_mirror_image() -> None:
    """Bidirectional GaitNet's env.xml: 13 parameters, in its units; in half of the episodes mirrored."""
    env = BatchEnv(FILES / "bidirectional-gaitnet/data/env.xml", num_envs=64, seed=0)
    told = np.array(env.reset())[:, -13:]
    infos = env.parameter_info
    values = np.array(env.parameters)
    for k, info in enumerate(infos):
        if info.acts_on == "torsion":  # radians, and both legs to the same side
            values[:, k] = np.radians(values[:, k]) * (-1 if info.name.endswith("R") else 1)
    other = [info.counterpart for info in infos]
    assert sum(k != partner for k, partner in enumerate(other)) == 10
    as_is = np.isclose(told, values, atol=1e-6).all(axis=1)
    mirrored = np.isclose(told, values[:, other], atol=1e-6).all(axis=1)
    assert np.all(as_is | mirrored)
    assert (as_is & ~mirrored).sum() > 10 and (mirrored & ~as_is).sum() > 10


@needs_gaitnet
@pytest.mark.slow
def test_a_smaller_body_has_a_quicker_clock() -> None:
    """By the square root of the length, as there."""
    config = load_config(FILES / "bidirectional-gaitnet/data/env.xml")
    env = Environment(config.model_copy(update={"actuator": "pd"}), seed=0)
    defaults = {info.name: info.default for info in env.parameter_info}
    passed = []
    for size in (1.0, 0.85):
        env.set_parameters({**defaults, "skeleton.global": size})
        env.reset()
        before = env.frame().phase
        env.step(np.zeros(env.action_dim))
        passed.append((env.frame().phase - before) % 1)
    assert passed[1] / passed[0] == pytest.approx(0.85**-0.5, rel=1e-6)


@needs_gaitnet
@pytest.mark.slow
def test_a_subject_with_a_short_leg_has_it() -> None:
    scene = build_scene(FILES / "fork-2025-11/data/env/A_shortleg.yaml")
    env = Environment(scene.config.model_copy(update={"actuator": "pd"}), seed=0)
    env.reset()
    frame = env.frame()
    names = [body.name for body in scene.character.bodies]

    def length(bone: str, end: str) -> float:
        origin, far = (frame.body_positions[names.index(name)] for name in (bone, end))
        return float(np.linalg.norm(np.asarray(far) - np.asarray(origin)))

    short = [
        length(f"{bone}L", f"{end}L") for bone, end in (("Femur", "Tibia"), ("Tibia", "Talus"))
    ]
    right = [
        length(f"{bone}R", f"{end}R") for bone, end in (("Femur", "Tibia"), ("Tibia", "Talus"))
    ]
    values = dict(zip((info.name for info in env.parameter_info), env.parameters, strict=True))
    drawn = [values["skeleton.FemurR"], values["skeleton.TibiaR"]]
    # Along the line to the centre of mass, which the next joint is a few millimetres beside.
    assert np.divide(short, right) == pytest.approx(np.divide(0.9, drawn), abs=0.005)
