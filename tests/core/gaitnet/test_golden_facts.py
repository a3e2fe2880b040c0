"""What the GaitNets' fork read from its own files, and the zero pose that it made of them: the same is read here."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from golden import Case, per_dof, reference_simulation
from left_out import GOLDEN_DATA as GOLDEN
from left_out import needs_golden
from muscle_viewer.core.rotation import rotations

pytestmark = needs_golden
ACTUATORS = {3: "mass", 4: "mass_lower"}
ENERGIES = {0: "A", 1: "A", 2: "A2", 3: "MA", 4: "MA2"}
LOOPS = ("name", "wanted", "side", "never", "unused", "i")
"""Variables of loops over the last part of an array's name."""
MULTIPLIED, SEPARATE, SIDEWAYS = 1, 8, 32
"""Bits of facts/reward/flags: energy multiplies, torque apart, x counts in the average speed."""


def test_rates_scales_and_switches_are_theirs(case: Case) -> None:
    g, config = case.golden, case.scene.config
    simulation, action = config.simulation, config.action
    assert simulation.sim_hz == g["facts/sim_hz"] and simulation.control_hz == g["facts/control_hz"]
    assert 1 / simulation.sim_hz == pytest.approx(float(g["facts/time_step"]))
    np.testing.assert_allclose(g["facts/gravity"], [0, -simulation.gravity, 0])
    assert action.scale == g["facts/action_scale"] and action.phase_scale == g["facts/phase_scale"]
    assert config.actuator == ACTUATORS[int(g["facts/actuator"])]
    assert case.scene.action_size - action.phase == g["facts/num_actuator_action"]
    seconds = float(g["facts/horizon"]) / simulation.control_hz
    assert config.episode.max_time == seconds and g["facts/reward/eoe"] == 1  # by number of steps
    assert config.termination.com_height == g["facts/limit_y"]
    assert config.symmetry is bool(g["facts/symmetric"])
    clipping = {(True, False): "hard", (False, True): "soft", (False, False): "none"}
    assert (
        action.phase_clipping == clipping[bool(g["facts/hard_phase"]), bool(g["facts/soft_phase"])]
    )
    assert action.rotation == "multiplied" and g["facts/residual"]
    assert config.muscles.force_velocity == g["facts/use_velocity_force"]
    assert config.observation.joint_state == g["facts/use_joint_state"]
    assert not g["facts/normalized_param"]


def test_rewards_and_parameters_are_theirs(case: Case) -> None:
    g, reward = case.golden, case.scene.config.reward
    assert reward.type == "gaitnet" and g["facts/reward/reward_type"] == 1
    assert reward.head.acceleration_weight == g["facts/reward/head_linear_acc_weight"]
    assert reward.head.rotation_weight == g["facts/reward/head_rot_weight"]
    assert reward.step.weight == g["facts/reward/step_weight"]
    assert reward.step.clip == g["facts/reward/step_clip"]
    speed, flags = reward.average_speed, int(g["facts/reward/flags"])
    assert speed.weight == g["facts/reward/avg_vel_weight"]
    assert speed.window == g["facts/reward/avg_vel_window_mult"]
    assert speed.clip == max(float(g["facts/reward/avg_vel_clip"]), 0)
    assert speed.consider_x is bool(flags & SIDEWAYS)
    energy = reward.energy
    assert energy.type == ENERGIES[int(g["facts/reward/metabolic_type"])]
    assert energy.weight == g["facts/reward/metabolic_weight"]
    assert energy.scale == g["facts/reward/metabolic_scale"]
    assert energy.multiplicative is bool(flags & MULTIPLIED)
    coefficient = float(g["facts/reward/torque_coeff"])
    assert (energy.torque.coefficient if energy.torque else 0.0) == coefficient
    assert energy.torque is None or energy.torque.separate is bool(flags & SEPARATE)
    assert case.scene.config.reward_clip is None and g["facts/reward/clip_step"] == 0
    # A stride of the motion at the parameters' defaults, and how many substeps the average speed's window has.
    assert reward.stride == g["facts/ref_stride"] * g["facts/stride"] and g["facts/cadence"] == 1
    window = speed.window * case.scene.motion.duration * case.scene.config.simulation.sim_hz
    assert int(window) == g["facts/avg_vel_horizon"]
    parameters = {
        p.name.replace(".", "_", 1): p.value for p in case.scene.config.observation.parameters
    }
    told = dict(zip(g["facts/param_names"], g["facts/param_default"], strict=True))
    assert len(told) == g["facts/num_known_param"]
    assert parameters == {name: told[name] for name in parameters}


def test_joints_and_their_limits_are_theirs(case: Case) -> None:
    g, bodies = case.golden, case.scene.character.bodies
    names = case.scene.info.dof_names
    assert names[6:] == g["facts/dof_names"][6:].tolist()
    owner = [body.name for body in bodies for _ in body.joint.dof_names]
    assert owner == g["facts/dof_joint"].tolist()
    kind = {"free": "FreeJoint", "ball": "BallJoint", "revolute": "RevoluteJoint"}
    kinds = [kind[body.joint.type] for body in bodies for _ in body.joint.dof_names]
    assert kinds == g["facts/dof_joint_type"].tolist()
    for side in ("lower", "upper"):
        own = np.concatenate([getattr(b.joint, side) for b in bodies if b.joint.type != "free"])
        np.testing.assert_allclose(own, g[f"facts/{side}"][6:], atol=1e-6)
    # Neither dry friction nor springs, here as there.
    assert not g["facts/friction_joint"].any() and not per_dof(case, "stiffness").any()
    assert not g["facts/stiffness"].any()
    mirrored = {
        name: name[:-1] + {"L": "R", "R": "L"}[name[-1]] for name in owner if name[-1] in "LR"
    }
    pairs = dict(pair.split(":") for pair in g["facts/mirror_pairs"])
    assert all(mirrored.get(a, a) == b for a, b in pairs.items())


def test_muscles_have_their_lengths_and_anchors(case: Case) -> None:
    """Fractions of the length in the zero pose; anchors to 0.01 mm, their weights to 1e-5: floats there."""
    g = case.golden
    muscles, lengths = case.scene.character.muscles, g["facts/length_zero"]
    optimal = np.array([m.optimal_fibre_length for m in muscles])
    tendon = np.array([m.tendon_slack_length for m in muscles])
    np.testing.assert_allclose(optimal, g["facts/lm_opt_rel"] * lengths, rtol=2e-6)
    np.testing.assert_allclose(tendon, g["facts/lt_rel"] * lengths, rtol=2e-6)
    pennation = [m.pennation for m in muscles]
    np.testing.assert_allclose(pennation, g["facts/pennation"], atol=1e-7)
    assert [len(m.path) for m in muscles] == g["facts/num_anchors"].tolist()
    mass = g["facts/f0"] * (1 - g["facts/lt_rel"]) * lengths / 100
    np.testing.assert_allclose(mass, g["facts/muscle_mass"], rtol=1e-6)
    anchors = [anchor for m in muscles for anchor in m.path]
    assert [len(anchor) for anchor in anchors] == g["zero/anchors/num_bodies"].tolist()
    assert [a[0].body for a in anchors] == g["zero/anchors/body"].tolist()
    weights = np.array([part.weight for anchor in anchors for part in anchor])
    np.testing.assert_allclose(weights, g["zero/anchors/weights"], atol=1e-5)
    sim = at_zero(case)
    turn = sim.field("body_rotation")[:, 0].reshape(-1, 3, 3)
    place = sim.field("body_position")[:, 0].reshape(-1, 3) + case.placed(np.zeros(6))[3:6]
    points = [
        sum(p.weight * (place[p.body] + turn[p.body] @ p.position) for p in anchor)
        for anchor in anchors
    ]
    np.testing.assert_allclose(points, g["zero/anchors/point"].reshape(-1, 3), atol=1e-5)


def at_zero(case: Case):
    """The zero pose, at rest."""
    sim = reference_simulation(case, "lanes")
    still = np.zeros(case.scene.model.num_dofs)
    sim.set_state(0, case.placed(still), still)
    sim.kinematics()
    sim.muscles()
    return sim


def test_the_zero_pose_is_theirs(case: Case) -> None:
    g, bodies, sim = case.golden, case.scene.character.bodies, at_zero(case)
    assert [b.name for b in bodies] == g["zero/bodies/names"].tolist()
    turn = sim.field("body_rotation")[:, 0].reshape(-1, 3, 3)
    place = sim.field("body_position")[:, 0].reshape(-1, 3) + case.placed(np.zeros(6))[3:6]
    com = place + np.einsum("bij,bj->bi", turn, [b.com for b in bodies])
    np.testing.assert_allclose(com, g["zero/bodies/com"], atol=1e-6)
    frames = rotations(np.array([body.frame for body in bodies])).astype(float)
    np.testing.assert_allclose((turn @ frames).reshape(-1, 9), g["zero/bodies/rotation"], atol=1e-6)
    np.testing.assert_allclose(com, g["zero/bodies/position"], atol=1e-6)  # the boxes' centres
    for name in ("com_velocity", "angular_velocity"):  # at rest, and no muscle is active
        assert not g[f"zero/bodies/{name}"].any()
    assert not g["zero/muscles/activation"].any()
    np.testing.assert_allclose(
        sim.field("muscle_length")[:, 0], g["zero/muscles/length"], rtol=2e-6
    )
    np.testing.assert_allclose(g["zero/muscles/length_zero"], g["facts/length_zero"], rtol=2e-6)
    np.testing.assert_allclose(
        sim.field("fibre_length")[:, 0], g["zero/muscles/lm_norm"], rtol=1e-5
    )
    for name, wanted in (("active_force", "force_active_full"), ("passive_force", "force_passive")):
        difference = np.abs(sim.field(name)[:, 0] - g[f"zero/muscles/{wanted}"])
        assert (difference < 1e-4 * (g["facts/f0"] + np.abs(sim.field(name)[:, 0]))).all()
    np.testing.assert_allclose(g["zero/muscles/force"], g["zero/muscles/force_passive"], atol=1e-6)


def test_the_motion_of_an_hdf5_file_has_their_frames(case: Case) -> None:
    """Its last frame ends the cycle here, which lasts as many frames as there are; its x begins where theirs does."""
    g, motion = case.golden, case.scene.motion
    if "hdf/num_frames" not in g:
        assert case.path.suffix == ".xml"
        return
    count = int(g["hdf/num_frames"])
    assert len(motion.frames) == count - 1
    assert motion.duration == pytest.approx(count * float(g["hdf/frame_time"]), rel=1e-6)
    assert g["hdf/x_offset"] == 0 and abs(g["hdf/height_offset"]) < 0.01


def test_every_figure_is_compared_or_explained() -> None:
    """Each array's name stands in a test of this folder or in docs/gaitnet.md."""
    folder = Path(__file__).parent
    text = "".join(
        path.read_text() for path in (folder / "golden.py", *sorted(folder.glob("test_golden*.py")))
    )
    text += (folder.parents[2] / "docs" / "gaitnet.md").read_text()
    left = set()
    for path in sorted(GOLDEN.glob("*.npz")):
        if path.stem.startswith("network"):
            continue
        with np.load(path) as arrays:
            for name in arrays:
                group, _, rest = name.partition("/")
                wanted = f"{{run}}/{rest}" if group.startswith("run") else name
                if not {name, wanted} & spoken(text, wanted):
                    left.add(wanted)
    assert not left


def spoken(text: str, name: str) -> set[str]:
    """The name, where the text has it whole or as a loop over the last part."""
    whole = f'"{name}"' in text or f"`{name}`" in text
    stem, _, last = name.rpartition("/")
    if last.isdigit():  # of a loop over numbers
        return {name} if f'"{stem}/{{i}}"' in text else set()
    looped = any(f'"{stem}/{{{loop}}}"' in text for loop in LOOPS)
    return {name} if whole or (looped and f'"{last}"' in text) else set()
