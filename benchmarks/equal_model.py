"""The model of the equal-work comparison, as files: 56 dofs and 164 muscles, as in GaitNet.

The released human of MASS (Lee et al. 2019, doi 10.1145/3306346.3322972) with its 158 muscles that
touch a leg and the first 6 of its trunk; where its data is missing, the default human with its
muscles doubled until they are 164 (54 dofs).
"""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml
from muscle_viewer.core.configuration import assets_folder

MUSCLES = 164
MASS_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data" / "mass"
LEG = ("Femur", "Tibia", "Talus", "Foot")
ARM = ("Shoulder", "Arm", "ForeArm", "Hand")
KP = 300.0  # N m/rad, as MASS; kv is sqrt(2 kp)
CORNER_RADIUS = 0.01  # m, of the contact spheres at a foot's corners

Tree = dict[str, Any]


@dataclass(frozen=True)
class EqualModel:
    config: str
    """Environment YAML."""
    origin: str


def write_equal_model(folder: Path, mass_data: Path = MASS_DATA) -> EqualModel:
    """Write character and motion into `folder`; the environment that uses them."""
    if (mass_data / "human.xml").is_file():
        character = mass_character(mass_data)
        motion = standing(character)
        origin = "the human of MASS: 158 muscles that touch a leg and 6 of the trunk"
        (folder / "character.yaml").write_text(yaml.safe_dump(character))
        (folder / "motion.yaml").write_text(yaml.safe_dump(motion))
        files = [folder / "character.yaml", folder / "motion.yaml"]
        root_height = 0.6
    else:
        assets = assets_folder()
        character = yaml.safe_load((assets / "characters" / "human.yaml").read_text())
        character["muscles"] = doubled(character["muscles"])
        origin = "the default human with its muscles doubled (the data of MASS is not there)"
        (folder / "character.yaml").write_text(yaml.safe_dump(character))
        files = [folder / "character.yaml", assets / "motions" / "walk.yaml"]
        root_height = 0.7
    config = {
        "format": "muscle-viewer/environment-1",
        "character": str(files[0]),
        "motion": str(files[1]),
        "simulation": {"sim_hz": 480, "control_hz": 30, "inference_every": 1},
        "termination": {"root_height": root_height},
    }
    return EqualModel(yaml.safe_dump(config), origin)


def doubled(muscles: list[Tree]) -> list[Tree]:
    copies = [{**m, "name": f"{m['name']}_{turn}"} for turn in (2, 3) for m in muscles]
    return [*muscles, *copies][:MUSCLES]


def mass_character(folder: Path) -> Tree:
    """MASS's XML as a character. Body frames are the joints', parallel to the world at zero pose."""
    nodes = list(ElementTree.parse(folder / "human.xml").getroot().iter("Node"))
    origins = {node.attrib["name"]: _transform(node.find("Joint"))[1] for node in nodes}
    units = ElementTree.parse(folder / "muscle284.xml").getroot().iter("Unit")
    return {
        "format": "muscle-viewer/character-1",
        "name": "mass",
        "bodies": [_body(node, origins) for node in nodes],
        "contact": {
            "stiffness": 2e5,
            "damping": 1e3,
            "friction": 1.0,
            "tangential_damping": 1e5,
        },
        "muscle_law": {"force_velocity": True, "pennation": "constant_angle"},
        "muscles": _legs_first([_muscle(unit, origins) for unit in units])[:MUSCLES],
    }


def standing(character: Tree) -> Tree:
    """The zero pose, at rest."""
    names = [
        f"{body['name']}_{k}"
        for body in character["bodies"]
        for k in range({"free": 6, "ball": 3, "revolute": 1}[body["joint"]["type"]])
    ]
    lowest = min(
        _height(character["bodies"], body) + contact["position"][1] - contact["radius"]
        for body in character["bodies"]
        for contact in body.get("contacts", [])
    )
    frame = [0.0] * len(names)
    frame[4] = -lowest
    return {
        "format": "muscle-viewer/motion-1",
        "name": "stand",
        "cyclic": True,
        "frame_time": 0.5,
        "coordinates": names,
        "frames": [frame, frame],
    }


def _height(bodies: list[Tree], body: Tree) -> float:
    """Height of a body's origin above the root's, at zero pose, m."""
    by_name = {b["name"]: b for b in bodies}
    height = 0.0
    while body["parent"] is not None:
        height += body["joint"]["position"][1]
        body = by_name[body["parent"]]
    return height


def _transform(element: ElementTree.Element | None) -> tuple[np.ndarray, np.ndarray]:
    assert element is not None
    found = element.find("Transformation")
    assert found is not None
    linear = np.array(found.attrib["linear"].split(), dtype=float).reshape(3, 3)
    # Rounded to four digits in the file.
    u, _, vt = np.linalg.svd(linear)
    return u @ vt, np.array(found.attrib["translation"].split(), dtype=float)


def _body(node: ElementTree.Element, origins: dict[str, np.ndarray]) -> Tree:
    name, parent = node.attrib["name"], node.attrib["parent"]
    joint, shape = node.find("Joint"), node.find("Body")
    assert joint is not None and shape is not None
    kind = joint.attrib["type"].lower()
    dofs = {"free": 6, "ball": 3, "revolute": 1}[kind]
    carried: Tree = {"type": kind, "names": [f"{name}_{k}" for k in range(dofs)]}
    if parent != "None":
        carried |= {
            "position": (origins[name] - origins[parent]).tolist(),
            "kp": KP,
            "kv": float(np.sqrt(2 * KP)),
            "damping": 0.4,
        }
        limits = [[float(x) for x in joint.attrib[key].split()] for key in ("lower", "upper")]
        carried["lower"], carried["upper"] = limits if kind == "ball" else [x[0] for x in limits]
    if kind == "revolute":
        carried["axis"] = [float(x) for x in joint.attrib["axis"].split()]
    rotation, center = _transform(shape)
    size = np.array(shape.attrib["size"].split(), dtype=float)
    mass = float(shape.attrib["mass"])
    moments = mass / 12 * (size @ size - size**2)
    inertia = rotation @ np.diag(moments) @ rotation.T
    com = center - origins[name]
    body: Tree = {
        "name": name,
        "parent": None if parent == "None" else parent,
        "joint": carried,
        "mass": mass,
        "com": com.tolist(),
        "inertia": [
            float(inertia[i, j]) for i, j in ((0, 0), (1, 1), (2, 2), (0, 1), (0, 2), (1, 2))
        ],
    }
    if shape.attrib["contact"] == "On":
        corners = [
            com + rotation @ (size / 2 * signs)
            for signs in np.ndindex(2, 2, 2)
            for signs in [2 * np.array(signs) - 1]
        ]
        lowest = sorted(corners, key=lambda p: p[1])[:4]
        body["contacts"] = [{"position": p.tolist(), "radius": CORNER_RADIUS} for p in lowest]
    return body


def _muscle(unit: ElementTree.Element, origins: dict[str, np.ndarray]) -> Tree:
    """A muscle along the polyline through its points; lengths are fractions of the neutral one."""
    where = [(w.attrib["body"], np.array(w.attrib["p"].split(), dtype=float)) for w in unit]
    points = np.array([p for _, p in where])
    neutral = float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum())
    return {
        "name": unit.attrib["name"],
        "max_isometric_force": float(unit.attrib["f0"]),
        "optimal_fibre_length": float(unit.attrib["lm"]) * neutral,
        "tendon_slack_length": float(unit.attrib["lt"]) * neutral,
        "pennation": float(unit.attrib["pen_angle"]),
        "path": [{"body": b, "position": (p - origins[b]).tolist()} for b, p in where],
    }


def _legs_first(muscles: list[Tree]) -> list[Tree]:
    def rank(muscle: Tree) -> int:
        bodies = [point["body"] for point in muscle["path"]]
        if any(body.startswith(LEG) for body in bodies):
            return 0
        return 2 if any(body.startswith(ARM) for body in bodies) else 1

    return sorted(muscles, key=rank)
