"""The metabolic model of Bhargava et al. against OpenSim's own probe."""

from __future__ import annotations

import numpy as np
import pytest
from muscle_viewer.core.metabolics import bhargava_power

FORCE, LENGTH, SLACK = 1000.0, 0.1, 0.2


def test_the_power_of_a_muscle_is_that_of_opensims_probe():
    """At random excitations, activations, lengths and velocities, shortening and lengthening."""
    osim = pytest.importorskip("opensim")
    osim.Logger.removeFileSink()  # no opensim.log in the working directory
    model = osim.Model()
    body = osim.Body("b", 1.0, osim.Vec3(0), osim.Inertia(1))
    model.addBody(body)
    joint = osim.SliderJoint("j", model.getGround(), body)
    joint.updCoordinate().setName("x")
    model.addJoint(joint)
    muscle = osim.Millard2012EquilibriumMuscle("m", FORCE, LENGTH, SLACK, 0.0)
    muscle.set_ignore_tendon_compliance(True)
    muscle.set_fiber_damping(0)
    muscle.addNewPathPoint("a", model.getGround(), osim.Vec3(0))
    muscle.addNewPathPoint("b", body, osim.Vec3(0))
    model.addForce(muscle)
    probe = osim.Bhargava2004MuscleMetabolicsProbe()
    probe.setOperation("value")
    probe.set_report_total_metabolics_only(False)
    probe.set_use_force_dependent_shortening_prop_constant(True)
    probe.addMuscle("m", 0.5, 40, 133, 74, 111)
    model.addProbe(probe)
    state = model.initSystem()
    muscle = osim.Millard2012EquilibriumMuscle.safeDownCast(model.getMuscles().get("m"))
    rng = np.random.default_rng(0)
    given, expected = [], []
    for _ in range(24):
        u, a = rng.uniform(0.02, 1, 2)
        fibre, velocity = rng.uniform(0.05, 0.15), rng.uniform(-0.6, 0.4)
        model.setStateVariableValue(state, "/jointset/j/x/value", SLACK + fibre)
        model.setStateVariableValue(state, "/jointset/j/x/speed", velocity)
        muscle.setActivation(state, a)
        model.realizeVelocity(state)
        model.setControls(state, osim.Vector(1, u))
        model.realizeDynamics(state)
        expected.append(probe.computeProbeInputs(state).get(2))
        isometric = a * muscle.getActiveForceLengthMultiplier(state) * FORCE
        given.append(
            bhargava_power(
                u,
                muscle.getNormalizedFiberLength(state),
                muscle.getFiberVelocity(state),
                muscle.getActiveFiberForce(state),
                muscle.getPassiveFiberForce(state),
                isometric,
                FORCE,
                LENGTH,
            )
        )
    assert max(expected) > 100 and min(expected) >= 0
    np.testing.assert_allclose(given, expected, rtol=1e-6, atol=1e-6)


def test_a_muscle_at_rest_gives_off_a_watt_a_kilogram():
    mass = FORCE / 0.25e6 * 1059.7 * LENGTH
    power = bhargava_power(0.0, 1.0, 0.0, 0.0, 0.0, 0.0, FORCE, LENGTH)
    assert power == pytest.approx(mass)
