"""The .mvrun file: a run with everything that is needed to make it again, bit for bit.

A zip archive: `run.json` (versions, seed, parameters, changes; perturbations as `hands`), `actions.npy` (entries, actions),
NaN rows for resets, `rows.npy` (entries, numbers of the compared quantities), `base.bin` (the core's state at the first
entry), the checkpoints that acted and the character's and motion's files.
"""

from __future__ import annotations

import hashlib
import io
import json
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from muscle_viewer.core.atomic_file import writing
from muscle_viewer.core.errors import UserError
from muscle_viewer.core.readers.files import check_file
from muscle_viewer.viewer.recording.bundled_files import enclose, enclosed, sha
from muscle_viewer.viewer.simulation.inputs import BodyForce, Inputs, Perturbation
from muscle_viewer.viewer.simulation.parameters import SCALED, Parameters
from muscle_viewer.viewer.simulation.run_log import QUANTITIES, Change

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint
    from muscle_viewer.viewer.simulation.run_log import RunLog
    from muscle_viewer.viewer.simulation.session import CheckpointSession

FORMAT = "muscle-viewer/run-2"
EARLIER_FORMATS = ("muscle-viewer/run-1",)
"""Whose states this program does not read."""

SUFFIX = ".mvrun"

LARGEST = 2**30
"""Bytes that an archive may hold: the longest run of a character of 300 muscles takes a fifth."""

MOST_INDEX = 2**31
MOST_NUMBER = float(np.finfo(np.float32).max)

CHANGES = ("parameters", "checkpoint")


class RunFileError(UserError):
    """A run file that cannot be read or written."""


class ValueOfFileError(ValueError):
    """A value that no run file is written with: which, and what is wanted."""


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
    seed: int
    begins_with_reset: bool
    """Whether the base is the first reset of the seed."""
    altered: list[str]
    """Parts that are not as they were written."""

    @property
    def name(self) -> str:
        """Of the checkpoint that acted first, for people."""
        return str(self.head["name"])

    def session(self) -> CheckpointSession:
        """A session whose first reset is the base. UserError where it cannot be made here."""
        from muscle_viewer.viewer.simulation.open_session import session_of
        from muscle_viewer.viewer.simulation.session import SessionState

        try:
            session = session_of(self.path.name, self.checkpoints[0], self.seed)
            if self.begins_with_reset and self.parameters == Parameters():
                return session
            session.change(self.parameters)
            session.restore(SessionState(self.base))
        except (UserError, ValueError) as error:
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


def save(path: Path, log: RunLog, session: CheckpointSession) -> None:
    """Write what the log holds. UserError where the file cannot be written."""
    checkpoints, changes = _changes(log)
    parts = {
        "actions.npy": _npy(_actions(log.entries)),
        "rows.npy": _npy(np.array(log.rows, np.float32)),
        "base.bin": log.base.core,
    }
    head = {
        "format": FORMAT,
        **where(),
        "engine": str(getattr(log.checkpoint.config, "engine", "lanes")),
        "name": session.name.removesuffix(SUFFIX),
        "seed": session.seed,
        "begins_with_reset": log.begins_with_reset,
        "quantities": [[name, _size(session, name)] for name in QUANTITIES],
        "parameters": log.parameters.as_dict(),
        "changes": changes,
        "hands": _hands(log.entries),
        "hashes": {name: sha(content) for name, content in parts.items()},
    }
    with (
        writing(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        head |= enclose(archive, checkpoints)
        archive.writestr("run.json", json.dumps(head, indent=1))
        for name, content in parts.items():
            archive.writestr(name, content)


def load(path: Path) -> Run:
    """Read a run file. UserError: one line with file, what is wrong and the fix."""
    check_file(path, RunFileError, sys.maxsize, f"a run ({SUFFIX})")
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(path, archive)
    except RunFileError:
        raise
    except UserError as error:  # of a file that the run holds
        said = str(error)
        named = said if said.startswith(str(path)) else f"{path}: damaged ({said}); copy it again"
        raise RunFileError(named) from None
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueOfFileError as error:
        raise RunFileError(f"{path}: {error}; record the run again") from None
    except zipfile.BadZipFile as error:
        raise RunFileError(f"{path}: no run file, or a damaged one ({error})") from None
    except Exception as error:  # whatever the readers of its parts make of damage
        said = (str(error).splitlines() or [""])[0].split(". ")[0]
        raise RunFileError(
            f"{path}: damaged ({type(error).__name__}: {said}); copy it again"
        ) from None


def _read(path: Path, archive: zipfile.ZipFile) -> Run:
    size = sum(member.file_size for member in archive.infolist())
    if size > LARGEST:
        raise RunFileError(
            f"{path}: unpacks to {size / 2**30:.1f} GiB, which no run does: not read"
        )
    head = json.loads(archive.read("run.json"))
    if head.get("format") in EARLIER_FORMATS:
        raise RunFileError(
            f"{path}: recorded by an earlier version of the program ('{head['format']}'), "
            "whose states this one does not read: record it again, or open it with that version"
        )
    if head.get("format") != FORMAT:
        raise RunFileError(
            f"{path}: format '{head.get('format')}' is not known; '{FORMAT}' is expected: "
            "take a matching version of the program"
        )
    checkpoints = enclosed(path, archive, head)
    parts = {name: archive.read(name) for name in ("actions.npy", "rows.npy", "base.bin")}
    hashes = head.get("hashes", {})  # older runs have none
    rows = _array(parts["rows.npy"], 2)
    entries = _entries(_array(parts["actions.npy"], 2), head["hands"])
    if not entries or len(rows) != len(entries):
        raise ValueError(f"{len(rows)} rows for {len(entries)} entries")
    changes = [_change(at, kind, value, checkpoints) for at, kind, value in head["changes"]]
    return Run(
        path=path,
        head={**head, "quantities": [(str(name), int(n)) for name, n in head["quantities"]]},
        checkpoints=checkpoints,
        entries=entries,
        rows=rows,
        changes=changes,
        parameters=_parameters(head["parameters"]),
        base=parts["base.bin"],
        seed=int(head["seed"]),
        begins_with_reset=bool(head["begins_with_reset"]),
        altered=[name for name, part in parts.items() if sha(part) != hashes.get(name, sha(part))],
    )


def _changes(log: RunLog) -> tuple[list[Checkpoint], list[list[Any]]]:
    """All checkpoints that acted, and the changes for JSON: a checkpoint is its place among them."""
    checkpoints, changes = [log.checkpoint], []
    for change in log.changes:
        value = change.value
        if change.kind == "parameters":
            value = value.as_dict()
        else:
            if not any(value is known for known in checkpoints):
                checkpoints.append(value)
            value = next(k for k, known in enumerate(checkpoints) if known is value)
        changes.append([change.index - log.first, change.kind, value])
    return checkpoints, changes


def _change(at: int, kind: str, value: Any, checkpoints: list[Checkpoint]) -> Change:
    if kind not in CHANGES:
        raise ValueError(f"a change of '{kind}'")
    found: Any
    if kind == "parameters":
        found = _parameters(value)
    else:
        found = checkpoints[_index("changes: checkpoint", value, len(checkpoints))]
    return Change(_index("changes", at), kind, found)


def _parameters(values: dict[str, Any]) -> Parameters:
    """Factors that are numbers, of bodies and muscles by their indices."""
    parameters = Parameters.from_dict(values)
    for name, value in parameters.as_dict().items():
        if name not in SCALED:
            _number(f"parameters: {name}", value)
            continue
        for index, factor in values.get(name, []):
            _index(f"parameters: {name}", index)
            _number(f"parameters: {name}[{index}]", factor)
    return parameters


def _actions(entries: list[Inputs | None]) -> np.ndarray:
    """float32 (entries, actions), NaN for resets."""
    size = max((len(e.action) for e in entries if e), default=0)
    actions = np.full((len(entries), size), np.nan, np.float32)
    for row, entry in zip(actions, entries, strict=True):
        if entry:
            row[:] = entry.action
    return actions


def _entries(actions: np.ndarray, hands: list[Any]) -> list[Inputs | None]:
    held: dict[int, Perturbation] = {}
    for at, forces, overrides in hands:
        held[_index("hands", at)] = Perturbation(
            tuple(
                BodyForce(
                    _index("hands: pull: body", b),
                    _three("hands: pull: force", f),
                    _three("hands: pull: point", p),
                )
                for b, f, p in forces
            ),
            tuple(
                (_index("hands: override: muscle", m), _number("hands: override", v))
                for m, v in overrides
            ),
        )
    return [
        None
        if not len(row) or np.isnan(row).all()
        else Inputs(row.copy(), held.get(k, Perturbation()))
        for k, row in enumerate(actions)
    ]


def _hands(entries: list[Inputs | None]) -> list[Any]:
    return [
        [
            k,
            [[f.body, list(f.force), list(f.point)] for f in entry.perturbation.forces],
            [list(pair) for pair in entry.perturbation.overrides],
        ]
        for k, entry in enumerate(entries)
        if entry and (entry.perturbation.forces or entry.perturbation.overrides)
    ]


def _size(session: CheckpointSession, quantity: str) -> int:
    info = session.info
    dofs, muscles = len(info.dof_names), len(info.muscle_names)
    sizes = {"activations": muscles, "excitations": muscles, "reward": 1}
    sizes["contact_forces"] = 3 * len(info.contact_bodies)
    return sizes.get(quantity, dofs)


def _npy(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.save(out, array, allow_pickle=False)
    return out.getvalue()


def _array(content: bytes, dimensions: int) -> np.ndarray:
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.ndim != dimensions or array.dtype != np.float32:
        raise ValueError(f"an array of {array.dtype} and {array.ndim} dimensions")
    return array


def _three(what: str, values: list[float]) -> tuple[float, float, float]:
    x, y, z = (_number(what, value) for value in values)
    return x, y, z


def _index(what: str, value: Any, count: int = MOST_INDEX) -> int:
    """A whole number from 0 up to below `count`."""
    if type(value) is not int or not 0 <= value < count:
        raise ValueOfFileError(
            f"{what}: {str(value)[:40]} given, a whole number from 0 to {count - 1} is expected"
        )
    return value


def _number(what: str, value: Any) -> float:
    """A finite number, in single precision, too."""
    if type(value) not in (int, float) or not abs(value) <= MOST_NUMBER:
        raise ValueOfFileError(f"{what}: {str(value)[:40]} given, a finite number is expected")
    return float(value)
