"""Checkpoints of the lineage: their networks under the project's names, and their environments."""

from .checkpoint import read_lineage_checkpoint
from .networks import LineageNetworks, is_lineage, read_networks

__all__ = ["LineageNetworks", "is_lineage", "read_lineage_checkpoint", "read_networks"]
