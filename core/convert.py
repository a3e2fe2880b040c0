"""The command `muscle-convert`: converts checkpoints of MASS, GaitNet and RL libraries, and models of other programs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from . import __version__
from .options import add_data

if TYPE_CHECKING:
    from .checkpoint import Checkpoint
    from .errors import CheckpointError


def parser() -> argparse.ArgumentParser:
    """All options."""
    p = argparse.ArgumentParser(
        prog="muscle-convert",
        description="Identify a checkpoint of MASS or GaitNet, or convert it to the project's format; "
        "with --muscle, a policy of Stable-Baselines3, CleanRL, skrl, rsl_rl, torchrl or RLlib. A model of MuJoCo "
        "becomes a character's YAML, which opens without MuJoCo.",
    )
    p.add_argument("--version", action="version", version=f"muscle-convert {__version__}")
    p.add_argument(
        "source", type=Path, help="checkpoint, folder with agent.pt and muscle.pt, or model"
    )
    p.add_argument(
        "out",
        type=Path,
        nargs="?",
        help="checkpoint (.pt) or character (.yaml) to write; without it, the kind of file is printed",
    )
    p.add_argument(
        "--environment",
        type=Path,
        metavar="FILE",
        help="environment file, needed if neither the checkpoint nor its folder has one",
    )
    add_data(p)
    library = p.add_argument_group("policies of RL libraries")
    library.add_argument(
        "--muscle",
        type=Path,
        help="checkpoint whose muscle network acted while the policy was trained (and whose "
        "environment, without --environment); says that the source is a policy of a library",
    )
    library.add_argument(
        "--activation", help="activation function of hidden layers, where the file does not say it"
    )
    library.add_argument(
        "--normalisation",
        type=Path,
        help="statistics of observations: the file of VecNormalize.save, of Stable-Baselines3, or state.pkl of "
        "RLlib's MeanStdFilter",
    )
    library.add_argument(
        "--action-bound", type=float, help="action_bound of the environments of the training"
    )
    return p


def main(arguments: list[str] | None = None) -> int:
    """Run the command. Exit status: 0, or that of `exit_status`."""
    options = parser().parse_args(arguments)
    from .exit_status import exit_status

    return exit_status(lambda: run(options))


def run(options: argparse.Namespace) -> int:
    """Convert, and print what was. UserError for an error that the user can fix."""
    from .errors import ConfigError

    given = (options.source, options.muscle, options.normalisation, options.environment)
    for path in given if options.out is not None else ():
        if path is not None and Path(path).resolve() == options.out.resolve():
            raise ConfigError(f"{options.out}: would replace what is read; give another name")
    if options.muscle is None:
        print(convert(options.source, options.out, options.environment, options.data))
    else:
        print(convert_foreign(options))
    return 0


def convert(
    source: Path, out: Path | None, environment: Path | None, data: Path | None = None
) -> str:
    """Identify `source`, and write it to `out` if given. UserError names file and fix."""
    from .checkpoint import save_checkpoint
    from .environment import Environment
    from .gaitnet.networks import is_gaitnet_file, read_gaitnet_checkpoint, read_networks
    from .loading import ENVIRONMENTS
    from .models.read import is_model
    from .readers.files import is_folder

    if is_model(source):
        return _convert_model(source, out)
    if source.suffix in ENVIRONMENTS:
        checkpoint = _cascade_of(source, environment, data)
    elif not is_folder(source) and not is_gaitnet_file(source):
        raise _nothing_to_convert(source)
    elif out is None:
        return f"{source}: {read_networks(source).said()}"
    else:
        checkpoint = read_gaitnet_checkpoint(source, environment, data)
    if out is None:
        return f"{source}: {checkpoint.meta['found']}"
    checkpoint.load_into(Environment(checkpoint.config))  # checks that it fits
    save_checkpoint(out, checkpoint.config, checkpoint.policy, checkpoint.muscle, checkpoint.meta)
    return f"{out}: {checkpoint.meta['found']}"


def _nothing_to_convert(source: Path) -> CheckpointError:
    """What is wrong with a file that is no checkpoint of MASS or GaitNet, with the fix."""
    from .checkpoint import read_meta
    from .errors import CheckpointError

    try:
        read_meta(source)
    except CheckpointError as error:
        return error
    return CheckpointError(
        f"{source}: is in the project's format already; muscle-viewer, muscle-eval and muscle-train --from take it"
    )


def _convert_model(source: Path, out: Path | None) -> str:
    """Write a model of another program as a character's YAML, and read it again. ModelError: one line."""
    from .errors import ModelError
    from .models.read import read_model, read_parts
    from .models.write_yaml import write_yaml

    if out is not None and out.suffix.lower() not in (".yaml", ".yml"):
        raise ModelError(f"{out}: a model is written as .yaml; name such a file")
    character, skeleton = read_parts(source)
    if out is not None:
        write_yaml(out, character, skeleton, str(source))
        read_model(out)
    found = (
        f"{out or source}: {len(skeleton.segments)} bodies, {len(skeleton.coordinates)} coordinates, "
        f"{len(character.muscles)} muscles"
    )
    left_out = character.left_out
    return f"{found}; left out: {'; '.join(left_out)}" if left_out else found


def _cascade_of(source: Path, environment: Path | None, data: Path | None) -> Checkpoint:
    """The networks that an environment names. CheckpointError where it names none that are there."""
    from .errors import CheckpointError
    from .loading import load_checkpoint

    checkpoint = load_checkpoint(source, environment, data=data)
    if "found" not in checkpoint.meta:
        raise CheckpointError(
            f"{source}: an environment that names no networks; "
            "give a checkpoint, and this file with --environment"
        )
    return checkpoint


def convert_foreign(options: argparse.Namespace) -> str:
    """Write a library's policy as a checkpoint. UserError names file and fix."""
    from dataclasses import replace

    from .checkpoint import Checkpoint, save_checkpoint
    from .configuration import load_config
    from .environment import Environment
    from .errors import ConfigError
    from .foreign import assemble, read_foreign
    from .loading import load_checkpoint

    if options.out is None:
        raise ConfigError("out: missing; name the checkpoint to write (.pt)")
    bound = options.action_bound
    if bound is not None and not 0 < bound < float("inf"):
        raise ConfigError(f"--action-bound: {bound} given, expected a positive number")
    walker = load_checkpoint(options.muscle, data=options.data)
    config = walker.config
    if options.environment is not None:
        config = load_config(options.environment, options.data)
    env = Environment(config)
    found = read_foreign(options.source, options.activation, options.normalisation, env.action_dim)
    actor = replace(found.actor, scale=bound or 1.0, clip=found.actor.clip if bound else None)
    muscle = walker.muscle if config.infers else {}
    policy = assemble(actor, found.normalisation)
    checkpoint = Checkpoint(config, policy, muscle, {"trainer": found.library}, options.source)
    checkpoint.load_into(env)  # checks that it fits
    save_checkpoint(options.out, config, policy, muscle, checkpoint.meta)
    said = f"{options.out}: policy of {found.library}"
    return f"{said}; {found.assumed}" if found.assumed else said


if __name__ == "__main__":
    sys.exit(main())
