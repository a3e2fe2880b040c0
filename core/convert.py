"""The command `muscle-convert`: a lineage checkpoint, with its environment, in the project's format."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    """All options."""
    p = argparse.ArgumentParser(
        prog="muscle-convert",
        description="Say what a checkpoint of MASS or GaitNet is; write it in the project's format.",
    )
    p.add_argument("source", type=Path, help="a file or a folder with agent.pt and muscle.pt")
    p.add_argument("out", type=Path, nargs="?", help="the checkpoint to write (.pt)")
    p.add_argument(
        "--environment", type=Path, help="its environment's file, where none stands in or beside it"
    )
    return p


def main(arguments: list[str] | None = None) -> int:
    """Exit status: 0, 2 for what the user can mend."""
    options = parser().parse_args(arguments)
    from .errors import UserError

    try:
        print(convert(options.source, options.out, options.environment))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def convert(source: Path, out: Path | None, environment: Path | None) -> str:
    """What `source` is; written to `out` where that is given. UserError names file and fix."""
    from .checkpoint import save_checkpoint
    from .configuration import load_config
    from .errors import CheckpointError
    from .lineage import read_networks

    networks = read_networks(source)
    if out is None:
        return networks.said()
    if not networks.policy:
        raise CheckpointError(f"{source}: holds no policy, so no checkpoint can be made of it")
    environment = environment or _beside(networks.path)
    if environment is None:
        raise CheckpointError(
            f"{source}: its environment's file is not beside it; name it with --environment"
        )
    config = load_config(environment)
    if config.actuator == "muscle" and not networks.muscle:
        raise CheckpointError(
            f"{source}: holds no muscle network, and the actuator of {environment} is muscle"
        )
    meta = {"source": source.name, "generation": networks.generation}
    save_checkpoint(out, config, networks.policy, networks.muscle, meta)
    return f"{out}: {networks.said()}"


def _beside(path: Path) -> Path | None:
    folder = path if path.is_dir() else path.parent
    names = ("metadata.yaml", "metadata.txt", "../data/metadata.txt")
    return next((folder / name for name in names if (folder / name).is_file()), None)


if __name__ == "__main__":
    sys.exit(main())
