"""Pointer commands on the 3D view: hover and select muscles, pull bodies with the mouse spring, push."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer import commands as c
from muscle_viewer.viewer.scene.view_state import Pointed

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.scene.view_state import ViewState
    from muscle_viewer.viewer.simulation.runtime import Runtime
    from muscle_viewer.viewer.ui.compose import Views


def handle_pointer(
    command: c.PointerCommand,
    runtime: Runtime,
    view: ViewState,
    views: Views,
    notify: Callable[[str], None],
) -> None:
    """Carry out one command; `notify` shows a message if it does not apply."""
    spring = runtime.spring
    match command:
        case c.HoverAt(across, up):
            view.apply(c.Hover(_muscle_at(views, across, up)))
        case c.MenuAt(across, up):
            stage, in_part = views.under(across)
            muscle, body = stage.muscle_at(in_part, up), stage.body_at(in_part, up)
            view.pointed = Pointed(across, up, muscle, body)
        case c.FocusAt(across, up):
            stage, across = views.under(across)
            point = stage.point_at(across, up)
            if point is not None:
                view.focus(point)
        case c.ZoomAt(steps, across, up):
            stage, across = views.under(across)
            *_, width, height = stage.rect
            view.zoom_at(steps, across, up, width / max(height, 1.0))
        case c.PickAt(across, up, extend):
            muscle = _muscle_at(views, across, up)
            if muscle is not None:
                view.apply(c.Select(muscle, extend))
            elif not extend:
                view.apply(c.ClearSelection())
        case c.PickBox(start, end, extend):
            muscles = _muscles_in(views, start, end)
            view.apply(c.SelectGroup(muscles, extend) if muscles or extend else c.ClearSelection())
        case c.PushFrom(left, forward, body):
            chosen = push(runtime.frame, view, left, forward)
            runtime.handle(chosen if body is None else replace(chosen, body=body))
        case c.AttachSpring(across, up):
            stage, across = views.under(across)
            if stage is views.first:
                runtime.handle(c.SetSpring(stage.spring_at(across, up)))
            else:
                notify("Pull the body of the first simulation: the same force acts on the second.")
        case c.DragSpring(across, up):
            dragged = spring and views.first.dragged_to(spring, views.in_first(across), up)
            if dragged != spring:
                runtime.handle(c.SetSpring(dragged))
        case c.ReleaseSpring():
            if spring:
                runtime.handle(c.SetSpring(None))


def push(frame: Frame, view: ViewState, left: float, forward: float) -> c.Push:
    """The view state's push, parallel to the ground, to the character's left and forward (each in [-1, 1])."""
    ahead = np.asarray(frame.body_rotations[0][:, 2], float)
    ahead[1] = 0.0
    ahead /= max(float(np.linalg.norm(ahead)), 1e-6)
    aside = np.cross([0.0, 1.0, 0.0], ahead)
    x, y, z = (float(k) for k in view.push_force * (left * aside + forward * ahead))
    return c.Push(view.push_body, (x, y, z), view.push_seconds)


def _muscle_at(views: Views, across: float, up: float) -> int | None:
    stage, across = views.under(across)
    return stage.muscle_at(across, up)


def _muscles_in(
    views: Views, start: tuple[float, float], end: tuple[float, float]
) -> tuple[int, ...]:
    """Muscles in a rectangle of the stage in which it was begun."""
    stage, across = views.under(start[0])
    beyond = across + (views.in_first(end[0]) - views.in_first(start[0]))
    corners = np.clip([(across, start[1]), (beyond, end[1])], -1.0, 1.0)
    return stage.muscles_in(corners.min(axis=0), corners.max(axis=0))
