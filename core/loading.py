"""Opening checkpoints of every format, and environments without a policy."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path

import torch

from .bare_files import kind_of_bare, open_bare
from .checkpoint import Checkpoint, read_checkpoint
from .configuration import load_config
from .errors import CheckpointError, ConfigError
from .gaitnet.networks import is_gaitnet_file, read_gaitnet_checkpoint, together
from .policy import Policy
from .readers.files import checkpoint_file, is_folder
from .scene import build_scene

ENVIRONMENTS = (".txt", ".xml", ".yaml", ".yml")
MOST_LISTED = 1000
"""Number of files of a folder that are searched."""


def load_checkpoint(
    path: str | Path,
    environment: str | Path | None = None,
    motion: str | Path | None = None,
    data: str | Path | None = None,
) -> Checkpoint:
    """Read a checkpoint, also of MASS or GaitNet, or the latest of a training run's folder; nothing in it is executed.

    environment: file of an environment that replaces the checkpoint's own. An environment file,
    also of MASS or GaitNet, counts as a checkpoint without a policy: its character follows the
    reference by stable PD. A character's or a motion's file opens by itself (bare_files.py).
    motion: file of a motion that a character's or a model's file follows, without physics.
    data: folder in which the files that the environment names are looked for first, by as much of the ends of their
    paths as is there: those of MASS, or of a checkpoint from another machine.
    CheckpointError, ConfigError or ModelError: one line with the file, what is wrong and the fix.
    """
    path = checkpoint_file(Path(path))
    other = None if environment is None else Path(environment)
    moved = None if motion is None else Path(motion)
    files = None if data is None else Path(data)
    if kind_of_bare(path) is not None:
        return open_bare(path, other, moved)
    if moved is not None:
        raise ConfigError(
            f"--motion: {path.name} is no model; a model of OpenSim or MuJoCo or a character's YAML takes one"
        )
    if path.suffix in ENVIRONMENTS:
        if other is not None:
            raise ConfigError(
                f"--environment: {path.name} is itself an environment; give only one of them"
            )
        return without_policy(path, files)
    if is_gaitnet_file(path):
        return read_gaitnet_checkpoint(path, other, files)
    if is_folder(path):
        raise CheckpointError(f"{path}: is a folder; {_checkpoint_in(path)}")
    return read_checkpoint(path, other, files)


def without_policy(path: Path, data: Path | None = None) -> Checkpoint:
    """The environment of a file, in which the character follows the reference by stable PD alone.

    Where it names trained networks that are there, these drive it.
    """
    config = load_config(path, data)
    if config.cascade:
        return together(config, path)
    config = config.model_copy(update={"actuator": "pd"})
    scene = build_scene(config)
    silent = Policy(scene.observation_size, scene.action_size, hidden=(1,))
    for parameter in silent.actor.parameters():
        torch.nn.init.zeros_(parameter)
    meta = {
        "kind": "an environment without a policy: the joints follow the reference by stable PD; the root "
        "is not controlled, so the character soon falls and is reset"
    }
    return Checkpoint(config, dict(silent.state_dict()), {}, meta, path)


def _checkpoint_in(folder: Path) -> str:
    """Advice on which checkpoint to give instead of a folder."""
    inside = sorted(chain(*(islice(folder.glob(p), MOST_LISTED) for p in ("*", "*/*"))))
    found = [p for p in inside if p.suffix == ".pt" or (p.is_dir() and is_gaitnet_file(p))]
    if found:
        names = ", ".join(str(p.relative_to(folder)) for p in found[:3])
        return f"give a checkpoint in it: {names}"
    if any((p / "rllib_checkpoint.json").is_file() for p in (folder, *inside)):
        return (
            "of an RLlib checkpoint without algorithm_state.pkl and policies/default_policy; "
            "save its networks with muscle_viewer.core.save_checkpoint"
        )
    return "give a checkpoint (.pt) in it"
