"""The oldest versions of the libraries: those that are declared, tested and written down are the same."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[3]
EXTRAS = ("gymnasium", "sb3", "torchrl", "skrl", "rsl-rl", "rllib", "ray")
TABLE = {
    "gymnasium": "gymnasium",
    "Stable-Baselines3": "stable-baselines3",
    "torchrl": "torchrl",
    "skrl": "skrl",
    "rsl_rl": "rsl-rl-lib",
    "Ray, RLlib": "ray",
}
"""The rows of docs/trainers.md."""


def padded(version: str) -> str:
    return ".".join([*version.split("."), "0", "0"][:3])


def declared() -> dict[str, set[str]]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    found: dict[str, set[str]] = {}
    for extra in EXTRAS:
        for requirement in project["optional-dependencies"][extra]:
            name, version = re.fullmatch(r"([\w-]+)(?:\[\w+\])?>=([\d.]+)", requirement).groups()
            found.setdefault(name, set()).add(padded(version))
    return found


def test_the_declared_lower_bounds_are_the_versions_that_are_tested() -> None:
    script = (ROOT / "tools" / "setup" / "interface_tests.sh").read_text()
    tested = re.findall(r'"([\w-]+)(?:\[\w+\])?==([\d.]+)"', script)
    assert declared() == {name: {padded(version)} for name, version in tested}


def test_the_documented_oldest_versions_are_the_declared_ones() -> None:
    page = (ROOT / "docs" / "trainers.md").read_text().partition("## Versions")[2]
    rows = re.findall(r"^\| ([\w, -]+) \| [^|]+ \| ([\d.]+) \|$", page, re.MULTILINE)
    assert {TABLE[name]: {padded(version)} for name, version in rows if name in TABLE} == declared()
