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
    p.add_argument("environment", type=Path, help="environment YAML")
    p.add_argument("--out", type=Path, required=True, help="folder of the run")
    p.add_argument("--num-envs", type=int, default=64, help="environments (default %(default)s)")
    p.add_argument("--threads", type=int, help="of the simulator (default: every CPU)")
    p.add_argument("--steps", type=int, help="control steps, over all environments")
    p.add_argument("--minutes", type=float, help="of training")
    p.add_argument("--seed", type=int, default=0)
    p.add_argument("--resume", action="store_true", help="go on with the run in --out")
    p.add_argument(
        "--muscle-only", action="store_true", help="random actions; the policy is left alone"
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


if __name__ == "__main__":
    sys.exit(main())
