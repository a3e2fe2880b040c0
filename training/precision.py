"""The precision of an update's matrix products."""

from __future__ import annotations

from typing import Literal

import torch

Precision = Literal["auto", "float32", "bfloat16"]

WIDE = 512
"""Width of layers from which `auto` is bfloat16 on a GPU."""


def takes_bfloat16(precision: Precision, widths: tuple[int, ...], device: torch.device) -> bool:
    """Whether the products are in bfloat16; `auto`: on devices that support it, on a GPU for wide layers."""
    if precision != "auto":
        return precision == "bfloat16"
    worthwhile = device.type == "cpu" or max(widths, default=0) >= WIDE
    return worthwhile and multiplies_bfloat16(device)


def multiplies_bfloat16(device: torch.device) -> bool:
    """Whether a device has bfloat16 instructions. Elsewhere it is emulated, slower than float32."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if not hasattr(torch.cpu, "get_capabilities"):  # an older torch
        return False
    cpu = torch.cpu.get_capabilities()
    return bool(cpu.get("avx512_bf16") or cpu.get("amx_bf16"))
