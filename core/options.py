"""Options that several commands have in common."""

from __future__ import annotations

import argparse
from pathlib import Path

Options = argparse.ArgumentParser | argparse._ArgumentGroup


def add_data(options: Options) -> None:
    options.add_argument(
        "--data",
        type=Path,
        metavar="FOLDER",
        help="folder in which the files are looked for first that the environment names, such as MASS's data",
    )


def add_engine(options: Options, owner: str = "checkpoint") -> None:
    """owner: what names an engine that is simulated by without the option."""
    options.add_argument(
        "--engine", help=f"physics engine: lanes or dart (default: the {owner}'s own)"
    )


def add_impairments(options: Options) -> None:
    for option, what in (("weaken", "strength"), ("shorten", "optimal fibre length")):
        options.add_argument(
            f"--{option}",
            metavar="MUSCLE=FACTOR,...",
            help=f"factors of the {what} of muscles (soleus_l) or their groups (ankle_plantarflexor, "
            "ankle_plantarflexor_l), of which the policy is not told",
        )


def add_threads(options: Options) -> None:
    options.add_argument(
        "--threads", type=int, metavar="N", help="number of simulator threads (default: all CPUs)"
    )


def add_network_device(options: Options, default: str | None = "cpu") -> None:
    """default: None where a run that is resumed has its own."""
    options.add_argument(
        "--network-device",
        default=default,
        metavar="DEVICE",
        help="device of the muscle network in the simulator: cpu (default), cuda or cuda:N",
    )
