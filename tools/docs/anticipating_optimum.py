"""Muscle activations of least effort that make given torques over time and change no faster than activation dynamics allow.

A static optimum chooses each instant's activations by itself; this one knows all instants, so that a muscle is let go
before it is in the way. It is one quadratic programme for all (Clarabel; Goulart and Chen 2024, arXiv:2405.12762),
solved again with the rates of its last solution, as these depend on the activations.
"""

from __future__ import annotations

from dataclasses import dataclass

import clarabel
import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.csgraph import connected_components

Floats = NDArray[np.float64]

PASSES = 3
"""Programmes with the rates of the last solution."""
FINE = 20
"""Steps in which a step's activation dynamics are integrated."""


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
    activations = np.zeros_like(begin)
    linked = sparse.csr_matrix(np.abs(capacities).max(0) > 0)
    _, group = connected_components(sparse.bmat([[None, linked], [linked.T, None]]))
    of_dof, of_muscle = np.split(group, [capacities.shape[1]])
    for part in np.unique(of_muscle):  # as the two legs
        dofs, muscles = of_dof == part, of_muscle == part
        programme = _Programme(
            capacities[:, dofs][:, :, muscles],
            torques[:, dofs],
            Effort(effort.squares[muscles], effort.prices[:, muscles]),
        )
        found = begin[:, muscles]
        for _ in range(PASSES):
            found = programme.solved(*_shares(found[:-1], step, dynamics))
        activations[:, muscles] = found
    return activations


class _Programme:
    """The quadratic programme of muscles that share dofs."""

    def __init__(self, capacities: Floats, torques: Floats, effort: Effort) -> None:
        count, _, muscles = capacities.shape
        self.shape, self.wanted = (count, muscles), torques.ravel()
        size, links, errors = count * muscles, (count - 1) * muscles, torques.size
        # The unknowns are the activations and, N m, the errors of the torques.
        weights = np.concatenate([np.tile(effort.squares, count), np.ones(errors)])
        self.objective = sparse.diags(weights, format="csc")
        self.slope = np.concatenate([effort.prices.ravel(), np.zeros(errors)])
        self.made = sparse.hstack([sparse.block_diag(list(capacities)), sparse.eye(errors)])
        self.now = sparse.eye(links, size + errors)
        self.later = sparse.eye(links, size + errors, muscles)
        self.every = sparse.eye(size, size + errors)

    def solved(self, rise: Floats, fall: Floats) -> Floats:
        """Activations (T, M) that go at most these parts (T - 1, M) of the way to 1 and to 0 in a step."""
        (size, _), (links, _) = self.every.shape, self.now.shape
        rows = [
            self.made,
            -self.every,
            self.every,
            sparse.diags(1 - fall.ravel()) @ self.now - self.later,
            self.later - sparse.diags(1 - rise.ravel()) @ self.now,
        ]
        bounds = [self.wanted, np.zeros(size), np.ones(size), np.zeros(links), rise.ravel()]
        cones = [
            clarabel.ZeroConeT(len(self.wanted)),
            clarabel.NonnegativeConeT(2 * size + 2 * links),
        ]
        settings = clarabel.DefaultSettings()
        settings.verbose = False
        found = clarabel.DefaultSolver(
            self.objective,
            self.slope,
            sparse.vstack(rows, format="csc"),
            np.concatenate(bounds),
            cones,
            settings,
        ).solve()
        if found.status != clarabel.SolverStatus.Solved:
            raise RuntimeError(f"the activations of least effort: {found.status}")
        return np.clip(np.reshape(found.x[:size], self.shape), 0.0, 1.0)


def _shares(
    activations: Floats, step: float, dynamics: tuple[float, float]
) -> tuple[Floats, Floats]:
    """How much of the way to 1 and to 0 activations go in a step at full and at no excitation."""
    begin = activations.clip(1e-6, 1 - 1e-6)
    full, none = begin.copy(), begin.copy()
    for _ in range(FINE):  # implicit, as in the core
        full += (1 - full) * _part(step / FINE, dynamics[0] * (0.5 + 1.5 * full))
        none -= none * _part(step / FINE, dynamics[1] / (0.5 + 1.5 * none))
    return (full - begin) / (1 - begin), 1 - none / begin


def _part(step: float, constant: Floats) -> Floats:
    return step / (constant + step)
