"""Versions of one protocol: switches and the profiles that set them, and defects, which edit a statement."""

from __future__ import annotations

import ast
import linecache
import textwrap
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

from .errors import Place, SpecError, here
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
    """A version of the protocol: the switches that are on in it.

    A `study` is a version that answers a question; it is not compared with the others unless it is asked for.
    `explained` says why something is meant to be, by its id: what a search reports as vacuous in it, and which of its
    mutants survive.
    """

    name: str
    documentation: str
    switches: tuple[Switch, ...] = ()
    study: bool = False
    explained: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)


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
    place: Place = field(default_factory=here, init=False, repr=False, compare=False)

    def refused(self, message: str, instead: str) -> SpecError:
        """An error that stands where the Defect is written."""
        file, line = self.place
        return SpecError(f"defect {self.name}: {message}", file=file, line=line, instead=instead)


@dataclass(frozen=True)
class Mutant:
    """A mistake that a program makes: the lines from `first` to `last` of a row's method read `new` instead."""

    name: str
    row: Declaration
    first: int
    last: int
    new: str = field(repr=False)


@contextmanager
def variant(profile: Profile | None, defect: Defect | Mutant | None = None) -> Iterator[None]:
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


def edited(defect: Defect | Mutant) -> dict[Declaration, FunctionType]:
    """The methods that a mistake edits, compiled from edited source that tracebacks and readers can see."""
    if isinstance(defect, Mutant):
        text = _put(_text(defect.row.file), defect.first, defect.last, defect.new)
        return {defect.row: _compiled(defect.row, text, defect.name)}
    texts: dict[str, str] = {}
    methods: list[Declaration] = []
    for edit in defect.edits:
        declared = declaration(edit.method)
        if declared is None:
            name = getattr(edit.method, "__name__", repr(edit.method))
            raise defect.refused(f"{name} is no row", "name a step or an operation, as in `Edit(Machine.row, ...)`")
        methods.append(declared)
        text = texts.get(declared.file) or _text(declared.file)
        texts[declared.file] = _replace(text, declared, edit, defect)
    return {declared: _compiled(declared, texts[declared.file], defect.name) for declared in methods}


def _text(file: str) -> str:
    return "".join(linecache.getlines(file))


def _compiled(declared: Declaration, text: str, name: str) -> FunctionType:
    """A row's method, from the edited text of its file."""
    file = f"{declared.file} with {name}"
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    function = method_of(declared, text)
    function.decorator_list = []
    scope: dict[str, Any] = {}
    code = compile(ast.Module([function], []), file, "exec", flags=_FUTURE, dont_inherit=True)
    exec(code, declared.body.__globals__, scope)  # the spec's own source, edited
    body: FunctionType = scope[declared.name]
    body.__qualname__ = declared.body.__qualname__
    return body


_FUTURE = __import__("__future__").annotations.compiler_flag


def method_of(declared: Declaration, text: str) -> ast.FunctionDef:
    """The syntax tree of a row's method in the text of its file. Raises `SpecError` if it does not stand there once."""
    module = ast.parse(text)
    owners: list[ast.Module | ast.ClassDef] = [module]
    if declared.machine is not None:
        owners = [n for n in ast.walk(module) if isinstance(n, ast.ClassDef) and n.name == declared.machine.__name__]
    found = [n for o in owners for n in o.body if isinstance(n, ast.FunctionDef) and n.name == declared.name]
    if len(found) != 1:
        raise SpecError(
            f"{declared.qualname} stands {len(found)} times where a defect looks for it",
            file=declared.file,
            line=declared.line,
            instead="define it once, directly in its class or module",
        )
    return found[0]


def _replace(text: str, declared: Declaration, edit: Edit, defect: Defect) -> str:
    wanted = _statements(edit.old, defect)
    if len(wanted) != 1:
        raise defect.refused(f"{edit.old!r} is not one statement", "quote one statement")
    _statements(edit.new, defect)
    method = method_of(declared, text)
    shape = ast.dump(wanted[0])
    found = [node for node in ast.walk(method) if isinstance(node, ast.stmt) and ast.dump(node) == shape]
    if len(found) != 1:
        raise defect.refused(
            f"{edit.old!r} stands {len(found)} times in {declared.qualname}",
            "quote a statement that stands there exactly once",
        )
    new = textwrap.dedent(edit.new).strip("\n") or "pass"
    indented = textwrap.indent(new + "\n", " " * found[0].col_offset)
    return _put(text, found[0].lineno, found[0].end_lineno or found[0].lineno, indented)


def _put(text: str, first: int, last: int, new: str) -> str:
    lines = text.splitlines(keepends=True)
    return "".join([*lines[: first - 1], new, *lines[last:]])


def _statements(text: str, defect: Defect) -> list[ast.stmt]:
    if not isinstance(text, str):
        raise defect.refused(f"{text!r} is no text", "quote a statement")
    try:
        module = ast.parse(f"def row():\n{textwrap.indent(textwrap.dedent(text) or 'pass', '    ')}")
    except SyntaxError as error:
        raise defect.refused(f"{text!r} is no Python: {error.msg}", "quote a whole statement") from None
    return module.body[0].body if text.strip() and isinstance(module.body[0], ast.FunctionDef) else []
