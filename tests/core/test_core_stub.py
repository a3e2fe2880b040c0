"""_core.pyi says what the compiled module holds: the same names, no more and no fewer."""

import ast
from pathlib import Path

from muscle_viewer.core import _core

STUB = Path(__file__).parents[2] / "core" / "_core.pyi"
ALIASES = {"Floats", "Doubles", "Booleans"}


def stub_names() -> dict[str, set[str]]:
    """Names of the stub's top level, "", and of each class."""
    names: dict[str, set[str]] = {"": set()}
    for node in ast.parse(STUB.read_text()).body:
        names[""] |= set(_defined(node))
        if isinstance(node, ast.ClassDef):
            names[node.name] = {name for member in node.body for name in _defined(member)}
    names[""] -= ALIASES
    return names


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.ClassDef, ast.FunctionDef)):
        return [node.name]
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return [node.target.id]
    if isinstance(node, ast.Assign):
        return [target.id for target in node.targets if isinstance(target, ast.Name)]
    return []


def module_names() -> dict[str, set[str]]:
    public = {name: value for name, value in vars(_core).items() if not name.startswith("_")}
    names = {"": set(public)}
    for name, value in public.items():
        if isinstance(value, type):
            context = {"__enter__", "__exit__"}
            own = {name for name in vars(value) if not name.startswith("_") or name in context}
            made_in_python = value.__init__ is not object.__init__ and "__init__" in vars(value)
            names[name] = own | ({"__init__"} if made_in_python else set())
    return names


def test_the_stub_has_the_modules_names() -> None:
    stub, module = stub_names(), module_names()
    assert stub[""] == module[""]
    for name in module:
        assert stub[name] - {"__init__"} == module[name] - {"__init__"}, name
