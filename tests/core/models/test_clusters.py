"""Joints along a chain that share coordinates, as those of a spine, against MuJoCo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import _core
from muscle_viewer.core.models.agreement.measure import measure
from muscle_viewer.core.models.agreement.report import page, program_of
from muscle_viewer.core.models.read import parse_model, read_model
from small_legs import TREE

mujoco = pytest.importorskip("mujoco", reason="the mujoco extra brings it")

GEOM = '<geom type="capsule" fromto="0 0 0 0.01 0 0.1" size="0.04"/>'
SPINE = f"""
<mujoco model="spine">
  <compiler angle="radian"/>
  <worldbody>
    <geom name="floor" type="plane" size="1 1 1"/>
    <body name="sacrum" pos="0 0 1">
      PELVIS {GEOM}
      <site name="origin" pos="-0.06 0.02 0.02"/>
      <body name="lumbar5" pos="0 0 0.1">
        <joint name="bend5" axis="0 1 0" range="-1 1" armature="0.01" damping="0.5"/>
        <joint name="turn5" axis="0 0 1" pos="0.01 0 0" range="-1 1" armature="0.01"/>
        {GEOM}
        <body name="lumbar4" pos="0 0 0.1">
          <joint name="free4" axis="1 0 0" range="-1 1" damping="0.1"/>
          {GEOM}
          <body name="lumbar3" pos="0 0 0.1">
            <joint name="bend3" axis="0 1 0" range="-1 1" armature="0.01" damping="0.2"/>
            <joint name="turn3" axis="0 0 1" range="-1 1"/>
            {GEOM}
            <body name="arm" pos="0 0.1 0.1">
              <joint name="arm" axis="0 1 0" range="-1 1" armature="0.02"/>
              {GEOM}
            </body>
            <body name="head" pos="0 0 0.1">
              <joint name="bend1" axis="0 1 0" range="-1 1"/>
              {GEOM}
              <site name="insertion" pos="-0.05 0 0.05"/>
            </body>
          </body>
        </body>
      </body>
      <body name="belly" pos="0.1 0 0.1">
        <joint name="belly" axis="0 1 0" range="-1 1"/>
        {GEOM}
        <site name="via" pos="-0.05 0.02 0.15"/>
      </body>
    </body>
  </worldbody>
  <equality>
    <joint joint1="bend3" joint2="bend5" polycoef="0 0.7 0 0 0"/>
    <joint joint1="bend1" joint2="bend5" polycoef="0 -0.3 0 0 0"/>
    <joint joint1="belly" joint2="bend5" polycoef="0.1 0.5 -0.2 0.1 0"/>
    <joint joint1="turn3" joint2="turn5" polycoef="0 0.4 0.3 0 0"/>
  </equality>
  <tendon>
    <spatial name="erector"><site site="origin"/><site site="via"/><site site="insertion"/></spatial>
  </tendon>
  <actuator>
    <muscle name="erector" tendon="erector" force="500" lengthrange="0.2 0.6"/>
  </actuator>
</mujoco>
"""


@pytest.mark.parametrize(
    "pelvis", ['<joint name="tilt" axis="0 1 0" range="-1 1"/>', "<freejoint/>", ""]
)
def test_a_spine_agrees_with_mujoco_in_both_precisions(tmp_path: Path, pelvis: str) -> None:
    path = tmp_path / "spine.xml"
    path.write_text(SPINE.replace("PELVIS", pelvis))
    agreement = measure(program_of(path), states=40, seed=3)
    assert agreement.agrees, page(agreement, "spine")


def test_the_torso_of_myo_sim_agrees_with_mujoco() -> None:
    pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    agreement = measure(program_of("myo_sim:myotorso"), states=10, seed=2)
    assert agreement.agrees, page(agreement, "myotorso")


def test_the_arm_of_myo_sim_agrees_with_mujoco_but_for_paths_that_single_precision_turns_over() -> (
    None
):
    """In some states FDP5 and LU_RB5 touch a surface on the edge between two sides; the lanes then take the other."""
    pytest.importorskip("myo_sim", reason="the oracle extra brings it")
    agreement = measure(program_of("myo_sim:myoarm"), states=10, seed=2)
    for row in agreement.rows:
        assert row.double <= row.allowed.double, page(agreement, "myoarm")
        assert row.single <= row.allowed.single or row.where in ("FDP5", "LU_RB5"), page(
            agreement, "myoarm"
        )


def test_feet_on_the_ground_push_a_spine_alike_in_double_and_in_lanes(tmp_path: Path) -> None:
    path = tmp_path / "spine.xml"
    path.write_text(SPINE.replace("PELVIS", "<freejoint/>"))
    character = read_model(path)
    model = _core.Model(character)
    pose, results = np.zeros(len(character.dof_names)), []
    pose[4], pose[6:] = 0.03, 0.1  # the sacrum's lower ball is in the ground
    simulations: list[Any] = [
        _core.ReferenceSimulation(model, actuator="torque"),
        _core.LanesSimulation(model, _core.instruction_sets()[0], actuator="torque"),
    ]
    for simulation in simulations:
        simulation.set_state(0, pose, np.zeros(len(pose)))
        simulation.kinematics()
        simulation.forward_dynamics()
        assert np.abs(simulation.field("contact_force")[:, 0]).max() > 10
        results.append(np.array(simulation.field("acceleration")[:, 0], np.float64))
    np.testing.assert_allclose(results[1], results[0], atol=1e-4 * np.abs(results[0]).max())


def test_a_coordinate_may_stand_on_both_sides_of_another_in_one_joint() -> None:
    tree = yaml.safe_load(TREE)
    joint = tree["bodies"][2]["joint"]
    joint["elements"][2] = {"rotate": [0, 1, 0], "coordinate": "spin"}
    joint["elements"].append({"rotate": [0, 0, 1], "coordinate": "knee"})
    tree["coordinates"].append({"name": "spin"})
    character = parse_model(yaml.safe_dump(tree), "leg.yaml")
    names = [body.name for body in character.bodies]
    assert len(set(names)) == len(names)
    model = _core.Model(character)
    assert model.num_dofs == 5
    inertia = np.linalg.inv(unit_accelerations(model))
    np.testing.assert_allclose(inertia, inertia.T, rtol=1e-9, atol=1e-12)
    assert (np.linalg.eigvalsh(inertia) > 0).all()


def unit_accelerations(model: _core.Model) -> np.ndarray:
    """The inverse of the joint-space inertia, shape (dofs, dofs)."""
    simulation: Any = _core.ReferenceSimulation(
        model, actuator="torque", ground=False, gravity=0.0, time_step=1e-15
    )
    simulation.set_state(0, np.linspace(-0.4, 0.3, model.num_dofs), np.zeros(model.num_dofs))
    simulation.kinematics()
    columns = []
    for torque in np.eye(model.num_dofs):
        simulation.field("direct_torque")[:, 0] = torque
        simulation.forward_dynamics()
        columns.append(np.array(simulation.field("acceleration")[:, 0]))
    return np.array(columns).T
