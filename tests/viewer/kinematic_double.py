"""A character that moves without physics, for the viewer's own tests.

The shipped human plays the shipped walk by forward kinematics, and its muscles' activations rise and fall like waves. It
has the interface of the real session, so that runtime, panels and renderer can be tested without the core.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import yaml
from muscle_viewer.core.frame import Frame, ModelInfo, Shape
from muscle_viewer.viewer.simulation.inputs import Inputs
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.subject import Subject

ROOT = Path(__file__).resolve().parents[2]
CHARACTER = ROOT / "assets" / "characters" / "human.yaml"
MOTION = ROOT / "assets" / "motions" / "walk.yaml"
JOINT_DOFS = {"free": 6, "ball": 3, "revolute": 1, "weld": 0}


def rotation(vector: np.ndarray) -> np.ndarray:
    """The rotation matrix of a rotation vector (Rodrigues), shape (3,) to (3, 3)."""
    angle = np.linalg.norm(vector)
    if angle < 1e-9:
        return np.eye(3)
    x, y, z = vector / angle
    k = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + np.sin(angle) * k + (1 - np.cos(angle)) * k @ k


def quaternion_matrix(q: list[float]) -> np.ndarray:
    """The rotation matrix of [w, x, y, z]."""
    w, x, y, z = np.asarray(q, float) / np.linalg.norm(q)
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


@cache
def files() -> tuple[dict, dict]:
    """Character and motion, read once: the text is long."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    character, motion = (yaml.load(p.read_text(), loader) for p in (CHARACTER, MOTION))
    return character, motion


class KinematicSession:
    """A `Session` of forward kinematics."""

    name = "double.pt"
    control_period = 1.0 / 30.0
    parameters = Parameters()

    def __init__(self, end_time: float = np.inf, fail_at: float = np.inf) -> None:
        self._character, motion = files()
        self._frames = np.array(motion["frames"])
        self._frame_time = motion["frame_time"]
        self._advance = np.array(motion["cycle_translation"])
        self._bodies = {b["name"]: i for i, b in enumerate(self._character["bodies"])}
        self._points = [self._point(p) for m in self._character["muscles"] for p in m["path"]]
        self._end_time = end_time
        self._fail_at = fail_at
        self._time = 0.0
        self.info = self._build_info()
        self.subject = Subject(self.info, lambda q: self._pose(np.asarray(q, float)))
        self._rest = self._lengths(self._pose(np.zeros(self._frames.shape[1])))

    def reset(self) -> Frame:
        """Go back to time 0."""
        self._time = 0.0
        return self._frame()

    def decide(self) -> np.ndarray:
        """Nothing to decide."""
        return np.zeros(1, np.float32)

    def save(self) -> float:
        """The time is all."""
        return self._time

    def restore(self, state: float) -> None:
        """Go to a time."""
        self._time = state

    def change(self, parameters: Parameters) -> None:
        """Take them, to no effect."""
        self.parameters = parameters

    def frame(self) -> Frame:
        """The present moment."""
        return self._frame()

    def step(self, inputs: Inputs) -> Frame:
        """One control period on."""
        self._time += self.control_period
        if self._time > self._fail_at:
            raise RuntimeError("the test double was asked to fail")
        return self._frame()

    def _point(self, point: dict) -> list[tuple[int, float, np.ndarray]]:
        if "body" in point:
            return [(self._bodies[point["body"]], 1.0, np.array(point["position"]))]
        parts = zip(point["bodies"], point["weights"], point["positions"], strict=True)
        return [(self._bodies[body], weight, np.array(place)) for body, weight, place in parts]

    def _build_info(self) -> ModelInfo:
        c = self._character
        muscles = c["muscles"]
        names = [
            name
            for b in c["bodies"]
            for name in b["joint"].get("names", ["?"] * JOINT_DOFS[b["joint"]["type"]])
        ]
        dofs = len(names)
        return ModelInfo(
            name=c["name"],
            body_names=list(self._bodies),
            body_parents=np.array(
                [self._bodies.get(b["parent"], -1) for b in c["bodies"]], np.int32
            ),
            shapes=[_shape(i, s) for i, b in enumerate(c["bodies"]) for s in b.get("shapes", [])],
            dof_names=names,
            muscle_names=[m["name"] for m in muscles],
            muscle_groups=[m["group"] for m in muscles],
            max_isometric_force=np.array([m["max_isometric_force"] for m in muscles]),
            optimal_fibre_length=np.array([m["optimal_fibre_length"] for m in muscles]),
            tendon_slack_length=np.array([m["tendon_slack_length"] for m in muscles]),
            path_offsets=np.cumsum([0, *(len(m["path"]) for m in muscles)]).astype(np.int32),
            contact_bodies=np.zeros(0, np.int32),
            contact_radii=np.zeros(0),
            muscle_of=np.zeros(0, np.int32),
            muscle_dofs=np.zeros(0, np.int32),
            network_entries=np.zeros(0, np.int32),
            muscle_driven_dofs=np.ones(dofs - 6, bool),
            total_mass=float(sum(b["mass"] for b in c["bodies"])),
            sim_hz=480,
            control_hz=30,
            reward_names=["pose", "root"],
        )

    def _positions(self) -> np.ndarray:
        place = self._time / self._frame_time
        count = len(self._frames)
        cycle, index = divmod(int(place), count)
        here, there = self._frames[index], self._frames[(index + 1) % count].copy()
        if index + 1 == count:
            there[3:6] += self._advance
        positions = here + (place - int(place)) * (there - here)
        positions[3:6] += cycle * self._advance
        return positions

    def _pose(self, q: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rotations (bodies, 3, 3) and positions (bodies, 3) in the world."""
        rotations, places, at = [], [], 0
        for body in self._character["bodies"]:
            joint = body["joint"]
            kind = joint["type"]
            own = q[at : at + JOINT_DOFS[kind]]
            at += JOINT_DOFS[kind]
            if kind == "free":
                rotations.append(rotation(own[:3]))
                places.append(own[3:6])
                continue
            parent = self._bodies[body["parent"]]
            frame = quaternion_matrix(joint.get("orientation", [1, 0, 0, 0]))
            turn = own if kind == "ball" else own * np.array(joint.get("axis", [1, 0, 0]))
            local = frame @ (rotation(turn) if len(own) else np.eye(3))
            rotations.append(rotations[parent] @ local)
            places.append(places[parent] + rotations[parent] @ np.array(joint["position"]))
        return np.array(rotations), np.array(places)

    def _path(self, pose: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        turn, place = pose
        return np.array([sum(w * (place[b] + turn[b] @ p) for b, w, p in k) for k in self._points])

    def _lengths(self, pose: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        points = self._path(pose)
        steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
        offsets = self.info.path_offsets
        return np.array(
            [steps[a : b - 1].sum() for a, b in zip(offsets, offsets[1:], strict=False)]
        )

    def _frame(self) -> Frame:
        q = self._positions()
        pose = self._pose(q)
        masses = np.array([b["mass"] for b in self._character["bodies"]])
        coms = np.array([b["com"] for b in self._character["bodies"]])
        centre = np.average(pose[1] + np.einsum("bij,bj->bi", *(pose[0], coms)), 0, masses)
        muscles = np.arange(len(self.info.muscle_names))
        wave = np.sin(2 * np.pi * (self._time / 1.07 + 0.5 * (muscles % 2)) + 0.37 * (muscles // 2))
        activations = np.clip(0.45 + 0.55 * wave, 0.0, 1.0)
        dofs = len(q)
        none, joints = np.zeros(len(muscles)), np.zeros(dofs - 6)
        return Frame(
            time=self._time,
            phase=self._time / (self._frame_time * len(self._frames)) % 1.0,
            positions=q.astype(np.float32),
            velocities=np.zeros(dofs, np.float32),
            body_rotations=pose[0].astype(np.float32),
            body_positions=pose[1].astype(np.float32),
            path_points=self._path(pose).astype(np.float32),
            activations=activations.astype(np.float32),
            excitations=activations.astype(np.float32),
            fibre_lengths=(self._lengths(pose) / self._rest).astype(np.float32),
            fibre_velocities=none,
            active_forces=none,
            passive_forces=none,
            muscle_lengths=self._lengths(pose),
            desired_torques=joints,
            muscle_torques=joints,
            passive_torques=joints,
            applied_torques=joints,
            contact_points=np.zeros((0, 3)),
            contact_forces=np.zeros((0, 3)),
            reward=0.9,
            reward_terms={"pose": 0.8 + 0.1 * float(wave[0]), "root": 0.95},
            terminated=self._time >= self._end_time,
            truncated=False,
            diverged=False,
            reference_positions=q.astype(np.float32),
            target_positions=q.astype(np.float32),
            moment_arms=np.zeros(0, np.float32),
            center_of_mass=centre.astype(np.float32),
        )


def _shape(body: int, shape: dict) -> Shape:
    orientation = np.array(shape.get("orientation", [1.0, 0.0, 0.0, 0.0]))
    kind = shape["type"]
    if kind == "capsule":
        start, end = np.array(shape["from"]), np.array(shape["to"])
        along = end - start
        length = float(np.linalg.norm(along))
        turn = np.array([1.0 + along[1] / length, along[2] / length, 0.0, -along[0] / length])
        if np.linalg.norm(turn) < 1e-9:
            turn = np.array([0.0, 1.0, 0.0, 0.0])
        size = np.array([shape["radius"], length, 0.0])
        return Shape(body, kind, size, 0.5 * (start + end), turn / np.linalg.norm(turn))
    size = np.full(3, shape["radius"]) if kind == "sphere" else np.array(shape["size"])
    return Shape(body, kind, size, np.array(shape["position"]), orientation)
