"""Another stride and cadence: motion, reward and observation go together."""

from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core.configuration import (
    EnvironmentConfig,
    GaitNetReward,
    Observation,
    assets_folder,
    load_config,
)
from muscle_viewer.core.configuration.retime import retimed
from muscle_viewer.core.configuration.task_settings import task_settings
from muscle_viewer.core.scene import load_character, load_motion

WALK: Path = assets_folder() / "environments" / "walk.yaml"


def test_the_root_goes_further_and_faster_and_the_joints_stay() -> None:
    config = load_config(WALK)
    character = load_character(config)
    motion = load_motion(config, character)
    _, other = retimed(config, character, motion, 1.1, 1.2)
    assert other.duration == pytest.approx(motion.duration / 1.2)
    np.testing.assert_allclose(other.cycle_translation, motion.cycle_translation * [1, 1, 1.1])
    np.testing.assert_allclose(np.ptp(other.frames[:, 5]), 1.1 * np.ptp(motion.frames[:, 5]))
    kept = [i for i in range(other.frames.shape[1]) if i != 5]
    np.testing.assert_array_equal(other.frames[:, kept], motion.frames[:, kept])
    assert retimed(config, character, motion, 1.0, 1.0) == (config, motion)


@pytest.mark.parametrize(
    "asked", [{}, {"stride": 1.4}, {"speed": 1.2}, {"stride": 1.4, "speed": 1.2}]
)
def test_the_gait_asked_for_changes_with_the_reference(asked: dict[str, float]) -> None:
    config = load_config(WALK).model_copy(update={"reward": GaitNetReward(type="gaitnet", **asked)})
    character = load_character(config)
    motion = load_motion(config, character)

    def gait(
        config: EnvironmentConfig, stride: float, cadence: float
    ) -> tuple[float, float, float]:
        config, other = retimed(config, character, motion, stride, cadence)
        settings = task_settings(config, character, other)
        return settings.gait.stride, settings.gait.speed, settings.cadence

    before, after = gait(config, 1.0, 1.0), gait(config, 1.1, 1.2)
    np.testing.assert_allclose(np.divide(after, before), [1.1, 1.1 * 1.2, 1.0])


def test_a_policy_is_told_of_the_stride_and_cadence_that_it_observes() -> None:
    told = [
        {"name": n, "value": v}
        for n, v in (("gait.stride", 0.9), ("gait.cadence", 1.0), ("x", 2.0))
    ]
    seen = Observation.model_validate({"type": "gaitnet", "parameters": told})
    config = load_config(WALK).model_copy(update={"observation": seen})
    character = load_character(config)
    other, _ = retimed(config, character, load_motion(config, character), 1.1, 1.2)
    values = [p.value for p in other.observation.parameters]
    assert values == pytest.approx([0.99, 1.2, 2.0])


@pytest.mark.parametrize(("stride", "cadence"), [(0.0, 1.0), (1.0, -1.0), (float("nan"), 1.0)])
def test_factors_that_are_not_positive_are_refused(stride: float, cadence: float) -> None:
    config = load_config(WALK)
    character = load_character(config)
    with pytest.raises(ValueError, match="factors must be positive"):
        retimed(config, character, load_motion(config, character), stride, cadence)
