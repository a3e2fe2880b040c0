"""Which room imports which: the contracts of pyproject.toml, held against the graph of all imports."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from importlinter.cli import EXIT_STATUS_SUCCESS, lint_imports

ROOT = Path(__file__).parents[1]
CONFIGURATION = ROOT / "pyproject.toml"


def broken(configuration: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """What import-linter says of the contracts that do not hold; nothing where all do."""
    status = lint_imports(str(configuration), no_cache=True)
    said = capsys.readouterr().out
    return "" if status == EXIT_STATUS_SUCCESS else said[said.find("Broken contracts") :]


@pytest.fixture(autouse=True)
def _the_tools_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT))


def test_every_room_imports_downwards_only(capsys: pytest.CaptureFixture[str]) -> None:
    """Move what is shared to the lower room, or hand it in; a new module gets its place in a layer of pyproject.toml."""
    said = broken(CONFIGURATION, capsys)
    assert not said, f"an import points up, or a module has no layer in pyproject.toml:\n{said}"


def test_an_import_that_points_up_breaks_a_contract(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The scene is drawn from the simulation: the contract with both exchanged says so."""
    right, rooms = (
        CONFIGURATION.read_text(),
        '"scene",\n  "recording | analysis",\n  "simulation",\n',
    )
    assert rooms in right
    wrong = right.replace(rooms, '"simulation",\n  "recording | analysis",\n  "scene",\n')
    (tmp_path / "pyproject.toml").write_text(wrong)
    said = broken(tmp_path / "pyproject.toml", capsys)
    assert (
        "muscle_viewer.viewer.scene is not allowed to import muscle_viewer.viewer.simulation"
        in (" ".join(said.split()))
    )


def test_every_folder_of_the_tools_is_in_the_graph() -> None:
    roots = tomllib.loads(CONFIGURATION.read_text())["tool"]["importlinter"]["root_packages"]
    folders = {f"tools.{file.parent.name}" for file in (ROOT / "tools").glob("*/*.py")}
    assert folders == {root for root in roots if root.startswith("tools.")}
