"""Files of a character or a motion that no environment names: opened with what lies beside them.

A skeleton stands in its zero pose. A model of MuJoCo or OpenSim or a character's YAML is an environment of its muscles, or
follows a motion. A motion moves the skeleton beside it. What follows a motion has no physics. Muscles are drawn on theirs.
Where none fits, the error has the lines of an environment that opens the file.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from pathlib import Path

import torch

from .checkpoint import Checkpoint
from .configuration import EnvironmentConfig, load_config
from .configuration.environment_config import Episode, Reset
from .configuration.model_alone import model_environment
from .errors import ConfigError, ModelError, UserError
from .gaitnet.characters.skeleton import OtherSkeleton
from .gaitnet.conventions import Generation
from .gaitnet.source import GaitNetCharacter, GaitNetMotion
from .models.mjcf.read import is_mujoco
from .models.opensim.read import is_opensim
from .models.sources import absolute
from .policy import Policy
from .readers.file_kind import (
    CHARACTER,
    MUJOCO,
    MUSCLES,
    OPENSIM,
    SKELETON,
    START,
    Kind,
    kind_of_start,
)
from .readers.files import LARGEST_TEXT, is_there, read_start
from .scene import assemble, build_scene

MOTIONS = {
    ".bvh": "a BVH motion capture",
    ".npz": "motions in NPZ",
    ".h5": "a motion in HDF5",
    ".hdf5": "a motion in HDF5",
    ".hdf": "a motion in HDF5",
}
FOLDERS = (".", "skeleton", "..", "../skeleton", "../data", "../data/skeleton", "../..")
"""Where a skeleton stands beside a motion or muscles, in the repositories of the GaitNets."""
MOST_LOOKED_AT = 100
NO_PEOPLE = ("ground.xml", "marker_set.xml")
GENERATION: Generation = "seed"
"""The program by whose conventions they are read."""


def kind_of_bare(path: Path) -> Kind | str | None:
    """What a file is: a motion by its ending, in words, or what its text says; None for anything else."""
    if path.suffix.lower() in MOTIONS and is_there(path):
        return MOTIONS[path.suffix.lower()]
    if is_mujoco(path):
        return MUJOCO
    if is_opensim(path):
        return OPENSIM
    kind = _kind(path)
    return kind if kind in (SKELETON, MUSCLES, CHARACTER) else None


def open_bare(
    path: Path, environment: Path | None = None, motion: Path | None = None
) -> Checkpoint:
    """A checkpoint without a policy whose `meta` says `posed`: it is moved by hand or by its motion.

    meta's `model`: it is moved by its muscles, too.
    meta's `left_out` are lines: what the file has and the simulation has not.

    environment: whose character a motion moves. motion: that a model follows, see `read_motion`.
    UserError says what the file is and what opens it.
    """
    kind, scene = kind_of_bare(path), None
    models = (CHARACTER, MUJOCO, OPENSIM)
    if motion is not None and (kind not in models or environment is not None):
        raise ConfigError(
            f"--motion: {path.name} is {_named(kind)}; a model of OpenSim or MuJoCo or a character's YAML takes one"
        )
    if environment is not None:
        if kind not in MOTIONS.values():
            raise ConfigError(
                f"--environment: {path.name} is {_named(kind)}; a checkpoint or a motion takes one"
            )
        config, said = _moved(load_config(environment), path), f"on that of {environment.name}"
    elif kind in (*models, SKELETON):
        pose, said = (_posed, "in its zero pose") if kind == SKELETON else (_alone, "by itself")
        place = absolute(path)
        try:
            config = pose(place)
            if motion is not None:
                said = f"that follows {motion.name}"
                config = config.following(motion.resolve())
            scene = build_scene(config)
            if not scene.action_size:  # without muscles; a policy needs an action
                action = config.action.model_copy(update={"phase": True})
                config = config.model_copy(update={"action": action})
                scene = assemble(config, scene.character, *scene.motions)
        except UserError as error:
            reason = str(error).removeprefix(f"{place}: ")
            if motion is not None and str(motion.resolve()) in reason:
                raise
            raise ModelError(f"{path}: {_named(kind)}: {reason}") from None
    elif kind == MUSCLES:
        config, where = _first(path, lambda skeleton: _posed(skeleton, path.resolve()), kind)
        said = f"on {where} in its zero pose"
    else:
        config, where = _first(path, lambda skeleton: _following(skeleton, path.resolve()), kind)
        said = f"on {where}"
    scene = scene or build_scene(config)
    silent = Policy(scene.observation_size, scene.action_size, hidden=(1,))
    for parameter in silent.actor.parameters():
        torch.nn.init.zeros_(parameter)
    left_out = [*scene.character.left_out, *scene.motion.left_out]
    is_model = kind in models and motion is None
    without = "" if is_model else ", without physics"
    meta = {
        "kind": f"{_named(kind)} {said}{without}{_and_without(left_out)}",
        "posed": True,
        "model": is_model,
        "left_out": left_out,
    }
    return Checkpoint(config, dict(silent.state_dict()), {}, meta, path, scene)


def _and_without(left_out: list[str]) -> str:
    """What the file has and the simulation has not, for a line; what has the same reason together."""
    names: dict[str, list[str]] = {}
    for line in left_out:
        name, _, reason = line.partition(": ")
        names.setdefault(reason, []).append(name)
    groups = [f"{', '.join(alike)} ({reason})" for reason, alike in names.items()]
    return f"; left out: {'; '.join(groups)}" if groups else ""


def _named(kind: Kind | str | None) -> str:
    return kind.name if isinstance(kind, Kind) else str(kind)


def _kind(path: Path) -> Kind | None:
    try:
        return kind_of_start(read_start(path, START, ConfigError, LARGEST_TEXT))
    except ConfigError:
        return None


def _alone(model: Path) -> EnvironmentConfig:
    """A model that its muscles move, without an end."""
    return model_environment(model).model_copy(update={"episode": Episode(max_time=1e6)})


def _posed(skeleton: Path, muscles: Path | None = None) -> EnvironmentConfig:
    motion = GaitNetMotion(file=skeleton, generation=GENERATION)
    return _of(skeleton, motion, muscles)


def _following(skeleton: Path, motion: Path) -> EnvironmentConfig:
    return _of(
        skeleton,
        GaitNetMotion(
            file=motion,
            generation=GENERATION,
            height_calibration=True,
            walk_edits=motion.suffix.lower() == ".bvh" and "walk" in motion.name,
        ),
    )


def _of(skeleton: Path, motion: GaitNetMotion, muscles: Path | None = None) -> EnvironmentConfig:
    character = GaitNetCharacter(generation=GENERATION, skeleton=skeleton, muscles=muscles)
    config = _unmoved(EnvironmentConfig(character=character, motion=motion))
    scene = build_scene(config)
    if muscles is not None and not scene.model.num_muscles:
        raise ModelError(f"{muscles}: none of them is on the bodies of {skeleton.name}")
    return config


def _moved(config: EnvironmentConfig, motion: Path) -> EnvironmentConfig:
    """An environment's character with another motion."""
    if isinstance(config.motion, Path):
        raise ConfigError(
            f"--environment: its character is the project's own, whose motions are YAML; {motion.name} "
            "moves those of MASS and GaitNet"
        )
    other = config.motion.model_copy(update={"file": motion.resolve(), "index": 0})
    return _unmoved(config.following(other))


def _unmoved(config: EnvironmentConfig) -> EnvironmentConfig:
    """Without a network, and standing on the ground at first."""
    reset = Reset(random_phase=False, pose="fitted")
    return config.model_copy(
        update={"actuator": "pd", "reset": reset, "symmetry": False, "cascade": None}
    )


def _first(
    path: Path, build: Callable[[Path], EnvironmentConfig], kind: Kind | str | None
) -> tuple[EnvironmentConfig, str]:
    """The environment with the first skeleton in the file's folder that fits, and the skeleton's name.

    ModelError: what is wrong with the file, or the lines that open it.
    """
    reason = "no skeleton of MASS or GaitNet lies beside it"
    for skeleton in _skeletons(path):
        try:
            return build(skeleton), skeleton.name
        except UserError as error:
            said = str(error).replace(f"{path.resolve()}: ", "")
            if kind != MUSCLES and not isinstance(error, OtherSkeleton):
                raise ModelError(f"{path}: {_named(kind)}: {said}") from None
            reason = f"it does not fit {skeleton.name}: {said}"
    raise ModelError(
        f"{path}: {_named(kind)}; {reason}. These four lines in an environment YAML beside it open it, "
        "with its skeleton's name:",
        details="\n".join(f"  {line}" for line in _lines(path.name, kind)),
    )


def _lines(name: str, kind: Kind | str | None) -> list[str]:
    muscles = f", muscles: {name}" if kind == MUSCLES else ""
    motion = "SKELETON.xml" if kind == MUSCLES else name
    return [
        f"character: {{generation: {GENERATION}, skeleton: SKELETON.xml{muscles}}}",
        f"motion: {{generation: {GENERATION}, height_calibration: true, file: {motion}}}",
        "actuator: pd",
        "reset: {pose: fitted}",
    ]


def _skeletons(path: Path) -> list[Path]:
    """Skeletons of bodies near a file: first one of its own name, then one called base."""
    folder = path.resolve().parent
    found = []
    for place in dict.fromkeys((folder / name).resolve() for name in FOLDERS):
        near = [f for f in islice(place.glob("*"), MOST_LOOKED_AT) if f.suffix in (".xml", ".yaml")]
        found += [f for f in sorted(near) if f.name not in NO_PEOPLE and _kind(f) == SKELETON]
    return sorted(found, key=lambda f: (f.stem != path.stem, f.stem != "base"))
