"""Saving of runs, channels and histories from the window. Each function returns a message; UserError if writing fails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from muscle_viewer.core.atomic_file import writing
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.analysis.channels import channels as all_channels
from muscle_viewer.viewer.analysis.channels import series, table
from muscle_viewer.viewer.capture.output import new_file

if TYPE_CHECKING:
    from muscle_viewer.viewer.app.documents import Document
    from muscle_viewer.viewer.simulation.runtime import Runtime


def run(path: Path | None, runtime: Runtime, document: Document | None) -> str:
    """Save the run so far as .mvrun."""
    from muscle_viewer.viewer.recording import run_file

    if document is None:
        raise UserError("there is no run to save: no checkpoint is open")
    path = path or new_file(run_file.SUFFIX)
    session = document.opened.session
    run_file.save(path, runtime.log, session)
    first = f" of {session.name}, the first simulation" if runtime.second else ""
    return f"saved {path}: {runtime.log.next - 1} steps{first}"


def channels(
    chosen: Sequence[tuple[str, str, int]], runtime: Runtime, path: Path | None = None
) -> str:
    """Save channels (name, field, column) of the history as .csv."""
    history, path = runtime.history, path or new_file(".csv")
    first, last = history.oldest, history.newest + 1
    info = runtime.session.info
    columns = [series(info, history, field, k, first, last) for _, field, k in chosen]
    units = {(k.field, k.column): k.unit for k in all_channels(info, history.rows)}
    names = [
        f"{name} ({units[field, k]})" if units.get((field, k)) else name
        for name, field, k in chosen
    ]
    text = table(history.times(first, last), names, columns)
    with writing(path) as file:
        file.write_text(text)
    return f"saved {path}"


def table_text(text: str, path: Path | None) -> str:
    """Save a table."""
    path = path or new_file(".csv")
    with writing(path) as file:
        file.write_text(text)
    return f"saved {path}"


OPENSIM = "opensim"
"""A kind of export that is a folder of files."""


SUBSTEPS = "substeps"
"""A kind of export at the simulation's rate, .npz."""


def substeps(path: Path | None, runtime: Runtime) -> str:
    """Save every substep of the episode as .npz."""
    import numpy as np
    from muscle_viewer.viewer.simulation import substep_replay

    path = path or new_file("-substeps.npz")
    found = substep_replay.replay(runtime)
    info = found.scene.info
    names = {
        "dof_names": info.dof_names, "muscle_names": info.muscle_names, "body_names": info.body_names,
        "contact_bodies": [info.body_names[int(body)] for body in info.contact_bodies],
    }  # fmt: skip
    arrays = found.values | {name: np.array(words) for name, words in names.items()}
    with writing(path) as file, file.open("wb") as out:
        np.savez_compressed(out, clock=found.times, **arrays)  # type: ignore[arg-type]
    return f"saved {path}: {len(found.times)} substeps"


def opensim(path: Path | None, runtime: Runtime) -> str:
    """Save the episode for OpenSim's inverse dynamics: a folder with files of the folder's name."""
    from muscle_viewer.viewer.analysis import opensim_export
    from muscle_viewer.viewer.simulation import substep_replay

    folder = path or new_file("")
    if folder.exists() and not folder.is_dir():
        raise UserError(f"{folder}: is a file; choose a new folder")
    substeps = substep_replay.replay(runtime)
    try:
        with TemporaryDirectory(dir=folder.parent, prefix=".muscle-viewer-") as part:
            files = opensim_export.write(Path(part), folder.name, substeps)
            folder.mkdir(exist_ok=True)
            for file in files:
                file.replace(folder / file.name)
    except OSError as error:
        raise UserError(f"{folder}: cannot be written: {error.strerror or error}") from error
    seconds = len(substeps.times) / substeps.scene.config.simulation.sim_hz
    return f"saved {folder}: {seconds:.2f} s at {substeps.scene.config.simulation.sim_hz} Hz"


def history(kind: str, path: Path | None, runtime: Runtime) -> str:
    """Save the history in a format of `export.KINDS`."""
    from muscle_viewer.viewer.analysis import export

    if kind == OPENSIM:
        return opensim(path, runtime)
    if kind == SUBSTEPS:
        return substeps(path, runtime)
    path = path or new_file(f".{kind}")
    with writing(path) as file:
        export.write(file, kind, runtime.session.info, runtime.history, path.stem)
    return f"saved {path}"
