"""Frames hold what the whole control step did, not its last substep."""

import numpy as np
import pytest
from muscle_viewer.core import BatchEnv, Environment, gait, load_checkpoint, load_config
from muscle_viewer.core.configuration import EnvironmentConfig
from muscle_viewer.core.folders import assets_folder, checkpoints_folder

MEANS = (
    "contact_forces", "desired_torques", "muscle_torques", "passive_torques", "applied_torques",
    "joint_moments", "joint_powers", "muscle_forces", "muscle_powers",
)  # fmt: skip


def config(engine: str, actuator: str, control_hz: int) -> EnvironmentConfig:
    """A human whose actions are constant torques or activations, without a policy."""
    walk = load_config(assets_folder() / "environments" / "walk.yaml").on_engine(engine)
    simulation = walk.simulation.model_copy(update={"control_hz": control_hz})
    reset = walk.reset.model_copy(update={"random_phase": False})
    return walk.model_copy(update={"simulation": simulation, "actuator": actuator, "reset": reset})


@pytest.mark.parametrize("engine", ["lanes", "dart"])
@pytest.mark.parametrize("actuator", ["torque", "activation"])
def test_a_frame_holds_the_means_of_the_same_motion_in_frames_at_the_simulations_rate(
    engine: str, actuator: str
) -> None:
    coarse = Environment(config(engine, actuator, 30), seed=0)
    fine = Environment(config(engine, actuator, 480), seed=0)
    coarse.reset()
    fine.reset()
    random, each, loads = np.random.default_rng(0), 480 // 30, []
    for _ in range(8):
        action = random.uniform(0.0, 0.4, coarse.action_dim).astype(np.float32)
        coarse.step(action)
        frames = []
        for _ in range(each):
            fine.step(action)
            frames.append(fine.frame())
        frame = coarse.frame()
        assert np.array_equal(frame.positions, frames[-1].positions)
        loads.append(frame.contact_forces[:, 1].sum())
        for name in MEANS:
            mean = np.mean([getattr(f, name) for f in frames], axis=0, dtype=float)
            scale = max(np.abs([getattr(f, name) for f in frames]).max(), 1e-3)
            np.testing.assert_allclose(getattr(frame, name), mean, atol=1e-5 * scale, err_msg=name)
        series = np.concatenate([f.ground_forces for f in frames])
        assert np.array_equal(frame.ground_forces, series)
    assert max(loads) > 100


@pytest.mark.parametrize("engine", ["lanes", pytest.param("dart", marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["walk", "run"])
def test_over_whole_strides_the_ground_gives_the_weights_impulse_and_the_momentums_change(
    name: str, engine: str
) -> None:
    checkpoint = load_checkpoint(checkpoints_folder() / f"{name}.pt")
    env = Environment(checkpoint.config.on_engine(engine), seed=0)
    policy = checkpoint.load_into(env)
    obs, frames, hz = env.reset(), [], env.info.control_hz
    for _ in range(8 * hz):
        obs, *_ = env.step(policy.act(obs))
        frames.append(env.frame())
    height = np.array([frame.center_of_mass[1] for frame in frames], float)
    force = np.array([frame.contact_forces[:, 1].sum() for frame in frames], float)
    right = gait.foot_grounds(env.info)["right"]
    loads = np.concatenate([frame.ground_forces[:, right, 1].sum(axis=1) for frame in frames])
    loads = loads / (9.81 * env.info.total_mass)
    at = gait.strikes(loads, env.info.sim_hz) + gait.substep_delay(env.info)
    strikes = [round(hz * time) for time in at if time > 1]
    assert len(strikes) >= 5
    begin, end = strikes[0], strikes[-1]
    # The height's differences are the mean velocities of the steps, half a step before either end.
    change = (height[end] - height[end - 1] - height[begin] + height[begin - 1]) * hz
    needed = env.info.total_mass * (9.81 * (end - begin) / hz + change)
    assert force[begin:end].sum() / hz == pytest.approx(needed, rel=0.002)


def test_near_identical_strides_peak_alike() -> None:
    """The run's strides repeat; sampled once a step, the peaks of its right foot lay between 1.2 and 1.5 of each other."""
    checkpoint = load_checkpoint(checkpoints_folder() / "run.pt")
    env = Environment(checkpoint.config, seed=0)
    policy = checkpoint.load_into(env)
    obs, loads = env.reset(), []
    right = gait.foot_grounds(env.info)["right"]
    for _ in range(8 * env.info.control_hz):
        obs, *_ = env.step(policy.act(obs))
        loads.append(env.frame().ground_forces[:, right, 1].sum(axis=1))
    hz, load = env.info.sim_hz, np.concatenate(loads) / (9.81 * env.info.total_mass)
    spans = [span for span in gait.cycles(gait.strikes(load, hz)) if span[0] > 1]
    peaks = [curve.max() for curve in gait.over_cycles(gait.smoothed(load, hz), spans, hz)]
    assert len(peaks) > 6
    assert max(peaks) / min(peaks) < 1.04


def test_smoothing_keeps_the_impulse_and_delays_nothing() -> None:
    load = np.zeros(480)
    load[200:260] = 1.0
    smooth = gait.smoothed(load, 480)
    assert smooth.sum() == pytest.approx(60)
    assert (smooth * np.arange(480)).sum() / 60 == pytest.approx(229.5)
    assert gait.smoothed(np.zeros((0, 3)), 480).shape == (0, 3)


def test_a_batch_records_the_same_as_an_environment_and_without_changes_nothing() -> None:
    scene = config("lanes", "torque", 30)
    recording, plain = BatchEnv(scene, 3, seed=0), BatchEnv(scene, 3, seed=0)
    recording.record_substeps()
    one = Environment(scene, seed=0)
    observed, as_before = recording.reset(), plain.reset()
    one.reset()
    actions = np.zeros((3, one.action_dim), np.float32)
    for _ in range(3):
        recording.step(actions)
        plain.step(actions)
        one.step(actions[0])
        assert np.array_equal(observed, as_before)
    frame = one.frame()
    rows = recording.snapshot([*MEANS, "ground_forces"])
    for name, values in rows.items():
        assert np.array_equal(values[0], getattr(frame, name)), name
    assert np.isnan(plain.snapshot(["muscle_powers"])["muscle_powers"]).all()
    held = np.array([False, True, False])
    before = recording.snapshot(["ground_forces"])["ground_forces"]
    recording.step(actions, hold=held)
    after = recording.snapshot(["ground_forces"])["ground_forces"]
    assert np.array_equal(after[1], before[1]) and not np.array_equal(after[0], before[0])


def stood(env: BatchEnv | Environment) -> tuple[np.ndarray, ...]:
    """What frames show of the last step, of one environment."""
    frame = env.frame(0) if isinstance(env, BatchEnv) else env.frame()
    named = (
        "contact_forces",
        "applied_torques",
        "muscle_torques",
        "desired_torques",
        "joint_moments",
    )
    return (*(np.abs(getattr(frame, name)).max() for name in named), abs(frame.reward))


@pytest.mark.parametrize("engine", ["lanes", "dart"])
@pytest.mark.parametrize("recorded", [True, False])
def test_a_state_that_no_step_led_to_shows_nothing_of_the_last_step(
    engine: str, recorded: bool
) -> None:
    env = BatchEnv(config(engine, "activation", 30), 2)
    env.record_substeps(recorded)
    env.reset()
    start = env.save_state()
    action = np.full((2, env.action_dim), 0.2, np.float32)
    positions = np.zeros(env.num_dofs)
    for change in (
        env.reset,
        lambda: env.restore_state(start),
        lambda: env.set_state(0, positions, positions),
    ):
        for _ in range(4):
            env.step(action, auto_reset=False)
        assert min(stood(env)[1:3]) > 0 and stood(env)[5] > 0
        change()
        assert stood(env) == (0,) * 6


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_muscles_that_move_nothing_have_lengths_and_arms(engine: str) -> None:
    """And frames of them change nothing."""
    envs = [BatchEnv(config(engine, actuator, 30), 1) for actuator in ("pd", "pd", "activation")]
    for env in envs:
        env.reset()
    shown, plain, muscles = envs
    for name in ("muscle_lengths", "moment_arms", "fibre_lengths", "passive_forces"):
        found = getattr(shown.frame(0), name)
        assert np.array_equal(found, getattr(muscles.frame(0), name)) and np.abs(found).max() > 0
    action = np.zeros((1, shown.action_dim), np.float32)
    for _ in range(3):
        shown.step(action)
        plain.step(action)
        frame = shown.frame(0)
        assert not frame.passive_torques.any() and not frame.muscle_torques.any()
    assert np.array_equal(shown.frame(0).positions, plain.frame(0).positions)


def test_a_field_that_is_named_twice_is_given_once() -> None:
    env = BatchEnv(config("lanes", "torque", 30), 256)
    env.reset()
    found = env.snapshot(["path_points", "positions", "path_points"])
    assert list(found) == ["path_points", "positions"]
    assert np.array_equal(found["path_points"], env.snapshot(["path_points"])["path_points"])
