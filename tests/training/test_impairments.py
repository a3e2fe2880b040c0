"""Muscles that are weak or short without the policy being told."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, Checkpoint, load_checkpoint
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.training.evaluation.chosen_parameters import muscle_strengths
from muscle_viewer.training.evaluation.cli import main
from muscle_viewer.training.evaluation.evaluate import Evaluation, evaluate
from muscle_viewer.training.evaluation.impairments import impaired


@cache
def shipped(name: str) -> Checkpoint:
    return load_checkpoint(checkpoints_folder() / f"{name}.pt")


@pytest.mark.parametrize(
    ("name", "muscles"),
    [
        ("soleus_l", ["soleus_l"]),
        ("soleus", ["soleus_l", "soleus_r"]),
        ("ankle_dorsiflexor", ["tibant_l", "tibant_r"]),
        ("toe_extensor_r", ["edl_r", "ehl_r"]),
    ],
)
def test_muscles_and_groups_are_weakened_by_name_and_the_policy_observes_as_before(
    name: str, muscles: list[str]
) -> None:
    plain = BatchEnv(shipped("walk").config, num_envs=2)
    checkpoint = impaired(shipped("walk"), f"{name}=0.25", None)
    env = BatchEnv(checkpoint.config, num_envs=2)
    checkpoint.load_into(env)
    weaker = muscle_strengths(env) / plain.info.max_isometric_force
    wanted = [0.25 if muscle in muscles else 1.0 for muscle in plain.info.muscle_names]
    np.testing.assert_allclose(weaker, [wanted, wanted], rtol=1e-6)
    assert env.obs_dim == plain.obs_dim
    np.testing.assert_array_equal(env.reset(), plain.reset())


@cache
def walked(weaken: str | None = None, shorten: str | None = None) -> Evaluation:
    """Of the policy that knows its body, by the default body but for these muscles."""
    checkpoint = impaired(shipped("anatomy"), weaken, shorten)
    return evaluate(checkpoint, 8, 8.0, pushes=0, parameters={})


def left(e: Evaluation, curve: str, first: int, last: int) -> np.ndarray:
    """A part of the left side's mean cycle, percent."""
    return np.asarray(e.kinetics.curves[curve]["left"].mean)[first:last]


def test_a_weakness_that_the_policy_is_not_told_of_shows_as_in_people() -> None:
    """A dropped foot, a weak push-off, a pelvis that sinks to the swinging side (Trendelenburg), a stiff ankle."""
    foot = walked("ankle_dorsiflexor_l=0.5,toe_extensor_l=0.5")
    calf, hip = walked("ankle_plantarflexor_l=0.1"), walked("hip_abductor_l=0.2")
    stiff, well = walked(shorten="ankle_plantarflexor_l=0.65"), walked()
    assert not any(e.fall_rate for e in (foot, calf, hip, stiff, well))
    clearance = [left(e, "foot_clearance", 70, 88).min() for e in (foot, well)]
    assert clearance[0] < clearance[1] - 0.004
    assert left(calf, "ankle_power", 40, 66).max() < 0.7 * left(well, "ankle_power", 40, 66).max()
    level = [left(e, "pelvis_obliquity", 12, 48).mean() for e in (hip, well)]
    assert level[0] > level[1] + 0.5
    bent = [left(e, "ankle_dorsiflexion", 10, 55).max() for e in (stiff, well)]
    assert bent[0] < bent[1] - 5


def test_one_that_it_is_told_of_by_a_parameter_is_made_up_for() -> None:
    told = evaluate(shipped("anatomy"), 8, 8.0, pushes=0, parameters={"hip_abductors_l": 0.2})
    level = [left(e, "pelvis_obliquity", 12, 48).mean() for e in (told, walked())]
    assert level[0] < level[1] + 0.5


@pytest.mark.parametrize(
    ("option", "text", "part"),
    [
        ("--weaken", "solius_l=0.5", "'solius_l' is no muscle or group; did you mean 'soleus_l'?"),
        ("--weaken", "x=0.5", "known: ankle_dorsiflexor, ankle_plantarflexor"),
        ("--weaken", "soleus", "'soleus' is not muscle=factor, as in soleus_l=0.3"),
        ("--weaken", "soleus=nan", "is not a finite number"),
        ("--weaken", "soleus=-1", "soleus -1 given, 0 or more expected"),
        ("--shorten", "soleus=0", "0 given, more than 0 expected"),
    ],
)  # fmt: skip
def test_what_no_muscle_can_be_is_one_line(option: str, text: str, part: str, capsys: Any) -> None:
    walk = str(checkpoints_folder() / "walk.pt")
    assert main([walk, "--episodes", "1", option, text]) == 2
    error = capsys.readouterr().err
    assert part in error and error.count("\n") == 1
