"""The .mvrun file: a run with everything that is needed to make it again, bit for bit.

A zip archive: `run.json` (versions, seed, hands, parameters, changes), `actions.npy` (entries, actions), NaN rows for
resets, `rows.npy` (entries, numbers of the compared quantities), `base.bin` (the core's state at the first entry), the
checkpoints that acted and the character's and motion's files.
"""

from __future__ import annotations

import atexit
import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.inputs import Hands, Inputs, Pull
from muscle_viewer.viewer.parameters import Parameters
from muscle_viewer.viewer.run_log import QUANTITIES, Change

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint
    from muscle_viewer.viewer.run_log import RunLog
    from muscle_viewer.viewer.session import CheckpointSession

FORMAT = "muscle-viewer/run-1"
SUFFIX = ".mvrun"


class RunFileError(UserError):
    """A run file that cannot be read or written."""


@dataclass(frozen=True)
class Run:
    """What a run file holds."""

    path: Path
    head: dict[str, Any]
    checkpoints: list[Checkpoint]
    """In the order in which they acted."""
    entries: list[Inputs | None]
    """The first is the base; None is a reset."""
    rows: np.ndarray
    """float32 (entries, numbers): the compared quantities of each entry's frame."""
    changes: list[Change]
    """Indices count from the base."""
    parameters: Parameters
    """In force at the base."""
    base: bytes

    @property
    def name(self) -> str:
        """Of the checkpoint that acted first, for people."""
        return str(self.head["name"])

    def session(self) -> CheckpointSession:
        """A session whose first reset is the base. UserError where it cannot be made here."""
        from muscle_viewer.core import ShapeError
        from muscle_viewer.viewer.session import CheckpointSession, SessionState

        session = CheckpointSession(self.path.name, self.checkpoints[0], int(self.head["seed"]))
        if self.head["begins_with_reset"] and self.parameters == Parameters():
            return session
        try:
            session.change(self.parameters)
            session.restore(SessionState(self.base, session.observation))
        except ShapeError as error:
            raise RunFileError(f"{self.path}: cannot be replayed here: {error}") from None
        session.begin_here()
        return session


def build_of_core() -> str:
    """A short hash of the compiled core."""
    from muscle_viewer.core import _core

    return hashlib.sha256(Path(_core.__file__).read_bytes()).hexdigest()[:12]


def where() -> dict[str, str]:
    """What the numbers may depend on beside the files."""
    from importlib.metadata import version

    import torch
    from muscle_viewer.core.engines import instruction_set

    return {
        "version": version("muscle-viewer"),
        "core": build_of_core(),
        "instruction_set": instruction_set(),
        "torch": str(torch.__version__),
    }


def weights_hash(checkpoint: Checkpoint) -> str:
    """Of all tensors of policy and muscle network, by their names."""
    digest = hashlib.sha256()
    for group in (checkpoint.policy, checkpoint.muscle):
        for name in sorted(group):
            digest.update(name.encode())
            digest.update(group[name].detach().cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def save(path: Path, log: RunLog, session: CheckpointSession) -> None:
    """Write what the log holds. RunFileError where the file cannot be written."""
    checkpoints = [log.checkpoint]
    changes = []
    for change in log.changes:
        value = change.value
        if change.kind == "parameters":
            value = value.as_dict()
        else:
            if not any(value is known for known in checkpoints):
                checkpoints.append(value)
            value = next(k for k, known in enumerate(checkpoints) if known is value)
        changes.append([change.index - log.first, change.kind, value])
    size = max((len(e.action) for e in log.entries if e), default=0)
    actions = np.full((len(log.entries), size), np.nan, np.float32)
    for row, entry in zip(actions, log.entries, strict=True):
        if entry:
            row[:] = entry.action
    files = log.checkpoint.config.files()
    head = {
        "format": FORMAT,
        **where(),
        "engine": str(getattr(log.checkpoint.config, "engine", "lanes")),
        "name": session.name.removesuffix(SUFFIX),
        "seed": session.seed,
        "begins_with_reset": log.begins_with_reset,
        "config": log.checkpoint.config.to_yaml(),
        "weights": [weights_hash(checkpoint) for checkpoint in checkpoints],
        "files": {name: [f.name, _sha(f.read_bytes())] for name, f in files.items()},
        "quantities": [[name, _size(session, name)] for name in QUANTITIES],
        "parameters": log.parameters.as_dict(),
        "changes": changes,
        "hands": _hands(log.entries),
    }
    try:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("run.json", json.dumps(head, indent=1))
            archive.writestr("actions.npy", _npy(actions))
            archive.writestr("rows.npy", _npy(np.array(log.rows, np.float32)))
            archive.writestr("base.bin", log.base.core)
            for name, file in files.items():
                archive.writestr(f"files/{name}/{file.name}", file.read_bytes())
            for k, checkpoint in enumerate(checkpoints):
                archive.writestr(f"checkpoints/{k}.pt", _checkpoint_bytes(checkpoint))
    except OSError as error:
        raise RunFileError(f"{path}: cannot be written: {error.strerror or error}") from None


def load(path: Path) -> Run:
    """Read a run file. RunFileError: one line with file, what is wrong and the fix."""
    try:
        archive = zipfile.ZipFile(path)
    except FileNotFoundError:
        raise RunFileError(f"{path}: no such file; give the path of a run ({SUFFIX})") from None
    except (zipfile.BadZipFile, OSError) as error:
        raise RunFileError(f"{path}: not a run file, or a damaged one ({error})") from None
    with archive:
        try:
            head = json.loads(archive.read("run.json"))
            if head.get("format") != FORMAT:
                raise RunFileError(
                    f"{path}: format '{head.get('format')}' is not known; '{FORMAT}' is wanted"
                )
            actions = _array(archive.read("actions.npy"), 2)
            rows = _array(archive.read("rows.npy"), 2)
            checkpoints = _checkpoints(path, archive, head)
            entries = _entries(actions, head["hands"])
            if len(rows) != len(entries):
                raise ValueError(f"{len(rows)} rows for {len(entries)} entries")
            changes = [
                Change(int(at), kind, Parameters.from_dict(v) if kind == "parameters" else checkpoints[v])
                for at, kind, v in head["changes"]
            ]  # fmt: skip
            parameters = Parameters.from_dict(head["parameters"])
            return Run(
                path,
                head,
                checkpoints,
                entries,
                rows,
                changes,
                parameters,
                archive.read("base.bin"),
            )
        except UserError:
            raise
        except (
            KeyError,
            ValueError,
            TypeError,
            IndexError,
            AttributeError,
            EOFError,
            zipfile.BadZipFile,
        ) as error:
            raise RunFileError(
                f"{path}: damaged ({type(error).__name__}: {error}); copy it again"
            ) from None


def _entries(actions: np.ndarray, hands: list[Any]) -> list[Inputs | None]:
    held: dict[int, Hands] = {}
    for at, pulls, overrides in hands:
        held[int(at)] = Hands(
            tuple(Pull(int(b), _three(f), _three(p)) for b, f, p in pulls),
            tuple((int(m), float(v)) for m, v in overrides),
        )
    return [
        None if not len(row) or np.isnan(row).all() else Inputs(row.copy(), held.get(k, Hands()))
        for k, row in enumerate(actions)
    ]


def _hands(entries: list[Inputs | None]) -> list[Any]:
    return [
        [
            k,
            [[p.body, list(p.force), list(p.point)] for p in entry.hands.pulls],
            [list(pair) for pair in entry.hands.overrides],
        ]
        for k, entry in enumerate(entries)
        if entry and (entry.hands.pulls or entry.hands.overrides)
    ]


def _checkpoints(path: Path, archive: zipfile.ZipFile, head: dict[str, Any]) -> list[Checkpoint]:
    """The checkpoints, their character and motion those that stand in the archive."""
    from muscle_viewer.core import CheckpointError, load_checkpoint

    folder = Path(tempfile.mkdtemp(prefix="mvrun-"))
    atexit.register(shutil.rmtree, folder, True)
    files = {}
    for name, (file, sha) in head["files"].items():
        content = archive.read(f"files/{name}/{Path(file).name}")
        if _sha(content) != sha:
            raise RunFileError(f"{path}: {name}: its content is not what its hash says")
        files[name] = _in_place(head["config"], name, sha) or folder / Path(file).name
        if not files[name].exists():
            files[name].write_bytes(content)
    found = []
    for k, weights in enumerate(head["weights"]):
        kept = folder / f"{k}.pt"
        kept.write_bytes(_relocated(archive.read(f"checkpoints/{k}.pt"), files))
        try:
            checkpoint = load_checkpoint(kept)
        except CheckpointError as error:
            raise RunFileError(f"{path}: checkpoint {k}: {error}") from None
        if weights_hash(checkpoint) != weights:
            raise RunFileError(f"{path}: checkpoint {k}: its weights are not what their hash says")
        found.append(replace(checkpoint, path=path))
    return found


def _in_place(config: str, name: str, sha: str) -> Path | None:
    """The file that the configuration names, where it is still the same."""
    import yaml
    from muscle_viewer.core.configuration import ASSETS, assets_folder

    given = yaml.safe_load(config)
    for part in name.split("."):
        given = given[part]
    path = assets_folder() / given.removeprefix(ASSETS) if given.startswith(ASSETS) else Path(given)
    try:
        return path if _sha(path.read_bytes()) == sha else None
    except OSError:
        return None


def _relocated(content: bytes, files: dict[str, Path]) -> bytes:
    """A checkpoint whose configuration names these files."""
    import torch
    import yaml

    loaded = torch.load(io.BytesIO(content), weights_only=True, map_location="cpu")
    tree = yaml.safe_load(loaded["config"])
    for name, file in files.items():
        *parts, last = name.split(".")
        branch = tree
        for part in parts:
            branch = branch[part]
        branch[last] = str(file.resolve())
    loaded["config"] = yaml.safe_dump(tree, sort_keys=False)
    out = io.BytesIO()
    torch.save(loaded, out)
    return out.getvalue()


def _checkpoint_bytes(checkpoint: Checkpoint) -> bytes:
    from muscle_viewer.core import save_checkpoint

    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "checkpoint.pt"
        save_checkpoint(
            file, checkpoint.config, checkpoint.policy, checkpoint.muscle, checkpoint.meta
        )
        return file.read_bytes()


def _size(session: CheckpointSession, quantity: str) -> int:
    info = session.info
    dofs, muscles = len(info.dof_names), len(info.muscle_names)
    sizes = {"activations": muscles, "excitations": muscles, "reward": 1}
    sizes["contact_forces"] = 3 * len(info.contact_bodies)
    return sizes.get(quantity, dofs)


def _sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _array(content: bytes, dimensions: int) -> np.ndarray:
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.ndim != dimensions or array.dtype != np.float32:
        raise ValueError(f"an array of {array.dtype} and {array.ndim} dimensions")
    return array


def _three(values: list[float]) -> tuple[float, float, float]:
    x, y, z = map(float, values)
    return x, y, z
