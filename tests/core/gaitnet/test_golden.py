"""Numbers that Bidirectional GaitNet's fork computed itself, with its own files: this program computes the same.

They lie beside the repository (../shared/data/golden, its README says how they were made), the files in
../shared/data/gaitnet; GOLDEN_DATA and GAITNET_DATA name other places. What differs and why: docs/gaitnet.md.
"""

from __future__ import annotations

import re
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from left_out import GAITNET_DATA as FILES
from left_out import GOLDEN_DATA as GOLDEN
from left_out import needs_golden
from muscle_viewer.core import Environment, _core, load_config
from muscle_viewer.core.engines import engine_named
from muscle_viewer.core.rotation import rotations
from muscle_viewer.core.scene import Scene, build_scene, muscle_network

pytestmark = [needs_golden, pytest.mark.slow]
CASES = {
    "A2_sep": ("A2_sep.yaml", "network_590x164"),
    "A2_sep_equal_gains": ("A2_sep.yaml", "network_590x164"),
    "MA2_contact_vc2_fc5": ("MA2_contact_vc2_fc5.yaml", "network_590x164"),
    "base_xml": ("base.xml", "network_1274x304"),
}
FOOTHOLD = {506: 353, 517: 353}
"""Where it stands in an observation of these lengths."""
Numbers = dict[str, Any]


@dataclass
class Case:
    """An environment of the fork and what the fork computed with it."""

    path: Path
    golden: Numbers
    weights: Path
    scene: Scene

    def placed(self, q: np.ndarray) -> np.ndarray:
        """A position of theirs, whose root's translation is from its place in the zero pose."""
        out = np.array(q, dtype=float)
        out[..., 3:6] += self.golden["zero/bodies/position"][0]
        return out

    def network(self) -> dict[str, torch.Tensor]:
        with np.load(self.weights) as file:
            return {name: torch.tensor(file[name]) for name in file}


_OPENED: dict[str, Case] = {}
_COPIES: list[tempfile.TemporaryDirectory[str]] = []


@pytest.fixture(params=list(CASES))
def case(request: pytest.FixtureRequest) -> Case:
    return opened(request.param)


def opened(name: str) -> Case:
    if name not in _OPENED:
        pytest.importorskip("h5py", reason="h5py is not installed: pip install h5py")
        file, weights = CASES[name]
        data = FILES / "fork-2025-11" / "data"
        path = (equal_gains(data) if "equal_gains" in name else data) / "env" / file
        with np.load(GOLDEN / f"{name}.npz") as arrays:
            golden = {key: arrays[key] for key in arrays}
        _OPENED[name] = Case(path, golden, GOLDEN / f"{weights}.npz", build_scene(path))
    return _OPENED[name]


def equal_gains(data: Path) -> Path:
    """A copy of their files in which every joint has the first of its gains for all its dofs."""
    _COPIES.append(tempfile.TemporaryDirectory())
    copy = Path(_COPIES[-1].name) / "data"
    (copy / "env").mkdir(parents=True)
    (copy / "skeleton").mkdir()
    for name in ("ground.xml", "motion", "muscle"):
        (copy / name).symlink_to(data / name)
    text = (data / "skeleton" / "base.xml").read_text()
    text = re.sub(r'\b(k[pv]) *= *"([\d.]+) [\d. ]+"', r'\1="\2"', text)
    (copy / "skeleton" / "base.xml").write_text(text)
    (copy / "env" / "A2_sep.yaml").write_bytes((data / "env" / "A2_sep.yaml").read_bytes())
    return copy


def per_dof(case: Case, name: str) -> np.ndarray:
    return np.concatenate(
        [
            np.broadcast_to(getattr(body.joint, name), len(body.joint.dof_names))
            for body in case.scene.character.bodies
        ]
    )


def test_masses_gains_and_damping_are_theirs(case: Case) -> None:
    g = case.golden
    assert case.scene.model.total_mass == pytest.approx(float(g["facts/total_mass"]), rel=1e-12)
    np.testing.assert_allclose(per_dof(case, "kp"), g["facts/kp"], atol=0)
    np.testing.assert_allclose(per_dof(case, "kv"), g["facts/kv"], atol=0)
    np.testing.assert_allclose(per_dof(case, "damping")[6:], g["facts/damping"][6:], atol=1e-12)


def test_muscles_and_what_the_network_is_told_of_them_are_theirs(case: Case) -> None:
    g, scene = case.golden, case.scene
    assert scene.info.muscle_names == g["facts/muscle_names"].tolist()
    forces = [m.max_isometric_force for m in scene.character.muscles]
    np.testing.assert_allclose(forces, g["facts/f0"], rtol=1e-6)
    entries = scene.core.network_entries
    np.testing.assert_array_equal(scene.info.muscle_dofs[entries] + 6, g["facts/related_dofs"])
    counts = np.bincount(scene.info.muscle_of[entries], minlength=len(forces))
    np.testing.assert_array_equal(counts, g["facts/related_count"])


def test_sizes_parameters_and_the_speed_wanted_are_theirs(case: Case) -> None:
    g, scene = case.golden, case.scene
    assert scene.observation_size == g["run_fixed_b/obs"].shape[1]
    assert scene.action_size == int(g["facts/action_dim"])
    shown = [p.name.replace(".", "_", 1) for p in scene.config.observation.parameters]
    names, wide = g["facts/param_names"], g["facts/param_max"] - g["facts/param_min"] > 1e-3
    assert shown == names[wide].tolist()
    assert scene.motion.duration == pytest.approx(float(g["facts/cycle_time"]), rel=1e-6)
    speed = scene.config.reward.stride / scene.motion.duration  # type: ignore[union-attr]
    assert speed == pytest.approx(float(g["facts/target_com_velocity"]), rel=1e-6)


def test_reference_poses_are_theirs(case: Case) -> None:
    """Joints to 1e-6 rad but in the last two thousandths of the cycle, which closes here and jumps there.

    The root's height: that of HDF5 lacks its calibration there off a frame (3.9 mm), a slip. The turn of a whole cycle
    about the vertical, 0.003 rad in the last frame of the BVH, is not kept here.
    """
    g, scene = case.golden, case.scene
    reference = _core.Reference(scene.model, scene.motion)
    poses = np.array(
        [scene.model.to_generalised(reference.pose(p % 1.0)[0]) for p in g["reference/phase"]]
    )
    inner = (g["reference/phase"] < 0.998) & (g["reference/phase"] >= 0)
    difference = poses - case.placed(g["reference/pose"])
    assert inner.sum() >= 20
    np.testing.assert_allclose(difference[inner, 6:], 0, atol=1e-6)
    np.testing.assert_allclose(difference[inner, :3], 0, atol=4e-3)
    np.testing.assert_allclose(difference[inner, 4], 0, atol=4e-3)
    assert abs(difference[0, 4]) < 2e-5  # on the first frame: the calibration itself


def reference_simulation(case: Case, engine: str) -> _core.ReferenceSimulation:
    return _core.ReferenceSimulation(
        case.scene.model,
        actuator="muscle",
        gravity=9.8,
        engine=engine_named("dart") if engine == "dart" else None,
        gaitnet_pd=True,
        hard_limits=engine == "dart",
    )


def desired(
    sim: _core.ReferenceSimulation, q: np.ndarray, dq: np.ndarray, target: np.ndarray, forces: Any
) -> np.ndarray:
    """Stable PD's torque, (dofs,), with the forces of the last substep's constraints."""
    sim.set_state(0, q, dq)
    sim.set_target(0, target)
    sim.field("target_velocity")[:] = 0
    sim.kinematics()
    sim.muscles()
    sim.field("constraint_force")[:, 0] = forces
    sim.desire()
    torque: np.ndarray = sim.field("desired_torque")[:, 0].copy()
    torque[:6] = 0
    return torque


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_stable_pd_asks_for_their_torques(case: Case, engine: str) -> None:
    g, sim = case.golden, reference_simulation(case, engine)
    for i in range(len(g["state/q"])):
        q, target = case.placed(g["state/q"][i]), case.placed(g["state/target"][i])
        torque, wanted = desired(sim, q, g["state/dq"][i], target, 0.0), g["state/spd_tau"][i]
        assert np.abs(torque - wanted).max() < 1e-6 * np.abs(wanted).max()
    run = "run_fixed_b"
    for k in range(1, 21):
        q, target = case.placed(g[f"{run}/q"][k]), case.placed(g[f"{run}/pd_target"][k])
        forces, wanted = g[f"{run}/constraint_forces"][k], g[f"{run}/spd_now"][k]
        torque = desired(sim, q, g[f"{run}/dq"][k], target, forces)
        assert np.abs(torque - wanted).max() < 1e-6 * np.abs(wanted).max()


def test_the_muscles_torques_are_theirs(case: Case) -> None:
    """To 2e-5 of them, 1e-4 N m at least: an XML's numbers are floats there."""
    g, sim = case.golden, reference_simulation(case, "lanes")
    entries = case.scene.core.network_entries
    for i in range(len(g["state/q"])):
        desired(
            sim,
            case.placed(g["state/q"][i]),
            g["state/dq"][i],
            case.placed(g["state/target"][i]),
            0.0,
        )
        np.testing.assert_allclose(
            sim.field("jacobian")[entries, 0], g["state/JtA_reduced"][i], rtol=2e-5, atol=1e-4
        )
        np.testing.assert_allclose(
            sim.field("passive_torque")[6:, 0], g["state/JtP"][i], rtol=2e-5, atol=1e-4
        )


def test_bodies_and_muscles_in_given_states_are_theirs(case: Case) -> None:
    """Masses and inertias; centres of mass to 1e-6 m; lengths to 1e-6 of them, forces to 1e-4 of f0 (floats there)."""
    g, sim, bodies = case.golden, reference_simulation(case, "lanes"), case.scene.character.bodies
    np.testing.assert_allclose([b.mass for b in bodies], g["zero/bodies/mass"], rtol=1e-12)
    turns = rotations(np.array([body.frame for body in bodies])).astype(float)
    own = np.array([body.inertia for body in bodies])[:, [0, 3, 4, 3, 1, 5, 4, 5, 2]]
    own = own.reshape(-1, 3, 3)
    own = np.einsum("bji,bjk,bkl->bil", turns, own, turns)
    xx = own[:, [0, 1, 2, 0, 0, 1], [0, 1, 2, 1, 2, 2]]
    np.testing.assert_allclose(xx, g["zero/bodies/inertia"], atol=1e-6)
    forces = np.array([m.max_isometric_force for m in case.scene.character.muscles])
    for i in range(len(g["state/q"])):
        sim.set_state(0, case.placed(g["state/q"][i]), g["state/dq"][i])
        sim.kinematics()
        sim.muscles()
        turn = sim.field("body_rotation")[:, 0].reshape(-1, 3, 3)
        place = sim.field("body_position")[:, 0].reshape(-1, 3)  # from the root's
        place = place + case.placed(g["state/q"][i])[3:6]
        com = place + np.einsum("bij,bj->bi", turn, [body.com for body in bodies])
        np.testing.assert_allclose(com, g["state/body/com"][i], atol=2e-6)
        lengths = g["state/muscle/length"][i]
        np.testing.assert_allclose(sim.field("muscle_length")[:, 0], lengths, rtol=2e-6)
        relative = sim.field("fibre_length")[:, 0]  # over the optimal
        np.testing.assert_allclose(relative, g["state/muscle/lm_norm"][i], rtol=1e-5)
        for name, wanted in (("active_force", "force_active_full"), ("passive_force", "force_passive")):  # fmt: skip
            difference = sim.field(name)[:, 0] - g[f"state/muscle/{wanted}"][i]
            assert (np.abs(difference) < 1e-4 * (forces + np.abs(sim.field(name)[:, 0]))).all()


def test_the_network_s_activations_are_theirs(case: Case) -> None:
    g = case.golden
    network = muscle_network(case.scene, case.network())
    mirror = g["state/mirror"].astype(bool)
    jacobian = np.where(mirror[:, None], g["state/JtA_reduced_mirrored"], g["state/JtA_reduced"])
    inputs = np.concatenate([jacobian, g["state/network_torque_input"]], axis=1) / 200
    given = network.forward(np.ascontiguousarray(inputs, dtype=np.float32))
    np.testing.assert_allclose(given, g["state/network_output"], atol=2e-6)


def begun(case: Case, run: str, engine: str) -> tuple[Environment, np.ndarray]:
    """An environment that begins where their run does."""
    config = load_config(case.path)
    slip = "zero" if run in ("run_a", "run_b") else "drawn"
    start = {
        "phases": [float(case.golden[f"{run}/phase"])],
        "phase_spread": 0.0,
        "motion_phase": slip,
    }
    config = config.model_copy(update={"reset": config.reset.model_copy(update=start)})
    env = Environment(config.on_engine(engine), seed=0)
    env.load_muscle_weights(case.network())
    return env, env.reset()


@pytest.mark.parametrize("run", ["run_fixed_b", "run_a"])
def test_an_episode_begins_as_theirs(case: Case, run: str) -> None:
    """Pose and velocities to 1e-6, heights to a millimetre, where Bullet sometimes lifts once more.

    The BVH's turn about the vertical (above) is in the root's. The foothold differs by 1.4 cm at most where one foot is
    lower, as the corners of the drawn meshes count there as well.
    """
    g = case.golden
    env, observation = begun(case, run, "lanes")
    frame = env.frame()
    difference = np.asarray(frame.positions) - case.placed(g[f"{run}/q"][0])
    np.testing.assert_allclose(difference[6:], 0, atol=1e-6)
    np.testing.assert_allclose(difference[:6], 0, atol=4e-3)
    np.testing.assert_allclose(frame.velocities[6:], g[f"{run}/dq"][0][6:], atol=1e-5)
    np.testing.assert_allclose(frame.velocities[:6], g[f"{run}/dq"][0][:6], atol=5e-3)
    wanted = g[f"{run}/obs"][0]
    at = FOOTHOLD[len(wanted)]
    assert abs(observation[at] - wanted[at]) < 0.015
    others = np.delete(observation - wanted, at)
    np.testing.assert_allclose(others, 0, atol=1.2e-3 if case.path.suffix == ".yaml" else 1e-2)


@pytest.mark.parametrize("run", ["run_fixed_b", "run_a"])
@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_phases_targets_and_rewards_run_as_theirs(case: Case, run: str, engine: str) -> None:
    """Over five control steps, in which the bodies part by their contacts.

    Phases to 1e-6 and the terms that do not hang on the contact: foothold, step and energy; the head's within 0.25.
    """
    g = case.golden
    env, _ = begun(case, run, engine)
    for k in range(5):
        observation, _, _, _ = env.step(g[f"{run}/actions"][k].astype(np.float32))
        wanted = g[f"{run}/obs"][k + 1]
        at = FOOTHOLD[len(wanted)]
        np.testing.assert_allclose(observation[at - 2 : at], wanted[at - 2 : at], atol=2e-6)
        terms = env.frame().reward_terms
        assert terms["average_speed"] == pytest.approx(
            float(g[f"{run}/info/r_avg"][k + 1]), abs=1e-6
        )
        if f"{run}/info/r_metabolic" in g:
            energy = float(g[f"{run}/info/r_metabolic"][k + 1])
            assert terms["energy"] == pytest.approx(energy, abs=5e-3)
        if k == 0:
            assert observation[at] == pytest.approx(float(wanted[at]), abs=0.02)
            step = float(g[f"{run}/info/r_step"][1])
            assert terms["step"] == pytest.approx(step, abs=0.03)
            turn = float(g[f"{run}/info/r_head_rot_diff"][1])
            assert terms["head_rotation"] == pytest.approx(turn, abs=0.05)
            change = float(g[f"{run}/info/r_head_linear_acc"][1])
            assert terms["head_acceleration"] == pytest.approx(change, abs=0.25)


@pytest.mark.parametrize("engine", ["lanes", "dart"])
def test_with_contact_they_part_within_bounds(case: Case, engine: str) -> None:
    """After a control step joints differ by 0.05 rad at most, toes by 0.25; of base.xml all by 0.25.

    Until the fall that random actions lead to: the centre of mass within 1 cm on the average, activations within 4 %, the
    vertical ground reaction force within 0.05 (0.15) of body weight, the desired torques within 15 % (40 %).
    """
    g, run = case.golden, "run_fixed_b"
    whole = case.path.suffix == ".xml"
    env, _ = begun(case, run, engine)
    means: list[tuple[float, ...]] = []
    for k, action in enumerate(g[f"{run}/actions"]):
        terminated = env.step(action.astype(np.float32))[2]
        frame = env.frame()
        if k == 0:
            parted = np.asarray(frame.positions) - case.placed(g[f"{run}/q"][1])
            toes = np.array(["Foot" in name for name in case.scene.info.dof_names])
            assert np.abs(parted[toes]).max() < 0.25
            assert np.abs(parted[~toes]).max() < (0.25 if whole else 0.05)
        weight = 9.8 * case.scene.model.total_mass
        means.append(
            (
                float(frame.center_of_mass[1]),
                float(frame.activations.mean()),
                float(frame.contact_forces[:, 1].sum()) / weight,
                float(np.abs(frame.desired_torques).mean()),
            )
        )
        if terminated:
            break
    steps = slice(1, len(means) + 1)
    assert len(means) >= 12
    height, activation, reaction, torque = np.mean(means, axis=0)
    assert height == pytest.approx(g[f"{run}/com"][steps, 1].mean(), abs=0.01)
    assert activation == pytest.approx(g[f"{run}/activations"][steps].mean(), rel=0.04)
    theirs = g[f"{run}/grf"][steps].sum(axis=1).mean()
    assert reaction == pytest.approx(theirs, abs=0.15 if whole else 0.05)
    theirs = np.abs(g[f"{run}/tau_spd"][steps, 6:]).mean()
    assert torque == pytest.approx(theirs, rel=0.4 if whole else 0.15)
