"""The way from one motion to another within an episode: the reference, what the policy is told, and saved states."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, ConfigError, Environment, ShapeError, load_config
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder
from muscle_viewer.core.observation_names import observation_names

SECONDS = 0.8


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The human without muscles, and without contacts or on a ground that yields; half a second of its walk, no cycle."""
    folder = tmp_path_factory.mktemp("transitions")
    walk = yaml.safe_load((assets_folder() / "motions" / "walk.yaml").read_text())
    begin = walk | {"name": "begin", "cyclic": False, "frames": walk["frames"][:60], "events": {}}
    begin.pop("cycle_translation")
    (folder / "begin.yaml").write_text(yaml.safe_dump(begin))
    human = yaml.load((assets_folder() / "characters" / "human.yaml").read_text(), yaml.CSafeLoader)
    human["muscles"] = []
    yielding = human | {
        "contact": human["contact"] | {"stiffness": 1e-6, "damping": 0.0, "friction": 0.0}
    }
    (folder / "yielding.yaml").write_text(yaml.safe_dump(yielding))
    human["bodies"] = [
        {key: part for key, part in body.items() if key != "contacts"} for body in human["bodies"]
    ]
    (folder / "human.yaml").write_text(yaml.safe_dump(human))
    return folder


def environment(folder: Path, **changes: Any) -> EnvironmentConfig:
    tree = {
        "character": str(folder / "human.yaml"),
        "motions": [
            {"file": "@assets/motions/walk.yaml"},
            {"file": "@assets/motions/run.yaml"},
            {"file": str(folder / "begin.yaml")},
        ],
        "actuator": "pd",
        "action": {"phase": False},
        "episode": {"transition": SECONDS},
        "termination": {"root_height": 0.0},  # the reference goes on without the character
    }
    return load_config(yaml.safe_dump(tree | changes))


@pytest.fixture(scope="module")
def config(folder: Path) -> EnvironmentConfig:
    return environment(folder)


def still(env: BatchEnv) -> np.ndarray:
    return np.zeros((env.num_envs, env.action_dim), np.float32)


def reference(env: BatchEnv) -> np.ndarray:
    """Of the first environment, (dofs,)."""
    return env.snapshot(["reference_positions"])["reference_positions"][0].astype(float)


def matrices(vectors: np.ndarray) -> np.ndarray:
    """Of rotation vectors (n, 3)."""
    angle = np.maximum(np.linalg.norm(vectors, axis=1), 1e-12)[:, None, None]
    x, y, z = vectors.T / angle[:, 0, 0]
    zero = np.zeros_like(x)
    k = np.array([[zero, -z, y], [z, zero, -x], [-y, x, zero]]).transpose(2, 0, 1)
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def turn(matrix: np.ndarray) -> np.ndarray:
    """The rotation vector of a small rotation."""
    skew = matrix - matrix.T
    axis = np.array([skew[2, 1], skew[0, 2], skew[1, 0]]) / 2
    size = np.linalg.norm(axis)
    return axis * (np.arcsin(min(size, 1.0)) / size if size > 1e-12 else 1.0)


def walk_on(env: BatchEnv, steps: int = 7) -> None:
    env.set_clip("walk")
    env.reset()
    for _ in range(steps):
        env.step(still(env))


def followed(env: BatchEnv, steps: int) -> np.ndarray:
    """References of the present and the next control steps, (steps + 1, dofs)."""
    poses = [reference(env)]
    for _ in range(steps):
        env.step(still(env))
        poses.append(reference(env))
    return np.array(poses)


def test_the_reference_goes_from_one_motion_to_the_other(folder: Path) -> None:
    """From the pose of the one to that of the other, in even steps, and with a speed between both."""
    hz = 240
    config = environment(folder, simulation={"sim_hz": 480, "control_hz": hz})
    own = {}
    for name in ("walk", "run"):
        env = BatchEnv(config, 1, seed=3)
        env.set_clip(name)
        env.reset()
        poses = followed(env, hz // 2)
        own[name] = np.linalg.norm(np.diff(poses[:, [3, 5]], axis=0), axis=1).mean() * hz
        jumps = np.abs(np.diff(poses[:, 6:], axis=0)).max()
        own[f"{name} step"] = jumps
    env = BatchEnv(config, 1, seed=3)
    walk_on(env, 20)
    before = reference(env)
    env.set_clip("run", at_once=True)
    poses = followed(env, round(SECONDS * hz) + hz)
    np.testing.assert_allclose(poses[0, 6:], before[6:], atol=1e-6)
    assert np.abs(np.diff(poses[:, 6:], axis=0)).max() < 1.2 * own["run step"]
    assert np.abs(np.diff(poses[:, 4])).max() < 1.2 / hz
    speeds = np.linalg.norm(np.diff(poses[:, [3, 5]], axis=0), axis=1) * hz
    assert speeds[: hz // 10].mean() == pytest.approx(own["walk"], rel=0.25)
    assert speeds[round(SECONDS * hz) :].mean() == pytest.approx(own["run"], rel=0.1)
    assert speeds.max() < 1.2 * own["run"]
    middle = speeds[round(SECONDS * hz / 2) - 12 : round(SECONDS * hz / 2) + 12].mean()
    assert middle == pytest.approx((own["walk"] + own["run"]) / 2, rel=0.25)


@pytest.mark.parametrize("to", ["run", "begin"])
def test_its_velocities_are_the_differences_of_its_poses(folder: Path, to: str) -> None:
    """A character with the poses of a transition and their central differences as velocities has no error of velocity."""
    hz = 480
    terms = {name: {"weight": 1.0, "scale": 1.0} for name in ("velocity", "center_of_mass")}
    config = environment(
        folder,
        character=str(folder / "yielding.yaml"),
        simulation={"sim_hz": hz, "control_hz": hz},
        reward={"type": "deepmimic", **terms},
        episode={"transition": 0.3},
    )
    env = BatchEnv(config, 1, seed=3)
    walk_on(env, 20)
    env.set_clip(to, at_once=True)
    state = env.save_state()
    poses = followed(env, round(0.3 * hz) + 4)
    env.restore_state(state)
    bodies = env.info.dof_bodies
    firsts = [k for k, body in enumerate(bodies) if k == 0 or bodies[k - 1] != body]
    rotations = {k: matrices(poses[:, k : k + 3]) for k in firsts if bodies.count(bodies[k]) >= 3}
    errors = []
    for k in range(len(poses) - 2):  # set at k and stepped, it is compared at k + 1
        velocity = (poses[k + 2] - poses[k]) * hz / 2
        for at, matrix in rotations.items():
            velocity[at : at + 3] = turn(matrix[k].T @ matrix[k + 2]) * hz / 2
        velocity[3:6] = rotations[0][k].T @ velocity[3:6]
        env.set_state(0, poses[k], velocity)
        env.step(still(env))
        errors.append([-np.log(env.reward_terms[name][0]) for name in terms])
    rates, speeds = np.sqrt(np.array(errors)).T
    assert rates.max() < 0.25  # rad/s; without the rate of the share 0.8
    # The height has kinks where another contact is the lowest.
    assert np.percentile(speeds, 80) / 0.25 < 0.05  # m/s


def test_on_the_way_the_feet_are_on_the_ground(folder: Path) -> None:
    """The lowest contact of the reference is between those of both motions, 4 cm of which the blended joints miss."""
    config = environment(
        folder,
        character=str(folder / "yielding.yaml"),
        simulation={"sim_hz": 480, "control_hz": 120},
    )
    poser = BatchEnv(config, 1)
    poser.reset()

    def heights(env: BatchEnv, steps: int) -> np.ndarray:
        found = []
        for pose in followed(env, steps):
            poser.set_state(0, pose, np.zeros_like(pose))
            found.append(poser.snapshot(["contact_points"])["contact_points"][0, :, 1].min())
        return np.array(found)

    for to in ("run", "begin"):
        env = BatchEnv(config, 1, seed=3)
        walk_on(env, 0)
        own = heights(env, 140)
        env.set_clip(to)
        env.reset()
        both = np.concatenate([own, heights(env, 40)])
        walk_on(env, 12)
        env.set_clip(to, at_once=True)
        found = heights(env, round(SECONDS * 120))
        assert both.min() - 2e-3 < found.min() and found.max() < both.max() + 2e-3


def told(config: EnvironmentConfig, to: str) -> tuple[np.ndarray, np.ndarray, Environment]:
    """Observed shares (steps, motions) and phases (steps,), in cycles, from the begin of a transition from the walk on."""
    env = Environment(config, seed=3)
    env.set_clip("walk")
    env.reset()
    for _ in range(7):
        env.step(np.zeros(env.action_dim, np.float32))
    names = observation_names(config, env.info, env.obs_dim)
    phase = [names.index(f"{wave} of the phase") for wave in ("sine", "cosine")]
    observed = [env.set_clip(to, at_once=True)]
    for _ in range(round((SECONDS + 0.5) * env.info.control_hz)):
        observed.append(env.step(np.zeros(env.action_dim, np.float32))[0])
    rows = np.array(observed)
    return rows[:, -3:], np.arctan2(*rows[:, phase].T) / (2 * np.pi), env


def test_the_policy_is_told_the_share_of_each_motion(config: EnvironmentConfig) -> None:
    shares, phases, env = told(config, "run")
    steps = round(SECONDS * env.info.control_hz)
    t = np.arange(len(shares)).clip(0, steps) / steps
    np.testing.assert_allclose(shares[:, 1], 3 * t**2 - 2 * t**3, atol=1e-6)
    np.testing.assert_allclose(shares.sum(1), 1, atol=1e-6)
    assert not shares[:, 2].any()
    ways = np.diff(phases)
    ways -= np.round(ways)
    walk, run = (motion.duration for motion in env.scene.motions[:2])
    # The rate is between those of both cycles, and the phase goes from that of the one to that of the other.
    assert ways.mean() * env.info.control_hz == pytest.approx((1 / walk + 1 / run) / 2, rel=0.5)
    np.testing.assert_allclose(ways[steps:] * env.info.control_hz, 1 / run, rtol=1e-3)
    assert np.abs(ways).max() < 3 / (run * env.info.control_hz)


def test_a_motion_that_is_no_cycle_is_followed_from_its_begin(config: EnvironmentConfig) -> None:
    """It waits there while the transition lasts, and the episode ends with it."""
    env = Environment(config, seed=3)
    env.set_clip("walk")
    env.reset()
    for _ in range(7):
        env.step(np.zeros(env.action_dim, np.float32))
    env.set_clip("begin", at_once=True)
    assert env.frame().phase == 0
    hz, duration = env.info.control_hz, env.scene.motions[2].duration
    ends = []
    while not ends or not ends[-1]:
        ends.append(env.step(np.zeros(env.action_dim, np.float32))[3])
    # Its rate grows from 0 to 1 within the last tenth of the share, the last fifth of the time.
    assert len(ends) / hz == pytest.approx(0.9 * SECONDS + duration, abs=2 / hz)


def test_a_motion_that_is_no_cycle_is_left_at_its_end(config: EnvironmentConfig) -> None:
    """In the direction and place in which it ends, whatever part of it is over when the motion is changed."""
    env = Environment(config, seed=3)
    env.set_clip("begin")
    env.reset()
    own = env.scene.motions[2]
    observed = env.set_clip("walk", at_once=True)
    assert observed is not None
    frames, shares = [env.frame()], [observed[-3]]
    for _ in range(round((own.duration + SECONDS) * env.info.control_hz) + 2):
        shares.append(env.step(np.zeros(env.action_dim, np.float32))[0][-3])
        frames.append(env.frame())
    pending = sum(share == 0 for share in shares)
    steps = round(SECONDS * env.info.control_hz)
    assert 0 < pending <= own.duration * env.info.control_hz + 2
    assert shares[pending + steps] == 1 and shares[pending + steps - 2] < 1
    joints = np.array([frame.reference_positions for frame in frames])
    end = np.asarray(own.frames)[-1]
    np.testing.assert_allclose(joints[pending - 1][6:], end[6:], atol=0.02)
    ways = np.linalg.norm(np.diff(joints[:, [3, 5]], axis=0), axis=1)
    assert ways.max() < 2.0 / env.info.control_hz


@pytest.mark.parametrize("to", ["run", "begin"])
def test_an_episode_begins_within_a_transition(config: EnvironmentConfig, to: str) -> None:
    """On its reference, which goes on as that of a transition from its begin; the others stay as they are."""
    parts = np.array([0.5, 0.0, 0.99, 0.5])
    chosen = np.array([True, True, True, False])
    env, whole = (BatchEnv(config, 4, seed=3) for _ in range(2))
    for each in (env, whole):
        walk_on(each, 0)
    env.set_clip(to, chosen, at_once=True, begun=parts)
    found = env.snapshot(["positions", "reference_positions"])
    np.testing.assert_allclose(
        found["positions"][:3], found["reference_positions"][:3], rtol=0, atol=1e-5
    )
    np.testing.assert_array_equal(found["positions"][3], whole.positions[3])
    whole.set_clip(to, at_once=True)
    steps = round(SECONDS * env.info.control_hz)
    later = followed(whole, steps // 2)[-1]
    np.testing.assert_allclose(reference(env)[6:], later[6:], atol=1e-4)
    np.testing.assert_allclose(reference(env)[3:6], later[3:6], atol=1e-4)
    with pytest.raises(ConfigError, match="from 0 to 1"):
        env.set_clip(to, at_once=True, begun=parts + 1)
    with pytest.raises(ShapeError):
        env.set_clip(to, at_once=True, begun=parts[:2])
    with pytest.raises(ConfigError, match="at_once=True"):
        env.set_clip(to, begun=parts)


def test_within_a_transition_the_larger_share_is_left(config: EnvironmentConfig) -> None:
    for steps, share in ((4, [1, 0, 0]), (20, [0, 1, 0])):
        env = Environment(config, seed=3)
        env.set_clip("walk")
        env.reset()
        env.set_clip("run", at_once=True)
        for _ in range(steps):
            env.step(np.zeros(env.action_dim, np.float32))
        observed = env.set_clip("begin", at_once=True)
        assert observed is not None and observed[-3:].tolist() == share


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_a_saved_state_goes_on_with_its_transition(config: EnvironmentConfig, engine: str) -> None:
    if engine == "dart":
        pytest.importorskip("muscle_viewer.core._dart", reason="this build has no DART engine")
    envs = [BatchEnv(config.on_engine(engine), num_envs=3, threads=1, seed=s) for s in (4, 5)]
    envs[0].reset()
    envs[0].set_clip("run", np.array([True, False, True]), at_once=True)
    for _ in range(5):
        envs[0].step(still(envs[0]))
    envs[1].restore_state(envs[0].save_state())
    for _ in range(round(SECONDS * envs[0].info.control_hz)):
        for a, b in zip(*(env.step(still(env)) for env in envs), strict=True):
            np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(*(env.phases for env in envs))


def test_engines_and_batches_have_the_same_transition(config: EnvironmentConfig) -> None:
    pytest.importorskip("muscle_viewer.core._dart", reason="this build has no DART engine")
    results = []
    for engine, count, threads in (("lanes", 1, 1), ("lanes", 20, 2), ("dart", 1, 1)):
        env = BatchEnv(config.on_engine(engine), num_envs=count, threads=threads, seed=3)
        walk_on(env)
        env.set_clip("run", np.arange(count) == 0, at_once=True)
        start = reference(env)
        results.append(followed(env, 30) - start)
    np.testing.assert_array_equal(results[0], results[1])
    # The place differs with the character's.
    np.testing.assert_allclose(results[0][:, 6:], results[2][:, 6:], atol=1e-3)


def test_a_transition_of_no_time_is_a_switch(folder: Path) -> None:
    env = Environment(environment(folder, episode={"transition": 0.0}), seed=3)
    env.set_clip("walk")
    env.reset()
    observed = env.set_clip("run", at_once=True)
    assert observed is not None and observed[-3:].tolist() == [0, 1, 0]
