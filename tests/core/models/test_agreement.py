"""The agreement of opened models with MuJoCo, as `muscle-viewer verify-model` measures it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.models.agreement.measure import TOLERANCES, Agreement, measure
from muscle_viewer.core.models.agreement.report import page, program_of, verify_model
from small_legs import LEG, TREE

mujoco = pytest.importorskip("mujoco", reason="the mujoco extra brings it")

NAMED = ["myolegs", "myolegs26", "myofinger", "myoelbow", "myohand"]


@pytest.fixture
def leg(tmp_path: Path) -> Path:
    path = tmp_path / "leg.xml"
    path.write_text(LEG)
    return path


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMED)
def test_models_of_myo_sim_agree_with_mujoco_in_both_precisions(name: str) -> None:
    pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    agreement = measure(program_of(f"myo_sim:{name}"), states=20, seed=2)
    assert agreement.agrees, page(agreement, name)
    assert {row.quantity for row in agreement.rows} >= set(list(TOLERANCES)[:6])


def disagreeing(agreement: Agreement) -> set[str]:
    return {row.quantity for row in agreement.rows if not row.agrees}


@pytest.mark.parametrize(
    ("array", "index", "factor", "quantities"),
    [
        ("body_mass", 2, 1.001, {"mass matrix, relative", "accelerations, relative"}),
        ("body_pos", (2, 2), 1.0001, {"body positions, m", "muscle lengths, m", "moment arms, m"}),
        ("site_pos", (1, 0), 1.001, {"muscle lengths, m", "moment arms, m", "muscle forces, of the maximal"}),
        ("actuator_gainprm", (0, 2), 1.001, {"muscle forces, of the maximal"}),
        ("dof_damping", 0, 1.01, {"accelerations, relative"}),
    ],
)  # fmt: skip
def test_a_program_whose_model_is_another_does_not_agree(
    leg: Path, array: str, index: Any, factor: float, quantities: set[str]
) -> None:
    program: Any = program_of(leg)
    assert not disagreeing(measure(program, states=5))
    getattr(program._model, array)[index] *= factor
    assert disagreeing(measure(program, states=5)) >= quantities


def test_the_page_names_the_program_the_part_and_what_is_left_out(leg: Path) -> None:
    spring = '<spatial name="rectus" stiffness="1" springlength="0 5">'
    leg.write_text(LEG.replace('<spatial name="rectus">', spring))
    agrees, said = verify_model(leg, 5, 0)
    assert agrees and said.endswith("agrees")
    assert f"{leg} against MuJoCo {mujoco.__version__}: 2 degrees of freedom, 1 muscles" in said
    assert "left out and not compared:\n  tendon 'rectus': its own spring" in said
    program: Any = program_of(leg)
    program._model.actuator_gainprm[0, 2] *= 2
    said = page(measure(program, states=5), "leg")
    assert "out of tolerance: rectus" in said and said.endswith("does not agree")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("<worldbody>", '<option gravity="0 0 -9.8" density="900" wind="3 0 0"/><worldbody>'),
        ("<worldbody>", '<option><flag spring="disable" damper="disable" gravity="disable"/></option><worldbody>'),
        ("<worldbody>", '<option><flag actuation="disable"/></option><worldbody>'),
        ('force="900"', 'force="900" forcerange="-200 0"'),
        ('name="shank"', 'name="shank" gravcomp="1"'),
        ('name="rectus"', 'name="rectus" armature="1" stiffness="20" springlength="0.1"'),
    ],
)  # fmt: skip
def test_what_is_left_out_is_not_compared(leg: Path, old: str, new: str) -> None:
    assert old in LEG
    leg.write_text(LEG.replace(old, new, 1))
    agrees, said = verify_model(leg, 5, 0)
    assert agrees, said


def test_a_nan_of_the_program_is_a_disagreement(leg: Path) -> None:
    program: Any = program_of(leg)
    program._model.site_pos[1, 0] = np.nan
    assert "muscle lengths, m" in disagreeing(measure(program, states=2))


def test_what_comes_from_no_program_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "leg.yaml").write_text(TREE)
    with pytest.raises(ModelError, match=r"leg.yaml: is no model of another program") as caught:
        verify_model(tmp_path / "leg.yaml", 5, 0)
    assert "\n" not in str(caught.value)
