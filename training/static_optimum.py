"""Static optimisation of muscle activations, batched: the least effort that makes given joint torques.

min over 0 <= a <= 1 of |A a - b|^2 + (1 N m)^2 |a|^2, the problem of Crowninshield and Brand (1981,
J Biomech 14(11), 793-801) with squared activations and a small tolerance in the torques, so that
torques out of the muscles' reach have a solution as well. A is (D, M), N m at full activation.

In terms of the torque error y = b - A a the optimum is a = clip(A^T y / w, 0, 1), and y minimises the
strictly convex function |y|^2 / 2 + sum_m h(A_m^T y) - b^T y, h' = clip(. / w, 0, 1): as many unknowns
as driven dofs. Its Newton steps with backtracking take about eight iterations in a walk, many more where
torques are out of the muscles' reach, so that every row says whether it has converged.
"""

from __future__ import annotations

import torch

EFFORT = 1.0
"""w, (N m)^2: a full activation weighs as much as a torque error of 1 N m."""
BACKTRACKS = 12


def static_optimum(
    capacity: torch.Tensor,
    torque: torch.Tensor,
    iterations: int = 40,
    tolerance: float = 1e-3,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Activations (n, M), and which rows have converged (n,).

    capacity (n, D, M) and torque (n, D) in N m; tolerance: largest error of the torque
    balance, N m, and as a share of the torque that is out of reach.
    """
    activations = capacity.new_zeros(capacity.shape[0], capacity.shape[2])
    converged = torch.zeros(len(torque), dtype=torch.bool, device=torque.device)
    rows = torch.arange(len(torque), device=torque.device)
    a, b = capacity, torque
    y = _solve(a, b)  # the optimum without bounds
    for _ in range(iterations):
        x, gradient = _gradient(a, b, y)
        activations[rows] = x
        going = gradient.norm(dim=1) > tolerance * (1.0 + y.norm(dim=1))
        converged[rows[~going]] = True
        rows = rows[going]
        if not len(rows):
            break
        a, b, y, x, gradient = a[going], b[going], y[going], x[going], gradient[going]
        y = _newton(a, b, y, x, gradient)
    return activations, converged


def _torque(capacity: torch.Tensor, activations: torch.Tensor) -> torch.Tensor:
    return (capacity @ activations[..., None])[..., 0]


def _wish(capacity: torch.Tensor, error: torch.Tensor) -> torch.Tensor:
    """Activations without their bounds."""
    return (error[:, None] @ capacity)[:, 0] / EFFORT


def _solve(free: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """(1 + A A^T / w)^-1 of a right side, (n, D)."""
    hessian = free @ free.transpose(1, 2) / EFFORT
    hessian.diagonal(dim1=1, dim2=2).add_(1.0)
    return torch.cholesky_solve(right[..., None], torch.linalg.cholesky(hessian))[..., 0]


def _gradient(
    capacity: torch.Tensor, torque: torch.Tensor, error: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    x = _wish(capacity, error).clamp(0.0, 1.0)
    return x, error + _torque(capacity, x) - torque


def _potential(capacity: torch.Tensor, torque: torch.Tensor, error: torch.Tensor) -> torch.Tensor:
    """The function of y that the optimum minimises, (n,)."""
    u = _wish(capacity, error)
    x = u.clamp(0.0, 1.0)
    return (error * (0.5 * error - torque)).sum(1) + EFFORT * (x * (u - 0.5 * x)).sum(1)


def _newton(
    capacity: torch.Tensor,
    torque: torch.Tensor,
    error: torch.Tensor,
    x: torch.Tensor,
    gradient: torch.Tensor,
) -> torch.Tensor:
    """y after a step whose length is halved in the rows where the potential does not fall."""
    step = _solve(capacity * ((x > 0) & (x < 1))[:, None], gradient)
    descent = 1e-4 * (gradient * step).sum(1)
    before = _potential(capacity, torque, error)
    slack = 1e-6 * before.abs()  # rounding
    length = torch.ones_like(before)
    for _ in range(BACKTRACKS):
        moved = error - length[:, None] * step
        fails = _potential(capacity, torque, moved) > before - length * descent + slack
        if not fails.any():
            break
        length = torch.where(fails, 0.5 * length, length)
    return error - length[:, None] * step
