"""Perturbation and parameters: what they do to the character, and how it goes back."""

import numpy as np
import pytest
from muscle_viewer.core.configuration import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.insight import insight_of
from muscle_viewer.viewer.scene.camera import Camera
from muscle_viewer.viewer.scene.dragging import BodyPicker, dragged
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.perturbation import MouseSpring, attachment_point
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.simulation.session import CheckpointSession

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def session() -> CheckpointSession:
    return load_session(checkpoints_folder() / "walk.pt", seed=4)


@pytest.fixture
def runtime(session: CheckpointSession) -> Runtime:
    session.change(Parameters())
    runtime = Runtime(session)
    runtime.handle(c.Step(5))
    return runtime


def test_a_dragged_body_comes_nearer_and_the_pull_is_shown_in_newtons(runtime: Runtime) -> None:
    head = runtime.session.info.body_names.index("head")
    local = (0.0, 0.1, 0.0)
    start = attachment_point(runtime.frame, MouseSpring(head, local, (0.0, 0.0, 0.0)))
    target = start + np.array([0.5, 0.0, 0.0])
    x, y, z = (float(k) for k in target)
    spring = MouseSpring(head, local, (x, y, z))
    runtime.handle(c.SetSpring(spring))
    runtime.handle(c.Step(6))
    assert attachment_point(runtime.frame, spring)[0] > start[0] + 0.03
    (pull,) = runtime.status.perturbation.forces
    assert pull.body == head
    assert 20 < np.linalg.norm(pull.force) < 12 * runtime.session.info.total_mass + 1
    runtime.handle(c.SetSpring(None))
    runtime.handle(c.Step(1))
    assert runtime.status.perturbation.forces == ()


def test_a_push_lasts_as_long_as_it_says(runtime: Runtime) -> None:
    runtime.handle(c.Push(0, (0.0, 0.0, 80.0), 0.1))
    acting = []
    for _ in range(5):
        runtime.handle(c.Step(1))
        acting.append(len(runtime.status.perturbation.forces))
    assert acting == [1, 1, 1, 0, 0]


def test_a_held_muscle_does_as_it_is_told_until_it_is_given_back(runtime: Runtime) -> None:
    runtime.handle(c.Override(10, 0.75))
    runtime.handle(c.Step(10))  # the activation follows with its time constants
    assert runtime.frame.activations[10] == pytest.approx(0.75, abs=1e-3)
    assert runtime.status.perturbation.overrides == ((10, 0.75),)
    runtime.handle(c.Override(10, None))
    runtime.handle(c.Step(1))
    assert runtime.frame.activations[10] != pytest.approx(0.75, abs=1e-3)


def test_weakness_takes_force_and_going_back_gives_it_back(runtime: Runtime) -> None:
    state = runtime.session.save()
    look = insight_of(runtime.subject)
    before = look.full_forces(runtime.frame)
    runtime.handle(c.SetParameters(Parameters().scaled("force", [3, 4], 0.25)))
    weak = insight_of(runtime.subject).full_forces(runtime.frame)
    assert weak[[3, 4]] == pytest.approx(0.25 * before[[3, 4]], rel=1e-4)
    assert runtime.session.save().core == state.core
    runtime.handle(c.SetParameters(Parameters()))
    runtime.handle(c.Step(3))
    after = [runtime.history.frame(k).positions for k in range(6, 9)]
    runtime.handle(c.Seek(5))
    runtime.handle(c.Resume())
    runtime.handle(c.Step(3))
    assert all(
        np.array_equal(a, runtime.history.frame(k).positions)
        for k, a in zip(range(6, 9), after, strict=True)
    )


def test_gravity_is_felt(runtime: Runtime) -> None:
    """Without weight legs that carry it lift the body."""
    before = runtime.cursor
    runtime.handle(c.Step(12))
    height = runtime.frame.center_of_mass[1]
    runtime.handle(c.Seek(before))
    runtime.handle(c.SetParameters(Parameters(gravity=0.0)))
    runtime.handle(c.Step(12))
    assert runtime.frame.center_of_mass[1] > height + 0.02


def test_parameters_survive_their_way_through_json() -> None:
    parameters = (
        Parameters(0.5, 1.5, 2.0, 0.7, -6.0).scaled("force", [1], 0.2).scaled("length", [7], 0.9)
    )
    assert Parameters.from_dict(parameters.as_dict()) == parameters
    assert parameters.scaled("force", [1], 1.0).force == ()


def test_a_ray_grabs_the_body_that_it_meets_and_drags_in_the_plane_of_the_picture(
    runtime: Runtime,
) -> None:
    frame, info = runtime.frame, runtime.session.info
    camera = Camera()
    thorax = info.body_names.index("thorax")
    camera.target = np.array(frame.body_positions[thorax], float)
    camera.target[1] += 0.1
    eye, direction = camera.ray(0.0, 0.0, 1.5)
    spring = BodyPicker(info).spring_at(frame, eye, direction, camera.pixel_size(700, 1.5))
    assert spring is not None
    names = {info.body_names[spring.body]}
    assert names & {"thorax", "lumbar", "humerus_r", "humerus_l", "clavicle_r", "clavicle_l"}
    there = camera.ray(0.2, 0.1, 1.5)
    moved = dragged(spring, frame, camera, *there)
    way = np.array(moved.target) - attachment_point(frame, spring)
    assert abs(way @ camera.axes()[2]) < 1e-6
    assert way @ camera.axes()[0] > 0.05
    assert BodyPicker(info).spring_at(frame, eye, -direction, 0.001) is None


def test_a_cadence_lets_it_walk_faster_and_going_back_gives_the_reference_back(
    session: CheckpointSession,
) -> None:
    def steps_per_minute(cadence: float) -> float:
        session.change(Parameters(cadence=cadence))
        runtime = Runtime(session, history_seconds=12.0)
        runtime.handle(c.Step(300))
        strikes = [e.clock for e in runtime.history.events if e.kind == "strike right"]
        assert not [e for e in runtime.history.events if e.kind == "fall"]
        return 120 / float(np.median(np.diff(strikes)))

    slow, fast, again = (steps_per_minute(k) for k in (1.0, 1.15, 1.0))
    assert 1.04 < fast / slow < 1.2  # the policy's own phase action takes back a part
    assert again == pytest.approx(slow, rel=0.05)
    session.change(Parameters())
    assert Parameters.from_dict(Parameters(cadence=1.2).as_dict()) == Parameters(cadence=1.2)


def test_a_stride_takes_the_reference_further_and_is_kept_in_a_run(
    session: CheckpointSession,
) -> None:
    def way(stride: float) -> float:
        session.change(Parameters(stride=stride))
        runtime = Runtime(session)
        runtime.handle(c.Step(150))
        assert not [e for e in runtime.history.events if e.kind == "fall"]
        first = runtime.history.frame(1).reference_positions[5]
        return float(runtime.frame.reference_positions[5] - first)

    short, long = way(0.9), way(1.1)
    assert 1.1 < long / short < 1.35
    session.change(Parameters())
    assert Parameters.from_dict(Parameters(stride=1.1).as_dict()) == Parameters(stride=1.1)
