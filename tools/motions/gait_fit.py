"""Cyclic gaits from published norms, with feet that do not slide and realistic ground forces.

The norms neither close the kinematic chain of the feet on the ground nor keep the soles at rest. Therefore
Fourier series of the leg's angles and of the root are fitted: near the norms (a few degrees), contact spheres
that roll on the ground while they are loaded, no penetration, clearance in swing, and a centre of mass whose
acceleration agrees with published ground reaction forces. The left side is the mirrored right side half a
cycle later.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from scipy.optimize import least_squares

from tools.human.kinematics import Character, rotation_from_vector, vector_from_rotation
from tools.human.leg_poses import hip_vector
from tools.motions import gait_norms as norms
from tools.motions.cycle_mechanics import CycleMechanics
from tools.motions.motion_file import arm_vector, mirrored

FRAMES = 100
PHASE = np.arange(FRAMES) / FRAMES
GRAVITY = 9.81
SIDEWAYS = 0.12
"""Bound of the lateral ground force, as a fraction of the vertical one."""
FREE_MOMENT = 0.02
"""Bound of the ground's moment about the vertical axis, as a moment arm of the vertical force, m."""

LEG = ("hip_flexion", "hip_adduction", "hip_rotation", "knee", "ankle", "subtalar", "toes")
LEG_HARMONICS = 10
ROOT_PARITY = {"rx": 0, "ry": 1, "rz": 1, "tx": 1, "ty": 0, "tz": 0}
"""Mirror symmetry with half a cycle's delay: even or odd harmonics only."""
ROOT_HARMONICS = 8


@dataclass(frozen=True)
class Gait:
    """The specification of a gait; phases in [0, 1) from the right foot's strike."""

    speed: float
    """m/s"""
    cadence: float
    """Steps per minute."""
    step_width: float
    """m"""
    toe_out: float
    """degrees"""
    thigh: norms.Keys
    """Thigh against the vertical; hip flexion is this plus pelvic tilt."""
    leg: dict[str, norms.Keys]
    """The other angles of LEG."""
    allowed: dict[str, float]
    """Tolerances of LEG's angles about the norms, degrees."""
    pelvis: dict[str, norms.Keys]
    """tilt (forward), rotation (right side forward), obliquity (right side up), degrees."""
    translation: dict[str, np.ndarray]
    """tx, ty, tz (FRAMES,) of the root without the advance, m."""
    root_allowed: dict[str, float]
    """Tolerances of the root's coordinates, degrees and m."""
    carries: tuple[tuple[str, tuple[float, float]], ...]
    """Body of each contact sphere of the right foot, in the character file's order, and the phases
    in which it is loaded: heel, ball and toes, the medial one first."""
    clearance: np.ndarray
    """Least height of a sphere above the ground in swing, m (FRAMES,)."""
    swing: tuple[float, float]
    """Phases in which the least height applies."""
    forces: np.ndarray
    """Upward and forward ground reaction of the right foot, body weights (FRAMES, 2)."""
    upper_body: dict[str, norms.Keys]
    """thorax (right side forward), shoulder and elbow (flexion, right), degrees."""
    lean: float
    """Forward lean of the trunk, degrees."""
    sway: float
    """Lean of the trunk towards the stance leg, degrees, at 0.30 of the cycle."""
    acceleration_allowed: float = 0.4
    """Tolerance of the centre of mass's acceleration, m/s^2."""
    moment_allowed: float | None = None
    """Tolerance of the moment that no force on the stance feet can produce, N m; None: not part of the fit."""

    @property
    def cycle(self) -> float:
        """s"""
        return 120.0 / self.cadence

    @property
    def stride(self) -> float:
        """m"""
        return self.speed * self.cycle


def window(start: float, stop: float) -> np.ndarray:
    """Frames whose phase lies in [start, stop]."""
    return (start - 1e-9 <= PHASE) & (stop + 1e-9 >= PHASE)


def basis(harmonics: np.ndarray, constant: bool) -> np.ndarray:
    """Fourier basis (FRAMES, K): the constant if requested, then cosines, then sines."""
    angle = 2.0 * np.pi * np.outer(PHASE, harmonics)
    ones = np.ones((FRAMES, 1 if constant else 0))
    return np.hstack([ones, np.cos(angle), np.sin(angle)])


@dataclass
class Problem:
    """The least-squares problem; parameters are Fourier coefficients and the spheres' anchors."""

    character: Character
    gait: Gait
    carries: list[np.ndarray] = field(init=False)

    def __post_init__(self) -> None:
        self.leg_basis = basis(np.arange(1, LEG_HARMONICS + 1), True)
        self.root_basis = {
            name: basis(np.arange(2 - parity, ROOT_HARMONICS + 1, 2), parity == 0)
            for name, parity in ROOT_PARITY.items()
        }
        self.leg_norm, self.root_norm = targets(self.gait)
        self.acceleration_norm = acceleration_target(self.gait)
        bodies = dict.fromkeys(name for name, _ in self.gait.carries)
        self.spheres = [
            (self.character.body_index[b], np.asarray(c["position"]), float(c["radius"]))
            for b in bodies
            for c in self.character.bodies[self.character.body_index[b]].data["contacts"]
        ]
        self.carries = [window(*phases) for _, phases in self.gait.carries]

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
        q[:, 5] += self.gait.stride * PHASE
        first = self.character.dof_names.index("hip_x_r")
        angles = np.radians(leg)
        q[:, first : first + 3] = hip_vector(*angles[:, :3].T)
        q[:, first + 3 : first + 7] = angles[:, 3:]
        return q

    def whole(self, q: np.ndarray) -> np.ndarray:
        """The same positions with the upper body and the left side set."""
        add_upper_body(self.character, self.gait, q)
        return mirrored(self.character, q)

    def centres(self, q: np.ndarray) -> tuple[list[np.ndarray], list[np.ndarray]]:
        """World centres (FRAMES, 3) of the right foot's spheres, and their bodies' rotations."""
        frames = self.character.transforms(q, {body for body, _, _ in self.spheres})
        centres = [frames[b][1] + frames[b][0] @ p for b, p, _ in self.spheres]
        return centres, [frames[b][0] for b, _, _ in self.spheres]

    def residuals(self, x: np.ndarray) -> np.ndarray:
        """All residuals, each divided by its tolerance."""
        leg, root, anchors = self.split(x)
        sigma = np.array([self.gait.allowed[name] for name in LEG])
        parts = [1.0 * ((leg - self.leg_norm) / sigma).ravel()]
        for name, allowed in self.gait.root_allowed.items():
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
            parts.append(
                np.minimum(0.0, height - self.gait.clearance)[window(*self.gait.swing)] / 0.002
            )
        heel = 0.5 * (anchors[0] + anchors[1])
        ball = 0.5 * (anchors[2] + anchors[3])
        out = np.degrees(np.arctan2(-(ball[0] - heel[0]), ball[1] - heel[1]))
        parts.append(
            np.array(
                [(heel[0] + 0.5 * self.gait.step_width) / 0.004, (out - self.gait.toe_out) / 1.0]
            )
        )
        parts.append(np.minimum(0.0, leg[:, 3] - 1.5) / 0.3)
        whole = self.whole(q)
        mechanics = CycleMechanics(self.character, whole, self.gait.stride, self.gait.cycle)
        apart = mechanics.acceleration[:, 1:] - self.acceleration_norm
        parts.append((apart / self.gait.acceleration_allowed).ravel())
        if self.gait.moment_allowed is not None:
            parts.append(self.unmade_moment(mechanics).ravel() / self.gait.moment_allowed)
            sideways, up = mechanics.force[:, 0], np.maximum(mechanics.force[:, 1], 0.0)
            held = np.clip(sideways, -SIDEWAYS * up, SIDEWAYS * up)
            total = mechanics.mass.sum()
            parts.append((sideways - held) / total / self.gait.acceleration_allowed)
        order = np.arange(1, LEG_HARMONICS + 1)
        width = self.leg_basis.shape[1]
        waves = x[: len(LEG) * width].reshape(len(LEG), width)[:, 1:]
        parts.append(0.002 * (waves * np.tile(order, 2) ** 3).ravel())
        return np.concatenate(parts)

    def unmade_moment(self, mechanics: CycleMechanics) -> np.ndarray:
        """The part of the moment about the centre of mass that no force on the stance feet can produce (FRAMES, 3), N m.

        Pitch, yaw and roll. The force follows from the centre of mass's acceleration; it acts between the
        loaded spheres of both feet, or in a flight phase, in which it is almost 0, below the centre of mass.
        """
        centre, force = mechanics.centre, mechanics.force
        right = np.stack(self.carries, axis=1)
        carries = np.hstack([right, np.roll(right, FRAMES // 2, axis=0)])
        away = mechanics.contacts[:, :, [0, 2]] - centre[:, None, [0, 2]]
        stands = carries.any(axis=1, keepdims=True)
        nearest, farthest = (
            np.where(stands, bound(np.where(carries[..., None], away, none), axis=1), 0.0)
            for bound, none in ((np.min, np.inf), (np.max, -np.inf))
        )
        pitch = -centre[:, 1] * force[:, 2] - force[:, 1] * np.stack(
            [nearest[:, 1], farthest[:, 1]]
        )
        roll = centre[:, 1] * force[:, 0] + force[:, 1] * np.stack([nearest[:, 0], farthest[:, 0]])
        free = FREE_MOMENT * np.maximum(force[:, 1], 0.0)
        middle = 0.5 * (nearest + farthest)
        arm = middle[:, 1] * force[:, 0] - middle[:, 0] * force[:, 2]
        yaw = np.stack([arm - free, arm + free])
        made = np.stack([pitch, yaw, roll], axis=2)
        needed = mechanics.moment
        return needed - np.clip(needed, made.min(axis=0), made.max(axis=0))


def targets(gait: Gait) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Norms of leg (FRAMES, 7) and root; degrees and metres."""
    tilt = norms.curve(gait.pelvis["tilt"], PHASE)
    columns = [norms.curve(gait.thigh, PHASE, LEG_HARMONICS) + tilt]
    columns += [norms.curve(gait.leg[name], PHASE, LEG_HARMONICS) for name in LEG[1:]]
    root = {
        "rx": tilt,
        "ry": norms.curve(gait.pelvis["rotation"], PHASE),
        "rz": -norms.curve(gait.pelvis["obliquity"], PHASE),
        **gait.translation,
    }
    return np.stack(columns, axis=1), root


def acceleration_target(gait: Gait) -> np.ndarray:
    """Desired acceleration of the centre of mass (FRAMES, 2), upwards and forwards, m/s^2, from both feet's forces."""
    both = gait.forces + np.roll(gait.forces, FRAMES // 2, axis=0)
    return GRAVITY * (both - both.mean(axis=0))


def add_upper_body(character: Character, gait: Gait, q: np.ndarray) -> None:
    """Set trunk, head and right arm: trunk level and turning against the pelvis, head still."""
    index = character.dof_names.index
    pelvis = rotation_from_vector(q[:, :3])
    thorax_turn = np.radians(norms.curve(gait.upper_body["thorax"], PHASE))
    lean = np.radians(-gait.sway * np.cos(2.0 * np.pi * (PHASE - 0.30)))
    forward = np.full(FRAMES, np.radians(gait.lean))
    thorax = rotation_from_vector(np.stack([forward, thorax_turn, -lean], axis=1))
    trunk = vector_from_rotation(np.swapaxes(pelvis, 1, 2) @ thorax)
    head = vector_from_rotation(np.swapaxes(thorax, 1, 2))
    for name, vector in (("lumbar", trunk), ("thorax", trunk), ("neck", head), ("head", head)):
        first = index(f"{name}_x")
        q[:, first : first + 3] = 0.5 * vector
    shoulder = np.radians(norms.curve(gait.upper_body["shoulder"], PHASE))
    first = index("shoulder_x_r")
    q[:, first : first + 3] = arm_vector(shoulder, np.full(FRAMES, np.radians(7.0)))
    q[:, index("elbow_flex_r")] = np.radians(norms.curve(gait.upper_body["elbow"], PHASE))
    q[:, index("pro_sup_r")] = np.radians(65.0)


def solve(character: Character, gait: Gait) -> np.ndarray:
    """Generalised positions (FRAMES, dofs) of the gait; prints the differences from the norms."""
    problem = Problem(character, gait)
    result = least_squares(problem.residuals, problem.start(), max_nfev=40, x_scale="jac")
    q = problem.positions(result.x)
    q[:, 5] -= q[0, 5]
    q = problem.whole(q)
    leg, _, _ = problem.split(result.x)
    apart = np.sqrt(np.mean((leg - problem.leg_norm) ** 2, axis=0))
    departures = ", ".join(f"{n} {a:.1f}" for n, a in zip(LEG, apart, strict=True))
    print(f"departure from the norms, rms degrees: {departures}")
    mechanics = CycleMechanics(character, q, gait.stride, gait.cycle)
    up, forward = np.sqrt(
        np.mean((mechanics.acceleration[:, 1:] - problem.acceleration_norm) ** 2, axis=0)
    )
    print(f"departure from the forces, rms m/s^2: {up:.2f} upwards, {forward:.2f} forwards")
    pitch, yaw, roll = np.sqrt(np.mean(problem.unmade_moment(mechanics) ** 2, axis=0))
    print(f"moment that no foot makes, rms N m: {pitch:.1f} pitch, {yaw:.1f} yaw, {roll:.1f} roll")
    return q
