"""How tests are shared out among parallel processes. Hooks of pytest and pytest-xdist; `conftest.py` imports them."""

from __future__ import annotations

import os
from typing import Any

import pytest

if "PYTEST_XDIST_WORKER" in os.environ:
    # Before torch is loaded: processes that share the cores shall not wait for each other's threads.
    os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Each file's tests go to one process, which makes once what they share; so do all tests that open windows.

    Two windows at a time would wait for each other's pictures.
    """
    from xdist.scheduler import LoadScopeScheduling

    class FileScheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = nodeid.split("::")[0]
            return "windows" if "/test_window" in path else path

    return FileScheduling(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with slow tests come first, those with windows before all, so that the processes end at about the same time."""
    for item in items:
        if "display" in item.fixturenames:
            assert item.path.stem.startswith("test_window"), (
                f"{item.nodeid} opens a window: name its file so"
            )
            item.add_marker(pytest.mark.slow)
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: ("display" not in item.fixturenames, item.path not in slow))
