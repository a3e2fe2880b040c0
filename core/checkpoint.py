"""Checkpoints: one .pt with the environment's YAML, the policy and the muscle network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from . import _core
from .atomic_file import writing
from .cascade import CascadePolicy, cascade_network, is_cascade, parts_of, policy_of
from .configuration import EnvironmentConfig, load_config, parse_config
from .errors import CheckpointError
from .plain_meta import plain_meta
from .policy import Policy
from .readers.file_kind import START, kind_of_members, kind_of_start
from .readers.files import read_start
from .readers.plain_pickle import LARGEST
from .readers.state_dicts import archive_content, archive_members, check_tensors, own_names
from .readers.torch_archive import ZIP, is_stream, is_zip

if TYPE_CHECKING:
    from .batch_env import BatchEnv
    from .environment import Environment
    from .scene import Scene

FORMAT = "muscle-viewer/1"
_WRITTEN_BY = "checkpoints are written by muscle-train or muscle_viewer.core.save_checkpoint"
StateDict = dict[str, torch.Tensor]


@dataclass(frozen=True)
class Checkpoint:
    """The content of a checkpoint. `muscle` is empty if the actuator needs no muscle network."""

    config: EnvironmentConfig
    policy: StateDict
    muscle: StateDict
    meta: dict[str, Any] = field(default_factory=dict)
    path: Path | None = None
    scene: Scene | None = field(default=None, repr=False, compare=False)
    """The scene of `config`, if it has been built."""

    @property
    def source(self) -> EnvironmentConfig | Scene:
        """What an environment is made of: the scene, or the configuration that it is read from."""
        return (
            self.config
            if self.scene is None or self.scene.config is not self.config
            else self.scene
        )

    def on_engine(self, engine: str | None) -> Checkpoint:
        """The same checkpoint on another engine (EnvironmentConfig.on_engine); None: unchanged."""
        return replace(self, config=self.config.on_engine(engine))

    def load_into(self, env: BatchEnv | Environment) -> Policy | CascadePolicy:
        """Load the muscle network's weights into `env`; returns the policy.

        CheckpointError names the file and the tensors that do not fit the environment.
        """
        try:
            policy = policy_of(self.policy)
            for size, given, wanted in (
                ("observations", policy.obs_dim, env.obs_dim),
                ("actions", policy.action_dim, env.action_dim),
            ):
                if given != wanted:
                    raise CheckpointError(
                        f"policy: made for {given} {size}, the environment has {wanted}; "
                        "use the environment that it was trained in (--environment)"
                    )
            if env.config.infers:
                env.load_muscle_weights(self.muscle)
        except CheckpointError as error:
            raise CheckpointError(f"{self.path or 'checkpoint'}: {error}") from None
        return policy


def read_checkpoint(
    path: Path, environment: Path | None = None, data: Path | None = None
) -> Checkpoint:
    """Read a checkpoint in the project's own format; `environment` replaces its environment.

    data: a folder in which the environment's files are looked for first (load_config).

    Nothing in it is executed (weights_only). CheckpointError, ConfigError or ModelError: one line
    with the file, what is wrong and the fix.
    """
    content = _own_content(path)
    for key, kind in (("config", str), ("policy", dict), ("muscle", dict), ("meta", dict)):
        if key not in content:
            raise CheckpointError(f"{path}: {key}: missing; {_WRITTEN_BY}")
        if not isinstance(content[key], kind):
            given = type(content[key]).__name__
            raise CheckpointError(f"{path}: {key}: {given} given, {kind.__name__} expected")
    for key in ("policy", "muscle"):
        content[key] = own_names(content[key])
        check_tensors(content[key], f"{path}: {key}.")
    config = (
        parse_config(content["config"], f"{path}: config", data)
        if environment is None
        else load_config(environment, data)
    )
    if config.infers and not content["muscle"]:
        raise CheckpointError(
            f"{path}: muscle: no weights, but the environment's actuator is {config.actuator}: "
            "every activation would be zero; add the muscle network's state_dict"
        )
    try:
        policy_of(content["policy"])
        _check_layers(content["muscle"])
    except CheckpointError as error:
        raise CheckpointError(f"{path}: {error}") from None
    return Checkpoint(
        config, dict(content["policy"]), dict(content["muscle"]), dict(content["meta"]), path
    )


def read_meta(path: Path) -> dict[str, Any]:
    """The meta of a checkpoint in the project's own format, wherever the files are that its environment names.

    CheckpointError if there is none.
    """
    meta = _own_content(path).get("meta")
    if not isinstance(meta, dict):
        raise CheckpointError(f"{path}: has no meta; {_WRITTEN_BY}")
    return dict(meta)


def save_checkpoint(
    path: str | Path,
    config: EnvironmentConfig,
    policy: Mapping[str, torch.Tensor],
    muscle: Mapping[str, torch.Tensor],
    meta: Mapping[str, Any] | None = None,
) -> None:
    """Write a checkpoint; if writing fails, an existing file is unchanged.

    meta: plain values, which load_checkpoint returns; numbers and arrays of numpy become Python's.
    CheckpointError, before anything is written, names the key of another value or a tensor that could
    not be loaded again.
    """
    check_tensors(policy, f"{path}: policy.")
    check_tensors(muscle, f"{path}: muscle.")
    content = {
        "format": FORMAT,
        "config": config.to_yaml(),
        "policy": {name: tensor.detach().cpu().clone() for name, tensor in policy.items()},
        "muscle": {name: tensor.detach().cpu().clone() for name, tensor in muscle.items()},
        "meta": plain_meta(meta or {}, f"{path}: meta"),
    }
    save_atomically(Path(path), content)


def save_atomically(path: Path, content: Any) -> None:
    """torch.save to a file that replaces `path` once it is complete; its folder is created if missing.

    CheckpointError if the folder or the disk refuses it.
    """
    with writing(path, CheckpointError) as part:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("wb") as file:
            torch.save(content, file)


def _own_content(path: Path) -> dict[str, Any]:
    """The dictionary in a checkpoint of the project's own format."""
    content = _load(path)
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise CheckpointError(f"{path}: {_foreign(content)}")
    return content


def _load(path: Path) -> Any:
    """The content of a file of torch.save: plain values and tensors only."""
    head = read_start(path, START, CheckpointError, LARGEST, "a checkpoint (.pt)")
    if head[:4] != ZIP and not is_stream(head):
        raise CheckpointError(f"{path}: {_kind(head)}")
    if head[:4] == ZIP:
        if not is_zip(path):
            raise CheckpointError(
                f"{path}: truncated: the end of the file is missing; copy or download it again"
            )
        names = archive_members(path)
        if "constants.pkl" in names:
            raise CheckpointError(
                f"{path}: a TorchScript archive, not a checkpoint; "
                "save its state_dict with muscle_viewer.core.save_checkpoint"
            )
        if "data.pkl" not in names:
            kind = kind_of_members(names)
            raise CheckpointError(f"{path}: {kind.name}, not a checkpoint; {kind.use}")
    return archive_content(path)


def _kind(head: bytes) -> str:
    """The kind of a file with this start, and the fix."""
    if not head:
        return f"an empty file, not a checkpoint; {_WRITTEN_BY}"
    kind = kind_of_start(head)
    if kind is None:
        return f"an unknown kind of file, not a checkpoint; {_WRITTEN_BY}"
    return f"{kind.name}, not a checkpoint; {kind.use}; {_WRITTEN_BY}"


def _foreign(content: Any) -> str:
    if isinstance(content, dict) and "format" in content:
        return (
            f"format '{content['format']}' is unknown, expected '{FORMAT}'; "
            "use the version of the program that wrote it"
        )
    if isinstance(content, dict) and content and all(map(torch.is_tensor, content.values())):
        keys = ", ".join(map(str, list(content)[:3]))
        return (
            f"a bare state_dict ({keys}, ...), not a checkpoint; "
            "put it into one with muscle_viewer.core.save_checkpoint"
        )
    return f"no key 'format' with '{FORMAT}', so not a checkpoint; {_WRITTEN_BY}"


def _check_layers(muscle: Mapping[str, torch.Tensor]) -> None:
    """Check that the muscle network's layers fit each other; the character is not known here."""
    if not muscle:
        return
    network = parts_of(muscle, "muscle")[0] if is_cascade(muscle) else muscle
    first, last = (
        network[a] if a in network else network.get(b)
        for a, b in (("fc.0.weight", "fc1.weight"), ("fc.6.weight", "fc4.weight"))
    )
    inputs = int(first.shape[1]) if first is not None and first.dim() == 2 else 0
    outputs = int(last.shape[0]) if last is not None and last.dim() == 2 else 0
    if is_cascade(muscle):
        cascade_network(muscle, inputs, outputs)
    else:
        _core.MuscleNN(dict(muscle), inputs, outputs)
