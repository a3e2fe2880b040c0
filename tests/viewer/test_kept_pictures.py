"""A view in which nothing changes is drawn once, and every change of it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest
from muscle_viewer.viewer import commands as c

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.app import App
    from muscle_viewer.viewer.capture.offscreen import Offscreen

pytestmark = pytest.mark.slow

CHANGES = (
    c.ToggleLayer("muscles"), c.ToggleLayer("muscles"), c.ToggleLayer("grid"), c.ToggleLayer("shadows"),
    c.ToggleLayer("reference ghost"), c.ToggleLayer("capsule skin"), c.ToggleLayer("centre of mass"),
    c.ColourBy("fibre length"), c.SetColourRange((0.99, 1.01)), c.Select(0), c.SetBackdrop("studio"),
    c.Orbit(0.2, 0.0), c.Pan(0.1, 0.0), c.Zoom(1.0), c.Step(3),
)  # fmt: skip


@pytest.fixture
def still(app: App) -> App:
    """Paused, without panels, after its last change was drawn."""
    app.show_panels = False
    app.send(c.Pause())
    app.send(c.ToggleFollow())
    for _ in range(4):
        app.frame(0.0)
    return app


def drawings(app: App, monkeypatch: pytest.MonkeyPatch) -> list[object]:
    """Grows with each drawing of the character."""
    scene, drawn = app.stage._scene, []
    draw = scene._draw_character
    monkeypatch.setattr(scene, "_draw_character", lambda *a: (drawn.append(a), draw(*a)))
    return drawn


def test_a_still_view_is_drawn_once_and_stays_as_it_was(
    still: App, surface: Offscreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn, before = drawings(still, monkeypatch), surface.read()
    for _ in range(3):
        still.frame(0.0)
    assert drawn == []
    assert np.array_equal(surface.read(), before)
    still.stage._scene._kept.forget()
    still.frame(0.0)
    assert len(drawn) == 1
    assert np.array_equal(surface.read(), before)


def test_every_change_of_a_still_view_is_drawn(
    still: App, surface: Offscreen, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = drawings(still, monkeypatch)
    for change in CHANGES:
        before = surface.read()
        still.send(change)
        for _ in range(4):
            still.frame(0.0)
        shown = surface.read()
        assert len(drawn) >= 1, change
        assert not np.array_equal(shown, before), change
        still.stage._scene._kept.forget()
        still.frame(0.0)
        assert np.array_equal(surface.read(), shown), change
        still.frame(0.0)
        drawn.clear()


def test_values_that_change_within_a_frame_are_seen(still: App, surface: Offscreen) -> None:
    before = surface.read()
    still.runtime.frame.activations[:] = 1.0
    still.frame(0.0)
    assert not np.array_equal(surface.read(), before)
