"""Cascades of the GaitNets: several policies, each with its muscle network, that drive together.

Network k acts with a weight w_k. The first has 1; one that no edge reaches has 1; any other
w = sigmoid(1000 (d - beta)), beta = 0.2 + 0.1 times its policy's last action. d is the least
distance of its body from those of the networks before it; every network here sees the same body,
so d is 0. The joints' changes of pose are carried out one after another, each w_k times its own;
the muscle networks add up before relu(tanh(.)) (core/src/network/cascade_nn.hpp).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from . import _core
from .errors import CheckpointError, ShapeError
from .policy import Policy
from .readers.state_dicts import check_tensors

StateDict = dict[str, torch.Tensor]
MOST_NETWORKS = 64
PREFIX = "networks."
STEEPNESS = 1000.0
FORM = 5
"""Numbers of `form`: observations, of them parameters, joints' actions, the scale of an action (rad), and 1
where the last network is the checkpoint's own, 0 where all are those that its environment names."""


def is_cascade(state: Mapping[str, torch.Tensor]) -> bool:
    """Whether a state_dict holds several networks."""
    return any(isinstance(name, str) and name.startswith(PREFIX) for name in state)


def parts_of(state: Mapping[str, torch.Tensor], what: str) -> list[StateDict]:
    """The state_dicts of a cascade's networks, in order. CheckpointError for a gap in their numbers."""
    found: dict[int, StateDict] = {}
    for name, tensor in state.items():
        if name.startswith(PREFIX):
            number, _, rest = name.removeprefix(PREFIX).partition(".")
            if not number.isdecimal() or len(number) > 2 or not rest:
                raise CheckpointError(f"{what}: {name}: unexpected")
            found.setdefault(int(number), {})[rest] = tensor
    if sorted(found) != list(range(len(found))) or len(found) > MOST_NETWORKS:
        raise CheckpointError(f"{what}: networks.0, networks.1, ... without a gap are expected")
    return [found[k] for k in range(len(found))]


def joined(parts: Sequence[Mapping[str, torch.Tensor]]) -> StateDict:
    """The state_dict of several, under `networks.0.`, `networks.1.`, ..."""
    return {f"{PREFIX}{k}.{n}": t for k, part in enumerate(parts) for n, t in part.items()}


def cascade_network(
    state: Mapping[str, torch.Tensor], inputs: int, muscles: int
) -> _core.CascadeNN:
    """The muscle network of a cascade's state_dict: networks.K.fc.*, edges (n, 2) and pass_through ().

    CheckpointError names what does not fit.
    """
    parts = parts_of(state, "muscle")
    check_tensors(state, "muscle: ")
    edges = _edges(state, len(parts), "muscle")
    through = state.get("pass_through")
    networks = []
    for k, part in enumerate(parts):
        try:
            networks.append(_core.MuscleNN(part, inputs, muscles, "torch", cascaded=k > 0))
        except CheckpointError as error:
            raise CheckpointError(f"muscle: networks.{k}: {error}") from None
    sources = [[a for a, b in edges if b == k] for k in range(len(parts))]
    return _core.CascadeNN(networks, sources, bool(through is not None and through.any()))


class CascadePolicy(nn.Module):
    """The policies of a cascade as one: its action is the joints' and the phase's, then the weights.

    state_dict: networks.K.* of Policy, edges (n, 2), turns (first actions of ball joints), form
    (FORM,) and for each network view.K (5, its parameters): the index among the observed
    parameters, a factor and a summand, and the bounds between which it is shown the sum.
    """

    edges: torch.Tensor
    turns: torch.Tensor
    form: torch.Tensor

    def __init__(
        self,
        networks: Sequence[Policy],
        views: Sequence[torch.Tensor],
        edges: torch.Tensor,
        turns: torch.Tensor,
        form: torch.Tensor,
    ) -> None:
        super().__init__()
        self.networks = nn.ModuleList(networks)
        self.view = nn.ParameterList([nn.Parameter(v.clone(), requires_grad=False) for v in views])
        self.register_buffer("edges", edges.clone())
        self.register_buffer("turns", turns.clone())
        self.register_buffer("form", form.clone())
        self.obs_dim, self._told, self._motors = (int(x) for x in form[:3])
        self._scale = float(form[3])
        self.action_dim = networks[0].action_dim + len(networks)
        self._reached = {int(b) for _, b in edges.tolist()} - {0}

    @staticmethod
    def from_state_dict(state: Mapping[str, torch.Tensor]) -> CascadePolicy:
        """A cascade with the sizes of the tensors. CheckpointError names what does not fit."""
        check_tensors(state, "policy: ")
        networks = []
        for k, part in enumerate(parts_of(state, "policy")):
            try:
                networks.append(Policy.from_state_dict(part))
            except CheckpointError as error:
                raise CheckpointError(f"policy: networks.{k}: {error}") from None
        form, turns = state.get("form"), state.get("turns")
        if form is None or form.shape != (FORM,) or turns is None or turns.dim() != 1:
            raise CheckpointError(f"policy: form of {FORM} numbers and turns are expected")
        edges = _edges(state, len(networks), "policy")
        views = [state.get(f"view.{k}") for k in range(len(networks))]
        _check_sizes(networks, views, edges, turns, form)
        pairs = torch.tensor(edges, dtype=torch.float32).reshape(-1, 2)
        return CascadePolicy(
            networks, [v for v in views if v is not None], pairs, turns, form
        ).eval()

    @torch.inference_mode()
    def act(self, obs: NDArray[np.floating]) -> NDArray[np.float32]:
        """The mean action of observations (obs_dim,) or (n, obs_dim), float32; rows as Policy.act."""
        given = np.asarray(obs, np.float32)
        if given.ndim not in (1, 2) or given.shape[-1] != self.obs_dim:
            raise ShapeError(
                f"observations: shape {given.shape} given, "
                f"({self.obs_dim},) or (n, {self.obs_dim}) expected"
            )
        rows = given.reshape(-1, self.obs_dim)
        acted = [self._acted(k, rows).astype(float) for k in range(len(self.networks))]
        weights = np.stack([self._weight(k, acted[k]) for k in range(len(acted))], axis=1)
        joints = self._scale * acted[0][:, : self._motors]
        for k in range(1, len(acted)):
            joints = self._turned(
                joints, weights[:, k : k + 1] * self._scale * acted[k][:, : self._motors]
            )
        steps = self._phase(acted, weights)
        action = np.concatenate([joints / self._scale, steps, weights], axis=1)
        return action.astype(np.float32).reshape(*given.shape[:-1], self.action_dim)

    def _acted(self, k: int, rows: NDArray[np.float32]) -> NDArray[np.float32]:
        network = self.networks[k]
        assert isinstance(network, Policy)
        column, factor, summand, low, high = self.view[k].numpy()
        body, told = np.split(rows, [self.obs_dim - self._told], axis=1)
        shown = np.clip(factor * told[:, column.astype(int)] + summand, low, high)
        return network.act(np.concatenate([body, shown], axis=1, dtype=np.float32))

    def _weight(self, k: int, action: NDArray[np.float64]) -> NDArray[np.float64]:
        if k not in self._reached:
            return np.ones(len(action))
        beta = 0.2 + 0.1 * torch.from_numpy(action[:, -1])
        return torch.sigmoid(STEEPNESS * (0.0 - beta)).numpy()

    def _phase(
        self, acted: list[NDArray[np.float64]], weights: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """The phase's action, (n, 1) or (n, 0): the weighted sum.

        As there, a checkpoint's own network, which is the last, adds its weight times the whole sum.
        """
        own = bool(self.form[4])
        named = slice(self._motors, self.networks[0].action_dim)
        terms = [weights[:, k : k + 1] * a[:, named] for k, a in enumerate(acted)]
        whole = np.sum(terms, axis=0)
        return np.asarray(whole - terms[-1] + weights[:, -1:] * whole if own else whole)

    def _turned(self, first: NDArray[np.float64], then: NDArray[np.float64]) -> NDArray[np.float64]:
        """Changes of pose one after another, rad: hinges add, rotations of balls multiply."""
        out = first + then
        for dof in self.turns.numpy().astype(int):
            ball = slice(dof, dof + 3)
            out[:, ball] = _logarithm(_product(_rotation(first[:, ball]), _rotation(then[:, ball])))
        return out


def policy_of(state: Mapping[str, torch.Tensor]) -> Policy | CascadePolicy:
    """The policy of a state_dict, or the cascade that it is."""
    return (CascadePolicy if is_cascade(state) else Policy).from_state_dict(state)


def _edges(state: Mapping[str, torch.Tensor], count: int, what: str) -> list[tuple[int, int]]:
    tensor = state.get("edges")
    if tensor is None or tensor.dim() != 2 or tensor.shape[1] != 2 or tensor.shape[0] > count**2:
        raise CheckpointError(f"{what}: edges: pairs of networks are expected, shape (n, 2)")
    edges = [(int(a), int(b)) for a, b in tensor.tolist()]
    if any(not 0 <= a < b < count for a, b in edges):
        raise CheckpointError(f"{what}: edges: each is to lead from a network to a later one")
    return edges


def _check_sizes(
    networks: Sequence[Policy],
    views: Sequence[torch.Tensor | None],
    edges: Sequence[tuple[int, int]],
    turns: torch.Tensor,
    form: torch.Tensor,
) -> None:
    observations, parameters, motors = (int(x) for x in form[:3])
    actions = networks[0].action_dim
    if not (
        0 <= parameters <= observations and 0 < motors <= actions <= motors + 1 and form[3] > 0
    ):
        raise CheckpointError("policy: form: its sizes do not fit the first network")
    if turns.numel() and not (turns.min() >= 0 and turns.max() + 3 <= motors):
        raise CheckpointError("policy: turns: beyond the joints' actions")
    reached = {b for _, b in edges}
    for k, (network, view) in enumerate(zip(networks, views, strict=True)):
        name = f"policy: networks.{k}"
        if view is None or view.dim() != 2 or view.shape[0] != 5:
            raise CheckpointError(f"policy: view.{k}: shape (5, parameters) is expected")
        if view.numel() and not (view[0].min() >= 0 and view[0].max() < parameters):
            raise CheckpointError(f"policy: view.{k}: no such parameter is observed")
        wanted = observations - parameters + view.shape[1]
        if network.obs_dim != wanted:
            raise CheckpointError(
                f"{name}: made for {network.obs_dim} observations, it is shown {wanted}"
            )
        if network.action_dim not in ((actions,) if k == 0 else (actions, actions + 1)):
            raise CheckpointError(
                f"{name}: {network.action_dim} actions, {actions} or one more are expected"
            )
        if k in reached and network.action_dim == actions:
            raise CheckpointError(f"{name}: has no action for its weight and needs one")


def _rotation(vector: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit quaternions [w, x, y, z] of rotation vectors, (n, 3)."""
    angle = np.linalg.norm(vector, axis=1, keepdims=True)
    return np.concatenate([np.cos(angle / 2), 0.5 * np.sinc(angle / (2 * np.pi)) * vector], axis=1)


def _product(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    w = a[:, :1] * b[:, :1] - np.sum(a[:, 1:] * b[:, 1:], axis=1, keepdims=True)
    return np.concatenate(
        [w, a[:, :1] * b[:, 1:] + b[:, :1] * a[:, 1:] + np.cross(a[:, 1:], b[:, 1:])], axis=1
    )


def _logarithm(q: NDArray[np.float64]) -> NDArray[np.float64]:
    """Rotation vectors, at most a half turn, of unit quaternions."""
    q = np.where(q[:, :1] < 0, -q, q)
    sine = np.linalg.norm(q[:, 1:], axis=1, keepdims=True)
    angle = 2 * np.arctan2(sine, q[:, :1])
    return np.where(sine > 1e-12, angle / np.maximum(sine, 1e-12), 2.0) * q[:, 1:]
