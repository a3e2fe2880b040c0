"""The batched static optimum against scipy's bounded least squares, and its optimality conditions."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from muscle_viewer.training.static_optimum import static_optimum
from scipy.optimize import lsq_linear

DOFS, MUSCLES = 7, 40


def problems(count: int, torque: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Muscles that span two or three dofs with up to 60 N m, and desired torques."""
    rng = np.random.default_rng(3)
    spans = rng.random((count, DOFS, MUSCLES)) < 0.35
    capacity = np.where(spans, rng.normal(0, 60, spans.shape), 0)
    wanted = rng.normal(0, torque, (count, DOFS))
    return torch.tensor(capacity), torch.tensor(wanted)


@pytest.mark.parametrize("torque", [5.0, 20.0, 60.0])
def test_the_optimum_is_that_of_scipys_bounded_least_squares(torque):
    capacity, wanted = problems(24, torque)
    found, converged = static_optimum(capacity, wanted)
    assert converged.float().mean() > 0.85  # some of the largest torques are out of reach
    for a, b, x in zip(
        capacity[converged].numpy(),
        wanted[converged].numpy(),
        found[converged].numpy(),
        strict=True,
    ):
        rows = np.vstack([a, np.eye(MUSCLES)])
        right = np.concatenate([b, np.zeros(MUSCLES)])
        expected = lsq_linear(rows, right, (0, 1), method="bvls", tol=1e-13).x
        np.testing.assert_allclose(x, expected, atol=2e-4)


def test_a_few_newton_steps_solve_nearly_all_and_the_others_are_told():
    capacity, wanted = problems(256, 20.0)
    capacity, wanted = capacity.float(), wanted.float()
    few, converged = static_optimum(capacity, wanted, iterations=10)
    many, all_converged = static_optimum(capacity, wanted)
    both = converged & all_converged
    assert both.float().mean() > 0.95
    torch.testing.assert_close(few[both], many[both], atol=1e-3, rtol=0)


def test_the_first_iteration_alone_tells_that_it_has_not_converged():
    capacity, wanted = problems(16, 600.0)
    _, converged = static_optimum(capacity, wanted, iterations=1)
    assert not converged.any()


def test_no_torque_needs_no_activation():
    capacity, _ = problems(4, 1.0)
    found, converged = static_optimum(capacity, torch.zeros(4, DOFS, dtype=capacity.dtype))
    assert converged.all() and (found == 0).all()
