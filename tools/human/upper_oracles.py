"""Moment arms of trunk, shoulder and neck in other people's models, about axes of ours.

Axes: x to the left, y up, z forward, so that positive turns are flexion, a twist to the left and a bend to the right.
Every arm is -dL/dq by central differences of the program's own muscle-tendon lengths.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tools.human.kinematics import rotation_about, vector_from_rotation

STEP = 1e-3
"""Half the step of the differences, rad."""

FROM_MUJOCO = np.array([[1.0, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, -1.0, 0.0]])
"""MyoSim's world (x left, y back, z up) to our axes."""

SPINE = "flex_extension L4_L5_FE L3_L4_FE L2_L3_FE L1_L2_FE".split()
SPINE_SHARES = np.array(
    [
        [0.125, 0.185, 0.204, 0.231, 0.255],
        [0.2078, 0.2208, 0.2208, 0.1818, 0.1688],
        [0.1356, 0.1811, 0.2453, 0.2501, 0.188],
    ]
)
"""Shares (axes, joints) of L5/S1 to L1/L2 in a flexion, a twist and a bend of the lumbar spine: Christophy et al. (2012),
Biomech Model Mechanobiol 11, 19-34. MyoTorso has all but those of L5/S1, which its coordinates turn by the full value."""

SPINE_SIGNS = (-1.0, 1.0, 1.0)
SPINE_KINDS = ("FE", "AR", "LB")
SPINE_OWN = ("flex_extension", "axial_rotation", "lat_bending")

ABDOMEN_SHARE = 0.6429
"""Turn of MyoTorso's abdomen, on which obliques end, in a flexion of 1."""

MYO_TRUNK = 0.5527
"""Height of the shoulder's centre over the hip's in MyoFullBody, m."""


@dataclass(frozen=True)
class Oracle:
    """Another model's muscles of the right side: names, forces (M,) in N, and moment arms (M, 3) in m at a pose (3,)."""

    names: list[str]
    forces: np.ndarray
    arms: Callable[[np.ndarray], np.ndarray]
    size: float
    """A length of it, m, by whose ratio to ours its arms are scaled; 1 for a man of our size."""


def central(lengths: Callable[[int, float], np.ndarray]) -> np.ndarray:
    """-dL/dq (M, 3) of lengths (M,) that are given for a turn about each of three axes."""
    pairs = [(lengths(axis, STEP), lengths(axis, -STEP)) for axis in range(3)]
    return np.stack([(low - high) / (2 * STEP) for high, low in pairs], axis=1)


class _MuJoCo:
    """A model of MyoSim with its muscles of the right side."""

    def __init__(self, name: str, ending: str, exchanged: tuple[str, ...] = ()) -> None:
        import mujoco
        import myo_sim

        self._mujoco = mujoco
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.model: Any = myo_sim.load_model(name)
        self.data: Any = mujoco.MjData(self.model)
        tendons = self.model.actuator_trnid[:, 0]
        named = {t: self.model.tendon(t).name.removesuffix("_tendon") for t in tendons}
        other = {f"{m}_l": f"{m}_r" for m in exchanged} | {f"{m}_r": f"{m}_l" for m in exchanged}
        named = {t: other.get(name, name) for t, name in named.items()}
        self._actuators = [a for a, t in enumerate(tendons) if named[t].endswith(ending)]
        self._tendons = tendons[self._actuators]
        self.names = [named[t].removesuffix(ending) for t in self._tendons]
        self.forces = self.model.actuator_gainprm[self._actuators, 2]

    def lengths(self) -> np.ndarray:
        """Of the muscles (M,), m, at the data's coordinates."""
        self._mujoco.mj_kinematics(self.model, self.data)
        self._mujoco.mj_tendon(self.model, self.data)
        return self.data.ten_length[self._tendons].copy()

    def turn(self, body: int, matrix: np.ndarray) -> None:
        """Turn a body against its parent, whatever its joints say, by a rotation (3, 3)."""
        self._mujoco.mju_mat2Quat(self.model.body_quat[body], np.ascontiguousarray(matrix).ravel())

    def at(self, joint: str) -> int:
        """Place of a joint's coordinate."""
        return int(self.model.joint(joint).qposadr[0])


def trunk() -> Oracle:
    """MyoTorso. A pose is the flexion, twist and bend of the whole lumbar spine, rad, shared among its five joints.

    Of its rectus abdominis, `_l` is the right one (0.2.4).
    """
    torso = _MuJoCo("myotorso", "_r", exchanged=("rect_abd",))
    joints = np.array(
        [
            [torso.at(own), *(torso.at(j.replace("FE", kind)) for j in SPINE[1:])]
            for kind, own in zip(SPINE_KINDS, SPINE_OWN, strict=True)
        ]
    )
    abdomen = torso.at("Abs_r3")

    def lengths(pose: np.ndarray) -> np.ndarray:
        turns = pose * SPINE_SIGNS
        torso.data.qpos[:] = 0.0
        torso.data.qpos[joints] = SPINE_SHARES * turns[:, None]
        torso.data.qpos[abdomen] = ABDOMEN_SHARE * turns[0]
        return torso.lengths()

    unit = np.eye(3)
    return Oracle(
        torso.names,
        torso.forces,
        lambda pose: central(lambda axis, step: lengths(pose + step * unit[axis])),
        MYO_TRUNK,
    )


def arm_turn(pose: np.ndarray) -> np.ndarray:
    """Turn (3, 3) of the hanging upper arm: about itself (y), to the side (z), then forward and back (x), rad."""
    x, y, z = (
        rotation_about(axis, np.array([angle]))[0]
        for axis, angle in zip(np.eye(3), pose, strict=True)
    )
    return x @ z @ y


def turned(pose: np.ndarray, axis: int, step: float) -> np.ndarray:
    """`arm_turn` of a pose and a small turn after it: about the x or z axis of the trunk, or the arm's own axis (1)."""
    rotation = arm_turn(pose)
    about = rotation[:, 1] if axis == 1 else np.eye(3)[axis]
    return rotation_about(about, np.array([step]))[0] @ rotation


def arm_frame(downwards: np.ndarray, elbow: np.ndarray) -> np.ndarray:
    """Axes (3, 3) of a hanging upper arm: the elbow's axis to the left, the bone up, forward."""
    up = -downwards / np.linalg.norm(downwards)
    forward = np.cross(elbow * np.sign(elbow[0]), up)
    forward /= np.linalg.norm(forward)
    return np.stack([np.cross(up, forward), up, forward], axis=1)


def shoulder(our_arm: np.ndarray) -> Oracle:
    """MyoArm with its shoulder blade at rest; a pose is that of `arm_turn`, from our arm's frame (3, 3) at rest."""
    arm = _MuJoCo("myoarm", "")
    humerus, elbow = arm.model.body("humphant_r").id, arm.model.joint("elbow_flexion_r").id
    arm.lengths()
    centre = arm.data.xpos[humerus]
    down = FROM_MUJOCO @ (arm.data.xanchor[elbow] - centre)
    align = our_arm @ arm_frame(down, FROM_MUJOCO @ arm.data.xaxis[elbow]).T
    rest = FROM_MUJOCO @ arm.data.xmat[humerus].reshape(3, 3)
    parent = arm.data.xmat[arm.model.body_parentid[humerus]].reshape(3, 3).copy()

    def lengths(rotation: np.ndarray) -> np.ndarray:
        arm.turn(humerus, parent.T @ FROM_MUJOCO.T @ rotation @ align @ rest)
        return arm.lengths()

    return Oracle(
        arm.names,
        arm.forces,
        lambda pose: central(lambda axis, step: lengths(turned(pose, axis, step))),
        float(np.linalg.norm(down)),
    )


NECK_COORDINATES = {"neck": ("pitch2", "yaw2", "roll2"), "head": ("pitch1", "yaw1", "roll1")}
FROM_OSIM = np.array([[0.0, 0.0, -1.0], [0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])
"""OpenSim's axes (forward, up, right) to ours."""


def neck(path: Path, joint: str) -> Oracle:
    """An OpenSim model of the neck (Mortensen et al. 2018).

    A pose turns the skull against the thorax, by the lower joints (`neck`) or the upper ones (`head`).
    """
    import opensim

    opensim.Logger.setLevelString("Off")
    model = opensim.Model(str(path))
    state = model.initSystem()
    skull = model.getBodySet().get("skull")
    coordinates = [model.getCoordinateSet().get(c) for c in NECK_COORDINATES[joint]]
    all_muscles = [model.getMuscles().get(i) for i in range(model.getMuscles().getSize())]
    muscles = [m for m in all_muscles if not m.getName().endswith("_L")]

    def skull_turn() -> np.ndarray:
        matrix = skull.getTransformInGround(state).R().asMat33()
        return np.array([[matrix.get(i, j) for j in range(3)] for i in range(3)])

    level = FROM_OSIM @ skull_turn().T

    def measured(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        for coordinate, value in zip(coordinates, values, strict=True):
            coordinate.setValue(state, float(value), False)
        model.assemble(state)
        model.realizePosition(state)
        lengths = np.array([m.getLength(state) for m in muscles])
        return lengths, level @ skull_turn() @ FROM_OSIM.T

    def slopes_and_turns(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """-dL/dq (M, 3) along the coordinates, and the skull's turn by each of them as columns (3, 3)."""
        slopes, columns = [], []
        for step in STEP * np.eye(3):
            (high, ahead), (low, behind) = measured(values + step), measured(values - step)
            slopes.append((low - high) / (2 * STEP))
            columns.append(vector_from_rotation(ahead @ behind.T) / (2 * STEP))
        return np.stack(slopes, axis=1), np.stack(columns, axis=1)

    def arms(pose: np.ndarray) -> np.ndarray:
        values = np.linalg.solve(slopes_and_turns(np.zeros(3))[1], pose)
        slopes, turns = slopes_and_turns(values)
        return np.linalg.solve(turns.T, slopes.T).T

    forces = np.array([m.getMaxIsometricForce() for m in muscles])
    return Oracle([m.getName() for m in muscles], forces, arms, size=1.0)
