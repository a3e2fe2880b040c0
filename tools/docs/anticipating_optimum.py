"""Muscle activations of least effort that make given torques over time and change no faster than activation dynamics allow.

A static optimum chooses each instant's activations by itself; this one knows all instants, so that a muscle is let go
before it is in the way. It is a quadratic programme over the whole time (OSQP, Stellato et al. 2020,
doi 10.1007/s12532-020-00179-2), solved again with the rates of its last solution, as these depend on the activations.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import osqp
import scipy.sparse as sparse
from numpy.typing import NDArray

Floats = NDArray[np.float64]

PASSES = 3
"""Programmes with the rates of the last solution."""
EXACTNESS = 1e-3
"""Tolerance of the solver; activations are between 0 and 1."""


@dataclass(frozen=True)
class Effort:
    """What is least, of activations a (T, M): the sum of squares * a^2 / 2 + prices * a."""

    squares: Floats
    """(M,)"""
    prices: Floats
    """(T, M), or zeros."""


def anticipating_optimum(
    capacities: Floats,
    torques: Floats,
    effort: Effort,
    begin: Floats,
    step: float,
    dynamics: tuple[float, float],
) -> Floats:
    """Activations (T, M), time steps of `step` s apart.

    capacities (T, D, M) torques at full activation and torques (T, D) of the muscles, N m: an error of 1 N m weighs as
    much as a full activation of squares 1; begin (T, M): activations with whose rates the first programme is solved;
    dynamics: time constants of activation and deactivation, s, of Thelen (2003), doi 10.1115/1.1531112.
    RuntimeError where the solver finds none.
    """
    count, muscles = begin.shape
    blocks = [a.T @ a + np.diag(effort.squares) for a in capacities]
    objective = sparse.triu(sparse.block_diag(blocks, format="csc"), format="csc")
    pull = np.einsum("tdm,td->tm", capacities, torques)
    slope = (effort.prices - pull).ravel()
    size, links = count * muscles, (count - 1) * muscles
    next_step = sparse.diags(np.ones(links), muscles, shape=(links, size))
    activations = begin
    for _ in range(PASSES):
        rise, fall = (share.ravel() for share in _shares(activations[:-1], step, dynamics))
        rows = [
            sparse.eye(size),
            next_step - sparse.diags(1 - fall, 0, shape=(links, size)),
            next_step - sparse.diags(1 - rise, 0, shape=(links, size)),
        ]
        lower = np.concatenate([np.zeros(size + links), np.full(links, -np.inf)])
        upper = np.concatenate([np.ones(size), np.full(links, np.inf), rise])
        solver = osqp.OSQP()
        solver.setup(
            objective,
            slope,
            sparse.vstack(rows, format="csc"),
            lower,
            upper,
            eps_abs=EXACTNESS,
            eps_rel=EXACTNESS,
            max_iter=20000,
            verbose=False,
        )
        found = solver.solve()
        if found.info.status != "solved":
            raise RuntimeError(f"the activations of least effort: {found.info.status}")
        activations = np.clip(found.x.reshape(count, muscles), 0.0, 1.0)
    return activations


def _shares(
    activations: Floats, step: float, dynamics: tuple[float, float]
) -> tuple[Floats, Floats]:
    """How much of the way to 1 and to 0 activations can go in a step."""
    shape = 0.5 + 1.5 * activations
    rise, fall = dynamics[0] * shape, dynamics[1] / shape
    return 1 - np.exp(-step / rise), 1 - np.exp(-step / fall)
