"""The command `muscle-convert`: converts a MASS or GaitNet checkpoint to the project's format."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from . import __version__


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
        metavar="FILE",
        help="environment file, needed if neither the checkpoint nor its folder has one",
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

    if out is None:
        return f"{source}: {read_networks(source).said()}"
    checkpoint = read_gaitnet_checkpoint(source, environment)
    checkpoint.load_into(Environment(checkpoint.config))  # checks that it fits
    save_checkpoint(out, checkpoint.config, checkpoint.policy, checkpoint.muscle, checkpoint.meta)
    return f"{out}: {checkpoint.meta['found']}"


if __name__ == "__main__":
    sys.exit(main())
