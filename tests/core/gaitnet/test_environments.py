"""Environments of MASS and GaitNet: every key honoured, or refused by its name."""

from __future__ import annotations

import copy
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from muscle_viewer.core import BatchEnv, Environment, load_config
from muscle_viewer.core.gaitnet.characters.assemble import read_nodes
from muscle_viewer.core.gaitnet.environments.environment import NOMINAL_STRIDE
from muscle_viewer.core.gaitnet.motions.height import lowest_contact
from muscle_viewer.core.scene import build_scene
from small_gaitnet import DOFS, NODES, environment_tree, environment_xml, ground_xml, write_all


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_all(tmp_path)


def changed(folder: Path, keys: str, value: Any) -> Path:
    """The environment YAML with one key (dotted, below `environment`) set."""
    tree = copy.deepcopy(environment_tree())
    branch = tree["environment"]
    *parents, last = keys.split(".")
    for key in parents:
        branch = branch.setdefault(key, {})
    branch[last] = value
    path = folder / "changed.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False))
    return path


def test_the_fork_s_yaml_says_what_it_says(folder: Path) -> None:
    config = load_config(folder / "A2_sep.yaml")
    assert config.actuator == "mass"
    assert (config.simulation.sim_hz, config.simulation.control_hz) == (480, 30)
    assert config.simulation.gravity == 9.8
    assert config.action.scale == 0.04 and config.action.target == "held"
    assert config.action.phase and config.action.phase_scale == 0.001
    assert (config.action.time_warp, config.action.phase_clipping) == ("rate", "hard")
    assert config.reward.type == "gaitnet"
    assert config.reward.stride == NOMINAL_STRIDE
    assert config.reward.average_speed.weight == 6.0
    assert config.reward.energy.torque is not None
    assert config.reward.energy.torque.coefficient == 0.1
    assert config.episode.max_time == 20.0  # 600 steps
    assert [(p.name, p.value) for p in config.observation.parameters] == [
        ("gait.stride", 1.0),
        ("gait.cadence", 1.0),
    ]


def test_its_first_form_is_read_too(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Of November 2025: a weight without its group, a way to optimise the first pose."""
    with caplog.at_level(logging.WARNING, "muscle_viewer"):
        path = changed(folder, "muscle.pose_optimization", {"enabled": True, "rot": "one_foot"})
        load_config(path)
    assert "pose_optimization" in caplog.records[0].getMessage()
    config = load_config(changed(folder, "reward.locomotion", {"avg_vel_weight": 5.0}))
    assert config.reward.type == "gaitnet"
    assert config.reward.average_speed.weight == 5.0


def test_its_actuators_are_called_otherwise_here(folder: Path) -> None:
    config = load_config(changed(folder, "skeleton.actuator", "muscle"))
    assert config.actuator == "activation"
    config = load_config(changed(folder, "skeleton.actuator", "torque"))
    assert (config.actuator, config.action.torque_scale) == ("torque", 1.0)


def test_its_observation_is_as_long_as_the_formula(folder: Path) -> None:
    """3 of the centre, 12 a body and 3 at a time as in GaitNet's 506, by bodies and dofs."""
    scene = build_scene(folder / "A2_sep.yaml")
    bodies, joint_dofs = len(NODES), DOFS - 6
    state = 3 + 15 * bodies + 3
    assert scene.observation_size == state + 2 + 1 + 3 * joint_dofs + 2
    assert scene.action_size == joint_dofs + 1


def test_what_the_trainer_alone_reads_is_named_and_not_obeyed(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING, "muscle_viewer"):
        load_config(folder / "A2_sep.yaml")
    (line,) = (record.getMessage() for record in caplog.records)
    for key in (
        "training.max_epoch",
        "training.checkpoint_freq",
        "learning_std",
    ):
        assert key in line


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("muscle.mesh_lbs_weight", True),
        ("motion.local_state", True),
        ("action.residual", False),
        ("advanced.torque_clipping", True),
        ("advanced.include_jtp_in_spd", True),
        ("motion.type", "npz"),
        ("reward.locomotion.step", {"weight": 2.0}),
        ("reward.locomotion.avg_vel_weight", 2.0),
    ],
)
def test_what_cannot_be_done_is_refused_by_name(
    folder: Path, complaint: Callable[..., str], key: str, value: Any
) -> None:
    said = complaint(load_config, changed(folder, key, value))
    name = key.removesuffix(".use").removesuffix(".enabled")
    assert "changed.yaml" in said and f"environment.{name}" in said
    assert "cannot be done here" in said


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("reward.locomotion.dragX.use", True, "reward.locomotion.dragX"),
        ("reward.locomotion.phase.use", True, "reward.locomotion.phase"),
        ("reward.knee_pain.use", True, "reward.knee_pain.use"),
        ("reward.knee_pain.termination", True, "reward.knee_pain.termination"),
        ("reward.terminated", -1.0, "reward.terminated"),
        ("noise_injection.file", "ni/default.yaml", "noise_injection.file"),
        ("discriminator", {"enabled": True}, "discriminator"),
    ],
)
def test_what_concerns_training_alone_is_named_and_kept_for_the_trainer_to_refuse(
    folder: Path, caplog: pytest.LogCaptureFixture, key: str, value: Any, name: str
) -> None:
    with caplog.at_level(logging.WARNING, "muscle_viewer"):
        config = load_config(changed(folder, key, value))
    assert name in config.not_trained and name in caplog.text


@pytest.mark.parametrize("key", ["skeleton.kp_scale", "muscle.scale_f0_on_weight", "weight_from"])
def test_a_key_that_is_not_known_is_refused_by_name(
    folder: Path, complaint: Callable[..., str], key: str
) -> None:
    assert f"environment.{key}: unknown key" in complaint(load_config, changed(folder, key, 1.0))


def test_a_file_of_a_patient_is_refused_by_its_name(
    folder: Path, complaint: Callable[..., str]
) -> None:
    said = complaint(load_config, changed(folder, "skeleton.file", "@pid:/skeleton/dynamic.yaml"))
    assert "environment.skeleton.file: '@pid:/skeleton/dynamic.yaml' is a patient's file" in said


def test_what_moves_the_body_is_honoured(folder: Path) -> None:
    config = load_config(changed(folder, "muscle.clip_lm_norm", 1.25))
    assert config.character.passive_limit == 1.25  # type: ignore[union-attr]
    config = load_config(changed(folder, "action.gait_phase_mode", "contact"))
    assert config.reward.type == "gaitnet" and config.reward.step.footholds == "contact"
    config = load_config(changed(folder, "reward.clip", {"step": 5, "value": -1.0}))
    assert config.reward_clip is not None
    assert (config.reward_clip.steps, config.reward_clip.value) == (5, 1.0)
    config = load_config(changed(folder, "advanced.use_normalized_param_state", True))
    assert [p.value for p in config.observation.parameters] == [0.5, 0.5]


def later(folder: Path, mirror: bool = True, **reward: Any) -> Path:
    """An environment as the fork has them in 2026: neither ground nor advanced."""
    tree = copy.deepcopy(environment_tree())
    for key in ("ground", "advanced"):
        tree["environment"].pop(key, None)
    tree["environment"]["motion"] = {"file": "@data/motion/walk.bvh", "use_mirror": mirror}
    tree["environment"]["reward"] = reward or {"type": "gaitnet"}
    path = folder / "later.yaml"
    path.write_text(yaml.safe_dump(tree, sort_keys=False))
    return path


def test_the_fork_of_2026_is_known_by_what_it_leaves_out(folder: Path) -> None:
    config = load_config(later(folder))
    assert config.character.generation == "head"  # type: ignore[union-attr]
    assert config.symmetry == "by_motion" and config.action.phase_clipping == "hard"
    assert config.termination.com_share == 0.6 and config.reset.phases == [0.0, 0.5]
    assert config.muscles.network_dofs == "driven" and config.observation.joint_state
    step = config.reward.step  # type: ignore[union-attr]
    assert (step.least_step, step.strikes) == (0.3, "ankle")


def test_a_policy_that_imitates_sees_the_reference_ahead(folder: Path) -> None:
    path = later(
        folder, mirror=False, type="scadiver", num_ref_in_state=2, include_ref_velocity=False
    )
    config = load_config(path)
    assert config.observation.type == "imitation" and config.not_trained
    scene = build_scene(config)
    bodies = len(NODES)
    assert scene.observation_size == 15 * bodies + 3 + 2 * 9 * bodies + 9
    env = BatchEnv(scene.config.model_copy(update={"actuator": "pd"}), num_envs=2, seed=3)
    obs = env.reset()
    # In an episode's first pose the root stands behind the reference that comes next.
    assert np.isfinite(obs).all() and (obs[:, -7] < 0).all()


def test_the_height_of_a_motion_is_calibrated(folder: Path) -> None:
    """The lowest contact of an episode's first pose is a millimetre above the ground."""
    config = load_config(folder / "A2_sep.yaml").model_copy(update={"actuator": "pd"})
    env = BatchEnv(config, num_envs=4, seed=0)
    env.reset()
    scene = build_scene(config)
    nodes = read_nodes(folder.parent / "skeleton.xml")
    for index in range(4):
        pose = np.asarray(env.positions[index], dtype=float)
        assert lowest_contact(pose, nodes, np.zeros(3)) == pytest.approx(1e-3, abs=1e-5)
    assert scene.config.reset.pose == "fitted"


def test_the_fork_of_2026_names_the_motion_alone_and_the_horizon_elsewhere(
    folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    tree = copy.deepcopy(environment_tree())
    tree |= {"args": {"seed": 1}, "train": {"lr": 1e-4}}
    tree["environment"]["motion"] = "@data/motion/walk.bvh"
    tree["environment"]["simulation"]["horizon"] = 300
    (folder / "changed.yaml").write_text(yaml.safe_dump(tree, sort_keys=False))
    with caplog.at_level(logging.WARNING, "muscle_viewer"):
        config = load_config(folder / "changed.yaml")
    assert config.motion.file.name == "walk.bvh"
    assert config.episode.max_time == pytest.approx(10.0)
    assert "args.seed, train.lr" in caplog.text


@pytest.mark.parametrize("kind", ["deepmimic", "scadiver"])
def test_the_imitation_rewards_have_the_fork_s_weights_and_name_what_they_leave_out(
    folder: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    with caplog.at_level(logging.WARNING, "muscle_viewer"):
        reward = load_config(changed(folder, "reward.type", kind)).reward
    assert reward.type == kind
    terms = (reward.pose, reward.velocity, reward.end_effector, reward.center_of_mass)
    assert [(t.weight, t.scale) for t in terms] == [(0.65, 20), (0.1, 10), (0.45, 40), (0.1, 10)]
    assert reward.metabolic.weight == 0.2
    assert "reward.locomotion" in caplog.text and "reward.metabolic" in caplog.text


@pytest.mark.parametrize(
    ("key", "value", "name"),
    [
        ("advanced.soft_phase_clipping", True, "advanced.soft_phase_clipping"),
        (
            "parameters.torsion",
            {"no_bone": {"min": -0.5, "max": 0.5}},
            "the range of parameters.torsion",
        ),
        ("skeleton.self_collide", True, "skeleton.self_collide"),
        ("advanced.stance_learning", True, "advanced.stance_learning"),
        ("parameters.odd", {"min": 0.5, "max": 1.5}, "parameters.odd"),
    ],
)
def test_what_has_no_effect_beside_the_rest_is_named(
    folder: Path, caplog: pytest.LogCaptureFixture, key: str, value: Any, name: str
) -> None:
    with caplog.at_level(logging.WARNING, "muscle_viewer"):
        config = load_config(changed(folder, key, value))
    assert name in caplog.text
    assert config.action.phase_clipping == "hard"


@pytest.mark.parametrize("cascading", [True, False])
def test_a_flag_of_cascading_is_the_checkpoint_s_to_answer(folder: Path, cascading: bool) -> None:
    config = load_config(changed(folder, "cascading", cascading))
    assert config.infers


@pytest.mark.parametrize(
    ("key", "value", "words"),
    [
        ("skeleton.actuator", "mas", "actuator"),
        ("skeleton.colour", "red", "colour"),
        ("simulation.sim_hz", 0, "sim_hz"),
        ("simulation.sim_hz", "fast", "sim_hz"),
        ("action.scale", float("nan"), "scale"),
        ("motion.type", "c3d", "type"),
        ("skeleton.file", "@data/none.xml", "environment.skeleton.file"),
        ("parameters.gait.stride", {"min": 2.0, "max": 3.0, "default": 1.0}, "gait.stride"),
        ("parameters.gait.stride", 1.0, "gait.stride"),
        ("parameters.skeleton.global", {"min": 0.9, "max": 1.1, "default": 0.8}, "not within"),
        ("parameters.gait.cadence", {"min": -1.0, "max": -0.5}, "gait.cadence"),
    ],
)
def test_mistakes_are_one_line_with_the_key(
    folder: Path, complaint: Callable[..., str], key: str, value: Any, words: str
) -> None:
    said = complaint(load_config, changed(folder, key, value))
    assert "changed.yaml" in said and words in said


def test_a_ground_that_is_no_floor_at_zero_is_refused(
    folder: Path, complaint: Callable[..., str]
) -> None:
    (folder.parent / "ground.xml").write_text(ground_xml(0.2))
    assert "its top is at 0.2 m" in complaint(load_config, folder / "A2_sep.yaml")
    assert "its top is at 0.2 m" in complaint(load_config, folder / "env.xml")


def test_a_cadence_plays_the_motion_faster(folder: Path) -> None:
    passed = []
    for default in (1.0, 1.25):
        cadence = {"min": 0.5, "max": 2.0, "default": default}
        config = load_config(changed(folder, "parameters.gait.cadence", cadence))
        env = Environment(config.model_copy(update={"actuator": "pd"}), seed=0)
        env.set_parameters({info.name: info.default for info in env.parameter_info})
        env.reset()
        before = env.frame().phase
        env.step(np.zeros(env.action_dim))
        passed.append((env.frame().phase - before) % 1)
    assert passed[1] / passed[0] == pytest.approx(1.25)


def test_an_env_xml_says_the_same_in_its_own_words(folder: Path) -> None:
    config = load_config(folder / "env.xml")
    assert (config.actuator, config.action.time_warp) == ("mass", "absolute")
    assert config.action.scale == 0.04 and config.action.phase_scale == 0.001
    scene, other = build_scene(config), build_scene(folder / "A2_sep.yaml")
    assert scene.info.muscle_names == other.info.muscle_names
    np.testing.assert_allclose(scene.info.tendon_slack_length, other.info.tendon_slack_length)
    np.testing.assert_allclose(scene.motion.frames, other.motion.frames)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('actuactor="mass"', 'actuactor="mss"', "skeleton.actuator"),
        ('symmetry="false"', 'symmetry="maybe"', "bvh: symmetry"),
        ("<simHz>480</simHz>", "<simHz>fast</simHz>", "simHz"),
        ("<simHz>480</simHz>", "<simHz>4.5</simHz>", "simHz"),
        ("<simHz>480</simHz>", "<simHz/>", "simHz"),
        ("<simHz>480</simHz>", "<simHz>480</simHz><simHz>480</simHz>", "stands twice"),
        ("<useJointState>true</useJointState>", "<useOtherState/>", "cannot be honoured"),
        ('damping="0.2"', 'damping="0.2" mass="3"', "skeleton: mass"),
        ("<muscle>@data/muscles.xml</muscle>", "", "muscle: missing"),
        ("@data/motion/walk.bvh", "@data/none.bvh", "none.bvh"),
        ("</Environment>", "", "not valid XML"),
    ],
)
def test_mistakes_of_an_env_xml_are_one_line(
    folder: Path, complaint: Callable[..., str], old: str, new: str, words: str
) -> None:
    path = folder / "changed.xml"
    path.write_text(environment_xml().replace(old, new))
    said = complaint(load_config, path)
    assert "changed.xml" in said and words in said


def test_generative_gaitnet_s_metadata_is_told_from_mass_s(
    tmp_path: Path, complaint: Callable[..., str]
) -> None:
    path = tmp_path / "metadata.txt"
    path.write_text("use_stride 0.75 1.25\nskel_file human.xml\nstate_type 10\n")
    assert "muscle_file: missing" in complaint(load_config, path)
    path.write_text("skel_file a.xml\nmuscle_file b.xml\nbvh_file c.bvh true\nstate_type 10\n")
    assert "state_type: 10 is not made here; 11 is" in complaint(load_config, path)
    path.write_text("skel_file a.xml\nstate_type 11\nmuscle_param\nL_Soleus 0.5 1\n")
    assert "no line 'muscle_end' ends it" in complaint(load_config, path)


@pytest.mark.parametrize("name", ["A2_sep.yaml", "env.xml"])
def test_it_stands_and_moves_by_pd(folder: Path, name: str) -> None:
    """The first steps of a batch: finite, the reference followed, no fall at once."""
    path = folder / name
    text = path.read_text().replace("actuator: mass", "actuator: pd")
    path.write_text(text.replace('actuactor="mass"', 'actuactor="pd"'))
    env = BatchEnv(path, num_envs=3, seed=1)
    obs = env.reset()
    for _ in range(5):
        obs, reward, terminated, _ = env.step(np.zeros((3, env.action_dim), np.float32))
        assert np.isfinite(obs).all() and np.isfinite(reward).all()
    assert not terminated.any()
