"""The options that the examples share."""

from __future__ import annotations

import argparse
from pathlib import Path


def options(about: str | None) -> argparse.Namespace:
    """--steps, --num-envs, --rollout, --seed and --out."""
    parser = argparse.ArgumentParser(description=(about or "").splitlines()[0])
    parser.add_argument("--steps", type=int, default=50_000, help="of all environments together")
    parser.add_argument("--num-envs", type=int, default=64)
    parser.add_argument("--rollout", type=int, default=32, help="steps between two updates")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=Path, default=Path("policy.pt"), help="checkpoint to write")
    return parser.parse_args()
