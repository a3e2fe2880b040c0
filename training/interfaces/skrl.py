"""skrl: its wrapper around the gymnasium VectorEnv, in SAME_STEP mode, and the muscle network beside its agents.

Needs the extra `skrl` of the package.
"""

from __future__ import annotations

from typing import Any

from ..extras import library
from .gymnasium import MuscleVectorEnv
from .muscle_teacher import MuscleTeacher

library("skrl", "skrl")


def make_skrl(environment: Any = "walk", num_envs: int = 1, **options: Any) -> Any:
    """`num_envs` environments as skrl's trainers take them. Arguments: MuscleVectorEnv."""
    from skrl.envs.wrappers.torch import wrap_env

    options = {"autoreset_mode": "SameStep", **options}
    return wrap_env(MuscleVectorEnv(environment, num_envs, **options), wrapper="gymnasium")


def teach_muscles(agent: Any, teacher: MuscleTeacher) -> None:
    """Let the muscle network learn after each update of a skrl agent, and track its figures with the agent's."""
    name = "update" if hasattr(agent, "update") else "_update"  # before skrl 2
    update = getattr(agent, name)

    def update_both(*arguments: Any, **named: Any) -> None:
        update(*arguments, **named)
        report = teacher.learn()
        agent.track_data("Muscle / Loss", report.loss)
        agent.track_data("Muscle / Torque error", report.error)

    setattr(agent, name, update_both)
