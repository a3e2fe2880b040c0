"""A push along the way that the character faces."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from muscle_viewer.viewer import commands as c

if TYPE_CHECKING:
    from muscle_viewer.core.frame import Frame
    from muscle_viewer.viewer.view_state import ViewState


def push(frame: Frame, view: ViewState, left: float, forward: float) -> c.Push:
    """As the view state says how, towards the character's left and forward (each in [-1, 1]), level with the ground."""
    ahead = np.asarray(frame.body_rotations[0][:, 2], float)
    ahead[1] = 0.0
    ahead /= max(float(np.linalg.norm(ahead)), 1e-6)
    aside = np.cross([0.0, 1.0, 0.0], ahead)
    x, y, z = (float(k) for k in view.push_force * (left * aside + forward * ahead))
    return c.Push(view.push_body, (x, y, z), view.push_seconds)
