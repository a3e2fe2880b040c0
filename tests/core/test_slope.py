"""A slope: gravity leans against the ground's plane, for every engine alike."""

import math
from dataclasses import replace

import numpy as np
import pytest
import small_models as models
from muscle_viewer.core import ConfigError, _core
from muscle_viewer.core.configuration import assets_folder, load_config
from muscle_viewer.core.engines import engine_named
from test_contact import GRAVITY, ground_force, run

STEEP = math.radians(12.0)


def sloping(friction: float, **options: object) -> list[_core.ReferenceSimulation]:
    """A box on the slope, by every engine that is here."""
    character = models.box()
    contact = character.contact.model_copy(update={"friction": friction})
    model = _core.Model(replace(character, contact=contact))
    made = [
        _core.ReferenceSimulation(model, actuator="torque", slope=STEEP, **options),  # type: ignore[arg-type]
        *(
            _core.LanesSimulation(model, isa, actuator="torque", slope=STEEP)
            for isa in _core.instruction_sets()
        ),
    ]
    try:
        dart = engine_named("dart")
    except ConfigError:
        return made  # type: ignore[return-value]
    return [
        *made,
        _core.ReferenceSimulation(model, actuator="torque", slope=STEEP, engine=dart),
    ]  # type: ignore[return-value]


def test_a_box_holds_on_a_slope_that_friction_can_hold() -> None:
    for simulation in sloping(friction=0.5):
        simulation.set_state(0, np.array([0, 0, 0, 0, 0.0693, 0]), np.zeros(6))
        run(simulation, 1)
        before = simulation.positions(0)
        run(simulation, 1)
        assert np.abs(simulation.positions(0) - before)[3:].max() < 0.005
        force = ground_force(simulation)
        assert force[1] == pytest.approx(70 * GRAVITY * math.cos(STEEP), rel=0.01)
        assert force[2] == pytest.approx(70 * GRAVITY * math.sin(STEEP), rel=0.01)


def test_a_box_slides_down_a_slope_that_friction_cannot_hold() -> None:
    friction = 0.1
    for simulation in sloping(friction):
        simulation.set_state(0, np.array([0, 0, 0, 0, 0.0693, 0]), np.zeros(6))
        run(simulation, 0.5)
        speed = simulation.field("velocity")[5, 0]
        run(simulation, 0.5)
        gained = simulation.field("velocity")[5, 0] - speed
        wanted = -0.5 * GRAVITY * (math.sin(STEEP) - friction * math.cos(STEEP))
        assert gained == pytest.approx(wanted, rel=0.02)


@pytest.mark.parametrize("root", ["free", "ball", "revolute"])
def test_forward_dynamics_under_leaning_gravity_agrees_with_dart(root: str) -> None:
    dartpy = pytest.importorskip("dartpy", reason="the oracle extra brings dartpy")
    rng = np.random.default_rng(11)
    character = models.random_character(rng, root)
    model = _core.Model(character)
    q, v = models.random_state(rng, model)
    skeleton, nodes = models.dart_twin(character)
    world = dartpy.simulation.World()
    world.setGravity([0, -9.81 * math.cos(STEEP), -9.81 * math.sin(STEEP)])
    world.addSkeleton(skeleton)
    skeleton.setPositions(q)
    skeleton.setVelocities(models.dart_velocities(character, q, v))
    world.setTimeStep(1 / 480)
    skeleton.setForces(np.zeros(model.num_dofs))
    skeleton.computeForwardDynamics()
    simulation = _core.ReferenceSimulation(model, ground=False, slope=STEEP)
    simulation.set_state(0, q, v)
    simulation.kinematics()
    simulation.forward_dynamics()
    theirs = skeleton.getAccelerations()
    if root == "free":
        theirs[:6] = nodes[0].getSpatialAcceleration()
    ours = simulation.field("acceleration")[:, 0]
    np.testing.assert_allclose(ours, theirs, atol=1e-9 * np.abs(theirs).max())


def test_a_slope_is_a_setting_of_the_environment_in_degrees() -> None:
    text = (assets_folder() / "environments" / "walk.yaml").read_text()
    config = load_config(assets_folder() / "environments" / "walk.yaml")
    assert config.simulation.slope == 0.0
    steep = config.simulation.model_copy(update={"slope": 5.0})
    assert (
        load_config(config.model_copy(update={"simulation": steep}).to_yaml()).simulation.slope == 5
    )
    assert "slope" not in text
    with pytest.raises(ConfigError, match="slope"):
        load_config(
            config.model_copy(update={"simulation": steep})
            .to_yaml()
            .replace("slope: 5.0", "slope: 80")
        )
