"""Options of a muscle network's inference: the precision of its weights and the backend of its matrix products."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

from . import _core
from .engines import instruction_set
from .errors import ConfigError
from .network_device import NetworkDevice

PRECISIONS = ("float32", "bfloat16", "float16", "auto")
BACKENDS = ("lanes", "torch")
_OF_KERNELS = {"torch": ("float32", "torch"), "bf16": ("bfloat16", None), "fp16": ("float16", None)}


@dataclass(frozen=True)
class NetworkOptions:
    """precision: number format of weights and layer inputs, or "auto": bfloat16 if the CPU multiplies
    it, else float32. backend: "lanes" (the product over the environments of a group), "torch" (libtorch), or None
    for the device's default."""

    precision: str = "float32"
    backend: str | None = None
    instruction_set: str | None = None
    """Instruction set of the backend "lanes"; None: the one that the engine uses."""

    def check(self) -> NetworkOptions:
        """ConfigError for an unknown precision or backend."""
        for name, value, known in (
            ("precision", self.precision, PRECISIONS),
            ("backend", self.backend, (None, *BACKENDS)),
        ):
            if value not in known:
                choices = ", ".join(k for k in known if k)
                raise ConfigError(f"{name}: '{value}' is unknown; use one of {choices}")
        return self

    def on_cpu(self, engine: str, fell_back: bool = False) -> str:
        """The core's name of this computation on the CPU. ConfigError for one that it cannot do.

        fell_back: whether a device was requested that is missing; float16 is then float32.
        """
        precision = self.precision
        if precision == "auto":
            suited = engine == "lanes" and self.backend != "torch" and instruction_set() == "avx512"
            precision = "bfloat16" if suited and _core.multiplies_bfloat16() else "float32"
        if precision == "float16" and not fell_back:
            raise ConfigError(
                "precision: float16 needs a network_device; use float32 or bfloat16 on the CPU"
            )
        if precision == "bfloat16":
            if self.backend == "torch":
                raise ConfigError(
                    "precision: bfloat16 needs backend: lanes; use float32 with backend: torch"
                )
            if engine != "lanes":
                raise ConfigError(
                    f"precision: bfloat16 needs engine: lanes, and it is '{engine}'; use float32"
                )
            return "bf16"
        if self.backend == "torch":
            return "torch"
        return self.instruction_set or instruction_set()

    def on_device(self, device: NetworkDevice) -> str:
        """The precision on a network_device. ConfigError for the backend of the CPU."""
        if self.backend == "lanes":
            raise ConfigError(
                f"backend: 'lanes' runs only on the CPU, and network_device is {device.name}; "
                "use backend: torch"
            )
        return "float32" if self.precision == "auto" else self.precision


def network_options(
    precision: str = "float32", backend: str | None = None, kernel: str | None = None
) -> NetworkOptions:
    """The checked options. `kernel` is the former name of both, and logs a warning with the new names."""
    options = NetworkOptions(precision, backend).check()
    if kernel is None:
        return options
    if kernel in _OF_KERNELS:
        options = NetworkOptions(*_OF_KERNELS[kernel])
    elif kernel in _core.instruction_sets():
        options = NetworkOptions("float32", "lanes", kernel)
    else:
        raise ConfigError(
            f"kernel: '{kernel}' is unknown, and kernel is deprecated; "
            "use precision (float32, bfloat16, float16) and backend (lanes, torch)"
        )
    new = ", ".join(
        f'{name}="{value}"'
        for name, value in (("precision", options.precision), ("backend", options.backend))
        if value
    )
    warnings.warn(
        f'kernel="{kernel}" is deprecated and will be removed in the next release; use {new}',
        DeprecationWarning,
        stacklevel=3,
    )
    return options
