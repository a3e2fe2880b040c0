"""Write assets/characters/human_whole_body.yaml: the human of human.yaml with muscles from pelvis to wrist.

Skeleton and legs are taken as they stand in human.yaml. The paths of the other muscles come from MASS's
muscle284.xml; `tools/human/upper_body_muscles.py` says which, and their forces.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from tools.human.human_skeleton import mirror_muscle
from tools.human.kinematics import Character, path_positions, polyline_length
from tools.human.make_human import DEFAULT_OUTPUT as HUMAN
from tools.human.make_human import muscle_lines
from tools.human.mass_landmarks import TRUNK, Landmarks, MassMuscle, read_muscles
from tools.human.upper_body_muscles import SOURCES, UPPER_BODY
from tools.human.upper_muscle import UpperMuscle

OUTPUT = HUMAN.with_name("human_whole_body.yaml")

STANDING = {"elbow_flex": 0.45, "pro_sup": 1.134, "shoulder_z": -0.12}
"""The arms' coordinates in walking (assets/motions/walk.yaml), rad, right side; all others 0."""

SHORTEST_TENDON = 0.05
"""Least share of the path that is tendon; longer fibres are shortened to leave it."""


def standing(character: Character) -> np.ndarray:
    """The pose (1, dofs) in which fibres are optimal."""
    q = np.zeros((1, character.dofs))
    for stem, angle in STANDING.items():
        sign = -1.0 if stem == "shoulder_z" else 1.0
        q[0, character.dof_names.index(f"{stem}_r")] = angle
        q[0, character.dof_names.index(f"{stem}_l")] = sign * angle
    return q


def path_of(
    muscle: UpperMuscle, mass: dict[str, MassMuscle], landmarks: Landmarks
) -> list[dict[str, Any]]:
    """The via points of a muscle of the right side, as in a character file."""
    places = []
    if muscle.unit:
        unit = mass[muscle.unit]
        for k in muscle.kept or range(len(unit.points)):
            on_trunk = unit.bodies[k] in TRUNK
            point = unit.points[k] - [0.0, 0.0, muscle.behind if on_trunk else 0.0]
            places.append(landmarks.place(unit.bodies[k], point, muscle.onto.get(k)))
    places += [(body, np.array(place)) for body, *place in muscle.path]
    return [{"body": body, "position": np.round(place, 5)} for body, place in places]


def entry(
    muscle: UpperMuscle, mass: dict[str, MassMuscle], landmarks: Landmarks, human: Character
) -> dict[str, Any]:
    """A muscle of the right side, its tendon as long as leaves the fibres optimal in `standing`."""
    path = path_of(muscle, mass, landmarks)
    points = [human.path_point(p) for p in path]
    length = float(polyline_length(path_positions(points, human.transforms(standing(human))))[0])
    pennation = np.radians(muscle.pennation)
    fibre = min(muscle.fibre, (1.0 - SHORTEST_TENDON) * length / np.cos(pennation))
    return {
        "name": muscle.name,
        "max_isometric_force": muscle.force,
        "optimal_fibre_length": fibre,
        "tendon_slack_length": length - fibre * np.cos(pennation),
        "pennation": pennation,
        "group": muscle.group,
        "path": path,
    }


def upper_muscles(human: Character, muscle284: Path) -> list[dict[str, Any]]:
    """Right and left muscles in turn."""
    mass, landmarks = read_muscles(muscle284), Landmarks(human)
    right = [entry(m, mass, landmarks, human) for m in UPPER_BODY]
    return [side for muscle in right for side in (muscle, mirror_muscle(muscle))]


REPLACED = {
    "# Written by tools/human/make_human.py;": "# Written by tools/human/make_whole_body.py;",
    "name: human\n": "name: human_whole_body\n",
} | {
    f"kp: 50, kv: 10.0, damping: 0.1, names: [wrist_x_{side}": (
        f"kp: [50, 0, 50], kv: [10.0, 0, 10.0], damping: 0.1, stiffness: [0, 20, 0], names: [wrist_x_{side}"
    )
    for side in "rl"
}
"""Lines of human.yaml that differ; the twist of the wrist is passive (`upper_body_muscles.SOURCES`)."""


def render(human_text: str, muscles: list[dict[str, Any]]) -> str:
    """The text of human.yaml with other sources and more muscles."""
    text = human_text
    for old, new in REPLACED.items():
        if old not in text:
            raise SystemExit(f"{HUMAN.name} has no line {old!r}; run tools/human/make_human.py")
        text = text.replace(old, new, 1)
    sources = "".join('  - "' + source.replace('"', "'") + '"\n' for source in SOURCES)
    text = text.replace("bodies:\n", sources + "bodies:\n", 1)
    return text + "\n".join(line for m in muscles for line in muscle_lines(m)) + "\n"


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("muscle284", type=Path, help="muscle284.xml of MASS's data folder")
    parser.add_argument("-o", "--output", type=Path, default=OUTPUT)
    arguments = parser.parse_args()
    text = HUMAN.read_text(encoding="utf-8")
    human = Character(yaml.safe_load(text))
    muscles = upper_muscles(human, arguments.muscle284)
    arguments.output.write_text(render(text, muscles), encoding="utf-8")
    print(f"{arguments.output}: {len(human.muscles)} muscles of the legs, {len(muscles)} others")


if __name__ == "__main__":
    main()
