"""Where a batch's muscle network is inferred: in the simulator's own threads, or on a device."""

from __future__ import annotations

import logging
import re
from dataclasses import dataclass

import torch

from . import _core
from .errors import ConfigError

PRECISIONS = {None: "float32", "fp16": "float16", "bf16": "bfloat16"}
"""Of a device, by the name of the kernel."""


@dataclass(frozen=True)
class NetworkDevice:
    name: str
    """cpu (each group by itself), cuda, cuda:N, or torch-cpu (as a device, without one)."""
    asked: str
    """What the user wanted; cuda may have become cpu."""

    @property
    def in_groups(self) -> bool:
        return self.name == "cpu"

    @property
    def fell_back(self) -> bool:
        return self.name != self.asked

    @property
    def torch_name(self) -> str:
        return "cpu" if self.name == "torch-cpu" else self.name


def network_device(asked: str) -> NetworkDevice:
    """The device of that name, or the CPU, said in one logged line, where there is no CUDA.

    ConfigError for other names, and for a device that is not among this machine's.
    """
    if asked in ("cpu", "torch-cpu"):
        return NetworkDevice(asked, asked)
    found = re.fullmatch(r"cuda(?::(\d+))?", asked)
    if not found:
        raise ConfigError(f"network_device: '{asked}' given, cpu, cuda or cuda:N wanted")
    if not _core.has_cuda():
        why = "finds no device" if torch.version.cuda else "is built without CUDA"
        logging.getLogger(__name__).warning(
            "network_device: %s is not to be had, as torch %s %s; "
            "the muscle network is inferred on the CPU",
            asked,
            torch.__version__,
            why,
        )
        return NetworkDevice("cpu", asked)
    if found[1] and int(found[1]) >= torch.cuda.device_count():
        raise ConfigError(
            f"network_device: '{asked}' given, and torch sees {torch.cuda.device_count()} "
            "CUDA devices, counted from 0"
        )
    return NetworkDevice(asked, asked)
