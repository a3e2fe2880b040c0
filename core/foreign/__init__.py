"""Policies of other trainers under the project's names: of live modules, and of the files that libraries write."""

from .assemble import Actor, Normalisation, assemble
from .files import read_foreign
from .modules import actor_of

__all__ = ["Actor", "Normalisation", "actor_of", "assemble", "read_foreign"]
