"""Validated parsing of YAML with one-line errors, shared by the readers."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, TypeVar, get_args

import numpy as np
from pydantic import BaseModel, ConfigDict, GetCoreSchemaHandler, ValidationError, model_validator

from ..errors import UserError
from .files import is_there, read_text
from .yaml_text import load_yaml

Model = TypeVar("Model", bound=BaseModel)

MOST_KEYS = 10_000
"""Largest number of keys of a mapping."""

LONGEST_SHOWN = 60
"""Largest number of characters of a text that errors show unchanged."""


__all__ = [
    "Strict", "is_there", "kind_of", "load_yaml", "parse", "read_text", "shown", "suggestion",
    "validate", "validating", "vector",
]  # fmt: skip


def _fail_fast(schema: Any) -> None:
    """Make the validation of every list of a schema stop at its first invalid item."""
    if isinstance(schema, dict):
        if schema.get("type") == "list":
            schema["fail_fast"] = True
        for part in schema.values():
            _fail_fast(part)
    elif isinstance(schema, (list, tuple)):
        for part in schema:
            _fail_fast(part)


class Strict(BaseModel):
    """A part of a file. Unknown keys and numbers that are not finite are refused.

    Only the first invalid item of a list is reported, as a file may have a million.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _few_keys(cls, value: Any) -> Any:
        if isinstance(value, dict) and len(value) > MOST_KEYS:
            raise ValueError(f"{len(value)} keys, more than any part of a file has")
        return value

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        schema = handler(source)
        _fail_fast(schema)
        return schema


def parse(text: str, origin: str, model: type[Model], error: type[UserError]) -> Model:
    """YAML text as a validated model; `error` names origin, field, what was found, and the fix."""
    tree = load_yaml(text, origin, error)
    if not isinstance(tree, dict):
        raise error(f"{origin}: a mapping of keys is expected, not {kind_of(tree)}")
    wanted = {field.alias or name for name, field in model.model_fields.items()}
    if tree and not wanted & tree.keys():
        # This is a file of another kind: the error shows nothing of its content.
        required = [name for name, field in model.model_fields.items() if field.is_required()]
        raise error(f"{origin}: has none of the keys {', '.join(required or sorted(wanted))}")
    return validate(tree, origin, model, error)


def validate(tree: Any, origin: str, model: type[Model], error: type[UserError]) -> Model:
    """A tree of plain values as a validated model, with the errors of `parse`."""
    try:
        return model.model_validate(tree)
    except ValidationError as problem:
        raise error(f"{origin}: {_first_problem(problem, model)}") from None


@contextmanager
def validating(origin: str, error: type[UserError]) -> Iterator[None]:
    """Turn what a model says against the values that it is built of into `error`, one line."""
    try:
        yield
    except ValidationError as problem:
        first = problem.errors(include_url=False)[0]
        found = shown(first["input"])
        raise error(f"{origin}: {_path(first['loc'])}: {first['msg']} (found {found})") from None


def _first_problem(problem: ValidationError, model: type[BaseModel]) -> str:
    problems = problem.errors(include_url=False)
    # A misspelt key is both unknown and missing: the first problem names the key to correct.
    first = min(problems, key=lambda p: p["type"] != "extra_forbidden")
    more = problem.error_count() - 1
    loc, holder = _field_of(model, first["loc"])
    field = _path(loc)
    if first["type"] == "extra_forbidden":
        known = sorted(field.alias or name for name, field in holder.model_fields.items())
        text = f"{field}: unknown key; {suggestion(str(first['loc'][-1]), known)}"
    elif first["type"] == "missing":
        text = f"{field}: missing; add it"
    elif first["type"] == "value_error":
        text = f"{field}: {first['ctx']['error']}" if field else str(first["ctx"]["error"])
    elif first["type"] == "union_tag_invalid":
        ctx = first["ctx"]
        key = ctx["discriminator"].strip("'")
        wanted = f"one of {ctx['expected_tags']} is expected"
        text = f"{field}.{key}: {wanted} (found {shown(ctx['tag'])})"
    else:
        found = shown(first["input"])
        text = f"{field}: {first['msg']} (found {found})"
    return text + (f" (and {more} more)" if more else "")


def shown(value: Any) -> str:
    """A value of a file as errors show it: short scalars unchanged, other values by their kind."""
    if isinstance(value, bool) or value is None or isinstance(value, float):
        return repr(value)
    if isinstance(value, int):
        return str(value) if abs(value) < 10**20 else "an integer of more than 20 digits"
    if isinstance(value, str) and len(value) <= LONGEST_SHOWN:
        return repr(value)
    return kind_of(value)


def kind_of(value: Any) -> str:
    """Description of the kind of a value of a file."""
    match value:
        case str():
            return "a text" if len(value) <= LONGEST_SHOWN else f"a text of {len(value)} characters"
        case bool() | None:
            return {True: "true", False: "false"}.get(value, "nothing")  # type: ignore[arg-type]
        case int() | float():
            return "a number"
        case dict():
            return f"a mapping of {len(value)} keys"
        case list():
            return f"a list of {len(value)} items"
        case date():
            return "a date"
    return f"a value of kind {type(value).__name__}"


def suggestion(name: str, known: Iterable[str]) -> str:
    """The fix for an unknown name: the most similar known name, or all known names."""
    names = list(known)
    near = difflib.get_close_matches(name[:LONGEST_SHOWN], names, n=1)
    return f"did you mean '{near[0]}'?" if near else f"known: {', '.join(names) or 'none'}"


def _path(loc: tuple[Any, ...]) -> str:
    text = ""
    for part in loc:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text


def _field_of(
    model: type[BaseModel], loc: tuple[Any, ...]
) -> tuple[tuple[Any, ...], type[BaseModel]]:
    """The location in the file's terms, and the model that has the last part of `loc` as a key.

    Between a field and its keys pydantic inserts the name of the chosen model of a union, which is left out.
    """
    kept: list[Any] = []
    candidates = [model]
    for i, part in enumerate(loc):
        chosen = [m for m in candidates if part in _tags(m)] if len(candidates) > 1 else []
        if chosen:
            candidates = chosen
            continue
        kept.append(part)
        fields = [m.model_fields[part] for m in candidates if part in m.model_fields]
        inner = [m for field in fields for m in _models_in(field.annotation)]
        if inner and i < len(loc) - 1:
            candidates = inner
    return tuple(kept), candidates[-1]


def _tags(model: type[BaseModel]) -> tuple[Any, ...]:
    """The values of `type` that select this model of a union."""
    field = model.model_fields.get("type")
    return get_args(field.annotation) if field is not None else ()


def _models_in(annotation: Any) -> list[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    return [m for part in getattr(annotation, "__args__", ()) for m in _models_in(part)]


def vector(values: Any) -> np.ndarray:
    """Numbers as a read-only float64 array."""
    array = np.asarray(values, dtype=np.float64)
    array.setflags(write=False)
    return array
