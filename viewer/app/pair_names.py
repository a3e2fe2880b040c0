"""Names of two compared simulations, which tell them apart."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path


def distinct_names(
    names: tuple[str, str], paths: tuple[Path, Path], engines: tuple[str, str]
) -> tuple[str, str]:
    """The names of the files, and where these are alike, what differs.

    Files in different folders are named with their folders, a file on two engines with the engines, and a file that is
    opened twice has a number.
    """
    if names[0] != names[1]:
        return names
    first, second = (path.resolve() for path in paths)
    if first != second:
        a, b = _folders(first.parent.parts, second.parent.parts)
        return f"{a}/{names[0]}", f"{b}/{names[1]}"
    if engines[0] != engines[1]:
        return f"{names[0]} on {engines[0]}", f"{names[1]} on {engines[1]}"
    return names[0], f"{names[1]} (2)"


def _folders(first: Sequence[str], second: Sequence[str]) -> tuple[str, str]:
    """The last parts of two folders from where they differ: the nearest one if that is enough."""
    for count in range(1, max(len(first), len(second)) + 1):
        if tuple(first[-count:]) != tuple(second[-count:]):
            a, b = first[-count:], second[-count:]
            return "/".join(a).replace("//", "/"), "/".join(b).replace("//", "/")
    raise ValueError("the folders are the same")
