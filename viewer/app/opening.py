"""Opening of checkpoints, recorded runs, motions and environments as sessions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from muscle_viewer.core.errors import ConfigError
from muscle_viewer.core.readers.file_kind import MOTION, START, Kind, kind_of_start
from muscle_viewer.core.readers.files import LARGEST_TEXT, checkpoint_file, read_start
from muscle_viewer.core.readers.opensim_table import is_table
from muscle_viewer.viewer.app.pair_names import distinct_names
from muscle_viewer.viewer.recording.run_file import SUFFIX, load
from muscle_viewer.viewer.simulation.open_session import load_session
from muscle_viewer.viewer.simulation.session import CheckpointSession

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint, EnvironmentConfig
    from muscle_viewer.core.frame import ModelInfo
    from muscle_viewer.core.gaitnet.source import GaitNetMotion
    from muscle_viewer.viewer.simulation.inputs import Inputs
    from muscle_viewer.viewer.simulation.run_log import Change


@dataclass(frozen=True)
class Opened:
    """An opened file: its session, and the recorded inputs that are replayed first."""

    session: CheckpointSession
    path: Path
    """Path that the user gave: a checkpoint, a training run's folder, a run file, a motion or an environment."""
    watched: Path | None
    """The file that is watched for changes: a checkpoint, a motion or an environment; None for a run file."""
    script: Sequence[Inputs | None] = ()
    changes: Sequence[Change] = ()
    forward: bool = False
    """Whether the recorded inputs are replayed at once."""
    selection: Sequence[int] = ()
    """Indices of the muscles that are selected at the start."""
    engine: str | None = None
    """Physics engine that the user chose; None for the file's own."""
    second: Opened | None = None
    """Second simulation, stepped together with this one."""
    comparison: str = "split"
    """How the two simulations are shown: one of `view_state.COMPARISONS`."""
    environment: Path | None = None
    """Environment file that the user chose; None for the checkpoint's own."""
    motion: Path | None = None
    """Motion that the opened model follows; None for a model by itself, and all other files."""
    data: Path | None = None
    """Folder that the user chose, in which the environment's files are looked for first."""
    onto: Checkpoint | None = None
    """Checkpoint whose networks run in the opened motion or environment."""

    @property
    def description(self) -> str | None:
        """One line that describes a checkpoint of another program; None for one of this program."""
        meta = self.session.checkpoint.meta
        text = meta.get("found") or meta.get("kind")
        return f"{self.path}: {text}" if isinstance(text, str) else None


def open_path(
    path: Path,
    seed: int = 0,
    engine: str | None = None,
    say: Callable[[str], None] = lambda _: None,
    environment: Path | None = None,
    motion: Path | None = None,
    data: Path | None = None,
) -> Opened:
    """Load a checkpoint, training run or run file, on another engine or in another environment if one is given.

    motion: that a model follows. data: folder in which the environment's files are looked for first.

    `say` is called with the name of each step of loading. UserError, one line, if the file cannot be opened.
    """
    say("starting torch")
    import torch  # noqa: F401 - takes the longest, hence a step of its own
    from muscle_viewer.core import _core  # noqa: F401

    say(f"reading {path.name}")
    if path.suffix == SUFFIX:
        if environment is not None:
            raise ConfigError(
                f"--environment: {path.name} replays in the environment that it was recorded in"
            )
        if engine is not None:
            raise ConfigError(
                f"--engine: {path.name} replays on the engine that it was recorded on"
            )
        if data is not None:
            raise ConfigError(f"--data: {path.name} holds the files that it was recorded with")
        if motion is not None:
            raise ConfigError(f"--motion: {path.name} replays the motion that it was recorded with")
        run = load(path)
        changes = [
            type(change)(change.index - 1, change.kind, change.value) for change in run.changes
        ]
        return Opened(run.session(), path, None, run.entries[1:], changes)
    session = load_session(path, seed, engine, environment, motion, data)
    return Opened(
        session,
        path,
        checkpoint_file(path),
        engine=engine,
        environment=environment,
        motion=motion,
        data=data,
    )


def open_pair(
    path: Path,
    other: Path,
    seed: int = 0,
    engines: tuple[str | None, str | None] = (None, None),
    comparison: str = "split",
    say: Callable[[str], None] = lambda _: None,
    environment: Path | None = None,
    data: Path | None = None,
) -> Opened:
    """Load two checkpoints, or one on two engines, for comparison. UserError if they cannot be compared."""
    for one in (path, other):
        if one.suffix == SUFFIX:
            raise ConfigError(f"{one}: a recorded run cannot be compared; give its checkpoint")
    opened = [
        open_path(p, seed, e, say, environment, data=data)
        for p, e in zip((path, other), engines, strict=True)
    ]
    first, second = opened
    first.session.name, second.session.name = distinct_names(
        (first.session.name, second.session.name),
        (path, other),
        (first.session.checkpoint.config.engine, second.session.checkpoint.config.engine),
    )
    differs = _difference(first.session.info, second.session.info)
    if differs:
        raise ConfigError(
            f"{path.name} and {other.name} cannot be compared: {differs}; open them one at a time"
        )
    return replace(first, second=second, comparison=comparison)


def other_engine(opened: Opened) -> str:
    """Name of an engine other than the one that a session runs on."""
    from muscle_viewer.core.configuration import ENGINES

    present = opened.session.checkpoint.config.engine
    return next(engine for engine in ENGINES if engine != present)


def _difference(a: ModelInfo, b: ModelInfo) -> str:
    """Difference that prevents the comparison of two characters; empty if there is none."""
    for what in ("body_names", "dof_names", "muscle_names"):
        ours, theirs = getattr(a, what), getattr(b, what)
        if list(ours) != list(theirs):
            name = {"body_names": "bodies", "dof_names": "dofs", "muscle_names": "muscles"}[what]
            counts = f"{len(ours)} and {len(theirs)}" if len(ours) != len(theirs) else "different"
            return f"they have {counts} {name}"
    if a.control_hz != b.control_hz:
        return f"their control rates are {a.control_hz:g} and {b.control_hz:g} Hz"
    return ""


def open_onto(
    path: Path, current: Checkpoint | None, say: Callable[[str], None] = lambda _: None
) -> Opened:
    """Open a file as `open_path`, but run the open checkpoint's networks in a motion or environment that fits them.

    The open model follows a table of OpenSim.
    """
    from muscle_viewer.core import CheckpointError, load_config
    from muscle_viewer.core.bare_files import kind_of_bare

    if is_table(path) and current is not None and current.path and current.meta.get("posed"):
        return open_path(current.path, say=say, motion=path)
    if current is None or not current.policy or path.suffix not in (".yaml", ".yml", ".bvh"):
        return open_path(path, say=say)
    if isinstance(kind_of_bare(path), Kind):  # a character, its skeleton or its muscles
        return open_path(path, say=say)
    name = current.path.name if current.path else "networks"
    say(f"reading {path.name}")
    if _is_motion(path):
        config = current.config.following(_motion(current.config, path))
        session = CheckpointSession(f"{name}, {path.name}", replace(current, config=config))
        return Opened(session, path, path, onto=current)
    try:
        session = CheckpointSession(
            f"{name}, {path.name}", replace(current, config=load_config(path))
        )
    except CheckpointError:  # the networks do not fit this environment
        return open_path(path, say=say)
    return Opened(session, path, path, onto=current)


def _motion(config: EnvironmentConfig, path: Path) -> Path | GaitNetMotion:
    """The configuration's motion with another file, read with the same settings."""
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
