"""Powers of joints and muscles in the history: what they do on the skeleton, and what it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.viewer.simulation.history import History


def joint_powers(info: ModelInfo, history: History, first: int, last: int) -> np.ndarray:
    """Applied torque times rate of each joint's dof, W, (frames, D); positive where energy is generated.

    Rotation vectors and rates of a ball joint are both in its body's frame, so that its three powers add up to the
    joint's.
    """
    rates = history.values("velocities", first, last)[:, info.root_dofs :]
    return np.asarray(history.values("applied_torques", first, last) * rates)


def muscle_powers(info: ModelInfo, history: History, first: int, last: int) -> np.ndarray:
    """Force along the tendon, active and passive, times the shortening speed of muscle and tendon, W, (frames, M).

    The speed is that of the joints by the moment arms; a fibre's own is smaller by the cosine of its pennation.
    """
    force = history.values("active_forces", first, last)
    force = force + history.values("passive_forces", first, last)
    rates = history.values("velocities", first, last)[:, info.root_dofs :]
    shares = history.values("moment_arms", first, last) * rates[:, info.muscle_dofs]
    speed = np.zeros_like(force)
    for entry, muscle in enumerate(info.muscle_of):
        speed[:, muscle] += shares[:, entry]
    return np.asarray(force * speed)
