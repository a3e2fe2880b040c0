"""MuJoCo's answers for a model, with its couplings exact instead of soft."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.polynomial import Polynomial

from ...readers.character import MujocoCurves
from ..gravity import STANDARD
from ..mjcf.left_out import DOWN
from ..mjcf.muscles import muscle_actuators
from ..mjcf.read import character_of, module, open_model
from ..mjcf.skeleton import FREE, UPRIGHT, joint_name, skeleton_of
from ..pose import about, quaternion_of
from .program import Answer, Floats, MuscleGroup, Tolerance


class MujocoProgram:
    """A `Program`: MuJoCo with the model of a file. ModelError: one line that names the file."""

    doubtful = ""

    def __init__(self, source: str | Path) -> None:
        mujoco = module("mujoco", "muscle-viewer[mujoco]")

        self._mujoco = mujoco
        self.name = f"MuJoCo {mujoco.__version__}"
        model = self._model = open_model(source)
        self.character = character_of(model, str(source))
        self.bodies = [segment.name for segment in skeleton_of(model).segments]
        self._leave_out()
        self._data = mujoco.MjData(model)
        self._names = self.character.dof_names
        self._actuators = muscle_actuators(model)
        self.groups = self._groups()
        self.resting = np.zeros(len(self._names), np.bool_)
        ranges = {c.name: c.range for c in self.character.coordinates}
        found = [ranges.get(name) or (-1.0, 1.0) for name in self._names]
        self.ranges = np.array(found).reshape(-1, 2)

    def _groups(self) -> list[MuscleGroup]:
        exact = np.array(
            [
                not any(wrap.inside for wrap in m.wraps)  # found by iteration
                and not (isinstance(m.curves, MujocoCurves) and m.curves.lengthening_force == 1)  # rounded here
                for m in self.character.muscles
            ],
            np.bool_,
        )  # fmt: skip
        lengths, arms = Tolerance(1e-9, 2e-6), Tolerance(1e-8, 1e-5)
        return [
            MuscleGroup("", exact, lengths, arms, Tolerance(1e-9, 1e-4)),
            MuscleGroup("computed by iteration", ~exact, lengths, arms, Tolerance(2e-6, 1e-4)),
        ]

    def _leave_out(self) -> None:
        """What is listed as left out (mjcf/left_out.py), and the masses of bodies that are points of tendons here."""
        model, off = self._model, self._mujoco.mjtDisableBit
        model.opt.gravity[:] = STANDARD * DOWN
        model.opt.wind[:] = model.opt.density = model.opt.viscosity = 0.0
        model.opt.disableactuator = 0
        model.opt.disableflags &= ~int(
            off.mjDSBL_GRAVITY | off.mjDSBL_ACTUATION | off.mjDSBL_SPRING | off.mjDSBL_DAMPER
        )
        for field in (
            "body_gravcomp", "actuator_forcelimited", "tendon_stiffness", "tendon_damping", "tendon_armature",
        ):  # fmt: skip
            getattr(model, field)[:] = 0
        for i, segment in enumerate(skeleton_of(model).segments):
            if segment.mass == 0:
                model.body_mass[i + 1] = 0
                model.body_inertia[i + 1] = 0

    def answer(self, pose: Floats, rates: Floats, activations: Floats) -> Answer:
        """See `Program.answer`."""
        model, data = self._model, self._data
        to_theirs, bias = self._place(pose, rates)
        data.qvel[:] = to_theirs @ rates
        data.act[:] = 0.0
        for value, actuator in zip(activations, self._actuators, strict=True):
            data.act[model.actuator_actadr[actuator]] = value
        self._mujoco.mj_forward(model, data)
        full = np.zeros((model.nv, model.nv))
        self._mujoco.mj_fullM(model, data, full)
        mass = to_theirs.T @ full @ to_theirs
        torques = to_theirs.T @ data.qfrc_actuator
        force = to_theirs.T @ (data.qfrc_passive - data.qfrc_bias - full @ bias)
        tendons = [int(model.actuator_trnid[a, 0]) for a in self._actuators]
        rows = np.array([self._tendon_row(t) for t in tendons]).reshape(-1, model.nv)
        turns = data.xmat[1:].reshape(-1, 3, 3)
        return Answer(
            UPRIGHT.rotation @ turns, data.xpos[1:] @ UPRIGHT.rotation.T, mass,
            torques, np.linalg.solve(mass, force + torques), data.ten_length[tendons],
            -(rows @ to_theirs), -data.actuator_force[self._actuators],
            np.ones(len(tendons), np.bool_),
        )  # fmt: skip

    def _place(self, pose: Floats, rates: Floats) -> tuple[Floats, Floats]:
        """Put MuJoCo's positions there; its velocities by ours, (nv, dofs), and the rest of its accelerations, (nv,)."""
        model, data, names = self._model, self._data, self._names
        to_theirs, bias = np.zeros((model.nv, len(names))), np.zeros(model.nv)
        data.qpos[:] = model.qpos0
        driven = {int(model.eq_obj1id[e]): e for e in range(model.neq) if model.eq_active0[e]}
        for j in range(model.njnt):
            dof, at = int(model.jnt_dofadr[j]), int(model.jnt_qposadr[j])
            if model.jnt_type[j] == FREE:
                angle = float(np.linalg.norm(pose[:3]))
                turn = about(pose[:3] / angle, angle) if angle > 0 else np.eye(3)
                data.qpos[at : at + 7] = [*(UPRIGHT.rotation.T @ pose[3:6]), *quaternion_of(turn)]
                to_theirs[dof : dof + 3, 3:6], to_theirs[dof + 3 : dof + 6, :3] = turn, np.eye(3)
                bias[dof : dof + 3] = turn @ np.cross(rates[:3], rates[3:6])
            elif j not in driven and joint_name(model, j) in names:
                k = names.index(joint_name(model, j))
                data.qpos[at], to_theirs[dof, k] = pose[k], 1.0
        for j, equality in driven.items():
            dof, at = int(model.jnt_dofadr[j]), int(model.jnt_qposadr[j])
            f, source = Polynomial(model.eq_data[equality, :5]), int(model.eq_obj2id[equality])
            if source < 0:
                data.qpos[at] = model.qpos0[at] + model.eq_data[equality, 0]
                continue
            k = names.index(joint_name(model, source))
            x = pose[k] - model.qpos0[model.jnt_qposadr[source]]
            data.qpos[at] = model.qpos0[at] + f(x)
            to_theirs[dof, k], bias[dof] = f.deriv()(x), f.deriv(2)(x) * rates[k] ** 2
        return to_theirs, bias

    def _tendon_row(self, tendon: int) -> Floats:
        """The row of MuJoCo's Jacobian of tendon lengths, which is sparse, shape (nv,)."""
        model: Any = self._model
        jacobian = np.asarray(self._data.ten_J)
        if jacobian.ndim == 2:
            return np.asarray(jacobian[tendon], np.float64)
        row = np.zeros(model.nv)
        first, count = int(model.ten_J_rowadr[tendon]), int(model.ten_J_rownnz[tendon])
        columns = np.asarray(model.ten_J_colind).ravel()[first : first + count]
        row[columns] = jacobian[first : first + count]
        return row
