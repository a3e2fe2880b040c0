"""Evaluation: gait measures of a checkpoint, as gait laboratories use them."""
