"""Checkpoints of the lineage, every generation, read without executing anything in them."""

from .networks import LineageNetworks, is_lineage, read_networks

__all__ = ["LineageNetworks", "is_lineage", "read_networks"]
