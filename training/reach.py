"""How far actions ask for torques beyond the muscles' reach.

Beyond it the muscles do what they can, so that neither the motion nor a reward whose torque error is flat there tells
the policy to ask for less. By stable PD's stiffness an action that would ask for no more than that is known instead.
"""

from __future__ import annotations

import numpy as np
from muscle_viewer.core import BatchEnv, MuscleSamples
from numpy.typing import NDArray

from .muscle_learner import LEAST_TORQUE

Floats = NDArray[np.float32]

HOPELESS = 0.3
"""Part of the torque from which what is beyond reach counts: with less, the reward leads back."""


class Reach:
    """The least and the largest torque that the muscles can make about each dof, and what is asked beyond it.

    For dofs that share muscles not both extremes can be made at once: the least of what is beyond reach counts.
    """

    def __init__(self, env: BatchEnv) -> None:
        self._order = np.argsort(env.muscle_dofs, kind="stable")
        dofs, self._first = np.unique(env.muscle_dofs[self._order], return_index=True)
        joints = [body.joint for body in env.scene.character.bodies[1:]]
        stiffness = np.concatenate([np.broadcast_to(j.kp, len(j.dof_names)) for j in joints])
        per_action = (env.config.action.scale * stiffness).astype(np.float32)
        self._counted = env.muscle_driven_dofs[dofs] & (per_action[dofs] > 0)
        """Of the dofs that muscles span."""
        self._dofs = dofs[self._counted]
        self._per_action = per_action[self._dofs]
        self._actions = env.action_dim

    def beyond(self, samples: MuscleSamples) -> Floats:
        """By how much each action is too large (too small: negative), (n, actions).

        0 for what is within reach, and where less than HOPELESS of the torque is beyond it.
        """
        sorted_by_dof = samples.jta[:, self._order]
        most = np.add.reduceat(np.maximum(sorted_by_dof, 0), self._first, axis=1)[:, self._counted]
        least = np.add.reduceat(np.minimum(sorted_by_dof, 0), self._first, axis=1)[:, self._counted]
        torque = samples.torque[:, self._dofs]
        with np.errstate(invalid="ignore"):  # of an environment that has diverged
            excess = torque - np.clip(torque, least, most)
        excess = np.nan_to_num(excess, posinf=0, neginf=0)
        asked = np.linalg.norm(torque, axis=1).clip(LEAST_TORQUE)
        excess[~(np.linalg.norm(excess, axis=1) > HOPELESS * asked)] = 0
        found = np.zeros((len(torque), self._actions), np.float32)
        found[:, self._dofs] = excess / self._per_action
        return found
