"""Cascaded muscle networks of the GaitNets: with the networks before them, or alone.

A cascaded network reads [z/2, w, JtA/200, tau/200]: z, what the networks before it add up to before
relu(tanh(.)), and its own weight w (core/cascade.py). With none before it z is zero and w is 1
whatever beta: it is a plain one with the column of w in its first bias, and the policy's last
action moves nothing.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import torch

from ...cascade import FORM, joined, policy_of
from ...configuration.environment_config import Cascade, EnvironmentConfig
from ...errors import CheckpointError
from ..environments.ranges import ranges_of
from .networks import GaitNetNetworks, StateDict, read_networks

if TYPE_CHECKING:
    from ...scene import Scene

UNBOUNDED = 1e30
OBSERVED = 1e-3
"""A parameter whose range is wider is observed."""


def is_cascaded(networks: GaitNetNetworks, scene: Scene) -> bool:
    """Whether the muscle network is for this scene and reads the activations of others as well."""
    if not networks.muscle:
        return False
    muscles, inputs = len(scene.info.muscle_names), scene.core.network_inputs
    columns = networks.muscle["fc.0.weight"].shape[1]
    return bool(columns == inputs + muscles + 1)


def standing_alone(networks: GaitNetNetworks, scene: Scene) -> GaitNetNetworks:
    """The same as plain networks: to act as cascaded ones do with none before them."""
    muscles = len(scene.info.muscle_names)
    first = networks.muscle["fc.0.weight"]
    muscle = networks.muscle | {
        "fc.0.weight": first[:, muscles + 1 :].contiguous(),
        "fc.0.bias": networks.muscle["fc.0.bias"] + first[:, muscles],
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


def driven_together(
    scene: Scene, own: GaitNetNetworks | None
) -> tuple[EnvironmentConfig, StateDict, StateDict]:
    """The networks that the scene's environment names, and the checkpoint's own after them, as one.

    Configuration, policy and muscle network for a checkpoint. CheckpointError names the network that
    does not fit.
    """
    config, cascade = scene.config, scene.config.cascade
    assert cascade is not None
    named = [_complete(read_networks(path), path) for path in cascade.networks]
    views = [_view(one, cascade, config) for one in named]
    edges = list(cascade.edges)
    if own is not None:
        # As there, it reads what the last of the others reads.
        edges += [(a, len(named)) for a, b in cascade.edges if b == len(named) - 1]
        named.append(own)
        views.append(_all_of(config))
    members = [_to_fit(one, k, scene) for k, one in enumerate(named)]
    pairs = torch.tensor(edges, dtype=torch.float32).reshape(-1, 2)
    # An edge of the own network's lets it read; its weight is bounded by those of the file alone.
    reached = pairs if own is None else pairs[: len(cascade.edges)]
    policy = joined([one.policy for one in members]) | {
        "edges": reached,
        "turns": torch.tensor(_balls(scene), dtype=torch.float32),
        "form": _form(scene, own is not None),
        **{f"view.{k}": view for k, view in enumerate(views)},
    }
    muscle = joined([one.muscle for one in members]) | {
        "edges": pairs,
        "pass_through": torch.tensor(float(cascade.pass_through)),
    }
    policy_of(policy)
    action = config.action.model_copy(update={"network_weights": len(members)})
    config = config.model_copy(update={"action": action, "cascade": None})
    return config, policy, muscle


def _balls(scene: Scene) -> list[int]:
    """The first action of each ball joint."""
    firsts, at = [], 0
    for body in scene.character.bodies:
        joint = body.joint
        if joint.type == "ball":
            firsts.append(at)
        if joint.type != "free":
            at += len(joint.dof_names)
    return firsts


def _form(scene: Scene, own: bool) -> torch.Tensor:
    config = scene.config
    motors = scene.action_size - int(config.action.phase)
    told = len(config.observation.parameters)
    numbers = (scene.observation_size, told, motors, config.action.scale, float(own))
    assert len(numbers) == FORM
    return torch.tensor(numbers, dtype=torch.float32)


def _complete(networks: GaitNetNetworks, path: Path) -> GaitNetNetworks:
    if not networks.policy or not networks.muscle:
        raise CheckpointError(
            f"{path}: {networks.said()}: a cascade needs policy and muscle network"
        )
    return networks


def _to_fit(networks: GaitNetNetworks, k: int, scene: Scene) -> GaitNetNetworks:
    """The first is plain, the others are cascaded."""
    cascaded = is_cascaded(networks, scene)
    if k == 0 and cascaded:
        return standing_alone(networks, scene)
    if k > 0 and not cascaded:
        raise CheckpointError(
            f"{networks.path}: {networks.said()}: a plain muscle network, and in a cascade the first "
            "alone is one"
        )
    return networks


def _all_of(config: EnvironmentConfig) -> torch.Tensor:
    count = len(config.observation.parameters)
    view = torch.zeros(5, count)
    view[0], view[1], view[3], view[4] = torch.arange(count), 1, -UNBOUNDED, UNBOUNDED
    return view


def _view(networks: GaitNetNetworks, cascade: Cascade, config: EnvironmentConfig) -> torch.Tensor:
    """How a network is shown the environment's parameters: those of its own ranges, within them."""
    if networks.metadata is None or networks.metadata_path is None:
        return _all_of(config)
    own = ranges_of(networks.metadata, networks.metadata_path)
    told = [parameter.name for parameter in config.observation.parameters]
    columns = []
    for name, (least, most, value) in cascade.parameters.items():
        low, high = own.get(name, (value, value))
        if high - low <= OBSERVED:
            continue
        if not (name.startswith("gait.") or low - OBSERVED <= value <= high + OBSERVED):
            raise CheckpointError(
                f"{networks.path}: its range of {name}, {low:g} to {high:g}, does not hold the body's "
                f"{value:g}"
            )
        columns.append(_column(name, told, (least, most, value), (low, high), cascade.normalised))
    return torch.tensor(columns, dtype=torch.float32).reshape(-1, 5).T.contiguous()


def _column(
    name: str,
    told: list[str],
    whole: tuple[float, float, float],
    own: tuple[float, float],
    normalised: bool,
) -> tuple[float, float, float, float, float]:
    """Index, factor, summand and bounds of a parameter as a network is shown it."""
    (least, most, value), (low, high) = whole, own
    factor, summand = (most - least, least) if normalised else (1.0, 0.0)
    index = told.index(name) if name in told else -1
    if index < 0:  # it cannot change here
        index, factor, summand = 0, 0.0, value
    if not normalised:
        return index, factor, summand, low, high
    return index, factor / (high - low), (summand - low) / (high - low), 0.0, 1.0
