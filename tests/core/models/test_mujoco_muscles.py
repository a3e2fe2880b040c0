"""Muscles of MjModels against MuJoCo, and what opening them says."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from muscle_viewer.core import _core
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.models.mjcf.read import character_of, open_model
from muscle_viewer.core.models.read import read_model
from small_legs import LEG

mujoco = pytest.importorskip("mujoco", reason="the mujoco extra brings it")


@pytest.fixture
def leg(tmp_path: Path) -> Path:
    path = tmp_path / "leg.xml"
    path.write_text(LEG)
    return path


def test_an_mjcf_file_opens_as_a_character(leg: Path) -> None:
    character = read_model(leg)
    assert character.name == "leg"
    assert character.dof_names == ["hip", "knee"]
    assert [body.name for body in character.bodies] == ["ground", "thigh", "shank"]
    hip = next(c for c in character.coordinates if c.name == "hip")
    assert (hip.default, hip.range, hip.armature, hip.damping) == (0.1, (-1, 1), 0.02, 0.3)
    assert character.contact.friction == 0.7
    assert [len(body.contacts) for body in character.bodies] == [0, 2, 2]
    assert character.left_out == ["geom 'heel': the ground does not touch a ellipsoid"]
    assert character.activation_dynamics is not None
    assert character.activation_dynamics.deactivation == 0.06
    muscle = character.muscles[0]
    assert muscle.max_isometric_force == 900
    assert muscle.optimal_fibre_length == pytest.approx(0.4 / 0.3)  # range 0.75 to 1.05


@pytest.mark.parametrize("name", ["leg", "myolegs", "myotorso_without_couplings"])
def test_lengths_and_moment_arms_of_fixed_paths_are_those_of_mujoco(name: str) -> None:
    if name == "leg":
        theirs = mujoco.MjModel.from_xml_string(LEG)
    else:
        pytest.importorskip("myo_sim", reason="the mujoco extra brings it")
        theirs = open_model(f"myo_sim:{name.split('_')[0]}")
        if "without" in name:
            theirs.eq_active0[:] = 0
    data = mujoco.MjData(theirs)
    character = character_of(theirs, name)
    model = _core.Model(character)
    ours = _core.ReferenceSimulation(model, actuator="activation", ground=False)
    straight = [
        k for k, m in enumerate(character.muscles)
        if not any(f"'{m.name}'" in line for line in character.left_out)
    ]  # fmt: skip
    assert len(straight) >= (1 if name == "leg" else 40)
    rng, names = np.random.default_rng(5), character.dof_names
    arms = np.zeros((model.num_muscles, model.num_dofs))
    for _ in range(100):
        pose = np.zeros(model.num_dofs)
        data.qpos[:] = theirs.qpos0
        couplings = np.zeros((theirs.nv, model.num_dofs))
        for c in character.coordinates:
            joint = theirs.joint(c.name)
            free = names[names.index(c.follows or c.name)]
            k = names.index(free)
            if c.follows is None:
                pose[k] = rng.uniform(*(c.range or (-0.5, 0.5)))
        for c in character.coordinates:
            joint, k = theirs.joint(c.name), names.index(c.follows or c.name)
            value = c.by(pose[k]) if c.follows else pose[k]
            data.qpos[joint.qposadr[0]] = value
            slope = (c.by(pose[k] + 1e-6) - c.by(pose[k] - 1e-6)) / 2e-6 if c.follows else 1.0
            couplings[joint.dofadr[0], k] = slope
        mujoco.mj_forward(theirs, data)
        tendons = np.zeros((theirs.ntendon, theirs.nv))
        ours.set_state(0, pose, np.zeros(model.num_dofs))
        ours.kinematics()
        ours.muscles()
        arms[:] = 0
        arms[model.muscle_of_entry, model.dof_of_entry] = ours.field("moment_arm")[:, 0]
        for k in straight:
            tendon = int(theirs.actuator(character.muscles[k].name).trnid[0])
            assert float(ours.field("muscle_length")[k, 0]) == pytest.approx(
                data.ten_length[tendon], abs=1e-9
            )
            mujoco.mju_zero(tendons[tendon])
            tendons[tendon] = tendon_jacobian(theirs, data, tendon)
            wanted = -(tendons[tendon] @ couplings)
            first = model.num_root_dofs
            np.testing.assert_allclose(arms[k, first:], wanted[first:], atol=1e-8)


def tendon_jacobian(theirs: mujoco.MjModel, data: mujoco.MjData, tendon: int) -> np.ndarray:
    """The row of MuJoCo's sparse Jacobian of tendon lengths, shape (nv,)."""
    row = np.zeros(theirs.nv)
    jacobian = np.asarray(data.ten_J)
    if jacobian.ndim == 2:
        return jacobian[tendon]
    first, count = int(theirs.ten_J_rowadr[tendon]), int(theirs.ten_J_rownnz[tendon])
    row[np.asarray(theirs.ten_J_colind).ravel()[first : first + count]] = jacobian[
        first : first + count
    ]
    return row


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("<equality>", '<equality><weld body1="shank" body2="thigh"/>', "is of type weld; only joint equalities"),
        ('joint1="twist" joint2="knee"', 'joint1="slip" joint2="knee"', "joint 'slip' is driven twice"),
        ('name="knee" axis="0 1 0" range="0 2"', 'name="knee" type="ball"', "MuJoCo cannot open it"),
        ("<worldbody>", "<worldbody><nonsense/>", "MuJoCo cannot open it"),
        ('<joint name="hip"', '<joint name="hip" type="ball"/><joint name="other" type="slide"', "'hip' is a ball, which"),
        ("</spatial>", '<pulley divisor="2"/><site site="via"/><site site="origin"/></spatial>', "has a pulley"),
    ],
)  # fmt: skip
def test_what_cannot_be_simulated_is_refused_by_name(
    tmp_path: Path, old: str, new: str, message: str
) -> None:
    path = tmp_path / "leg.xml"
    path.write_text(LEG.replace(old, new, 1))
    with pytest.raises(ModelError, match=re.escape(message)) as caught:
        read_model(path)
    assert str(caught.value).startswith(str(path)) and "\n" not in str(caught.value)


def test_a_name_of_myo_sim_opens_and_one_that_it_has_not_is_refused() -> None:
    pytest.importorskip("myo_sim", reason="the mujoco extra brings it")
    character = read_model("myo_sim:myolegs")
    assert character.name == "myolegs" and len(character.muscles) == 80
    assert len([line for line in character.left_out if "wrapping" in line]) == 36
    assert len([line for line in character.left_out if "ellipsoid" in line]) == 7
    _core.Model(character)
    with pytest.raises(ModelError, match="myo_sim:nolegs: MuJoCo cannot open it"):
        read_model("myo_sim:nolegs")
