"""How much work a picture may cost."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Detail:
    """Tessellation."""

    muscle_rings: int
    """Rings of vertices along each segment of a path."""
    muscle_sides: int
    bone_sides: tuple[int, int, int]
    """Sides of thin, middling and thick bones."""


@dataclass(frozen=True)
class Quality:
    """Tessellation, samples and shadows."""

    samples: int
    """Samples a pixel where the character is, in a picture that stands still."""
    smooth_motion: bool
    """As many samples while something moves, and not one."""
    lit_per_pixel: bool
    """Light each pixel of the character, and not only each vertex."""
    detail: Detail
    shadow_detail: Detail
    """Of what casts shadows."""
    shadow_size: int
    shadow_side: int
    """Comparisons along a side of the square that softens a shadow's edge."""
    shadow_spread: float
    """Texels between them."""


HIGH = Quality(
    samples=8,
    smooth_motion=True,
    lit_per_pixel=True,
    detail=Detail(9, 16, (10, 18, 32)),
    shadow_detail=Detail(7, 10, (6, 10, 18)),
    shadow_size=2048,
    shadow_side=4,
    shadow_spread=1.3,
)
"""For pictures and for real graphics hardware."""

FAST = Quality(
    samples=4,
    smooth_motion=False,
    lit_per_pixel=False,
    detail=Detail(5, 7, (5, 7, 11)),
    shadow_detail=Detail(4, 4, (3, 4, 7)),
    shadow_size=1024,
    shadow_side=2,
    shadow_spread=1.2,
)
"""For a processor that draws by itself."""


def for_renderer(name: str) -> Quality:
    """The quality for an interactive window on a renderer named as OpenGL names it."""
    software = any(word in name.lower() for word in ("llvmpipe", "softpipe", "swrast", "software"))
    return FAST if software else HIGH
