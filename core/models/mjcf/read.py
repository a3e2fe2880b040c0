"""Opening of MuJoCo models: MJCF files, binary models, and the models of the myo_sim package."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from types import ModuleType
from typing import Any, TypeVar

from ...errors import ModelError
from ...readers.character import Character, MuscleLaw
from ...readers.file_kind import MUJOCO, START, kind_of_start
from ...readers.files import LARGEST_TEXT, is_there, read_start
from ..assemble import assemble
from ..skeleton import Segment, Skeleton
from ..sources import PACKAGE, is_named_model
from .binary import check_binary
from .geoms import contact_parameters, contacts_of, geoms_on, ground_of, shapes_on, touches
from .left_out import ignored
from .meshes import Meshes
from .muscles import muscles_of
from .skeleton import keyframes_of, root_of, skeleton_of
from .tendons import Tendons

T = TypeVar("T")
DAMAGED = "damaged: its numbers or names do not fit together; write it again with MuJoCo"


def is_mujoco(source: str | Path) -> bool:
    """Whether a source is for `read_mujoco`: by its name, or by an XML's root element."""
    path = Path(source)
    if path.suffix.lower() != ".xml" or not is_there(path):
        return is_named_model(source) or path.suffix.lower() == ".mjb"
    start = read_start(path, START, ModelError, LARGEST_TEXT)
    return kind_of_start(start) is MUJOCO


def read_mujoco(source: str | Path) -> Character:
    """A character from an MJCF file (.xml), a binary model (.mjb), or `myo_sim:NAME`.

    ModelError: one line that names the file and what cannot be simulated or read.
    """
    return _named(source, character_of)


def read_parts(source: str | Path) -> tuple[Character, Skeleton]:
    """What `read_mujoco` makes the character of. ModelError: one line."""
    return _named(source, parts_of)


def _named(source: str | Path, make: Callable[[Any, str], T]) -> T:
    """What is made of the model of a source and its name; errors name the source."""
    model = open_model(source)
    try:
        return make(model, _name(source))
    except ModelError as error:
        raise ModelError(f"{source}: {error}") from None
    except (ArithmeticError, LookupError, ValueError) as error:
        # MuJoCo compiles what stands in XML, and believes most of what a binary model holds.
        if isinstance(error, UnicodeDecodeError) and Path(source).suffix.lower() == ".xml":
            raise ModelError(f"{source}: has names that are not UTF-8; save it as UTF-8") from None
        if Path(source).suffix.lower() != ".mjb":
            raise
        raise ModelError(f"{source}: {DAMAGED}") from error


def character_of(model: Any, name: str) -> Character:
    """A character from an MjModel. ModelError: one line."""
    return assemble(*parts_of(model, name))


def parts_of(model: Any, name: str) -> tuple[Character, Skeleton]:
    """What `assemble` makes the character of. ModelError: one line."""
    skeleton = skeleton_of(model)
    tendons = Tendons(model)
    muscles, left_out = muscles_of(model, tendons)
    left_out += tendons.left_out
    meshes, ground = Meshes(model), ground_of(model)
    segments = [
        _with_geoms(model, i + 1, segment, ground, left_out, meshes)
        for i, segment in enumerate(skeleton.segments)
    ]
    left_out += [*meshes.left_out, *ignored(model, ground)]
    character = Character(
        name, [], muscles, contact_parameters(model, ground), MuscleLaw(), None,
        wraps=tendons.wraps, initial=root_of(model), left_out=left_out, keyframes=keyframes_of(model),
    )  # fmt: skip
    return character, replace(skeleton, segments=segments)


def _with_geoms(
    model: Any, body: int, segment: Segment, ground: int | None, left_out: list[str], meshes: Meshes
) -> Segment:
    spheres, boxes = [], []
    for geom in geoms_on(model, body):
        moves = int(model.body_weldid[body]) != 0
        if moves and ground is not None and touches(model, geom, ground):
            own_spheres, own_boxes, reason = contacts_of(model, geom, meshes)
            spheres += own_spheres
            boxes += own_boxes
            left_out += [] if reason is None else [reason]
    shapes = shapes_on(model, body, meshes)
    return replace(segment, shapes=shapes, contacts=spheres, contact_boxes=boxes)


def _name(source: str | Path) -> str:
    text = str(source)
    return text.removeprefix(PACKAGE) if is_named_model(source) else Path(source).stem


def open_model(source: str | Path) -> Any:
    """An MjModel from the sources of `read_mujoco`. ModelError: one line."""
    mujoco = module("mujoco", "muscle-viewer[mujoco]")
    text = str(source)
    try:
        with _quiet(mujoco):
            if is_named_model(source):
                return module("myo_sim", "myo-sim").load_model(text.removeprefix(PACKAGE))
            if text.lower().endswith(".mjb"):
                check_binary(Path(source))
                return mujoco.MjModel.from_binary_path(text)
            return mujoco.MjModel.from_xml_path(text)
    except (ValueError, KeyError, OSError, mujoco.FatalError) as error:
        said = " ".join(str(error).split())
        raise ModelError(f"{source}: MuJoCo cannot open it: {said}") from None


@contextmanager
def _quiet(mujoco: ModuleType) -> Iterator[None]:
    """Without warnings, which MuJoCo would also write to a file in the working folder."""
    before = mujoco.get_mju_user_warning()
    mujoco.set_mju_user_warning(lambda said: None)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        mujoco.set_mju_user_warning(before)


def module(name: str, installed: str) -> ModuleType:
    try:
        return __import__(name)
    except ImportError:
        raise ModelError(f"needs the package {name}: pip install {installed}") from None
