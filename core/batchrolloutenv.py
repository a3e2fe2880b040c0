"""The module name that training code written for the fork of 24 November 2025 imports."""

from .gaitnet.batchrolloutenv import BatchRolloutEnv as BatchRolloutEnv
