"""The device that infers a batch's muscle network: the simulator's own threads, or a GPU."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import torch

from . import _core
from .errors import ConfigError


@dataclass(frozen=True)
class NetworkDevice:
    """A device for the muscle network."""

    name: str
    """cpu (the simulator's threads), cuda, cuda:N, or torch-cpu (the code for devices, run on the CPU)."""
    requested: str
    """The name that the user gave; cuda may have become cpu."""

    @property
    def in_groups(self) -> bool:
        return self.name == "cpu"

    @property
    def fell_back(self) -> bool:
        return self.name != self.requested

    @property
    def torch_name(self) -> str:
        return "cpu" if self.name == "torch-cpu" else self.name


def network_device(requested: str) -> NetworkDevice:
    """The device of that name; if CUDA is missing, the CPU, with one logged line.

    Raises ConfigError for other names, and for a device that this machine does not have.
    """
    if requested in ("cpu", "torch-cpu"):
        return NetworkDevice(requested, requested)
    found = re.fullmatch(r"cuda(?::(\d+))?", requested)
    if not found:
        raise ConfigError(f"network_device: '{requested}' is unknown; use cpu, cuda or cuda:N")
    if not _core.has_cuda():
        why = "finds no device" if torch.version.cuda else "is built without CUDA"
        logging.getLogger(__name__).warning(
            "network_device: %s is not available, as torch %s %s; "
            "the muscle network is inferred on the CPU",
            requested,
            torch.__version__,
            why,
        )
        return NetworkDevice("cpu", requested)
    if found[1] and int(found[1]) >= torch.cuda.device_count():
        raise ConfigError(
            f"network_device: '{requested}' does not exist; torch finds "
            f"{torch.cuda.device_count()} CUDA devices, counted from 0"
        )
    return NetworkDevice(requested, requested)
