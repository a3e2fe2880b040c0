"""Skeletons of MjModels against MuJoCo: placements, mass matrix, accelerations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import small_models
from muscle_viewer.core import _core
from muscle_viewer.core.models.assemble import assemble
from muscle_viewer.core.models.mjcf.read import open_model
from muscle_viewer.core.models.mjcf.skeleton import UPRIGHT, joint_name, skeleton_of
from muscle_viewer.core.models.pose import quaternion_of
from muscle_viewer.core.readers.character import Character

mujoco = pytest.importorskip("mujoco", reason="the mujoco extra brings it")
pytest.importorskip("myo_sim", reason="the mujoco extra brings it")

MODELS = ["myolegs", "myolegs26", "myofinger", "myoelbow"]
POSES = 100


@dataclass
class Twin:
    """A model on both sides."""

    theirs: Any
    data: Any
    character: Character
    model: _core.Model


@pytest.fixture(scope="module", params=MODELS)
def twin(request: pytest.FixtureRequest) -> Twin:
    theirs = open_model(f"myo_sim:{request.param}")
    skeleton = skeleton_of(theirs)
    for i, segment in enumerate(skeleton.segments):  # the moving points of tendons
        if segment.mass == 0:
            theirs.body_mass[i + 1] = 0
            theirs.body_inertia[i + 1] = 0
    character = assemble(small_models.character([]), skeleton)
    return Twin(theirs, mujoco.MjData(theirs), character, _core.Model(character))


@dataclass
class State:
    """One state of both sides: ours, and the velocities and accelerations that ours give theirs."""

    position: np.ndarray
    velocity: np.ndarray
    map: np.ndarray
    """MuJoCo's velocities = map @ ours, with the couplings: shape (nv, dofs)."""
    bias: np.ndarray
    """MuJoCo's accelerations = map @ ours + bias, shape (nv,)."""


def random_state(rng: np.random.Generator, twin: Twin, speed: float) -> State:
    """A state within the joints' ranges, with the dependent joints where the equalities put them."""
    theirs, data, names = twin.theirs, twin.data, twin.character.dof_names
    ours, rates = np.zeros(len(names)), rng.normal(size=len(names)) * speed
    to_theirs, bias = np.zeros((theirs.nv, len(names))), np.zeros(theirs.nv)
    driven = {
        int(theirs.eq_obj1id[e]): (int(theirs.eq_obj2id[e]), theirs.eq_data[e, :5])
        for e in range(theirs.neq)
    }
    for j in range(theirs.njnt):
        dof, at = int(theirs.jnt_dofadr[j]), int(theirs.jnt_qposadr[j])
        if theirs.jnt_type[j] == mujoco.mjtJoint.mjJNT_FREE:
            turn, place = rng.normal(size=3), rng.normal(size=3)
            rotation = small_models.exponential(turn)
            data.qpos[:7] = [*place, *quaternion_of(rotation)]
            ours[:6] = [*turn, *(UPRIGHT.rotation @ place)]
            to_theirs[:3, 3:6], to_theirs[3:6, :3] = rotation, np.eye(3)
            bias[:3] = rotation @ np.cross(rates[:3], rates[3:6])
        elif j not in driven:
            low, high = theirs.jnt_range[j] if theirs.jnt_limited[j] else (-1, 1)
            k = names.index(joint_name(theirs, j))
            ours[k] = data.qpos[at] = rng.uniform(0.9 * low + 0.1 * high, 0.1 * low + 0.9 * high)
            to_theirs[dof, k] = 1
    for j, (source, coefficients) in driven.items():
        dof, at = int(theirs.jnt_dofadr[j]), int(theirs.jnt_qposadr[j])
        k = names.index(joint_name(theirs, source))
        f = np.polynomial.Polynomial(coefficients)
        x = ours[k] - theirs.qpos0[theirs.jnt_qposadr[source]]
        data.qpos[at] = theirs.qpos0[at] + f(x)
        to_theirs[dof, k] = f.deriv()(x)
        bias[dof] = f.deriv(2)(x) * rates[k] ** 2
    data.qvel[:] = to_theirs @ rates
    mujoco.mj_forward(theirs, data)
    return State(ours, rates, to_theirs, bias)


def simulation(twin: Twin, lanes: bool, gravity: float) -> Any:
    settings = {"actuator": "torque", "ground": False, "time_step": 1e-15, "gravity": gravity}
    if lanes:
        return _core.LanesSimulation(twin.model, _core.instruction_sets()[0], **settings)
    return _core.ReferenceSimulation(twin.model, **settings)


def accelerations(twin: Twin, ours: Any, state: State, torque: np.ndarray) -> np.ndarray:
    ours.set_state(0, state.position, state.velocity)
    ours.field("direct_torque")[:, 0] = torque
    ours.kinematics()
    ours.forward_dynamics()
    return np.array(ours.field("acceleration")[:, 0], np.float64)


def mass_matrix(twin: Twin) -> np.ndarray:
    full = np.zeros((twin.theirs.nv, twin.theirs.nv))
    mujoco.mj_fullM(twin.theirs, twin.data, full)
    return full


@pytest.mark.slow
@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-9), (True, 2e-6)])
def test_bodies_are_where_mujoco_has_them(twin: Twin, lanes: bool, tolerance: float) -> None:
    rng = np.random.default_rng(1)
    ours = simulation(twin, lanes, 9.81)
    for _ in range(POSES):
        state = random_state(rng, twin, 1.0)
        if lanes:  # far from the origin, single precision is coarse
            state.position[3:6] *= twin.model.num_root_dofs == 0
            twin.data.qpos[:3] *= twin.model.num_root_dofs == 0
            mujoco.mj_kinematics(twin.theirs, twin.data)
        ours.set_state(0, state.position, state.velocity)
        ours.kinematics()
        root = state.position[3:6] if twin.model.num_root_dofs == 6 else np.zeros(3)
        turns = ours.field("body_rotation")[:, 0].reshape(-1, 3, 3)
        origins = root + ours.field("body_position")[:, 0].reshape(-1, 3)
        for b in range(1, twin.theirs.nbody):
            place = twin.character.frames[twin.theirs.body(b).name]
            turn, origin = turns[place.body], origins[place.body]
            theirs = UPRIGHT.rotation @ twin.data.xmat[b].reshape(3, 3)
            np.testing.assert_allclose(turn @ place.rotation, theirs, atol=tolerance)
            np.testing.assert_allclose(
                origin + turn @ place.position, UPRIGHT.rotation @ twin.data.xpos[b], atol=tolerance
            )


@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-9), (True, 1e-5)])
def test_unit_torques_make_the_inverse_of_mujocos_mass_matrix(
    twin: Twin, lanes: bool, tolerance: float
) -> None:
    rng = np.random.default_rng(2)
    ours = simulation(twin, lanes, 0.0)
    dofs = twin.model.num_dofs
    for _ in range(POSES // 5 if lanes else POSES):
        state = random_state(rng, twin, 0.0)
        wanted = state.map.T @ mass_matrix(twin) @ state.map
        passive = accelerations(twin, ours, state, np.zeros(dofs))
        inverse = np.array(
            [accelerations(twin, ours, state, unit) - passive for unit in np.eye(dofs)]
        )
        scale = np.sqrt(np.diag(wanted))
        error = (wanted @ inverse - np.eye(dofs)) * scale / scale[:, None]
        assert np.abs(error).max() < tolerance * np.linalg.cond(wanted / np.outer(scale, scale))


@pytest.mark.parametrize(("lanes", "tolerance"), [(False, 1e-7), (True, 1e-4)])
def test_accelerations_are_those_of_mujoco_with_rigid_couplings(
    twin: Twin, lanes: bool, tolerance: float
) -> None:
    rng = np.random.default_rng(3)
    ours = simulation(twin, lanes, 9.81)
    for _ in range(POSES):
        state = random_state(rng, twin, 2.0)
        torque = rng.normal(size=twin.model.num_dofs)
        full = mass_matrix(twin)
        force = twin.data.qfrc_passive - twin.data.qfrc_bias - full @ state.bias
        reduced = state.map.T @ full @ state.map
        wanted = np.linalg.solve(reduced, state.map.T @ force + torque)
        found = accelerations(twin, ours, state, torque)
        np.testing.assert_allclose(found, wanted, atol=tolerance * np.abs(wanted).max())
