"""The activations of least effort over time, of docs/physiology.md: against scipy's of each instant, and their dynamics."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.optimize import lsq_linear

pytest.importorskip("clarabel", reason="clarabel is installed with the extra dev")
from tools.docs.anticipating_optimum import Effort, anticipating_optimum

Floats = NDArray[np.float64]
STEP = 1 / 120
LAG = (0.01, 0.04)


def squares(instants: int, muscles: int) -> Effort:
    return Effort(np.ones(muscles), np.zeros((instants, muscles)))


def test_without_a_lag_each_instant_has_its_own_optimum() -> None:
    rng = np.random.default_rng(3)
    capacities = 40 * rng.normal(size=(5, 3, 12))
    torques = np.einsum("tdm,tm->td", capacities, rng.uniform(0, 0.5, (5, 12)))
    start = np.full((5, 12), 0.1)
    found = anticipating_optimum(capacities, torques, squares(5, 12), start, STEP, (1e-5, 1e-5))
    for a, capacity, torque in zip(found, capacities, torques, strict=True):
        system = np.vstack([capacity, np.eye(12)])
        wanted = lsq_linear(system, np.concatenate([torque, np.zeros(12)]), (0, 1)).x
        np.testing.assert_allclose(a, wanted, atol=0.01)


def pulse() -> tuple[Floats, Floats]:
    """A flexor and an extensor of 50 N m each, and a flexing torque that ends at once."""
    capacities = np.tile([[[50.0, -50.0]]], (40, 1, 1))
    torques = np.zeros((40, 1))
    torques[10:20] = 30.0
    return capacities, torques


def test_a_muscle_is_let_go_before_its_torque_ends_and_opposed_after() -> None:
    capacities, torques = pulse()
    start = np.full((40, 2), 0.1)
    flexor, extensor = anticipating_optimum(capacities, torques, squares(40, 2), start, STEP, LAG).T
    made = 50 * (flexor - extensor)
    assert np.abs(made - torques[:, 0])[12:18].max() < 1.5
    assert np.abs(made - torques[:, 0])[23:].max() < 1.5
    assert flexor[20:26].min() > 0.05  # it cannot end at once
    assert extensor[20:24].min() > 0.05
    assert max(flexor[:8].max(), extensor[:8].max()) < 0.01


def test_no_activation_changes_faster_than_thelens_dynamics() -> None:
    capacities, torques = pulse()
    found = anticipating_optimum(
        capacities, torques, squares(40, 2), np.full((40, 2), 0.1), STEP, LAG
    )
    before, after = found[:-1], found[1:]
    full, none = before.copy(), before.copy()  # at an excitation of 1 and of 0, in fine steps
    for _ in range(1000):
        full += STEP / 1000 * (1 - full) / (LAG[0] * (0.5 + 1.5 * full))
        none -= STEP / 1000 * none * (0.5 + 1.5 * none) / LAG[1]
    assert (after < full + 0.02).all()
    assert (after > none - 0.02).all()
    assert (after - none < 0.02).sum() > 4  # some fall as fast as they can


def test_prices_move_a_torque_to_the_cheaper_muscle() -> None:
    capacities = np.tile([[[50.0, 50.0]]], (20, 1, 1))
    torques = np.full((20, 1), 20.0)
    prices = np.tile([1.0, 5.0], (20, 1))
    effort = Effort(np.full(2, 0.02), prices)
    found = anticipating_optimum(capacities, torques, effort, np.full((20, 2), 0.2), STEP, LAG)
    assert found[5:, 1].max() < 0.01
    np.testing.assert_allclose(found[5:, 0], 0.4, atol=0.02)
