"""The camera that follows, and what lies in a rectangle of its view."""

import numpy as np
from muscle_viewer.viewer.scene.camera import Camera, Follower
from muscle_viewer.viewer.scene.picking import in_rectangle

PICTURE = 1 / 60


def test_a_follower_does_not_lag_behind_a_steady_walk() -> None:
    camera, follower = Camera(), Follower()
    for k in range(300):
        follower.move(camera, np.array([0.0, 0.9, 1.3 * k * PICTURE]), PICTURE)
    assert abs(camera.target[2] - 1.3 * 299 * PICTURE) < 0.01


def test_a_follower_is_at_rest_only_where_the_camera_stays() -> None:
    camera, follower = Camera(), Follower()
    for k in range(120):
        follower.move(camera, np.array([0.0, 0.9, 1.3 * k * PICTURE]), PICTURE)
    stopped = np.array([0.0, 0.9, 1.3 * 119 * PICTURE])
    places = []
    while not follower.is_at_rest:
        follower.move(camera, stopped, PICTURE)
        places.append(camera.target[2])
        assert len(places) < 600
    assert max(places) > stopped[2] + 0.05  # it had shot past and turned back
    at_rest = camera.target.copy()
    for _ in range(300):
        follower.move(camera, stopped, PICTURE)
    assert np.abs(camera.target - at_rest).max() < 2e-3
    assert abs(camera.target[2] - stopped[2]) < 1e-3


def test_a_follower_takes_a_far_jump_at_once() -> None:
    camera, follower = Camera(), Follower()
    for point in ((0.0, 0.9, 0.0), (5.0, 0.9, 0.0)):
        follower.move(camera, np.array(point), PICTURE)
    assert np.allclose(camera.target[[0, 2]], [5.0, 0.0])
    assert follower.is_at_rest


def test_a_follower_keeps_a_runner_from_the_first_picture_on() -> None:
    camera, follower = Camera(), Follower()
    for _ in range(3):  # episodes, each of which begins where the first one did
        for k in range(90):
            follower.move(camera, np.array([0.0, 1.0, 4.0 * k / 60]), 1 / 60 if k else 0.0)
            assert abs(camera.target[2] - 4.0 * k / 60) < 0.1


def test_a_follower_takes_up_a_run_out_of_standing() -> None:
    camera, follower = Camera(), Follower()
    for _ in range(60):
        follower.move(camera, np.array([0.0, 1.0, 0.0]), 1 / 60)
    for k in range(90):
        follower.move(camera, np.array([0.0, 1.0, 4.0 * k / 60]), 1 / 60)
        assert abs(camera.target[2] - 4.0 * k / 60) < 0.1


def test_a_rectangle_touches_the_segments_that_have_a_point_in_it() -> None:
    camera, random = Camera(), np.random.default_rng(0)
    projection = camera.projection(1.6) @ camera.view()
    starts = camera.target + random.normal(0.0, 1.5, (400, 3))
    starts[:40] = camera.eye + random.normal(0.0, 0.3, (40, 3))  # some behind the eye
    ends = starts + random.normal(0.0, 0.7, (400, 3))
    low, high = np.array([-0.3, -0.2]), np.array([0.1, 0.25])
    share = np.linspace(0.0, 1.0, 2001)[:, None, None]
    points = (1.0 - share) * starts + share * ends
    clip = np.einsum("ij,ksj->ksi", projection[:, :3], points) + projection[:, 3]
    place = clip[..., :2] / clip[..., 3:]
    inside = ((place >= low) & (place <= high)).all(axis=2) & (clip[..., 3] > 0.01)
    found = in_rectangle(projection, starts, ends, low, high)
    assert 10 < found.sum() < 200
    assert found[inside.any(axis=0)].all()
    assert (found & ~inside.any(axis=0)).sum() <= 1  # a corner that the samples miss
