"""The lengths and moment arms of MuJoCo's own muscle models, against MuJoCo in the same transforms."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from muscle_viewer.core import _core

mujoco = pytest.importorskip("mujoco")
myo_sim = pytest.importorskip("myo_sim")

from mujoco_tendons import TendonModel  # noqa: E402 (needs mujoco)

pytestmark = pytest.mark.slow

POSES = 112
NAMES = ["myoelbow", "myofinger", "myolegs", "myotorso"]


@cache
def tendons(name: str) -> TendonModel:
    return TendonModel(myo_sim.load(name)[0])


@pytest.mark.parametrize("name", NAMES)
def test_lengths_and_moment_arms_are_those_of_mujoco(name: str) -> None:
    model, rng = tendons(name), np.random.default_rng(1)
    simulation = _core.ReferenceSimulation(model.core)
    bent = np.zeros(len(model.names), bool)
    for _ in range(POSES):
        model.random_pose(rng)
        model.place(simulation, 0, model.transforms())
        simulation.muscles()
        length, derivative = model.paths(simulation, 0)
        expected, slope = model.expected()
        np.testing.assert_allclose(length, expected, atol=1e-9, rtol=0)
        np.testing.assert_allclose(derivative, slope, atol=1e-8, rtol=0)
    assert bent is not None


@pytest.mark.parametrize("name", NAMES)
def test_the_lanes_agree_with_mujoco_as_far_as_single_precision_goes(name: str) -> None:
    model, rng = tendons(name), np.random.default_rng(2)
    simulation = _core.LanesSimulation(model.core, _core.instruction_sets()[-1])
    expected = []
    for _ in range(POSES // _core.GROUP_LANES):
        for lane in range(_core.GROUP_LANES):
            model.random_pose(rng)
            model.place(simulation, lane, model.transforms())
            expected.append(model.expected())
        simulation.muscles()
        for lane, (length, slope) in enumerate(expected[-_core.GROUP_LANES :]):
            found, derivative = model.paths(simulation, lane)
            np.testing.assert_allclose(found, length, atol=2e-6, rtol=0)
            np.testing.assert_allclose(derivative, slope, atol=1e-5, rtol=0)
