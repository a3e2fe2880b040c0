"""What the readers of XML share: elements whose attributes are checked as they are taken."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ..errors import ModelError, UserError
from ..readers.text import read_text

LARGEST = 1e9
"""No length, mass, force or gain of a human is near it."""


class Element:
    """An XML element that says where it stands when something is wrong with it."""

    def __init__(self, element: ElementTree.Element, where: str, error: type[UserError]) -> None:
        self.element = element
        self.where = where
        self._error = error

    def fail(self, what: str) -> UserError:
        return self._error(f"{self.where}: {what}")

    def children(self, tag: str) -> Iterator[Element]:
        """The elements inside that are called `tag`, each named by its own name or number."""
        for k, child in enumerate(self.element.findall(tag)):
            name = child.get("name")
            called = f"'{name}'" if name else f"{k + 1}"
            yield Element(child, f"{self.where}: {tag} {called}", self._error)

    def child(self, tag: str) -> Element:
        found = self.element.find(tag)
        if found is None:
            raise self.fail(f"no {tag} in it; add one")
        return Element(found, f"{self.where}: {tag}", self._error)

    def text(self, key: str, default: str | None = None) -> str:
        value = self.element.get(key, default)
        if value is None:
            raise self.fail(f"{key}: missing; add it")
        return value.strip()

    def optional(self, key: str) -> str | None:
        return self.element.get(key)

    def numbers(self, key: str, count: int, default: str | None = None) -> NDArray[np.float64]:
        """`count` finite numbers, or any number of them for 0."""
        text = self.text(key, default)
        return numbers(text, count, f"{self.where}: {key}", self._error)

    def number(self, key: str, default: str | None = None) -> float:
        return float(self.numbers(key, 1, default)[0])

    def parsed(self, text: str) -> float:
        """A finite number of a text of this element."""
        return float(numbers(text, 1, self.where, self._error)[0])

    def optional_number(self, key: str) -> float | None:
        return self.number(key) if self.optional(key) is not None else None


def numbers(text: str, count: int, where: str, error: type[UserError]) -> NDArray[np.float64]:
    """`count` finite numbers of a text (any number of them for 0)."""
    try:
        values = np.array([float(word) for word in text.split()], dtype=np.float64)
    except ValueError as problem:
        raise error(f"{where}: {problem}; numbers are expected") from None
    if count and len(values) != count:
        raise error(f"{where}: {len(values)} numbers given, {count} expected")
    if not np.isfinite(values).all() or (abs(values) > LARGEST).any():
        raise error(f"{where}: a number is not finite, or beyond {LARGEST:g}; mend it")
    return values


def read_xml(path: Path, root: str, error: type[UserError] = ModelError) -> Element:
    """The root element of a file, which must be called `root`."""
    return parse_xml(read_text(path, error), path, root, error)


def parse_xml(text: str, path: Path, root: str | None, error: type[UserError]) -> Element:
    """The same of the text of a file; any name is well where `root` is None."""
    if "<!ENTITY" in text:
        raise error(f"{path}: declares entities, which nothing here needs; take them out")
    start = text.find("<")
    try:
        # A file may have words before its first element; the programs that wrote these read past them.
        element = ElementTree.fromstring(text[start:] if start > 0 else text)
    except (ElementTree.ParseError, ValueError, RecursionError) as problem:
        raise error(f"{path}: not valid XML: {problem}") from None
    if root is not None and element.tag != root:
        raise error(f"{path}: begins with <{element.tag[:40]}>, <{root}> is expected")
    return Element(element, str(path), error)
