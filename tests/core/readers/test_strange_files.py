"""Files that are something else, that never end, that unpack to too much, or that name others' files."""

from __future__ import annotations

import os
import tracemalloc
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import small_gaitnet
import yaml
from muscle_viewer.core import UserError, load_checkpoint, load_config
from muscle_viewer.core.errors import ConfigError
from muscle_viewer.core.gaitnet.motions.arrays import read_npz
from muscle_viewer.core.gaitnet.motions.bvh import read_bvh
from muscle_viewer.core.gaitnet.motions.hdf5 import read_hdf5
from muscle_viewer.core.gaitnet.networks import read_networks
from muscle_viewer.core.models.read import read_model
from muscle_viewer.core.readers.character_file import read_character
from muscle_viewer.core.readers.file_kind import kind_of_text
from muscle_viewer.core.readers.files import read_text
from muscle_viewer.core.readers.motion import read_motion
from muscle_viewer.core.readers.opensim_table import read_table
from muscle_viewer.core.readers.yaml_text import MOST_VALUES, load_yaml
from muscle_viewer.core.scene import build_scene
from small_files import small_motion

Complaint = Callable[..., str]
READERS = [
    load_config,
    load_checkpoint,
    read_networks,
    read_character,
    read_model,
    read_bvh,
    read_table,
]


@pytest.mark.parametrize("reader", READERS)
def test_pipes_devices_and_the_kernels_files_are_refused_at_once(
    reader: Callable[[Path], object], tmp_path: Path, complaint: Complaint
) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", Path("/dev/zero"), Path("/proc/self/maps")):
        assert f"{path}: is a pipe, a device or a system file" in complaint(reader, path)


@pytest.mark.parametrize("reader", READERS)
def test_a_path_longer_than_the_system_takes_is_one_line(
    reader: Callable[[Path], object], tmp_path: Path, complaint: Complaint
) -> None:
    line = complaint(reader, tmp_path / ("x" * 300))
    assert "File name too long" in line or "no such file" in line or "no checkpoint" in line


SCALARS = ["2001-99-99", "!!int a", "!!bool maybe", "9" * 5000, "1" * 30, "!!float x", "!!binary ä",
           "!!timestamp x", "1:1:1" + ":1" * 60, "!!set [1]", "!unknown 1", "*nowhere", "[" * 2000,
           "? [1]\n: 2", "&a [*a]", "!!int [1]", "\x00", "\ud800"]  # fmt: skip


@pytest.mark.parametrize("scalar", SCALARS)
def test_a_value_of_yaml_that_cannot_be_made_is_one_line(scalar: str) -> None:
    with pytest.raises(ConfigError, match=r"^o: (not valid YAML|its aliases)") as raised:
        load_yaml(f"format: {scalar}", "o", ConfigError)
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 300


def nested_aliases(levels: int, width: int) -> str:
    """Lists of aliases of lists of aliases: width ** levels values."""
    text = f"a0: &a0 [{', '.join(['1'] * width)}]\n"
    for k in range(1, levels):
        text += f"a{k}: &a{k} [{', '.join([f'*a{k - 1}'] * width)}]\n"
    return text


@pytest.mark.parametrize("reader", [load_config, read_character])
def test_aliases_that_unpack_to_too_much_are_refused_before_they_are(
    reader: Callable[[Path], object], tmp_path: Path, complaint: Complaint
) -> None:
    """437 bytes took 8 s, 496 bytes 77 s."""
    path = tmp_path / "bomb.yaml"
    text = nested_aliases(9, 9)
    path.write_text(f"{text}format: *a8\nname: *a8\n")
    assert path.stat().st_size < 500
    assert "aliases unpack to more than 100000 values" in complaint(reader, path)
    merged = "a0: &a0 {x: 1}\n" + "".join(
        f"a{k}: &a{k} {{<<: [{', '.join([f'*a{k - 1}'] * 9)}]}}\n" for k in range(1, 9)
    )
    path.write_text(merged)
    assert "aliases unpack" in complaint(reader, path)


def test_a_motion_of_aliased_frames_is_refused_before_it_fills_the_memory(
    small_environment: Path, complaint: Complaint
) -> None:
    """34 kB took 967 MB."""
    tree = small_motion()
    frames = f"- &f [{', '.join(['0.0'] * 200)}]\n" + "- *f\n" * 6000
    path = small_environment.with_name("stand.yaml")
    path.write_text(
        yaml.safe_dump({k: v for k, v in tree.items() if k != "frames"}) + "frames:\n" + frames
    )
    tracemalloc.start()
    line = complaint(lambda: build_scene(load_config(small_environment)))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "aliases unpack" in line
    assert peak < 50e6


def test_a_text_of_more_values_than_any_motion_is_refused() -> None:
    with pytest.raises(ConfigError, match="more than"):
        load_yaml("[" + "1," * (MOST_VALUES + 1) + "]", "o", ConfigError)


def test_who_changes_what_was_read_changes_it_for_nobody_else() -> None:
    text = "a: [1, {b: 2}]"
    read = load_yaml(text, "o", ConfigError)
    read["a"][1]["b"] = 3
    read["a"].append(4)
    assert load_yaml(text, "o", ConfigError) == {"a": [1, {"b": 2}]}


def test_a_wrong_text_is_complained_of_by_the_name_of_each_file_that_has_it() -> None:
    for name in ("one.yaml", "other.yaml", "one.yaml"):
        with pytest.raises(ConfigError, match=f"^{name}: not valid YAML at line 2: "):
            load_yaml("a: 1\n}", name, ConfigError)


def test_errors_show_whole_values_of_no_kind_but_short_ones(
    small_environment: Path, complaint: Complaint
) -> None:
    shown = {
        "x" * 30: "(found 'xxx",
        "x" * 5000: "(found a text of 5000 characters)",
    }
    for value, part in shown.items():
        small_environment.write_text(
            yaml.safe_dump(yaml.safe_load(small_environment.read_text()) | {"symmetry": value})
        )
        line = complaint(load_config, small_environment)
        assert "symmetry" in line and part in line
    values = {"n": [1] * 1000, "m": {"k": 1}, "o": 10**18}
    for value, part in zip(
        values.values(), ("a list of 1000 items", "a mapping of 1 keys", str(10**18)), strict=True
    ):
        small_environment.write_text(
            yaml.safe_dump(yaml.safe_load(small_environment.read_text()) | {"symmetry": value})
        )
        assert part in complaint(load_config, small_environment)


SECRET = "root:x:0:0:hunter2:/root:/bin/bash\nsecond: hunter3\n"


@pytest.mark.parametrize("secret", [SECRET, "password: hunter2\n", "hunter2", "[hunter2, {a: hunter3}]",
                                    "- hunter2\n- hunter3\n", "<hunter2>", "{hunter2", "'hunter2", "*hunter2",
                                    "a: !hunter2 x", "%hunter2", "hunter2: hunter3: hunter4"])  # fmt: skip
def test_a_file_that_an_environment_names_is_not_shown_by_what_it_says(
    secret: str, small_environment: Path, tmp_path: Path, complaint: Complaint
) -> None:
    """An environment of unknown origin may name any file that the user can read."""
    hidden = tmp_path / "hidden"
    hidden.write_text(secret)
    names = {
        "character": [str(hidden), {"generation": "mass", "skeleton": str(hidden)}],
        "motion": [str(hidden)],
    }
    for field, values in names.items():
        for value in values:
            tree = yaml.safe_load(small_environment.read_text()) | {field: value}
            path = tmp_path / "stranger.yaml"
            path.write_text(yaml.safe_dump(tree))
            line = complaint(lambda path=path: build_scene(load_config(path)))
            assert "hunter" not in line, line


def test_gaitnet_files_that_an_environment_names_are_not_shown_either(
    tmp_path: Path, complaint: Complaint
) -> None:
    folder = small_gaitnet.write_all(tmp_path).parent
    for name in ("skeleton.xml", "muscles.xml", "motion/walk.bvh"):
        kept = (folder / name).read_text()
        for secret in (SECRET, "hunter2", "<hunter2 a='hunter3'/>", "hunter2: [hunter3"):
            (folder / name).write_text(secret)
            (folder / "metadata.txt").write_text(
                "use_muscle true\nskel_file /data/skeleton.xml\nmuscle_file /data/muscles.xml\n"
                "bvh_file /data/motion/walk.bvh true\n"
            )
            line = complaint(lambda: build_scene(load_config(folder / "metadata.txt")))
            assert "hunter2" not in line.replace("<hunter2>", ""), line
            assert "hunter3" not in line, line
        (folder / name).write_text(kept)


KINDS = {
    "a.bvh": (b"HIERARCHY\nROOT Hips\n{\n", "a BVH motion capture"),
    "a.osim": (b'<?xml version="1.0"?>\n<OpenSimDocument Version="30000"><Model/>', "an OpenSim model"),
    "a.mot": (b"walk\nversion=1\nnRows=2\nnColumns=2\ninDegrees=yes\nendheader\ntime\tx\n", "a table of OpenSim"),
    "a.trc": (b"PathFileType\t4\t(X/Y/Z)\n", "markers of OpenSim"),
    "a.xml": (b'<mujoco model="leg"><worldbody/></mujoco>', "a MuJoCo model (MJCF)"),
    "a.urdf": (b'<?xml version="1.0"?><robot name="r"/>', "a robot model (URDF)"),
    "s.xml": (b'<Skeleton name="Human"><Node/></Skeleton>', "a skeleton of MASS or GaitNet"),
    "m.xml": (b"<Muscle><Unit/></Muscle>", "the muscles of MASS or GaitNet"),
    "c.yaml": (b"format: muscle-viewer/character-1\nname: x\n", "a character YAML"),
    "m.yaml": (b"# a walk\nformat: muscle-viewer/motion-1\nname: x\n", "a motion YAML"),
    "a.c3d": (b"\x02\x50" + bytes(510), "a C3D recording"),
    "a.h5": (b"\x89HDF\r\n\x1a\n" + bytes(100), "a motion in HDF5"),
    "a.npy": (b"\x93NUMPY\x01\x00", "an array of numpy"),
    "a.png": (b"\x89PNG\r\n\x1a\n", "a picture (PNG)"),
    "a.mp4": (b"\x00\x00\x00\x20ftypisom", "a video"),
    "a.obj": (b"# a bone\nmtllib a.mtl\nv 0 0 0\n", "a mesh (OBJ)"),
    "a.gz": (b"\x1f\x8b\x08", "a gzip archive"),
}  # fmt: skip


@pytest.mark.parametrize("name", KINDS)
def test_a_file_of_another_kind_is_named_and_said_how_to_open(
    name: str, tmp_path: Path, complaint: Complaint
) -> None:
    """.osim, MJCF, .mot and others given to the viewer (myo_sim#5, myosuite#211, gesticulator#50)."""
    content, kind = KINDS[name]
    path = tmp_path / name
    path.write_bytes(content)
    if name in ("a.bvh", "m.xml", "a.h5"):  # with the four lines that open it
        with pytest.raises(UserError) as caught:
            load_checkpoint(path)
        said, *lines = str(caught.value).splitlines()
        assert len(lines) == 4
    else:
        said = complaint(load_checkpoint, path)
    assert f"{path}: {kind}" in said


@pytest.mark.parametrize("name", ["a.osim", "a.mot", "a.xml", "s.xml", "c.yaml", "a.bvh", "a.obj"])
def test_a_reader_of_texts_names_the_kind_that_it_was_given(
    name: str, small_environment: Path, complaint: Complaint
) -> None:
    content, kind = KINDS[name]
    for field, file in (("character", "leg.yaml"), ("motion", "stand.yaml")):
        if (field, name) == ("character", "c.yaml"):
            continue
        kept = small_environment.with_name(file).read_bytes()
        small_environment.with_name(file).write_bytes(content)
        line = complaint(lambda: build_scene(load_config(small_environment)))
        assert f"{file}: {kind}" in line and f", not a {field}" in line
        small_environment.with_name(file).write_bytes(kept)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_byte_order_marks_are_passed_over_by_every_reader(encoding: str, tmp_path: Path) -> None:
    """Windows editors put them first (espanso#2512, playwright#39420)."""

    def marked(path: Path) -> None:
        text = path.read_text()
        mark = "\ufeff" if encoding == "utf-16-be" else ""
        path.write_bytes((mark + text).encode(encoding))

    data = small_gaitnet.write_all(tmp_path).parent
    plain = build_scene(load_config(tmp_path / "data" / "env" / "env.xml"))
    for path in [*data.rglob("*.xml"), *data.rglob("*.yaml"), *data.rglob("*.bvh")]:
        marked(path)
    assert len(list(data.rglob("*.xml"))) > 1
    scene = build_scene(load_config(tmp_path / "data" / "env" / "env.xml"))
    np.testing.assert_array_equal(scene.motion.frames, plain.motion.frames)
    (tmp_path / "x.txt").write_bytes(b"\xef\xbb\xbfuse_muscle\r\ntrue\r")
    assert read_text(tmp_path / "x.txt", ConfigError) == "use_muscle\ntrue\n"


@pytest.mark.parametrize("unit", [1.0, 0.0254, 0.001])
def test_a_bvh_in_another_unit_is_said_to_be_and_read_with_its_scale(
    unit: float, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Blender writes metres (SlimeVR-Server#1021, bvhacker#3)."""
    config = load_config(small_gaitnet.write_all(tmp_path) / "env.xml")
    path = config.files()["motion.file"]
    caplog.clear()
    wanted = build_scene(config).motion
    assert not caplog.records, "centimetres are what is expected"
    rewrite_positions(path, lambda x: x * 0.01 / unit)
    build_scene(config)
    name = {1.0: "metres", 0.0254: "inches", 0.001: "millimetres"}[unit]
    assert f"it seems to be in {name}; give its motion `scale: {unit:g}`" in caplog.text
    caplog.clear()
    scaled = config.motion.model_copy(update={"scale": unit})
    found = build_scene(config.model_copy(update={"motion": scaled})).motion
    assert not caplog.records
    np.testing.assert_allclose(found.frames, wanted.frames, atol=1e-9)


def test_the_scale_of_a_bvh_stands_in_every_kind_of_environment(tmp_path: Path) -> None:
    folder = small_gaitnet.write_all(tmp_path)
    xml = (folder / "env.xml").read_text().replace("<bvh ", '<bvh scale="1.0" ')
    (folder / "env.xml").write_text(xml)
    tree = small_gaitnet.environment_tree()
    tree["environment"]["motion"]["scale"] = 1.0
    (folder / "A2_sep.yaml").write_text(yaml.safe_dump(tree))
    (folder.parent / "metadata.txt").write_text(
        "skel_file /data/skeleton.xml\nbvh_file /data/motion/walk.bvh true 1.0\n"
    )
    for path in (folder / "env.xml", folder / "A2_sep.yaml", folder.parent / "metadata.txt"):
        assert load_config(path).motion.scale == 1.0


def rewrite_positions(path: Path, change: Callable[[float], float]) -> None:
    """The BVH with the root's three positions, its first channels, changed."""
    head, _, motion = path.read_text().partition("Frame Time:")
    first, *lines = motion.strip().splitlines()
    rows = [line.split() for line in lines]
    for row in rows:
        row[:3] = [repr(change(float(x))) for x in row[:3]]
    path.write_text(
        f"{head}Frame Time: {first}\n" + "\n".join(" ".join(row) for row in rows) + "\n"
    )


def wide_nodes(tmp_path: Path) -> list:
    from muscle_viewer.core.gaitnet.characters.assemble import read_nodes

    data = small_gaitnet.write_all(tmp_path).parent
    return read_nodes(data / "skeleton.xml")


def test_an_npz_of_zeros_is_read_by_its_row_without_its_rest(tmp_path: Path) -> None:
    """0.8 MB of deflated zeros cost 2 GB."""
    nodes = wide_nodes(tmp_path)
    width = 60 * sum({"Free": 9, "Ball": 6, "Revolute": 1, "Weld": 0}[n.joint_type] for n in nodes)
    rows = (1 << 31) // (8 * width)
    with zipfile.ZipFile(tmp_path / "big.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open("motions.npy", "w", force_zip64=True) as file:
            np.lib.format.write_array_header_1_0(
                file, {"descr": "<f8", "fortran_order": False, "shape": (rows, width)}
            )
            for _ in range(40):
                file.write(bytes(1 << 20))
    tracemalloc.start()
    with pytest.raises(UserError, match="do not span a plane"):
        read_npz(tmp_path / "big.npz", nodes, 3)
    with pytest.raises(UserError, match="stands beyond 256 MiB"):
        read_npz(tmp_path / "big.npz", nodes, rows - 1)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


@pytest.mark.parametrize(
    "header",
    [b"{'descr': '<f8', 'fortran_order': False, 'shape': (" + b"(" * 3000, b"(", b"'" * 99, b"1\n 2",
     b"{'descr': '|O', 'fortran_order': False, 'shape': (1, 1)}", b"{'descr': [('a', '<f8')]}", b"\\"],
)  # fmt: skip
def test_headers_of_npz_that_numpy_cannot_read_are_one_line(
    header: bytes, tmp_path: Path, complaint: Complaint
) -> None:
    """TokenError and MemoryError came through."""
    data = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    with zipfile.ZipFile(tmp_path / "x.npz", "w") as archive:
        archive.writestr("motions.npy", data)
    assert "not an .npz of numbers" in complaint(read_npz, tmp_path / "x.npz", [], 0)


def test_hdf5_that_names_other_files_or_unpacks_to_too_much_is_refused(
    tmp_path: Path, complaint: Complaint
) -> None:
    h5py = pytest.importorskip("h5py", reason="h5py is not installed: pip install h5py")
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["motions"], file["time"] = np.zeros((3, 0), np.float32), np.arange(3.0)

    def written(fill: Callable[[object], object]) -> Path:
        path = tmp_path / "x.h5"
        with h5py.File(path, "w") as file:
            fill(file)
            if "time" not in file:
                file["time"] = np.arange(3.0)
        return path

    def external(file: object) -> None:
        file["motions"] = h5py.ExternalLink("other.h5", "motions")

    def soft(file: object) -> None:
        file["motions"] = h5py.SoftLink("/time")

    def virtual(file: object) -> None:
        layout = h5py.VirtualLayout((3, 2), "f4")
        layout[:] = h5py.VirtualSource("other.h5", "motions", (3, 2))
        file.create_virtual_dataset("motions", layout)

    def raw(file: object) -> None:
        file.create_dataset("motions", (3, 2), "f4", external=[("/etc/hostname", 0, 24)])

    def large(file: object) -> None:
        file.create_dataset("motions", (1 << 20, 1 << 12), "f4", chunks=True)

    for fill, part in ((external, "is a link"), (soft, "is a link"), (virtual, "another file"),
                       (raw, "another file"), (large, "unpacks to 16384 MiB")):  # fmt: skip
        assert part in complaint(read_hdf5, written(fill), [])


def test_one_frame_is_no_motion_and_joints_of_another_exporter_are_listed(
    tmp_path: Path, complaint: Complaint
) -> None:
    data = small_gaitnet.write_all(tmp_path)
    config = load_config(data / "env.xml")
    path = config.files()["motion.file"]
    text = path.read_text()
    head, _, motion = text.partition("Frames:")
    lines = motion.strip().splitlines()
    path.write_text(f"{head}Frames: 1\n{lines[1]}\n{lines[2]}\n")
    assert "Frames: 1, which is a pose and no motion" in complaint(lambda: build_scene(config))
    joints = [
        line.split()[1] for line in text.splitlines() if line.split()[:1] in (["ROOT"], ["JOINT"])
    ]
    for name in joints:
        text = text.replace(f" {name}\n", f" mixamorig:{name}\n")
    path.write_text(text)
    line = complaint(lambda: build_scene(config))
    assert "mixamorig:" in line and "rename them" in line
    assert all(name in line for name in joints)


def test_a_motion_of_the_project_given_a_bvh_says_what_moves_by_one(
    small_environment: Path, complaint: Complaint
) -> None:
    """A BVH on the shipped walk was 'not valid YAML at line 55' (GMR#114)."""
    path = small_environment.with_name("gait.bvh")
    path.write_text(small_gaitnet.bvh())
    scene = build_scene(load_config(small_environment))
    line = complaint(read_motion, path, scene.character)
    assert "a BVH motion capture, not a motion YAML" in line and "MASS and GaitNet" in line


def test_what_the_fuzzer_found_stays_mended(
    small_environment: Path, tmp_path: Path, complaint: Complaint
) -> None:
    """An integer beyond C's came through as TypeError, an NPZ whose row is cut off as ValueError."""
    whole = yaml.safe_load(small_environment.read_text())
    for field in ("sim_hz", "control_hz", "inference_every"):
        small_environment.write_text(yaml.safe_dump(whole | {"simulation": {field: 2**40}}))
        assert f"simulation.{field}" in complaint(load_config, small_environment)
    nodes = wide_nodes(tmp_path)
    width = 60 * sum({"Free": 9, "Ball": 6, "Revolute": 1, "Weld": 0}[n.joint_type] for n in nodes)
    np.savez(tmp_path / "cut.npz", motions=np.zeros((1, width)))
    with zipfile.ZipFile(tmp_path / "cut.npz") as archive:
        array = archive.read("motions.npy")
    with zipfile.ZipFile(tmp_path / "cut.npz", "w") as archive:
        archive.writestr("motions.npy", array[:-8])
    assert "ends too early" in complaint(read_npz, tmp_path / "cut.npz", nodes, 0)


def test_the_kind_of_a_text_is_told_without_searching_it_again_and_again() -> None:
    """A pattern with repetitions within each other took 6 s of 2 kB: steps grew with the power of the lines."""
    blank = "#\n \n" * 4000
    assert kind_of_text(blank) is None
    assert kind_of_text(f"{blank[:4000]}mtllib a.mtl\n") is not None


@pytest.mark.slow
def test_of_a_million_wrong_items_and_keys_one_is_reported(
    small_environment: Path, complaint: Complaint
) -> None:
    """An error object for each took 2 GB."""
    path = small_environment.with_name("leg.yaml")
    tree = yaml.safe_load(path.read_text())
    path.write_text(yaml.safe_dump(tree | {"muscles": [1] * 50_000}))
    line = complaint(lambda: build_scene(load_config(small_environment)))
    assert "muscles[0]" in line and "more)" not in line
    path.write_text(yaml.safe_dump(tree | {f"x{k}": k for k in range(20_000)}))
    assert "keys, more than any part of a file has" in complaint(read_character, path)
