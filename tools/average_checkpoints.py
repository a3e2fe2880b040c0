"""Write the mean of two checkpoints' networks: of two points of one training often better than both (Izmailov et al. 2018).

    .venv/bin/python -m tools.average_checkpoints runs/walk-6/latest.pt runs/walk-7/latest.pt --share 0.4 --out walk.pt

The networks must be of the same sizes, and of one training: those that were trained apart have no meaningful mean.
Configuration and `meta` are the second's; `meta.averaged_with` tells the first's.
"""

from __future__ import annotations

import argparse
import pickle
from pathlib import Path
from typing import Any

import torch

PARTS = ("policy", "muscle")


def mean(first: dict[str, Any], second: dict[str, Any], share: float) -> dict[str, Any]:
    """The second checkpoint with networks that have this share of its numbers, and the rest of the first's. ValueError."""
    out = dict(second)
    for part in PARTS:
        sizes = [{name: tuple(t.shape) for name, t in c[part].items()} for c in (first, second)]
        if sizes[0] != sizes[1]:
            raise ValueError(f"{part}: the networks differ in size")
        out[part] = {
            name: torch.lerp(first[part][name], new, share) if new.is_floating_point() else new
            for name, new in second[part].items()
        }
    averaged = {"share": 1 - share, "meta": first.get("meta", {})}
    out["meta"] = {**second.get("meta", {}), "averaged_with": averaged}
    return out


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("first", type=Path)
    parser.add_argument("second", type=Path)
    parser.add_argument("--share", type=float, default=0.5, help="of the second (default 0.5)")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if not 0 <= options.share <= 1:
        parser.error(f"--share: {options.share} given, 0 to 1 expected")
    try:
        first, second = (
            torch.load(path, map_location="cpu", weights_only=True)
            for path in (options.first, options.second)
        )
        torch.save(mean(first, second, options.share), options.out)
    except OSError as error:
        parser.error(str(error))
    except (KeyError, TypeError, ValueError, RuntimeError, pickle.UnpicklingError) as error:
        parser.error(
            f"{options.first}, {options.second}: no two checkpoints of one training: {error}"
        )


if __name__ == "__main__":
    main()
