"""YAML as plain values: bounded in size, every fault one line."""

from __future__ import annotations

import re
from typing import Any

import yaml

from ..errors import UserError

MOST_VALUES = 700_000
"""Values of a text, those of aliases counted wherever they stand; motions have some ten thousands."""

ALIASED = 100_000
"""Values that a text may unpack to where it has fewer letters."""

LONGEST_NUMBER = 100
"""Letters of a number or date."""

_MARKS = re.compile(r"[,\[{?\n]|- |: ")
"""One of these stands before every value."""


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """SafeLoader, whose constructors say where a value cannot be made."""


def _guard(kind: str) -> None:
    """Let the constructor of a kind of scalar say what it cannot read."""
    tag = f"tag:yaml.org,2002:{kind}"
    construct = yaml.SafeLoader.yaml_constructors[tag]

    def guarded(loader: yaml.SafeLoader, node: yaml.Node) -> Any:
        what = f"what stands there is no {kind}"
        if isinstance(node, yaml.ScalarNode):
            try:
                if len(node.value) > LONGEST_NUMBER:
                    what = f"a number or date of {len(node.value)} letters"
                # Larger integers with equal hashes, as keys, would take a mapping hours.
                elif not isinstance(value := construct(loader, node), int) or abs(value) < 1 << 63:
                    return value
                else:
                    what = "an integer beyond 64 bits"
            except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError):
                pass  # as said above
        raise yaml.constructor.ConstructorError(None, None, what, node.start_mark)

    _Loader.add_constructor(tag, guarded)


for _kind in ("int", "float", "bool", "timestamp"):
    _guard(_kind)


def load_yaml(text: str, origin: str, error: type[UserError]) -> Any:
    """The plain values of a text. `error`: origin, line and fault in one line."""
    if sum(1 for _ in _MARKS.finditer(text)) > MOST_VALUES:
        raise error(f"{origin}: holds more than {MOST_VALUES} values, which is too many")
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            if node is None:
                return None
            allowed = min(max(ALIASED, len(text)), MOST_VALUES)
            if "*" in text and _expanded(node, {}) > allowed:
                raise error(
                    f"{origin}: its aliases unpack to more than {allowed} values; write them out"
                )
            return loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as problem:
        mark = getattr(problem, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark else ""
        raise error(f"{origin}: not valid YAML{where}: {_said(problem)}") from None
    except (RecursionError, ValueError) as problem:
        reason = "it nests too deep" if isinstance(problem, RecursionError) else "it is no text"
        raise error(f"{origin}: not valid YAML: {reason}") from None


def _said(problem: yaml.YAMLError) -> str:
    """What is wrong; of the text itself no more than a letter."""
    said = " ".join(str(getattr(problem, "problem", problem)).split())
    return re.sub(r"(['\"])[^'\"].+\1", "a word", said)[:200]


def _expanded(node: yaml.Node, known: dict[int, int]) -> int:
    """How many values a node has where each alias is written out; a node that holds itself is too many."""
    if isinstance(node, yaml.ScalarNode):
        return 1
    if id(node) in known:
        return known[id(node)]
    known[id(node)] = MOST_VALUES * 2  # until it is counted
    total = 1
    for part in node.value:
        parts = part if isinstance(part, tuple) else (part,)
        total += sum(_expanded(inner, known) for inner in parts)
    known[id(node)] = total
    return total
