"""Several motions: drawn by weights, switched where the character stands, saved, and the same on any batch and engine."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, ConfigError, Environment, StateError, load_config
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder
from muscle_viewer.core.configuration.environment_config import Episode
from muscle_viewer.core.observation_names import observation_names
from muscle_viewer.core.scene import Scene, build_scene

Complaint = Callable[..., str]
TURN = 0.7
"""rad, of the walk in `turned.yaml` about the vertical."""


def rotation(axis_y: float) -> np.ndarray:
    c, s = np.cos(axis_y), np.sin(axis_y)
    return np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])


def matrix(vector: np.ndarray) -> np.ndarray:
    """The rotation matrix of a rotation vector."""
    angle = float(np.linalg.norm(vector))
    x, y, z = vector / max(angle, 1e-12)
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def vector(matrix: np.ndarray) -> np.ndarray:
    """The rotation vector of a matrix, of an angle below pi."""
    angle = np.arccos(np.clip((np.trace(matrix) - 1) / 2, -1, 1))
    axis = np.array(
        [matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]
    )
    return axis * (angle / (2 * np.sin(angle)) if angle > 1e-9 else 0.5)


def heading_between(a: np.ndarray, b: np.ndarray) -> float:
    """The turn about the vertical from one root's rotation vector to another's, rad."""
    m = matrix(b) @ matrix(a).T
    return float(np.arctan2(m[0, 2] - m[2, 0], m[0, 0] + m[2, 2]))


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory) -> EnvironmentConfig:
    """The human that follows its walk, its run, or the first 20 frames of the walk in another direction, no cycle."""
    folder = tmp_path_factory.mktemp("clips")
    walk = yaml.safe_load((assets_folder() / "motions" / "walk.yaml").read_text())
    frames = np.array(walk["frames"])[:20]
    for frame in frames:
        frame[:3] = vector(rotation(TURN) @ matrix(frame[:3]))
        frame[3:6] = rotation(TURN) @ frame[3:6] + [1.0, 0.0, 2.0]
    walk |= {"name": "turned", "cyclic": False, "frames": frames.tolist(), "events": {}}
    walk.pop("cycle_translation")
    (folder / "turned.yaml").write_text(yaml.safe_dump(walk))
    human = yaml.load((assets_folder() / "characters" / "human.yaml").read_text(), yaml.CSafeLoader)
    human["muscles"] = []
    (folder / "human.yaml").write_text(yaml.safe_dump(human))
    return load_config(
        f"character: {folder / 'human.yaml'}\n"
        "motions:\n"
        "  - '@assets/motions/walk.yaml'\n"
        "  - {name: jog, weight: 2, file: '@assets/motions/run.yaml'}\n"
        f"  - {{file: {folder / 'turned.yaml'}}}\n"
        "actuator: pd\n"
    )


@pytest.fixture(scope="module")
def scene(config: EnvironmentConfig) -> Scene:
    """Without transitions, of which tests/core/test_transitions.py is."""
    return build_scene(config.model_copy(update={"episode": Episode(transition=0.0)}))


def still(env: BatchEnv | Environment) -> np.ndarray:
    shape = (env.num_envs, env.action_dim) if isinstance(env, BatchEnv) else env.action_dim
    return np.zeros(shape, np.float32)


def small(path: Path, **changes: Any) -> EnvironmentConfig:
    """The small environment with two motions of its only file, and other changes."""
    tree = yaml.safe_load(path.read_text())
    tree["actuator"] = "pd"
    file = str(path.parent / tree.pop("motion"))
    tree["character"] = str(path.parent / tree["character"])
    tree["motions"] = [{"name": "a", "file": file}, {"name": "b", "weight": 3, "file": file}]
    return load_config(yaml.safe_dump(tree | changes))


def test_episodes_draw_their_clips_by_weights(small_environment: Path) -> None:
    env = BatchEnv(small(small_environment), num_envs=512, threads=1)
    env.reset()
    first = env.clips.copy()
    assert first.dtype == np.int32 and first.mean() == pytest.approx(0.75, abs=0.06)
    env.reset()
    second = env.clips.copy()
    assert (first != second).mean() == pytest.approx(2 * 0.75 * 0.25, abs=0.08)
    env.reset(seed=0)
    np.testing.assert_array_equal(env.clips, first)
    few = BatchEnv(small(small_environment), num_envs=37, threads=2)
    few.reset()
    np.testing.assert_array_equal(few.clips, first[:37])
    env.set_clip_weights([1, 0])
    env.reset()
    assert not env.clips.any()


def test_a_list_of_one_motion_is_that_motion_bit_for_bit(small_environment: Path) -> None:
    tree = yaml.safe_load(small_environment.read_text()) | {"actuator": "pd"}
    small_environment.write_text(yaml.safe_dump(tree))
    listed = {**tree, "motions": [tree["motion"]]}
    del listed["motion"]
    (small_environment.parent / "listed.yaml").write_text(yaml.safe_dump(listed))
    envs = [
        BatchEnv(small_environment.parent / name, num_envs=3, threads=1)
        for name in ("environment.yaml", "listed.yaml")
    ]
    assert envs[1].clip_names == ["stand"] and envs[1].clips.tolist() == [0, 0, 0]
    for env in envs:
        env.reset()
    for _ in range(3):
        a, b = (env.step(still(env))[0] for env in envs)
        np.testing.assert_array_equal(a, b)
    assert envs[0].save_state() == envs[1].save_state()


def test_the_policy_is_told_the_clip(config: EnvironmentConfig) -> None:
    env = BatchEnv(config, num_envs=8, threads=1)
    names = observation_names(config, env.info, env.obs_dim)
    assert names[-4:] == ["cosine of the phase", "clip walk", "clip jog", "clip turned"]
    observed = env.reset()
    np.testing.assert_array_equal(observed[:, -3:], np.eye(3)[env.clips])
    assert len(set(env.clips.tolist())) > 1


def test_an_episode_ends_with_a_clip_that_is_no_cycle(config: EnvironmentConfig) -> None:
    env = BatchEnv(config, num_envs=2, threads=1)
    env.set_clip("turned", np.array([True, False]))
    env.set_clip("walk", np.array([False, True]))
    env.reset()
    assert env.clips.tolist() == [2, 0]
    ended = []
    for _ in range(30):
        _, _, fell, over = env.step(still(env), auto_reset=False)
        ended.append((bool(fell[0]), bool(over[0])))
        assert not over[1]
        if ended[-1] != (False, False):
            break
    assert ended[-1] == (False, True)
    env.set_clip(None)
    drawn = {int(k) for _ in range(10) for k in (env.reset(), env.clips)[1]}
    assert drawn == {0, 1, 2}


@pytest.mark.parametrize("name", ["jog", "turned", "walk"])
def test_a_switch_at_once_goes_on_where_the_character_stands(scene: Scene, name: str) -> None:
    env = Environment(scene, seed=2)
    env.set_clip("walk")
    env.reset()
    for _ in range(8):
        env.step(still(env))
    before = env.frame()
    observed = env.set_clip(name, at_once=True)
    after = env.frame()
    assert env.clip_names[env.clip] == env.clip_names[after.clip] == name
    np.testing.assert_array_equal(after.positions, before.positions)
    np.testing.assert_allclose(
        after.reference_positions[[3, 5]], after.positions[[3, 5]], atol=1e-5
    )
    assert heading_between(after.reference_positions[:3], after.positions[:3]) == pytest.approx(
        0, abs=1e-5
    )
    assert observed is not None and observed[-3:].argmax() == env.clip_names.index(name)
    if name == "turned":
        assert after.phase <= 0.55  # in its first half
    env.step(still(env))
    step = env.frame()
    way = np.linalg.norm(step.reference_positions[[3, 5]] - after.reference_positions[[3, 5]])
    assert way < 6.0 / 30  # m, in a control step
    assert abs(heading_between(step.reference_positions[:3], after.reference_positions[:3])) < 0.2
    assert step.reward > 0.05


def test_after_a_switch_the_policy_sees_the_world_in_the_direction_of_the_clip(
    scene: Scene,
) -> None:
    """A character in another direction and place is observed alike, and its reward is the same."""
    seen, rewards = [], []
    for turn in (0.0, 1.9):
        env = Environment(scene, seed=1)
        env.set_clip("walk")
        env.reset()
        start = env.frame()
        positions = np.array(start.positions, float)
        positions[:3] = vector(rotation(turn) @ matrix(positions[:3]))
        positions[3:6] = rotation(turn) @ positions[3:6] + [turn, 0, -turn]
        env.set_state(positions, np.array(start.velocities, float))
        observed = env.set_clip("jog", at_once=True)
        assert observed is not None
        stepped, reward, *_ = env.step(still(env))
        seen.append(np.concatenate([observed, stepped]))
        rewards.append(reward)
    np.testing.assert_allclose(seen[0], seen[1], atol=2e-3)
    assert rewards[0] == pytest.approx(rewards[1], abs=1e-3)


def test_a_switch_finds_the_phase_of_the_nearest_pose(scene: Scene) -> None:
    env = Environment(scene, seed=5)
    env.set_clip("walk")
    env.reset()
    phase = env.frame().phase
    env.set_clip("walk", at_once=True)
    distance = abs(env.frame().phase - phase)
    assert min(distance, 1 - distance) < 0.02


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_saved_states_hold_the_clip_and_its_place(config: EnvironmentConfig, engine: str) -> None:
    if engine == "dart":
        pytest.importorskip("muscle_viewer.core._dart", reason="this build has no DART engine")
    env = BatchEnv(config.on_engine(engine), num_envs=3, threads=1, seed=4)
    env.reset()
    env.set_clip_weights([0, 1, 0])
    env.step(still(env))
    env.set_clip("turned", np.array([True, False, False]), at_once=True)
    state = env.save_state()
    observed = env.restore_state(state).copy()
    other = BatchEnv(config.on_engine(engine), num_envs=3, threads=1)
    np.testing.assert_array_equal(other.restore_state(state), observed)
    np.testing.assert_array_equal(other.clips, env.clips)
    assert other.clips[0] == 2
    for _ in range(4):
        for a, b in zip(env.step(still(env)), other.step(still(other)), strict=True):
            np.testing.assert_array_equal(a, b)
    for each in (env, other):
        each.reset()
    np.testing.assert_array_equal(env.clips, other.clips)
    assert env.clips.tolist() == [2, 1, 1]  # chosen, and drawn by the weights


def test_a_damaged_or_foreign_clip_is_refused(config: EnvironmentConfig, scene: Scene) -> None:
    env = Environment(scene)
    env.reset()
    state = bytearray(env.save_state())
    at = 48 + 3 + 8 + 8 + 8  # header, flags, begin height, number, step
    assert int.from_bytes(state[at : at + 4], "little") == env.clip
    state[at : at + 4] = (7).to_bytes(4, "little")
    with pytest.raises(StateError, match="clip of environment 0: 7 given, 0 to 2 expected"):
        env.restore_state(bytes(state))
    clips = [
        config.motions[0],
        config.motions[1].model_copy(update={"name": "other"}),
        config.motions[2],
    ]
    other = Environment(config.model_copy(update={"motions": clips}))
    with pytest.raises(StateError, match="motions"):
        other.restore_state(env.save_state())


def test_dart_draws_and_follows_the_clips_of_the_lanes(config: EnvironmentConfig) -> None:
    pytest.importorskip("muscle_viewer.core._dart", reason="this build has no DART engine")
    envs = [BatchEnv(config.on_engine(e), num_envs=4, threads=1, seed=7) for e in ("lanes", "dart")]
    for env in envs:
        env.reset()
        env.set_clip("jog", np.array([False, True, False, True]), at_once=True)
        env.step(still(env))
    np.testing.assert_array_equal(envs[0].clips, envs[1].clips)
    np.testing.assert_allclose(envs[0].phases, envs[1].phases, atol=1e-9)
    references = [env.snapshot(["reference_positions"])["reference_positions"] for env in envs]
    np.testing.assert_allclose(references[0], references[1], atol=1e-5)


def test_results_do_not_depend_on_batch_size_and_threads(config: EnvironmentConfig) -> None:
    results = []
    for count, threads in ((3, 1), (20, 2)):
        env = BatchEnv(config, num_envs=count, threads=threads, seed=3)
        env.reset()
        env.step(still(env))
        env.set_clip("walk", np.arange(count) == 1, at_once=True)
        env.set_clip(None)
        for _ in range(12):
            observed, *_ = env.step(still(env))
        results.append((observed[:3].copy(), env.clips[:3].copy()))
    for a, b in zip(*results, strict=True):
        np.testing.assert_array_equal(a, b)


def test_a_configuration_of_several_motions_survives_its_yaml(config: EnvironmentConfig) -> None:
    text = config.to_yaml()
    assert "\nmotion:" not in text and "@assets/motions/run.yaml" in text
    again = load_config(text)
    assert again == config
    assert [clip.name for clip in again.clips] == ["walk", "jog", "turned"]
    assert set(config.files()) == {"character", *(f"motions.{k}.file" for k in range(3))}
    assert "motions:" not in load_config(assets_folder() / "environments" / "walk.yaml").to_yaml()


FILE = "'@assets/motions/walk.yaml'"


@pytest.mark.parametrize(
    ("motions", "more", "said"),
    [
        ("[]", "", "motions: is empty; name a clip, or give motion"),
        (f"[{FILE}, {FILE}]", "", "motions: two are named 'walk'; give each a `name` of its own"),
        (f"[{{weight: 0, file: {FILE}}}]", "", "motions: every weight is 0"),
        (f"[{{weight: -1, file: {FILE}}}]", "", "motions[0].weight:"),
        ("[{name: walk}]", "", "motions[0]: file: missing; name the motion's file"),
        (f"[{{file: {FILE}, cadence: 2}}]", "", "motions[0]: cadence: is a key of BVH"),
        ("[{file: none.yaml}]", "", "motions.none: 'none.yaml' does not exist"),
        (f"[{FILE}]", f"motion: {FILE}", "motion: is given beside motions; keep one of them"),
        ("[{file: x.bvh, cadense: 2}]", "", "did you mean 'cadence'?"),
    ],
)  # fmt: skip
def test_a_wrong_list_is_refused_in_one_line(
    motions: str, more: str, said: str, complaint: Complaint
) -> None:
    text = f"character: '@assets/characters/human.yaml'\nmotions: {motions}\n{more}\n"
    assert said in complaint(load_config, text)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"observation": "state"}, "observation.type: state does not say which of the 2 motions"),
        ({"reward": {"type": "gaitnet"}}, "reward.type: gaitnet rewards one gait"),
        ({"reward": {"moment": {"weight": 1}}}, "reward.moment: its norms are those of one gait"),
        (
            {"parameters": {"fast": {"acts_on": "speed", "range": [0.5, 1], "default": 1}}},
            "parameters.fast: speed",
        ),
    ],
)
def test_a_task_for_one_motion_is_refused(
    small_environment: Path, changes: dict[str, Any], said: str, complaint: Complaint
) -> None:
    assert said in complaint(Environment, small(small_environment, **changes))


def test_wrong_calls_are_refused(config: EnvironmentConfig, complaint: Complaint) -> None:
    env = BatchEnv(config, num_envs=2, threads=1)
    with pytest.raises(StateError, match="call reset first"):
        env.set_clip("walk", at_once=True)
    assert "there is no 'swim'; there are walk, jog, turned" in complaint(env.set_clip, "swim")
    assert "3 given, 0 to 2 expected" in complaint(env.set_clip, 3)
    assert "one weight must be positive" in complaint(env.set_clip_weights, [0, 0, 0])
    with pytest.raises(ConfigError, match="name the motion"):
        env.set_clip(None, at_once=True)


def test_a_motion_that_is_not_symmetric_has_no_mirror(
    config: EnvironmentConfig, complaint: Complaint
) -> None:
    line = complaint(lambda: BatchEnv(config, num_envs=1).mirror)
    assert "turned.yaml: cyclic: is false; symmetry needs a cyclic motion" in line
    both = BatchEnv(config.model_copy(update={"motions": config.motions[:2]}), num_envs=1)
    assert both.mirror.observation.size == both.obs_dim


def test_of_one_motion_alone_no_episode_goes_on_with_another(
    config: EnvironmentConfig, complaint: Complaint
) -> None:
    one = config.model_copy(update={"motions": config.motions[:1]})
    for env in (Environment(one), BatchEnv(one, 3)):
        env.reset()
        for clip in (0, env.clip_names[0]):
            assert "at_once: the environment has one motion" in complaint(
                lambda env=env, clip=clip: env.set_clip(clip, at_once=True)
            )
            env.set_clip(clip)
