"""The file of the views that the user saved, beside the other settings of the window."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from muscle_viewer.core.atomic_file import writing
from muscle_viewer.core.errors import UserError
from muscle_viewer.viewer.scene.camera import VIEWS
from muscle_viewer.viewer.scene.saved_view import SavedView

if TYPE_CHECKING:
    from pathlib import Path

FILE = "views.json"
LONGEST_NAME = 40
"""Characters."""

LARGEST_FILE = 1_000_000
"""Bytes."""


class SavedViews:
    """Views by their names; without a file they are kept in memory only."""

    def __init__(self, store: Path | None) -> None:
        self._store = store
        self.views: dict[str, SavedView] = {}
        self.problem = ""
        """Why the file cannot be read: it is not written then, either. Empty if it can."""
        try:
            self.views = _read(store) if store else {}
        except UserError as error:
            self.problem = str(error)

    def save(self, name: str, view: SavedView) -> str:
        """Save a view under a name, in place of an earlier one of that name; the name. UserError if that is impossible."""
        name = " ".join(name.split())
        if not name or len(name) > LONGEST_NAME or "#" in name or not name.isprintable():
            raise UserError(f"the name of a view has 1 to {LONGEST_NAME} characters, without #")
        if name in VIEWS:
            raise UserError(f"'{name}' is a view that every window has; give another name")
        self._write({**self.views, name: view})
        return name

    def delete(self, name: str) -> None:
        """Delete a view. UserError if there is none of that name, or the file cannot be written."""
        if name not in self.views:
            raise UserError(f"no view '{name}' is saved")
        self._write({key: view for key, view in self.views.items() if key != name})

    def _write(self, views: dict[str, SavedView]) -> None:
        if self.problem:
            raise UserError(self.problem)
        if self._store:
            try:
                self._store.parent.mkdir(parents=True, exist_ok=True)
                with writing(self._store) as file:
                    text = json.dumps(
                        {name: view.as_dict() for name, view in views.items()}, indent=1
                    )
                    file.write_text(text, encoding="utf-8")
            except OSError as error:
                raise UserError(f"{self._store} cannot be written: {error.strerror}") from error
        self.views.clear()
        self.views.update(views)  # the same object, which the view state holds


def _read(store: Path) -> dict[str, SavedView]:
    """The views of a file; none if there is no file. UserError names what is wrong in it."""
    try:
        if store.stat().st_size > LARGEST_FILE:
            raise ValueError("it is too large")
        found = json.loads(store.read_text(encoding="utf-8"))
        if not isinstance(found, dict):
            raise ValueError("it is not a table of names")
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError, RecursionError) as error:
        raise UserError(
            f"{store}: no saved views can be read: {error}; mend or delete it"
        ) from None
    views = {}
    for name, values in found.items():
        try:
            views[name] = SavedView.from_dict(values)
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise UserError(
                f"{store}: '{name}' is no view (yaw, pitch, distance, target): {error}; mend or delete it"
            ) from None
    return views
