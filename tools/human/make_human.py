"""Write assets/characters/human.yaml from Rajagopal2015.osim.

Legs, pelvis, arms, all muscle parameters and paths come from the OpenSim model; its one-piece torso
is split into abdomen, thorax, neck and head; every departure from it is stated in the file's
`sources` and comments. Fitting the paths takes about a minute.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import numpy as np

from tools.human import human_bones, human_skeleton
from tools.human.fit_paths import fit_muscles
from tools.human.human_skeleton import BodySpec, mirror_body, mirror_muscle
from tools.human.human_sources import SOURCES
from tools.human.kinematics import Character
from tools.human.osim_model import MODEL_SOURCE, OsimModel
from tools.yaml_text import block_list, flow, scalar

DEFAULT_OUTPUT = Path(__file__).resolve().parents[2] / "assets" / "characters" / "human.yaml"

CONTACT = {"stiffness": 5.0e4, "damping": 1000.0, "friction": 0.9, "tangential_damping": 1.0e5}
MUSCLE_LAW = {
    "force_length_width": 0.45,
    "passive_exponent": 4.0,
    "passive_strain": 0.7,
    "force_velocity": True,
    "max_velocity": 10.0,
    "pennation": "constant_width",
}


def body_lines(body: BodySpec) -> list[str]:
    """A body as YAML text."""
    lines = [f"  - name: {body.name}", f"    parent: {scalar(body.parent)}"]
    lines.append(f"    joint: {flow(body.joint)}")
    if body.note:
        lines.append(f"    # {body.note}")
    lines.append(f"    mass: {scalar(body.mass, 4)}")
    lines.append(f"    com: {flow(body.com)}")
    inertia = body.inertia
    six = [inertia[0, 0], inertia[1, 1], inertia[2, 2], inertia[0, 1], inertia[0, 2], inertia[1, 2]]
    lines.append(f"    inertia: {flow(six, 6)}")
    if body.shapes:
        lines += block_list("shapes", body.shapes, 4)
    if body.contacts:
        lines += block_list("contacts", body.contacts, 4)
    return lines


def muscle_lines(muscle: dict[str, Any]) -> list[str]:
    """A muscle as YAML text."""
    lines = [f"  - name: {muscle['name']}"]
    lines.append(f"    max_isometric_force: {scalar(muscle['max_isometric_force'], 1)}")
    for key in ("optimal_fibre_length", "tendon_slack_length", "pennation"):
        lines.append(f"    {key}: {scalar(muscle[key], 5)}")
    lines.append(f"    group: {muscle['group']}")
    return lines + block_list("path", muscle["path"], 4)


def render(bodies: list[BodySpec], muscles: list[dict[str, Any]], sources: list[str]) -> str:
    """The character file."""
    lines = ["# Written by tools/human/make_human.py; change the script, not this file."]
    lines += ["format: muscle-viewer/character-1", "name: human"]
    lines += ["sources:"] + ['  - "' + s.replace('"', "'") + '"' for s in sources]
    lines.append("bodies:")
    for body in bodies:
        lines += body_lines(body)
    lines += [f"contact: {flow(CONTACT)}", f"muscle_law: {flow(MUSCLE_LAW)}"]
    lines.append("activation_dynamics: null")
    lines.append("muscles:")
    for muscle in muscles:
        lines += muscle_lines(muscle)
    return "\n".join(lines) + "\n"


def as_data(bodies: list[BodySpec]) -> dict[str, Any]:
    """The bodies in the form `Character` reads."""
    return {
        "bodies": [
            {
                "name": b.name,
                "parent": b.parent,
                "joint": b.joint,
                "mass": b.mass,
                "com": b.com,
                "contacts": b.contacts,
            }
            for b in bodies
        ]
    }


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__, epilog=f"The model: {MODEL_SOURCE}.")
    parser.add_argument("osim", type=Path, help="Rajagopal2015.osim (see below)")
    parser.add_argument("-o", "--output", type=Path, default=DEFAULT_OUTPUT)
    parser.add_argument(
        "--keep-muscles", action="store_true", help="take the muscles from the existing output"
    )
    arguments = parser.parse_args()

    osim = OsimModel(arguments.osim)
    skeleton = human_skeleton.build(osim)
    for body in skeleton.right_and_middle:
        body.shapes = human_bones.shapes(body.name, skeleton.offsets)
    bodies = interleave(skeleton.right_and_middle)
    character = Character(as_data(bodies))
    if arguments.keep_muscles:
        kept = Character.load(arguments.output).muscles
        right = [m for name, m in kept.items() if name.endswith("_r")]
    else:
        right = fit_muscles(osim, character, skeleton)
    muscles = [m for muscle in right for m in (muscle, mirror_muscle(muscle))]
    sources = [s.format(**skeleton.figures) for s in SOURCES]
    arguments.output.write_text(render(bodies, muscles, sources), encoding="utf-8")
    total = sum(b.mass for b in bodies)
    print(f"{arguments.output}: {len(bodies)} bodies, {character.dofs} dofs, {total:.3f} kg")
    for name, value in skeleton.figures.items():
        print(f"  {name}: {np.round(value, 4)}")


def interleave(right_and_middle: list[BodySpec]) -> list[BodySpec]:
    """Every chain of right-side bodies followed by its mirror image."""
    result: list[BodySpec] = []
    chain: list[BodySpec] = []
    for body in [*right_and_middle, None]:
        is_right = body is not None and body.name.endswith("_r")
        starts_chain = is_right and body is not None and not str(body.parent).endswith("_r")
        if chain and (not is_right or starts_chain):
            result += chain + [mirror_body(b) for b in chain]
            chain = []
        if body is not None and is_right:
            chain.append(body)
        elif body is not None:
            result.append(body)
    return result


if __name__ == "__main__":
    main()
