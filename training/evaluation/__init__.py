"""Evaluation: what a checkpoint's character does, in the figures of gait laboratories."""

from .evaluate import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
