"""Policies of RL libraries as checkpoints of the project: the viewer shows them, muscle-eval measures them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from muscle_viewer.core import CheckpointError, save_checkpoint
from muscle_viewer.core.foreign import Actor, Normalisation, actor_of, assemble
from muscle_viewer.core.foreign.statistics import of_rllib
from muscle_viewer.core.policy import ACTIVATIONS
from torch import nn

from .batch import TrainerBatch

StateDict = dict[str, torch.Tensor]


def save_policy(
    path: str | Path,
    batch: TrainerBatch,
    model: Any,
    normalisation: Normalisation | None = None,
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Write a checkpoint of a live model, of the batch's environment and of its muscle network.

    model: as of `policy_state`. CheckpointError names what the checkpoint cannot hold.
    """
    if batch.obs_dim != batch.env.obs_dim:
        raise CheckpointError(
            f"{path}: the policy reads {batch.obs_dim - batch.env.obs_dim} observations of a hook, "
            "which the viewer does not make; train without hooks.observation"
        )
    state = policy_state(model, batch.action_bound, normalisation)
    told = {"trainer": library_of(model) or "torch", **(meta or {})}
    save_checkpoint(path, batch.env.config, state, batch.muscle, told)


def policy_state(
    model: Any,
    action_bound: float | None = None,
    normalisation: Normalisation | None = None,
    action_clip: float | None = None,
) -> StateDict:
    """The state_dict of a core.Policy that acts as a live model does, equal to rounding.

    model: an algorithm of Stable-Baselines3; an agent or policy of skrl; a runner or actor of rsl_rl;
    a policy module of torchrl; an algorithm or RLModule of RLlib; an agent of CleanRL
    (`actor_mean`, `actor_logstd`), or any torch module of linear layers.
    action_bound: of the environment that it was trained in.
    normalisation: of its observations, where the model does not hold it: gymnasium's and torchrl's.
    action_clip: bound of the model's output, as a wrapper clips it; None: the library's own.
    """
    actor, found = _READERS.get(library_of(model), _of_module)(model)
    scale = 1.0 if action_bound is None else float(action_bound)
    clip = actor.clip if action_clip is None else action_clip
    if action_bound is None and action_clip is None:
        clip = None  # of an action space without bounds
    return assemble(replace(actor, clip=clip, scale=scale), normalisation or found)


def library_of(model: Any) -> str:
    """The library that a model, or the class that it inherits from, is of; empty for none of them."""
    roots = (kind.__module__.partition(".")[0] for kind in type(model).__mro__)
    return next((root for root in roots if root in _READERS), "")


def of_gymnasium(envs: Any, clip: float | None = None) -> Normalisation:
    """The statistics of gymnasium's NormalizeObservation within `envs`; clip: of a later wrapper."""
    layer = envs
    while layer is not None:
        if hasattr(layer, "obs_rms"):
            return Normalisation(layer.obs_rms.mean, layer.obs_rms.var, layer.epsilon, clip)
        layer = getattr(layer, "env", None)
    raise CheckpointError("normalisation: the environments have no NormalizeObservation")


def _of_sb3(model: Any) -> tuple[Actor, Normalisation | None]:
    policy = model.policy
    if hasattr(policy, "action_net"):
        modules = [policy.mlp_extractor.policy_net, policy.action_net]
        values = [policy.mlp_extractor.value_net, policy.value_net]
        log_std = getattr(policy, "log_std", None)
    elif hasattr(policy, "actor") and hasattr(policy.actor, "mu"):
        head = [policy.actor.latent_pi] if hasattr(policy.actor, "latent_pi") else []
        modules, values, log_std = [*head, policy.actor.mu], [], None
    else:
        raise CheckpointError(f"{type(policy).__name__}: an actor of linear layers is expected")
    layers, activation, squashed = actor_of(modules)
    critic = actor_of(values)[0] if values else []
    squashed = squashed or bool(getattr(policy, "squash_output", False))
    normaliser = model.get_vec_normalize_env()
    found = None
    if normaliser is not None and normaliser.norm_obs:
        rms = normaliser.obs_rms
        found = Normalisation(rms.mean, rms.var, normaliser.epsilon, normaliser.clip_obs)
    return Actor(layers, activation, critic, log_std, squashed, clip=1.0), found


def _of_skrl(model: Any) -> tuple[Actor, Normalisation | None]:
    found = None
    if not isinstance(model, nn.Module):
        for name in ("_observation_preprocessor", "_state_preprocessor"):
            scaler: Any = getattr(model, name, None)
            if hasattr(scaler, "running_variance"):
                deviation = scaler.running_variance.double().sqrt() + scaler.epsilon
                found = Normalisation.of_deviation(
                    scaler.running_mean, deviation, float(scaler.clip_threshold)
                )
                break
        model = model.policy
    modules = [m for name, m in model.named_children() if not name.startswith("value")]
    layers, activation, squashed = actor_of(modules)
    log_std = next(
        (p for n, p in model.named_parameters() if "log_std" in n and p.dim() == 1), None
    )
    clips = any(getattr(model, f"_g_clip_{what}", False) for what in ("actions", "mean_actions"))
    return Actor(layers, activation, (), log_std, squashed, 1.0 if clips else None), found


def _of_rsl_rl(model: Any) -> tuple[Actor, Normalisation | None]:
    if hasattr(model, "alg"):
        model = model.alg.get_policy() if hasattr(model.alg, "get_policy") else model.alg.policy
    mlp = model.mlp if hasattr(model, "mlp") else model.actor
    layers, activation, squashed = actor_of([mlp])
    normaliser: Any = getattr(model, "obs_normalizer", None) or getattr(
        model, "actor_obs_normalizer", None
    )
    found = None
    if hasattr(normaliser, "_std"):
        deviation = normaliser._std.double() + normaliser.eps
        found = Normalisation.of_deviation(normaliser._mean, deviation)
    return Actor(layers, activation, (), None, squashed), found


def _of_torchrl(model: Any) -> tuple[Actor, Normalisation | None]:
    """The mean of a Normal distribution, or tanh of it of a TanhNormal."""
    kind = getattr(getattr(model, "distribution_class", None), "__name__", "")
    names = [type(module).__name__ for module in model.modules()]
    kept = [m for m in model.modules() if type(m) in _LAYERS]
    layers, activation, squashed = actor_of(kept)
    if "NormalParamExtractor" in names:  # means, then deviations
        weight, bias = layers[-1]
        layers[-1] = (weight[: len(weight) // 2], bias[: len(bias) // 2])
    return Actor(layers, activation, (), None, squashed or kind == "TanhNormal"), None


def _of_rllib(model: Any) -> tuple[Actor, Normalisation | None]:
    module = model.get_module() if hasattr(model, "get_module") else model
    encoder = module.encoder
    encoder = getattr(encoder, "actor_encoder", None) or getattr(encoder, "encoder", encoder)
    layers, activation, squashed = actor_of([encoder, module.pi])
    weight, bias = layers[-1]
    free = next((p for n, p in module.pi.named_parameters() if "log_std" in n), None)
    if free is None:  # means, then deviations
        layers[-1] = (weight[: len(weight) // 2], bias[: len(bias) // 2])
    return Actor(layers, activation, (), free, squashed, clip=1.0), _filter_of_rllib(model)


def _filter_of_rllib(model: Any) -> Normalisation | None:
    """The statistics of an algorithm's MeanStdFilter; None without one."""
    runner = getattr(model, "env_runner", None)
    connectors = getattr(getattr(runner, "_env_to_module", None), "connectors", ())
    for connector in connectors:
        if type(connector).__name__ == "MeanStdFilter":
            (filtering,) = connector.get_state().values()  # of the only agent
            statistics = next(iter(connector._filters.values())).running_stats
            squares, count = statistics.sum_sq_diff_array, statistics.num_pushes
            return of_rllib(statistics.mean_array, squares, count, filtering)
    return None


def _of_module(model: Any) -> tuple[Actor, Normalisation | None]:
    """CleanRL's Agent, or a module whose layers stand in their order."""
    mean = getattr(model, "actor_mean", model)
    layers, activation, squashed = actor_of([mean])
    critic = actor_of([model.critic])[0] if hasattr(model, "critic") else []
    return Actor(layers, activation, critic, getattr(model, "actor_logstd", None), squashed), None


_LAYERS = (nn.Linear, *ACTIVATIONS)
_READERS: dict[str, Callable[[Any], tuple[Actor, Normalisation | None]]] = {
    "stable_baselines3": _of_sb3,
    "skrl": _of_skrl,
    "rsl_rl": _of_rsl_rl,
    "tensordict": _of_torchrl,
    "torchrl": _of_torchrl,
    "ray": _of_rllib,
}
