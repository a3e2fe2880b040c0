"""A motion's frames with their second differences, and smoothing by these."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..characters.skeleton import Floats


@dataclass(frozen=True)
class Clip:
    """Frames (T, dofs) of a motion and how they follow one another."""

    frames: Floats
    frame_time: float
    advance: Floats
    """(3,) of the root in a cycle, m."""
    cyclic: bool

    @property
    def inner(self) -> slice:
        """Frames that have accelerations: all of a cycle, all but the ends of another clip."""
        return slice(None) if self.cyclic else slice(1, -1)

    def acceleration(self, values: Floats, advance: Floats | float = 0.0) -> Floats:
        """Second differences of (T, ...) over the time of a frame squared, at `inner`."""
        before, after = np.roll(values, 1, axis=0), np.roll(values, -1, axis=0)
        if self.cyclic:
            before[0] -= advance
            after[-1] += advance
        return np.asarray((before - 2 * values + after)[self.inner] / self.frame_time**2)

    def transposed(self, accelerations: Floats) -> Floats:
        """The transpose of `acceleration`: (inner, ...) to (T, ...)."""
        if self.cyclic:
            return self.acceleration(accelerations)
        out = np.zeros((len(self.frames), *accelerations.shape[1:]))
        for shift, factor in enumerate((1, -2, 1)):
            out[shift : shift + len(accelerations)] += factor * accelerations
        return out / self.frame_time**2

    def stiffness(self, cutoff: float) -> float:
        """s⁴: minimising (x - wanted)² + stiffness x''² leaves half of the amplitude at `cutoff`, Hz."""
        return float((2 * np.pi * cutoff) ** -4.0)

    def smoothing(self, weight: Floats, cutoff: float) -> Floats:
        """The matrix (T, T) of sum w x² + stiffness |x''|²: Whittaker's smoothing, weighted."""
        bend = self.transposed(self.acceleration(np.eye(len(weight))))
        return np.asarray(np.diag(weight) + self.stiffness(cutoff) * bend)
