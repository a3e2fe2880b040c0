"""The groups that muscles of MASS and GaitNet get from their bodies and their pull in the zero pose."""

from __future__ import annotations

from pathlib import Path

import pytest
from left_out import MASS_DATA as MASS
from left_out import needs_mass
from muscle_viewer.core.gaitnet.characters.assemble import read_gaitnet_character
from muscle_viewer.core.gaitnet.source import GaitNetCharacter

from .small_gaitnet import UNITS, muscles_xml, muscles_yaml, skeleton_xml, skeleton_yaml

SMALL = {
    "Glut": "hip_extensor",
    "Psoas": "hip_flexor",
    "Quad": "knee_extensor",
    "Ham": "knee_flexor",
    "Calf": "ankle_plantarflexor",
    "Shin": "ankle_dorsiflexor",
}

KNOWN = {
    "Soleus": "ankle_plantarflexor",
    "Tibialis_Anterior": "ankle_dorsiflexor",
    "Vastus_Lateralis": "knee_extensor",
    "Rectus_Femoris": "knee_extensor",
    "Bicep_Femoris_Short": "knee_flexor",
    "Semitendinosus": "knee_flexor",
    "Gastrocnemius_Medial_Head": "knee_flexor",  # the file's ends on the shank
    "Psoas_Major": "hip_flexor",
    "iliacus": "hip_flexor",
    "Gluteus_Maximus2": "hip_extensor",
    "Gluteus_Medius1": "hip_abductor",
    "Adductor_Longus": "hip_adductor",
    "Gracilis": "hip_adductor",
    "Piriformis": "hip_rotator",
    "Flexor_Hallucis": "toe_flexor",
    "Extensor_Hallucis_Longus": "toe_extensor",
    "Brachialis": "elbow_flexor",
    "Triceps_Long_Head": "elbow_extensor",
    "Flexor_Carpi_Radialis": "wrist",
    "Supraspinatus": "shoulder",
    "Infraspinatus1": "shoulder",
    "Latissimus_Dorsi5": "shoulder",
    "Trapezius": "shoulder_girdle",
    "Sternocleidomastoid1": "neck",
    "Rectus_Abdominis1": "trunk",
    "Longissimus_Thoracis": "trunk",
}


def groups(skeleton: Path, muscles: Path, generation: str = "seed") -> dict[str, str]:
    source = GaitNetCharacter.model_validate(
        {"generation": generation, "skeleton": skeleton, "muscles": muscles}
    )
    return {muscle.name: muscle.group for muscle in read_gaitnet_character(source).muscles}


def written(folder: Path, skeleton: str, muscles: str, suffix: str = "xml") -> dict[str, str]:
    paths = folder / f"skeleton.{suffix}", folder / f"muscles.{suffix}"
    for path, text in zip(paths, (skeleton, muscles), strict=True):
        path.write_text(text)
    return groups(*paths)


def test_a_leg_has_its_functions_from_both_formats(tmp_path: Path) -> None:
    wanted = {f"{side}_{name}": SMALL[name] for name, *_ in UNITS for side in "LR"}
    assert written(tmp_path, skeleton_xml(), muscles_xml()) == wanted
    assert written(tmp_path, skeleton_yaml(), muscles_yaml(), "yaml") == wanted


@pytest.mark.parametrize(
    ("points", "group"),
    [
        (("Pelvis", (0.16, 0.98, 0.0), "FemurL", (0.17, 0.8, 0.0)), "hip_abductor"),
        (("Pelvis", (0.01, 0.88, 0.0), "FemurL", (0.08, 0.7, 0.0)), "hip_adductor"),
        (("Pelvis", (0.0, 0.9, -0.06), "FemurL", (0.16, 0.9, -0.04)), "hip_rotator"),
        (("Pelvis", (0.1, 0.98, 0.02), "TibiaL", (0.1, 0.42, 0.06)), "knee_extensor"),
        (("Pelvis", (0.1, 0.9, -0.09), "TibiaL", (0.1, 0.42, -0.02)), "hip_extensor"),
        (("Pelvis", (0.0, 1.0, 0.1), "Torso", (0.0, 1.3, 0.1)), "trunk"),
        (("Torso", (-0.1, 1.3, 0.1), "ArmR", (-0.3, 1.4, 0.0)), "shoulder"),
    ],
)
def test_the_larger_moment_arm_tells(
    tmp_path: Path, points: tuple[str, tuple[float, ...], str, tuple[float, ...]], group: str
) -> None:
    assert written(tmp_path, skeleton_xml(), one_muscle(*points)) == {"One": group}


def one_muscle(first: str, a: tuple[float, ...], second: str, b: tuple[float, ...]) -> str:
    ways = "".join(
        f'<Waypoint body="{body}" p="{" ".join(map(str, p))}"/>'
        for body, p in ((first, a), (second, b))
    )
    return (
        f'<Muscle><Unit name="One" f0="1000" lm="1.0" lt="0.2" pen_angle="0">{ways}</Unit></Muscle>'
    )


def test_bodies_of_another_kind_name_the_group_themselves(tmp_path: Path) -> None:
    skeleton = skeleton_xml().replace("Tibia", "Crus")
    found = written(tmp_path, skeleton, muscles_xml().replace("Tibia", "Crus"))
    assert found["L_Quad"] == found["R_Quad"] == "femur_crus"
    assert found["L_Psoas"] == "hip_flexor"


def test_limbs_held_another_way_have_their_joint_told_alone(tmp_path: Path) -> None:
    lifted = skeleton_xml().replace('translation="0.1 0.7 0"', 'translation="0.1 0.9 0.2"')
    assert lifted != skeleton_xml()
    found = written(tmp_path, lifted, muscles_xml())
    assert {name[2:]: group for name, group in found.items()} == {
        name: group.partition("_")[0] for name, group in SMALL.items()
    }


@needs_mass
def test_the_human_of_mass_has_its_anatomy() -> None:
    found = groups(MASS / "human.xml", MASS / "muscle284.xml", "mass")
    assert len(found) == 284
    assert 10 <= len(set(found.values())) <= 25
    assert not any("other" in group for group in found.values())
    for name, group in found.items():
        if name.startswith("L_"):
            assert found[f"R_{name[2:]}"] == group
    for name, group in KNOWN.items():
        assert {found[f"{side}_{name}"] for side in "LR"} == {group}, name
