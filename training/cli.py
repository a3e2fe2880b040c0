"""muscle-train: train a policy and its muscle network on an environment."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from muscle_viewer.core import __version__
from muscle_viewer.core.options import add_data, add_engine, add_network_device, add_threads

DEFAULT_STEPS = 6_000_000
"""Number of control steps of a run with neither --steps nor --minutes."""

DESCRIPTION = """\
Train a policy (PPO) and the muscle network under it on many copies of an environment.
The folder of the run gets latest.pt and best.pt, checkpoints for muscle-viewer and
muscle-eval. Ctrl-C saves and stops."""

EXAMPLES = """\
examples:
  muscle-train assets/environments/walk.yaml --out runs/walk
  muscle-train assets/environments/mass/kick.yaml --data MASS/data --out runs/kick
  muscle-train --out runs/walk --resume                       continue after a stop, a kill or a crash
  muscle-train --out runs/walk --resume --steps 12000000      continue with a new end
  muscle-viewer runs/walk                                     watch the latest checkpoint
"""


class Teachers(argparse.Action):
    """Collects MOTION=CHECKPOINT as absolute paths by the motions' names."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        name, equals, file = values.partition("=")
        if not (name and equals and file):
            parser.error(f"{option_string} {values}: MOTION=CHECKPOINT expected, as kick=kick.pt")
        earlier = getattr(namespace, self.dest) or {}
        setattr(namespace, self.dest, {**earlier, name: str(Path(file).absolute())})


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="muscle-train",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument("--version", action="version", version=f"muscle-train {__version__}")
    p.add_argument(
        "environment",
        type=Path,
        nargs="?",
        help="environment file; not needed with --resume, which uses the run's",
    )
    add_data(p)
    run = p.add_argument_group("the run")
    run.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FOLDER",
        help="output folder, created if missing",
    )
    run.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help="number of control steps of all environments together, at which training ends "
        f"(default: {DEFAULT_STEPS:,} without --minutes)",
    )
    run.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="minutes of training, over all resumptions, at which training ends",
    )
    run.add_argument("--resume", action="store_true", help="continue the run in --out")
    run.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="CHECKPOINT",
        help="begin a new run with a checkpoint's networks instead of random ones; the environment may observe more",
    )
    run.add_argument("--seed", type=int, metavar="N", help="random seed (default 0)")
    run.add_argument(
        "--save-every",
        type=float,
        metavar="MINUTES",
        help="minutes between saves of state and checkpoint (default 2; 0: after every iteration)",
    )
    run.add_argument(
        "--keep-every",
        type=float,
        metavar="MINUTES",
        help="minutes between checkpoints that are kept under their number of steps (default 10; 0: none)",
    )
    learning = p.add_argument_group("learning")
    learning.add_argument(
        "--symmetric",
        action=argparse.BooleanOptionalAction,
        help="train a policy that is symmetric in left and right; character and motion must be (default: off)",
    )
    learning.add_argument(
        "--curriculum",
        type=int,
        metavar="N",
        help="number of control steps of all environments together in which the ranges of the environment's "
        "parameters grow from their defaults (default 0: whole ranges at once)",
    )
    learning.add_argument(
        "--muscle-only",
        action="store_const",
        const=True,
        help="train the muscle network alone, under random actions",
    )
    learning.add_argument(
        "--teacher",
        action=Teachers,
        dest="teachers",
        metavar="MOTION=CHECKPOINT",
        help="of several motions: a policy of this motion to learn from, beside the run's own experience; may be repeated",
    )
    learning.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any other setting of docs/training.md, such as ppo.hidden=[512,512]; may be repeated",
    )
    machine = p.add_argument_group("simulator and machine")
    machine.add_argument(
        "--num-envs", type=int, metavar="N", help="number of environments (default 64)"
    )
    add_engine(machine, "environment")
    add_threads(machine)
    machine.add_argument(
        "--device", help="device on which both networks learn: cpu (default), cuda or cuda:N"
    )
    add_network_device(machine, default=None)
    many = p.add_argument_group("many machines (docs/cluster.md)")
    many.add_argument(
        "--ray",
        nargs="?",
        const="",
        metavar="ADDRESS",
        help="step the environments on a Ray cluster: host:port, auto (this node's), local (this machine "
        "alone, as a new cluster); without a value RAY_ADDRESS, auto or local, the first that there is",
    )
    many.add_argument(
        "--actors",
        type=int,
        metavar="N",
        help="number of actors, each with --num-envs environments on --threads CPUs (default: one a node)",
    )
    many.add_argument(
        "--asynchronous",
        action=argparse.BooleanOptionalAction,
        help="collect while the networks learn, with weights that are one iteration old, with and without --ray "
        "(default: off)",
    )
    many.add_argument(
        "--sample-every",
        type=int,
        metavar="K",
        help="send one in K of the muscle network's samples (default 1)",
    )
    many.add_argument(
        "--float16",
        action=argparse.BooleanOptionalAction,
        help="send observations in float16 (default: off)",
    )
    return p


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options; a run without a given end gets the default number of steps."""
    options = parser().parse_args(arguments)
    if not options.resume and options.steps is None and options.minutes is None:
        options.steps = DEFAULT_STEPS
    return options


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    # OpenMP's threads spin while they wait, and on shared CPUs they slow down the threads that they
    # wait for. The variable has an effect only if it is set before torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from muscle_viewer.core.exit_status import exit_status

    def work() -> int:
        from .run import run  # imports torch, which takes seconds, in which Ctrl-C may come, too

        return run(options)

    return exit_status(work, "stopped; --resume continues from the last save, if there is one")


if __name__ == "__main__":
    sys.exit(main())
