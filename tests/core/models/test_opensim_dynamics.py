"""The energy of .osim models along our motions, by OpenSim's own count; the rest is in test_opensim_agreement.py."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import small_models
from muscle_viewer.core import _core
from muscle_viewer.core.models.assemble import assemble
from muscle_viewer.core.models.opensim.skeleton import skeleton_of

opensim = pytest.importorskip("opensim", reason="the oracle extra brings it")

from opensim_twin import Twin  # noqa: E402 (needs opensim)

GRAVITY = 9.81


@pytest.fixture(scope="module", params=["rajagopal", "gait14dof22musc_20170320", "gait9dof18musc"])
def twin(request: pytest.FixtureRequest) -> Twin:
    """A model on both sides; in OpenSim, gravity alone moves it."""
    if request.param == "rajagopal":
        twin = Twin(request.getfixturevalue("rajagopal_osim"))
    else:
        twin = Twin(request.getfixturevalue("osim_rl_models") / f"{request.param}.osim")
    forces = twin.theirs.getForceSet()
    for i in range(forces.getSize()):
        forces.get(i).setAppliesForce(twin.state, False)
    return twin


def bare_simulation(twin: Twin) -> Any:
    """Ours of the same skeleton without muscles, limits and springs."""
    model = _core.Model(assemble(small_models.character([]), skeleton_of(twin.theirs, opensim)))
    return _core.ReferenceSimulation(
        model, actuator="torque", ground=False, time_step=1e-15, gravity=GRAVITY
    )


def our_accelerations(ours: Any, position: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    ours.set_state(0, position, velocity)
    ours.kinematics()
    ours.forward_dynamics()
    return np.array(ours.field("acceleration")[:, 0])


def their_accelerations(twin: Twin, position: np.ndarray, velocity: np.ndarray) -> np.ndarray:
    twin.place(position, velocity)
    twin.theirs.realizeAcceleration(twin.state)
    coordinates = twin.theirs.getCoordinateSet()
    return np.array([coordinates.get(n).getAccelerationValue(twin.state) for n in twin.names])


def test_opensims_energy_is_conserved_by_our_accelerations(twin: Twin) -> None:
    """While the knees move, OpenSim's own accelerations miss the balance of its energy: the velocity-dependent
    terms of its joints with several functions are not exact. Ours agree with MuJoCo's there."""
    rng = np.random.default_rng(4)
    ours = bare_simulation(twin)
    own, found = [], []
    for _ in range(20):
        position = twin.random_pose(rng)
        velocity = 2.0 * rng.normal(size=len(position))
        theirs = their_accelerations(twin, position, velocity)
        mine = our_accelerations(ours, position, velocity)
        assert np.abs(mine - theirs).max() < 0.02 * np.abs(theirs).max()
        own.append(power(twin, position, velocity, theirs))
        found.append(power(twin, position, velocity, mine))
    # What is left is the error of the central difference, near the splines' knots above all.
    assert np.median(np.abs(found)) < 1e-3
    assert np.abs(found).max() < max(0.2 * np.abs(own).max(), 2e-3)


def power(
    twin: Twin, position: np.ndarray, velocity: np.ndarray, acceleration: np.ndarray
) -> float:
    """The rate of OpenSim's total energy along a motion, W, by a central difference."""
    step, energies = 1e-4, []
    for h in (-step, step):
        at = position + h * velocity + h * h / 2 * acceleration
        twin.place(at, velocity + h * acceleration)
        twin.theirs.realizeVelocity(twin.state)
        energies.append(
            twin.theirs.calcKineticEnergy(twin.state) + twin.theirs.calcPotentialEnergy(twin.state)
        )
    return (energies[1] - energies[0]) / (2 * step)
