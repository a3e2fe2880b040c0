"""Reading of YAML as plain values, with bounded size and one-line errors."""

from __future__ import annotations

import pickle
import re
from functools import lru_cache
from typing import Any

import yaml

from ..errors import UserError

MOST_VALUES = 700_000
"""Largest number of values of a text, with aliases expanded; motions have some ten thousands."""

ALIASED = 100_000
"""Number of values that any text may expand to, even if it has fewer characters."""

LONGEST_NUMBER = 100
"""Largest number of characters of a number or date."""

KEPT = 16
"""Number of texts whose values are kept: a character, its motions and the norms are read again and again."""

LARGEST_KEPT = 1_000_000
"""Number of characters up to which a text's values are kept."""

_MARKS = re.compile(r"[,\[{?\n]|- |: ")
"""Marks, one of which comes before every value."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """SafeLoader, whose constructors raise YAMLError with the line of a value that cannot be built."""


def _guard(kind: str) -> None:
    """Replace the constructor of a kind of scalar by one that reports invalid values."""
    tag = f"tag:yaml.org,2002:{kind}"
    construct = yaml.SafeLoader.yaml_constructors[tag]

    def guarded(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        what = f"the value is not a valid {kind}"
        if isinstance(node, yaml.ScalarNode):
            try:
                if len(node.value) > LONGEST_NUMBER:
                    what = f"a number or date of {len(node.value)} characters"
                # A mapping whose keys are larger integers with equal hashes would take hours.
                elif not isinstance(value := construct(loader, node), int) or abs(value) < 1 << 63:
                    return value
                else:
                    what = "an integer beyond 64 bits"
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                pass  # reported below
        raise yaml.constructor.ConstructorError(None, None, what, node.start_mark)

    _Loader.add_constructor(tag, guarded)


for _kind in ("int", "float", "bool", "timestamp"):
    _guard(_kind)


class _Fault(Exception):
    """What is wrong with a text, in words."""


def load_yaml(text: str, origin: str, error: type[UserError]) -> Any:
    """The plain values of a text. `error`: origin, line and fault in one line."""
    pickled = _pickled if len(text) <= LARGEST_KEPT else _pickled.__wrapped__
    try:
        return pickle.loads(pickled(text))
    except _Fault as fault:
        raise error(f"{origin}: {fault}") from None


@lru_cache(KEPT)
def _pickled(text: str) -> bytes:
    """The values of a text. Each reader unpacks its own, in a fiftieth of the time that the text takes."""
    if sum(1 for _ in _MARKS.finditer(text)) > MOST_VALUES:
        raise _Fault(f"has more than {MOST_VALUES} values, the limit")
    try:
        return pickle.dumps(_parsed(text))
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise _Fault(f"not valid YAML{where}: {_said(problem)}") from None
    except (RecursionError, ValueError) as problem:
        reason = "nested too deeply" if isinstance(problem, RecursionError) else "not a text"
        raise _Fault(f"not valid YAML: {reason}") from None


def _parsed(text: str) -> Any:
    loader = _Loader(text)
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        allowed = min(max(ALIASED, len(text)), MOST_VALUES)
        if "*" in text and _expanded(node, {}) > allowed:
            raise _Fault(f"its aliases unpack to more than {allowed} values; write them out")
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _said(problem: yaml.YAMLError) -> str:
    """The problem in words, with at most one character of the text itself."""
    message = " ".join(str(getattr(problem, "problem", problem)).split())
    return re.sub(r"(['\"])[^'\"].+\1", "a word", message)[:200]


def _expanded(node: yaml.Node, known: dict[int, int]) -> int:
    """Number of values of a node with all aliases expanded; more than the limit for a node that contains itself."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MOST_VALUES * 2  # while it is being counted
    total = 1
    for part in node.value:
        parts = part if isinstance(part, tuple) else (part,)
        total += sum(_expanded(inner, known) for inner in parts)
    known[id(node)] = total
    return total
