"""Many environments at once: each can be run again by itself, bit for bit, and stands in its own cell."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from muscle_viewer.core import load_checkpoint
from muscle_viewer.core.configuration import Parameter
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.crowd_layout import CELL, cells, frame_of, info_of
from muscle_viewer.viewer.simulation.crowd import Crowd
from muscle_viewer.viewer.simulation.parameters import Parameters
from muscle_viewer.viewer.simulation.runtime import Runtime, State
from muscle_viewer.viewer.simulation.session import CheckpointSession

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint
    from muscle_viewer.viewer.simulation.crowd import CrowdMoment

COUNT = 4


@pytest.fixture(scope="module")
def checkpoint() -> Checkpoint:
    """The walk with two parameters of the body, and episodes of half a second."""
    found = load_checkpoint(checkpoints_folder() / "walk.pt")
    config = found.config
    parameters = {
        "height": Parameter(acts_on="height", range=(0.9, 1.1), observed=False),
        "weakness": Parameter(acts_on="strength", range=(0.5, 1.0), observed=False),
    }
    episode = config.episode.model_copy(update={"max_time": 0.5})
    return replace(
        found, config=config.model_copy(update={"parameters": parameters, "episode": episode})
    )


@pytest.fixture(scope="module")
def moment(checkpoint: Checkpoint) -> Iterator[CrowdMoment]:
    """After more than an episode."""
    crowd = Crowd(checkpoint, COUNT)
    deadline = time.monotonic() + 120.0
    while crowd.is_moving and time.monotonic() < deadline:
        if crowd.moment and crowd.moment.seconds > 0.9:
            break
        time.sleep(0.02)
    crowd.stop()
    assert crowd.error == ""
    assert crowd.moment and crowd.moment.seconds > 0.9
    yield crowd.moment


def test_seeds_and_bodies_differ(moment: CrowdMoment) -> None:
    assert moment.seeds == (0, 1, 2, 3)
    assert len({frame.phase for frame in moment.frames}) == COUNT
    heights = [dict(values)["height"] for values in moment.values]
    assert len(set(heights)) == COUNT and all(0.9 <= h <= 1.1 for h in heights)
    radii = [float(info.contact_radii[0]) for info in moment.infos]
    assert np.argsort(radii).tolist() == np.argsort(heights).tolist()


@pytest.mark.parametrize("index", [0, 3])
def test_a_member_runs_again_by_itself_bit_for_bit(
    moment: CrowdMoment, checkpoint: Checkpoint, index: int
) -> None:
    member = moment.member(index)
    assert member.script.count(None) >= 1  # an episode ended
    session = CheckpointSession("a", checkpoint, member.seed, Parameters(drawn=member.values))
    runtime = Runtime(session, script=member.script)
    runtime.handle(c.Step(len(member.script)))
    shown, there = runtime.frame, moment.frames[index]
    for name in ("positions", "velocities", "activations", "body_positions", "path_points"):
        assert np.array_equal(getattr(shown, name), getattr(there, name)), name
    assert session.info.total_mass == moment.infos[index].total_mass
    assert [s.size.tolist() for s in session.info.shapes] == [
        s.size.tolist() for s in moment.infos[index].shapes
    ]
    newest = runtime.history.newest
    runtime.handle(c.Step(1))  # the policy goes on from there
    assert runtime.history.newest > newest and runtime.state is not State.FAILED


def test_the_characters_of_a_scene_stand_in_their_cells(moment: CrowdMoment) -> None:
    info, frame = info_of(moment.infos), frame_of(moment.frames)
    bodies = len(moment.infos[0].body_names)
    assert frame.body_positions.shape == (COUNT * bodies, 3)
    assert max(shape.body for shape in info.shapes) == COUNT * bodies - 1
    assert info.path_offsets[-1] == len(frame.path_points)
    for k, cell in enumerate(cells(COUNT)):
        own = frame.body_positions[k * bodies : (k + 1) * bodies]
        first = own - moment.frames[k].body_positions
        assert np.ptp(first, axis=0).max() < 1e-5  # moved as a whole
        assert np.abs(own.mean(axis=0) - cell)[[0, 2]].max() < 0.4 * min(CELL)
