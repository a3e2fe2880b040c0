"""Mirror images of tensors, for learning from both sides of a symmetric character."""

from __future__ import annotations

import torch
from muscle_viewer.core.mirror import SignedPermutation


class Reflection:
    """A signed permutation of a tensor's last axis."""

    def __init__(self, of: SignedPermutation, device: torch.device | str = "cpu") -> None:
        self._source = torch.from_numpy(of.source).to(device)
        self._sign = torch.from_numpy(of.sign).to(device)

    def __call__(self, x: torch.Tensor) -> torch.Tensor:
        return x.index_select(-1, self._source) * self._sign
