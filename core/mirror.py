"""Exchange of left and right: the mirror images of a symmetric character's arrays.

The mirror is the plane x = 0 (x points to the character's left). Positions and linear velocities
change the sign of x; rotation vectors, angular velocities and torques, being axial, those of y and
z; bodies and muscles of the two sides change places; a symmetric cyclic motion is its own mirror
image half a cycle later.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .errors import ModelError
from .readers.character import Body, Character, Joint, Muscle
from .readers.motion import Motion
from .scene import Scene

Floats = NDArray[np.float64]
POLAR = np.array([-1.0, 1.0, 1.0])
AXIAL = np.array([1.0, -1.0, -1.0])
TOLERANCE = 1e-6  # relative and absolute, of a character's figures
MOTION_TOLERANCE = 0.02  # rad and m
MARKS = (("_r", "_l"), ("_R", "_L"), ("R", "L"))


@dataclass(frozen=True)
class SignedPermutation:
    """image[..., i] = sign[i] * x[..., source[i]]."""

    source: NDArray[np.int64]
    sign: NDArray[np.float32]

    def __call__(self, x: ArrayLike) -> NDArray[np.floating]:
        return np.asarray(x)[..., self.source] * self.sign

    @property
    def size(self) -> int:
        return len(self.source)


@dataclass(frozen=True)
class Mirror:
    """Mirror images of an environment's arrays, each along its last axis.

    The image of a phase is half a cycle later. Torques on the joint dofs map as `joints`.
    """

    observation: SignedPermutation
    action: SignedPermutation
    joints: SignedPermutation
    """(D,) joint dofs."""
    positions: SignedPermutation
    """(dofs,) generalised."""
    velocities: SignedPermutation
    """(dofs,) generalised."""
    muscles: SignedPermutation
    """(M,)."""
    entries: SignedPermutation
    """(R,) of the reduced JtA, torques at full activation."""


def build_mirror(scene: Scene) -> Mirror:
    """The mirror of a scene whose character and motion are symmetric.

    ModelError names the body, joint or muscle that is not the mirror image of its counterpart.
    """
    character, where = scene.character, str(scene.config.character)
    if scene.config.observation.type != "default" or scene.config.actuator == "activation":
        raise ModelError(
            "environment: symmetric training needs observation: default and actions on joints; "
            f"found observation: {scene.config.observation.type}, actuator: {scene.config.actuator}"
        )
    bodies = _counterparts([body.name for body in character.bodies], f"{where}: bodies")
    muscles = _counterparts([muscle.name for muscle in character.muscles], f"{where}: muscles")
    signs = _check_bodies(character, bodies, where)
    _check_muscles(character, bodies, muscles, where)
    joints = _coordinates(character, bodies, signs, root=())
    mirror = Mirror(
        observation=_joined(
            _observation(character, bodies, joints),
            _kept(len(scene.info.clip_names)),
            _observed_parameters(scene, bodies, muscles),
        ),
        action=_joined(joints, _kept(scene.action_size - joints.size)),
        joints=joints,
        positions=_coordinates(character, bodies, signs, root=(*AXIAL, *POLAR)),
        velocities=_coordinates(character, bodies, signs, root=(*AXIAL, *POLAR)),
        muscles=SignedPermutation(np.array(muscles, int), np.ones(len(muscles), np.float32)),
        entries=_entries(scene, muscles, joints),
    )
    for motion, clip in zip(scene.motions, scene.config.clips, strict=True):
        _check_motion(scene, motion, str(clip.motion), mirror)
    return mirror


def _counterparts(names: Sequence[str], where: str) -> list[int]:
    """For each name the index of its counterpart on the other side, or its own index if it has no side."""
    index = {name: i for i, name in enumerate(names)}
    for right, left in MARKS:
        swaps = [
            lambda n, a=a, b=b, end=end: _swapped(n, a, b, end)
            for a, b in ((right, left), (left, right))
            for end in (True, False)
        ]
        sided = {name: _first(name, swaps, index) for name in names}
        if any(other is not None for other in sided.values()):
            return [index[other or name] for name, other in sided.items()]
    if len(names) > 1:
        raise ModelError(f"{where}: none has a counterpart on the other side (name_r, name_l)")
    return list(range(len(names)))


def _swapped(name: str, mark: str, other: str, at_end: bool) -> str | None:
    if at_end:
        return name.removesuffix(mark) + other if name.endswith(mark) else None
    mark, other = mark.strip("_") + "_", other.strip("_") + "_"
    return other + name.removeprefix(mark) if name.startswith(mark) else None


def _first(
    name: str, swaps: Sequence[Callable[[str], str | None]], index: dict[str, int]
) -> str | None:
    return next((other for swap in swaps if (other := swap(name)) in index), None)


def _check_bodies(character: Character, counterparts: Sequence[int], where: str) -> list[float]:
    """Sign of each body's joint angle under the mirror (-1 for some axes of revolute joints)."""
    signs = []
    for body, other_index in zip(character.bodies, counterparts, strict=True):
        other = character.bodies[other_index]
        difference = _Difference(f"{where}: bodies: '{body.name}' and '{other.name}'")
        parent = counterparts[body.parent] if body.parent >= 0 else -1
        difference.of("parent", other.parent, parent)
        difference.of("mass", other.mass, body.mass)
        difference.of("com", other.com, POLAR * body.com)
        difference.of("inertia", other.inertia, body.inertia * (1, 1, 1, -1, -1, 1))
        difference.of("contacts", _contacts(other, np.ones(3)), _contacts(body, POLAR))
        signs.append(_check_joint(body.joint, other.joint, difference))
    return signs


def _check_joint(joint: Joint, other: Joint, difference: _Difference) -> float:
    difference.of("joint.type", other.type, joint.type)
    if joint.type in ("slide", "custom"):
        raise ModelError(
            f"{difference.where}: symmetric training has no slide and custom joints; "
            "train without symmetry"
        )
    difference.of("joint.position", other.position, POLAR * joint.position)
    turn = joint.orientation * (1, 1, -1, -1)
    same_side = 1.0 if float(turn @ other.orientation) >= 0 else -1.0
    difference.of("joint.orientation", other.orientation, same_side * turn)
    for gain in ("kp", "kv", "damping"):
        difference.of(f"joint.{gain}", getattr(other, gain), getattr(joint, gain))
    sign, axes = 1.0, AXIAL
    if joint.type == "revolute":
        image = AXIAL * joint.axis
        sign = 1.0 if float(image @ other.axis) >= 0 else -1.0
        difference.of("joint.axis", other.axis, sign * image)
        axes = np.array([sign])
    if (joint.lower is None) != (other.lower is None):
        difference.fail("joint.lower")
    if joint.lower is not None and joint.upper is not None and joint.type in ("ball", "revolute"):
        ends = np.stack([axes * joint.lower, axes * joint.upper])
        difference.of("joint.lower", other.lower, ends.min(0))
        difference.of("joint.upper", other.upper, ends.max(0))
    return sign


def _contacts(body: Body, signs: Floats) -> list[list[float]]:
    """The contact spheres, sorted."""
    rows = [[*(signs * c.position).round(7) + 0.0, c.radius] for c in body.contacts]
    return sorted(rows)


def _check_muscles(
    character: Character, bodies: Sequence[int], muscles: Sequence[int], where: str
) -> None:
    for muscle, other_index in zip(character.muscles, muscles, strict=True):
        other = character.muscles[other_index]
        difference = _Difference(f"{where}: muscles: '{muscle.name}' and '{other.name}'")
        for name in (
            "max_isometric_force", "optimal_fibre_length", "tendon_slack_length", "pennation",
        ):  # fmt: skip
            difference.of(name, getattr(other, name), getattr(muscle, name))
        difference.of("path", _path(other, range(len(bodies)), np.ones(3)),
                      _path(muscle, bodies, POLAR))  # fmt: skip


def _path(muscle: Muscle, bodies: Sequence[int], signs: Floats) -> list[list[float]]:
    return [
        [number, bodies[share.body], share.weight, *(signs * share.position)]
        for number, point in enumerate(muscle.path)
        for share in sorted(point, key=lambda share: bodies[share.body])
    ]


@dataclass(frozen=True)
class _Difference:
    """Raises an error if a value of one side is not the other's mirror image."""

    where: str

    def of(self, name: str, given: object, image: object) -> None:
        if isinstance(given, str):
            same = given == image
        else:
            a, b = np.asarray(given, float), np.asarray(image, float)
            same = a.shape == b.shape and np.allclose(a, b, rtol=TOLERANCE, atol=TOLERANCE)
        if not same:
            self.fail(name)

    def fail(self, name: str) -> None:
        raise ModelError(f"{self.where} are not mirror images of each other: {name} differs")


@dataclass
class _Builder:
    """Builds a signed permutation piece by piece."""

    source: list[int] = field(default_factory=list)
    sign: list[float] = field(default_factory=list)

    def add(self, source: int, signs: Sequence[float] | Floats) -> None:
        """Append the entries from `source` on, with these signs."""
        self.source.extend(range(source, source + len(signs)))
        self.sign.extend(float(sign) for sign in signs)

    def build(self) -> SignedPermutation:
        return SignedPermutation(np.array(self.source, int), np.array(self.sign, np.float32))


def _kept(count: int) -> SignedPermutation:
    return SignedPermutation(np.arange(count), np.ones(count, np.float32))


def _joined(*parts: SignedPermutation) -> SignedPermutation:
    starts = np.cumsum([0, *(part.size for part in parts)])
    return SignedPermutation(
        np.concatenate([part.source + start for part, start in zip(parts, starts, strict=False)]),
        np.concatenate([part.sign for part in parts]),
    )


def _coordinates(
    character: Character, counterparts: Sequence[int], signs: Sequence[float], root: Sequence[float]
) -> SignedPermutation:
    """The permutation of generalised coordinates; `root`: signs of a free root's, empty to omit it."""
    counts = [len(body.joint.dof_names) for body in character.bodies]
    if character.bodies[0].joint.type == "free":
        counts[0] = len(root)
    starts = np.cumsum([0, *counts])
    out = _Builder()
    for i, (body, counterpart) in enumerate(zip(character.bodies, counterparts, strict=True)):
        axes: Sequence[float] | Floats = AXIAL
        if body.joint.type == "free":
            axes = root
        elif body.joint.type == "revolute":
            axes = [signs[i]]
        out.add(int(starts[counterpart]), axes[: counts[i]])
    return out.build()


def _observation(
    character: Character, bodies: Sequence[int], joints: SignedPermutation
) -> SignedPermutation:
    """The permutation of observations, in the layout of core/src/environment/observation.hpp."""
    out = _Builder()
    out.add(0, [1])  # root height
    out.add(1, np.outer(POLAR, POLAR)[:2].ravel())  # rows of the root's rotation matrix
    out.add(7, [*POLAR, *AXIAL])  # root's linear and angular velocity
    first = len(out.source)
    for body in bodies[1:]:
        out.add(first + 6 * (body - 1), [*POLAR, *POLAR])  # centre of mass, its velocity
    phase = SignedPermutation(np.arange(2), -np.ones(2, np.float32))  # sin and cos of its angle
    return _joined(out.build(), joints, joints, phase)


def _observed_parameters(
    scene: Scene, bodies: Sequence[int], muscles: Sequence[int]
) -> SignedPermutation:
    """The permutation of the observed parameters: those of the two sides change places."""
    infos = scene.parameters
    for info in infos:
        other = infos[info.counterpart]
        difference = _Difference(f"environment: parameters: '{info.name}' and '{other.name}'")
        difference.of("acts_on", other.acts_on, info.acts_on)
        difference.of("muscles", other.muscles, sorted(muscles[m] for m in info.muscles))
        difference.of("bodies", other.bodies, sorted(bodies[b] for b in info.bodies))
        for name in ("low", "high", "default"):
            difference.of(name, getattr(other, name), getattr(info, name))
    observed = [k for k, info in enumerate(infos) if info.observed]
    places = {k: place for place, k in enumerate(observed)}
    out = _Builder()
    for k in observed:
        if infos[k].counterpart not in places:
            raise ModelError(
                f"environment: parameters: '{infos[k].name}' is observed and its counterpart is not"
            )
        out.add(places[infos[k].counterpart], [1])
    return out.build()


def _entries(scene: Scene, muscles: Sequence[int], joints: SignedPermutation) -> SignedPermutation:
    """The permutation of the reduced JtA: the counterpart's torque on the mirrored dof."""
    pairs = list(zip(scene.info.muscle_of.tolist(), scene.info.muscle_dofs.tolist(), strict=True))
    place = {pair: index for index, pair in enumerate(pairs)}
    try:
        source = [place[muscles[muscle], int(joints.source[dof])] for muscle, dof in pairs]
    except KeyError:
        raise ModelError(
            f"{scene.config.character}: muscles: a muscle and its counterpart span different dofs"
        ) from None
    return SignedPermutation(np.array(source, int), joints.sign[[dof for _, dof in pairs]])


def _check_motion(scene: Scene, motion: Motion, where: str, mirror: Mirror) -> None:
    """Check that the motion is its own mirror image half a cycle later, in any direction."""
    if not motion.cyclic:
        raise ModelError(f"{where}: cyclic: is false; symmetry needs a cyclic motion")
    root = scene.model.num_root_dofs
    for phase in np.linspace(0, 1, 32, endpoint=False):
        pose = _pose(motion, phase)
        later = _pose(motion, (phase + 0.5) % 1)
        image = mirror.positions(pose)
        if root == 6:
            image[[3, 5]] = later[[3, 5]]  # the root has moved on
        worst = int(np.abs(image - later).argmax())
        if abs(image[worst] - later[worst]) > MOTION_TOLERANCE:
            raise ModelError(
                f"{where}: not equal to its own mirror image half a cycle later: {motion.coordinates[worst]}"
                f" differs by {abs(image[worst] - later[worst]):.3f} at phase {phase:.2f}"
            )


def _pose(motion: Motion, phase: float) -> Floats:
    """Generalised positions of the motion, interpolated between its frames."""
    frames = np.vstack([motion.frames, motion.frames[:1]])
    at = phase * (len(frames) - 1)
    index = int(at)
    return frames[index] + (at - index) * (frames[index + 1] - frames[index])
