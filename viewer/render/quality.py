"""How much work a picture may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Quality:
    """Tessellation, samples and shadows."""

    samples: int
    """Samples a pixel where the character is."""
    shadow_size: int
    shadow_side: int
    """Comparisons along a side of the square that softens a shadow's edge."""
    shadow_spread: float
    """Texels between them."""
    muscle_rings: int
    muscle_sides: int
    lit_per_pixel: bool
    """Light each pixel of the character, and not only each vertex."""
    bone_sides: tuple[int, int, int]
    """Sides of thin, middling and thick bones."""


HIGH = Quality(
    samples=8, shadow_size=2048, shadow_side=4, shadow_spread=1.3, muscle_rings=9, muscle_sides=16,
    bone_sides=(10, 18, 32), lit_per_pixel=True,
)  # fmt: skip
"""For pictures and for real graphics hardware."""

FAST = Quality(
    samples=4, shadow_size=1024, shadow_side=2, shadow_spread=1.2, muscle_rings=5, muscle_sides=8,
    bone_sides=(5, 7, 12), lit_per_pixel=False,
)  # fmt: skip
"""For a processor that draws by itself."""


def for_renderer(name: str) -> Quality:
    """The quality for an interactive window on a renderer named as OpenGL names it."""
    software = any(word in name.lower() for word in ("llvmpipe", "softpipe", "swrast", "software"))
    return FAST if software else HIGH
