"""What the tests of several rooms share: small files, errors as users see them."""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml
from display import missing, x_server
from left_out import (  # noqa: F401 (hooks)
    pytest_addoption,
    pytest_sessionfinish,
    pytest_terminal_summary,
)
from muscle_viewer.core import UserError
from parallel import (  # noqa: F401 (hooks)
    pytest_collection_modifyitems,
    pytest_xdist_make_scheduler,
)
from small_files import small_character, small_motion

# Its libraries are not installed for `make test`; see `make test-interfaces`.
collect_ignore = [] if os.environ.get("TEST_LIBRARIES") else ["libraries"]


@pytest.fixture(autouse=True)
def _environment_variables_end_with_their_test() -> Iterator[None]:
    """As OMP_WAIT_POLICY and PYOPENGL_PLATFORM, which programs that later tests start would inherit."""
    before = dict(os.environ)
    yield
    for name in os.environ.keys() - before.keys() - {"PYTEST_CURRENT_TEST"}:
        del os.environ[name]
    os.environ.update({k: v for k, v in before.items() if k != "PYTEST_CURRENT_TEST"})


@pytest.fixture(scope="session")
def _display_of_this_worker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    if program := missing():
        pytest.skip(f"{program} is not installed: tools/setup/system_packages.sh test")
    with x_server(tmp_path_factory.mktemp("display") / "Xvfb.log") as name:
        yield name


@pytest.fixture
def display(_display_of_this_worker: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """An X server without a screen that no other test uses meanwhile, as DISPLAY. Its tests are slow ones."""
    monkeypatch.setenv("DISPLAY", _display_of_this_worker)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return _display_of_this_worker


@pytest.fixture
def small_environment(tmp_path: Path) -> Path:
    """An environment YAML over `small_character` and `small_motion`, all in a folder of its own."""
    (tmp_path / "leg.yaml").write_text(yaml.safe_dump(small_character()))
    (tmp_path / "stand.yaml").write_text(yaml.safe_dump(small_motion()))
    tree = {"character": "leg.yaml", "motion": "stand.yaml", "termination": {"root_height": 0.3}}
    path = tmp_path / "environment.yaml"
    path.write_text(yaml.safe_dump(tree))
    return path


@pytest.fixture
def complaint() -> Callable[..., str]:
    """The one line that a user sees of a mistake: `complaint(function, *arguments)`."""

    def see(function: Callable[..., object], *arguments: object) -> str:
        with pytest.raises(UserError) as raised:
            function(*arguments)
        line = str(raised.value)
        assert "\n" not in line
        return line

    return see


@pytest.fixture(scope="session")
def osim_rl_models() -> Path:
    """The folder OSIM_RL_MODELS of osim-rl's models (tools/setup/osim_rl_models.sh)."""
    folder = Path(os.environ.get("OSIM_RL_MODELS", "osim_rl"))
    if not folder.is_dir():
        pytest.skip("osim-rl's models not found: set OSIM_RL_MODELS")
    return folder


@pytest.fixture(scope="session")
def rajagopal_osim() -> Path:
    """Rajagopal2015.osim: RAJAGOPAL_OSIM, or the copy inside an installed nimblephysics."""
    spec = importlib.util.find_spec("nimblephysics")
    if "RAJAGOPAL_OSIM" in os.environ:
        path = Path(os.environ["RAJAGOPAL_OSIM"])
    elif spec is not None and spec.origin is not None:
        path = Path(spec.origin).parent / "models" / "rajagopal_data" / "Rajagopal2015.osim"
    else:
        path = Path("Rajagopal2015.osim")
    if not path.is_file():
        pytest.skip("Rajagopal2015.osim not found: set RAJAGOPAL_OSIM or install nimblephysics")
    return path
