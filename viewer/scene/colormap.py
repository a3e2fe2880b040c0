"""Perceptually uniform colour maps; that of activations goes from dark slate at rest to bright orange.

Interpolated in Oklab (Ottosson 2020), whose lightness rises steadily along the map, so that it also reads in grey and
without red, green or blue cones: slate blue, plum, crimson, bright orange.
"""

from __future__ import annotations

import numpy as np

STOPS = (
    (0.00, (0.18, 0.25, 0.40)),
    (0.30, (0.48, 0.32, 0.56)),
    (0.60, (0.86, 0.26, 0.34)),
    (1.00, (1.00, 0.52, 0.14)),
)
"""Position in [0, 1] and sRGB colour."""

SIZE = 256

_TO_LMS = np.array(
    [
        [0.4122214708, 0.5363325363, 0.0514459929],
        [0.2119034982, 0.6806995451, 0.1073969566],
        [0.0883024619, 0.2817188376, 0.6299787005],
    ]
)
_TO_LAB = np.array(
    [
        [0.2104542553, 0.7936177850, -0.0040720468],
        [1.9779984951, -2.4285922050, 0.4505937099],
        [0.0259040371, 0.7827717662, -0.8086757660],
    ]
)


def to_linear(srgb: np.ndarray) -> np.ndarray:
    """Linear light from sRGB values in [0, 1], any shape."""
    return np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)


def to_srgb(linear: np.ndarray) -> np.ndarray:
    """SRGB values in [0, 1] from linear light, any shape."""
    linear = np.clip(linear, 0.0, 1.0)
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)


def to_oklab(srgb: np.ndarray) -> np.ndarray:
    """Oklab from sRGB, shape (..., 3)."""
    return np.cbrt(to_linear(srgb) @ _TO_LMS.T) @ _TO_LAB.T


def from_oklab(lab: np.ndarray) -> np.ndarray:
    """SRGB from Oklab, shape (..., 3)."""
    return to_srgb((lab @ np.linalg.inv(_TO_LAB).T) ** 3 @ np.linalg.inv(_TO_LMS).T)


class ColorMap:
    """A table of colours over [0, 1]."""

    def __init__(self, stops: tuple[tuple[float, tuple[float, float, float]], ...] = STOPS) -> None:
        places = np.array([place for place, _ in stops])
        labs = to_oklab(np.array([colour for _, colour in stops]))
        along = np.linspace(0.0, 1.0, SIZE)
        lab = np.stack([np.interp(along, places, channel) for channel in labs.T], axis=-1)
        self.srgb = from_oklab(lab).astype(np.float32)
        """Shape (SIZE, 3)."""
        self.linear = to_linear(self.srgb).astype(np.float32)
        """Shape (SIZE, 3)."""
        rgb = np.round(self.srgb * 255).astype(np.uint32)
        packed = rgb[:, 0] | rgb[:, 1] << 8 | rgb[:, 2] << 16 | np.uint32(0xFF000000)
        self.pixels = packed
        """Four bytes each, red first, shape (SIZE,) uint32."""
        self.packed: list[int] = packed.tolist()
        """The entries as Dear ImGui packs colours, one int each."""

    @staticmethod
    def index(values: np.ndarray) -> np.ndarray:
        """The table entry of each value, clipped to [0, 1]; NaN is 0."""
        values = np.nan_to_num(values, nan=0.0)
        return np.clip(values * (SIZE - 1) + 0.5, 0, SIZE - 1).astype(np.intp)


ACTIVATION = ColorMap()

DIVERGING = ColorMap(
    (
        (0.00, (0.20, 0.62, 1.00)),
        (0.25, (0.22, 0.42, 0.72)),
        (0.50, (0.30, 0.31, 0.34)),
        (0.75, (0.72, 0.42, 0.16)),
        (1.00, (1.00, 0.66, 0.16)),
    )
)
"""Light blue over dark grey to amber: ends and middle are distinct for every colour vision."""

AMOUNT = ColorMap(
    (
        (0.00, (0.22, 0.27, 0.40)),
        (0.35, (0.16, 0.47, 0.58)),
        (0.70, (0.42, 0.72, 0.42)),
        (1.00, (0.98, 0.88, 0.22)),
    )
)
"""Dark blue over teal to yellow, for amounts without a sign; lightness rises evenly."""

MAPS: dict[str, ColorMap] = {
    # Five colours of matplotlib's viridis (Smith and van der Walt 2015).
    "viridis": ColorMap(
        (
            (0.00, (0.267, 0.005, 0.329)),
            (0.25, (0.230, 0.322, 0.546)),
            (0.50, (0.128, 0.567, 0.551)),
            (0.75, (0.369, 0.789, 0.383)),
            (1.00, (0.993, 0.906, 0.144)),
        )
    ),
    "blue to red": ColorMap(((0.0, (0.10, 0.20, 0.95)), (1.0, (0.95, 0.08, 0.06)))),
    "grey": ColorMap(((0.0, (0.16, 0.16, 0.16)), (1.0, (0.94, 0.94, 0.94)))),
}
"""Maps to take in place of each quantity's own, by name: as in matplotlib; as in OpenSim and MuJoCo; for print."""
