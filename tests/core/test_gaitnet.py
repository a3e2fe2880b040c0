"""The gaitnet reward: every factor against numpy, its memory, and the mistakes in its settings."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import (
    BatchEnv,
    Environment,
    Frame,
    Policy,
    _core,
    load_checkpoint,
    load_config,
)
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder, checkpoints_folder
from muscle_viewer.core.readers.character_file import read_character
from muscle_viewer.core.readers.motion import read_motion

Complaint = Callable[..., str]
WALK = assets_folder() / "environments" / "walk_gaitnet.yaml"
HZ = 30
DENSITY, TENSION = 1060.0, 6.0e5
NAMES = ["head_acceleration", "head_rotation", "average_speed", "step", "energy"]


def config(reward: dict[str, Any] | None = None, **other: Any) -> EnvironmentConfig:
    """The gaitnet walk with changes, part by part."""
    tree = yaml.safe_load(load_config(WALK).to_yaml())
    for name, value in (reward or {}).items():
        if isinstance(value, dict) and isinstance(tree["reward"].get(name), dict):
            tree["reward"][name] |= value
        else:
            tree["reward"][name] = value
    for name, value in other.items():
        tree[name] = tree[name] | value if isinstance(value, dict) and tree[name] else value
    return load_config(yaml.safe_dump(tree))


class Walker:
    """The shipped policy in gaitnet environments; it walks, whatever the reward."""

    def __init__(self, settings: EnvironmentConfig, num_envs: int = 1, seed: int = 0) -> None:
        checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
        self.env = BatchEnv(settings, num_envs=num_envs, seed=seed)
        if settings.actuator == "muscle":
            self.env.load_muscle_weights(checkpoint.muscle)
        self._policy = Policy.from_state_dict(checkpoint.policy)
        self.obs = self.env.reset().copy()

    def step(self) -> np.ndarray:
        """A control step; the rewards."""
        actions = self._policy.act(np.ascontiguousarray(self.obs[:, : self._policy.obs_dim]))
        obs, reward, _, _ = self.env.step(actions)
        self.obs = obs.copy()
        return reward.copy()

    def terms(self, index: int = 0) -> np.ndarray:
        return np.array([float(term[index]) for term in self.env.reward_terms.values()])


class Oracle:
    """The gaitnet factors of one environment, by numpy, from frames."""

    def __init__(self, settings: EnvironmentConfig, first: Frame) -> None:
        assert settings.reward.type == "gaitnet"
        self.reward = settings.reward
        self.character = read_character(settings.character)
        motion = read_motion(settings.motion, self.character)
        self.model = _core.Model(self.character)
        self._simulation = _core.ReferenceSimulation(self.model)
        names = [body.name for body in self.character.bodies]
        self.head = names.index("head")
        self.feet = [names.index("calcn_r"), names.index("calcn_l")]
        self.masses = np.array([body.mass for body in self.character.bodies])
        self.coms = np.array([body.com for body in self.character.bodies])
        advance = motion.cycle_translation[2]
        self.stride = self.reward.stride if self.reward.stride is not None else advance
        self.speed = (
            self.reward.speed if self.reward.speed is not None else advance / motion.duration
        )
        period = self.stride / self.speed
        self.window = round(self.reward.average_speed.window * period * HZ)

        # The motion's heel strikes are at 0 (right) and 0.5 (left): mid-stances at 0.25 and 0.75.
        self.foot = 0 if first.phase < 0.5 else 1
        reference = _core.Reference(self.model, motion)
        stand = self.model.to_generalised(reference.pose([0.25, 0.75][self.foot])[0])
        self.target = self._places(stand, np.zeros(self.model.num_dofs))[self.feet[self.foot], 2]
        self.head_velocity = self._head_velocity(first)
        here = self.center_of_mass(first)
        back = np.array([0.0, 0.0, self.speed / HZ])
        self.way = deque(here - k * back for k in range(self.window - 1, -1, -1))
        self.velocity = np.array([0.0, 0.0, self.speed])

    def _places(self, positions: np.ndarray, velocities: np.ndarray) -> np.ndarray:
        """Centres of mass of the bodies in the world, shape (B, 3), by the engine in double."""
        self._simulation.set_state(0, positions, velocities)
        self._simulation.kinematics()
        turns = self._simulation.field("body_rotation")[:, 0].reshape(-1, 3, 3)
        origins = self._simulation.field("body_position")[:, 0].reshape(-1, 3)
        return positions[3:6] + origins + np.einsum("bij,bj->bi", turns, self.coms)

    def _head_velocity(self, frame: Frame) -> np.ndarray:
        self._places(frame.positions.astype(float), frame.velocities.astype(float))
        spatial = self._simulation.field("body_velocity")[:, 0].reshape(-1, 6)[self.head]
        turn = self._simulation.field("body_rotation")[:, 0].reshape(-1, 3, 3)[self.head]
        return turn @ (spatial[3:] + np.cross(spatial[:3], self.coms[self.head]))

    def bodies(self, frame: Frame) -> np.ndarray:
        """Centres of mass of the bodies, shape (B, 3), from the frame's transforms."""
        return frame.body_positions + np.einsum("bij,bj->bi", frame.body_rotations, self.coms)

    def center_of_mass(self, frame: Frame) -> np.ndarray:
        return self.masses @ self.bodies(frame) / self.masses.sum()

    def energy(self, activations: np.ndarray) -> float:
        """E of activations, shape (M,)."""
        muscles = self.character.muscles
        kind = self.reward.energy.type
        volume = [m.max_isometric_force / TENSION * m.optimal_fibre_length for m in muscles]
        weights = DENSITY * np.array(volume) if kind.startswith("M") else np.ones(len(muscles))
        return float(weights @ (activations**2 if kind.endswith("2") else activations))

    def step(self, frame: Frame, energy: float) -> np.ndarray:
        """The five factors of the step that led to this frame."""
        r = self.reward
        velocity = self._head_velocity(frame)
        change = velocity - self.head_velocity
        self.head_velocity = velocity
        turn = frame.body_rotations[self.head].astype(float)
        angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))

        here = self.center_of_mass(frame)
        self.velocity = (here - self.way.popleft()) / (self.window / HZ)
        self.way.append(here)
        missed = self.velocity - [0, 0, self.speed]
        missed = np.hypot(missed[0] if r.average_speed.consider_x else 0, missed[2])

        if (foot := 0 if frame.phase < 0.5 else 1) != self.foot:
            self.foot = foot
            self.target += self.stride / 2
        off = abs(self.bodies(frame)[self.feet[self.foot], 2] - self.target)
        speed, step = r.average_speed, r.step
        return np.array(
            [
                np.exp(-r.head.acceleration_weight * np.mean(change**2)),
                np.exp(-r.head.rotation_weight * angle**2),
                1.0 if missed <= speed.clip else np.exp(-speed.weight * missed),
                1.0 if off <= step.clip else np.exp(-step.weight * off),
                np.exp(-r.energy.weight * energy),
            ]
        )

    def observation(self, frame: Frame) -> np.ndarray:
        ahead = self.target + self.stride / 2 - self.center_of_mass(frame)[2]
        return np.array([ahead, self.velocity[0], self.velocity[2] - self.speed])


@pytest.mark.parametrize(
    "change",
    [
        {"energy": {"type": "A"}},
        {
            "energy": {"type": "MA", "weight": 0.2},
            "average_speed": {"clip": 0.01, "consider_x": False, "window": 0.5},
            "step": {"clip": 0.0, "weight": 3.0},
            "head": {"acceleration_weight": 1.5, "rotation_weight": 7.0},
        },
    ],
)
def test_each_factor_is_what_numpy_makes_of_the_frames_of_a_walk(change: dict[str, Any]) -> None:
    settings = config(change)
    walker = Walker(settings, num_envs=2, seed=3)
    assert walker.env.info.reward_names == NAMES
    oracle = Oracle(settings, walker.env.frame(1))
    seen = []
    for _ in range(45):  # more than a stride
        reward = walker.step()
        frame = walker.env.frame(1)
        energy = oracle.energy(walker.env.mean_activations[1].astype(float))
        expected = oracle.step(frame, energy)
        np.testing.assert_allclose(walker.terms(1), expected, rtol=0, atol=1e-4)
        assert list(frame.reward_terms) == NAMES
        np.testing.assert_allclose(list(frame.reward_terms.values()), walker.terms(1))
        assert reward[1] == pytest.approx(np.prod(expected), abs=1e-4)
        np.testing.assert_allclose(walker.obs[1, -3:], oracle.observation(frame), atol=2e-4)
        seen.append(expected)
    # The walk earns something, and no factor is idle.
    assert np.mean(seen, axis=0).min() > 0.3
    assert np.ptp(seen, axis=0)[[0, 1, 2, 4]].min() > 1e-3


@pytest.mark.parametrize("kind", ["A", "A2", "MA", "MA2"])
def test_the_energies_sum_over_activations_their_squares_and_masses(kind: str) -> None:
    # One substep in a control step: the mean over substeps is the last one's.
    settings = config({"energy": {"type": kind, "weight": 0.5}}, simulation={"sim_hz": HZ})
    walker = Walker(settings)
    oracle = Oracle(settings, walker.env.frame(0))
    for _ in range(3):
        walker.step()
        energy = oracle.energy(walker.env.activations[0].astype(float))
        assert energy > 0
        assert walker.terms()[4] == pytest.approx(np.exp(-0.5 * energy), rel=1e-5)


def test_the_masses_of_the_leg_muscles_are_plausible() -> None:
    settings = config({"energy": {"type": "MA"}})
    oracle = Oracle(settings, Walker(settings).env.frame(0))
    assert 8 < oracle.energy(np.ones(80)) < 20  # kg, both legs


@pytest.mark.parametrize("separate", [True, False])
def test_torques_count_where_no_muscle_drives(separate: bool) -> None:
    torque = {"coefficient": 0.02, "separate": separate}
    settings = config({"energy": {"weight": 0.1, "torque": torque}}, simulation={"sim_hz": HZ})
    walker = Walker(settings)
    oracle = Oracle(settings, walker.env.frame(0))
    free = ~walker.env.info.muscle_driven_dofs
    for _ in range(3):
        reward = walker.step()
        frame = walker.env.frame(0)
        energy = oracle.energy(walker.env.activations[0].astype(float))
        cost = 0.02 * np.abs(frame.desired_torques[free]).sum()
        assert cost > 0
        muscles, torques = np.exp(-0.1 * energy), np.exp(-0.1 * cost)
        parts = [muscles, torques] if separate else [muscles * torques]
        np.testing.assert_allclose(walker.terms()[4:], parts, rtol=1e-4)
        assert reward[0] == pytest.approx(np.prod(walker.terms()), rel=1e-5)
    assert walker.env.info.reward_names == ([*NAMES, "torque"] if separate else NAMES)


def test_without_muscles_every_joint_torque_counts() -> None:
    torque = {"coefficient": 0.001, "separate": True}
    settings = config({"energy": {"torque": torque}}, actuator="pd", simulation={"sim_hz": HZ})
    walker = Walker(settings)
    walker.step()
    cost = 0.03 * 0.001 * np.abs(walker.env.frame(0).desired_torques).sum()
    assert walker.terms()[4] == 1
    assert walker.terms()[5] == pytest.approx(np.exp(-cost), rel=1e-5)


def test_the_energy_may_be_added_to_the_product_of_the_others() -> None:
    settings = config({"energy": {"multiplicative": False, "scale": 0.25}})
    walker = Walker(settings)
    for _ in range(5):
        reward = walker.step()
        terms = walker.terms()
        assert reward[0] == pytest.approx(np.prod(terms[:4]) + 0.25 * terms[4], rel=1e-5)


def test_a_wanted_speed_and_stride_set_the_pace_and_the_footholds() -> None:
    settings = config({"speed": 1.0, "stride": 1.2}, action={"phase": False})
    checkpoint = load_checkpoint(checkpoints_folder() / "walk.pt")
    env = Environment(settings, seed=1)
    env.load_muscle_weights(checkpoint.muscle)
    obs = env.reset()
    oracle = Oracle(settings, env.frame())
    before = env.frame().phase
    for _ in range(25):
        obs, _, _, _ = env.step(np.zeros(env.action_dim, np.float32))
        frame = env.frame()
        assert (frame.phase - before) % 1 == pytest.approx(1 / (1.2 * HZ), abs=1e-9)
        before = frame.phase
        expected = oracle.step(frame, 0.0)
        np.testing.assert_allclose(
            [frame.reward_terms[name] for name in NAMES[:4]], expected[:4], atol=1e-4
        )
        np.testing.assert_allclose(obs[-3:], oracle.observation(frame), atol=2e-4)


def test_one_of_speed_and_stride_follows_from_the_other_at_the_motions_cadence() -> None:
    zeros = np.zeros((1, 48), np.float32)
    steps = []
    for reward in ({}, {"speed": 1.0}, {"stride": 1.1}):
        env = BatchEnv(config(reward, action={"phase": False}, actuator="pd"), num_envs=1)
        env.reset()
        before = env.phases[0]
        env.step(zeros[:, : env.action_dim])
        steps.append((env.phases[0] - before) % 1)
    assert steps[0] == pytest.approx(steps[1], rel=1e-9)
    assert steps[0] == pytest.approx(steps[2], rel=1e-9)


def test_an_episode_that_begins_anew_forgets_the_last_ones_way() -> None:
    settings = config({"energy": {"type": "A"}}, episode={"max_time": 0.5})
    walker = Walker(settings, seed=5)
    for _ in range(15):
        walker.step()
    oracle = Oracle(settings, walker.env.frame(0))
    np.testing.assert_allclose(
        walker.obs[0, -3:], oracle.observation(walker.env.frame(0)), atol=2e-4
    )
    for _ in range(10):
        walker.step()
        energy = oracle.energy(walker.env.mean_activations[0].astype(float))
        expected = oracle.step(walker.env.frame(0), energy)
        np.testing.assert_allclose(walker.terms(), expected, atol=1e-4)


def test_a_state_that_is_set_begins_a_memory_of_its_own() -> None:
    settings = config({"energy": {"weight": 0.0}}, actuator="pd", action={"phase": False})
    env = Environment(settings)
    env.reset()
    action = np.zeros(env.action_dim, np.float32)
    for _ in range(3):
        env.step(action)
    frame = env.frame()
    shift = np.zeros(len(env.info.dof_names))
    shift[5] = 7.0  # m along z
    env.set_state(frame.positions + shift, frame.velocities)
    env.step(action)
    terms = env.frame().reward_terms
    assert terms["average_speed"] > 0.9
    assert terms["step"] == 1
    assert terms["head_acceleration"] > 0.5


def test_a_saved_state_goes_on_in_the_middle_of_a_stride() -> None:
    walker = Walker(config(), num_envs=3, seed=2)
    for _ in range(17):
        walker.step()
    saved, obs = walker.env.save_state(), walker.obs
    runs = []
    for _ in range(2):
        walker.env.restore_state(saved)
        walker.obs = obs
        runs.append(
            [
                np.concatenate([walker.step(), walker.obs.ravel(), walker.terms(1)])
                for _ in range(25)
            ]
        )
    assert np.array_equal(np.array(runs[0]), np.array(runs[1]))


def test_rewards_are_the_same_for_any_number_of_threads_and_environments() -> None:
    settings = config(actuator="pd", episode={"max_time": 0.5})
    many = BatchEnv(settings, num_envs=35, seed=2, threads=3)
    few = BatchEnv(settings, num_envs=18, seed=2, threads=1)
    many.reset()
    few.reset()
    for step in range(30):
        rng = np.random.default_rng(step)
        actions = rng.normal(size=(35, many.action_dim)).astype(np.float32)
        a, b = many.step(actions), few.step(actions[:18])
        for x, y in zip(a, b, strict=True):
            assert np.array_equal(x[:18], y)
        for name, term in few.reward_terms.items():
            assert np.array_equal(many.reward_terms[name][:18], term)


def test_the_imitation_rewards_keep_their_names_and_observation() -> None:
    imitation = BatchEnv(assets_folder() / "environments" / "walk.yaml", num_envs=1)
    assert list(imitation.reward_terms) == [
        "pose", "velocity", "end_effector", "center_of_mass", "metabolic", "moment",
    ]  # fmt: skip
    assert BatchEnv(WALK, num_envs=1).obs_dim == imitation.obs_dim + 3


def test_a_reward_without_a_type_imitates() -> None:
    text = WALK.read_text().split("reward:")[0] + "reward: {pose: {weight: 1.0, scale: 2.0}}\n"
    settings = load_config(text.replace("../", f"{assets_folder()}/"))
    assert settings.reward.type == "deepmimic"


@pytest.mark.parametrize(
    ("old", "new", "parts"),
    [
        ("type: gaitnet", "type: gait", ["reward.type", "'gaitnet'", "'deepmimic'", "'gait'"]),
        ("clip: 0.075", "clop: 0.075", ["reward.step.clop", "did you mean 'clip'"]),
        ("  head: {", "  pose: {}\n  head: {", ["reward.pose", "unknown key", "average_speed"]),
        ("type: A2", "type: B", ["reward.energy.type", "'MA2'", "found 'B'"]),
        ("window: 1.0", "window: 0", ["reward.average_speed.window", "greater than 0"]),
    ],
)
def test_a_mistake_is_one_line_with_field_and_fix(
    old: str, new: str, parts: list[str], tmp_path: Path, complaint: Complaint
) -> None:
    text = WALK.read_text()
    assert old in text
    path = tmp_path / "mine.yaml"
    path.write_text(text.replace(old, new, 1).replace(": ../", f": {assets_folder()}/"))
    line = complaint(load_config, path)
    for part in [str(path), *parts]:
        assert part in line


@pytest.mark.parametrize(
    ("change", "parts"),
    [
        ({"head": {"body": "haed"}}, ["reward.head.body", "'haed'", "did you mean 'head'"]),
        ({"step": {"feet": ["calcn_r", "calcnl"]}}, ["reward.step.feet[1]", "'calcn_l'"]),
        ({"step": {"feet": ["calcn_r", "calcn_r"]}}, ["reward.step.feet", "two bodies"]),
        ({"step": {"heel_strikes": [0.5, 0.5]}}, ["reward.step.heel_strikes", "different"]),
        ({"speed": 1.0, "stride": 0.0}, ["reward.stride", "0 m", "1 m/s"]),
    ],
)
def test_what_character_and_motion_do_not_have_is_named(
    change: dict[str, Any], parts: list[str], complaint: Complaint
) -> None:
    line = complaint(BatchEnv, config(change), 1)
    for part in parts:
        assert part in line


def test_a_character_without_a_head_or_a_motion_without_steps_says_so(
    small_environment: Path, complaint: Complaint
) -> None:
    folder = small_environment.parent
    reward: dict[str, Any] = {"type": "gaitnet"}
    tree = yaml.safe_load(small_environment.read_text()) | {"reward": reward}
    path = folder / "gait.yaml"
    for part, given in (
        ("reward.head.body: leg has no body called head", {"head": {"body": "trunk"}}),
        (
            "reward.step.feet: the names of leg's feet are unknown",
            {"step": {"feet": ["shank", "thigh"]}},
        ),
        ("reward.step.heel_strikes: the motion stand has no event heel_strike_r", {}),
    ):
        path.write_text(yaml.safe_dump(tree))
        assert part in complaint(BatchEnv, path, 1)
        reward |= given
