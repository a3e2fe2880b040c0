"""The options of a muscle network on a benchmark's command line."""

from __future__ import annotations

import argparse
import sys

FORMER = {"torch": ("float32", "torch"), "bf16": ("bfloat16", None), "fp16": ("float16", None)}


def add_network_arguments(parser: argparse.ArgumentParser) -> None:
    """Add --precision and --backend, and the deprecated --kernel."""
    parser.add_argument(
        "--precision",
        choices=("float32", "bfloat16", "float16"),
        default="float32",
        help="precision of the muscle network (default %(default)s)",
    )
    parser.add_argument("--backend", choices=("lanes", "torch"), help="backend of the network")
    parser.add_argument("--kernel", choices=FORMER, help=argparse.SUPPRESS)


def apply_former_kernel(options: argparse.Namespace) -> None:
    """Set precision and backend from the deprecated --kernel, with one line that says the new ones."""
    if options.kernel is None:
        return
    options.precision, options.backend = FORMER[options.kernel]
    backend = f" --backend {options.backend}" if options.backend else ""
    print(
        f"--kernel {options.kernel} is deprecated; use --precision {options.precision}{backend}",
        file=sys.stderr,
    )
