"""The layers of live torch modules, in the order in which data goes through them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from torch import nn

from ..errors import CheckpointError
from ..policy import ACTIVATIONS
from .assemble import Layer

PASSED = (nn.Identity, nn.Flatten, nn.Dropout)
"""Modules that change nothing while a policy acts."""


def actor_of(modules: Iterable[nn.Module]) -> tuple[list[Layer], str, bool]:
    """Layers, name of the activation function, and whether the output is squashed by tanh.

    modules: what data goes through, in this order. CheckpointError names a module that a policy
    here cannot hold.
    """
    layers: list[Layer] = []
    between: list[str] = []
    last = ""
    for module in _leaves(modules):
        if isinstance(module, nn.Linear):
            if layers:
                between.append(last or "none")
            bias = (
                module.bias
                if module.bias is not None
                else module.weight.new_zeros(len(module.weight))
            )
            layers.append((module.weight, bias))
            last = ""
        elif _is_known(module) and layers and not last:
            last = type(module).__name__.lower()
        elif not isinstance(module, PASSED):
            raise CheckpointError(
                f"policy: a module {type(module).__name__} stands where Linear or an activation "
                "function is expected; take a policy of linear layers"
            )
    if len(set(between)) > 1:
        raise CheckpointError(
            f"policy: hidden layers have several activation functions ({', '.join(between)}); "
            "one for all is expected"
        )
    if last not in ("", "tanh"):
        raise CheckpointError(f"policy: {last} after the last layer; nothing or tanh is expected")
    return layers, between[0] if between else "relu", last == "tanh"


def _is_known(module: nn.Module) -> bool:
    """One of ACTIVATIONS with the parameters that it has there."""
    for kind in ACTIVATIONS:
        if type(module) is kind:
            return module.extra_repr().replace("inplace=True", "") in ("", kind().extra_repr())
    return False


def _leaves(modules: Iterable[nn.Module]) -> Iterator[nn.Module]:
    for module in modules:
        children = [
            m for m in module._modules.values() if m is not None
        ]  # one may stand in many places
        if children:
            yield from _leaves(children)
        else:
            yield module
