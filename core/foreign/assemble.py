"""A policy's state_dict from the layers and the normalisation that another trainer had."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from ..errors import CheckpointError
from ..policy import ACTIVATIONS, NONE, Form, Policy
from ..readers.state_dicts import check_tensors

StateDict = dict[str, torch.Tensor]
Layer = tuple[torch.Tensor, torch.Tensor]
"""Weight (outputs, inputs) and bias (outputs,)."""

NAMES = {kind.__name__.lower(): index for index, kind in enumerate(ACTIVATIONS)} | {"swish": 3}
"""Names of activation functions, and their index in a policy's form."""


@dataclass(frozen=True)
class Actor:
    """The layers that a mean action goes through."""

    layers: Sequence[Layer]
    activation: str
    """Activation function of the hidden layers, a key of NAMES."""
    critic: Sequence[Layer] = ()
    log_std: torch.Tensor | None = None
    """(actions,)."""
    squashed: bool = False
    """Whether the output passes through tanh."""
    clip: float | None = None
    """Bound of the output."""
    scale: float = 1.0
    """Units of the environment's action of an output of 1: the adapters' action_bound."""


@dataclass(frozen=True)
class Normalisation:
    """(obs - mean) / sqrt(var + epsilon), between -clip and clip."""

    mean: NDArray[Any] | torch.Tensor
    var: NDArray[Any] | torch.Tensor
    epsilon: float = 1e-8
    clip: float | None = None

    @staticmethod
    def of_deviation(
        mean: NDArray[Any] | torch.Tensor,
        deviation: NDArray[Any] | torch.Tensor,
        clip: float | None = None,
    ) -> Normalisation:
        """(obs - mean) / deviation, as of libraries that add epsilon to the deviation itself."""
        return Normalisation(mean, _double(deviation) ** 2, 0.0, clip)


def assemble(actor: Actor, normalisation: Normalisation | None = None) -> StateDict:
    """The state_dict of a core.Policy that acts as `actor`. CheckpointError names what does not fit."""
    if actor.activation.lower() not in NAMES:
        known = ", ".join(sorted(NAMES))
        raise CheckpointError(f"activation: {actor.activation!r} given, expected one of {known}")
    if not actor.layers:
        raise CheckpointError("policy: no layers found")
    inputs, actions = actor.layers[0][0].shape[-1], actor.layers[-1][0].shape[0]
    state: StateDict = {}
    for part, layers in (("actor", actor.layers), ("critic", _critic(actor, inputs))):
        for k, (weight, bias) in enumerate(layers):
            state[f"{part}.{2 * k}.weight"] = weight.detach().cpu().float().clone()
            state[f"{part}.{2 * k}.bias"] = bias.detach().cpu().float().clone()
    log_std = torch.zeros(actions) if actor.log_std is None else actor.log_std.detach().cpu()
    form = Form(
        NAMES[actor.activation.lower()],
        NONE if normalisation is None or normalisation.clip is None else normalisation.clip,
        0.0 if normalisation is None else normalisation.epsilon,
        int(actor.squashed),
        NONE if actor.clip is None else actor.clip,
        actor.scale,
    )
    mean, var = (
        (torch.zeros(inputs), torch.ones(inputs))
        if normalisation is None
        else (_double(normalisation.mean).reshape(-1), _double(normalisation.var).reshape(-1))
    )
    state |= {
        "log_std": log_std.float().reshape(-1).expand(actions).clone(),
        "obs_mean": mean,
        "obs_var": var,
        "obs_count": torch.tensor(1e-4, dtype=torch.float64),
        "form": torch.tensor(form, dtype=torch.float64),
    }
    check_tensors(state, "policy: ")
    Policy.from_state_dict(state)
    return state


def _critic(actor: Actor, inputs: int) -> Sequence[Layer]:
    """The critic, or one that says nothing, where there is none that this form can hold."""
    if len(actor.critic) >= 2 and actor.critic[0][0].shape[-1] == inputs:
        return actor.critic
    return [
        (torch.zeros(1, inputs), torch.zeros(1)),
        (torch.zeros(1, 1), torch.zeros(1)),
    ]


def _double(values: NDArray[Any] | torch.Tensor) -> torch.Tensor:
    if isinstance(values, torch.Tensor):
        return values.detach().cpu().double().clone()
    return torch.from_numpy(np.array(values, np.float64))
