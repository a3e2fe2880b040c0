"""What the running motion promises: periodic, symmetric, soles that stand still, flights that fall."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from tools.human.kinematics import Character, swap_sides
from tools.motions.cycle_mechanics import CycleMechanics

ROOT = Path(__file__).resolve().parents[2]
GRAVITY = 9.81


@pytest.fixture(scope="module")
def human() -> Character:
    return Character.load(ROOT / "assets" / "characters" / "human.yaml")


@pytest.fixture(scope="module")
def run() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "assets" / "motions" / "run.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def three_cycles(run: dict[str, Any]) -> np.ndarray:
    """Positions (3 T, dofs) of three cycles, the root advancing."""
    frames = np.array(run["frames"])
    cycles = [frames.copy() for _ in range(3)]
    for k, cycle in enumerate(cycles):
        cycle[:, 3:6] += k * np.array(run["cycle_translation"])
    return np.vstack(cycles)


def middle(values: np.ndarray) -> np.ndarray:
    count = len(values) // 3
    return values[count : 2 * count]


def heights(human: Character, q: np.ndarray) -> np.ndarray:
    """Of every contact sphere's lowest point above the ground (T, C), m; the right foot's first."""
    return human.contact_points(q)[1][..., 1]


def test_speed_cadence_and_stride_are_those_of_easy_running(run: dict[str, Any]) -> None:
    cycle = len(run["frames"]) * run["frame_time"]
    assert run["cycle_translation"][2] / cycle == pytest.approx(3.0, abs=0.01)
    assert 160 <= 120 / cycle <= 175
    assert run["cycle_translation"][2] == pytest.approx(2.17, abs=0.03)


def test_the_run_joins_smoothly_onto_itself(three_cycles: np.ndarray) -> None:
    count = len(three_cycles) // 3
    inside, seam = slice(5, count - 5), slice(count - 2, count + 2)
    for order in (1, 2):
        change = np.abs(np.diff(three_cycles, n=order, axis=0))
        assert change[seam].max() <= 1.05 * change[inside].max() + 1e-3


def test_the_left_side_follows_the_right_by_half_a_cycle(
    human: Character, run: dict[str, Any]
) -> None:
    frames = np.array(run["frames"])
    half = len(frames) // 2
    difference = np.abs(np.vstack([frames[half:], frames[:half]]) - swap_sides(human, frames))
    difference[:, 5] = 0.0
    assert difference.max() < 3e-5


def test_no_sphere_sinks_and_the_standing_ones_stand(
    human: Character, three_cycles: np.ndarray
) -> None:
    height = middle(heights(human, three_cycles))
    assert height.min() > -0.003
    right = height[:, :6].min(axis=1)
    assert np.abs(right[2:34]).max() < 0.003  # from strike to toe-off
    assert right[45:90].min() > 0.02  # and well above the ground in swing


def test_soles_do_not_slide_while_they_stand(human: Character, three_cycles: np.ndarray) -> None:
    """Points of the flat foot's spheres stay where they are, within 2 cm/s of 300."""
    frames = human.transforms(three_cycles)
    count = len(three_cycles) // 3
    flat = slice(count + 9, count + 15)
    body = human.body_index["calcn_r"]
    rotation, origin = frames[body]
    for contact in human.bodies[body].data["contacts"]:
        centre = origin + rotation @ np.asarray(contact["position"])
        turning = np.gradient(rotation, axis=0) @ np.swapaxes(rotation, 1, 2)
        moving = np.gradient(centre, axis=0) + turning @ np.array([0, -contact["radius"], 0])
        assert np.hypot(moving[flat, 0], moving[flat, 2]).mean() < 0.0015  # m per frame of 7 ms


def test_in_flight_the_centre_of_mass_falls_freely_and_the_ground_pushes_between(
    human: Character, run: dict[str, Any], three_cycles: np.ndarray
) -> None:
    step = run["frame_time"]
    place = human.centre_of_mass(three_cycles)
    velocity = np.gradient(place, step, axis=0)
    force = 1 + middle(np.gradient(velocity[:, 1], step)) / GRAVITY  # body weights
    assert force.mean() == pytest.approx(1.0, abs=0.01)
    assert np.abs(force[39:48]).max() < 0.15  # the flight after the right foot's toe-off
    assert 2.0 < force.max() < 2.6
    assert 0.06 < np.ptp(middle(place)[:, 1]) < 0.10
    assert np.ptp(middle(velocity)[:, 2]) < 0.35


def test_in_flight_the_angular_momentum_stays(human: Character, run: dict[str, Any]) -> None:
    """No force turns the body then: what it has at toe-off it has at the strike, kg m^2/s."""
    frames = np.array(run["frames"])
    mechanics = CycleMechanics(
        human, frames, run["cycle_translation"][2], len(frames) * run["frame_time"]
    )
    change = np.ptp(mechanics.angular_momentum[38:48], axis=0)  # from toe-off to the next strike
    assert (change < [2.0, 0.5, 1.5]).all()


def test_the_cycle_mechanics_are_those_of_finite_differences(
    human: Character, run: dict[str, Any], three_cycles: np.ndarray
) -> None:
    """Angular momentum by central differences of each body's particles, six on its axes of inertia."""
    frames, step = np.array(run["frames"]), run["frame_time"]
    mechanics = CycleMechanics(
        human, frames, run["cycle_translation"][2], len(frames) * run["frame_time"]
    )
    transforms = human.transforms(three_cycles)
    masses, places = [], []
    for index, body in enumerate(human.bodies):
        rotation, origin = transforms[index]
        for mass, point in particles(body.data):
            masses.append(mass)
            places.append(middle_and_neighbours(origin + rotation @ point))
    mass, place = np.array(masses), np.stack(places, axis=1)
    velocity = (place[2:] - place[:-2]) / (2 * step)
    place = place[1:-1]
    centre = np.einsum("p,npi->ni", mass, place) / mass.sum()
    mean = np.einsum("p,npi->ni", mass, velocity) / mass.sum()
    about = np.cross(place - centre[:, None], velocity - mean[:, None])
    expected = np.einsum("p,npi->ni", mass, about)
    assert np.abs(mechanics.angular_momentum - expected).max() < 0.1
    assert mass.sum() == pytest.approx(human.total_mass)


def particles(data: dict[str, Any]) -> list[tuple[float, np.ndarray]]:
    """Six particles with the body's mass, centre of mass and inertia."""
    a, b, c, d, e, f = data["inertia"]
    moments, axes = np.linalg.eigh(np.array([[a, d, e], [d, b, f], [e, f, c]]))
    second = 0.5 * moments.sum() - moments  # of mass along each axis
    mass = data["mass"]
    reach = np.sqrt(np.maximum(3.0 * second / mass, 0.0))
    com = np.asarray(data["com"])
    return [
        (mass / 6.0, com + sign * reach[k] * axes[:, k]) for k in range(3) for sign in (-1.0, 1.0)
    ]


def middle_and_neighbours(values: np.ndarray) -> np.ndarray:
    count = len(values) // 3
    return values[count - 1 : 2 * count + 1]


def test_the_run_stays_inside_the_joint_limits(human: Character, run: dict[str, Any]) -> None:
    """Within half a degree: limits are springs."""
    frames = np.array(run["frames"])
    for body in human.bodies[1:]:
        joint = body.data["joint"]
        if joint["type"] == "weld":
            continue
        lower, upper = np.atleast_1d(joint["lower"]), np.atleast_1d(joint["upper"])
        values = frames[:, body.dof : body.dof + len(lower)]
        assert (values >= lower - 0.01).all() and (values <= upper + 0.01).all(), body.name
