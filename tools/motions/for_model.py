"""Writes a walking motion of the project's human for another model with legs, such as myo_sim:myolegs.

python tools/motions/for_model.py assets/characters/human.yaml assets/motions/walk.yaml myo_sim:myolegs walk_myolegs.yaml

Knees, ankles and other single coordinates are taken by name; the coordinates of the hips such that the thighs turn as
the human's do; the pelvis as the human's, ahead along z, at a height at which the lowest contact is on the ground.
Coordinates that turn against the human's have the other sign. Lengths are scaled by the legs'. What the human has not
stays in the model's initial pose.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from muscle_viewer.core import _core
from muscle_viewer.core.models.pose import about, matrix_of
from muscle_viewer.core.models.read import read_model
from muscle_viewer.core.readers.character import Character
from muscle_viewer.core.readers.motion import Motion, read_motion
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter1d

Floats = NDArray[np.float64]
ROOT = 6
SIDES = ("r", "l")
HIPS = ("hip_flexion", "hip_adduction", "hip_rotation")
LEG = ("femur_r", "tibia_r", "talus_r")
ITERATIONS = 8
STEP = 1e-5
"""rad, of finite differences."""
SMOOTHED = 2.0
"""Frames, standard deviation of the filter of the root's height."""
DEPTH = 0.002
"""m, of the lowest contact in the ground, as the weight presses it."""


class Body:
    """A character whose bodies are placed by its dofs."""

    def __init__(self, character: Character) -> None:
        self.character, self.names = character, character.dof_names
        self._simulation = _core.ReferenceSimulation(_core.Model(character))
        self.zero = np.array(list(character.pose().values()))
        self._place = character.frames or {}
        self._bodies = [body.name for body in character.bodies]

    def at(self, pose: Floats) -> dict[str, tuple[Floats, Floats]]:
        """Rotation, shape (3, 3), and origin in the world, m, of each body."""
        self._simulation.set_state(0, pose, np.zeros_like(pose))
        self._simulation.kinematics()
        turns = self._simulation.field("body_rotation")[:, 0].reshape(-1, 3, 3).copy()
        origins = pose[3:ROOT] + self._simulation.field("body_position")[:, 0].reshape(-1, 3)
        found = {name: (turns[i], origins[i]) for i, name in enumerate(self._bodies)}
        for name, p in self._place.items():
            found[name] = (turns[p.body] @ p.rotation, origins[p.body] + turns[p.body] @ p.position)
        return found

    def turned(self, turn: Floats, pose: Floats) -> Floats:
        """The dofs of the root's rotation after a turn in the world, shape (3,)."""
        joint = matrix_of(self.character.bodies[0].joint.orientation)
        return vector_of(joint.T @ turn @ joint @ exponential(pose[:3]))

    def lowest(self, pose: Floats) -> float:
        """Height of the lowest contact, m."""
        places = self.at(pose)
        return min(
            float((places[b.name][0] @ c.position + places[b.name][1])[1] - c.radius)
            for b in self.character.bodies
            for c in b.contacts
        )

    def axis(self, dof: int, pose: Floats) -> Floats:
        """The axis in the world, about which a dof turns what is past it."""
        moved = pose.copy()
        moved[dof] += STEP
        here, there = self.at(pose), self.at(moved)
        turns = [vector_of(there[name][0] @ here[name][0].T) for name in self._bodies]
        return max(turns, key=lambda turn: float(np.linalg.norm(turn))) / STEP

    @property
    def leg(self) -> float:
        """Length of thigh and shank, m."""
        at = [self.at(self.zero)[name][1] for name in LEG]
        return float(sum(np.linalg.norm(b - a) for a, b in zip(at, at[1:], strict=False)))


def vector_of(rotation: Floats) -> Floats:
    """The rotation vector of a matrix."""
    axis = np.array(
        [
            rotation[2, 1] - rotation[1, 2],
            rotation[0, 2] - rotation[2, 0],
            rotation[1, 0] - rotation[0, 1],
        ]
    )
    sine, cosine = np.linalg.norm(axis) / 2, (np.trace(rotation) - 1) / 2
    angle = np.arctan2(sine, cosine)
    return axis / 2 * (angle / sine if sine > 1e-9 else 1.0)


def exponential(vector: Floats) -> Floats:
    angle = float(np.linalg.norm(vector))
    return about(vector / angle, angle) if angle > 0 else np.eye(3)


def facing(model: Body) -> Floats:
    """The rotation about y that turns the model's toes ahead, along z."""
    places = model.at(model.zero)
    ahead = places["toes_r"][1] - places["calcn_r"][1]
    return about(np.array([0.0, 1.0, 0.0]), -float(np.arctan2(ahead[0], ahead[2])))


def frames_for(human: Body, motion: Motion, model: Body) -> tuple[Floats, float]:
    """The model's frames, shape (T, dofs), and the factor on lengths."""
    scale = model.leg / human.leg
    upright = model.zero.copy()
    upright[:3] = model.turned(facing(model), upright)
    before, own_before = human.at(human.zero), model.at(upright)
    shared = {
        name: _sense(human, model, upright, name)
        for name in model.names[ROOT:]
        if name in human.names
    }
    frames, pose = [], upright.copy()
    for frame in motion.frames:
        now = human.at(frame)
        turn = {b: now[b][0] @ before[b][0].T for b in ("pelvis", "femur_r", "femur_l")}
        pose[:3] = model.turned(turn["pelvis"], upright)
        pose[3:ROOT] = scale * frame[3:ROOT]
        for name, sense in shared.items():
            pose[model.names.index(name)] = sense * frame[human.names.index(name)]
        for side in SIDES:
            target = turn[f"femur_{side}"] @ own_before[f"femur_{side}"][0]
            _turn_hip(model, pose, side, target)
        frames.append(pose.copy())
    made = np.array(frames)
    lowest = np.array([model.lowest(frame) for frame in made])
    made[:, 4] -= gaussian_filter1d(lowest, SMOOTHED, mode="wrap") + DEPTH
    return made, scale


def _sense(human: Body, model: Body, upright: Floats, name: str) -> float:
    """1 where a coordinate of both turns in the same direction, -1 where against it."""
    theirs = human.axis(human.names.index(name), human.zero)
    return float(np.sign(theirs @ model.axis(model.names.index(name), upright)))


def _turn_hip(model: Body, pose: Floats, side: str, target: Floats) -> None:
    """Gauss-Newton on the hip's coordinates until the thigh has the target's rotation."""
    dofs = [model.names.index(f"{name}_{side}") for name in HIPS]

    def error() -> Floats:
        return vector_of(target @ model.at(pose)[f"femur_{side}"][0].T)

    for _ in range(ITERATIONS):
        here, columns = error(), []
        for dof in dofs:
            pose[dof] += STEP
            columns.append((error() - here) / STEP)
            pose[dof] -= STEP
        pose[dofs] -= np.linalg.solve(np.array(columns).T, here)
    left = float(np.linalg.norm(error()))
    if left > 1e-6:
        raise SystemExit(f"hip {side}: {left:.2g} rad from the human's")


def main(human: str, motion: str, model: str, out: str) -> None:
    """Write the motion."""
    walker, other = Body(read_model(human)), Body(read_model(model))
    given = read_motion(motion, walker.character)
    frames, scale = frames_for(walker, given, other)
    tree: dict[str, Any] = {
        "format": "muscle-viewer/motion-1",
        "name": f"{given.name} for {other.character.name}",
        "sources": [f"{Path(motion).name}, by tools/motions/for_model.py"],
        "cyclic": given.cyclic,
        "frame_time": given.frame_time * float(np.sqrt(scale)),
        "cycle_translation": [float(x) for x in scale * given.cycle_translation],
        "coordinates": other.names,
        "frames": [[round(float(x), 6) for x in frame] for frame in frames],
        "events": given.events,
    }
    Path(out).write_text(yaml.safe_dump(tree, sort_keys=False, default_flow_style=None, width=160))


if __name__ == "__main__":
    if len(sys.argv) != 5:
        raise SystemExit(__doc__)
    main(*sys.argv[1:])
