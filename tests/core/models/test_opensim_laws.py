"""Muscle laws and the elastic tendon against OpenSim's own muscles."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core import _core

opensim = pytest.importorskip("opensim", reason="the opensim extra brings it")

from opensim_muscle import (  # noqa: E402 (needs opensim)
    FORCE,
    HZ,
    OPTIMAL,
    SLACK,
    Pair,
    opensim_forces,
    our_forces,
)

MILLARD, THELEN, DEGROOTE = (
    "Millard2012EquilibriumMuscle", "Thelen2003Muscle", "DeGrooteFregly2016Muscle"
)  # fmt: skip


@pytest.mark.parametrize("lanes", [False, True])
@pytest.mark.parametrize("kind", [MILLARD, DEGROOTE])
def test_forces_on_a_rigid_tendon_are_those_of_opensim(
    kind: str, lanes: bool, tmp_path: Path
) -> None:
    pair = Pair(kind, True, tmp_path, lanes)
    pair.start()
    errors = [
        pair.force(length, speed, activation) - pair.opensim_force(length, speed, activation)
        for length in SLACK + OPTIMAL * np.array([0.3, 0.4, *np.linspace(0.45, 1.5, 15)])
        for speed in OPTIMAL * np.linspace(-9.0, 9.0, 13)
        for activation in (0.01, 0.2, 0.6, 1.0)
    ]
    assert np.abs(errors).max() < 1e-4 * FORCE


@pytest.mark.parametrize("kind", [MILLARD, THELEN])
def test_an_elastic_tendon_begins_in_the_equilibrium_of_opensim(kind: str, tmp_path: Path) -> None:
    pair = Pair(kind, False, tmp_path)
    pair.start()
    for length in SLACK + OPTIMAL * np.linspace(0.6, 1.4, 9):
        for activation in (0.02, 0.3, 1.0):
            pair.rest()
            found = pair.force(length, 0.0, activation)
            wanted = pair.opensim_force(length, 0.0, activation)
            assert abs(found - wanted) < 1e-3 * FORCE


def prescribed() -> tuple[Any, Any]:
    """OpenSim's functions of a length that swings at 1 Hz, and of an activation with a burst."""
    length = opensim.Sine(0.3 * OPTIMAL, 2 * np.pi, 0.0, SLACK + OPTIMAL)
    times = np.linspace(0.0, 1.2, 1201)
    activation = opensim.PiecewiseLinearFunction()
    for time in times:
        activation.addPoint(float(time), burst(float(time)))
    return length, activation


def burst(time: float) -> float:
    """Activation: rises from 0.05 to 0.9 with a time constant of some 15 ms, and falls with 40 ms."""
    rise, fall = 1 / (1 + np.exp(-(time - 0.25) / 0.015)), 1 / (1 + np.exp(-(time - 0.6) / 0.04))
    return float(0.05 + 0.85 * (rise - fall))


@pytest.mark.parametrize("lanes", [False, True])
@pytest.mark.parametrize("kind", [MILLARD, THELEN, DEGROOTE])
def test_an_elastic_tendon_in_motion_follows_opensims_own_integration(
    kind: str, lanes: bool, tmp_path: Path
) -> None:
    pair = Pair(kind, False, tmp_path, lanes)
    times = np.arange(HZ) / HZ

    def length(time: float) -> tuple[float, float]:
        phase = 2 * np.pi * time
        return (
            SLACK + OPTIMAL * (1 + 0.3 * np.sin(phase)), OPTIMAL * 0.6 * np.pi * np.cos(phase)
        )  # fmt: skip

    wanted, activations = opensim_forces(pair, *prescribed(), times)
    assert np.ptp(activations) > 0.7
    error = (our_forces(pair, length, activations, times) - wanted) / FORCE

    settled = times > 0.05  # De Groote's muscle begins at another equilibrium in OpenSim
    assert np.sqrt(np.mean(error[settled] ** 2)) < 3e-3
    assert np.abs(error[settled]).max() < 5e-3


@pytest.mark.parametrize("kind", [MILLARD, THELEN, DEGROOTE])
def test_activation_follows_excitation_at_the_rate_of_opensim(kind: str, tmp_path: Path) -> None:
    step = 1e-7
    pair = Pair(kind, False, tmp_path, dynamics=True, time_step=step)
    pair.start()
    for activation in (0.02, 0.2, 0.7, 1.0):
        for excitation in (0.01, 0.15, 0.5, 1.0):  # OpenSim's controllers give no less
            pair.opensim_force(SLACK + OPTIMAL, 0.0, activation)
            pair.theirs.setControls(pair.state, opensim.Vector(1, excitation))
            pair.theirs.realizeAcceleration(pair.state)
            wanted = pair.muscle.getStateVariableDerivativeValue(pair.state, "activation")
            pair.force(SLACK + OPTIMAL, 0.0, activation)
            pair.ours.field("excitation")[:] = excitation
            pair.step()
            found = (pair.ours.field("activation")[0, 0] - activation) / step
            assert found == pytest.approx(wanted, rel=1e-4, abs=1e-6)


def test_equal_lanes_of_every_width_give_equal_bits(tmp_path: Path) -> None:
    character = Pair(MILLARD, False, tmp_path).character
    results = []
    for name in _core.instruction_sets()[:-1]:  # the baseline has no fused multiply-adds
        ours = _core.LanesSimulation(
            _core.Model(character), name, actuator="activation", ground=False, time_step=1 / HZ
        )
        lanes = ours.field("position").shape[1]
        ours.field("position")[:] = SLACK + OPTIMAL * np.linspace(0.6, 1.4, lanes)
        ours.field("excitation")[:] = np.linspace(0.0, 1.0, lanes)
        for _ in range(50):
            ours.kinematics()
            ours.muscles()
            ours.desire()
            ours.advance()
        results.append([ours.field(f).tobytes() for f in ("passive_force", "fibre_start")])
    assert all(result == results[0] for result in results)
