"""Many seeds tested beside the running simulation fall as the viewer shows them; the checkpoints of a run as a slider."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import torch
from muscle_viewer.core import load_checkpoint
from muscle_viewer.core.folders import checkpoints_folder
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.analysis.falls import Falls
from muscle_viewer.viewer.simulation.runtime import Runtime
from muscle_viewer.viewer.simulation.session import CheckpointSession

if TYPE_CHECKING:
    from pathlib import Path

    from muscle_viewer.viewer.app.app import App

pytestmark = pytest.mark.slow
WALK = checkpoints_folder() / "walk.pt"


def finished(falls: Falls) -> Falls:
    falls._thread.join(timeout=300)
    assert not falls.is_running and falls.error == ""
    return falls


def test_each_seed_falls_when_the_viewer_shows_it_fall() -> None:
    shipped = load_checkpoint(WALK)
    last = [k for k in shipped.policy if k.startswith("actor") and "weight" in k][-1]
    worse = replace(shipped, policy={**shipped.policy, last: -1.5 * shipped.policy[last]})
    episodes = finished(Falls(worse, 4)).episodes
    fallen = [e for e in episodes if e.fell_at is not None]
    assert fallen and [e.fell_at for e in fallen] == sorted(e.fell_at or 0 for e in fallen)
    assert sorted(e.seed for e in episodes) == [0, 1, 2, 3]
    for episode in fallen[:2]:
        runtime = Runtime(CheckpointSession("walk", worse, episode.seed))
        runtime.auto_reset = False
        returned = 0.0
        while not runtime.frame.terminated:
            runtime.handle(c.Step())
            returned += runtime.frame.reward
        assert runtime.frame.time == pytest.approx(episode.fell_at)
        assert returned == pytest.approx(episode.reward, rel=1e-5)


def test_it_can_be_ended_at_any_time() -> None:
    falls = Falls(load_checkpoint(WALK), 2)
    falls.stop()
    assert not falls.is_running and falls.share < 1.0


def test_a_row_opens_its_seed_and_the_slider_shows_a_checkpoint(app: App, tmp_path: Path) -> None:
    run = tmp_path / "run"
    (run / "checkpoints").mkdir(parents=True)
    (run / "state.pt").write_bytes(b"")
    shutil.copy(WALK, run / "latest.pt")
    content = torch.load(WALK, weights_only=True)
    for steps, factor in ((1000, 0.5), (2000, 0.9)):
        for name in content["policy"]:
            if name.startswith("actor") and "weight" in name:
                content["policy"][name] = factor * content["policy"][name]
        torch.save(content, run / "checkpoints" / f"{steps:010}.pt")

    def settle(done: object) -> None:
        for _ in range(600):
            app.frame(0.01)
            if done():  # type: ignore[operator]
                return
            time.sleep(0.01)
        pytest.fail("it never came true")

    app.send(c.Open(run))
    settle(lambda: len(app.documents.kept) == 2)
    app.send(c.Focus("Falls"))
    app.frame(0.01)
    before = np.array(app.runtime.session.decide())
    first = app.documents.kept[0]
    app.send(c.ShowCheckpoint(first))
    settle(lambda: app.runtime.session.checkpoint.path == first)  # type: ignore[attr-defined]
    assert not np.array_equal(app.runtime.session.decide(), before)
    assert app._context().shown_checkpoint == first
    app.send(c.OpenSeed(7))
    settle(lambda: app.runtime.session.seed == 7)  # type: ignore[attr-defined]
    app.send(c.MeasureFalls(2))
    settle(lambda: app.measurements.falls is not None)
    assert app.measurements.falls and app.measurements.falls.is_running
    app.frame(0.01)
    assert app.gui.broken == {}
