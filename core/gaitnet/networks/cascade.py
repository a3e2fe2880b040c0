"""Cascaded muscle networks of the GaitNets where no other network stands before them.

Such a network reads [JtA/200, tau/200, a/2, w]: a, what the networks before it add up to before
relu(tanh(.)), and its own weight w = sigmoid(1000 (d - beta)), d the least distance of its task from
theirs, beta = 0.2 + 0.1 times the policy's last action. With none before it a is zero, d is without
bound and so w is 1 whatever beta: the network is a plain one with the column of w in its first
bias, and the policy's last action moves nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from .networks import GaitNetNetworks, StateDict

if TYPE_CHECKING:
    from ...scene import Scene


def is_cascaded(networks: GaitNetNetworks, scene: Scene) -> bool:
    """Whether the muscle network is for this scene and reads the activations of others as well."""
    if not networks.muscle:
        return False
    muscles, inputs = len(scene.info.muscle_names), scene.core.network_inputs
    columns = networks.muscle["fc.0.weight"].shape[1]
    return bool(columns == inputs + muscles + 1)


def standing_alone(networks: GaitNetNetworks, scene: Scene) -> GaitNetNetworks:
    """The same as plain networks: to act as cascaded ones do with none before them."""
    inputs = scene.core.network_inputs
    first = networks.muscle["fc.0.weight"]
    muscle = networks.muscle | {
        "fc.0.weight": first[:, :inputs].contiguous(),
        "fc.0.bias": networks.muscle["fc.0.bias"] + first[:, -1],
    }
    policy = _without_beta(networks.policy, scene.action_size)
    return replace(networks, muscle=muscle, policy=policy)


def _without_beta(policy: StateDict, actions: int) -> StateDict:
    """A policy of `actions`; one of an action more loses the last, beta's."""
    if len(policy["log_std"]) != actions + 1:
        return policy
    last = max(int(name.split(".")[1]) for name in policy if name.startswith("actor."))
    rows = (f"actor.{last}.weight", f"actor.{last}.bias", "log_std")
    return policy | {name: policy[name][:actions].contiguous() for name in rows}
