"""Checkpoints of MASS and GaitNet: their networks under the project's names, and their environments."""

from .checkpoint import read_gaitnet_checkpoint, together
from .networks import GaitNetNetworks, is_gaitnet_file, read_networks

__all__ = [
    "GaitNetNetworks",
    "is_gaitnet_file",
    "read_gaitnet_checkpoint",
    "read_networks",
    "together",
]
