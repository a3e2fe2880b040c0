"""The module name that training code written for Bidirectional GaitNet's fork imports."""

from .gaitnet.batchenv import BatchEnv as BatchEnv
