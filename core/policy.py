"""The policy: an actor-critic MLP that normalises its observations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from . import _core
from .errors import CheckpointError, ConfigError, ShapeError
from .readers.state_dicts import check_tensors

ROWS = 16  # of a product in `act`, as the environments of a group
NONE = float(torch.finfo(torch.float32).max)  # a bound that bounds nothing
CLIP = 5.0  # bound of normalised observations, standard deviations
ACTIVATIONS: tuple[type[nn.Module], ...] = (
    nn.ELU, nn.ReLU, nn.Tanh, nn.SiLU, nn.GELU, nn.LeakyReLU, nn.SELU, nn.Sigmoid,
)  # fmt: skip
"""Activation functions of hidden layers, by the first number of `form`; each with torch's own defaults."""


class Form(NamedTuple):
    """What a policy's tensors do not say; the numbers of `form` in its state_dict."""

    activation: int = 0
    """Index into ACTIVATIONS, of the hidden layers."""
    clip: float = CLIP
    """Bound of normalised observations, standard deviations."""
    epsilon: float = 1e-6
    """Added to the variances of observations."""
    squashed: int = 0
    """1: the output passes through tanh."""
    output_clip: float = NONE
    """Bound of the output."""
    scale: float = 1.0
    """Units of the environment's action of an output of 1."""

    @staticmethod
    def of(numbers: torch.Tensor | None) -> Form:
        """The form of a state_dict. CheckpointError names what cannot be."""
        if numbers is None:
            return Form()
        if numbers.shape not in ((2,), (len(Form._fields),)):
            raise CheckpointError(
                f"policy: form: shape {tuple(numbers.shape)} given, (6,) expected"
            )
        given = numbers.double().tolist()
        form = Form(*given)
        if form.activation not in range(len(ACTIVATIONS)):
            raise CheckpointError(
                f"policy: form: activation {form.activation:g} given, "
                f"0 to {len(ACTIVATIONS) - 1} expected"
            )
        if not (form.clip > 0 and form.epsilon >= 0 and form.output_clip > 0 and form.scale > 0):
            raise CheckpointError("policy: form: positive bounds and scale expected")
        if form.squashed not in (0, 1):
            raise CheckpointError(
                f"policy: form: squashed {form.squashed:g} given, 0 or 1 expected"
            )
        return form._replace(activation=int(form.activation), squashed=int(form.squashed))


def _mlp(sizes: Sequence[int], activation: type[nn.Module] = nn.ELU) -> nn.Sequential:
    layers: list[nn.Module] = []
    for k, (inputs, outputs) in enumerate(pairwise(sizes)):
        layers.append(nn.Linear(inputs, outputs))
        if k < len(sizes) - 2:
            layers.append(activation())
    return nn.Sequential(*layers)


class Policy(nn.Module):
    """Gaussian actor and critic on normalised observations.

    state_dict: actor.0/2/4.*, critic.0/2/4.*, log_std (action_dim,), obs_mean and obs_var
    (obs_dim,), obs_count (). Optional: form, the numbers of `Form` or the first two of them.
    Where obs_mean is float64 observations are normalised in that precision.
    """

    obs_mean: torch.Tensor
    obs_var: torch.Tensor
    obs_count: torch.Tensor

    def __init__(
        self,
        obs_dim: int,
        action_dim: int,
        hidden: Sequence[int] = (256, 256),
        log_std: float = -1.0,
        form: torch.Tensor | None = None,
        critic_hidden: Sequence[int] | None = None,
    ) -> None:
        super().__init__()
        self._form = Form.of(form)
        activation = ACTIVATIONS[self._form.activation]
        self.actor = _mlp([obs_dim, *hidden, action_dim], activation)
        self.critic = _mlp(
            [obs_dim, *(hidden if critic_hidden is None else critic_hidden), 1], activation
        )
        self.log_std = nn.Parameter(torch.full((action_dim,), float(log_std)))
        self.register_buffer("obs_mean", torch.zeros(obs_dim))
        self.register_buffer("obs_var", torch.ones(obs_dim))
        self.register_buffer("obs_count", torch.tensor(1e-4, dtype=torch.float64))
        if form is not None:
            self.register_buffer("form", form.clone())

    @staticmethod
    def from_state_dict(state: Mapping[str, torch.Tensor]) -> Policy:
        """A policy with the sizes of the tensors. CheckpointError names tensors that do not fit."""
        check_tensors(state, "policy: ")
        weights = matrices(state, "actor.")
        if len(weights) < 2 or any(w.dim() != 2 or 0 in w.shape for w in weights):
            found = ", ".join(f"{name} {tuple(state[name].shape)}" for name in sorted(state)[:3])
            raise CheckpointError(
                "policy: matrices actor.0.weight, actor.2.weight, ... of shape (outputs, inputs) "
                f"expected, found {found or 'nothing'}"
            )
        hidden = [w.shape[0] for w in weights[:-1]]
        of_critic = matrices(state, "critic.")
        critic_hidden = (
            [w.shape[0] for w in of_critic[:-1]]
            if of_critic and all(w.dim() == 2 and 0 not in w.shape for w in of_critic)
            else None
        )
        policy = Policy(
            weights[0].shape[1],
            weights[-1].shape[0],
            hidden,
            form=state.get("form"),
            critic_hidden=critic_hidden,
        )
        if state.get("obs_mean", policy.obs_mean).dtype == torch.float64:
            policy.obs_mean, policy.obs_var = policy.obs_mean.double(), policy.obs_var.double()
        wanted = policy.state_dict()
        problems = [f"{name}: missing" for name in wanted if name not in state]
        problems += [f"{name}: unexpected" for name in state if name not in wanted]
        problems += [
            f"{name}: shape {tuple(state[name].shape)}, {tuple(tensor.shape)} expected"
            for name, tensor in wanted.items()
            if name in state and state[name].shape != tensor.shape
        ]
        if problems:
            raise CheckpointError(f"policy: {'; '.join(problems)}")
        policy.load_state_dict(dict(state))
        if (policy.obs_var < 0).any():
            raise CheckpointError("policy: obs_var: has negative variances; train the policy again")
        return policy.eval()

    @property
    def obs_dim(self) -> int:
        return int(self.obs_mean.shape[0])

    @property
    def action_dim(self) -> int:
        return int(self.log_std.shape[0])

    def normalise(self, obs: torch.Tensor) -> torch.Tensor:
        """Observations minus their mean, over their standard deviation, clipped."""
        form = self._form
        scaled = (obs - self.obs_mean) / (self.obs_var + form.epsilon).sqrt()
        return scaled.clamp(-form.clip, form.clip).float()

    def finish(self, output: torch.Tensor) -> torch.Tensor:
        """The environment's actions from the actor's outputs: squashed, clipped and scaled by the form."""
        form = self._form
        if form.squashed:
            output = output.tanh()
        if form.output_clip < NONE:
            output = output.clamp(-form.output_clip, form.output_clip)
        return output if form.scale == 1 else output * form.scale

    @torch.no_grad()
    def observe(self, obs: torch.Tensor) -> None:
        """Add rows of observations (n, obs_dim) to the running mean and variance (Chan et al.)."""
        rows = obs.shape[0]
        mean = obs.mean(0)
        var = (obs - mean).square().mean(0)  # torch.var down columns takes four times as long
        total = self.obs_count + rows
        share = (rows / total).to(obs.dtype)
        delta = mean - self.obs_mean
        self.obs_var += (var - self.obs_var) * share + delta**2 * share * (1 - share)
        self.obs_mean += delta * share
        self.obs_count.copy_(total)

    def act(self, obs: NDArray[np.floating]) -> NDArray[np.float32]:
        """The mean action of observations (obs_dim,) or (n, obs_dim), float32.

        A row's action does not depend on the number of other rows, nor on their content, bit for bit:
        every matrix product has ROWS rows. ShapeError for rows of another length.
        """
        given = np.asarray(obs)
        if given.ndim not in (1, 2) or given.shape[-1] != self.obs_dim:
            raise ShapeError(
                f"observations: shape {given.shape} given, "
                f"({self.obs_dim},) or (n, {self.obs_dim}) expected"
            )
        count = 1 if given.ndim == 1 else len(given)
        rows = np.zeros((-(-count // ROWS) * ROWS, self.obs_dim), np.float32)
        rows[:count] = given
        # A small product on one thread costs less than waking others, which spin meanwhile.
        with torch.inference_mode(), _core.TorchThreads(1):
            blocks = self.normalise(torch.from_numpy(rows)).split(ROWS)
            actions = self.finish(
                torch.cat([self.actor(block) for block in blocks])[:count]
            ).numpy()
        return actions.reshape(*given.shape[:-1], self.action_dim)

    def network(self, kernel: str) -> _core.PolicyNetwork:
        """A copy of the actor for the core. kernel: an instruction set.

        ConfigError for a policy of another form than those that are trained here.
        """
        form = self._form
        if form._replace(clip=CLIP, epsilon=Form().epsilon) != Form():
            raise ConfigError("policy: has the form of another program; call its act()")
        layers = [layer for layer in self.actor if isinstance(layer, nn.Linear)]
        with torch.no_grad():
            return _core.PolicyNetwork(
                [layer.weight.numpy() for layer in layers],
                [layer.bias.numpy() for layer in layers],
                self.obs_mean.numpy(),
                (self.obs_var + form.epsilon).sqrt().numpy(),
                form.clip,
                self.log_std.exp().numpy(),
                kernel,
            )


def matrices(state: Mapping[str, torch.Tensor], part: str) -> list[torch.Tensor]:
    """The weights of a network's layers, whose names begin with `part`, in the order of the layers."""
    return [
        state[name]
        for name in sorted(state, key=_order)
        if name.startswith(part) and name.endswith(".weight")
    ]


def _order(name: str) -> tuple[str, int]:
    head, _, rest = name.partition(".")
    index = rest.split(".")[0]
    return head, int(index) if index.isdigit() else 0
