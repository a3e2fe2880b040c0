"""Runs of 20 control steps and given states that the GaitNets' fork computed: phases, targets, rewards, observations.

A run is stepped with the fork's actions from the fork's start; a state is set. What differs: docs/gaitnet.md.
"""

from __future__ import annotations

import numpy as np
import pytest
from golden import FOOTHOLD, Case, begun, reference_simulation
from left_out import needs_golden
from muscle_viewer.core import Environment
from muscle_viewer.core.gaitnet.characters.assemble import rotation_matrix
from muscle_viewer.core.rotation import rotations

pytestmark = [needs_golden, pytest.mark.slow]
RUNS = pytest.mark.parametrize("run", ["run_fixed_b", "run_a"])
TAU = slice(354, 504)
"""The torques of the muscles in an observation: 0.008 times half of JtA's negative and positive sums, and JtP."""


@RUNS
@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_clocks_and_targets_of_a_run_are_theirs(case: Case, run: str, engine: str) -> None:
    """They do not hang on the body: phases to 1e-6, PD targets to 1e-6 rad, reference poses to 1e-3."""
    g = case.golden
    env, _ = begun(case, run, engine)
    cycle = case.scene.motion.duration
    for k in range(20):
        terminated = env.step(g[f"{run}/actions"][k].astype(np.float32))[2]
        frame, after = env.frame(), k + 1
        start = float(g[f"{run}/world_time"][0])
        assert frame.time + start == pytest.approx(float(g[f"{run}/world_time"][after]))
        assert g[f"{run}/global_time"][after] == pytest.approx(g[f"{run}/world_time"][after])
        assert g[f"{run}/simulation_step"][after] == after
        clock = float(g[f"{run}/global_phase"][after])
        assert (frame.time + start) / cycle % 1 == pytest.approx(clock % 1, abs=1e-6)
        assert g[f"{run}/mirror"][after] == (clock % 1 > 0.5)
        local = float(g[f"{run}/local_phase_mod1"][after])
        assert frame.phase == pytest.approx(local, abs=1e-6)
        assert g[f"{run}/local_phase"][after] % 1 == pytest.approx(local, abs=1e-9)
        assert g[f"{run}/local_time"][after] / cycle % 1 == pytest.approx(local, abs=1e-6)
        warp = 0.001 * float(g[f"{run}/actions"][k][-1])
        assert g[f"{run}/phase_action"][after] == pytest.approx(warp, abs=1e-7)
        target = g[f"{run}/acted/pd_target"][k]
        np.testing.assert_array_equal(target, g[f"{run}/pd_target"][after])
        np.testing.assert_allclose(frame.target_positions[6:], target[6:], atol=1e-6)
        np.testing.assert_array_equal(g[f"{run}/acted/ref_pose"][k], g[f"{run}/ref_pose"][after])
        if 0.002 < local < 0.995:  # where the cycle closes here and jumps there
            reference = g[f"{run}/ref_pose"][after][6:]
            np.testing.assert_allclose(frame.reference_positions[6:], reference, atol=1e-3)
        if terminated:
            break
    if run == "run_fixed_b":  # the slip of run_a puts this clock back to the motion's
        np.testing.assert_allclose(g[f"{run}/phase_world_time"], g[f"{run}/world_time"])
        np.testing.assert_allclose(g[f"{run}/world_phase"] % 1, g[f"{run}/global_phase"] % 1)
    speed = case.scene.config.reward.stride / cycle
    np.testing.assert_allclose(g[f"{run}/target_com_velocity"], speed, rtol=1e-6)


@RUNS
def test_rewards_of_a_run_on_dart_are_theirs(case: Case, run: str) -> None:
    """Reward and head of each control step within 0.06 (base.xml 0.15), energy within 0.1; falls within two steps."""
    g = case.golden
    env, _ = begun(case, run, "dart")
    fell = None
    for k in range(20):
        _, reward, terminated, truncated = env.step(g[f"{run}/actions"][k].astype(np.float32))
        terms, after = env.frame().reward_terms, k + 1
        assert not truncated and not g[f"{run}/truncated"][after]
        if terminated:
            fell = after
            break
        close = {"abs": 0.15 if case.path.suffix == ".xml" else 0.06}
        assert reward == pytest.approx(float(g[f"{run}/reward"][after]), **close)
        assert g[f"{run}/info/r"][after] == pytest.approx(g[f"{run}/reward"][after])
        head = terms["head_acceleration"] * terms["head_rotation"]
        step = terms["step"] * terms["average_speed"]
        if case.path.suffix == ".yaml":
            assert head == pytest.approx(float(g[f"{run}/info/r_loco"][after]), **close)
            energy = terms["energy"] * terms["torque"]
            assert energy == pytest.approx(float(g[f"{run}/info/r_energy"][after]), abs=0.1)
            torque = float(g[f"{run}/info/r_torque"][after])
            assert terms["torque"] == pytest.approx(torque, abs=0.1)
        else:  # a weight of 8 makes the energy's factor nothing; it is not multiplied
            assert terms["energy"] == pytest.approx(float(g[f"{run}/info/r_energy"][after]))
            assert head * step == pytest.approx(float(g[f"{run}/info/r_loco"][after]), **close)
        for unused in ("r_phase", "r_drag_x"):
            assert g[f"{run}/info/{unused}"][after] == 1
    theirs_fell = g[f"{run}/terminated"] > 0
    theirs = np.flatnonzero(theirs_fell)
    np.testing.assert_array_equal(g[f"{run}/info/termination_fall"][1:] > 0, theirs_fell[1:])
    np.testing.assert_array_equal(g[f"{run}/info/terminated"] > 0, theirs_fell)
    for never in ("truncated", "truncation_steps", "truncation_time", "termination_knee_pain"):
        assert not (g[f"{run}/info/{never}"][1:] > 0).any()
    if fell is not None and len(theirs):
        assert abs(fell - theirs[0]) <= 2
    else:
        assert (21 if fell is None else fell) >= 18 and not len(theirs[theirs < 18])


def seen(env: Environment, case: Case, q: np.ndarray, dq: np.ndarray) -> np.ndarray:
    """The observation of a state that is set."""
    env.set_state(case.placed(q), dq)
    return env.restore_state(env.save_state())


def without_clocks(values: np.ndarray) -> np.ndarray:
    """Phases and foothold are those of the reset before."""
    at = FOOTHOLD[len(values)]
    return np.delete(values, [at - 2, at - 1, at])


def test_observations_of_given_states_are_theirs(case: Case) -> None:
    """Mirrored ones, too: to 2e-4, the torques to 1e-5 of the largest."""
    g = case.golden
    for run, rows in (("run_a", range(10)), ("run_fixed_b", range(10, 20))):
        env, _ = begun(case, run, "lanes")
        for i in rows:
            given = seen(env, case, g["state/q"][i], g["state/dq"][i])
            np.testing.assert_allclose(
                without_clocks(given), without_clocks(g["state/obs"][i]), atol=2e-4
            )
            torques = "state/JtP_mirrored" if g["state/mirror"][i] else "state/JtP"
            passive = 0.008 * g[torques][i]
            np.testing.assert_allclose(given[TAU][100:], passive, atol=1e-5, rtol=2e-5)
    for name in ("global_phase", "local_phase"):
        phases = g[f"state/{name}"] % 1
        assert np.isin(np.round(phases, 6), [0.07, 0.57, 0.0]).all()


@RUNS
def test_observations_and_muscles_along_a_run_are_theirs(case: Case, run: str) -> None:
    """In the states that the fork went through, of which the mirror's side is the run's first (half a cycle)."""
    g, sim = case.golden, reference_simulation(case, "lanes")
    env, _ = begun(case, run, "lanes")
    entries = case.scene.core.network_entries
    for k in range(0, 20, 3):
        q, dq = g[f"{run}/q"][k], g[f"{run}/dq"][k]
        if g[f"{run}/mirror"][k] == g[f"{run}/mirror"][0]:
            given = seen(env, case, q, dq)
            wanted = without_clocks(g[f"{run}/obs"][k])
            np.testing.assert_allclose(without_clocks(given), wanted, atol=2e-4, rtol=2e-5)
        sim.set_state(0, case.placed(q), dq)
        sim.kinematics()
        sim.muscles()
        np.testing.assert_allclose(
            sim.field("jacobian")[entries, 0], g[f"{run}/JtA_reduced"][k], rtol=2e-5, atol=2e-4
        )
        np.testing.assert_allclose(
            sim.field("passive_torque")[6:, 0], g[f"{run}/JtP"][k], rtol=2e-5, atol=2e-4
        )
        for own, name in (
            ("muscle_length", "length"),
            ("fibre_length", "lm_norm"),
            ("active_force", "force_active_full"),
            ("passive_force", "force_passive"),
        ):
            wanted = g[f"{run}/muscle/{name}"][k]
            bound = 1e-5 * np.abs(wanted) + (1e-4 * g["facts/f0"] if "force" in name else 1e-5)
            assert (np.abs(sim.field(own)[:, 0] - wanted) < bound).all()
        a = g[f"{run}/muscle/activation"][k]
        np.testing.assert_array_equal(a, g[f"{run}/activations"][k])
        force = a * sim.field("active_force")[:, 0] + sim.field("passive_force")[:, 0]
        assert (np.abs(force - g[f"{run}/muscle/force"][k]) < 1e-4 * g["facts/f0"] + 1e-3).all()


def test_body_frames_and_velocities_of_given_states_are_theirs(case: Case) -> None:
    """Rotations and speeds to 1e-5; the whole body's centre of mass and its velocity likewise."""
    g, sim, bodies = case.golden, reference_simulation(case, "lanes"), case.scene.character.bodies
    frames = rotations(np.array([body.frame for body in bodies])).astype(float)
    mass = np.array([body.mass for body in bodies])
    for i in range(len(g["state/q"])):
        sim.set_state(0, case.placed(g["state/q"][i]), g["state/dq"][i])
        sim.kinematics()
        turn = sim.field("body_rotation")[:, 0].reshape(-1, 3, 3)
        rotation = g["state/body/rotation"][i].reshape(-1, 3, 3)
        np.testing.assert_allclose(turn @ frames, rotation, atol=1e-5)
        twist = sim.field("body_velocity")[:, 0].reshape(-1, 6)
        turning = np.einsum("bij,bj->bi", turn, twist[:, :3])
        com = np.array([body.com for body in bodies])
        linear = twist[:, 3:] + np.cross(twist[:, :3], com)
        linear = np.einsum("bij,bj->bi", turn, linear)
        np.testing.assert_allclose(turning, g["state/body/angular_velocity"][i], atol=1e-4)
        np.testing.assert_allclose(linear, g["state/body/com_velocity"][i], atol=1e-4)
        whole = mass @ g["state/body/com"][i] / mass.sum()
        np.testing.assert_allclose(whole, g["state/com"][i], atol=1e-5)
        speed = mass @ linear / mass.sum()
        np.testing.assert_allclose(speed, g["state/com_velocity"][i], atol=1e-4)
        root = rotation_matrix(g["state/q"][i][:3])
        np.testing.assert_allclose(turn[0], root, atol=1e-6)


def test_mass_matrices_and_bias_forces_are_theirs(case: Case) -> None:
    """By the accelerations of unit torques, with the joints' damping D in M + dt D, to 2e-4."""
    g, sim = case.golden, reference_simulation(case, "lanes", hard_limits=True, ground=False)
    damping = np.where(np.arange(56) < 6, 0.0, 0.4)
    step = 1 / 480
    for i in range(3):
        sim.set_state(0, case.placed(g["state/q"][i]), g["state/dq"][i])
        sim.kinematics()

        def accelerated(torque: np.ndarray) -> np.ndarray:
            sim.field("direct_torque")[:, 0] = torque
            sim.forward_dynamics()
            found: np.ndarray = sim.field("acceleration")[:, 0].copy()
            return found

        still = accelerated(np.zeros(56))
        columns = np.stack([accelerated(row) - still for row in 100 * np.eye(56)], axis=1) / 100
        mass = g[f"state/mass_matrix/{i}"]
        np.testing.assert_allclose(np.diag(mass), g["state/mass_diagonal"][i], rtol=1e-9)
        implicit = mass + step * np.diag(damping)
        np.testing.assert_allclose(implicit @ columns, np.eye(56), atol=2e-4)
        bias = -implicit @ still - damping * g["state/dq"][i]
        wanted = g["state/coriolis_gravity"][i]
        np.testing.assert_allclose(bias, wanted, atol=1e-4 * np.abs(wanted).max())
