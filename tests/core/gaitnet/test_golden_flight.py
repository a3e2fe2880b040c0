"""Substeps that the GaitNets' fork computed itself, in flight and on the ground: this program's agree.

The fork's joint limits and contacts are DART's own, as are those of the engine `dart` here. See docs/gaitnet.md.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from golden import Case, reference_simulation
from left_out import needs_golden
from muscle_viewer.core import _core

pytestmark = [needs_golden, pytest.mark.slow]


def placed_in_flight(case: Case, sim: _core.ReferenceSimulation, i: int) -> None:
    g = case.golden
    sim.set_state(0, case.placed(g["flight/q0"][i]), g["flight/dq0"][i])
    sim.set_target(0, case.placed(g["flight/target"][i]))
    for name in ("target_velocity", "constraint_force"):
        sim.field(name)[:] = 0
    sim.field("excitation")[:, 0] = g["flight/activations"][i]


def substep(sim: _core.ReferenceSimulation) -> None:
    sim.kinematics()
    sim.muscles()
    sim.desire()
    sim.advance()


def in_flight(case: Case, sim: _core.ReferenceSimulation) -> Iterator[tuple[int, int]]:
    """Carries out each of the recorded flights of 16 substeps; yields state and number of substeps after each."""
    for i in range(len(case.golden["flight/q0"])):
        placed_in_flight(case, sim, i)
        for k in range(1, 17):
            substep(sim)
            yield i, k


def test_flights_on_dart_are_theirs(case: Case) -> None:
    """After a substep velocities to 0.08 rad/s where they reach 29, after 16 joints to 0.01 rad.

    Many joints are over a limit at first, and toes fly into theirs at 50 rad/s. The muscles' forces are implicit here.
    """
    g, sim = case.golden, reference_simulation(case, "dart")
    for i, k in in_flight(case, sim):
        if k == 1:
            upper = g["flight/upper_pd_torque"][i]
            torque = sim.field("desired_torque")[:, 0] * (np.abs(upper) > 0)
            np.testing.assert_allclose(torque, upper, atol=1e-4)
            muscles = g["flight/muscle_torque"][i][6:]
            np.testing.assert_allclose(sim.field("muscle_torque")[6:, 0], muscles, atol=1e-4)
            np.testing.assert_allclose(sim.field("velocity")[:, 0], g["flight/dq1"][i], atol=0.08)
            q1 = case.placed(g["flight/q1"][i])
            np.testing.assert_allclose(sim.positions(0), q1, atol=0.08 / 480 + 1e-6)
        if k == 16:
            q16 = case.placed(g["flight/q16"][i])
            np.testing.assert_allclose(sim.positions(0), q16, atol=0.012)
            speed = np.abs(sim.field("velocity")[:, 0] - g["flight/dq16"][i])
            assert np.median(speed) < 0.2


def test_flights_in_the_lanes_are_theirs_but_for_the_limits(case: Case) -> None:
    """Joint limits are springs there: half of the joints within 0.02 rad after 16 substeps, toes off by 1 rad."""
    g, sim = case.golden, reference_simulation(case, "lanes")
    for i, k in in_flight(case, sim):
        if k == 16:
            parted = np.abs(sim.positions(0) - case.placed(g["flight/q16"][i]))
            assert np.median(parted) < 0.02 and parted.max() < 1.1


def test_substeps_on_the_ground_are_theirs(case: Case) -> None:
    """The sixteen of a control step with their activations, from the start of an episode.

    The first: torques to 1e-6 of the largest, velocities to 0.06 rad/s where they change by 17. Later ones part by the
    points that Bullet and DART find: A2_sep's joints are 0.02 rad off after the last, toes 0.03; base.xml's all 0.15.
    """
    g = case.golden
    for run in ("run_fixed_b", "run_a"):
        sim = reference_simulation(case, "dart")
        sim.set_state(0, case.placed(g[f"{run}/q"][0]), g[f"{run}/dq"][0])
        sim.set_target(0, case.placed(g[f"{run}/acted/pd_target"][0]))
        sim.field("target_velocity")[:] = 0
        sim.field("constraint_force")[:] = 0
        for k in range(16):
            sim.kinematics()
            sim.muscles()
            sim.desire()
            wanted = g[f"{run}/substep/tau_spd"][k][6:]
            torque = sim.field("desired_torque")[6:, 0]
            if k == 0:
                assert np.abs(torque - wanted).max() < 1e-5 * np.abs(wanted).max()
            sim.field("excitation")[:, 0] = g[f"{run}/substep/activations"][k]
            sim.advance()
            if k == 0:
                velocity = sim.field("velocity")[:, 0]
                np.testing.assert_allclose(velocity, g[f"{run}/substep/dq"][0], atol=0.06)
        parted = np.abs(sim.positions(0) - case.placed(g[f"{run}/substep/q"][15]))
        assert parted.max() < (0.15 if case.path.suffix == ".xml" else 0.03)
