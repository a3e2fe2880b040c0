"""The .mvrun file: a run with everything that is needed to replay it, bit for bit.

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
from muscle_viewer.viewer.recording.bundled_files import bundle_files, load_bundled_checkpoints, sha
from muscle_viewer.viewer.simulation.inputs import BodyForce, Inputs, Perturbation
from muscle_viewer.viewer.simulation.parameters import NAMED, SCALED, Parameters
from muscle_viewer.viewer.simulation.run_log import QUANTITIES, Change

if TYPE_CHECKING:
    from muscle_viewer.core import Checkpoint
    from muscle_viewer.viewer.simulation.run_log import RunLog
    from muscle_viewer.viewer.simulation.session import CheckpointSession

FORMAT = "muscle-viewer/run-3"
LAST_SUBSTEP_FORMAT = "muscle-viewer/run-2"
"""An earlier format, with the ground's forces of each step's last substep instead of their means."""

EARLIER_FORMATS = ("muscle-viewer/run-1",)
"""Formats of earlier versions, whose states this program cannot read."""

SUFFIX = ".mvrun"

LARGEST = 2**30
"""Largest size of an unpacked archive, bytes: the longest run of a character of 300 muscles takes a fifth."""

MOST_INDEX = 2**31
MOST_NUMBER = float(np.finfo(np.float32).max)

CHANGES = ("parameters", "checkpoint")


class RunFileError(UserError):
    """A run file that cannot be read or written."""


class ValueOfFileError(ValueError):
    """An invalid value in a run file; the message names the field and the expected value."""


@dataclass(frozen=True)
class Run:
    """Contents of a run file."""

    path: Path
    head: dict[str, Any]
    checkpoints: list[Checkpoint]
    """Checkpoints in the order in which they were used."""
    entries: list[Inputs | None]
    """Inputs of each step, None for a reset; the first entry is that of the base."""
    rows: np.ndarray
    """float32 (entries, numbers): the compared quantities of each entry's frame."""
    changes: list[Change]
    """Changes of parameters and checkpoints; indices count from the base."""
    parameters: Parameters
    """Parameters at the base."""
    base: bytes
    seed: int
    begins_with_reset: bool
    """Whether the base is the first reset of the seed."""
    altered: list[str]
    """Names of the parts whose content differs from their hash."""

    @property
    def name(self) -> str:
        """Name of the first checkpoint, as shown to the user."""
        return str(self.head["name"])

    def session(self) -> CheckpointSession:
        """A session whose first reset leads to the base. UserError if the run cannot be replayed here."""
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
    """Versions of program, core and torch and the instruction set, on which the results may depend."""
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
    """Write the log as a run file. UserError if the file cannot be written."""
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
        "hands": _perturbations(log.entries),
        "hashes": {name: sha(content) for name, content in parts.items()},
    }
    with (
        writing(path) as temporary,
        zipfile.ZipFile(temporary, "w", zipfile.ZIP_DEFLATED) as archive,
    ):
        head |= bundle_files(archive, checkpoints)
        archive.writestr("run.json", json.dumps(head, indent=1))
        for name, content in parts.items():
            archive.writestr(name, content)


def load(path: Path) -> Run:
    """Read a run file. UserError, one line, if it is damaged or cannot be read."""
    check_file(path, RunFileError, sys.maxsize, f"a run ({SUFFIX})")
    try:
        with zipfile.ZipFile(path) as archive:
            return _read(path, archive)
    except RunFileError:
        raise
    except UserError as error:  # from a bundled file
        said = str(error)
        named = said if said.startswith(str(path)) else f"{path}: damaged ({said}); copy it again"
        raise RunFileError(named) from None
    except OSError as error:
        raise RunFileError(f"{path}: cannot be read: {error.strerror or error}") from None
    except ValueOfFileError as error:
        raise RunFileError(f"{path}: {error}; record the run again") from None
    except zipfile.BadZipFile as error:
        raise RunFileError(f"{path}: not a run file, or damaged ({error})") from None
    except Exception as error:  # damaged parts make their readers raise exceptions of many types
        said = (str(error).splitlines() or [""])[0].split(". ")[0]
        raise RunFileError(
            f"{path}: damaged ({type(error).__name__}: {said}); copy it again"
        ) from None


def _read(path: Path, archive: zipfile.ZipFile) -> Run:
    size = sum(member.file_size for member in archive.infolist())
    if size > LARGEST:
        raise RunFileError(
            f"{path}: unpacks to {size / 2**30:.1f} GiB; a run has at most {LARGEST / 2**30:.0f} GiB: not read"
        )
    head = json.loads(archive.read("run.json"))
    if head.get("format") in EARLIER_FORMATS:
        raise RunFileError(
            f"{path}: recorded by an earlier version of the program ('{head['format']}'), "
            "whose states this version cannot read: record it again, or open it with that version"
        )
    if head.get("format") not in (FORMAT, LAST_SUBSTEP_FORMAT):
        raise RunFileError(
            f"{path}: format '{head.get('format')}' is unknown; '{FORMAT}' is expected: "
            "use the version of the program that wrote it"
        )
    checkpoints = load_bundled_checkpoints(path, archive, head)
    if not checkpoints:
        raise ValueError("no checkpoint in it")
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
    """All checkpoints that were used, and the changes for JSON, which give a checkpoint by its index."""
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
    """Parameters from JSON, with every number and index checked."""
    parameters = Parameters.from_dict(values)
    for name, chosen in parameters.drawn:
        _number(f"parameters: {name}", chosen)
    for name, value in parameters.as_dict().items():
        if name in NAMED:
            continue
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


def _entries(actions: np.ndarray, perturbations: list[Any]) -> list[Inputs | None]:
    by_index: dict[int, Perturbation] = {}
    for at, forces, overrides in perturbations:
        by_index[_index("hands", at)] = Perturbation(
            tuple(
                BodyForce(
                    _index("hands: force: body", b),
                    _three("hands: force: vector", f),
                    _three("hands: force: point", p),
                )
                for b, f, p in forces
            ),
            tuple(
                (_index("hands: override: muscle", m), _number("hands: override: excitation", v))
                for m, v in overrides
            ),
        )
    return [
        None
        if not len(row) or np.isnan(row).all()
        else Inputs(row.copy(), by_index.get(k, Perturbation()))
        for k, row in enumerate(actions)
    ]


def _perturbations(entries: list[Inputs | None]) -> list[Any]:
    """The forces and overrides of the entries that have any, for JSON."""
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
    """Check that a value is a whole number from 0 to `count` - 1."""
    if type(value) is not int or not 0 <= value < count:
        raise ValueOfFileError(
            f"{what}: {str(value)[:40]} given, a whole number from 0 to {count - 1} is expected"
        )
    return value


def _number(what: str, value: Any) -> float:
    """Check that a value is a number that is finite in single precision."""
    if type(value) not in (int, float) or not abs(value) <= MOST_NUMBER:
        raise ValueOfFileError(f"{what}: {str(value)[:40]} given, a finite number is expected")
    return float(value)
