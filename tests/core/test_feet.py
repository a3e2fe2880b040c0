"""Feet by the contacts near the ground, and the lengths of fibres that files of MASS and GaitNet do not have."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from left_out import GAITNET_DATA, MASS_DATA, needs_gaitnet, needs_mass
from muscle_viewer.core import _core
from muscle_viewer.core.configuration import assets_folder, load_config
from muscle_viewer.core.feet import body_frames, feet, lowest_contacts
from muscle_viewer.core.gaitnet.characters.fibre_shares import (
    legs_muscle_mass,
    with_fibre_shares,
)
from muscle_viewer.core.metabolics import SPECIFIC_TENSION, metabolic_power, muscle_mass
from muscle_viewer.core.readers.character import Character, Contact
from muscle_viewer.core.readers.character_file import read_character
from muscle_viewer.core.scene import load_character

FORK = GAITNET_DATA / "fork-2025-11" / "data" / "env" / "A2_sep.yaml"


@pytest.fixture(scope="module")
def human() -> Character:
    return read_character(assets_folder() / "characters" / "human.yaml")


def masses(character: Character) -> np.ndarray:
    forces = [m.max_isometric_force for m in character.muscles]
    return muscle_mass(forces, [m.optimal_fibre_length * m.fibre_share for m in character.muscles])


def is_of_leg(character: Character) -> np.ndarray:
    """Whether a muscle is attached to a femur, tibia or foot, by the bodies' names in MASS and GaitNet."""
    names = ("Femur", "Tibia", "Talus", "Foot")
    bodies = [body.name.startswith(names) for body in character.bodies]
    return np.array([any(bodies[a.body] for p in m.path for a in p) for m in character.muscles])


def test_the_zero_poses_frames_are_the_simulations(human: Character) -> None:
    simulation = _core.ReferenceSimulation(_core.Model(human), actuator="muscle")
    simulation.kinematics()
    frames = body_frames(human.bodies)
    places = np.array([frame.position for frame in frames])
    turns = np.array([frame.rotation for frame in frames])
    count = len(human.bodies)
    found = simulation.field("body_position")[:, 0].reshape(count, 3)
    np.testing.assert_allclose(places - places[0], found - found[0], atol=1e-9)
    found = simulation.field("body_rotation")[:, 0].reshape(count, 3, 3)
    np.testing.assert_allclose(turns, found, atol=1e-9)


def test_hands_with_contacts_are_no_feet_and_nameless_feet_are_told_by_their_place(
    human: Character,
) -> None:
    known = feet(human.bodies)
    bodies = [
        replace(body, contacts=body.contacts or [Contact(np.zeros(3), 0.02)])
        if not body.name.startswith(("tibia", "talus"))
        else body
        for body in human.bodies
    ]
    assert len(lowest_contacts(bodies)) > len(lowest_contacts(human.bodies))
    assert feet(bodies) == known
    assert {human.bodies[k].name for k in known["right"]} == {"calcn_r", "toes_r"}
    nameless = [replace(body, name=f"part{k}") for k, body in enumerate(bodies)]
    assert feet(nameless) == known


@pytest.mark.parametrize(
    "path",
    [
        pytest.param(MASS_DATA / "metadata.txt", marks=needs_mass),
        pytest.param(FORK, marks=needs_gaitnet),
    ],
)
def test_feet_and_muscle_masses_of_released_humans_are_those_of_people(path) -> None:
    character = load_character(load_config(path))
    names = {
        side: {character.bodies[k].name for k in f} for side, f in feet(character.bodies).items()
    }
    for side, letter in (("right", "R"), ("left", "L")):
        assert names[side] == {f"Talus{letter}", f"FootThumb{letter}", f"FootPinky{letter}"}
    mass = sum(body.mass for body in character.bodies)
    # Janssen et al. (2000), by magnetic resonance: all skeletal muscles have 31 (women) to 38 % (men) of the body's mass,
    # the lower body's more than half of them.
    assert 0.17 < masses(character)[is_of_leg(character)].sum() / mass < 0.25
    if any("Brachii" in muscle.name for muscle in character.muscles):
        assert 0.30 < masses(character).sum() / mass < 0.39
    plain = [replace(m, fibre_share=1.0) for m in character.muscles]
    assert masses(replace(character, muscles=plain)).sum() > 0.9 * mass  # as the file gives them


def test_a_persons_legs_have_the_published_mass_and_a_plausible_character_is_left_as_it_is(
    human: Character,
) -> None:
    # Rajagopal et al. (2016) made this human's forces from Handsfield's volumes, with 60 N/cm^2 and for 75 kg and 1.70 m.
    rajagopal = masses(human).sum() * SPECIFIC_TENSION / 60e4
    assert legs_muscle_mass(75.3, 1.70) == pytest.approx(rajagopal, rel=0.05)
    assert {m.fibre_share for m in human.muscles} == {1.0}
    lean = replace(human, muscles=[replace(m, max_isometric_force=10.0) for m in human.muscles])
    assert {m.fibre_share for m in with_fibre_shares(lean).muscles} == {1.0}


def test_shorter_fibres_at_the_same_speed_in_metres_still_pay_for_their_work() -> None:
    force, length, share, rate = 1000.0, 0.4, 0.2, -0.5  # optimal lengths/s of the file
    power = metabolic_power(1.0, rate, force, length, 10.0, share)
    own = metabolic_power(1.0, rate / share, force, length * share, 10.0)
    np.testing.assert_allclose(power, own)
    x = -rate / (10.0 * share)
    hill = (1 - x) / (1 + 4 * x)  # force over its isometric maximum at that speed
    assert power > force * hill * -rate * length
    assert power < metabolic_power(1.0, rate, force, length, 10.0)
