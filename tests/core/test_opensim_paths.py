"""The lengths of Rajagopal's wrapped muscles against OpenSim, in OpenSim's transforms."""

from __future__ import annotations

import os
from functools import cache

import numpy as np
import pytest
from muscle_viewer.core import _core

pytest.importorskip("opensim")
FILE = os.environ.get("RAJAGOPAL_OSIM", "")
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILE, reason="RAJAGOPAL_OSIM names the model's file"),
]

from opensim_paths import ExactPath, OsimPaths  # noqa: E402 (needs opensim)

POSES = 120
GASTROCNEMII = [f"gas{part}_{side}" for part in ("med", "lat") for side in ("r", "l")]


@cache
def rajagopal() -> OsimPaths:
    return OsimPaths(FILE)


def round_both(name: str) -> list[tuple[int, str]]:
    side = name[-1]
    return [(0, f"Gastroc_at_condyles_{side}"), (0, f"Gas{name[3:6].title()}_at_shank_{side}")]


def test_one_cylinder_is_touched_in_the_same_poses_and_to_half_a_millimetre() -> None:
    osim, rng = rajagopal(), np.random.default_rng(3)
    muscles = [osim.model.getMuscles().get(k) for k in range(osim.model.getMuscles().getSize())]
    wrapped = [m for m in muscles if osim.path(m).getWrapSet().getSize() == 1]
    poses, uses = [], {m.getName(): [] for m in wrapped}
    for _ in range(POSES):
        osim.random_pose(rng, within=0.9)
        seen = {m.getName(): osim.engaged(m) for m in wrapped}
        poses.append((osim.transforms(), seen, [m.getLength(osim.state) for m in wrapped]))
        for name, use in seen.items():
            uses[name] = uses[name] or use
    bent = {name: use for name, use in uses.items() if use}
    assert len(bent) > 25
    character = osim.character(bent)
    simulation, straight = (
        _core.ReferenceSimulation(_core.Model(c))
        for c in (character, osim.without_wraps(character))
    )
    agreed = []
    for transforms, seen, expected in poses:
        found = osim.lengths(simulation, transforms)
        longer = found - osim.lengths(straight, transforms) > 1e-9
        wanted = np.array(
            [v for m, v in zip(wrapped, expected, strict=True) if m.getName() in bent]
        )
        np.testing.assert_allclose(found, wanted, atol=5e-4, rtol=0)
        agreed.append(
            [touched == bool(seen[name]) for name, touched in zip(bent, longer, strict=True)]
        )
    assert np.mean(agreed) > 0.995


def test_two_cylinders_at_once_are_those_of_the_exact_algorithm_of_opensim() -> None:
    osim = OsimPaths(FILE)
    exact = [ExactPath(osim, n, [w for _, w in round_both(n)]) for n in GASTROCNEMII]
    character = osim.character({n: round_both(n) for n in GASTROCNEMII})
    osim.start()
    simulation = _core.ReferenceSimulation(_core.Model(character))
    both, errors, rng = 0, [], np.random.default_rng(4)
    for _ in range(POSES):
        osim.random_pose(rng, within=1.0)
        expected = [path.length(osim.state) for path in exact]
        found = osim.lengths(simulation, osim.transforms())
        default = [osim.model.getMuscles().get(n).getLength(osim.state) for n in GASTROCNEMII]
        # Where the exact algorithm has found another way round than OpenSim's default one, it is not asked.
        same = np.abs(np.array(expected) - default) < 1e-2
        errors += list(np.abs(found - expected)[same])
        both += sum(len(osim.engaged(osim.model.getMuscles().get(n))) == 2 for n in GASTROCNEMII)
    assert both > 20 and len(errors) > 0.3 * POSES * len(GASTROCNEMII)
    # Where a cylinder is barely touched, two shortest paths can exist: with it and without it.
    assert np.max(errors) < 2e-5 and np.mean(np.array(errors) < 1e-6) > 0.99
