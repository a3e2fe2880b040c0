"""The agreement of opened models with OpenSim, as `muscle-viewer verify-model` measures it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.models.agreement.measure import Agreement, measure
from muscle_viewer.core.models.agreement.report import page, program_of, verify_model

opensim = pytest.importorskip("opensim", reason="the opensim extra brings it")

NAMED = ["gait14dof22musc_20170320", "gait14dof22musc_planar_20170320", "gait9dof18musc", "arm26"]
QUANTITIES = {
    "body positions, m", "body rotations", "mass matrix, relative", "accelerations, relative",
    "muscle lengths, m", "moment arms, m", "muscle forces, of the maximal",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_models_of_osim_rl_agree_with_opensim_in_both_precisions(
    osim_rl_models: Path, name: str
) -> None:
    agreement = measure(program_of(osim_rl_models / f"{name}.osim"), states=40, seed=2)
    assert agreement.agrees, page(agreement, name)
    assert {row.quantity for row in agreement.rows} >= QUANTITIES


def test_rajagopals_model_agrees_with_opensim_round_surfaces_too(rajagopal_osim: Path) -> None:
    agreement = measure(program_of(rajagopal_osim), states=20, seed=2)
    assert agreement.agrees, page(agreement, "Rajagopal2015")
    rows = {row.quantity: row for row in agreement.rows}
    assert rows["muscle lengths round surfaces, m"].double < 5e-4
    assert rows["muscle lengths, m"].double < 1e-12


def heavier(model: Any) -> None:
    model.getBodySet().get("tibia_r").setMass(1.001 * model.getBodySet().get("tibia_r").getMass())


def longer_foot(model: Any) -> None:
    joint = model.getJointSet().get("ankle_r")
    frame = opensim.PhysicalOffsetFrame.safeDownCast(joint.getParentFrame())
    frame.set_translation(opensim.Vec3(0, -0.4301, 0))


def longer_tendon(model: Any) -> None:
    muscle = model.getMuscles().get("soleus_r")
    muscle.setTendonSlackLength(1.002 * muscle.getTendonSlackLength())


def softer_limit(model: Any) -> None:
    force = opensim.CoordinateLimitForce.safeDownCast(model.getForceSet().get("AnkleLimit_r"))
    force.setUpperStiffness(0.99 * force.getUpperStiffness())


def disagreeing(agreement: Agreement) -> set[str]:
    return {row.quantity for row in agreement.rows if not row.agrees}


@pytest.mark.parametrize(
    ("change", "quantities"),
    [
        (heavier, {"mass matrix, relative"}),
        (longer_foot, {"body positions, m", "muscle lengths, m", "moment arms, m"}),
        (longer_tendon, {"muscle forces, of the maximal"}),
        (softer_limit, {"accelerations, relative"}),
    ],
)
def test_a_program_whose_model_is_another_does_not_agree(
    osim_rl_models: Path, change: Callable[[Any], None], quantities: set[str]
) -> None:
    program: Any = program_of(osim_rl_models / "gait9dof18musc.osim")
    assert not disagreeing(measure(program, states=8))
    change(program.theirs)
    program.state = program.theirs.initSystem()
    assert disagreeing(measure(program, states=8)) >= quantities


def test_a_model_without_muscles_agrees_and_one_without_bodies_is_refused(tmp_path: Path) -> None:
    text = (Path(__file__).parents[3] / "tools" / "fuzzing" / "seeds" / "leg.osim").read_text()
    bare = tmp_path / "bare.osim"
    begin, end = text.index("<ForceSet"), text.index("</ForceSet>")
    bare.write_text(text[:begin] + text[end + len("</ForceSet>") :])
    agrees, said = verify_model(bare, 5, 0)
    assert agrees and " 0 muscles" in said
    bare.write_text('<OpenSimDocument Version="40500"><Model name="empty"/></OpenSimDocument>')
    with pytest.raises(ModelError, match="has no body; a character needs one"):
        verify_model(bare, 5, 0)


def test_the_page_names_what_is_left_out_and_what_is_doubtful(osim_rl_models: Path) -> None:
    arm = osim_rl_models / "arm26.osim"
    agrees, said = verify_model(arm, 5, 0)
    assert agrees and said.endswith("agrees")
    assert f"{arm} against OpenSim 4" in said
    assert "muscle 'BIClong': does not bend round 'BIClonghh'" in said
    assert "not compared: round two surfaces" not in said
    _, said = verify_model(osim_rl_models / "gait14dof22musc_20170320.osim", 40, 0)
    assert "of 880 cases a muscle is not compared: round two surfaces" in said
