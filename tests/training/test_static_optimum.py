"""The static optimum against scipy's bounded least squares, and torques of activations against dense matrices."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from muscle_viewer.core import _core
from muscle_viewer.training.muscle_samples import TorqueMap
from scipy.optimize import lsq_linear

DOFS, MUSCLES = 7, 40
EVERY_DOF = np.ones(DOFS, bool)


def problems(count: int, torque: float) -> tuple[TorqueMap, torch.Tensor, torch.Tensor]:
    """Muscles that span two or three dofs with up to 60 N m: their JtA (count, entries), and desired torques."""
    rng = np.random.default_rng(3)
    muscle_of, dofs = np.nonzero(rng.random((MUSCLES, DOFS)) < 0.35)
    order = rng.permutation(len(dofs))  # entries stand in any order
    muscle_of, dofs = (a[order].astype(np.int32) for a in (muscle_of, dofs))
    jta = rng.normal(0, 60, (count, len(dofs))).astype(np.float32)
    wanted = rng.normal(0, torque, (count, DOFS)).astype(np.float32)
    sharing = TorqueMap(muscle_of, dofs, EVERY_DOF, MUSCLES)
    return sharing, torch.from_numpy(jta), torch.from_numpy(wanted)


def dense(sharing: TorqueMap, jta: torch.Tensor) -> np.ndarray:
    """JtA as matrices (count, DOFS, MUSCLES), column by column."""
    each = torch.eye(MUSCLES)
    return np.stack([sharing(row.repeat(MUSCLES, 1), each).T.numpy() for row in jta])


@pytest.mark.parametrize("torque", [5.0, 20.0, 60.0, 600.0])
def test_the_optimum_is_that_of_scipys_bounded_least_squares(torque: float) -> None:
    sharing, jta, wanted = problems(24, torque)
    found, converged = sharing.optimum(jta, wanted)
    assert converged.all()
    for a, b, x in zip(dense(sharing, jta), wanted.numpy(), found.numpy(), strict=True):
        rows = np.vstack([a, np.eye(MUSCLES)])
        right = np.concatenate([b, np.zeros(MUSCLES)])
        expected = lsq_linear(rows, right, (0, 1), method="bvls", tol=1e-13).x
        np.testing.assert_allclose(x, expected, atol=2e-4)


def test_a_few_newton_steps_solve_nearly_all_and_the_others_are_told() -> None:
    sharing, jta, wanted = problems(256, 20.0)
    few, converged = sharing.optimum(jta, wanted, iterations=10)
    many, all_converged = sharing.optimum(jta, wanted)
    both = converged & all_converged
    assert both.float().mean() > 0.95
    torch.testing.assert_close(few[both], many[both], atol=1e-3, rtol=0)


def test_the_first_iteration_alone_tells_that_it_has_not_converged() -> None:
    sharing, jta, wanted = problems(16, 600.0)
    _, converged = sharing.optimum(jta, wanted, iterations=1)
    assert not converged.any()


def test_no_torque_needs_no_activation_and_no_number_has_no_optimum() -> None:
    sharing, jta, _ = problems(4, 1.0)
    found, converged = sharing.optimum(jta, torch.zeros(4, DOFS))
    assert converged.all() and (found == 0).all()
    _, converged = sharing.optimum(jta, torch.full((4, DOFS), torch.nan))
    assert not converged.any()


def test_torques_and_their_gradient_are_those_of_a_dense_product_whatever_the_threads() -> None:
    rng = np.random.default_rng(0)
    muscle_of, dof_of = np.array([2, 0, 0, 1, 2]), np.array([1, 0, -1, 1, 0])
    jta, a = rng.normal(0, 60, (37, 5)), rng.random((37, 3))
    matrix = np.zeros((37, 2, 3))
    for entry, (muscle, dof) in enumerate(zip(muscle_of, dof_of, strict=True)):
        if dof >= 0:
            matrix[:, dof, muscle] = jta[:, entry]
    gradient = rng.normal(size=(37, 2))
    for threads in (1, 3):
        sharing = _core.LoadSharing(muscle_of, dof_of, 3, 2, threads)
        made = np.einsum("ndm,nm->nd", matrix, a)
        np.testing.assert_allclose(sharing.torques(jta, a), made, atol=1e-4)
        pulled = np.einsum("ndm,nd->nm", matrix, gradient)
        np.testing.assert_allclose(sharing.pull_back(jta, gradient), pulled, atol=1e-4)
    with pytest.raises(ValueError, match=r"activations: an array of shape \(37, 3\) expected"):
        sharing.torques(jta, a[:, :2])
    with pytest.raises(ValueError, match="an entry of no muscle or dof"):
        _core.LoadSharing(muscle_of, dof_of, 2, 2)
