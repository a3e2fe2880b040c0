"""Lengths, moment arms and forces of MuJoCo's own muscle models, against MuJoCo in the same transforms."""

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
    for _ in range(POSES):
        model.random_pose(rng)
        model.place(simulation, 0, model.transforms())
        simulation.muscles()
        length, derivative = model.paths(simulation, 0)
        expected, slope = model.expected()
        np.testing.assert_allclose(length, expected, atol=1e-9, rtol=0)
        np.testing.assert_allclose(derivative, slope, atol=1e-8, rtol=0)


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


@cache
def actuators(name: str) -> TendonModel:
    return TendonModel(myo_sim.load(name)[0], actuators=True)


@pytest.mark.parametrize("name", NAMES)
def test_the_forces_of_moving_muscles_are_those_of_mujoco(name: str) -> None:
    model, rng = actuators(name), np.random.default_rng(3)
    simulation = _core.ReferenceSimulation(model.core)
    strength = np.array([m.max_isometric_force for m in model.character.muscles])
    dofs = model.model.jnt_dofadr[model.hinges]
    lengthening = 0
    for _ in range(POSES):
        model.random_pose(rng)
        model.data.act[:] = rng.uniform(0, 1, model.model.na)
        model.data.qvel[dofs] = rng.normal(size=len(dofs)) * 3
        mujoco.mj_forward(model.model, model.data)
        model.place(simulation, 0, model.transforms())
        simulation.field("velocity")[:, 0] = model.data.qvel[dofs]
        simulation.muscles()
        active, passive = (
            simulation.field(f"{kind}_force")[:, 0] for kind in ("active", "passive")
        )
        force = model.data.act * active + passive
        expected = -model.data.actuator_force / strength
        # Without a rise above the isometric force, the curve's corner at rest is rounded by 1e-6.
        rounded = [
            m.curves is not None and m.curves.lengthening_force == 1
            for m in model.character.muscles
        ]
        assert (np.abs(force / strength - expected) < np.where(rounded, 2e-6, 1e-9)).all()
        lengthening += (simulation.field("muscle_velocity")[:, 0] > 0).sum()
    assert 0 < lengthening < POSES * len(strength)


@pytest.mark.parametrize("name", ["myofinger", "myotorso"])
def test_activations_approach_excitations_at_the_rate_of_mujoco(name: str) -> None:
    model, rng = actuators(name), np.random.default_rng(4)
    step = 1e-3
    simulation = _core.ReferenceSimulation(model.core, actuator="activation", time_step=step)
    still = np.zeros(model.core.num_dofs)
    simulation.set_state(0, still, still)
    simulation.kinematics()
    simulation.muscles()
    activation, excitation = (rng.uniform(0, 1, model.model.na) for _ in range(2))
    simulation.field("activation")[:, 0], simulation.field("excitation")[:, 0] = (
        activation,
        excitation,
    )
    simulation.desire()
    simulation.advance()
    change = simulation.field("activation")[:, 0] - activation
    # The step is implicit: a' = a + (u - a) step / (tau + step).
    tau = step * (excitation - activation) / change - step
    model.data.act[:], model.data.ctrl[:] = activation, excitation
    mujoco.mj_forward(model.model, model.data)
    np.testing.assert_allclose((excitation - activation) / tau, model.data.act_dot, rtol=1e-6)
