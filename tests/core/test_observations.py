"""GaitNet's observations and actions, entry by entry, against DART and numpy."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, Environment, Frame, load_config
from muscle_viewer.core.configuration import EnvironmentConfig, assets_folder
from muscle_viewer.core.readers.character import Character
from muscle_viewer.core.scene import Scene, assemble, build_scene
from small_models import dart_twin, dart_velocities, rotation_matrix

WALK = assets_folder() / "environments" / "walk_gaitnet.yaml"
HZ = 30


def config(**changes: Any) -> EnvironmentConfig:
    """The gaitnet walk under stable PD, with changes part by part."""
    tree = yaml.safe_load(load_config(WALK).to_yaml()) | {"actuator": "pd"}
    for name, value in changes.items():
        tree[name] = tree[name] | value if isinstance(value, dict) else value
    return load_config(yaml.safe_dump(tree))


def imitation(**changes: Any) -> EnvironmentConfig:
    """The same rewarded for imitation."""
    return config(**changes).model_copy(
        update={"reward": load_config(assets_folder() / "environments" / "walk.yaml").reward}
    )


def with_frames(scene: Scene) -> Scene:
    """The scene with bodies whose shapes are turned in their frames, as GaitNet's are."""
    rng = np.random.default_rng(3)
    frames = rng.normal(size=(len(scene.character.bodies), 4))
    frames /= np.linalg.norm(frames, axis=1)[:, None]
    bodies = [
        replace(body, frame=frame)
        for body, frame in zip(scene.character.bodies, frames, strict=True)
    ]
    return assemble(scene.config, replace(scene.character, bodies=bodies), scene.motion)


def wander(environment: Environment, steps: int = 7) -> tuple[np.ndarray, Frame]:
    """The observation and the frame after some steps of random actions."""
    rng = np.random.default_rng(0)
    environment.reset()
    for _ in range(steps):
        action = rng.normal(size=environment.action_dim).astype(np.float32)
        obs, *_ = environment.step(action)
    return obs.astype(float), environment.frame()


class Twin:
    """The character in DART, in the state of a frame."""

    def __init__(self, character: Character, frame: Frame) -> None:
        pytest.importorskip("dartpy", reason="dartpy is the oracle")
        self.character = character
        self.skeleton, self.nodes = dart_twin(character)
        q, v = frame.positions.astype(float), frame.velocities.astype(float)
        self.skeleton.setPositions(q)
        self.skeleton.setVelocities(dart_velocities(character, q, v))
        self.com = self.skeleton.getCOM()
        self.com_velocity = self.skeleton.getCOMLinearVelocity()
        self.coms = np.array([node.getCOM() for node in self.nodes])
        self.velocities = np.array([node.getCOMLinearVelocity() for node in self.nodes])
        self.angular = np.array([node.getAngularVelocity() for node in self.nodes])
        self.turns = np.array(
            [
                node.getTransform().rotation() @ rotation_matrix(np.asarray(body.frame))
                for node, body in zip(self.nodes, character.bodies, strict=True)
            ]
        )

    def muscle_torques(self) -> tuple[np.ndarray, np.ndarray]:
        """JtA (D, M) and JtP (D,) by DART's Jacobians and GaitNet's formulas."""
        law = self.character.muscle_law
        count = self.skeleton.getNumDofs()
        jta, jtp = np.zeros((count, len(self.character.muscles))), np.zeros(count)
        for m, muscle in enumerate(self.character.muscles):
            places = [
                [self.nodes[a.body].getTransform().multiply(a.position) for a in anchors]
                for anchors in muscle.path
            ]
            points = np.array(
                [
                    sum(a.weight * x for a, x in zip(anchors, xs, strict=True))
                    for anchors, xs in zip(muscle.path, places, strict=True)
                ]
            )
            units = np.diff(points, axis=0)
            length = np.linalg.norm(units, axis=1).sum()
            units /= np.linalg.norm(units, axis=1)[:, None]
            pull = np.zeros_like(points)
            pull[:-1] += units
            pull[1:] -= units
            arm = np.zeros(count)
            for anchors, xs, point, f in zip(muscle.path, places, points, pull, strict=True):
                first = self.character.anchor_force == "first_body"
                ends = [(anchors[0], 1.0, point)] if first else [
                    (a, a.weight, x) for a, x in zip(anchors, xs, strict=True)
                ]  # fmt: skip
                for a, weight, x in ends:
                    node = self.nodes[a.body]
                    local = node.getTransform().inverse().multiply(x)
                    arm += weight * self.skeleton.getLinearJacobian(node, local).T @ f
            assert law.pennation == "constant_angle" or muscle.pennation == 0
            cosine = np.cos(muscle.pennation)
            fibre = (length - muscle.tendon_slack_length) / cosine / muscle.optimal_fibre_length
            force = muscle.max_isometric_force * cosine
            active = np.exp(-((fibre - 1) ** 2) / law.force_length_width)
            k, e = law.passive_exponent, law.passive_strain
            passive = np.expm1(k * (fibre - 1) / e) / np.expm1(k) if fibre > 1 else 0.0
            jta[:, m] = arm * force * active
            jtp += arm * force * passive
        return jta[6:], jtp[6:]


def without_pennation(scene: Scene) -> Scene:
    """The scene with a muscle law that the oracle writes down in one line."""
    law = scene.character.muscle_law.model_copy(
        update={"force_velocity": False, "pennation": "constant_angle"}
    )
    return assemble(scene.config, replace(scene.character, muscle_law=law), scene.motion)


def mass_observation(twin: Twin, phase: float) -> np.ndarray:
    seen = (twin.coms[1:] - twin.coms[0]) @ twin.turns[0]  # in the root's body frame
    velocities = np.concatenate([twin.velocities[1:], twin.velocities[:1]])
    return np.concatenate([0.8 * seen.ravel(), 0.2 * velocities.ravel(), [phase]])


def gaitnet_observation(
    twin: Twin, phases: list[float], foothold: list[float], parameters: list[float]
) -> np.ndarray:
    jta, jtp = twin.muscle_torques()
    state = [0.5 * np.minimum(jta, 0).sum(1), 0.5 * np.maximum(jta, 0).sum(1), jtp]
    return np.concatenate(
        [
            [0, twin.com[1], 0] if foothold else twin.com,
            (twin.coms - twin.com).ravel(),
            twin.turns[:, :2].reshape(-1),
            (twin.velocities - twin.com_velocity).ravel(),
            twin.com_velocity,
            0.1 * twin.angular.ravel(),
            phases,
            foothold,
            0.008 * np.concatenate(state),
            parameters,
        ]
    )


def test_masss_vector_is_darts() -> None:
    scene = with_frames(build_scene(imitation(observation="mass", action={"phase": False})))
    obs, frame = wander(Environment(scene))
    bodies = len(scene.character.bodies)
    assert len(obs) == 6 * bodies - 2
    expected = mass_observation(Twin(scene.character, frame), frame.phase)
    np.testing.assert_allclose(obs, expected, atol=2e-5)


@pytest.mark.parametrize("actuator", ["pd", "activation"])
def test_gaitnets_vector_is_darts(actuator: str) -> None:
    changes: dict[str, Any] = {
        "observation": {
            "type": "gaitnet",
            "motion_phase": True,
            "joint_state": True,
            "parameters": [{"name": "stride", "value": 0.9}, {"name": "cadence", "value": 1.1}],
        },
        "action": {"phase": True, "phase_scale": 0.05, "time_warp": "rate"},
        "actuator": actuator,
    }
    settings = config(**changes)
    scene = without_pennation(with_frames(build_scene(settings)))
    environment = Environment(scene)
    obs, frame = wander(environment, 3)
    # What the project's own observation says of the next foothold, in the same state.
    own = settings.model_copy(update={"observation": config().observation})
    foothold = wander(Environment(assemble(own, scene.character, scene.motion)), 3)[0][-3]

    start = Environment(scene)
    start.reset()
    cadence = scene.motion.duration * HZ
    clock = (start.frame().phase + 3 / cadence) % 1
    expected = gaitnet_observation(
        Twin(scene.character, frame), [clock, frame.phase], [foothold], [0.9, 1.1]
    )
    assert obs.shape == expected.shape
    np.testing.assert_allclose(obs, expected, atol=1e-3, rtol=1e-4)
    assert abs(clock - frame.phase) > 1e-4  # the actions bent the motion's


def test_without_a_gait_reward_the_vector_has_the_whole_place_and_no_foothold() -> None:
    settings = imitation(
        observation={"type": "gaitnet", "motion_phase": False}, action={"phase": False}
    )
    scene = without_pennation(build_scene(settings))
    obs, frame = wander(Environment(scene))
    expected = gaitnet_observation(Twin(scene.character, frame), [frame.phase], [], [])
    np.testing.assert_allclose(obs, expected, atol=1e-3, rtol=1e-4)


def test_the_first_observation_of_an_episode_knows_its_muscles() -> None:
    scene = without_pennation(
        build_scene(imitation(observation="gaitnet", action={"phase": False}))
    )
    environment = Environment(scene)
    obs = environment.reset().astype(float)
    frame = environment.frame()
    expected = gaitnet_observation(Twin(scene.character, frame), [frame.phase, frame.phase], [], [])
    np.testing.assert_allclose(obs, expected, atol=1e-3, rtol=1e-4)


def test_a_batchs_vectors_are_those_of_its_environments_through_resets() -> None:
    settings = config(observation="gaitnet", episode={"max_time": 0.1})
    env = BatchEnv(settings, num_envs=3, seed=5)
    alone = Environment(settings, seed=5)
    obs = env.reset()
    first = alone.reset()
    assert np.array_equal(obs[0], first)
    actions = np.full((3, env.action_dim), 0.1, np.float32)
    for _ in range(3):
        obs, _, terminated, truncated = env.step(actions)
        last, *_ = alone.step(actions[0])
    assert (terminated | truncated).all()
    assert np.array_equal(env.final_observation[0], last)
    assert np.array_equal(obs[0], alone.reset())


def rate(action: float, **changes: Any) -> float:
    """Of the motion over its own, under an action on the phase."""
    settings = config(action={"phase": True, **changes})
    environment = Environment(settings)
    environment.reset()
    before = environment.frame().phase
    actions = np.zeros(environment.action_dim, np.float32)
    actions[-1] = action
    environment.step(actions)
    moved = (environment.frame().phase - before) % 1
    return float(moved * environment.scene.motion.duration * HZ)


@pytest.mark.slow
def test_each_time_warp_is_its_generations() -> None:
    assert rate(2.0, time_warp="relative", phase_scale=0.1) == pytest.approx(1.2)
    # Bidirectional GaitNet: (1 + 0.001 a control_hz) / sim_hz a substep, never backwards.
    assert rate(5.0, time_warp="absolute", phase_scale=0.001) == pytest.approx(1 + 0.005 * HZ)
    assert rate(-100.0, time_warp="absolute", phase_scale=0.001) == pytest.approx(0.0, abs=1e-9)
    # Its fork: (1 + max(0.001 a, -1 / control_hz)) / sim_hz.
    assert rate(5.0, time_warp="rate", phase_scale=0.001) == pytest.approx(1.005)
    assert rate(-100.0, time_warp="rate", phase_scale=0.001) == pytest.approx(1 - 1 / HZ)


def phases(clipping: str, action: float, steps: int) -> np.ndarray:
    """(steps, 2) of the clock's and the motion's phase."""
    settings = config(
        observation={"type": "gaitnet", "joint_state": False},
        action={"time_warp": "absolute", "phase_scale": 0.01, "phase_clipping": clipping},
        termination={"root_height": 0.0, "max_tilt": None},
    )
    environment = Environment(settings)
    at = 3 + 15 * len(environment.info.body_names) + 3
    seen = [environment.reset()]
    actions = np.zeros(environment.action_dim, np.float32)
    actions[-1] = action
    for _ in range(steps):
        seen.append(environment.step(actions)[0])
    return np.array(seen)[:, at : at + 2]


def test_hard_clipping_begins_each_cycle_with_the_clock() -> None:
    free = phases("none", 0.5, 60)
    assert abs((free[-1, 1] - free[-1, 0] + 0.5) % 1 - 0.5) > 0.1
    for action in (0.5, -0.5):
        clipped = phases("hard", action, 60)
        wraps = np.flatnonzero(np.diff(clipped[:, 0]) < 0)
        assert len(wraps) > 0
        for k in wraps + 1:  # a control step after the clock began its cycle
            assert abs(clipped[k, 1] - clipped[k, 0]) < 0.02
        ahead = clipped[: wraps[0] + 1]
        if action > 0:  # it waits at the beginning for the clock
            assert ((ahead[:, 1] >= ahead[:, 0]) | (ahead[:, 1] == 0)).all()


def test_soft_clipping_sets_the_clock_by_the_motion_each_half_cycle() -> None:
    soft = phases("soft", 0.5, 60)
    gaps = (soft[:, 1] - soft[:, 0] + 0.5) % 1 - 0.5
    assert gaps.max() < 0.1
    assert abs(gaps[np.flatnonzero(np.diff(soft[:, 1]) < 0) + 1]).max() < 0.01


def target(**action: Any) -> tuple[Frame, np.ndarray, Scene]:
    settings = config(action={"target": "held", "scale": 0.3, **action})
    environment = Environment(settings)
    environment.reset()
    rng = np.random.default_rng(1)
    actions = rng.normal(size=environment.action_dim).astype(np.float32)
    environment.step(actions)
    return environment.frame(), actions, environment.scene


@pytest.mark.parametrize("rotation", ["multiplied", "added"])
def test_a_balls_offset_is_multiplied_or_added(rotation: str) -> None:
    dart = pytest.importorskip("dartpy", reason="dartpy is the oracle")
    frame, actions, scene = target(rotation=rotation, phase=False)
    # Held where the reference is at the step's end, which is this frame's phase.
    held = frame.reference_positions.astype(float)
    dof = 0
    for body in scene.character.bodies:
        count = len(body.joint.dof_names)
        if body.joint.type == "ball":
            offset = 0.3 * actions[dof - 6 : dof - 3].astype(float)
            given = dart.math.expMapRot(frame.target_positions[dof : dof + 3].astype(float))
            reference = held[dof : dof + 3]
            wanted = (
                dart.math.expMapRot(reference) @ dart.math.expMapRot(offset)
                if rotation == "multiplied"
                else dart.math.expMapRot(reference + offset)
            )
            np.testing.assert_allclose(given, wanted, atol=1e-5)
        dof += count


def test_a_bent_phase_leaves_the_held_target_where_gaitnet_has_it() -> None:
    straight, _, scene = target(phase=False)
    actions = np.zeros(scene.action_size, np.float32)
    environment = Environment(
        config(action={"target": "held", "time_warp": "absolute", "phase_scale": 0.01})
    )
    environment.reset()
    actions = np.append(actions, np.float32(1.0))
    environment.step(actions)
    np.testing.assert_allclose(
        environment.frame().target_positions[6:],
        straight.reference_positions[6:],
        atol=1e-5,
    )


def test_an_episode_begins_near_the_phases_that_are_named() -> None:
    settings = config(reset={"phases": [0.07, 0.57], "phase_spread": 0.05})
    env = BatchEnv(settings, num_envs=64, seed=1)
    env.reset()
    near = abs((env.phases[:, None] - np.array([0.07, 0.57]) + 0.5) % 1 - 0.5)
    assert (near.min(1) <= 0.05).all()
    assert 16 < (near.argmin(1) == 0).sum() < 48
    assert near.min(1).max() > 0.03


def test_parameters_without_the_gaitnet_vector_are_refused(complaint: Any) -> None:
    line = complaint(
        lambda: config(observation={"type": "mass", "parameters": [{"name": "stride", "value": 1}]})
    )
    assert "observation" in line and "gaitnet" in line
