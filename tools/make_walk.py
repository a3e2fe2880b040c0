"""Write assets/motions/walk.yaml: level walking from published norms, with feet that do not slide.

The norms alone neither close the kinematic chain of two feet on the ground nor keep still soles. So
Fourier series of the leg's angles and of the root are fitted: near the norms (a few degrees),
contact spheres that roll on the ground while they carry, no penetration, clearance in swing, and a
centre of mass whose acceleration is that of published ground reaction forces. The left side is the
right one half a cycle later. Takes a few minutes.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import gait_norms as norms
import numpy as np
from kinematics import Character, rotation_from_vector, vector_from_rotation
from leg_poses import hip_vector
from motion_file import arm_vector, mirrored, write_motion
from scipy.optimize import least_squares

ROOT = Path(__file__).resolve().parent.parent
FRAMES = 100
CADENCE = 112.0
SPEED = 1.30
CYCLE = 120.0 / CADENCE
GRAVITY = 9.81
ACCELERATION_TOLERANCE = 0.4  # m/s^2
STEP_WIDTH = 0.11
TOE_OUT = 6.0
PHASE = np.arange(FRAMES) / FRAMES

LEG = {  # coordinate: (norm, allowed departure in degrees)
    "hip_flexion": (None, 2.5),
    "hip_adduction": (norms.HIP_ADDUCTION, 2.0),
    "hip_rotation": (norms.HIP_ROTATION, 3.0),
    "knee": (norms.KNEE, 2.5),
    "ankle": (norms.ANKLE, 2.5),
    "subtalar": (norms.SUBTALAR, 2.5),
    "toes": (norms.TOES, 6.0),
}
LEG_HARMONICS = 10
ROOT_PARITY = {"rx": 0, "ry": 1, "rz": 1, "tx": 1, "ty": 0, "tz": 0}
"""Mirror symmetry with half a cycle's delay: even or odd harmonics only."""
ROOT_HARMONICS = 8

CARRIES = (
    ("calcn_r", (0.02, 0.31)),
    ("calcn_r", (0.0, 0.31)),
    ("calcn_r", (0.11, 0.53)),
    ("calcn_r", (0.11, 0.42)),
    ("toes_r", (0.13, 0.60)),
    ("toes_r", (0.13, 0.48)),
)
"""Phases in which each sphere of the right foot carries, in the character file's order: heel, ball
and toes, the inner one first. The outer edge leaves first: the toe joint's axis is oblique."""

CLEARANCE = np.interp(PHASE, [0.61, 0.65, 0.70, 0.90, 0.94], [0.0, 0.009, 0.015, 0.014, 0.006])
"""Least height of a sphere above the ground in swing, m (FRAMES,)."""


def window(start: float, stop: float) -> np.ndarray:
    """Frames whose phase lies in [start, stop]."""
    return (start - 1e-9 <= PHASE) & (stop + 1e-9 >= PHASE)


def basis(harmonics: np.ndarray, constant: bool) -> np.ndarray:
    """Fourier basis (FRAMES, K): the constant if wanted, then cosines, then sines."""
    angle = 2.0 * np.pi * np.outer(PHASE, harmonics)
    ones = np.ones((FRAMES, 1 if constant else 0))
    return np.hstack([ones, np.cos(angle), np.sin(angle)])


@dataclass
class Problem:
    """The least-squares problem; parameters are Fourier coefficients and the spheres' anchors."""

    character: Character

    def __post_init__(self) -> None:
        self.leg_basis = basis(np.arange(1, LEG_HARMONICS + 1), True)
        self.root_basis = {
            name: basis(np.arange(2 - parity, ROOT_HARMONICS + 1, 2), parity == 0)
            for name, parity in ROOT_PARITY.items()
        }
        self.leg_norm, self.root_norm = targets()
        self.acceleration_norm = acceleration_target()
        bodies = dict.fromkeys(name for name, _ in CARRIES)
        self.spheres = [
            (self.character.body_index[b], np.asarray(c["position"]), float(c["radius"]))
            for b in bodies
            for c in self.character.bodies[self.character.body_index[b]].data["contacts"]
        ]
        self.carries = [window(*phases) for _, phases in CARRIES]

    def split(self, x: np.ndarray) -> tuple[np.ndarray, dict[str, np.ndarray], np.ndarray]:
        """Leg angles (FRAMES, 7) in degrees, root series, anchors (6, 2) in m."""
        width = self.leg_basis.shape[1]
        used = len(LEG) * width
        leg = self.leg_basis @ x[:used].reshape(len(LEG), width).T
        root = {}
        for name, columns in self.root_basis.items():
            root[name] = columns @ x[used : used + columns.shape[1]]
            used += columns.shape[1]
        return leg, root, x[used:].reshape(-1, 2)

    def start(self) -> np.ndarray:
        """Coefficients of the norms; anchors below the standing foot."""
        parts = [np.linalg.lstsq(self.leg_basis, c, rcond=None)[0] for c in self.leg_norm.T]
        parts += [
            np.linalg.lstsq(b, self.root_norm[n], rcond=None)[0] for n, b in self.root_basis.items()
        ]
        x = np.concatenate([*parts, np.zeros(12)])
        q = self.positions(x)
        centres, _ = self.centres(q)
        anchors = [c[w].mean(axis=0)[[0, 2]] for c, w in zip(centres, self.carries, strict=True)]
        x[-12:] = np.concatenate(anchors)
        return x

    def positions(self, x: np.ndarray) -> np.ndarray:
        """Generalised positions (FRAMES, dofs) with root and right leg set."""
        leg, root, _ = self.split(x)
        q = np.zeros((FRAMES, self.character.dofs))
        for k, name in enumerate(("rx", "ry", "rz")):
            q[:, k] = np.radians(root[name])
        for k, name in enumerate(("tx", "ty", "tz")):
            q[:, 3 + k] = root[name]
        q[:, 5] += SPEED * CYCLE * PHASE
        first = self.character.dof_names.index("hip_x_r")
        angles = np.radians(leg)
        q[:, first : first + 3] = hip_vector(*angles[:, :3].T)
        q[:, first + 3 : first + 7] = angles[:, 3:]
        return q

    def whole(self, q: np.ndarray) -> np.ndarray:
        """The same positions with the upper body and the left side set."""
        add_upper_body(self.character, q)
        return mirrored(self.character, q)

    def centres(self, q: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """World centres (FRAMES, 3) of the right foot's spheres, and their bodies' rotations."""
        frames = self.character.transforms(q, {body for body, _, _ in self.spheres})
        centres = [frames[b][1] + frames[b][0] @ p for b, p, _ in self.spheres]
        return centres, [frames[b][0] for b, _, _ in self.spheres]

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """All residuals, each divided by its tolerance."""
        leg, root, anchors = self.split(x)
        sigma = np.array([s for _, s in LEG.values()])
        parts = [1.0 * ((leg - self.leg_norm) / sigma).ravel()]
        tolerance = {"rx": 1.0, "ry": 1.5, "rz": 1.0, "tx": 0.008, "ty": 0.006, "tz": 0.010}
        for name, allowed in tolerance.items():
            parts.append(1.0 * (root[name] - self.root_norm[name]) / allowed)
        q = self.positions(x)
        centres, rotations = self.centres(q)
        for k, (_, _, radius) in enumerate(self.spheres):
            height = centres[k][:, 1] - radius
            carries = self.carries[k]
            roll = vector_from_rotation(rotations[k][carries])
            across = centres[k][carries, 0] + radius * roll[:, 2] - anchors[k, 0]
            along = centres[k][carries, 2] - radius * roll[:, 0] - anchors[k, 1]
            parts += [height[carries] / 0.0006, across / 0.001, along / 0.001]
            parts.append(np.minimum(0.0, height) / 0.0004)
            parts.append(np.minimum(0.0, height - CLEARANCE)[window(0.62, 0.94)] / 0.002)
        heel = 0.5 * (anchors[0] + anchors[1])
        ball = 0.5 * (anchors[2] + anchors[3])
        out = np.degrees(np.arctan2(-(ball[0] - heel[0]), ball[1] - heel[1]))
        parts.append(np.array([(heel[0] + 0.5 * STEP_WIDTH) / 0.004, (out - TOE_OUT) / 1.0]))
        parts.append(np.minimum(0.0, leg[:, 3] - 1.5) / 0.3)
        apart = acceleration(self.character, self.whole(q)) - self.acceleration_norm
        parts.append((apart / ACCELERATION_TOLERANCE).ravel())
        order = np.arange(1, LEG_HARMONICS + 1)
        width = self.leg_basis.shape[1]
        waves = x[: len(LEG) * width].reshape(len(LEG), width)[:, 1:]
        parts.append(0.002 * (waves * np.tile(order, 2) ** 3).ravel())
        return np.concatenate(parts)


def targets() -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Norms of leg (FRAMES, 7) and root; degrees and metres."""
    tilt = norms.curve(norms.PELVIS_TILT, PHASE)
    columns = [norms.curve(norms.THIGH, PHASE, LEG_HARMONICS) + tilt]
    columns += [norms.curve(k, PHASE, LEG_HARMONICS) for k, _ in LEG.values() if k is not None]
    root = {
        "rx": tilt,
        "ry": norms.curve(norms.PELVIS_ROTATION, PHASE),
        "rz": -norms.curve(norms.PELVIS_OBLIQUITY, PHASE),
        "tx": -0.020 * np.cos(2.0 * np.pi * (PHASE - 0.30)),
        "ty": 0.915 - 0.019 * np.cos(4.0 * np.pi * (PHASE - 0.045)),
        "tz": 0.008 * np.cos(4.0 * np.pi * (PHASE - 0.12)),
    }
    return np.stack(columns, axis=1), root


def acceleration_target() -> np.ndarray:
    """Of the centre of mass (FRAMES, 2), upwards and forwards, m/s^2: both feet's forces."""
    later = (PHASE + 0.5) % 1.0
    columns = []
    for keys in (norms.VERTICAL_FORCE, norms.FORWARD_FORCE):
        both = norms.curve(keys, PHASE) + norms.curve(keys, later)
        columns.append(GRAVITY * (both - both.mean()))
    return np.stack(columns, axis=1)


def acceleration(character: Character, q: np.ndarray) -> np.ndarray:
    """Of the centre of mass (FRAMES, 2), upwards and forwards, m/s^2, of a cycle that advances."""
    place = character.centre_of_mass(q)[:, 1:]
    place[:, 1] -= SPEED * CYCLE * PHASE
    rate = 2.0 * np.pi / CYCLE * np.arange(FRAMES // 2 + 1)
    spectrum = np.fft.rfft(place, axis=0) * -(rate**2)[:, None]
    return np.fft.irfft(spectrum, FRAMES, axis=0)


def add_upper_body(character: Character, q: np.ndarray) -> None:
    """Set trunk, head and right arm: trunk level and turning against the pelvis, head still."""
    index = character.dof_names.index
    pelvis = rotation_from_vector(q[:, :3])
    thorax_turn = np.radians(norms.curve(norms.THORAX_ROTATION, PHASE))
    lean = np.radians(-1.5 * np.cos(2.0 * np.pi * (PHASE - 0.30)))
    forward = np.full(FRAMES, np.radians(2.0))
    thorax = rotation_from_vector(np.stack([forward, thorax_turn, -lean], axis=1))
    trunk = vector_from_rotation(np.swapaxes(pelvis, 1, 2) @ thorax)
    head = vector_from_rotation(np.swapaxes(thorax, 1, 2))
    for name, vector in (("lumbar", trunk), ("thorax", trunk), ("neck", head), ("head", head)):
        first = index(f"{name}_x")
        q[:, first : first + 3] = 0.5 * vector
    shoulder = np.radians(norms.curve(norms.SHOULDER, PHASE))
    first = index("shoulder_x_r")
    q[:, first : first + 3] = arm_vector(shoulder, np.full(FRAMES, np.radians(7.0)))
    q[:, index("elbow_flex_r")] = np.radians(norms.curve(norms.ELBOW, PHASE))
    q[:, index("pro_sup_r")] = np.radians(65.0)


def solve(character: Character) -> np.ndarray:
    """Generalised positions (FRAMES, dofs) of the walk."""
    problem = Problem(character)
    result = least_squares(problem.residuals, problem.start(), max_nfev=40, x_scale="jac")
    q = problem.positions(result.x)
    q[:, 5] -= q[0, 5]
    q = problem.whole(q)
    leg, _, _ = problem.split(result.x)
    apart = np.sqrt(np.mean((leg - problem.leg_norm) ** 2, axis=0))
    departures = ", ".join(f"{n} {a:.1f}" for n, a in zip(LEG, apart, strict=True))
    print(f"departure from the norms, rms degrees: {departures}")
    up, forward = np.sqrt(np.mean((acceleration(character, q) - problem.acceleration_norm) ** 2, 0))
    print(f"departure from the forces, rms m/s^2: {up:.2f} upwards, {forward:.2f} forwards")
    return q


SOURCES = [
    f"Hip (thigh against the vertical plus pelvic tilt), knee, ankle: after the mean curves of "
    f"{norms.PERRY}; {norms.WINTER}; {norms.KADABA}.",
    f"Pelvis, hip adduction and rotation: after {norms.PERRY}; {norms.KADABA}. Subtalar and toes: "
    f"after {norms.PERRY}; {norms.LEARDINI}.",
    f"Arms: after {norms.MURRAY}. Thorax: after {norms.STOKES}.",
    "Fitted by tools/make_walk.py as Fourier series near these curves so that the contact spheres "
    "roll on the ground without sliding, the centre of mass accelerates as both feet's ground "
    f"reaction forces have it (after {norms.WINTER}; {norms.PERRY}), and the motion is periodic "
    "and mirror-symmetric with half a cycle's delay.",
]


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--character", type=Path, default=ROOT / "assets" / "characters" / "human.yaml"
    )
    parser.add_argument("-o", "--output", type=Path, default=ROOT / "assets/motions/walk.yaml")
    arguments = parser.parse_args()
    character = Character.load(arguments.character)
    q = solve(character)
    write_motion(
        arguments.output,
        name="level walk",
        sources=SOURCES,
        character=character,
        frames=q,
        frame_time=CYCLE / FRAMES,
        cycle_translation=(0.0, 0.0, SPEED * CYCLE),
        events={"heel_strike_r": 0.0, "heel_strike_l": 0.5},
        comment=f"{SPEED:g} m/s, {CADENCE:g} steps/min, stride {SPEED * CYCLE:.3f} m",
    )
    print(f"{arguments.output}: {FRAMES} frames of {1000 * CYCLE / FRAMES:.2f} ms")


if __name__ == "__main__":
    main()
