"""Gains of stable PD that an environment gives to the coordinates of its character."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, load_config

STEPS = 10


def swung(path: Path, **changes: object) -> np.ndarray:
    """Positions after some steps of a still action."""
    tree = yaml.safe_load(path.read_text()) | {"actuator": "pd"} | changes
    path.write_text(yaml.safe_dump(tree))
    env = BatchEnv(path, num_envs=1, seed=0)
    env.reset()
    for _ in range(STEPS):
        env.step(np.full((1, env.action_dim), 0.5, np.float32))
    return env.snapshot(["positions"])["positions"].copy()


def with_gains_of_its_own(path: Path, gains: dict[str, tuple[float, float]]) -> None:
    character = path.parent / "leg.yaml"
    tree = yaml.safe_load(character.read_text())
    for body in tree["bodies"][1:]:
        names = body["joint"].get("names", [body["name"]])
        for field, index in (("kp", 0), ("kv", 1)):
            body["joint"][field] = [gains[name][index] for name in names]
    character.write_text(yaml.safe_dump(tree))


def coordinates(path: Path) -> list[str]:
    return list(BatchEnv(path, num_envs=1).info.joint_names)


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_gains_of_the_environment_act_as_the_characters_own(
    small_environment: Path, engine: str
) -> None:
    if engine == "dart":
        pytest.importorskip("dartpy")
    named, *others = coordinates(small_environment)
    plain = swung(small_environment, engine=engine)
    given = swung(small_environment, engine=engine, gains={"every": 50, named: [80, 3]})
    assert np.abs(given - plain).max() > 1e-3
    with_gains_of_its_own(small_environment, {named: (80, 3)} | dict.fromkeys(others, (50, 10)))
    np.testing.assert_array_equal(given, swung(small_environment, engine=engine, gains={}))


def test_unknown_coordinates_and_negative_gains_are_refused(
    small_environment: Path, complaint
) -> None:
    tree = yaml.safe_load(small_environment.read_text())
    for gains, said in (
        ({"elbow": 3}, "gains: there is no coordinate 'elbow'; there are"),
        ({"every": -1}, "gains.every"),
        ({"every": [1, 2, 3]}, "gains.every"),
    ):
        small_environment.write_text(yaml.safe_dump(tree | {"gains": gains}))
        assert said in complaint(BatchEnv, small_environment, 1)


def test_a_configuration_keeps_its_gains(small_environment: Path) -> None:
    tree = yaml.safe_load(small_environment.read_text())
    small_environment.write_text(yaml.safe_dump(tree | {"gains": {"every": [50, 4]}}))
    config = load_config(small_environment)
    assert load_config(config.to_yaml()).gains == config.gains == {"every": (50, 4)}
