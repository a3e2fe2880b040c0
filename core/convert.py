"""The command `muscle-convert`: converts a MASS or GaitNet checkpoint to the project's format."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__

if TYPE_CHECKING:
    from .checkpoint import Checkpoint


def parser() -> argparse.ArgumentParser:
    """All options."""
    p = argparse.ArgumentParser(
        prog="muscle-convert",
        description="Identify a checkpoint of MASS or GaitNet, or convert it to the project's format.",
    )
    p.add_argument("--version", action="version", version=f"muscle-convert {__version__}")
    p.add_argument("source", type=Path, help="checkpoint, or folder with agent.pt and muscle.pt")
    p.add_argument(
        "out",
        type=Path,
        nargs="?",
        help="checkpoint to write (.pt); without it, the kind of file is printed",
    )
    p.add_argument(
        "--environment",
        type=Path,
        help="environment file, needed if neither the checkpoint nor its folder holds one",
    )
    return p


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Exit status: 0, or 2 for an error that the user can fix."""
    options = parser().parse_args(arguments)
    from .errors import UserError

    try:
        print(convert(options.source, options.out, options.environment))
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def convert(source: Path, out: Path | None, environment: Path | None) -> str:
    """Identify `source`, and write it to `out` if given. UserError names file and fix."""
    from .checkpoint import save_checkpoint
    from .environment import Environment
    from .gaitnet.networks import read_gaitnet_checkpoint, read_networks
    from .loading import ENVIRONMENTS

    if source.suffix in ENVIRONMENTS:
        checkpoint = _cascade_of(source, environment)
    elif out is None:
        return f"{source}: {read_networks(source).said()}"
    else:
        checkpoint = read_gaitnet_checkpoint(source, environment)
    if out is None:
        return f"{source}: {checkpoint.meta['found']}"
    checkpoint.load_into(Environment(checkpoint.config))  # checks that it fits
    save_checkpoint(out, checkpoint.config, checkpoint.policy, checkpoint.muscle, checkpoint.meta)
    return f"{out}: {checkpoint.meta['found']}"


def _cascade_of(source: Path, environment: Path | None) -> Checkpoint:
    """The networks that an environment names. CheckpointError where it names none that are there."""
    from .errors import CheckpointError
    from .loading import load_checkpoint

    checkpoint = load_checkpoint(source, environment)
    if "found" not in checkpoint.meta:
        raise CheckpointError(
            f"{source}: an environment that names no networks; "
            "give a checkpoint, and this file with --environment"
        )
    return checkpoint


if __name__ == "__main__":
    sys.exit(main())
