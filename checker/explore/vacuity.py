"""What says less than it seems to: rows that never fire, branches that are never taken, guards that stop nothing.

A property that holds may hold because what it speaks of never happens. A complete search knows: it has marks for every
part of the spec that ran (see `compile/coverage.py`).
"""

from __future__ import annotations

import ast
import functools
import linecache
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import cast

from ...spec.language.rows import Declaration
from ...spec.language.types import Field
from ..compile.coverage import Point, What, conjuncts, returns
from ..compile.ir import (
    Call,
    Change,
    Constant,
    Expression,
    For,
    Function,
    If,
    Judged,
    Junction,
    Load,
    New,
    Pop,
    Program,
    Require,
    Statement,
    Store,
    walk,
)
from .result import Vacuity, VacuityKind

Ran = Callable[[Point], bool]


def vacuities(program: Program, marks: Mapping[Point, bool], fired: Collection[Declaration]) -> Iterator[Vacuity]:
    """All findings of a complete search, in the order of the spec; of what never runs, nothing inside it."""

    def ran(point: Point) -> bool:
        return marks.get(point, False)

    yield from dead_rows(program.functions, fired)
    called = {function.declaration for function in program.functions.values() if ran(_entry(function))}
    for row, function in program.functions.items():
        if row.kind == "handler" and row not in called:
            yield _finding("never-told", row, row.line)
        elif row in called if row.kind != "step" else row in fired:
            yield from _guards(row, function.body, ran)
            yield from _branches(row, function.body, ran)
    written = {made for row in called for made in _written(program.functions[row])}
    for known in program.judged:
        yield from _property(known, program, written, ran)


def dead_rows(rows: Iterable[Declaration], fired: Collection[Declaration]) -> Iterator[Vacuity]:
    """The steps that never fire: of these, both engines know."""
    return (_finding("row-never-fires", row, row.line) for row in rows if row.kind == "step" and row not in fired)


def _entry(function: Function) -> Point:
    return Point("entered", function.declaration, function.declaration.line)


def _guards(row: Declaration, body: Sequence[Statement], ran: Ran) -> Iterator[Vacuity]:
    for statement in body:
        if isinstance(statement, Require):
            for index, part in enumerate(conjuncts(statement.condition)):
                if not isinstance(part, Constant) and not ran(Point("guard", row, statement.line, index)):
                    yield _finding("guard-never-false", row, statement.line, _part(row, statement.line, index))


def _branches(row: Declaration, body: Sequence[Statement], ran: Ran) -> Iterator[Vacuity]:
    for position, statement in enumerate(body):
        if isinstance(statement, For):
            yield from _branches(row, statement.body, ran)
        if isinstance(statement, If):
            then = ran(Point("then", row, statement.line))
            other = ran(Point("else", row, statement.line))
            follows = statement.other or (returns(statement) and body[position + 1 :])
            if not then:
                yield _finding("branch-never-taken", row, statement.line, f"if {_test(row, statement.line)}")
            if not other and follows:
                yield _finding("branch-never-taken", row, statement.line, f"unless {_test(row, statement.line)}")
            yield from _branches(row, statement.then if then else (), ran)
            yield from _branches(row, statement.other if other else (), ran)
            if _ends(row, statement, ran):
                return


def _ends(row: Declaration, statement: If, ran: Ran) -> bool:
    """Whether nothing that comes behind a statement ever ran."""
    return returns(statement) and not ran(Point("behind", row, statement.line))


def _property(known: Judged, program: Program, written: Collection[Field], ran: Ran) -> Iterator[Vacuity]:
    """Of a property: that nobody is there to ask it of, that its left side never holds, that nothing can break it."""
    row, name = known.function.declaration, known.property.name

    def finding(kind: VacuityKind, line: int, text: str = "") -> Vacuity:
        return Vacuity(kind, name, text, known.property.file, line)

    if not ran(_entry(known.function)):
        yield finding("never-asked", known.property.line)
        return
    for found in _branches(row, known.function.body, ran):
        yield finding("left-side-never-holds", found.line, found.text)
    for node in _expressions(row, known.function.body, ran):
        if isinstance(node, Junction) and not ran(Point("operand", row, node.line, id(node))):
            yield finding("left-side-never-holds", node.line, linecache.getline(row.file, node.line).strip())
    if not _read(known.function, program) & set(written):
        yield finding("nothing-written", known.property.line)


def _expressions(row: Declaration, body: Sequence[Statement], ran: Ran) -> Iterator[Expression | Statement]:
    """What is in a body, but not in its branches that are never taken."""
    for statement in body:
        if isinstance(statement, If):
            yield from walk(statement.test)
            for way, part in (("then", statement.then), ("else", statement.other)):
                if ran(Point(cast("What", way), row, statement.line)):
                    yield from _expressions(row, part, ran)
            if _ends(row, statement, ran):
                return
        elif isinstance(statement, For):
            yield from _expressions(row, statement.body, ran)
        else:
            yield from walk(statement)


def _written(function: Function) -> Iterator[Field]:
    """The fields that a body may change."""
    row = function.declaration
    if row.machine is not None and row.targets:
        cleared = any(target.clear for target in row.targets)
        yield from row.machine.fields.values() if cleared else [row.machine.fields["state"]]
    for node in walk(function.body):
        if isinstance(node, Store):
            yield node.field
        elif isinstance(node, Change | Pop):
            yield node.container.field
        elif isinstance(node, New):
            yield from node.machine.fields.values()


def _read(function: Function, program: Program) -> set[Field]:
    """The fields that a property reads, itself or by what it calls."""
    found: set[Field] = set()
    seen: set[Declaration] = set()
    waiting = [function]
    while waiting:
        for node in walk(waiting.pop().body):
            if isinstance(node, Load):
                found.add(node.field)
            if isinstance(node, Call) and node.operation not in seen:
                seen.add(node.operation)
                waiting.append(program.functions[node.operation])
    return found


def _finding(kind: VacuityKind, row: Declaration, line: int, text: str = "") -> Vacuity:
    return Vacuity(kind, row.qualname, text, row.file, line)


@functools.lru_cache(maxsize=64)
def _tree(file: str) -> ast.Module:
    return ast.parse("".join(linecache.getlines(file)))


def _test(row: Declaration, line: int) -> str:
    """The condition of the `if` of a line, as it is written."""
    nodes = (node for node in ast.walk(_tree(row.file)) if isinstance(node, ast.If) and node.lineno == line)
    return next((ast.unparse(node.test) for node in nodes), "")


def _part(row: Declaration, line: int, index: int) -> str:
    """One part of the guard of a line, as it is written."""
    for node in ast.walk(_tree(row.file)):
        if isinstance(node, ast.Call) and node.lineno == line and ast.unparse(node.func).endswith("require"):
            parts = list(_conjuncts(node.args[0]))
            return ast.unparse(parts[index]) if index < len(parts) else ""
    return ""


def _conjuncts(node: ast.expr) -> Iterator[ast.expr]:
    if isinstance(node, ast.BoolOp) and isinstance(node.op, ast.And):
        for value in node.values:
            yield from _conjuncts(value)
    else:
        yield node
