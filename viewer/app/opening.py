"""From a path that a user gives to something that runs."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import ConfigError
from muscle_viewer.core.readers.file_kind import MOTION, START, kind_of_start
from muscle_viewer.core.readers.files import LARGEST_TEXT, read_start
from muscle_viewer.viewer.recording.run_file import SUFFIX, load
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.session import CheckpointSession, checkpoint_file

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint, EnvironmentConfig
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.core.gaitnet.source import GaitNetMotion
    from muscle_viewer.viewer.simulation.inputs import Inputs
    from muscle_viewer.viewer.simulation.run_log import Change


@dataclass(frozen=True)
class Opened:
    """A session, and the recording that it is to follow at first."""

    session: CheckpointSession
    path: Path
    """What was given: a checkpoint, a training run's folder or a run file."""
    watched: Path | None
    """The file whose changes are looked for: a checkpoint, a motion or an environment."""
    script: Sequence[Inputs | None] = ()
    changes: Sequence[Change] = ()
    selection: Sequence[int] = ()
    """Muscles to select at first."""
    engine: str | None = None
    """What moves the bodies, where another one was asked for than the file names."""
    second: Opened | None = None
    """What is to go step by step with it."""
    comparison: str = "split"
    """How to show the two: one of `view_state.COMPARISONS`."""
    environment: Path | None = None
    """The environment that was named for it."""
    onto: Checkpoint | None = None
    """The networks that a motion or an environment was given to."""

    @property
    def found(self) -> str | None:
        """What a checkpoint of another program is, a line for people."""
        meta = self.session.checkpoint.meta
        said = meta.get("found") or meta.get("kind")
        return f"{self.path}: {said}" if isinstance(said, str) else None


def open_path(
    path: Path,
    seed: int = 0,
    engine: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    environment: Path | None = None,
) -> Opened:
    """Load whatever it is, on another engine or in another environment if one is named.

    `say` is told what is being done.

    UserError, one line, for what it is not.
    """
    say("starting torch")
    import torch  # noqa: F401 - the longest part, and said so
    from muscle_viewer.core import _core  # noqa: F401

    say(f"reading {path.name}")
    if path.suffix == SUFFIX:
        if environment is not None:
            raise ConfigError(
                f"--environment: {path.name} replays in the one that it was recorded in"
            )
        if engine is not None:
            raise ConfigError(
                f"--engine: {path.name} replays on the engine that it was recorded on"
            )
        run = load(path)
        changes = [
            type(change)(change.index - 1, change.kind, change.value) for change in run.changes
        ]
        return Opened(run.session(), path, None, run.entries[1:], changes)
    session = load_session(path, seed, engine, environment)
    return Opened(session, path, checkpoint_file(path), engine=engine, environment=environment)


def open_pair(
    path: Path,
    other: Path,
    seed: int = 0,
    engines: tuple[str | None, str | None] = (None, None),
    comparison: str = "split",
    say: Callable[[str], None] = lambda _: None,
    environment: Path | None = None,
) -> Opened:
    """Load two checkpoints, or one on two engines, to go side by side. UserError for a pair that cannot."""
    for one in (path, other):
        if one.suffix == SUFFIX:
            raise ConfigError(f"{one}: a recorded run goes alone; compare its checkpoint")
    opened = [
        open_path(p, seed, e, say, environment) for p, e in zip((path, other), engines, strict=True)
    ]
    if path == other:  # told apart by what moves them
        for found in opened:
            engine = found.session.checkpoint.config.engine
            found.session.name = f"{found.session.name} on {engine}"
    first, second = opened
    differs = _difference(first.session.info, second.session.info)
    if differs:
        raise ConfigError(
            f"{path.name} and {other.name} cannot go side by side: {differs}; open each by itself"
        )
    return replace(first, second=second, comparison=comparison)


def other_engine(opened: Opened) -> str:
    """The engine that something does not run on."""
    from muscle_viewer.core.configuration import ENGINES

    present = opened.session.checkpoint.config.engine
    return next(engine for engine in ENGINES if engine != present)


def _difference(a: ModelInfo, b: ModelInfo) -> str:
    """What keeps two characters from being compared; nothing if they can be."""
    for what in ("body_names", "dof_names", "muscle_names"):
        ours, theirs = getattr(a, what), getattr(b, what)
        if list(ours) != list(theirs):
            name = {"body_names": "bodies", "dof_names": "dofs", "muscle_names": "muscles"}[what]
            counts = f"{len(ours)} and {len(theirs)}" if len(ours) != len(theirs) else "other"
            return f"they have {counts} {name}"
    if a.control_hz != b.control_hz:
        return f"their policies act {a.control_hz:g} and {b.control_hz:g} times a second"
    return ""


def open_onto(
    path: Path, current: Checkpoint | None, say: Callable[[str], None] = lambda _: None
) -> Opened:
    """As `open_path`; a motion, or an environment that fits, is given to the networks of the checkpoint that is open."""
    from muscle_viewer.core import CheckpointError, load_config

    if current is None or not current.policy or path.suffix not in (".yaml", ".yml", ".bvh"):
        return open_path(path, say=say)
    name = current.path.name if current.path else "networks"
    say(f"reading {path.name}")
    if _is_motion(path):
        config = current.config.model_copy(update={"motion": _motion(current.config, path)})
        session = CheckpointSession(f"{name}, {path.name}", replace(current, config=config))
        return Opened(session, path, path, onto=current)
    try:
        session = CheckpointSession(
            f"{name}, {path.name}", replace(current, config=load_config(path))
        )
    except CheckpointError:  # its networks are for another one
        return open_path(path, say=say)
    return Opened(session, path, path, onto=current)


def _motion(config: EnvironmentConfig, path: Path) -> Path | GaitNetMotion:
    """A motion's file as the configuration takes it, with its own manner of reading."""
    if isinstance(config.motion, Path):
        return path.resolve()
    return config.motion.model_copy(update={"file": path.resolve()})


def _is_motion(path: Path) -> bool:
    if path.suffix == ".bvh":
        return True
    try:
        start = read_start(path, START, ConfigError, LARGEST_TEXT)
    except ConfigError:
        return False
    return kind_of_start(start) is MOTION
