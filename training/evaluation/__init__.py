"""Evaluation: gait measures of a checkpoint, as gait laboratories use them."""

from .evaluate import Evaluation, evaluate

__all__ = ["Evaluation", "evaluate"]
