"""Data for viewers and learners: plain dataclasses of copies or views of the core's buffers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Integers = NDArray[np.int32]


@dataclass(frozen=True)
class Shape:
    """A shape to draw, in its body's frame; metres, quaternion [w, x, y, z].

    size: capsule (radius, length between the caps' centres, 0), axis along local y, centred;
    ellipsoid and box full extents; sphere (radius, 0, 0); mesh the scale of the file's vertices.
    """

    body: int
    type: str
    size: NDArray[np.float64]
    position: NDArray[np.float64]
    orientation: NDArray[np.float64]
    mesh: Path | None = None
    """An OBJ file, of type mesh."""


@dataclass(frozen=True)
class ModelInfo:
    """The constant data of a character. B bodies, M muscles, D joint dofs, R entries."""

    name: str
    body_names: list[str]
    body_parents: Integers
    """(B,), -1 for the root."""
    shapes: list[Shape]
    dof_names: list[str]
    """All dofs, the root's first."""
    muscle_names: list[str]
    muscle_groups: list[str]
    max_isometric_force: Floats
    """(M,) N."""
    optimal_fibre_length: Floats
    """(M,) m."""
    tendon_slack_length: Floats
    """(M,) m."""
    path_offsets: Integers
    """(M + 1,): muscle m's path is path_points[path_offsets[m]:path_offsets[m + 1]]."""
    contact_bodies: Integers
    """(C,)."""
    contact_radii: Floats
    """(C,) m."""
    muscle_of: Integers
    """(R,) muscle of each entry of the reduced JtA."""
    muscle_dofs: Integers
    """(R,) joint dof of each entry, 0..D-1."""
    muscle_driven_dofs: NDArray[np.bool_]
    """(D,) whether muscles alone drive the dof."""
    total_mass: float
    """kg."""
    sim_hz: int
    control_hz: int
    reward_names: list[str]
    network_entries: Integers
    """Entries of the reduced JtA that are network inputs; all except for MASS and GaitNet files."""
    root_dofs: int = 6
    """Number of the root's dofs, the first of `dof_names`: 6, or 0 for a root that is not free."""
    fibre_shares: Floats = field(default_factory=lambda: np.ones(1, np.float32))
    """(M,) lengths of the muscles' fibres in optimal fibre lengths, `Muscle.fibre_share`; (1,) where all have one."""
    feet: dict[str, list[int]] | None = None
    """Bodies of the right and the left foot (core/feet.py); None in files of earlier versions, which do not have them."""
    dof_bodies: list[int] = field(default_factory=list)
    """Body that each dof moves in its parent, as of `dof_names`; empty in files of earlier versions."""
    dof_ranges: Floats = field(default_factory=lambda: np.zeros((0, 2), np.float32))
    """(N, 2) limits of each dof, rad or m, infinite where there is none; empty in files of earlier versions."""
    clip_names: list[str] = field(default_factory=list)
    """Names of the motions that episodes follow; empty for a single one, and in files of earlier versions."""
    ending_clips: list[str] = field(default_factory=list)
    """Those of them that are no cycle, and end."""

    @property
    def ground_bodies(self) -> list[int]:
        """(G,) bodies with contacts, in the order of their first contact."""
        return list(dict.fromkeys(np.asarray(self.contact_bodies).tolist()))

    @property
    def joint_names(self) -> list[str]:
        """(D,) names of the joint dofs."""
        return self.dof_names[self.root_dofs :]


def _none() -> Floats:
    return np.zeros(0, np.float32)


@dataclass(frozen=True)
class Frame:
    """One moment of one environment. SI units, world axes unless said otherwise."""

    time: float
    """s since the reset."""
    phase: float
    """Phase of the reference motion, [0, 1)."""
    positions: Floats
    """(dofs,) generalised: free joint rotation vector and translation, ball rotation vector."""
    velocities: Floats
    """(dofs,) free and ball joints in the body's frame."""
    reference_positions: Floats
    """(dofs,) reference pose of this phase."""
    target_positions: Floats
    """(dofs,) PD target of the last step."""
    body_rotations: Floats
    """(B, 3, 3) body to world."""
    body_positions: Floats
    """(B, 3) m."""
    path_points: Floats
    """(P, 3) m."""
    activations: Floats
    """(M,) in [0, 1]."""
    excitations: Floats
    """(M,) the network's output."""
    muscle_lengths: Floats
    """(M,) m, tendon included."""
    fibre_lengths: Floats
    """(M,) optimal fibre lengths."""
    fibre_velocities: Floats
    """(M,) optimal fibre lengths per second, positive when lengthening."""
    active_forces: Floats
    """(M,) N along the tendon."""
    passive_forces: Floats
    """(M,) N along the tendon."""
    moment_arms: Floats
    """(R,) m, -dL/dq."""
    desired_torques: Floats
    """(D,) N m, stable PD: mean over the last step's substeps, as the three below; see `BatchEnv.record_substeps`."""
    muscle_torques: Floats
    """(D,) N m, active and passive."""
    passive_torques: Floats
    """(D,) N m, passive muscle forces alone."""
    applied_torques: Floats
    """(D,) N m, torque on the joints: of muscles if they span a dof, otherwise of stable PD."""
    contact_points: Floats
    """(C, 3) m, lowest points of the contact spheres."""
    contact_forces: Floats
    """(C, 3) N on the character, mean over the last step's substeps."""
    center_of_mass: Floats
    """(3,) m."""
    reward: float
    reward_terms: dict[str, float]
    terminated: bool
    truncated: bool
    diverged: bool
    """Whether the state exceeded its bounds or is not finite, or the action was not finite; part of `terminated`."""
    disturbance: Floats = field(default_factory=lambda: np.zeros(3, np.float32))
    """(3,) N, the random push of the last step."""
    joint_moments: Floats = field(default_factory=_none)
    """(D,) N m, that inverse dynamics finds: of muscles or actuators, and of the joints' own damping, springs and limits,
    less what turns rotors (armature); mean over the last step's substeps."""
    joint_powers: Floats = field(default_factory=_none)
    """(D,) W, joint moment times rate, mean over the last step's substeps; positive where energy is generated."""
    muscle_forces: Floats = field(default_factory=_none)
    """(M,) N along the tendon, active and passive: mean over the last step's substeps; `active_forces` are the moment's."""
    muscle_powers: Floats = field(default_factory=_none)
    """(M,) W, force along the tendon times shortening speed of muscle and tendon, mean over the last step's substeps."""
    joint_reactions: Floats = field(default_factory=lambda: np.zeros((0, 6), np.float32))
    """(B, 6) what each joint transmits to its body from the parent, mean over the last step's substeps: moment about the
    body's origin N m, force N, body axes. Muscles that cross the joint press it; their own pull is not included. NaN for a
    weld of a character with muscles, and where not recorded (`record_reactions`)."""
    network_torques: Floats = field(default_factory=_none)
    """(D,) N m, the torques that the muscle network had as inputs at the last substep."""
    ground_forces: Floats = field(default_factory=lambda: np.zeros((1, 0, 3), np.float32))
    """(S, G, 3) N on the bodies with contacts (`ModelInfo.ground_bodies`) in each of the last step's substeps."""
    clip: int = 0
    """Index of the motion that the episode follows, in `ModelInfo.clip_names`."""


@dataclass(frozen=True)
class MuscleSamples:
    """Training samples of the muscle learner: one random substep of the last control step."""

    jta: Floats
    """(N, R) joint torque of each muscle and dof at full activation, N m."""
    torque: Floats
    """(N, D) desired torque of the active muscles: desired minus passive, N m."""
    passive: Floats
    """(N, D) passive torque of the muscles, N m, where the network is told the whole torque (`network_torque: whole`);
    (N, 0) where it is told `torque`."""


def plain(value: Any) -> Any:
    """A dataclass of arrays as JSON values."""
    if dataclasses.is_dataclass(value):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, np.ndarray):
        return {"dtype": value.dtype.str, "shape": value.shape, "values": value.ravel().tolist()}
    if isinstance(value, list):
        return [plain(part) for part in value]
    return str(value) if isinstance(value, Path) else value


def alike(one: Any, other: Any) -> bool:
    """Whether two dataclasses of arrays are equal, but for what another processor rounds otherwise."""
    if dataclasses.is_dataclass(one) and type(one) is type(other):
        names = [field.name for field in dataclasses.fields(one)]
        return all(alike(getattr(one, name), getattr(other, name)) for name in names)
    if isinstance(one, np.ndarray) and isinstance(other, np.ndarray):
        if one.dtype.kind != "f":
            return np.array_equal(one, other)
        return one.shape == other.shape and np.allclose(one, other, 1e-6, 1e-9, equal_nan=True)
    if isinstance(one, (list, tuple)) and isinstance(other, (list, tuple)):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return bool(np.isclose(one, other, 1e-6, 1e-9, equal_nan=True))
    return bool(one == other)
