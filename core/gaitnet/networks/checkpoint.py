"""A MASS or GaitNet checkpoint with the environment that it was trained in."""

from __future__ import annotations

from pathlib import Path

from ...checkpoint import Checkpoint
from ...configuration import EnvironmentConfig, config_from_text, load_config
from ...errors import CheckpointError, UserError
from ...scene import build_scene
from .cascade import driven_together, is_cascaded, standing_alone
from .networks import GaitNetNetworks, read_networks

NAME_IT = "name its environment's file with --environment"


def read_gaitnet_checkpoint(
    path: Path, environment: Path | None = None, data: Path | None = None
) -> Checkpoint:
    """The checkpoint of any generation. CheckpointError: one line with file, fault and fix.

    Its environment is the file `environment`, or what stands in the checkpoint or beside it; its files are looked for
    in the folder `data` first.
    `meta` has `generation`, which program wrote it, and `found`, a line for people.
    """
    networks = read_networks(path)
    if not networks.policy:
        raise CheckpointError(
            f"{path}: {networks.said()}: without a policy nothing acts; "
            "take the checkpoint of the walker that was trained with it"
        )
    config = _environment(networks, path, environment, data)
    if config.infers and not networks.muscle:
        raise CheckpointError(
            f"{path}: {networks.said()}: the actuator is {config.actuator} and there is no muscle "
            f"network; put it beside ({path.stem}_muscle.pt, or muscle.pt in a folder)"
        )
    found = networks.said()
    if config.cascade:
        return together(config, path, networks)
    if config.infers and not networks.generation.startswith("MASS"):
        scene = build_scene(config)
        if is_cascaded(networks, scene):
            networks = standing_alone(networks, scene)
            found += ", cascaded, with no network before it"
    meta = {"generation": networks.generation, "found": found, "source": path.name}
    return Checkpoint(config, networks.policy, networks.muscle, meta, path)


def together(
    config: EnvironmentConfig, path: Path, networks: GaitNetNetworks | None = None
) -> Checkpoint:
    """The networks that a configuration's cascade names, and a checkpoint's own, as one checkpoint."""
    assert config.cascade is not None
    count = len(config.cascade.networks)
    config, policy, muscle = driven_together(build_scene(config), networks)
    found = f"a cascade of {count} networks"
    meta = {"generation": found, "found": found, "source": path.name}
    if networks is not None:
        meta |= {"generation": networks.generation, "found": f"{networks.said()}, and {found}"}
    return Checkpoint(config, policy, muscle, meta, path)


def _environment(
    networks: GaitNetNetworks, path: Path, environment: Path | None, data: Path | None
) -> EnvironmentConfig:
    if environment is not None:
        return load_config(environment, data)
    if networks.metadata is None or networks.metadata_path is None:
        raise CheckpointError(f"{path}: {networks.said()}; {NAME_IT}")
    try:
        return config_from_text(networks.metadata, networks.metadata_path, data=data)
    except UserError as error:
        raise CheckpointError(
            f"{path}: {networks.said()}, which cannot be used: {error}; or {NAME_IT}"
        ) from None
