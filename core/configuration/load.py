"""Reading environments: the project's YAML, and the files of MASS and GaitNet, which are converted to it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import Field, model_validator

from ..errors import ConfigError
from ..folders import assets_folder
from ..gaitnet.environments.environment_xml import is_environment_xml, read_environment_xml
from ..gaitnet.environments.environment_yaml import is_environment_yaml, read_environment_yaml
from ..gaitnet.environments.generative import is_generative_metadata, read_generative_metadata
from ..gaitnet.environments.metadata import is_metadata, read_metadata
from ..gaitnet.source import GaitNetCharacter, GaitNetMotion
from ..models.read import is_model, is_model_name
from ..models.sources import absolute, is_named_model
from ..readers.file_kind import ENVIRONMENT, refuse_other
from ..readers.files import exists, is_folder, is_there
from ..readers.text import parse, read_text, shown, validate
from ..readers.torch_archive import is_zip
from .clips import MotionClip
from .environment_config import ASSETS, EnvironmentConfig
from .model_alone import model_environment


class _FileClip(MotionClip):
    motion: str | GaitNetMotion  # type: ignore[assignment]


class _File(EnvironmentConfig):
    character: str | GaitNetCharacter  # type: ignore[assignment]
    motion: str | GaitNetMotion  # type: ignore[assignment]
    motions: list[_FileClip] = Field(default_factory=list)  # type: ignore[assignment]

    @model_validator(mode="before")
    @classmethod
    def _motion_or_motions(cls, tree: Any) -> Any:
        """A file has one of them; the first clip of `motions` is `motion`, too."""
        if not isinstance(tree, dict) or "motions" not in tree:
            return tree
        if "motion" in tree:
            raise ValueError("motion: is given beside motions; keep one of them")
        if tree["motions"] == []:
            raise ValueError("motions: is empty; name a clip, or give motion")
        return {**tree, "motion": ""}  # until the clips are read

    @model_validator(mode="before")
    @classmethod
    def _model_is_its_own_motion(cls, tree: Any) -> Any:
        """A model of another program has a pose, and needs no motion."""
        character = tree.get("character") if isinstance(tree, dict) else None
        if (
            isinstance(character, str)
            and not tree.keys() & {"motion", "motions"}
            and is_model_name(character)
        ):
            return {**tree, "motion": character}
        return tree


def load_config(
    source: EnvironmentConfig | str | Path, data: Path | None = None
) -> EnvironmentConfig:
    """A configuration from a path, from YAML text, or unchanged; a model's file or name makes one (model_alone.py).

    Paths in it are relative to the file's folder (to the working directory for text), absolute, or
    `@assets/...`; `myo_sim:NAME` is a model of that package. data: a folder in which the files of an environment's
    file are looked for first, by as much of the ends of their paths as is there. ConfigError: one line with file, field,
    what was found and the fix.
    """
    if isinstance(source, EnvironmentConfig):
        return source
    if isinstance(source, str) and ("\n" in source or ": " in source):
        return config_from_text(source, Path.cwd() / "environment", "environment", data)
    path = Path(source)
    if is_model(path):
        return model_environment(absolute(path))
    if is_there(path) and is_zip(path):
        raise ConfigError(
            f"{path}: a checkpoint or another archive, not an environment; give an environment's YAML; "
            "muscle-train goes on from a checkpoint's networks by --from, and load_checkpoint(PATH).config is its own"
        )
    return config_from_text(read_text(path, ConfigError), path, data=data)


def config_from_text(
    text: str, path: Path, origin: str | None = None, data: Path | None = None
) -> EnvironmentConfig:
    """A configuration from the text of an environment file of any kind at `path`.

    origin: the file's name in errors. data: as of load_config.
    """
    origin = origin or str(path)
    places = _Places.of(path.parent, data, origin)
    if data is not None:
        path = data / path.name
    tree: dict[str, Any] | None = None
    if is_metadata(text) and is_generative_metadata(text):
        tree = read_generative_metadata(text, path)
    elif is_metadata(text):
        tree = read_metadata(text, path)
    elif is_environment_xml(text):
        tree = read_environment_xml(text, path)
    elif is_environment_yaml(text):
        tree = read_environment_yaml(text, path)
    if tree is not None:
        return _resolved(validate(tree, origin, _File, ConfigError), origin, places)
    refuse_other(text, origin, ENVIRONMENT, "an environment", ConfigError)
    return _resolved(parse(text, origin, _File, ConfigError), origin, places)


def parse_config(text: str, origin: str, data: Path | None = None) -> EnvironmentConfig:
    """A configuration from YAML text found in `origin`, for example a checkpoint's name. data: as of load_config."""
    places = _Places.of(Path.cwd(), data, origin)
    return _resolved(parse(text, origin, _File, ConfigError), origin, places)


@dataclass(frozen=True)
class _Places:
    """Where the files are looked for that a configuration names."""

    folder: Path
    """That relative paths start from."""
    data: Path | None
    """The user's folder of data, which comes first."""

    @staticmethod
    def of(folder: Path, data: Path | None, origin: str) -> _Places:
        """ConfigError if the user's folder is none; `origin` is whose files are looked for."""
        if data is not None and not is_folder(data):
            raise ConfigError(
                f"data: {data} is no folder; name the one that holds the files of {origin}"
            )
        return _Places(folder, data)

    def find(self, name: str) -> Path:
        """The file or folder; its own path if it is nowhere."""
        parts = Path(name).parts
        if self.data is not None:
            for start in range(len(parts)):
                inside = self.data.joinpath(*parts[start:])
                if parts[start] != "/" and exists(inside):
                    return inside.resolve()
        return (self.folder / name).resolve()


def _resolved(tree: _File, origin: str, places: _Places) -> EnvironmentConfig:
    values: dict[str, Any] = {name: getattr(tree, name) for name in type(tree).model_fields}
    values["character"] = _resolved_source(tree.character, places, f"{origin}: character")
    values["motions"] = [
        MotionClip.model_construct(
            name=clip.name,
            weight=clip.weight,
            motion=_resolved_source(clip.motion, places, f"{origin}: motions.{clip.name}"),
        )
        for clip in tree.motions
    ]
    values["motion"] = (
        values["motions"][0].motion
        if tree.motions
        else _resolved_source(tree.motion, places, f"{origin}: motion")
    )
    return EnvironmentConfig(**values)


def _resolved_source(
    source: Any, places: _Places, where: str
) -> Path | GaitNetCharacter | GaitNetMotion:
    if isinstance(source, str):
        return _resolve(source, places, where)
    return _resolve_files(source, places, where)


def _resolve_files(
    source: GaitNetCharacter | GaitNetMotion, places: _Places, where: str
) -> GaitNetCharacter | GaitNetMotion:
    """A copy of `source` with every path resolved; a folder of meshes may be missing."""
    paths = {
        name: places.find(str(value))
        if name == "meshes"
        else _resolve(str(value), places, f"{where}.{name}")
        for name, value in source
        if isinstance(value, Path)
    }
    return source.model_copy(update=paths)


def _resolve(name: str, places: _Places, where: str) -> Path:
    if is_named_model(name):
        return Path(name)
    if "\0" in name or len(name) > 2000 or any(len(part) > 255 for part in Path(name).parts):
        # The system's functions would raise ValueError or OSError for such a path.
        raise ConfigError(f"{where}: {shown(name)} is not the path of a file")
    if name.startswith(ASSETS):
        inside = Path(name.removeprefix(ASSETS))
        if inside.is_absolute() or ".." in inside.parts:
            raise ConfigError(
                f"{where}: '{name}' leaves the assets; give its path without '{ASSETS}'"
            )
        path = (assets_folder() / inside).resolve()
    else:
        path = places.find(name)
    if not path.is_file():
        near = sorted(p.name for p in path.parent.glob("*.yaml")) if path.parent.is_dir() else []
        there = f"; files in its folder: {', '.join(near)}" if near else ""
        elsewhere = "" if places.data else "; --data FOLDER names the folder that holds it"
        raise ConfigError(f"{where}: '{name}' does not exist ({path}){there}{elsewhere}")
    return path
