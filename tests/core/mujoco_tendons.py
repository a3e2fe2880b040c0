"""A character of MuJoCo's bodies, hinges and tendons, whose paths are evaluated in transforms that MuJoCo gives."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mujoco
import numpy as np
import small_models as models
from muscle_viewer.core import _core
from muscle_viewer.core.readers.character import Body, Character, Muscle
from muscle_viewer.core.readers.mjcf.muscles import muscles_of
from muscle_viewer.core.readers.mjcf.tendons import Tendons
from muscle_viewer.core.readers.muscle_path import MusclePath, PathAttachment


class TendonModel:
    """Each hinge carries a body of its own, whose x axis is the hinge's; the character's joints are never moved."""

    def __init__(self, model: Any, actuators: bool = False) -> None:
        """actuators: the muscles are the model's actuators; otherwise its tendons, with any forces."""
        self.model, self.data = model, mujoco.MjData(model)
        self.hinges: list[int] = []
        self._frames: list[tuple[str, int]] = []
        self._index: list[int] = []
        tendons = Tendons(model)
        self.names = list(tendons.paths)
        """Of the tendons, or of the actuators' tendons."""
        self.character = self._character(tendons, actuators)
        self.core = _core.Model(self.character)

    def _character(self, tendons: Tendons, actuators: bool) -> Character:
        bodies: list[Body] = []

        def add(name: str, parent: int, joint: str, frame: tuple[str, int]) -> int:
            bodies.append(
                models.body(name, parent, models.joint(joint, dof_names=[name] * (joint != "weld")))
            )
            self._frames.append(frame)
            return len(bodies) - 1

        for b in range(self.model.nbody):
            parent = self._index[self.model.body_parentid[b]] if b else -1
            first = int(self.model.body_jntadr[b])
            for j in range(first, first + int(self.model.body_jntnum[b])):
                if self.model.jnt_type[j] == mujoco.mjtJoint.mjJNT_HINGE:
                    self.hinges.append(j)
                    parent = add(f"hinge {j}", parent, "revolute", ("joint", j))
            self._index.append(add(f"body {b}", parent, "weld", ("body", b)))
        if actuators:
            given = muscles_of(self.model, tendons)
            muscles = [replace(m, path=self._points(m.path)) for m in given]
        else:
            muscles = [self._muscle(name, path) for name, path in tendons.paths.items()]
        wraps = [replace(wrap, body=self._index[wrap.body]) for wrap in tendons.wraps]
        return replace(models.character(bodies, muscles), wraps=wraps)

    def _muscle(self, name: str, path: MusclePath) -> Muscle:
        points = self._points(path.path)
        return Muscle(
            name, 1000.0, 0.1, 0.2, 0.0, "other", points,
            path.wraps, path.conditions, path.motions, path.pulleys,
        )  # fmt: skip

    def _points(self, path: list[list[PathAttachment]]) -> list[list[PathAttachment]]:
        return [[replace(a, body=self._index[a.body]) for a in point] for point in path]

    def random_pose(self, rng: np.random.Generator) -> None:
        """Move every hinge and slide within its range, and turn what is free."""
        for j in range(self.model.njnt):
            address, kind = int(self.model.jnt_qposadr[j]), self.model.jnt_type[j]
            if kind == mujoco.mjtJoint.mjJNT_FREE:
                quaternion = rng.normal(size=4)
                self.data.qpos[address + 3 : address + 7] = quaternion / np.linalg.norm(quaternion)
            elif self.model.jnt_limited[j]:
                self.data.qpos[address] = rng.uniform(*self.model.jnt_range[j])
        mujoco.mj_forward(self.model, self.data)

    def transforms(self) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (bodies, 3, 3) and origins (bodies, 3) of the character's bodies, relative to the first free one."""
        rotations, origins = [], []
        center = self.data.xpos[1]
        for kind, item in self._frames:
            if kind == "body":
                rotations.append(self.data.xmat[item].reshape(3, 3))
                origins.append(self.data.xpos[item] - center)
                continue
            axis = self.data.xaxis[item]
            across = np.cross(axis, np.eye(3)[np.argmin(np.abs(axis))])
            across /= np.linalg.norm(across)
            rotations.append(np.stack([axis, across, np.cross(axis, across)], axis=1))
            origins.append(self.data.xanchor[item] - center)
        return np.array(rotations), np.array(origins)

    def expected(self) -> tuple[np.ndarray, np.ndarray]:
        """MuJoCo's lengths (tendons,) and derivatives by the hinges' angles (tendons, hinges)."""
        ids = [mujoco.mj_name2id(self.model, mujoco.mjtObj.mjOBJ_TENDON, n) for n in self.names]
        dense = np.zeros((self.model.ntendon, self.model.nv))
        if self.data.ten_J.size == dense.size and self.data.ten_J.ndim == 2:
            dense[:] = self.data.ten_J
        else:
            for t in range(self.model.ntendon):
                begin = self.model.ten_J_rowadr[t]
                row = slice(begin, begin + self.model.ten_J_rownnz[t])
                dense[t, self.model.ten_J_colind[row]] = self.data.ten_J[row]
        columns = self.model.jnt_dofadr[self.hinges]
        return self.data.ten_length[ids].copy(), dense[np.ix_(ids, columns)]

    def place(self, simulation: Any, lane: int, transforms: tuple[np.ndarray, np.ndarray]) -> None:
        """Put the character's bodies where the transforms have them."""
        simulation.field("body_rotation")[:, lane] = transforms[0].reshape(-1)
        simulation.field("body_position")[:, lane] = transforms[1].reshape(-1)

    def paths(self, simulation: Any, lane: int) -> tuple[np.ndarray, np.ndarray]:
        """The core's lengths (tendons,) and derivatives by the hinges' angles (tendons, hinges)."""
        derivatives = np.zeros((self.core.num_muscles, len(self.hinges)))
        entries = self.core.muscle_of_entry, self.core.dof_of_entry
        derivatives[entries] = -simulation.field("moment_arm")[:, lane]
        return simulation.field("muscle_length")[:, lane].astype(float), derivatives
