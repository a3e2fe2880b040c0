"""Contact by Hunt and Crossley's law and by its smooth form, against OpenSim's own forces on the same spheres."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core import _core
from muscle_viewer.core.models.agreement.measure import TIME_STEP
from muscle_viewer.core.models.opensim.opened import open_model
from muscle_viewer.core.models.opensim.read import read_opensim
from muscle_viewer.core.models.opensim.skeleton import WORLD
from muscle_viewer.core.readers.character import Character

opensim = pytest.importorskip("opensim", reason="the opensim extra brings it")


HUNT_CROSSLEY = """
<HuntCrossleyForce name="contact">
  <HuntCrossleyForce::ContactParametersSet name="contact_parameters"><objects>
    <HuntCrossleyForce::ContactParameters>
      <geometry>floor</geometry><stiffness>8e5</stiffness><dissipation>1.5</dissipation>
      <static_friction>STATIC</static_friction><dynamic_friction>0.6</dynamic_friction>
      <viscous_friction>0.3</viscous_friction>
    </HuntCrossleyForce::ContactParameters>
    <HuntCrossleyForce::ContactParameters>
      <geometry>sphere</geometry><stiffness>8e5</stiffness><dissipation>0.5</dissipation>
      <static_friction>STATIC</static_friction><dynamic_friction>0.6</dynamic_friction>
      <viscous_friction>0.2</viscous_friction>
    </HuntCrossleyForce::ContactParameters>
  </objects></HuntCrossleyForce::ContactParametersSet>
  <transition_velocity>0.15</transition_velocity>
</HuntCrossleyForce>
"""
SMOOTH = """
<SmoothSphereHalfSpaceForce name="contact">
  <socket_sphere>/contactgeometryset/sphere</socket_sphere>
  <socket_half_space>/contactgeometryset/floor</socket_half_space>
  <stiffness>1e6</stiffness><dissipation>2</dissipation><static_friction>STATIC</static_friction>
  <dynamic_friction>0.6</dynamic_friction><viscous_friction>0.5</viscous_friction>
  <transition_velocity>0.2</transition_velocity><constant_contact_force>1e-5</constant_contact_force>
  <hertz_smoothing>300</hertz_smoothing><hunt_crossley_smoothing>50</hunt_crossley_smoothing>
</SmoothSphereHalfSpaceForce>
"""
NAMES = ("rotation1", "rotation2", "rotation3", "translation1", "translation2", "translation3")


def ball(force: str, static: float) -> str:
    """A ball of 50 mm over the ground, with six coordinates q0 to q5: turns about x, y and z, then shifts."""
    coordinates = "".join(f'<Coordinate name="q{k}"/>' for k in range(6))
    axes = "".join(
        f'<TransformAxis name="{name}"><coordinates>q{k}</coordinates>'
        f"<axis>{int(k % 3 == 0)} {int(k % 3 == 1)} {int(k % 3 == 2)}</axis>"
        '<LinearFunction name="function"><coefficients>1 0</coefficients></LinearFunction></TransformAxis>'
        for k, name in enumerate(NAMES)
    )
    return f"""<?xml version="1.0" encoding="UTF-8" ?>
<OpenSimDocument Version="40000"><Model name="ball">
  <BodySet name="bodyset"><objects><Body name="ball">
    <mass>2</mass><mass_center>0 0 0</mass_center><inertia>0.01 0.01 0.01 0 0 0</inertia>
  </Body></objects></BodySet>
  <JointSet name="jointset"><objects><CustomJoint name="joint">
    <socket_parent_frame>/ground</socket_parent_frame><socket_child_frame>/bodyset/ball</socket_child_frame>
    <coordinates>{coordinates}</coordinates><SpatialTransform>{axes}</SpatialTransform>
  </CustomJoint></objects></JointSet>
  <ContactGeometrySet name="contactgeometryset"><objects>
    <ContactHalfSpace name="floor"><socket_frame>/ground</socket_frame>
      <location>0 0 0</location><orientation>0 0 -1.570796326794896</orientation></ContactHalfSpace>
    <ContactSphere name="sphere"><socket_frame>/bodyset/ball</socket_frame>
      <location>0.02 0.01 -0.03</location><radius>0.05</radius></ContactSphere>
  </objects></ContactGeometrySet>
  <ForceSet name="forceset"><objects>{force.replace("STATIC", str(static))}</objects></ForceSet>
</Model></OpenSimDocument>
"""


@dataclass
class Twins:
    """OpenSim's model and ours of one file, in both precisions."""

    theirs: Any
    character: Character
    ours: list[Any]

    @classmethod
    def of(cls, path: Path) -> Twins:
        character = read_opensim(path)
        model = _core.Model(character)
        settings: dict[str, Any] = {"actuator": "torque", "time_step": TIME_STEP, "gravity": 9.81}
        reference: Any = _core.ReferenceSimulation(model, **settings)
        lanes: Any = _core.LanesSimulation(model, _core.instruction_sets()[0], **settings)
        return cls(open_model(path), character, [reference, lanes])

    def forces(self, pose: np.ndarray, rates: np.ndarray) -> tuple[np.ndarray, list[np.ndarray]]:
        """The ground's whole force, N: OpenSim's, and ours in double and in single precision."""
        state = self.theirs.initSystem()
        for name, q, u in zip(self.character.dof_names, pose, rates, strict=True):
            coordinate = self.theirs.getCoordinateSet().get(name)
            coordinate.setValue(state, float(q), False)
            coordinate.setSpeedValue(state, float(u))
        self.theirs.realizeDynamics(state)
        total = np.zeros(3)
        forces = self.theirs.getForceSet()
        for i in range(forces.getSize()):
            force = forces.get(i)
            if force.getConcreteClassName() not in (
                "HuntCrossleyForce",
                "SmoothSphereHalfSpaceForce",
            ):
                continue
            labels, values = force.getRecordLabels(), force.getRecordValues(state)
            for k in range(labels.getSize()):
                owner, kind, axis = labels.get(k).split(".")[-3:]
                if owner in ("ground", "HalfSpace") and kind == "force":
                    total["XYZ".index(axis)] -= values.get(k)
        total = WORLD.rotation @ total
        found = []
        for simulation in self.ours:
            simulation.set_state(0, pose, rates)
            simulation.kinematics()
            simulation.forward_dynamics()
            contact = np.array(simulation.field("contact_force")[:, 0], np.float64)
            found.append(contact.reshape(-1, 3).sum(0))
        return total, found


@pytest.mark.parametrize("law", [HUNT_CROSSLEY, SMOOTH], ids=["hunt-crossley", "smooth"])
@pytest.mark.parametrize("static", [0.6, 0.9])
def test_a_ball_feels_opensims_force(tmp_path: Path, law: str, static: float) -> None:
    path = tmp_path / "ball.osim"
    path.write_text(ball(law, static))
    twins = Twins.of(path)
    assert not [line for line in twins.character.left_out if "contact" in line]
    rng = np.random.default_rng(5)
    touched, up = 0, twins.character.dof_names.index("q4")
    for _ in range(100):
        pose = 0.2 * rng.normal(size=6)
        rates = rng.normal(size=6) * rng.choice([0.05, 0.5])
        pose[up] += rng.uniform(-0.01, 0.005) - lowest(twins, pose)
        theirs, ours = twins.forces(pose, rates)
        size = max(np.linalg.norm(theirs), 1.0)
        touched += int(theirs[1] > 1)
        if theirs[1] < 0:  # the smooth law pulls a little at a sphere that leaves the ground fast
            assert np.linalg.norm(theirs) < 2 and not ours[0].any()
            continue
        np.testing.assert_allclose(ours[0], theirs, atol=1e-6 * size)
        np.testing.assert_allclose(ours[1], theirs, atol=2e-3 * size)
    assert touched > 30


def lowest(twins: Twins, pose: np.ndarray) -> float:
    """The height of the lowest point of all spheres, m."""
    simulation = twins.ours[0]
    simulation.set_state(0, pose, np.zeros(len(pose)))
    simulation.kinematics()
    turns = np.array(simulation.field("body_rotation")[:, 0]).reshape(-1, 3, 3)
    origins = np.array(simulation.field("body_position")[:, 0]).reshape(-1, 3)
    return min(
        origins[i][1] + (turns[i] @ c.position)[1] - c.radius
        for i, body in enumerate(twins.character.bodies)
        for c in body.contacts
    )


@pytest.mark.parametrize("name", ["gait9dof18musc", "gait14dof22musc_20170320"])
def test_feet_of_osim_rl_feel_opensims_force(osim_rl_models: Path, name: str) -> None:
    twins = Twins.of(osim_rl_models / f"{name}.osim")
    names, rng = twins.character.dof_names, np.random.default_rng(6)
    up, loaded = names.index("pelvis_ty"), 0
    for _ in range(20):
        pose, rates = 0.1 * rng.normal(size=len(names)), 0.3 * rng.normal(size=len(names))
        pose[[i for i, n in enumerate(names) if "knee" in n]] = -0.2
        pose[up] = 0.9
        pose[up] += rng.uniform(-0.008, -0.001) - lowest(twins, pose)
        theirs, ours = twins.forces(pose, rates)
        size = max(np.linalg.norm(theirs), 1.0)
        loaded += theirs[1] > 1
        np.testing.assert_allclose(ours[0], theirs, atol=1e-6 * size)
        np.testing.assert_allclose(ours[1], theirs, atol=2e-3 * size)
    assert loaded >= 10
