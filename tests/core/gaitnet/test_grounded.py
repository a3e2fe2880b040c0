"""MASS's captures put on the ground: cycles that close, feet that neither float nor slide."""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from left_out import MASS_DATA, needs_mass
from muscle_viewer.core import BatchEnv, ConfigError, load_config
from muscle_viewer.core.folders import assets_folder
from muscle_viewer.core.gaitnet.characters.assemble import read_nodes
from muscle_viewer.core.gaitnet.motions.grounded import _contacts, _feet
from muscle_viewer.core.gaitnet.source import GaitNetCharacter, GaitNetMotion
from muscle_viewer.core.readers.character import Character
from muscle_viewer.core.readers.motion import Motion
from muscle_viewer.core.scene import load_character, load_motion
from small_models import dart_twin

pytestmark = needs_mass


def environment(clip: str) -> Path:
    return assets_folder() / "environments" / "mass" / f"{clip}.yaml"


def clip_of(clip: str, grounded: bool = True) -> Motion:
    config = load_config(environment(clip), MASS_DATA)
    assert isinstance(config.motion, GaitNetMotion)
    motion = config.motion.model_copy(update={"grounded": grounded})
    config = config.model_copy(update={"motion": motion})
    return load_motion(config, load_character(config))


def contacts(motion: Motion) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    nodes = read_nodes(MASS_DATA / "human.xml")
    feet = _feet(motion.frames, nodes)
    return _contacts(feet, motion.cycle_translation.copy(), motion.frame_time, motion.cyclic)


@pytest.mark.parametrize("clip", ["walk", "run"])
def test_the_first_frame_of_a_cycle_follows_its_last_one(clip: str) -> None:
    def seam(motion: Motion) -> float:
        ring = np.concatenate([motion.frames, motion.frames[:1]])
        steps = abs(np.diff(ring, axis=0))[:, 6:].max(axis=1)
        return float(steps[-1] / np.median(steps))

    assert seam(clip_of(clip, grounded=False)) > 3.0
    assert seam(clip_of(clip)) < 1.7


@pytest.mark.parametrize("clip", ["walk", "run", "kick"])
def test_loaded_feet_are_on_the_ground_and_stay_there(clip: str) -> None:
    def errors(motion: Motion) -> tuple[float, float]:
        load, height, velocity = contacts(motion)
        weight = load / load.sum()
        slip = np.hypot(velocity[..., 0], velocity[..., 2])
        return float((weight * abs(height)).sum()), float((weight * slip).sum())

    height, slip = errors(clip_of(clip))
    floating, sliding = errors(clip_of(clip, grounded=False))
    assert height < 0.015 and height < 0.5 * floating
    # A runner whose feet stayed where they are would need forces that the ground does not give.
    assert slip < {"walk": 0.7, "run": 0.9, "kick": 0.8}[clip] * sliding


@pytest.mark.parametrize(
    ("clip", "possible", "impossible"),
    [("walk", 0.15, 2.0), ("run", 0.5, 20.0), ("kick", 0.8, 8.0)],
)
def test_the_ground_can_carry_the_motion(clip: str, possible: float, impossible: float) -> None:
    """Momentum and angular momentum are DART's. m/s² of force over mass beyond friction, pull or the feet, mean."""
    pytest.importorskip("dartpy", reason="dartpy is the oracle")
    config = load_config(environment(clip), MASS_DATA)
    character = load_character(config)
    assert beyond(clip_of(clip), character) < possible
    assert beyond(clip_of(clip, grounded=False), character) > impossible


def beyond(motion: Motion, character: Character) -> float:
    skeleton, bodies = dart_twin(character)
    frames, time = motion.frames, motion.frame_time
    if motion.cyclic:
        after = frames[:2].copy()
        after[:, 3:6] += motion.cycle_translation
        frames = np.concatenate([frames, after])
    centres, momenta, spins = [], [], []
    for now, then in itertools.pairwise(frames):
        skeleton.setPositions((now + then) / 2)
        skeleton.setVelocities(skeleton.getPositionDifferences(then, now) / time)
        centre = skeleton.getCOM()
        centres.append(centre)
        momenta.append(skeleton.getMass() * skeleton.getCOMLinearVelocity())
        spins.append(sum(angular_momentum(body, centre) for body in bodies))
    rise = np.diff(momenta, axis=0) / time / skeleton.getMass() + [0.0, 9.81, 0.0]
    turn = np.diff(spins, axis=0) / time / skeleton.getMass()
    centre = (np.array(centres)[1:] + np.array(centres)[:-1]) / 2
    points = np.concatenate(_feet(frames[1:-1], read_nodes(MASS_DATA / "human.xml")), axis=1)
    excess = []
    for f, m, c, corners in zip(rise, turn, centre, points, strict=True):
        standing = corners[corners[:, 1] < 0.035]
        friction = np.hypot(f[0], f[2]) - 0.8 * f[1]
        if not len(standing):
            excess.append(max(friction, f[1], 0.0))
            continue
        outside = [friction, 0.0]
        for angle in np.linspace(0, 2 * np.pi, 16, endpoint=False):
            x, z = np.cos(angle), np.sin(angle)
            reach = ((standing - c) @ [x, 0.0, z]).max()
            place = x * (m[2] - c[1] * f[0]) - z * (m[0] + c[1] * f[2])
            outside.append((place - reach * f[1]) / c[1])
        excess.append(max(outside))
    return float(np.mean(excess))


def test_a_runner_in_the_air_falls_as_a_stone_does() -> None:
    """The middle of the trunk alone, whose acceleration is near that of the centre of mass."""
    motion = clip_of("run")
    load, _, _ = contacts(motion)
    height = motion.frames[:, 4]
    acceleration = (np.roll(height, -2) - 2 * height + np.roll(height, 2)) / (
        2 * motion.frame_time
    ) ** 2
    in_air = load.max(axis=0) < 0.05
    assert 0.1 < in_air.mean() < 0.7
    assert acceleration[in_air].mean() == pytest.approx(-9.81, abs=4.0)


def test_a_clip_that_is_no_cycle_keeps_its_length_and_its_joints() -> None:
    raw, motion = clip_of("kick", grounded=False), clip_of("kick")
    assert not motion.cyclic and motion.frames.shape == raw.frames.shape
    moved = abs(motion.frames - raw.frames)[:, 6:].max(axis=0)
    toes = ["Thumb" in name or "Pinky" in name for name in motion.coordinates[6:]]
    assert np.median(moved[np.logical_not(toes)]) < 0.02 and moved[toes].max() < 0.61  # rad


def test_an_episode_of_a_clip_begins_anywhere_and_ends_with_it() -> None:
    config = load_config(environment("kick"), MASS_DATA).model_copy(update={"actuator": "pd"})
    env = BatchEnv(config, num_envs=16, threads=1, seed=0)
    env.reset(seed=0)
    lengths = np.zeros(16, int)
    running = np.ones(16, bool)
    for _ in range(70):
        _, _, terminated, truncated = env.step(np.zeros((16, env.action_dim), np.float32))
        lengths += running
        running &= ~(terminated | truncated)
    assert not running.any() and lengths.max() <= 58  # 1.92 s
    assert len(set(lengths.tolist())) > 5


def test_paths_of_an_environment_are_those_of_a_given_folder(tmp_path: Path) -> None:
    config = load_config(environment("walk"), MASS_DATA)
    assert isinstance(config.character, GaitNetCharacter)
    assert config.character.skeleton == (MASS_DATA / "human.xml").resolve()
    with pytest.raises(
        ConfigError, match=r"walk.yaml: character.skeleton: 'human.xml' does not exist"
    ):
        load_config(environment("walk"), tmp_path)
    with pytest.raises(ConfigError, match="is no folder"):
        load_config(environment("walk"), tmp_path / "nothing")


def angular_momentum(body: Any, about: np.ndarray) -> np.ndarray:
    rotation = body.getWorldTransform().rotation()
    inertia = rotation @ body.getInertia().getMoment() @ rotation.T
    path = np.cross(body.getCOM() - about, body.getMass() * body.getCOMLinearVelocity())
    return np.asarray(inertia @ body.getAngularVelocity() + path)
