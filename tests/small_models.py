"""Small characters built in code, and their twins in DART."""

from __future__ import annotations

from typing import Any

import numpy as np
from muscle_viewer.core import _core
from muscle_viewer.core.readers.character import (
    Body,
    Character,
    Contact,
    ContactParameters,
    Joint,
    Muscle,
    MuscleLaw,
    PathAttachment,
)

DOFS = {"free": 6, "ball": 3, "revolute": 1, "weld": 0}


def joint(kind: str, **values: Any) -> Joint:
    """A joint with the given values and neutral others."""
    neutral: dict[str, Any] = {
        "position": np.zeros(3),
        "orientation": np.array([1.0, 0.0, 0.0, 0.0]),
        "axis": np.array([1.0, 0.0, 0.0]),
        "lower": None,
        "upper": None,
        "kp": 0.0,
        "kv": 0.0,
        "damping": 0.0,
        "dof_names": [f"dof_{k}" for k in range(DOFS[kind])],
    }
    return Joint(type=kind, **(neutral | values))


def body(name: str, parent: int, carried_by: Joint, **values: Any) -> Body:
    """A body of 1 kg and a plausible inertia unless said otherwise."""
    neutral: dict[str, Any] = {
        "mass": 1.0,
        "com": np.zeros(3),
        "inertia": np.array([0.02, 0.02, 0.02, 0.0, 0.0, 0.0]),
        "shapes": [],
        "contacts": [],
    }
    return Body(name=name, parent=parent, joint=carried_by, **(neutral | values))


def character(bodies: list[Body], muscles: list[Muscle] | None = None) -> Character:
    """A character of these bodies with the default ground and muscle law."""
    return Character(
        name="test",
        bodies=bodies,
        muscles=muscles or [],
        contact=ContactParameters(
            stiffness=2e5, damping=1000.0, friction=0.9, tangential_damping=1e5
        ),
        muscle_law=MuscleLaw(
            force_length_width=0.45,
            passive_exponent=5.5,
            passive_strain=0.3,
            force_velocity=True,
            max_velocity=10.0,
            pennation="constant_width",
        ),
        activation_dynamics=None,
    )


def box(mass: float = 70.0) -> Character:
    """A box 0.2 x 0.1 x 0.3 m on four spheres at its lower corners."""
    inertia = mass / 12 * np.array([0.01 + 0.09, 0.04 + 0.09, 0.04 + 0.01, 0.0, 0.0, 0.0])
    corners = [
        Contact(position=np.array([x, -0.05, z]), radius=0.02)
        for x in (-0.1, 0.1)
        for z in (-0.15, 0.15)
    ]
    return character([body("box", -1, joint("free"), mass=mass, inertia=inertia, contacts=corners)])


def random_character(
    rng: np.random.Generator, root: str, count: int = 12, muscles: int = 0, limits: bool = False
) -> Character:
    """A random tree of every joint type, with muscles over random paths (fixed and blended points)."""
    bodies = []
    for i in range(count):
        kind = (
            root if i == 0 else str(rng.choice(["ball", "revolute", "weld"], p=[0.45, 0.45, 0.1]))
        )
        orientation = rng.normal(size=4)
        axis = rng.normal(size=3)
        frame, _ = np.linalg.qr(rng.normal(size=(3, 3)))
        i3 = frame @ np.diag(np.array([0.02, 0.025, 0.03]) * rng.uniform(0.5, 1.5)) @ frame.T
        dofs = DOFS[kind]
        limited = limits and kind in ("ball", "revolute")
        bodies.append(
            body(
                f"body_{i}",
                -1 if i == 0 else int(rng.integers(0, i)),
                joint(
                    kind,
                    position=rng.normal(size=3) * 0.3,
                    orientation=orientation / np.linalg.norm(orientation),
                    axis=axis / np.linalg.norm(axis),
                    # A ball has gains of its own about each axis.
                    kp=rng.uniform(50, 300, dofs)
                    if kind == "ball"
                    else float(rng.uniform(50, 300)),
                    kv=rng.uniform(5, 30, dofs) if kind == "ball" else float(rng.uniform(5, 30)),
                    damping=0.0 if kind == "free" else float(rng.uniform(0.1, 2)),
                    lower=np.full(dofs, -0.3) if limited else None,
                    upper=np.full(dofs, 0.3) if limited else None,
                ),
                mass=float(rng.uniform(0.5, 10)),
                com=rng.normal(size=3) * 0.1,
                inertia=np.array([i3[0, 0], i3[1, 1], i3[2, 2], i3[0, 1], i3[0, 2], i3[1, 2]]),
            )
        )
    return character(bodies, [random_muscle(rng, f"muscle_{k}", count) for k in range(muscles)])


def random_muscle(rng: np.random.Generator, name: str, bodies: int) -> Muscle:
    """A muscle over two to five points, some of them blended over two bodies."""
    path = []
    for _ in range(int(rng.integers(2, 6))):
        if rng.random() < 0.35:
            weight = float(rng.uniform(0.2, 0.8))
            first, second = rng.choice(bodies, size=2, replace=False)
            path.append(
                [
                    PathAttachment(body=int(first), weight=weight, position=rng.normal(size=3)),
                    PathAttachment(
                        body=int(second), weight=1 - weight, position=rng.normal(size=3)
                    ),
                ]
            )
        else:
            path.append(
                [
                    PathAttachment(
                        body=int(rng.integers(0, bodies)), weight=1.0, position=rng.normal(size=3)
                    )
                ]
            )
    return Muscle(
        name=name,
        max_isometric_force=float(rng.uniform(100, 2000)),
        optimal_fibre_length=float(rng.uniform(0.5, 2.0)),
        tendon_slack_length=float(rng.uniform(0.2, 2.0)),
        pennation=float(rng.uniform(0, 0.5)),
        group="test",
        path=path,
    )


def random_state(
    rng: np.random.Generator, model: _core.Model, spread: float = 0.6, speed: float = 2.0
) -> tuple[np.ndarray, np.ndarray]:
    """Random generalised positions and velocities, each of shape (dofs,)."""
    return rng.normal(size=model.num_dofs) * spread, rng.normal(size=model.num_dofs) * speed


def rotation_matrix(quaternion: np.ndarray) -> np.ndarray:
    """The (3, 3) rotation of a unit quaternion [w, x, y, z]."""
    w, x, y, z = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
            [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
            [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
        ]
    )


def dart_twin(of: Character) -> tuple[Any, list[Any]]:
    """The same character as a DART skeleton: (skeleton, body nodes). Needs dartpy."""
    import dartpy

    dynamics = dartpy.dynamics
    skeleton = dynamics.Skeleton(of.name)
    nodes: list[Any] = []
    for b in of.bodies:
        placed = dartpy.math.Isometry3()
        placed.set_translation(b.joint.position)
        placed.set_rotation(rotation_matrix(np.asarray(b.joint.orientation)))
        parent = [] if b.parent < 0 else [nodes[b.parent]]
        if b.joint.type == "weld":
            carrier, node = skeleton.createWeldJointAndBodyNodePair(*parent)
            carrier.setTransformFromParentBodyNode(placed)
        else:
            properties, create = {
                "free": (dynamics.FreeJointProperties, skeleton.createFreeJointAndBodyNodePair),
                "ball": (dynamics.BallJointProperties, skeleton.createBallJointAndBodyNodePair),
                "revolute": (
                    dynamics.RevoluteJointProperties,
                    skeleton.createRevoluteJointAndBodyNodePair,
                ),
            }[b.joint.type]
            p = properties()
            p.mT_ParentBodyToJoint = placed
            if b.joint.type == "revolute":
                p.mAxis = b.joint.axis
            carrier, node = create(parent[0] if parent else None, p)
        for k in range(carrier.getNumDofs()):
            carrier.setDampingCoefficient(k, b.joint.damping)
        xx, yy, zz, xy, xz, yz = b.inertia
        node.setInertia(
            dynamics.Inertia(b.mass, b.com, np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]]))
        )
        nodes.append(node)
    return skeleton, nodes


def dart_velocities(of: Character, positions: np.ndarray, velocities: np.ndarray) -> np.ndarray:
    """Our generalised velocities as DART 6.20's.

    A free joint's six are in the body's frame here, as up to DART 6.12, and in the world's since.
    """
    out = velocities.copy()
    root = of.bodies[0].joint
    if root.type == "free":
        turn = rotation_matrix(np.asarray(root.orientation)) @ exponential(positions[:3])
        out[:3] = turn @ velocities[:3]
        out[3:6] = turn @ velocities[3:6]
    return out


def exponential(rotation_vector: np.ndarray) -> np.ndarray:
    """The (3, 3) rotation of a rotation vector."""
    angle = float(np.linalg.norm(rotation_vector))
    if angle < 1e-12:
        return np.eye(3)
    axis = rotation_vector / angle
    return rotation_matrix(np.concatenate([[np.cos(angle / 2)], np.sin(angle / 2) * axis]))
