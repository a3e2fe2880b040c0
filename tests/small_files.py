"""A small character and motion as the trees of their YAML files."""

from __future__ import annotations

from typing import Any

import yaml

BODIES: list[dict[str, Any]] = [
    {
        "name": "trunk",
        "parent": None,
        "joint": {"type": "free"},
        "mass": 40.0,
        "com": [0.0, 0.2, 0.0],
        "inertia": [1.0, 0.5, 1.0, 0.0, 0.0, 0.0],
        "shapes": [{"type": "sphere", "radius": 0.1, "position": [0.0, 0.3, 0.0]}],
    },
    {
        "name": "thigh",
        "parent": "trunk",
        "joint": {
            "type": "ball",
            "position": [0.0, -0.1, 0.0],
            "lower": [-1.0, -0.5, -0.5],
            "upper": [1.0, 0.5, 0.5],
            "kp": 300.0,
            "kv": 24.0,
            "names": ["hip_x", "hip_y", "hip_z"],
        },
        "mass": 8.0,
        "com": [0.0, -0.2, 0.0],
        "inertia": [0.1, 0.02, 0.1, 0.0, 0.0, 0.0],
    },
    {
        "name": "shank",
        "parent": "thigh",
        "joint": {
            "type": "revolute",
            "position": [0.0, -0.4, 0.0],
            "axis": [1.0, 0.0, 0.0],
            "lower": 0.0,
            "upper": 2.0,
            "kp": 300.0,
            "kv": 24.0,
            "names": ["knee"],
        },
        "mass": 4.0,
        "com": [0.0, -0.2, 0.0],
        "inertia": [0.05, 0.01, 0.05, 0.0, 0.0, 0.0],
        "contacts": [{"position": [0.0, -0.4, 0.0], "radius": 0.03}],
    },
]


def _muscle(name: str, z: float) -> dict[str, Any]:
    return {
        "name": name,
        "max_isometric_force": 1000.0,
        "optimal_fibre_length": 0.1,
        "tendon_slack_length": 0.2,
        "path": [
            {"body": "thigh", "position": [0.0, -0.1, z]},
            {
                "bodies": ["thigh", "shank"],
                "weights": [0.5, 0.5],
                "positions": [[0.0, -0.4, z], [0.0, 0.0, z]],
            },
            {"body": "shank", "position": [0.0, -0.05, z]},
        ],
    }


def small_character() -> dict[str, Any]:
    """A character file's tree: trunk, thigh and shank; a muscle before and one behind the knee."""
    tree: dict[str, Any] = {
        "format": "muscle-viewer/character-1",
        "name": "leg",
        "bodies": BODIES,
        "contact": {
            "stiffness": 2.0e5,
            "damping": 1000.0,
            "friction": 0.9,
            "tangential_damping": 1.0e5,
        },
        "muscles": [_muscle("quadriceps", 0.05), _muscle("hamstrings", -0.05)],
    }
    copy: dict[str, Any] = yaml.safe_load(yaml.safe_dump(tree))
    return copy


def small_motion() -> dict[str, Any]:
    """A motion file's tree for `small_character`: two frames of standing."""
    root = ["root_rx", "root_ry", "root_rz", "root_tx", "root_ty", "root_tz"]
    return {
        "format": "muscle-viewer/motion-1",
        "name": "stand",
        "cyclic": True,
        "frame_time": 0.5,
        "coordinates": [*root, "hip_x", "hip_y", "hip_z", "knee"],
        "frames": [[0.0, 0.0, 0.0, 0.0, 0.93, 0.0, 0.0, 0.0, 0.0, 0.1] for _ in range(2)],
    }
