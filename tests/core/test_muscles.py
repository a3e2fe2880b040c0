"""Muscle paths, torques and Hill curves against finite differences and formulas written out."""

from dataclasses import replace

import numpy as np
import pytest
import small_models as models
from muscle_viewer.core import _core
from muscle_viewer.core.configuration import assets_folder
from muscle_viewer.core.readers.character import Character
from muscle_viewer.core.readers.character_file import read_character


@pytest.fixture(scope="module")
def human() -> Character:
    return read_character(assets_folder() / "characters" / "human.yaml")


def lengths(simulation: _core.ReferenceSimulation, q: np.ndarray, v: np.ndarray) -> np.ndarray:
    simulation.set_state(0, q, v)
    simulation.kinematics()
    simulation.muscles()
    return simulation.field("muscle_length")[:, 0].copy()


def turned(character: Character, q: np.ndarray, dof: int, by: float) -> np.ndarray:
    """The positions after moving one generalised velocity coordinate by an angle or a length."""
    out, start = q.copy(), 0
    for b in character.bodies:
        n = models.DOFS[b.joint.type]
        if start <= dof < start + n:
            k = dof - start
            if b.joint.type == "revolute":
                out[dof] += by
            elif k < 3:
                unit = np.zeros(3)
                unit[k] = by
                matrix = models.exponential(q[start : start + 3]) @ models.exponential(unit)
                out[start : start + 3] = rotation_vector(matrix)
            else:
                direction = models.exponential(q[start : start + 3])[:, k - 3]
                out[start + 3 : start + 6] += by * direction
        start += n
    return out


def rotation_vector(matrix: np.ndarray) -> np.ndarray:
    skew = np.array(
        [matrix[2, 1] - matrix[1, 2], matrix[0, 2] - matrix[2, 0], matrix[1, 0] - matrix[0, 1]]
    )
    sine = np.linalg.norm(skew) / 2
    angle = np.arctan2(sine, (np.trace(matrix) - 1) / 2)
    return skew / 2 * (angle / sine if sine > 1e-12 else 1.0)


def check_moment_arms(character: Character, q: np.ndarray) -> None:
    model = _core.Model(character)
    simulation = _core.ReferenceSimulation(model)
    still = np.zeros(model.num_dofs)
    lengths(simulation, q, still)
    arms = np.zeros((model.num_muscles, model.num_dofs))
    arms[model.muscle_of_entry, model.dof_of_entry] = simulation.field("moment_arm")[:, 0]
    jacobian = simulation.field("jacobian")[:, 0].copy()
    force = simulation.field("active_force")[:, 0]
    np.testing.assert_allclose(
        jacobian, simulation.field("moment_arm")[:, 0] * force[model.muscle_of_entry], rtol=1e-12
    )
    h = 1e-6
    for dof in range(model.num_dofs):
        ahead = lengths(simulation, turned(character, q, dof, h), still)
        behind = lengths(simulation, turned(character, q, dof, -h), still)
        np.testing.assert_allclose(arms[:, dof], -(ahead - behind) / (2 * h), atol=2e-8)


@pytest.mark.parametrize("seed", range(3))
def test_moment_arms_are_minus_the_derivative_of_length_on_random_models(seed: int) -> None:
    rng = np.random.default_rng(seed)
    character = models.random_character(rng, ["free", "ball", "revolute"][seed], muscles=20)
    q, _ = models.random_state(rng, _core.Model(character))
    check_moment_arms(character, q)


def test_moment_arms_are_minus_the_derivative_of_length_for_every_muscle_of_the_human(
    human: Character,
) -> None:
    rng = np.random.default_rng(4)
    check_moment_arms(human, rng.normal(size=_core.Model(human).num_dofs) * 0.3)


@pytest.mark.parametrize("seed", range(3))
def test_the_power_of_a_muscle_is_minus_force_times_lengthening(seed: int) -> None:
    rng = np.random.default_rng(20 + seed)
    character = models.random_character(rng, "free", muscles=12)
    model = _core.Model(character)
    q, v = models.random_state(rng, model)
    simulation = _core.ReferenceSimulation(model)
    lengths(simulation, q, v)
    tension = rng.uniform(10, 1000, size=model.num_muscles)
    torque = np.zeros(model.num_dofs)
    entries = simulation.field("moment_arm")[:, 0] * tension[model.muscle_of_entry]
    np.add.at(torque, model.dof_of_entry, entries)
    shortening = -simulation.field("muscle_velocity")[:, 0]
    assert torque @ v == pytest.approx(tension @ shortening, rel=1e-11)


def test_muscle_velocity_is_the_derivative_of_length(human: Character) -> None:
    rng = np.random.default_rng(8)
    model = _core.Model(human)
    simulation = _core.ReferenceSimulation(model)
    q, v = models.random_state(rng, model, spread=0.2)
    lengths(simulation, q, v)
    rate = simulation.field("muscle_velocity")[:, 0].copy()
    h = 1e-5
    moved = []
    for sign in (1, -1):
        positions = q
        for dof in range(model.num_dofs):
            positions = turned(human, positions, dof, sign * h * v[dof])
        moved.append(lengths(simulation, positions, v))
    np.testing.assert_allclose(rate, (moved[0] - moved[1]) / (2 * h), atol=1e-8)


@pytest.mark.parametrize("seed", range(3))
def test_lengths_are_those_of_the_polyline_through_the_points(human: Character, seed: int) -> None:
    rng = np.random.default_rng(30 + seed)
    character = human if seed == 0 else models.random_character(rng, "free", muscles=30)
    model = _core.Model(character)
    simulation = _core.ReferenceSimulation(model)
    q, v = models.random_state(rng, model, spread=0.3)
    found = lengths(simulation, q, v)
    rotations = simulation.field("body_rotation")[:, 0].reshape(-1, 3, 3)
    origins = simulation.field("body_position")[:, 0].reshape(-1, 3)
    for muscle, length in zip(character.muscles, found, strict=True):
        points = [
            sum(a.weight * (origins[a.body] + rotations[a.body] @ a.position) for a in point)
            for point in muscle.path
        ]
        assert length == pytest.approx(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())


def test_hill_forces_follow_the_published_formulas(human: Character) -> None:
    rng = np.random.default_rng(6)
    model = _core.Model(human)
    simulation = _core.ReferenceSimulation(model)
    q, v = models.random_state(rng, model, spread=0.25, speed=1.5)
    path = lengths(simulation, q, v)
    law = human.muscle_law
    for m, muscle in enumerate(human.muscles):
        along = max(path[m] - muscle.tendon_slack_length, 0.01 * muscle.optimal_fibre_length)
        width = muscle.optimal_fibre_length * np.sin(muscle.pennation)
        fibre = np.hypot(along, width)
        cosine = along / fibre
        stretch = fibre / muscle.optimal_fibre_length
        speed = simulation.field("muscle_velocity")[m, 0] * cosine / muscle.optimal_fibre_length
        v_hat = speed / law.max_velocity
        if v_hat <= -1:
            factor = 0.0
        elif v_hat < 0:
            factor = (1 + v_hat) / (1 - v_hat / 0.25)
        else:
            factor = (1 + v_hat * 1.6 / 0.06) / (1 + v_hat / 0.06)
        active = np.exp(-((stretch - 1) ** 2) / law.force_length_width) * factor
        excess = (stretch - 1) / law.passive_strain
        passive = np.expm1(law.passive_exponent * excess) / np.expm1(law.passive_exponent)
        force = muscle.max_isometric_force * cosine
        assert simulation.field("fibre_length")[m, 0] == pytest.approx(stretch, rel=1e-12)
        assert simulation.field("fibre_velocity")[m, 0] == pytest.approx(speed, rel=1e-10)
        assert simulation.field("active_force")[m, 0] == pytest.approx(force * active, rel=1e-6)
        if excess < 2.5:
            wanted = max(passive, 0.0) * force
            assert simulation.field("passive_force")[m, 0] == pytest.approx(wanted, rel=1e-9)


def test_activation_follows_first_order_dynamics_where_the_model_has_them() -> None:
    from dataclasses import replace

    from muscle_viewer.core.readers.character import ActivationDynamics

    rng = np.random.default_rng(1)
    character = models.random_character(rng, "revolute", count=4, muscles=2)
    tau = ActivationDynamics(activation=0.010, deactivation=0.040)
    model = _core.Model(replace(character, activation_dynamics=tau))
    simulation = _core.ReferenceSimulation(model, actuator="muscle", time_step=1e-5)
    simulation.field("excitation")[:, 0] = [1.0, 0.0]
    simulation.field("activation")[:, 0] = [0.0, 1.0]
    simulation.set_state(0, np.zeros(model.num_dofs), np.zeros(model.num_dofs))
    rising, falling = [0.0], [1.0]
    for _ in range(1000):
        simulation.kinematics()
        simulation.muscles()
        simulation.desire()
        simulation.advance()
        a, b = rising[-1], falling[-1]
        rising.append(a + 1e-5 * (1 - a) / (0.010 * (0.5 + 1.5 * a)))
        falling.append(b + 1e-5 * (0 - b) * (0.5 + 1.5 * b) / 0.040)
    reached = simulation.field("activation")[:, 0]
    np.testing.assert_allclose(reached, [rising[-1], falling[-1]], atol=2e-3)


def test_a_muscle_may_have_no_force() -> None:
    rng = np.random.default_rng(2)
    character = models.random_character(rng, "free", count=5, muscles=3)
    weak = replace(character.muscles[1], max_isometric_force=0.0)
    muscles = [character.muscles[0], weak, character.muscles[2]]
    model = _core.Model(replace(character, muscles=muscles))
    simulation = _core.ReferenceSimulation(model)
    q, v = models.random_state(rng, model)
    simulation.set_state(0, q, v)
    simulation.kinematics()
    simulation.muscles()
    simulation.desire()
    forces = simulation.field("active_force")[:, 0], simulation.field("passive_force")[:, 0]
    assert [force[1] for force in forces] == [0, 0]
    assert (forces[0][[0, 2]] > 0).any()
    simulation.field("excitation")[:, 0] = 1
    simulation.advance()
    assert np.isfinite(simulation.field("acceleration")).all()


@pytest.mark.parametrize("force", [-1.0, np.nan, np.inf])
def test_a_force_that_is_negative_or_not_finite_is_refused(force: float) -> None:
    character = models.random_character(np.random.default_rng(2), "free", count=3, muscles=1)
    muscle = replace(character.muscles[0], max_isometric_force=force)
    with pytest.raises(ValueError, match="max_isometric_force must be finite and not negative"):
        _core.Model(replace(character, muscles=[muscle]))
