"""Round shapes have as many sides as their size on the screen needs, and no more."""

import numpy as np
import pytest
from muscle_viewer.viewer.scene import tessellation

MOST = 32


@pytest.mark.parametrize("error", [0.1, 0.5])
@pytest.mark.parametrize("radius", [1.0, 3.0, 8.0, 20.0])
def test_an_outline_stays_within_the_error_of_the_circle(radius: float, error: float) -> None:
    sides = tessellation.sides(radius, error, MOST)
    angle = np.linspace(0.0, 2.0 * np.pi, sides + 1)
    corners = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    corners *= radius * tessellation.of_equal_area(sides)
    edges = np.concatenate(
        [corners[:-1] + share * np.diff(corners, axis=0) for share in np.linspace(0, 1, 21)]
    )
    off = np.abs(np.hypot(*edges.T) - radius).max()
    assert off < 1.25 * error or sides == MOST
    x, y = corners.T
    area = 0.5 * np.abs(np.sum(x[:-1] * y[1:] - x[1:] * y[:-1]))
    assert area == pytest.approx(np.pi * radius**2, rel=1e-4)


def test_smaller_shapes_have_fewer_sides_and_none_more_than_allowed() -> None:
    counts = [tessellation.sides(radius, 0.5, 12) for radius in (0.5, 2.0, 6.0, 15.0, 400.0)]
    assert counts == sorted(counts) and counts[0] == 4 and counts[-1] == 12


def test_chords_of_an_arc_stay_within_the_error() -> None:
    radius, angle, error = 40.0, 1.2, 0.3
    count = tessellation.intervals(np.array([radius * angle * angle]), error)[0]
    sag = radius * (1.0 - np.cos(0.5 * angle / count))
    assert sag <= error < radius * (1.0 - np.cos(0.5 * angle / (count - 1)))


def test_what_is_near_has_more_pixels_for_a_metre() -> None:
    from muscle_viewer.viewer.scene.camera import Camera

    camera = Camera(distance=4.0)
    projection = camera.projection(16 / 9) @ camera.view()
    at = np.asarray(camera.target, float)[None]
    scale = tessellation.pixels_per_metre(projection, 720, at, 0.01)
    assert scale == pytest.approx(1.0 / (camera.pixel_size(720, 16 / 9) * 3.99), rel=1e-3)
    near = np.concatenate([at, 0.5 * (at + camera.eye)])
    assert tessellation.pixels_per_metre(projection, 720, near, 0.01) > 1.9 * scale
