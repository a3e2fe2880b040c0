"""What the window can do, group by group, in the real window: by real input events and Dear ImGui's test engine."""

from pathlib import Path

import forked
import pytest
from display import x_server

HERE = Path(__file__).parent
pytestmark = pytest.mark.usefixtures("display")
GROUPS = ("seeing", "inspecting", "perturbing", "timeline", "pictures", "keys")
MORE = ("sliders", "presets", "errors", "hidden")
"""Of `window_more.py`."""
INPUT = ("clicking", "listing", "showing", "pushing", "filming", "resting")
"""Of `window_input.py`."""
TOOLS = ("pointing", "beside", "motions", "dialogs")
"""Of `window_tools.py`."""
FILES = ("working",)
"""Of `window_files.py`."""
MEASURED = ("measured",)
"""Of `window_measured.py`."""
PANELS = ("menus", "boxing", "viewing", "crowd", "keyboard")
"""Of `window_panels.py`."""


def session(group: str, folder: Path) -> str:
    """What a session prints; its working directory is the folder."""
    done = forked.run(HERE / "window_session.py", group, folder, timeout=900, cwd=folder)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.strip().splitlines()[-1]


@pytest.mark.parametrize(
    "group",
    [
        *(f"window_groups.{g}" for g in GROUPS),
        *(f"window_more.{g}" for g in MORE),
        *(f"window_input.{g}" for g in INPUT),
        *(f"window_tools.{g}" for g in TOOLS),
        *(f"window_panels.{g}" for g in PANELS),
        *(f"window_files.{g}" for g in FILES),
        *(f"window_measured.{g}" for g in MEASURED),
    ],
)
def test_everything_of_a_group_works_in_the_real_window(group: str, tmp_path: Path) -> None:
    assert session(group, tmp_path) == "ok"


def test_a_dense_display_has_panels_twice_as_large(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with x_server(tmp_path / "Xvfb.log", "2560x1440x24") as dense:
        monkeypatch.setenv("DISPLAY", dense)
        assert session("window_groups.dense", tmp_path) == "ok"
