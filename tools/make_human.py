"""Write assets/characters/human.yaml from Rajagopal2015.osim.

Legs, pelvis, arms, all muscle parameters and paths come from the OpenSim model; its one-piece torso
is split into abdomen, thorax, neck and head; every departure from it is stated in the file's
`sources` and comments. Fitting the paths takes about a minute.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import human_bones
import human_skeleton
import numpy as np
from fit_paths import fit_muscles
from human_skeleton import BodySpec, mirror_body, mirror_muscle
from kinematics import Character
from osim_model import MODEL_SOURCE, OsimModel
from yaml_text import block_list, flow, scalar

DEFAULT_OUTPUT = Path(__file__).resolve().parent.parent / "assets" / "characters" / "human.yaml"

CONTACT = {"stiffness": 2.0e5, "damping": 1000.0, "friction": 0.9, "tangential_damping": 1.0e5}
MUSCLE_LAW = {
    "force_length_width": 0.45,
    "passive_exponent": 5.5,
    "passive_strain": 0.3,
    "force_velocity": True,
    "max_velocity": 10.0,
    "pennation": "constant_width",
}

SOURCES = [
    "Skeleton of pelvis, legs and arms, joint centres and axes, ranges, and all muscle parameters and paths: "
    "Rajagopal2015.osim. Rajagopal, Dembia, DeMers, Delp, Hicks, Delp (2016). Full-body musculoskeletal model for "
    "muscle-driven simulation of human gait. IEEE Trans Biomed Eng 63(10), 2068-2079. MIT licence.",
    "Masses and inertias: the same file, scaled by {scale:.5f} from {osim_mass:.3f} kg to the {mass:g} kg that the paper names.",
    "Split of the torso into abdomen, thorax, head and neck: mass fractions of Winter (2009), Biomechanics and Motor "
    "Control of Human Movement, 4th ed., table 4.1 (0.139, 0.216, 0.081 of the body); radii of gyration of de Leva "
    "(1996), J Biomech 29(9), table 4, male; neck 0.2 and head 0.8 of head and neck (head about 4 kg: Yoganandan et "
    "al. 2009, J Biomech 42(9)); each shoulder girdle 0.09 of the thorax (own choice).",
    "Knee: one revolute in place of the osim's coupled five-function joint; axis and centre fitted by least squares to its "
    "motion of the shank over 0 to 80 degrees of flexion (rms {knee_rms:.1f} mm, max {knee_max:.1f} mm at the ankle end).",
    "Talus: {talus:g} kg moved from the calcaneus to it (osim 0.1 kg); toes: inertia of a box 75 x 25 x 95 mm in place of the "
    "osim's, which breaks the triangle inequality; patella: merged into the femur.",
    "Ranges of the trunk, neck, shoulder girdle, shoulder and wrist: American Academy of Orthopaedic Surgeons (1965), Joint "
    "Motion, rounded, shared among the joints of the trunk and neck; on rotation-vector components.",
    "Gains: own choice in the manner of MASS (Lee et al. 2019): kv = sqrt(2 kp).",
    "Contact: own choice of constants; the spheres' lowest points lie in one plane, the sole.",
    "Muscle law: see muscle_law; fibre and tendon of the osim's Millard 2012 muscles are read as rigid-tendon Hill muscles.",
    "Paths: via points only. Where the osim wraps or runs over the patella, via points were fitted by tools/fit_paths.py to "
    "OpenSim 4.6's lengths over the range of gait (docs/moment-arms.md); tendon slack length is then shifted by the "
    "difference of the neutral muscle-tendon lengths, so that the neutral fibre length is OpenSim's with a rigid tendon.",
    "Shapes: procedural, measured by hand on the model's bone geometry.",
    "Signs: knee flexion, ankle dorsiflexion, subtalar inversion, toe extension, elbow flexion and forearm pronation positive; "
    "ball joints are rotation vectors (x left, y up, z forward). Zero pose: the osim's neutral pose.",
]


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
    lines = ["# Written by tools/make_human.py; change the script, not this file."]
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
    bodies = []
    for body in skeleton.right_and_middle:
        bodies.append(body)
    bodies = interleave(bodies)
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
