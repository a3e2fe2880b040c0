"""The ids of the environments that ship, in gymnasium's registry. Importing the package `interfaces` registers them.

gymnasium 1.0 gave up the entry points by which packages registered theirs before; without an import,
gymnasium.make("muscle_viewer.training.interfaces:muscle_viewer/Walk-v0") works too.
"""

from __future__ import annotations

from importlib.util import find_spec

IDS = {
    "muscle_viewer/Walk-v0": "walk",
    "muscle_viewer/WalkVaried-v0": "walk_varied",
    "muscle_viewer/Run-v0": "run",
    "muscle_viewer/WalkGaitNet-v0": "walk_gaitnet",
    "muscle_viewer/Anatomy-v0": "anatomy",
    "muscle_viewer/WalkMyoLegs-v0": "walk_myolegs",
    "muscle_viewer/WholeBodyWalk-v0": "whole_body_walk",
}
"""The environment of each id."""

_HOME = "muscle_viewer.training.interfaces.gymnasium"


def register() -> None:
    """Register every id that is not yet registered, where gymnasium is installed."""
    if find_spec("gymnasium") is None:
        return
    import gymnasium

    for name, environment in IDS.items():
        if name not in gymnasium.registry:
            gymnasium.register(
                name,
                entry_point=f"{_HOME}:MuscleEnv",
                vector_entry_point=f"{_HOME}:MuscleVectorEnv",
                kwargs={"environment": environment},
            )
