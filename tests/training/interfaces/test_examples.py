"""The examples that need gymnasium and Stable-Baselines3 alone, in a shortened form."""

from __future__ import annotations

from pathlib import Path

import pytest
from library_examples import run_example

pytest.importorskip("stable_baselines3")
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("name", ["cleanrl_ppo", "sb3_ppo", "walk_backwards"])
def test_an_example_trains_and_its_policy_opens(name: str, tmp_path: Path) -> None:
    checkpoint = run_example(name, tmp_path)
    assert checkpoint.config.character.name == "human.yaml"
    assert checkpoint.muscle
