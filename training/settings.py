"""The settings of a training run; every field has a default."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Annotated, Any, ClassVar

import torch
from muscle_viewer.core import ConfigError, EnvironmentConfig
from muscle_viewer.core.readers.yaml_text import load_yaml
from pydantic import (
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    TypeAdapter,
    ValidationError,
)

from .muscle_learner import MuscleSettings
from .ppo import PpoSettings, Share
from .precision import Precision


@dataclass(frozen=True)
class TrainingSettings:
    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(extra="forbid", allow_inf_nan=False)

    num_envs: PositiveInt = 64
    seed: Annotated[int, Field(ge=0, lt=2**63)] = 0
    threads: PositiveInt | None = None
    """Number of simulator threads; None: all CPUs."""
    device: str = "cpu"
    """Device on which both networks learn: cpu, cuda or cuda:N."""
    network_device: str = "cpu"
    """Device of the muscle network in the simulator: cpu, cuda or cuda:N; cpu if CUDA is missing."""
    network_precision: Precision = "auto"
    """Precision of the muscle network in the simulator; auto is bfloat16 on a CPU that multiplies it."""
    steps: PositiveInt | None = None
    """Number of control steps of all environments together at which the run ends."""
    minutes: PositiveFloat | None = None
    """Minutes of training, over all resumptions, at which the run ends."""
    muscle_only: bool = False
    """Train the muscle network alone, under random actions around the reference motion."""
    symmetric: bool = False
    """Train a policy that is symmetric in left and right; character and motion must be."""
    warm_up: NonNegativeInt = 150_000
    """Number of control steps in which the muscle network learns alone, before the policy learns."""
    curriculum: NonNegativeInt = 0
    """Number of control steps of all environments together in which the ranges of drawn parameters grow from their
    defaults; 0: whole ranges at once."""
    default_share: Share = 0.0
    """Fraction of the environments whose parameters keep their defaults."""
    clip_difficulty: Share = 0.0
    """Of several motions: part of the shares of motions and transitions that is distributed by their rates of failure."""
    clip_switches: NonNegativeFloat = 0.0
    """Of several motions: mean number of switches to another one in a second of an episode, from where the character is."""
    clip_transitions: Share = 0.0
    """Of the same: part of the episodes that begin within a transition from the motion that they draw to another."""
    teachers: dict[str, str] = field(default_factory=dict)
    """Checkpoints of policies to learn from, by the names of the motions that they teach."""
    exploration: NonNegativeFloat = 1.0
    """Standard deviation (std) of the random actions in the warm-up."""
    muscle_batches: PositiveInt = 11
    """Gradient steps of the muscle network per iteration; in the warm-up four times as many."""
    final_rate: Share = 0.1
    """Fraction of their initial value to which learning rates fall linearly."""
    save_every: NonNegativeFloat = 2.0
    """Minutes between saves; 0: after every iteration."""
    keep_every: NonNegativeFloat = 10.0
    """Minutes between the checkpoints that are kept under their number of steps; 0: none."""
    actors: PositiveInt | None = None
    """Of a run on a Ray cluster: number of actors, each with num_envs environments; None: one for each node."""
    asynchronous: bool = False
    """Rollouts are collected while the networks learn, with weights one iteration old."""
    sample_every: PositiveInt = 1
    """One in so many muscle samples reaches the muscle learner."""
    float16: bool = False
    """Observations are rounded to float16, so that a cluster's actors send half of their bytes."""
    ppo: PpoSettings = field(default_factory=PpoSettings)
    muscle: MuscleSettings = field(default_factory=MuscleSettings)

    def with_curriculum(self, config: EnvironmentConfig, environments: int) -> EnvironmentConfig:
        """The configuration that this number of environments is stepped with, for a curriculum of `curriculum` steps."""
        steps = self.curriculum // environments
        return config.with_curriculum(steps) if steps else config

    def without_effect(self, config: EnvironmentConfig) -> list[str]:
        """A line for each setting that is given and changes nothing in this environment."""
        useless: dict[str, str] = {}
        if all(parameter.distribution == "fixed" for parameter in config.parameters.values()):
            for name in ("curriculum", "default_share"):
                useless[name] = "no parameter of the environment is drawn"
        if len(config.clips) == 1:
            for name in ("clip_difficulty", "clip_switches", "clip_transitions"):
                useless[name] = "the environment has one motion"
        found = [
            f"{name}: has no effect: {why}" for name, why in useless.items() if getattr(self, name)
        ]
        if self.ppo.reach_weight and not config.infers:
            found.append("ppo.reach_weight: has no effect: no muscle network acts")
        return found

    def progress(self, steps: int, seconds: float) -> float:
        """Completed fraction of the run; always 0 for a run without an end."""
        by_steps = steps / self.steps if self.steps else 0.0
        by_time = seconds / (60 * self.minutes) if self.minutes else 0.0
        return max(by_steps, by_time)

    def generator(self, stream: int = 0) -> torch.Generator:
        """Random numbers by the run's seed; another stream has others."""
        return torch.Generator().manual_seed((self.seed + stream) % 2**63)

    def as_meta(self) -> dict[str, Any]:
        """Plain values, for a checkpoint's meta."""
        return asdict(self)


def make_settings(
    saved: Mapping[str, Any], given: Mapping[str, Any], assignments: Sequence[str] = ()
) -> TrainingSettings:
    """Settings of a saved run (if empty: the defaults), changed by the user's.

    assignments: KEY=VALUE with the settings' names, as ppo.hidden=[512,512]; values are YAML.
    ConfigError names the option.
    """
    tree: dict[str, Any] = {**saved, **given}
    for part in ("ppo", "muscle"):
        tree[part] = dict(tree.get(part, {}))
    for assignment in assignments:
        key, equals, text = assignment.partition("=")
        if not equals:
            raise ConfigError(f"--set {assignment}: expected KEY=VALUE, such as ppo.horizon=32")
        *parents, name = key.strip().split(".")
        branch = tree
        for parent in parents:
            branch = branch.setdefault(parent, {})
            if not isinstance(branch, dict):
                raise ConfigError(f"--set {key}: {parent} has no fields")
        try:
            branch[name] = load_yaml(text, f"--set {key}", ConfigError)
        except ConfigError:
            raise ConfigError(f"--set {key}: '{text}' is not a YAML value") from None
    try:
        return TypeAdapter(TrainingSettings).validate_python(tree)
    except ValidationError as error:
        raise ConfigError(_complaint(error.errors()[0], given)) from None


def _complaint(problem: Any, given: Mapping[str, Any]) -> str:
    """One of pydantic's problems as a line that names the option."""
    place = [str(part) for part in problem["loc"] if isinstance(part, str)]
    option = _option(place[0]) if place[-1] in given else f"--set {'.'.join(place)}"
    found = f"is {problem['input']!r}"
    match problem["type"]:
        case "unexpected_keyword_argument":
            return f"{option}: no such setting; {_known(place[:-1])}"
        case "dataclass_type":
            return f"{option}: is a group of settings, such as {place[-1]}.hidden; {_known(place)}"
        case "tuple_type":
            return f"{option}: must be a list, such as [256,256], {found}"
        case "missing" | "too_long":
            return f"{option}: must be a list of three, such as [256,256,256]"
    return f"{option}: {problem['msg'].lower().replace('input should be', 'must be')}, {found}"


def _known(place: Sequence[str]) -> str:
    tree = TrainingSettings().as_meta()
    for part in place:
        tree = tree[part]
    return "known settings: " + ", ".join(tree)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")
