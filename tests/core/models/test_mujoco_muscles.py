"""Muscles of MjModels against MuJoCo, and what opening them says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from muscle_viewer.core import _core
from muscle_viewer.core.errors import ModelError
from muscle_viewer.core.models.mjcf.read import character_of, open_model
from muscle_viewer.core.models.read import read_model
from muscle_viewer.core.readers.character import Character
from numpy.polynomial import Polynomial
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
    contacts = [len(body.contacts) for body in character.bodies]
    assert contacts[:2] == [0, 2] and contacts[2] > 2  # a capsule's ends, and balls in the heel
    assert not character.left_out
    muscle = character.muscles[0]
    assert muscle.activation_dynamics is not None and muscle.curves is not None
    assert muscle.activation_dynamics.deactivation == 0.06
    assert muscle.max_isometric_force == 900
    assert muscle.optimal_fibre_length == pytest.approx(0.4 / 0.3)  # range 0.75 to 1.05


@pytest.mark.parametrize(
    ("constants", "part"),
    [("0 0.06", "activation: .*greater than 0"), ("0.02 inf", "deactivation: .*finite")],
)
def test_time_constants_that_cannot_be_are_one_line(leg: Path, constants: str, part: str) -> None:
    leg.write_text(LEG.replace('timeconst="0.02 0.06"', f'timeconst="{constants}"'))
    with pytest.raises(ModelError, match=f"leg.xml.*muscle 'rectus': {part}") as error:
        read_model(leg)
    assert "\n" not in str(error.value)


PULLEY = (
    LEG.replace("</worldbody>", '''<geom name="ball" type="sphere" pos="0.055 0 0.85" size="0.03"
        contype="0" conaffinity="0"/></worldbody>''')
    .replace("</spatial>", '''<pulley divisor="2"/><site site="via"/><geom geom="ball"/>
        <site site="origin"/></spatial>''')
)  # fmt: skip


@dataclass
class Twin:
    """An opened model and MuJoCo's, in states in which the couplings hold."""

    theirs: Any
    data: Any
    character: Character
    model: _core.Model
    ours: Any

    @property
    def inside(self) -> list[bool]:
        """Whether each muscle passes inside a wrap, where MuJoCo iterates to a tolerance."""
        return [any(wrap.inside for wrap in m.wraps) for m in self.character.muscles]

    def set_random_state(self, rng: np.random.Generator) -> np.ndarray:
        """Returns MuJoCo's velocities by ours, shape (nv, dofs)."""
        names, theirs, data = self.character.dof_names, self.theirs, self.data
        pose, rates = np.zeros(len(names)), np.zeros(len(names))
        data.qpos[:], couplings = theirs.qpos0, np.zeros((theirs.nv, len(names)))
        for c in self.character.coordinates:
            if c.follows is None:
                k = names.index(c.name)
                pose[k], rates[k] = rng.uniform(*(c.range or (-0.5, 0.5))), rng.normal() * 3
        for c in self.character.coordinates:
            joint, k = theirs.joint(c.name), names.index(c.follows or c.name)
            data.qpos[joint.qposadr[0]] = c.by(pose[k]) if c.follows else pose[k]
            slope = Polynomial(c.by.polynomial).deriv()(pose[k]) if c.follows else 1.0
            couplings[joint.dofadr[0], k] = slope
        data.qvel[:] = couplings @ rates
        data.act[:] = rng.uniform(0, 1, theirs.na)
        mujoco.mj_forward(theirs, data)
        self.ours.set_state(0, pose, rates)
        self.ours.kinematics()
        self.ours.muscles()
        return couplings


@pytest.fixture(
    scope="module", params=["leg", "pulley", "myofinger", "myoelbow", "myohand", "myolegs"]
)
def twin(request: pytest.FixtureRequest) -> Twin:
    if request.param in ("leg", "pulley"):
        theirs = mujoco.MjModel.from_xml_string(LEG if request.param == "leg" else PULLEY)
    else:
        pytest.importorskip("myo_sim", reason="the mujoco extra brings it")
        theirs = open_model(f"myo_sim:{request.param}")
    character = character_of(theirs, request.param)
    model = _core.Model(character)
    ours = _core.ReferenceSimulation(model, actuator="activation", ground=False)
    return Twin(theirs, mujoco.MjData(theirs), character, model, ours)


def test_lengths_and_moment_arms_are_those_of_mujoco(twin: Twin) -> None:
    rng, model = np.random.default_rng(5), twin.model
    tendon_of = [int(t) for t in twin.theirs.actuator_trnid[:, 0]]
    arms, first = np.zeros((model.num_muscles, model.num_dofs)), model.num_root_dofs
    for _ in range(100):
        couplings = twin.set_random_state(rng)
        arms[model.muscle_of_entry, model.dof_of_entry] = twin.ours.field("moment_arm")[:, 0]
        lengths = twin.ours.field("muscle_length")[:, 0]
        np.testing.assert_allclose(lengths, twin.data.ten_length[tendon_of], atol=1e-9, rtol=0)
        rows = np.array([tendon_jacobian(twin.theirs, twin.data, t) for t in tendon_of])
        wanted = -(rows @ couplings)
        error = np.abs(arms - wanted)[:, first:].max(1)
        assert (error < np.where(twin.inside, 1e-8, 1e-12)).all()


def test_forces_of_moving_muscles_are_those_of_mujoco(twin: Twin) -> None:
    rng = np.random.default_rng(6)
    strength = np.array([m.max_isometric_force for m in twin.character.muscles])
    for _ in range(100):
        twin.set_random_state(rng)
        active, passive = (twin.ours.field(f"{k}_force")[:, 0] for k in ("active", "passive"))
        force = twin.data.act * active + passive
        error = np.abs(force + twin.data.actuator_force) / strength
        # Without a rise above the isometric force, the curve's corner at rest is rounded by 1e-6.
        rounded = [m.curves.lengthening_force == 1 for m in twin.character.muscles if m.curves]
        assert (error < np.where(rounded, 2e-6, np.where(twin.inside, 2e-7, 1e-11))).all()


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
        ('tendon="rectus" force', 'joint="hip" force', "muscle 'rectus': does not pull a tendon"),
        ('force="900"', 'force="900" gear="2"', "muscle 'rectus': its gear is 2; 1 is expected"),
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
    assert sum(len(muscle.wraps) for muscle in character.muscles) == 36
    assert [
        line for line in character.left_out if "of the world; nothing touches it" not in line
    ] == [
        "geom 'floor': the ground is level and at height 0 instead"  # it lies at -0.4 m
    ]
    _core.Model(character)
    with pytest.raises(ModelError, match="myo_sim:nolegs: MuJoCo cannot open it"):
        read_model("myo_sim:nolegs")


def test_a_damaged_binary_model_is_refused_in_one_line(leg: Path, tmp_path: Path) -> None:
    model = mujoco.MjModel.from_xml_path(str(leg))
    path, name = tmp_path / "leg.mjb", b"\0rectus\0"
    mujoco.mj_saveModel(model, str(path))
    assert read_model(path).muscles[0].name == "rectus"
    held = path.read_bytes()
    assert name in held
    path.write_bytes(held.replace(name, b"\0\xff\xfectus\0"))
    with pytest.raises(ModelError, match=r"leg.mjb: damaged: its numbers or names"):
        read_model(path)
