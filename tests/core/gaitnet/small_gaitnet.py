"""A small person in files of MASS and GaitNet: skeleton, muscles, motions and environments of ten bodies."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import yaml

NODES: tuple[tuple[str, str, str, tuple[float, float, float], tuple[float, float, float]], ...] = (
    # name, parent, joint, joint's place, box's size; the box hangs below its joint, or stands on it
    ("Pelvis", "None", "Free", (0.0, 0.95, 0.0), (0.25, 0.15, 0.15)),
    ("Torso", "Pelvis", "Ball", (0.0, 1.05, 0.0), (0.3, 0.4, 0.2)),
    ("Head", "Torso", "Ball", (0.0, 1.47, 0.0), (0.16, 0.22, 0.2)),
    ("FemurR", "Pelvis", "Ball", (-0.1, 0.9, 0.0), (0.12, 0.4, 0.12)),
    ("TibiaR", "FemurR", "Revolute", (-0.1, 0.5, 0.0), (0.1, 0.4, 0.1)),
    ("TalusR", "TibiaR", "Ball", (-0.1, 0.1, 0.0), (0.1, 0.08, 0.25)),
    ("FemurL", "Pelvis", "Ball", (0.1, 0.9, 0.0), (0.12, 0.4, 0.12)),
    ("TibiaL", "FemurL", "Revolute", (0.1, 0.5, 0.0), (0.1, 0.4, 0.1)),
    ("TalusL", "TibiaL", "Ball", (0.1, 0.1, 0.0), (0.1, 0.08, 0.25)),
    ("ArmR", "Torso", "Ball", (-0.2, 1.4, 0.0), (0.6, 0.08, 0.08)),
)
DOFS = 6 + 3 * 7 + 2
SIX_WIDTH = 9 + 6 * 7 + 2
UNITS = (
    ("Glut", "Pelvis", (0.1, 0.92, -0.08), "Femur", (0.1, 0.7, -0.06)),
    ("Psoas", "Pelvis", (0.1, 0.98, 0.07), "Femur", (0.1, 0.75, 0.06)),
    ("Quad", "Femur", (0.1, 0.8, 0.07), "Tibia", (0.1, 0.42, 0.06)),
    ("Ham", "Femur", (0.1, 0.8, -0.07), "Tibia", (0.1, 0.42, -0.06)),
    ("Calf", "Tibia", (0.1, 0.4, -0.06), "Talus", (0.1, 0.08, -0.1)),
    ("Shin", "Tibia", (0.1, 0.4, 0.06), "Talus", (0.1, 0.1, 0.08)),
)
"""Of the left side: name, bodies and world points of the zero pose."""

IDENTITY = "1 0 0 0 1 0 0 0 1"


def centre(name: str, place: tuple[float, ...], size: tuple[float, ...]) -> tuple[float, ...]:
    x, y, z = place
    if name == "Pelvis":
        return place
    if name in ("Torso", "Head"):
        return (x, y + size[1] / 2, z)
    if name == "ArmR":
        return (x - size[0] / 2, y, z)
    if name.startswith("Talus"):
        return (x, 0.04, z + 0.06)
    return (x, y - size[1] / 2, z)


def numbers(values: tuple[float, ...]) -> str:
    return " ".join(f"{value:g}" for value in values)


def skeleton_xml() -> str:
    rows = ['<Skeleton name="Human">']
    for name, parent, joint, place, size in NODES:
        contact = "On" if name.startswith("Talus") else "Off"
        more = {
            "Ball": 'lower="-2 -2 -2" upper="2 2 2"',
            "Revolute": 'axis="1 0 0" lower="0" upper="2.3"',
        }
        rows.append(
            f'<Node name="{name}" parent="{parent}">'
            f'<Body type="Box" mass="5" size="{numbers(size)}" contact="{contact}" color="1 1 1 1">'
            f'<Transformation linear="{IDENTITY}" translation="{numbers(centre(name, place, size))}"/></Body>'
            f'<Joint type="{joint}" bvh="J{name}" {more.get(joint, "")}>'
            f'<Transformation linear="{IDENTITY}" translation="{numbers(place)}"/></Joint></Node>'
        )
    return "\n".join([*rows, "</Skeleton>"])


def skeleton_yaml() -> str:
    """The same; R and t relative to the parent's body frame."""
    bodies = {name: np.array(centre(name, place, size)) for name, _, _, place, size in NODES}
    turn = np.eye(3).tolist()
    nodes = []
    for name, parent, joint, place, size in NODES:
        base = bodies.get(parent, np.zeros(3))
        one: dict[str, Any] = {
            "type": joint,
            "bvh": f"J{name}",
            "R": turn,
            "t": (np.array(place) - base).tolist(),
        }
        if joint == "Ball":
            one |= {"lower": [-2.0] * 3, "upper": [2.0] * 3}
        if joint == "Revolute":
            one |= {"axis": [1.0, 0.0, 0.0], "lower": 0.0, "upper": 2.3}
        body = {
            "type": "Box", "mass": 5.0, "size": list(size), "contact": name.startswith("Talus"),
            "R": turn, "t": (bodies[name] - base).tolist(),
        }  # fmt: skip
        nodes.append(
            {
                "name": name,
                "parent": None if parent == "None" else parent,
                "ee": False,
                "body": body,
                "joint": one,
            }
        )
    return yaml.safe_dump(
        {"metadata": {"version": "v1"}, "skeleton": {"name": "Human", "nodes": nodes}},
        sort_keys=False,
    )


def sides() -> list[tuple[str, list[tuple[str, tuple[float, ...]]]]]:
    """Units with their waypoints, left before right."""
    found = []
    for name, first, a, second, b in UNITS:
        for side, sign in (("L", 1.0), ("R", -1.0)):
            ways = [
                (body if body == "Pelvis" else body + side, (sign * p[0], *p[1:]))
                for body, p in ((first, a), (second, b))
            ]
            found.append((f"{side}_{name}", ways))
    return found


def muscles_xml() -> str:
    rows = ["<Muscle>"]
    for name, ways in sides():
        points = "".join(f'<Waypoint body="{body}" p="{numbers(p)}"/>' for body, p in ways)
        rows.append(
            f'<Unit name="{name}" f0="1000" lm="1.0" lt="0.2" pen_angle="0" lmax="-0.1">{points}</Unit>'
        )
    return "\n".join([*rows, "</Muscle>"])


def muscles_yaml() -> str:
    """The same; points of a body are divided by its size."""
    size = {name: np.array(s) for name, _, _, _, s in NODES}
    middle = {name: np.array(centre(name, place, s)) for name, _, _, place, s in NODES}
    muscles = [
        {
            "name": name, "f0": 1000.0, "lm": 1.0, "lt": 0.2,
            "waypoints": [
                [{"body": body, "p": ((np.array(p) - middle[body]) / size[body]).tolist(), "w": 1.0}]
                for body, p in ways
            ],
        }
        for name, ways in sides()
    ]  # fmt: skip
    return yaml.safe_dump({"metadata": {}, "muscles": muscles}, sort_keys=False)


def positions(frames: int = 60) -> np.ndarray:
    """A cycle (T, dofs) that ends as it begins, 1.2 m ahead."""
    phase = np.linspace(0.0, 1.0, frames)
    q = np.zeros((frames, DOFS))
    q[:, 1] = 0.1 * np.sin(2 * np.pi * phase)
    q[:, 5] = 1.2 * phase
    at = 6
    for k, (_, _, joint, *_) in enumerate(NODES[1:], 1):
        if joint == "Ball":
            q[:, at : at + 3] = 0.1 * np.sin(2 * np.pi * phase)[:, None] * [1.0, 0.2 * k, -0.3]
            at += 3
        else:
            q[:, at] = 0.3 - 0.2 * np.cos(2 * np.pi * phase)
            at += 1
    return q


def bvh(frames: int = 9) -> str:
    """Rotations about x alone, as three channels of each joint; the root's in centimetres."""
    rows = ["HIERARCHY"]

    def joint(name: str, indent: int) -> None:
        tab = "\t" * indent
        rows.append(f"{tab}{'ROOT' if indent == 0 else 'JOINT'} J{name}")
        rows.append(f"{tab}{{\n{tab}\tOFFSET 0 0 0")
        moves = "6 Xposition Yposition Zposition " if indent == 0 else "3 "
        rows.append(f"{tab}\tCHANNELS {moves}Zrotation Xrotation Yrotation")
        children = [child for child, parent, *_ in NODES if parent == name]
        for child in children:
            joint(child, indent + 1)
        if not children:
            rows.append(f"{tab}\tEnd Site\n{tab}\t{{\n{tab}\t\tOFFSET 0 0 0\n{tab}\t}}")
        rows.append(f"{tab}}}")

    joint("Pelvis", 0)
    rows += ["MOTION", f"Frames: {frames}", "Frame Time: 0.0333333"]
    for k in range(frames):
        bend = 10 * np.sin(2 * np.pi * k / (frames - 1))
        values = [0.0, 95.0, 120.0 * k / (frames - 1), 0.0, 0.0, 0.0]
        values += [0.0, bend, 0.0] * (len(NODES) - 1)
        rows.append(" ".join(f"{value:.4f}" for value in values))
    return "\n".join(rows) + "\n"


def six(q: np.ndarray) -> np.ndarray:
    """Frames (T, dofs) as the NPZ has them: two rows of each rotation."""
    from muscle_viewer.core.gaitnet.characters.assemble import rotation_matrix

    rows = []
    for frame in q:
        parts, at = [], 0
        for _, _, joint, *_ in NODES:
            if joint in ("Free", "Ball"):
                parts.append(rotation_matrix(frame[at : at + 3])[:2].ravel())
                at += 3
            if joint == "Free":
                parts.append(frame[at : at + 3])
                at += 3
            if joint == "Revolute":
                parts.append(frame[at : at + 1])
                at += 1
        rows.append(np.concatenate(parts))
    return np.array(rows)


def ground_xml(top: float = 0.0) -> str:
    return (
        '<Skeleton name="Ground"><Node name="ground" parent="None">'
        '<Body type="Box" mass="15" size="100 1 100" contact="On" color="1 1 1 1">'
        f'<Transformation linear="{IDENTITY}" translation="0 {top - 0.5} 0"/></Body>'
        f'<Joint type="Weld"><Transformation linear="{IDENTITY}" translation="0 0 0"/></Joint>'
        "</Node></Skeleton>"
    )


def environment_tree() -> dict[str, Any]:
    """An environment as the fork's A2_sep.yaml has it."""
    one = {"min": 1.0, "max": 1.0}
    return {
        "training": {"max_epoch": 10, "checkpoint_freq": 5},
        "environment": {
            "skeleton": {"file": "@data/skeleton.yaml", "actuator": "mass", "kp": 300.0, "self_collide": False},
            "ground": {"file": "@data/ground.xml"},
            "motion": {
                "type": "bvh", "file": "@data/motion/walk.bvh", "cyclic": True,
                "height_calibration": {"enabled": True, "strict": False},
            },
            "muscle": {
                "file": "@data/muscles.yaml", "mesh_lbs_weight": False, "use_velocity_force": False,
                "use_joint_state": True, "pose_optimization": {"enabled": False, "rot": False},
            },
            "simulation": {"sim_hz": 480, "control_hz": 30, "inference_per_sim": 1},
            "action": {"scale": 0.04, "residual": True, "time_warping": 0.001},
            "advanced": {
                "enforce_symmetry": False, "hard_phase_clipping": True, "soft_phase_clipping": False,
                "torque_clipping": False, "include_jtp_in_spd": False,
                "use_normalized_param_state": False, "learning_std": True,
            },
            "reward": {
                "type": "gaitnet", "eoe_type": "tuple",
                "metabolic": {"type": "A2", "weight": 0.03, "scale": 1.0, "multiplicative": True,
                              "torque": {"coeff": 0.1, "separate": True}},
                "locomotion": {
                    "head_linear_acc_weight": 4.0, "head_rot_weight": 4.0, "step_weight": 2.0,
                    "avg_vel": {"weight": 6.0, "window_mult": 1.0, "clip": 0.0, "consider_x": True},
                    "dragX": {"use": False, "weight": 1.0, "threshold": 0.1},
                    "phase": {"use": False, "weight": 1.0},
                },
                "knee_pain": {"use": False, "weight": 1.0, "scale": 1.0},
            },
            "parameters": {
                "gait": {
                    "stride": {"min": 0.8, "max": 1.2, "default": 1.0, "sampling": "uniform"},
                    "cadence": {"min": 0.8, "max": 1.2, "default": 1.0},
                },
                "skeleton": {"global": one, "femur": {"left": one, "right": one}},
            },
        },
    }  # fmt: skip


def environment_xml() -> str:
    return """<!-- as Bidirectional GaitNet's env.xml -->
<Environment>
    <skeleton defaultKp="300.0" defaultKv="40.0" actuactor="mass" damping="0.2">@data/skeleton.xml</skeleton>
    <ground>@data/ground.xml</ground>
    <bvh symmetry="false" heightCalibration="true">@data/motion/walk.bvh</bvh>
    <simHz>480</simHz>
    <controlHz>30</controlHz>
    <muscle>@data/muscles.xml</muscle>
    <inferencepersim>1</inferencepersim>
    <actionScale>0.04</actionScale>
    <timeWarping>0.001</timeWarping>
    <useJointState>true</useJointState>
</Environment>
"""


def write_all(folder: Path) -> Path:
    """A repository as the fork's: `data/` with everything in it; the folder of its environments."""
    data = folder / "data"
    (data / "motion").mkdir(parents=True)
    (data / "env").mkdir()
    for name, text in {
        "skeleton.xml": skeleton_xml(), "skeleton.yaml": skeleton_yaml(), "ground.xml": ground_xml(),
        "muscles.xml": muscles_xml(), "muscles.yaml": muscles_yaml(), "motion/walk.bvh": bvh(),
        "env/env.xml": environment_xml(), "env/A2_sep.yaml": yaml.safe_dump(environment_tree(), sort_keys=False),
    }.items():  # fmt: skip
        (data / name).write_text(text)
    return data / "env"
