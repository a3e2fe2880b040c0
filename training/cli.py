"""muscle-train: train a policy and its muscle network on an environment."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path


def parser() -> argparse.ArgumentParser:
    p = argparse.ArgumentParser(
        prog="muscle-train",
        description="Train a policy (PPO) and its muscle network; Ctrl-C saves and stops.",
    )
    p.add_argument(
        "environment", type=Path, nargs="?", help="environment YAML; with --resume the run's own"
    )
    p.add_argument("--out", type=Path, required=True, help="folder of the run")
    p.add_argument("--num-envs", type=int, help="environments (default 64)")
    p.add_argument(
        "--engine", help="what moves the bodies: lanes or dart (default: as the environment says)"
    )
    p.add_argument("--threads", type=int, help="of the simulator (default: every CPU)")
    p.add_argument("--device", help="of the networks' training: cpu (default) or cuda")
    p.add_argument(
        "--network-device",
        metavar="DEVICE",
        help="where the simulator infers the muscle network: cpu (default), cuda or cuda:N",
    )
    p.add_argument("--steps", type=int, help="control steps, over all environments")
    p.add_argument("--minutes", type=float, help="of training, resumptions included")
    p.add_argument("--seed", type=int, help="of all random numbers (default 0)")
    p.add_argument("--resume", action="store_true", help="go on with the run in --out")
    p.add_argument(
        "--save-every", type=float, metavar="MINUTES", help="save state and checkpoint (default 2)"
    )
    p.add_argument(
        "--keep-every",
        type=float,
        metavar="MINUTES",
        help="keep a checkpoint under its number of steps (default 10; 0: none)",
    )
    p.add_argument(
        "--muscle-only",
        action="store_const",
        const=True,
        help="random actions; the policy is left alone",
    )
    p.add_argument(
        "--symmetric",
        action=argparse.BooleanOptionalAction,
        help="make left and right act alike, for a symmetric character and motion (default: off)",
    )
    p.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="any other setting, as ppo.hidden=[512,512]; may be repeated",
    )
    return p


def main(arguments: list[str] | None = None) -> int:
    options = parser().parse_args(arguments)
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
