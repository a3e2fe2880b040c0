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


def in_rectangle(
    projection: np.ndarray, starts: np.ndarray, ends: np.ndarray, low: np.ndarray, high: np.ndarray
) -> np.ndarray:
    """Whether each segment is in a rectangle of the view at any point, bool of shape (segments,).

    `projection` (4, 4) leads from the world to clip space; `starts` and `ends` have shape (segments, 3), metres; `low`
    and `high` (2,) are the corners in [-1, 1]. Clipping of a line by planes: Cyrus and Beck, Computers & Graphics 3, 1978.
    """

    def beyond(points: np.ndarray) -> np.ndarray:
        """How far the points are inside of the rectangle's four planes and before the eye, (5, segments)."""
        x, y, _, w = projection[:, :3] @ points.T + projection[:, 3:]
        return np.stack(
            [x - low[0] * w, high[0] * w - x, y - low[1] * w, high[1] * w - y, w - 0.01]
        )

    first, last = beyond(starts), beyond(ends)
    crosses = first / np.where(first == last, 1.0, first - last)
    enter = np.where(first < 0.0, np.where(last < 0.0, np.inf, crosses), 0.0).max(axis=0)
    leave = np.where(last < 0.0, np.where(first < 0.0, -np.inf, crosses), 1.0).min(axis=0)
    return np.asarray(enter <= leave)
