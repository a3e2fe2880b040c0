"""The DART engine: the lanes' equations by DART's hand, its contact, and nothing that could make DART end the process."""

import sys
from dataclasses import replace
from pathlib import Path

import forked
import numpy as np
import pytest
import small_models as models
from muscle_viewer import core
from muscle_viewer.core import (
    BatchEnv,
    ConfigError,
    Environment,
    EnvironmentConfig,
    ModelError,
    Policy,
    _core,
    load_checkpoint,
)
from muscle_viewer.core.configuration import assets_folder, checkpoints_folder, load_config
from muscle_viewer.core.engines import engine_named
from muscle_viewer.core.readers.character import Character, ContactBox
from test_contact import (
    GRAVITY,
    assert_in_the_cone,
    cornered_box,
    ground_force,
    light_footed,
    push_aslant,
    push_hard,
    run,
    slide_on_a_light_foot,
    standing_human,
    tumble,
)

pytestmark = pytest.mark.slow

pytest.importorskip("muscle_viewer.core._dart", reason="this build has no DART engine")

ROOTS = ["free", "ball", "revolute"]
DART = engine_named("dart")


def both(model: _core.Model, **options: object) -> list[_core.ReferenceSimulation]:
    return [
        _core.ReferenceSimulation(model, engine=engine, **options)  # type: ignore[arg-type]
        for engine in (None, DART)
    ]


def assert_fields_agree(
    lanes: _core.ReferenceSimulation, dart: _core.ReferenceSimulation, *names: str
) -> None:
    for name in names:
        wanted = lanes.field(name)
        np.testing.assert_allclose(
            dart.field(name), wanted, atol=1e-11 * max(1.0, np.abs(wanted).max()), err_msg=name
        )


@pytest.mark.parametrize("root", ROOTS)
@pytest.mark.parametrize("seed", range(4))
def test_every_part_of_a_substep_agrees_to_rounding(root: str, seed: int) -> None:
    rng = np.random.default_rng(seed)
    model = _core.Model(models.random_character(rng, root, muscles=6, limits=True))
    q, v = models.random_state(rng, model)
    target, rate = rng.normal(size=model.num_dofs) * 0.4, rng.normal(size=model.num_dofs)
    excitation = rng.uniform(size=model.num_muscles)
    wrenches = rng.normal(size=6 * model.num_bodies) * 5
    lanes, dart = simulations = both(model, ground=False, actuator="muscle")
    for simulation in simulations:
        simulation.set_state(0, q, v)
        simulation.set_target(0, target)
        simulation.field("target_velocity")[:, 0] = rate
        simulation.field("external_force")[:, 0] = wrenches
        simulation.field("excitation")[:, 0] = excitation
        simulation.kinematics()
        simulation.muscles()
        simulation.desire()
        simulation.advance()
    assert_fields_agree(lanes, dart, "body_rotation", "body_position", "body_velocity")
    assert_fields_agree(lanes, dart, "muscle_length", "moment_arm", "jacobian", "passive_torque")
    assert_fields_agree(lanes, dart, "desired_torque", "network_input")
    assert_fields_agree(lanes, dart, "muscle_torque", "applied_torque")
    assert_fields_agree(lanes, dart, "acceleration", "position", "velocity")


@pytest.mark.parametrize("root", ROOTS)
def test_forward_dynamics_agrees_and_leaves_the_state(root: str) -> None:
    rng = np.random.default_rng(11)
    model = _core.Model(models.random_character(rng, root, limits=True))
    q, v = models.random_state(rng, model)
    lanes, dart = simulations = both(model, ground=False)
    for _ in range(2):
        torque = rng.normal(size=model.num_dofs) * 10
        for simulation in simulations:
            simulation.set_state(0, q, v)
            simulation.field("direct_torque")[:, 0] = torque
            simulation.kinematics()
            simulation.forward_dynamics()
        assert_fields_agree(lanes, dart, "acceleration", "position", "velocity")


@pytest.mark.parametrize("root", ROOTS)
def test_a_hard_limit_stops_a_joint_at_either_end(root: str) -> None:
    """The impulse at an upper limit is negative; it was taken for a contact's and had no effect."""
    rng = np.random.default_rng(2)
    character = models.random_character(rng, root, count=6, limits=True)
    model = _core.Model(character)
    q, v = np.zeros(model.num_dofs), np.zeros(model.num_dofs)
    outward, dof = np.zeros(model.num_dofs), 0
    for body in character.bodies:
        for k in range(len(body.joint.dof_names)):
            if body.joint.lower is not None and len(body.joint.lower) > k:
                outward[dof] = 1 if k % 2 == 0 and dof % 4 < 2 else -1
                limit = body.joint.upper[k] if outward[dof] > 0 else body.joint.lower[k]
                q[dof] = limit + 0.01 * outward[dof]
            dof += 1
    v += outward
    assert (outward > 0).any() and (outward < 0).any()
    dart = _core.ReferenceSimulation(
        model, engine=DART, actuator="torque", gravity=0.0, ground=False, hard_limits=True
    )
    dart.set_state(0, q, v)
    dart.kinematics()
    dart.muscles()
    dart.desire()
    dart.advance()
    assert (dart.field("velocity")[:, 0] * outward).max() < 1e-6


def test_a_second_in_the_air_agrees() -> None:
    rng = np.random.default_rng(5)
    character = models.random_character(rng, "free", count=8, muscles=4)
    model = _core.Model(character)
    q, v = models.random_state(rng, model, speed=1.0)
    lanes, dart = simulations = both(model, ground=False, actuator="pd")
    for simulation in simulations:
        simulation.set_state(0, q, v)
        simulation.set_target(0, q)
        run(simulation, 1)
    np.testing.assert_allclose(dart.positions(0), lanes.positions(0), atol=1e-7)


@pytest.mark.parametrize("rigid", [False, True])
def test_a_dropped_box_comes_to_rest_with_its_weight_on_the_ground(rigid: bool) -> None:
    simulation = _core.ReferenceSimulation(
        _core.Model(models.box()), engine=DART, actuator="torque", rigid_ground=rigid
    )
    simulation.set_state(0, np.array([0.1, 0.2, 0.05, 0, 0.3, 0]), np.array([0, 0, 0, 0.5, 0, 0]))
    run(simulation, 3)
    assert np.abs(simulation.field("velocity")).max() < 1e-3
    assert ground_force(simulation)[1] == pytest.approx(70 * GRAVITY, rel=1e-3)
    depth = 0 if rigid else 70 * GRAVITY / (4 * 2e5)
    assert simulation.positions(0)[4] == pytest.approx(0.07 - depth, abs=1e-4)


def boxed(tilt: float = 0.0) -> Character:
    """The box with one box for its contact, in place of the spheres."""
    spheres = models.box()
    shape = ContactBox(
        size=np.array([0.2, 0.1, 0.3]),
        position=np.zeros(3),
        orientation=np.array([np.cos(tilt / 2), 0, 0, np.sin(tilt / 2)]),
    )
    return replace(spheres, bodies=[replace(spheres.bodies[0], contacts=[], contact_boxes=[shape])])


@pytest.mark.parametrize("rigid", [False, True])
def test_a_box_of_contact_rests_on_its_face(rigid: bool) -> None:
    model = _core.Model(boxed())
    assert model.num_contacts == 8
    lanes, dart = both(model, actuator="torque", rigid_ground=rigid)
    for simulation in (lanes, dart):
        simulation.set_state(0, np.array([0.1, 0.2, 0.05, 0, 0.2, 0]), np.zeros(6))
        run(simulation, 3)
        assert ground_force(simulation)[1] == pytest.approx(70 * GRAVITY, rel=1e-3)
        upward = simulation.field("contact_force")[:, 0].reshape(8, 3)[:, 1]
        if not (rigid and simulation is dart):  # rigid corners may leave the weight to two of them
            assert np.count_nonzero(upward > 1) == 4
    depth = 0 if rigid else 70 * GRAVITY / (4 * 2e5)
    assert dart.positions(0)[4] == pytest.approx(0.05 - depth, abs=2e-4)
    assert dart.positions(0)[4] == pytest.approx(lanes.positions(0)[4], abs=1.5e-3)


def test_a_box_of_contact_turns_with_its_orientation() -> None:
    simulation = _core.ReferenceSimulation(
        _core.Model(boxed(np.pi / 2)), engine=DART, actuator="torque"
    )
    simulation.set_state(0, np.array([0, 0, 0, 0, 0.2, 0]), np.zeros(6))
    run(simulation, 2)
    assert simulation.positions(0)[4] == pytest.approx(0.1, abs=2e-3)


@pytest.mark.parametrize(("friction", "slides"), [(0.9, False), (0.2, True)])
def test_a_pushed_box_slides_when_the_push_exceeds_friction(friction: float, slides: bool) -> None:
    character = models.box()
    contact = character.contact.model_copy(update={"friction": friction})
    model = _core.Model(replace(character, contact=contact))
    simulation = _core.ReferenceSimulation(model, engine=DART, actuator="torque")
    simulation.set_state(0, np.array([0, 0, 0, 0, 0.0693, 0]), np.zeros(6))
    run(simulation, 0.5)
    simulation.field("external_force")[3, 0] = 0.5 * 70 * GRAVITY
    run(simulation, 0.5)
    speed = simulation.field("velocity")[3, 0]
    run(simulation, 0.5)
    gained = simulation.field("velocity")[3, 0] - speed
    assert gained == pytest.approx((0.5 - friction) * GRAVITY / 2 if slides else 0, abs=0.02)


def dart(character: Character, **options: object) -> _core.ReferenceSimulation:
    return _core.ReferenceSimulation(_core.Model(character), engine=DART, **options)  # type: ignore[arg-type]


@pytest.mark.parametrize("rigid", [False, True])
def test_dart_keeps_boxes_within_the_cone_too(rigid: bool) -> None:
    push_hard(dart(models.box(), actuator="torque", rigid_ground=rigid))
    tumble(dart(cornered_box(), actuator="torque", rigid_ground=rigid), 3)


@pytest.mark.parametrize("rigid", [False, True])
@pytest.mark.parametrize("angle", np.radians([20, 45, 250]))
def test_friction_on_dart_is_the_same_in_every_direction(rigid: bool, angle: float) -> None:
    push_aslant(dart(cornered_box(), actuator="torque", rigid_ground=rigid), angle)


def test_dart_slides_a_light_foot_as_the_lanes() -> None:
    slide_on_a_light_foot(dart(light_footed(0.2), actuator="pd"))


def test_a_walk_on_dart_stands_within_the_cone() -> None:
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    environment = Environment(walk(), seed=3)
    environment.load_muscle_weights(checkpoint.muscle)
    policy = Policy.from_state_dict(checkpoint.policy)
    observation = environment.reset()
    for _ in range(30):
        observation = environment.step(policy.act(observation))[0]
        assert_in_the_cone(np.asarray(environment.frame().contact_forces, float))


def test_the_ground_is_the_same_everywhere() -> None:
    forces = []
    for where in (0.0, 1e4):
        simulation = _core.ReferenceSimulation(
            _core.Model(models.box()), engine=DART, actuator="torque"
        )
        q = np.array([0, 0, 0, where, 0.0693, -where])
        simulation.set_state(0, q, np.zeros(6))
        run(simulation, 0.1)
        forces.append(ground_force(simulation))
    assert np.array_equal(forces[0], forces[1])


@pytest.fixture(scope="module")
def standing() -> tuple[Character, np.ndarray]:
    return standing_human()


@pytest.mark.parametrize("rigid", [False, True])
def test_the_standing_human_rests_as_on_the_lanes(
    standing: tuple[Character, np.ndarray], rigid: bool
) -> None:
    human, q = standing
    model = _core.Model(human)
    lanes, dart = simulations = both(model, rigid_ground=rigid)
    for simulation in simulations:
        simulation.set_state(0, q, np.zeros_like(q))
        simulation.set_target(0, q)
        run(simulation, 8)
    assert ground_force(dart)[1] == pytest.approx(model.total_mass * GRAVITY, rel=0.01)
    difference = np.abs(dart.positions(0) - lanes.positions(0))
    assert difference.max() < (1.5e-2 if rigid else 5e-3)  # rad and m; the lanes' heels sink 2 mm
    if (
        not rigid
    ):  # how rigid spheres share the weight is nobody's to say, nor how friction is shared
        apart = (dart.field("contact_force") - lanes.field("contact_force"))[:, 0]
        assert np.abs(apart.reshape(-1, 3)[:, 1]).max() < 0.02 * model.total_mass * GRAVITY


def walk(engine: str = "dart", **changes: object) -> EnvironmentConfig:
    config = load_checkpoint(checkpoints_folder() / "walk.pt").config
    return config.on_engine(engine).model_copy(update=changes)


def test_a_walk_goes_side_by_side_with_the_lanes() -> None:
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    policy = Policy.from_state_dict(checkpoint.policy)
    roots, joints = [], []
    for seed in range(4):
        lanes, dart = (Environment(walk(name), seed=seed) for name in ("lanes", "dart"))
        observations = []
        for environment in (lanes, dart):
            environment.load_muscle_weights(checkpoint.muscle)
            observations.append(environment.reset())
        np.testing.assert_allclose(*observations, atol=1e-5)
        for _ in range(15):
            for k, environment in enumerate((lanes, dart)):
                observations[k] = environment.step(policy.act(observations[k]))[0]
        difference = np.abs(dart.frame().positions - lanes.frame().positions)
        roots.append(difference[3:6].max())
        joints.append(difference[6:].max())
    assert max(roots) < 0.1, roots
    assert np.median(joints) < 0.3, joints


def play(environment: BatchEnv, steps: int, seed: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    out = []
    for _ in range(steps):
        actions = rng.normal(size=(environment.num_envs, environment.action_dim)) * 0.5
        observation, reward, terminated, truncated = environment.step(actions)
        out += [observation.copy(), reward.copy(), terminated.copy(), truncated.copy()]
        out += [environment.muscle_samples.jta.copy(), environment.mean_activations.copy()]
    return out


def batch(envs: int, threads: int) -> BatchEnv:
    environment = BatchEnv(walk(), num_envs=envs, seed=7, threads=threads)
    environment.load_muscle_weights(load_checkpoint(checkpoints_folder() / "walk.pt").muscle)
    environment.reset()
    return environment


def test_results_do_not_depend_on_the_number_of_threads() -> None:
    one, two = (play(batch(5, threads), 6) for threads in (1, 2))
    for a, b in zip(one, two, strict=True):
        assert np.array_equal(a, b)


def test_results_do_not_depend_on_the_other_environments() -> None:
    rng = np.random.default_rng(1)
    few, many, single = batch(2, 2), batch(4, 2), Environment(walk(), seed=7)
    single.load_muscle_weights(load_checkpoint(checkpoints_folder() / "walk.pt").muscle)
    single.reset()
    for _ in range(6):
        actions = rng.normal(size=(4, few.action_dim)).astype(np.float32)
        first = few.step(actions[:2])[0]
        assert np.array_equal(first, many.step(actions)[0][:2])
        assert np.array_equal(first[0], single.step(actions[0])[0])


def test_a_restored_state_goes_on_bit_for_bit() -> None:
    environment = batch(2, 1)
    play(environment, 5)
    saved = environment.save_state()
    first = play(environment, 8, seed=3)
    environment.restore_state(saved)
    other = batch(2, 1)
    other.restore_state(saved)
    for again in (play(environment, 8, seed=3), play(other, 8, seed=3)):
        for a, b in zip(first, again, strict=True):
            assert np.array_equal(a, b)


@pytest.mark.parametrize("actuator", ["pd", "torque"])
def test_the_other_actuators_act(actuator: str) -> None:
    environment = BatchEnv(walk(actuator=actuator), num_envs=1, seed=2)
    first = environment.reset().copy()
    second = environment.step(np.ones((1, environment.action_dim), np.float32))[0]
    assert np.isfinite(second).all()
    assert not np.array_equal(first, second)


# Each runs in a process of its own: what it must not do is end it.
POISONS = {
    "actions": """
for bad in (np.nan, np.inf, -np.inf, 1e30, -1e30, 1e6):
    actions = np.zeros((2, env.action_dim), np.float32)
    actions[1] = bad
    step(actions)
""",
    "one action": """
for k in range(0, env.action_dim, 5):
    actions = np.zeros((2, env.action_dim), np.float32)
    actions[1, k] = (np.nan, 1e30)[k % 2]
    step(actions)
""",
    "weights": """
import torch
ended = 1  # saturated muscles need not throw anybody
for bad in (1e30, -1e30, 1e4):
    weights = {k: t.clone() for k, t in checkpoint.muscle.items()}
    for tensor in weights.values():
        tensor.mul_(bad)
    env.load_muscle_weights(weights)
    step(np.zeros((2, env.action_dim), np.float32))
    step(np.zeros((2, env.action_dim), np.float32))
""",
    "states": """
for bad in (3e38, 1e30, -1e30, 1e12, 1e7, 1e5, 9e3):
    for field in (0, 1):
        for dofs in (slice(None), slice(0, 1), slice(4, 5), slice(9, 10)):
            state = [np.zeros(env.num_dofs), np.zeros(env.num_dofs)]
            state[0][4] = 0.9
            state[field][dofs] = bad
            env.set_state(1, *state)
            step(np.zeros((2, env.action_dim), np.float32))
""",
    "deep": """
for height in (0.5, 0.0, -1.0, -4.99, -5.0, -7.0, -20.0):
    q = np.zeros(env.num_dofs)
    q[4] = height
    env.set_state(1, q, np.zeros(env.num_dofs))
    step(np.zeros((2, env.action_dim), np.float32))
""",
    "forces": """
for bad in (3e38, 1e30, 1e12, 1e8, 1e6):
    env.set_external_force(1, 3, np.full(3, bad), np.zeros(3))
    step(np.zeros((2, env.action_dim), np.float32))
    env.set_external_force(1, 3, np.ones(3), np.full(3, bad))
    step(np.zeros((2, env.action_dim), np.float32))
""",
    "random": """
rng = np.random.default_rng(0)
for _ in range(150):
    size = 10.0 ** rng.uniform(-1, 7)
    step(rng.normal(size=(2, env.action_dim)) * [[0], [size]])
    if rng.random() < 0.3:
        q = rng.normal(size=env.num_dofs) * 10.0 ** rng.uniform(-1, 2)
        env.set_state(1, q, rng.normal(size=env.num_dofs) * 10.0 ** rng.uniform(-1, 4.2))
""",
}

POISON = """
import faulthandler
import numpy as np
from muscle_viewer.core import BatchEnv, load_checkpoint
from muscle_viewer.core.configuration import checkpoints_folder
faulthandler.enable()
checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
simulation = checkpoint.config.simulation.model_copy(update={{"contact": "{contact}"}})
config = checkpoint.config.on_engine("dart").model_copy(update={{"simulation": simulation}})
env = BatchEnv(config, num_envs=2, seed=1, threads=1)
env.load_muscle_weights(checkpoint.muscle)
env.reset()
ended = 0
def step(actions):
    global ended
    out = env.step(np.asarray(actions, np.float32))
    assert np.isfinite(out[0]).all() and np.isfinite(out[1]).all(), "a result is not finite"
    ended += int(out[2][1])
{poison}
assert ended, "nothing ended"
print("survived", ended)
"""


@pytest.mark.parametrize("contact", ["compliant", "rigid"])
@pytest.mark.parametrize("name", POISONS)
def test_nothing_that_is_not_finite_ends_the_process(name: str, contact: str) -> None:
    script = POISON.format(poison=POISONS[name], contact=contact)
    done = forked.run("-c", script)
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.startswith("survived")


def test_a_diverged_environment_ends_alone() -> None:
    calm, poisoned = batch(3, 1), batch(3, 1)
    actions = np.zeros((3, calm.action_dim), np.float32)
    wild = actions.copy()
    wild[1] = np.nan
    wanted = calm.step(actions)
    got = poisoned.step(wild)
    assert got[2].tolist() == [False, True, False]
    assert got[1][1] == 0
    for k in (0, 2):
        assert np.array_equal(wanted[0][k], got[0][k])


def test_a_contact_body_that_is_too_light_is_refused() -> None:
    feather = models.box()
    light = replace(feather.bodies[0], mass=1e-6, inertia=np.array([1e-9, 1e-9, 1e-9, 0, 0, 0]))
    model = _core.Model(replace(feather, bodies=[light]))
    with pytest.raises(ValueError, match="'box': too light"):
        _core.ReferenceSimulation(model, engine=DART)


def test_rigid_ground_is_refused_on_the_lanes(tmp_path: Path) -> None:
    config = load_config(assets_folder() / "environments" / "walk.yaml")
    simulation = config.simulation.model_copy(update={"contact": "rigid"})
    with pytest.raises(ConfigError, match="rigid ground is for engine: dart"):
        Environment(config.model_copy(update={"simulation": simulation}))


def test_a_build_without_dart_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(core, "_dart")
    monkeypatch.setitem(sys.modules, "muscle_viewer.core._dart", None)
    with pytest.raises(ConfigError, match=r"libdart-dev.*engine: lanes") as error:
        Environment(walk())
    assert "\n" not in str(error.value)


def test_the_engine_is_kept_in_a_checkpoints_configuration() -> None:
    assert load_config(walk().to_yaml()).engine == "dart"


def test_a_model_that_dart_refuses_is_named_by_its_file(tmp_path: Path) -> None:
    config = walk()
    text = config.character.read_text().replace("mass: 0.2156", "mass: 1.0e-7")
    character = tmp_path / "light.yaml"
    character.write_text(text)
    with pytest.raises(ModelError, match=r"light\.yaml.*too light"):
        Environment(config.model_copy(update={"character": character}))
