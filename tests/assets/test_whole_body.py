"""What the human with muscles from pelvis to wrist promises: its legs, its script, strength both ways, fibres, masses."""

from __future__ import annotations

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv

from tests.left_out import MASS_DATA, needs_mass
from tools.human.joint_strength import fibre_lengths, moment_arms, muscle_mass, strengths
from tools.human.kinematics import Character, swap_sides
from tools.human.make_whole_body import HUMAN, OUTPUT, render, standing, upper_muscles

PASSIVE = {"wrist_y_r", "wrist_y_l"}
"""Twist of the hand against the forearm, a passive spring."""


@pytest.fixture(scope="module")
def whole() -> Character:
    return Character.load(OUTPUT)


@pytest.fixture(scope="module")
def legs() -> Character:
    return Character.load(HUMAN)


@needs_mass
def test_the_file_is_what_the_script_writes(legs: Character) -> None:
    text = render(
        HUMAN.read_text(encoding="utf-8"), upper_muscles(legs, MASS_DATA / "muscle284.xml")
    )
    assert text == OUTPUT.read_text(encoding="utf-8")


def test_bones_and_legs_are_those_of_the_human(whole: Character, legs: Character) -> None:
    assert whole.dof_names == legs.dof_names
    for ours, theirs in zip(whole.data["bodies"], legs.data["bodies"], strict=True):
        changed = {k for k in ours if ours[k] != theirs[k]}
        assert changed <= ({"joint"} if ours["name"].startswith("hand") else set())
    assert whole.data["muscles"][:80] == legs.data["muscles"]


def test_muscles_drive_every_coordinate_both_ways(whole: Character) -> None:
    table = strengths(whole, standing(whole))
    for name, (low, high) in zip(whole.dof_names, table, strict=True):
        if not name.startswith("root") and name not in PASSIVE:
            assert low < -4.0 and high > 4.0, name


def test_strengths_are_those_of_people(whole: Character) -> None:
    """Isometric torques, N m, within a factor of about two of published ones (docs/whole_body.md)."""
    table = dict(zip(whole.dof_names, strengths(whole, standing(whole)), strict=True))
    bounds = {
        "lumbar_x": ((-320, -200), (120, 240)),
        "lumbar_y": ((-120, -40), (40, 120)),
        "neck_x": ((-110, -25), (15, 60)),
        "shoulder_x_r": ((-130, -50), (50, 130)),
        "shoulder_z_r": ((-110, -50), (50, 140)),
        "shoulder_y_r": ((-60, -25), (30, 90)),
        "elbow_flex_r": ((-70, -35), (45, 90)),
        "pro_sup_r": ((-18, -7), (7, 18)),
        "wrist_x_r": ((-20, -6), (5, 16)),
    }
    back, front = table["lumbar_x"]
    assert -back > front, "people straighten the trunk more strongly than they bend it"
    for name, sides in bounds.items():
        for value, (low, high) in zip(table[name], sides, strict=True):
            assert low <= value <= high, (name, value)


def test_fibres_stay_in_their_range_in_walking(whole: Character) -> None:
    motion = yaml.load(
        (HUMAN.parents[1] / "motions" / "walk.yaml").read_text(encoding="utf-8"), yaml.CSafeLoader
    )
    lengths = fibre_lengths(whole, np.array(motion["frames"])[::10])[80:]
    assert lengths.min() > 0.5 and lengths.max() < 1.5


def test_the_chief_muscles_keep_their_side_in_the_range_of_walking(whole: Character) -> None:
    """One coordinate at a time: shoulder by 30 degrees both ways, elbow 0 to 60, trunk 10 both ways."""
    chief = {
        "lumbar_x": (
            -0.17,
            0.17,
            {"rectus_abdominis": 1, "iliocostalis": -1, "longissimus_lumborum": -1},
        ),
        "thorax_x": (
            -0.17,
            0.17,
            {"rectus_abdominis": 1, "longissimus_thoracis": -1, "spinalis_thoracis": -1},
        ),
        "lumbar_z": (-0.17, 0.17, {"external_oblique_side": 1, "quadratus_lumborum": 1}),
        "shoulder_x_r": (
            -0.52,
            0.52,
            {"deltoid_front": -1, "deltoid_back": 1, "latissimus_lower": 1},
        ),
        "shoulder_z_r": (
            -0.52,
            0.26,
            {"deltoid_middle": -1, "supraspinatus": -1, "pectoralis_sternum": 1},
        ),
        "shoulder_y_r": (-0.52, 0.52, {"infraspinatus": -1, "subscapularis": 1}),
        "elbow_flex_r": (0.0, 1.05, {"brachialis": 1, "biceps_long": 1, "triceps_lateral": -1}),
        "pro_sup_r": (0.3, 1.5, {"pronator_teres": 1, "supinator": -1, "biceps_long": -1}),
        "wrist_x_r": (-0.5, 0.5, {"flexor_digitorum": -1, "extensor_carpi_radialis": 1}),
    }
    for coordinate, (low, high, signs) in chief.items():
        dof = whole.dof_names.index(coordinate)
        for angle in (low, high):
            q = standing(whole)
            q[0, dof] = angle
            arms = moment_arms(whole, q, [f"{m}_r" for m in signs])[:, dof]
            for (muscle, sign), arm in zip(signs.items(), arms, strict=True):
                assert sign * arm > 0.002, (muscle, coordinate, angle)


def test_a_left_muscle_is_as_long_as_the_right_one_in_the_mirrored_pose(whole: Character) -> None:
    poses = 0.3 * np.random.default_rng(0).standard_normal((4, whole.dofs))
    mirrored = swap_sides(whole, poses)
    for right, left in zip(list(whole.muscles)[80::2], list(whole.muscles)[81::2], strict=True):
        assert right[:-2] == left[:-2]
        assert np.allclose(
            whole.path_lengths(right, poses), whole.path_lengths(left, mirrored), atol=3e-5
        )


def test_the_muscles_weigh_what_muscles_of_a_person_weigh(whole: Character) -> None:
    """20 to 35 kg of 75 (Janssen et al. 2000: 33 kg in men), at the legs' 60 N/cm^2."""
    assert 20.0 < muscle_mass(whole).sum() < 35.0


def test_every_joint_of_the_environment_is_driven_by_muscles() -> None:
    environments = HUMAN.parents[1] / "environments"
    env = BatchEnv(environments / "whole_body_walk.yaml", num_envs=2, seed=0)
    assert env.num_muscles == 208
    assert int(np.sum(env.muscle_driven_dofs)) == 48
