"""muscle-train: train a policy and its muscle network on an environment."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

DEFAULT_STEPS = 6_000_000
"""Control steps of a run that is given neither steps nor minutes."""

DESCRIPTION = """\
Train a policy (PPO) and the muscle network under it on many copies of an environment.
The folder of the run gets latest.pt and best.pt, checkpoints for muscle-viewer and
muscle-eval. Ctrl-C saves and stops."""

EXAMPLES = """\
examples:
  muscle-train assets/environments/walk.yaml --out runs/walk
  muscle-train --out runs/walk --resume                       go on after a stop, a kill or a crash
  muscle-train --out runs/walk --resume --steps 12000000      and further
  muscle-viewer runs/walk                                     watch it meanwhile
"""


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="muscle-train",
        description=DESCRIPTION,
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    p.add_argument(
        "environment", type=Path, nargs="?", help="environment YAML; with --resume the run's own"
    )
    run = p.add_argument_group("the run")
    run.add_argument(
        "--out", type=Path, required=True, metavar="FOLDER", help="of the run; made if it is not"
    )
    run.add_argument(
        "--steps",
        type=int,
        metavar="N",
        help="end after so many control steps, those of all environments counted (default: "
        f"{DEFAULT_STEPS:,} without --minutes)",
    )
    run.add_argument(
        "--minutes",
        type=float,
        metavar="M",
        help="end after so many minutes of training, resumptions included",
    )
    run.add_argument("--resume", action="store_true", help="go on with the run in --out")
    run.add_argument("--seed", type=int, metavar="N", help="of all random numbers (default 0)")
    run.add_argument(
        "--save-every",
        type=float,
        metavar="MINUTES",
        help="save state and checkpoint (default 2; 0: after every iteration)",
    )
    run.add_argument(
        "--keep-every",
        type=float,
        metavar="MINUTES",
        help="keep a checkpoint under its number of steps (default 10; 0: none)",
    )
    learning = p.add_argument_group("what is learned")
    learning.add_argument(
        "--symmetric",
        action=argparse.BooleanOptionalAction,
        help="make left and right act alike, for a symmetric character and motion (default: off)",
    )
    learning.add_argument(
        "--muscle-only",
        action="store_const",
        const=True,
        help="random actions; the policy is left alone",
    )
    learning.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any other setting of docs/training.md, as ppo.hidden=[512,512]; may be repeated",
    )
    machine = p.add_argument_group("simulator and machine")
    machine.add_argument("--num-envs", type=int, metavar="N", help="environments (default 64)")
    machine.add_argument(
        "--engine", help="what moves the bodies: lanes or dart (default: as the environment says)"
    )
    machine.add_argument(
        "--threads", type=int, metavar="N", help="of the simulator (default: every CPU)"
    )
    machine.add_argument(
        "--device", help="of the networks' training: cpu (default), cuda or cuda:N"
    )
    machine.add_argument(
        "--network-device",
        metavar="DEVICE",
        help="where the simulator infers the muscle network: cpu (default), cuda or cuda:N",
    )
    return p


def parse(arguments: list[str] | None = None) -> argparse.Namespace:
    """The command line's options; a run that is given no end gets the default number of steps."""
    options = parser().parse_args(arguments)
    if not options.resume and options.steps is None and options.minutes is None:
        options.steps = DEFAULT_STEPS
    return options


def main(arguments: list[str] | None = None) -> int:
    options = parse(arguments)
    # OpenMP's threads spin while they wait, and on shared CPUs starve what they wait for. The
    # variable counts only if it is set before torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    from muscle_viewer.core import UserError

    from .run import train

    try:
        return train(options)
    except UserError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("stopped without saving; --resume goes on from the last save", file=sys.stderr)
        return 130


if __name__ == "__main__":
    sys.exit(main())
