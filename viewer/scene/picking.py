"""Picking of muscles by a ray, vectorised over all path segments."""

from __future__ import annotations

import numpy as np


def segments_of(path_offsets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The path segments of all muscles.

    `path_offsets` has shape (muscles + 1,): the points of muscle m are `offsets[m]` to `offsets[m + 1]`. Returns the
    index of each segment's first point and of its muscle, both of shape (segments,).
    """
    counts = np.diff(path_offsets)
    muscles = np.repeat(np.arange(len(counts)), counts)
    points = np.arange(path_offsets[-1])
    has_next = points != np.repeat(path_offsets[1:] - 1, counts)
    return points[has_next], muscles[has_next]


def pick(
    eye: np.ndarray,
    direction: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    radii: np.ndarray,
    pixel: float,
) -> int | None:
    """The segment nearest to the eye that the ray hits, or else passes within a few pixels; None if there is none.

    `starts` and `ends` have shape (segments, 3), `radii` (segments,), all in metres; `pixel` is the width of a pixel at
    unit distance. Closest points of two lines: Ericson, Real-Time Collision Detection, section 5.1.9.
    """
    if len(starts) == 0:
        return None
    along = ends - starts
    to_start = starts - eye
    length2 = np.maximum(np.einsum("ij,ij->i", along, along), 1e-12)
    b = along @ direction
    c = to_start @ direction
    e = np.einsum("ij,ij->i", along, to_start)
    denominator = np.maximum(length2 - b * b, 1e-12)
    s = np.clip((b * c - e) / denominator, 0.0, 1.0)
    closest = to_start + s[:, None] * along
    depth = closest @ direction
    miss = np.linalg.norm(closest - depth[:, None] * direction, axis=1) - radii
    visible = depth > 0.0
    hit = visible & (miss <= 0.0)
    if hit.any():
        return int(np.argmin(np.where(hit, depth, np.inf)))
    near = visible & (miss <= 4.0 * pixel * depth)
    return (
        int(np.argmin(np.where(near, miss / np.maximum(depth, 1e-6), np.inf)))
        if near.any()
        else None
    )
