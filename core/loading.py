"""Opening whatever holds something that acts: checkpoints of every format, and bare environments."""

from __future__ import annotations

from pathlib import Path

import torch

from .checkpoint import Checkpoint, read_checkpoint
from .configuration import load_config
from .errors import ConfigError
from .gaitnet.networks import is_lineage, read_lineage_checkpoint
from .policy import Policy
from .scene import build_scene

ENVIRONMENTS = (".txt", ".xml", ".yaml", ".yml")


def load_checkpoint(path: str | Path, environment: str | Path | None = None) -> Checkpoint:
    """Read a checkpoint, the lineage's included; nothing in it is executed (weights_only).

    environment: the file of the environment to act in, where it is not the checkpoint's own. An
    environment's file, the lineage's included, counts as a checkpoint without a policy: its
    character follows the reference by stable PD. CheckpointError, ConfigError or ModelError: one
    line with the file, what is wrong and the fix.
    """
    path = Path(path)
    other = None if environment is None else Path(environment)
    if path.suffix in ENVIRONMENTS:
        if other is not None:
            raise ConfigError(
                f"--environment: {path.name} is an environment itself; give one of them"
            )
        return without_policy(path)
    if is_lineage(path):
        return read_lineage_checkpoint(path, other)
    return read_checkpoint(path, other)


def without_policy(path: Path) -> Checkpoint:
    """The environment of a file, its character following the reference by stable PD alone."""
    config = load_config(path).model_copy(update={"actuator": "pd"})
    scene = build_scene(config)
    silent = Policy(scene.observation_size, scene.action_size, hidden=(1,))
    for parameter in silent.actor.parameters():
        torch.nn.init.zeros_(parameter)
    meta = {
        "kind": "an environment without a policy: stable PD follows the reference; nothing "
        "holds its root, so that it soon falls and begins again"
    }
    return Checkpoint(config, dict(silent.state_dict()), {}, meta, path)
