"""Tests that are left out: what may be missing on a machine, and the lines that say what was.

Hooks of pytest; `conftest.py` imports them. With `--complete`, a test that is left out for any other reason than CUDA or
the CPU's instruction sets makes the run fail; so does one that needs the shared data where that folder exists.
"""

from __future__ import annotations

import os
import re
from collections import Counter
from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).parents[2] / "shared" / "data"
"""Files of MASS and GaitNet, which are no part of the repository: beside the clone, where somebody has laid them."""
MASS_DATA = Path(os.environ.get("MASS_DATA", SHARED_DATA / "mass"))
GAITNET_DATA = Path(os.environ.get("GAITNET_DATA", SHARED_DATA / "gaitnet"))
GOLDEN_DATA = Path(os.environ.get("GOLDEN_DATA", SHARED_DATA / "golden"))
ALWAYS_ALLOWED = re.compile(r"CUDA|the CPU")
DATA = "shared data"


def needs_shared_data(*paths: Path) -> pytest.MarkDecorator:
    """Leaves a test out where a file or folder of the shared data is not at hand."""
    missing = [str(path) for path in paths if not path.exists()]
    return pytest.mark.skipif(bool(missing), reason=f"{DATA}: there is no {', '.join(missing)}")


needs_mass = needs_shared_data(MASS_DATA / "human.xml")
needs_gaitnet = needs_shared_data(GAITNET_DATA)
needs_golden = needs_shared_data(GOLDEN_DATA, GAITNET_DATA)


def is_allowed(reason: str) -> bool:
    """Whether a complete run may leave out a test for that reason."""
    return bool(ALWAYS_ALLOWED.search(reason)) or (DATA in reason and not SHARED_DATA.is_dir())


def reasons(terminal: pytest.TerminalReporter) -> Counter[str]:
    """Why tests were left out, and how many for each reason."""
    found: Counter[str] = Counter()
    for report in terminal.getreports("skipped"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        found[reason.removeprefix("Skipped: ")] += 1
    return found


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--complete",
        action="store_true",
        help="fail where a test is skipped for want of anything but CUDA or an instruction set",
    )


@pytest.hookimpl(tryfirst=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """One line for all tests that wanted the shared data, one for each reason that a complete run does not allow."""
    found = reasons(terminalreporter)
    if data := sum(count for reason, count in found.items() if DATA in reason):
        terminalreporter.write_line(
            f"{data} tests need the shared data ({SHARED_DATA}) and were skipped"
        )
    if terminalreporter.config.getoption("--complete"):
        for reason, count in found.items():
            if not is_allowed(reason):
                line = f"not complete: {count} skipped: {reason}"
                terminalreporter.write_line(line, red=True)


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    terminal = session.config.pluginmanager.get_plugin("terminalreporter")
    if session.config.getoption("--complete") and not hasattr(session.config, "workerinput"):
        if not all(map(is_allowed, reasons(terminal))):
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED
