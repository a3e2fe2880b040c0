"""The package: what a wheel holds, what the installed commands say."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib.metadata import entry_points, requires, version
from pathlib import Path

import muscle_viewer.core
import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES: dict[str, str] = PROJECT["tool"]["scikit-build"]["wheel"]["packages"]
SHIPPED = {".py", ".pyi", ".typed", ".yaml", ".pt"}


def python(code: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> set[str]:
    """Paths inside a wheel made without compiling: all of a real one's but the extension."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    command += ["--no-build-isolation", "--config-settings=wheel.cmake=false"]
    made = subprocess.run(
        [*command, "--wheel-dir", str(folder), str(ROOT)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert made.returncode == 0, made.stderr
    (path,) = folder.glob("*.whl")
    with zipfile.ZipFile(path) as archive:
        return set(archive.namelist())


def test_a_wheel_holds_all_code_assets_and_checkpoints_under_one_name(wheel: set[str]) -> None:
    wanted = {
        f"{package}/{file.relative_to(ROOT / folder).as_posix()}"
        for package, folder in PACKAGES.items()
        for file in (ROOT / folder).rglob("*")
        if file.suffix in SHIPPED or file.name == "py.typed"
    }
    assert {
        "muscle_viewer/core/_core.pyi",
        "muscle_viewer/core/py.typed",
        "muscle_viewer/assets/environments/walk.yaml",
        "muscle_viewer/checkpoints/walk.pt",
    } <= wanted
    assert wanted <= wheel
    tops = {name.split("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"muscle_viewer"}


def test_a_wheel_holds_neither_sources_of_the_core_nor_caches(wheel: set[str]) -> None:
    assert [n for n in wheel if n.endswith((".cpp", ".hpp", ".pyc")) or "__pycache__" in n] == []


def test_an_installed_package_requires_the_torch_that_its_core_was_built_for() -> None:
    assert f"torch=={version('torch')}" in (requires("muscle-viewer") or [])


def test_all_versions_agree() -> None:
    assert PROJECT["project"]["version"] == version("muscle-viewer")
    assert muscle_viewer.core.__version__ == version("muscle-viewer")
    assert f"## {version('muscle-viewer')}" in (ROOT / "CHANGELOG.md").read_text()


def test_every_command_is_installed_and_can_be_loaded() -> None:
    scripts = PROJECT["project"]["scripts"]
    installed = {e.name: e for e in entry_points(group="console_scripts") if e.name in scripts}
    assert installed.keys() == {"muscle-viewer", "muscle-train", "muscle-eval", "muscle-convert"}
    assert all(callable(entry.load()) for entry in installed.values())
    assert all(Path(sys.executable).with_name(name).is_file() for name in scripts)


def test_running_needs_no_tool_of_development() -> None:
    lines = [line for line in requires("muscle-viewer") or [] if "extra" not in line]
    always = {re.split("[=<>~]", line)[0] for line in lines}
    assert {"torch", "numpy"} <= always
    assert always.isdisjoint({"pytest", "ruff", "mypy", "cmake", "dartpy", "opensim"})


@pytest.mark.parametrize("inside", [True, False])
def test_the_package_is_found_from_the_repository_and_from_elsewhere(
    inside: bool, tmp_path: Path
) -> None:
    done = python("import muscle_viewer.core as c; print(c.__name__)", ROOT if inside else tmp_path)
    assert done.stdout == "muscle_viewer.core\n", done.stderr


def test_a_torch_that_the_core_was_not_built_for_is_refused_at_import(tmp_path: Path) -> None:
    code = "import torch; torch.__version__ = '1.0'; from muscle_viewer.core import Environment"
    done = python(code, tmp_path)
    assert done.returncode == 1
    last = done.stderr.strip().splitlines()[-1]
    assert last.startswith("ImportError: ")
    assert "torch 1.0 is installed" in last and "make setup" in last


@pytest.mark.parametrize(
    "module", ["core", "core.batchenv", "training.cli", "training.trainer", "viewer.app.benchmark"]
)
def test_what_runs_without_a_window_loads_no_window(module: str, tmp_path: Path) -> None:
    done = python(f"import sys, muscle_viewer.{module}; print(*sys.modules)", tmp_path)
    assert done.returncode == 0, done.stderr
    loaded = {name.split(".")[0] for name in done.stdout.split()}
    assert "muscle_viewer" in loaded
    assert loaded.isdisjoint({"glfw", "OpenGL", "imgui_bundle"})
