"""How the class of a machine is written: where its parts stand, and what it may not have."""

from __future__ import annotations

import ast
import difflib
import functools
import inspect
import linecache
import sys
from collections.abc import Mapping
from types import FunctionType
from typing import Any

from .errors import Place, SpecError
from .rows import Lock, State, Thread, declaration

RESERVED = frozenset(
    ("state", "live", "index", "new", "goto", "dynamic", "command", "holds", "thread", "states", "rows", "fields", "of")
)
"""The names that machines and monitors have already."""

ARGUMENTS: dict[str, type] = {"dynamic": bool, "command": bool, "holds": Lock, "thread": Thread}


def place(cls: type) -> Place:
    """The file and line where a class is written, as well as Python knows."""
    node = _written(cls)
    return _file(cls), _line(node) if node is not None else 0


def _file(cls: type) -> str:
    return getattr(sys.modules.get(cls.__module__), "__file__", None) or cls.__module__


def _written(cls: type) -> ast.ClassDef | None:
    """The class as it is written; None if nobody knows where. `inspect` looks through the file each time."""
    return _classes("".join(linecache.getlines(_file(cls)))).get(cls.__qualname__)


@functools.lru_cache
def _classes(text: str) -> dict[str, ast.ClassDef]:
    """The classes of a file by their qualified names; of two with one name the first."""
    try:
        tree = ast.parse(text)
    except SyntaxError:
        return {}
    found: dict[str, ast.ClassDef] = {}
    waiting: list[tuple[str, ast.AST]] = [("", tree)]
    while waiting:
        prefix, parent = waiting.pop()
        for node in ast.iter_child_nodes(parent):
            if isinstance(node, ast.ClassDef):
                found.setdefault(prefix + node.name, node)
                waiting.append((f"{prefix}{node.name}.", node))
            elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                waiting.append((f"{prefix}{node.name}.<locals>.", node))
            elif isinstance(node, ast.stmt):
                waiting.append((prefix, node))
    return found


def _line(node: ast.stmt) -> int:
    """Where it begins, with what decorates it."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def at(cls: type, message: str, instead: str) -> SpecError:
    """An error that stands where the class does."""
    file, line = place(cls)
    return SpecError(message, file=file, line=line, instead=instead)


def lines(cls: type) -> dict[str, list[int]]:
    """Where the names of a class are written; a name that is written twice has two lines."""
    node = _written(cls)
    found: dict[str, list[int]] = {}
    for statement in node.body if node is not None else ():
        for name in _names(statement):
            found.setdefault(name, []).append(_line(statement))
    return found


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        return [node.name]
    targets = node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
    return [name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)]


def check_arguments(cls: type, arguments: Mapping[str, object]) -> None:
    """The class arguments exist, have their types and go together, and the base is the language's alone."""
    for name, value in arguments.items():
        kind = ARGUMENTS.get(name)
        if kind is None:
            close = difflib.get_close_matches(name, ARGUMENTS, 1)
            hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(ARGUMENTS)}"
            raise at(cls, f"{cls.__name__}: a machine has no class argument `{name}`", hint)
        if not isinstance(value, kind) and not (value is None and kind in (Lock, Thread)):
            hint = "write True or False" if kind is bool else f'write `{name}={kind.__name__}("...")`'
            raise at(cls, f"{cls.__name__}: `{name}={value!r}` is no {kind.__name__}", hint)
    if arguments.get("command") and arguments.get("dynamic"):
        raise at(cls, f"{cls.__name__} is a command, and dynamic", "drop `dynamic`: a command is static")
    if arguments.get("holds") and not arguments.get("command"):
        raise at(cls, f"{cls.__name__} holds a lock, but is no command", "write `command=True`, or drop `holds`")
    for base in cls.__bases__:
        if not _is_ours(base):
            hint = "give it its own fields and rows: only `Machine` and `Monitor` are inherited"
            raise at(cls, f"{cls.__name__} inherits from {base.__name__}", hint)


def _is_ours(cls: type) -> bool:
    return cls.__module__.rpartition(".")[0] == __package__


def check_contents(cls: type) -> None:
    """Everything that the class has is a field, a state or a row, and can be used."""
    if _is_ours(cls):
        return
    for name in dict.fromkeys([*inspect.get_annotations(cls), *vars(cls)]):
        complaint = _complaint(cls, name)
        if complaint is not None:
            raise _in(cls, name, *complaint)


def check_names(cls: type) -> None:
    """Nothing is declared twice: of what Python keeps, the last is all that can be seen."""
    for name, where in lines(cls).items():
        if len(where) > 1 and not (name.startswith("__") and name.endswith("__")):
            raise _in(cls, name, "is declared twice", "rename one of them")


def _in(cls: type, name: str, message: str, instead: str) -> SpecError:
    """An error that stands where a name of the class does, for the last time."""
    file, line = place(cls)
    return SpecError(
        f"{cls.__name__}.{name} {message}", file=file, line=lines(cls).get(name, [line])[-1], instead=instead
    )


def _complaint(cls: type, name: str) -> tuple[str, str] | None:
    """What is wrong with a name of a class, and what to write instead; None if nothing is."""
    value = vars(cls).get(name)
    annotation = inspect.get_annotations(cls).get(name)
    row = declaration(value)
    if name == "__init__":
        return "never runs", "set the first values in `boot`, or hand them to `new`"
    if (name.startswith("__") and name.endswith("__")) or "ClassVar" in str(annotation):
        return None
    if name in RESERVED:
        return "is a word of the language", "use another name"
    if annotation is not None and row is not None:
        return "is declared twice", "rename one of them"
    if annotation is not None:
        return _field_complaint(name, value, annotation)
    if isinstance(value, State):
        same = (value.machine, value.name) == (cls, name)
        return None if same else (f"is the same State as {value}", f"write `{name} = State()`")
    if isinstance(value, FunctionType):
        return None if row else ("is a method that nothing runs", "write `@step()` or `@operation` above it")
    if isinstance(value, staticmethod | classmethod | property):
        return f"is a {type(value).__name__}", "write a plain `def` under `@operation`, or one beside the class"
    return "is neither a field, a state nor a row", f"annotate it: `{name}: bool`; all else stands beside the class"


def _field_complaint(name: str, value: object, annotation: object) -> tuple[str, str] | None:
    if isinstance(value, State):
        return "is annotated, but a State is no field", f"write `{name} = State()`"
    if value is not None:
        return "is a field with a default", f"write `{name}: {_text(annotation)}`, and set it in `boot`"
    if name.startswith("_"):
        return "is a field with an underscore", "use another name"
    return None


def _text(annotation: Any) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
