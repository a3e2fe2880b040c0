"""Spoiled files: every reader of MASS and GaitNet reads them, or says in one line what is wrong. Nothing else."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import small_gaitnet
from left_out import GAITNET_DATA as REAL
from left_out import needs_gaitnet
from muscle_viewer.core import UserError, load_config
from muscle_viewer.core.gaitnet.characters.assemble import (
    read_gaitnet_character,
    read_nodes,
    read_units,
)
from muscle_viewer.core.gaitnet.characters.obj import read_obj
from muscle_viewer.core.gaitnet.motions.bvh import read_bvh
from muscle_viewer.core.gaitnet.source import GaitNetCharacter

pytestmark = pytest.mark.slow

OBJ = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\nvn 0 0 1\nf 1 2 3\nf 1//1 3//1 4//1\nf -1 -2 -3 -4\n"
METADATA = (
    "use_muscle true\ncon_hz 30\nsim_hz 600\nskel_file /data/skeleton.xml\n"
    "muscle_file /data/muscles.xml\nbvh_file /data/motion/walk.bvh true\n"
    "reward_param 0.75 0.1 0.0 0.15\n"
)


def skeleton(path: Path) -> object:
    return read_nodes(path)


def muscles(path: Path) -> object:
    body = path.with_name("skeleton.xml")
    return read_units(
        GaitNetCharacter(generation="seed", skeleton=body, muscles=path), read_nodes(body)
    )


def character(path: Path) -> object:
    return read_gaitnet_character(GaitNetCharacter(generation="bgn", skeleton=path))


READERS: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "skeleton XML": ("s.xml", small_gaitnet.skeleton_xml(), skeleton),
    "skeleton YAML": ("s.yaml", small_gaitnet.skeleton_yaml(), skeleton),
    "character": ("c.xml", small_gaitnet.skeleton_xml(), character),
    "muscle XML": ("m.xml", small_gaitnet.muscles_xml(), muscles),
    "muscle YAML": ("m.yaml", small_gaitnet.muscles_yaml(), muscles),
    "BVH": ("w.bvh", small_gaitnet.bvh(), read_bvh),
    "OBJ": ("b.obj", OBJ, read_obj),
    "metadata.txt": ("metadata.txt", METADATA, load_config),
    "env.xml": ("env/e.xml", small_gaitnet.environment_xml(), load_config),
    "environment YAML": (
        "env/e.yaml",
        small_gaitnet.yaml.safe_dump(small_gaitnet.environment_tree()),
        load_config,
    ),
}
NUMBER = re.compile(r"(?<![\w.])-?\d+(?:\.\d+)?(?:e-?\d+)?(?![\w.])")
INSTEAD = (
    "abc",
    "",
    "nan",
    "inf",
    "-inf",
    "1e400",
    "1e30",
    "-1",
    "0",
    "-0.0",
    "1" * 400,
    "[]",
    "0x10",
)


def spoiled(text: str, rng: random.Random) -> Iterator[str]:
    """Truncated, with lines gone, doubled, moved; with numbers and names that are none; rubbish."""
    for _ in range(12):
        yield text[: rng.randrange(len(text))]
    for _ in range(12):
        lines = text.splitlines(keepends=True)
        kind = rng.randrange(4)
        at = rng.randrange(len(lines))
        if kind == 0:
            del lines[at]
        elif kind == 1:
            lines.insert(at, lines[at])
        elif kind == 2:
            other = rng.randrange(len(lines))
            lines[at], lines[other] = lines[other], lines[at]
        else:
            rng.shuffle(lines)
        yield "".join(lines)
    found = list(NUMBER.finditer(text))
    for _ in range(40):
        match, word = rng.choice(found), rng.choice(INSTEAD)
        yield text[: match.start()] + word + text[match.end() :]
    names = (
        "Pelvis",
        "FemurR",
        "TibiaR",
        "Torso",
        "JPelvis",
        "None",
        "Box",
        "Free",
        "Ball",
        "mass",
    )
    present = [name for name in names if name in text]
    for _ in range(12 if present else 0):
        name = rng.choice(present)
        places = [m.start() for m in re.finditer(name, text)]
        at = rng.choice(places)
        yield text[:at] + rng.choice((*names, "", "\x00", "é", "x" * 5000)) + text[at + len(name) :]
    yield from (
        "",
        " ",
        "\x00\x01\x02",
        "<",
        "<a/>",
        "[" * 3000,
        "a: &a [*a]",
        "- " * 2000,
        "{}",
        "[1, 2]",
    )


@pytest.mark.parametrize("kind", READERS)
def test_spoiled_files_are_read_or_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    name, text, reader = READERS[kind]
    data = small_gaitnet.write_all(tmp_path).parent
    path = data / name
    path.write_text(text)
    reader(path)  # unspoiled
    refused = 0
    for bad in spoiled(text, random.Random(kind)):
        path.write_text(bad)
        try:
            reader(path)
        except UserError as error:
            refused += 1
            assert "\n" not in str(error), bad
            assert path.name in str(error) or "data" in str(error), (str(error), bad[:200])
    assert refused >= 20


@pytest.mark.parametrize("kind", READERS)
def test_files_that_are_none_are_refused_in_one_line(kind: str, tmp_path: Path) -> None:
    name, _, reader = READERS[kind]
    data = small_gaitnet.write_all(tmp_path).parent
    path = data / name
    for make in (
        lambda: path.write_bytes(b"\xff\xfe\x00\xd8" * 100),
        path.unlink,
        path.mkdir,
    ):
        make()
        with pytest.raises(UserError) as raised:
            reader(path)
        assert "\n" not in str(raised.value) and path.name in str(raised.value)


@pytest.mark.parametrize("kind", READERS)
def test_words_however_long_are_one_line_that_can_be_read(kind: str, tmp_path: Path) -> None:
    """A number, a name or a file's path of thousands of letters, longer than any the system takes."""
    name, text, reader = READERS[kind]
    path = small_gaitnet.write_all(tmp_path).parent / name
    words = list(re.finditer(r"[\w./@-]+", text))
    rng = random.Random(kind)
    for match in rng.sample(words, min(60, len(words))):
        path.write_text(text[: match.start()] + "9x" * 3000 + text[match.end() :])
        try:
            reader(path)
        except UserError as error:
            assert "\n" not in str(error) and len(str(error)) < 2000, str(error)[:2000]


def test_parents_that_lead_in_a_circle_are_refused(tmp_path: Path) -> None:
    for name, text in (
        ("s.xml", small_gaitnet.skeleton_xml().replace('parent="None"', 'parent="TibiaR"')),
        ("s.yaml", small_gaitnet.skeleton_yaml().replace("parent: null", "parent: TibiaR")),
    ):
        path = tmp_path / name
        path.write_text(text)
        with pytest.raises(UserError, match="TibiaR"):
            read_nodes(path)


REAL_FILES = {
    "env.xml": ("bidirectional-gaitnet", "data/env.xml", load_config),
    "environment YAML": ("fork-2025-11", "data/env/MA2_contact_vc2_fc5.yaml", load_config),
    "environment YAML of 2026": ("fork-2026-02", "data/env/A_sca_base.yaml", load_config),
    "metadata.txt": ("generative-gaitnet", "data/metadata.txt", load_config),
    "skeleton XML": ("fork-2025-11", "data/skeleton/base.xml", skeleton),
    "skeleton YAML": ("fork-2025-11", "data/skeleton/intoe10.yaml", skeleton),
}


@needs_gaitnet
@pytest.mark.parametrize("kind", REAL_FILES)
def test_spoiled_copies_of_real_files_are_read_or_refused_in_one_line(
    kind: str, tmp_path: Path
) -> None:
    project, name, reader = REAL_FILES[kind]
    (tmp_path / "data").symlink_to(REAL / project / "data")
    text = (REAL / project / name).read_text(encoding="utf-8")
    path = tmp_path / "env" / Path(name).name
    path.parent.mkdir()
    path.write_text(text, encoding="utf-8")
    reader(path)  # unspoiled
    refused = 0
    for bad in spoiled(text, random.Random(kind)):
        path.write_text(bad, encoding="utf-8")
        try:
            reader(path)
        except UserError as error:
            refused += 1
            assert "\n" not in str(error), bad
    assert refused >= 15


def test_a_mesh_whose_name_no_file_can_have_is_not_there(tmp_path: Path) -> None:
    """The shape that has the body's mass takes its place, as for every mesh that is not there."""
    file = tmp_path / "skeleton.xml"
    text = small_gaitnet.skeleton_xml()
    file.write_text(text.replace('color="1 1 1 1"', f'color="1 1 1 1" obj="{"x" * 5000}.obj"', 1))
    read = read_gaitnet_character(GaitNetCharacter(generation="bgn", skeleton=file))
    assert all(shape.type != "mesh" for body in read.bodies for shape in body.shapes)
