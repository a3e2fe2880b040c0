"""Quality settings of the renderer."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Detail:
    """The finest tessellation."""

    muscle_rings: int
    """Rings of vertices along each segment of a path."""
    muscle_sides: int
    bone_sides: tuple[int, int, int]
    """Sides of thin, medium and thick bones."""


@dataclass(frozen=True)
class Quality:
    """Tessellation, samples and shadows."""

    samples: int
    """Samples per pixel where the character is, in a still picture."""
    smooth_motion: bool
    """Whether moving pictures have as many samples; otherwise they have one."""
    lit_per_pixel: bool
    """Whether lighting is computed per pixel; otherwise per vertex."""
    detail: Detail
    error: float
    """Largest distance of a tessellated outline from the round one, pixels; what is small gets fewer triangles."""
    shadow_detail: Detail
    """Tessellation of shadow casters."""
    shadow_size: int
    ground_side: int
    """Depth comparisons along each side of the square filter that softens the edges of shadows on the ground."""
    ground_spread: float
    """Distance between the comparisons, texels."""
    rotated: bool
    """Whether shadows on the character have four comparisons, on a rotated grid; otherwise as many as on the ground."""


HIGH = Quality(
    samples=8,
    smooth_motion=True,
    lit_per_pixel=True,
    detail=Detail(9, 16, (10, 18, 32)),
    error=0.1,
    shadow_detail=Detail(7, 10, (6, 10, 18)),
    shadow_size=2048,
    ground_side=4,
    ground_spread=1.3,
    rotated=False,
)
"""Quality for screenshots and graphics hardware."""

VIDEO = replace(
    HIGH,
    error=0.5,
    shadow_detail=Detail(4, 4, (3, 4, 7)),
    shadow_size=1024,
    ground_side=3,
    rotated=True,
)
"""Quality for videos that a software rasteriser draws: nearly as HIGH to the eye, in half the time."""

FAST = Quality(
    samples=4,
    smooth_motion=False,
    lit_per_pixel=False,
    detail=Detail(5, 7, (5, 7, 11)),
    error=0.5,
    shadow_detail=Detail(4, 4, (3, 4, 7)),
    shadow_size=1024,
    ground_side=2,
    ground_spread=1.2,
    rotated=False,
)
"""Quality for software rasterisers."""


def for_renderer(name: str) -> Quality:
    """The quality of an interactive window, by OpenGL's name of the renderer."""
    return FAST if is_software(name) else HIGH


def for_video(name: str) -> Quality:
    """The quality of a recorded video, by OpenGL's name of the renderer."""
    return VIDEO if is_software(name) else HIGH


def is_software(renderer: str) -> bool:
    """Whether the processor draws, by OpenGL's name of the renderer."""
    words = ("llvmpipe", "softpipe", "swrast", "software")
    return any(word in renderer.lower() for word in words)
