"""The networks that an environment of the GaitNets names beside a checkpoint's own: its `cascading`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ...errors import ConfigError
from ..xml_text import Element
from .environment import find_file
from .environment_keys import Cascading
from .parameters import Parameters


def cascading_of_xml(element: Element) -> dict[str, Any] | bool:
    """The YAML's key of an env.xml's <cascading>; True where it names no networks."""
    networks = [(one.text or "").strip() for one in element.element.findall("networks/*")]
    edges = []
    for one in element.element.findall("edges/*"):
        inner = Element(one, f"{element.where}: edges", ConfigError)
        edges.append([int(inner.number(key)) for key in ("start", "end")])
    return {"networks": networks, "edges": edges} if networks else True


def find_cascade(
    asked: Cascading, parameters: Parameters, path: Path, normalised: bool, pass_through: bool
) -> dict[str, Any] | str:
    """The project's `cascade`, or a line that says which file is not there."""
    files = []
    for name in asked.networks:
        try:
            files.append(find_file(name, path, "cascading"))
        except ConfigError:
            return f"cascading: of its {len(asked.networks)} networks '{name[:80]}' is not there"
    ranges = {
        name: (bounds.min, bounds.max, parameters.values[name])
        for name, bounds in parameters.ranges.items()
    }
    return {
        "networks": files,
        "edges": asked.edges,
        "parameters": ranges,
        "normalised": normalised,
        "pass_through": pass_through,
    }
