"""Recognition of a file's kind by its first bytes, so that errors can name the kind of an unsuitable file."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ..errors import UserError

START = 65536
"""Number of bytes at the start that are read to find a file's kind."""


@dataclass(frozen=True)
class Kind:
    """A kind of file that users in this field have."""

    name: str
    """Name of the kind, with its article."""
    use: str
    """Advice on how to open it, or that it cannot be opened."""


_NOT_OPENED = "it cannot be opened here"
_MODEL = f"{_NOT_OPENED}: a character is YAML (docs/formats.md), or a skeleton of MASS or GaitNet"
_OWN = "name it in an environment YAML (docs/formats.md) and open that one"
_MASS = "open the metadata.txt, the environment XML or YAML that names it"

BVH = Kind(
    "a BVH motion capture",
    "it moves the skeletons of MASS and GaitNet, whose joints name those of the BVH: "
    "open the environment that names it, such as a metadata.txt with `bvh_file`",
)
CHARACTER = Kind("a character YAML", _OWN)
MOTION = Kind("a motion YAML", f"{_OWN}, or drop it on the window of a checkpoint")
SKELETON = Kind("a skeleton of MASS or GaitNet", _MASS)
MUSCLES = Kind("the muscles of MASS or GaitNet", _MASS)
MUJOCO = Kind(
    "a MuJoCo model (MJCF)", "open it by itself, or name it as an environment's character"
)
OPENSIM = Kind("an OpenSim model", "open it by itself, or name it as an environment's character")
TABLE = Kind(
    "a table of OpenSim (.mot or .sto)",
    "one of coordinates moves a model: muscle-viewer MODEL.osim --motion FILE, or name it as the motion of an environment",
)
ENVIRONMENT = Kind("an environment YAML", "open it as an environment")

# Each pattern is matched in linear time: no repetition is inside or next to another one of the same characters.
_TEXTS: Sequence[tuple[str, Kind]] = (
    (r"\A\s*HIERARCHY\b", BVH),
    (r"^format: *['\"]?muscle-viewer/character", CHARACTER),
    (r"^format: *['\"]?muscle-viewer/motion", MOTION),
    (r"^format: *['\"]?muscle-viewer/environment", ENVIRONMENT),
    (
        r"<OpenSimDocument\b",
        Kind("an OpenSim model or setup", "a model whose name ends with .osim is opened by itself"),
    ),
    (r"<robot\b", Kind("a robot model (URDF)", _MODEL)),
    (r"<(sdf|gazebo)\b", Kind("a model in SDF", _MODEL)),
    (r"<skel\b", Kind("a model of DART (SKEL)", _MODEL)),
    (r"<Skeleton\b", SKELETON),
    (r"<Muscle\b", MUSCLES),
    (r"^skeleton:\s*\n +(name|nodes):", SKELETON),
    (r"^muscles:\s*\n *- *\{? *name:", MUSCLES),
    (r"^ *endheader\b", TABLE),
    (r"\APathFileType\b", Kind("markers of OpenSim (.trc)", _NOT_OPENED)),
    (r"^(mtllib \S|v -?[\d.]+ -?[\d.]+ -?[\d.])", Kind("a mesh (OBJ)", _NOT_OPENED)),
    (r"\Asolid \S+\s+facet\b", Kind("a mesh (STL)", _NOT_OPENED)),
)

_BINARIES: Sequence[tuple[bytes, Kind]] = (
    (b"\x89HDF\r\n", Kind("an HDF5 file", "motions in HDF5 are opened with the environment that names them")),
    (b"\x89PNG", Kind("a picture (PNG)", _NOT_OPENED)),
    (b"\xff\xd8\xff", Kind("a picture (JPEG)", _NOT_OPENED)),
    (b"GIF8", Kind("a picture (GIF)", _NOT_OPENED)),
    (b"\x93NUMPY", Kind("an array of numpy (.npy)", _NOT_OPENED)),
    (b"glTF", Kind("a mesh (glTF)", _NOT_OPENED)),
    (b"Kaydara FBX", Kind("an FBX scene", "export its motion as BVH")),
    (b"\x1f\x8b", Kind("a gzip archive", "unpack it first")),
    (b"7z\xbc\xaf", Kind("a 7z archive", "unpack it first")),
    (b"Rar!", Kind("a rar archive", "unpack it first")),
)  # fmt: skip

_BEFORE_THE_ROOT = (("<?", "?>"), ("<!--", "-->"), ("<!", ">"))
"""Beginning and end of what may stand before the root element of an XML."""

_PICKLE = Kind("a pickle", "only state_dicts and the files of MASS and GaitNet are read")


def kind_of_start(start: bytes) -> Kind | None:
    """The kind of a file by its first bytes; None if it is unknown."""
    for mark, kind in _BINARIES:
        if start.startswith(mark):
            return kind
    if start[4:8] == b"ftyp":
        return Kind("a video", _NOT_OPENED)
    if start[1:2] == b"\x50" and 2 <= start[0] <= 4:
        return Kind("a C3D recording", "export its motion as BVH")
    if start[8:10] == b'{"' and start[3:8] == bytes(5):
        return Kind(
            "a safetensors file", "save its tensors with muscle_viewer.core.save_checkpoint"
        )
    if start[257:262] == b"ustar":
        return Kind("a tar archive", "unpack it first")
    if start[:1] == b"\x80":
        return _PICKLE
    return kind_of_text(start[:START].decode("utf-8-sig", errors="replace"))


def kind_of_text(text: str) -> Kind | None:
    """The kind of a text; None if it is unknown."""
    start = text[:START]
    if root_element(start) == "mujoco":
        return MUJOCO
    for pattern, kind in _TEXTS:
        if re.search(pattern, start, re.MULTILINE):
            return kind
    return None


def root_element(start: str) -> str:
    """The name of the first element of an XML, behind its declaration and comments; empty in another text."""
    rest = start.lstrip("\ufeff \t\r\n")
    while True:
        closing = next((c for o, c in _BEFORE_THE_ROOT if rest.startswith(o)), None)
        if closing is None:
            found = re.match(r"<([\w.:-]+)", rest)
            return found[1] if found else ""
        _, ended, rest = rest.partition(closing)
        if not ended:
            return ""
        rest = rest.lstrip()


def kind_of_members(names: Sequence[str]) -> Kind:
    """The kind of a zip archive by the names of its members, without their folders."""
    if "run.json" in names:
        return Kind("a recorded run", "muscle-viewer replays it under the ending .mvrun")
    if "policy.pth" in names:
        return Kind(
            "a model of Stable-Baselines3",
            "muscle-convert FILE OUT.pt --muscle CHECKPOINT makes a checkpoint of it",
        )
    if names and all(name.endswith(".npy") for name in names):
        return Kind(
            "arrays of numpy (.npz)", "motions in .npz are opened with the environment that names them"
        )  # fmt: skip
    return Kind("a zip archive", "unpack it first")


def refuse_other(
    text: str, origin: str, wanted: Kind | None, what: str, error: type[UserError]
) -> None:
    """Raise `error` if a text is clearly of another kind than `wanted`; `what` names the wanted kind."""
    kind = kind_of_text(text)
    if kind is not None and kind is not wanted:
        raise error(f"{origin}: {kind.name}, not {what}; {kind.use}")
