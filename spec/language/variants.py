"""Versions of one protocol: switches and the profiles that set them, and defects, which edit a statement."""

from __future__ import annotations

import ast
import linecache
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from .errors import SpecError
from .rows import Declaration, declaration

_on: frozenset[Switch] = frozenset()


class Switch:
    """One difference between versions, asked for with `if SWITCH:`; `source` says where it comes from."""

    def __init__(self, name: str, documentation: str, *, source: str = "") -> None:
        self.name, self.documentation, self.source = name, documentation, source

    def __bool__(self) -> bool:
        return self in _on

    def __repr__(self) -> str:
        return f"Switch({self.name!r})"


@dataclass(frozen=True)
class Profile:
    """A version of the protocol: the switches that are on in it."""

    name: str
    documentation: str
    switches: tuple[Switch, ...] = ()


@dataclass(frozen=True)
class Edit:
    """Replace the one statement of `method` that reads `old` by `new` (nothing: the statement is left out)."""

    method: Callable[..., Any]
    old: str
    new: str = "pass"


@dataclass(frozen=True)
class Defect:
    """A named mistake: edits of the protocol under `profile`, and the property that they must break."""

    name: str
    documentation: str
    breaks: str
    edits: tuple[Edit, ...] = field(repr=False)
    profile: str = "repaired"


@contextmanager
def variant(profile: Profile | None, defect: Defect | None = None) -> Iterator[None]:
    """Run as `profile` says, with `defect` in place: every reader of the spec sees the edited methods."""
    global _on
    before = _on
    _on = frozenset(profile.switches if profile else ())
    originals: dict[Declaration, FunctionType] = {}
    try:
        if defect:
            for declared, body in edited(defect).items():
                originals[declared] = declared.body
                declared.body = body
        yield
    finally:
        _on = before
        for declared, body in originals.items():
            declared.body = body


def edited(defect: Defect) -> dict[Declaration, FunctionType]:
    """The methods that a defect edits, compiled from edited source that tracebacks and readers can see."""
    texts: dict[str, str] = {}
    methods: list[Declaration] = []
    for edit in defect.edits:
        declared = declaration(edit.method)
        if declared is None:
            raise SpecError(f"defect {defect.name}: {edit.method!r} is no row", instead="name a step or an operation")
        methods.append(declared)
        text = texts.get(declared.file) or "".join(linecache.getlines(declared.file))
        texts[declared.file] = _replace(text, declared, edit, defect)
    result: dict[Declaration, FunctionType] = {}
    for declared in methods:
        text = texts[declared.file]
        file = f"{declared.file} with {defect.name}"
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
        function = _find(ast.parse(text), declared)
        function.decorator_list = []
        scope: dict[str, Any] = {}
        code = compile(ast.Module([function], []), file, "exec", flags=_FUTURE, dont_inherit=True)
        exec(code, declared.body.__globals__, scope)  # the spec's own source, edited
        body = scope[declared.name]
        body.__qualname__ = declared.body.__qualname__
        result[declared] = body
    return result


_FUTURE = __import__("__future__").annotations.compiler_flag


def _find(module: ast.Module, declared: Declaration) -> ast.FunctionDef:
    owners: list[ast.Module | ast.ClassDef] = [module]
    if declared.machine is not None:
        owners = [n for n in ast.walk(module) if isinstance(n, ast.ClassDef) and n.name == declared.machine.__name__]
    found = [n for o in owners for n in o.body if isinstance(n, ast.FunctionDef) and n.name == declared.name]
    if len(found) != 1:
        raise SpecError(f"{declared.qualname} is defined {len(found)} times", file=declared.file, line=declared.line)
    return found[0]


def _replace(text: str, declared: Declaration, edit: Edit, defect: Defect) -> str:
    wanted = ast.parse(textwrap.dedent(edit.old)).body
    if len(wanted) != 1:
        raise SpecError(f"defect {defect.name}: {edit.old!r} is not one statement", instead="quote one statement")
    method = _find(ast.parse(text), declared)
    shape = ast.dump(wanted[0])
    found = [node for node in ast.walk(method) if isinstance(node, ast.stmt) and ast.dump(node) == shape]
    if len(found) != 1:
        raise SpecError(
            f"defect {defect.name}: {edit.old!r} stands {len(found)} times in {declared.qualname}",
            file=declared.file,
            line=declared.line,
            instead="quote a statement that stands there exactly once",
        )
    lines = text.splitlines(keepends=True)
    first, last = found[0].lineno - 1, found[0].end_lineno or found[0].lineno
    new = textwrap.indent(textwrap.dedent(edit.new).strip("\n") + "\n", " " * found[0].col_offset)
    return "".join([*lines[:first], new, *lines[last:]])
