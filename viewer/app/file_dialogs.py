"""The desktop's own file dialogs, beside which the window goes on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer import commands as c

HELPERS = ("zenity", "kdialog", "matedialog", "qarma")
"""Programs that show a dialog on Linux."""

ALL = ("All files", "*")
CHECKPOINTS = (
    "Checkpoints, runs, models, motions",
    "*.pt *.pth *.mvrun *.yaml *.xml *.osim *.bvh *.npz *.hdf5 *.h5 *.mjb *.txt",
)


@dataclass(frozen=True)
class Question:
    """What a dialog asks: a file to open (`saves` False), or a new file or folder."""

    title: str
    saves: bool
    name: str = ""
    """Of the new file, to begin with."""
    filters: tuple[str, ...] = ALL


class FileDialogs:
    """One dialog at a time; its answer arrives in a later picture."""

    def __init__(self) -> None:
        self._open: tuple[Any, Question, Callable[[Path], c.Command]] | None = None

    @property
    def waiting(self) -> bool:
        """Whether a dialog is open."""
        return self._open is not None

    def ask(self, question: Question, then: Callable[[Path], c.Command]) -> None:
        """Show a dialog; `then` makes the command of the chosen path. UserError where no dialog can be shown."""
        if self._open:
            raise UserError("a file dialog is open already")
        if not available():
            raise UserError(
                f"no file dialog here: install {HELPERS[0]} or {HELPERS[1]}; "
                "files dropped on the window open, and exports go to the working directory"
            )
        from imgui_bundle import portable_file_dialogs as dialogs

        shown: Any
        if question.saves:
            at = str(Path.cwd() / question.name)
            shown = dialogs.save_file(question.title, at, list(question.filters))
        else:
            shown = dialogs.open_file(question.title, str(Path.cwd()), list(question.filters))
        self._open = (shown, question, then)

    def answer(self) -> c.Command | None:
        """The command of a dialog that was closed since the last call; None where none was, or it was cancelled."""
        if self._open is None or not self._open[0].ready():
            return None
        (shown, question, then), self._open = self._open, None
        answer = shown.result()
        path = answer if isinstance(answer, str) else next(iter(answer), "")
        return then(with_ending(Path(path), question.name)) if path else None


def available() -> bool:
    """Whether the desktop has dialogs."""
    return sys.platform in ("win32", "darwin") or any(map(shutil.which, HELPERS))


def with_ending(path: Path, name: str) -> Path:
    """The path, with the ending of `name` if it has none."""
    return path.with_name(path.name + Path(name).suffix) if not path.suffix else path
