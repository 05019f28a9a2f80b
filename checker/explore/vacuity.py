"""What says less than it seems to: rows that never fire, branches that are never taken, guards that stop nothing.

A property that holds may hold because what it speaks of never happens. A complete search knows: it has marks for every
part of the spec that ran (see `compile/coverage.py`).
"""

from __future__ import annotations

import linecache
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import cast

from ...spec.language.properties import Property
from ...spec.language.rows import Declaration
from ...spec.language.types import Field, RefValue
from ..compile.coverage import Point, What, returns
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
    Pointer,
    Pop,
    Program,
    Quantified,
    Require,
    Return,
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
    functions = program.functions
    live = {row: row in fired if row.kind == "step" else ran(_entry(functions[row])) for row in functions}
    for row, function in functions.items():
        if row.kind == "handler" and not live[row]:
            yield _finding("never-told", row, row.line)
        elif live[row]:
            yield from _guards(row, function.body, ran)
            yield from _branches(row, function.body, ran)
    written = {made for row, function in functions.items() if live[row] for made in _written(function)}
    for known in program.judged:
        yield from _property(known, program, written, ran)


def unpromised(properties: Iterable[Property]) -> Iterator[Vacuity]:
    """The properties of liveness whose goal nobody ever has to wait for."""
    return (Vacuity("never-promised", known.name, "", known.file, known.line) for known in properties)


def dead_rows(rows: Iterable[Declaration], fired: Collection[Declaration]) -> Iterator[Vacuity]:
    """The steps that never fire: of these, both engines know."""
    return (_finding("row-never-fires", row, row.line) for row in rows if row.kind == "step" and row not in fired)


def _entry(function: Function) -> Point:
    return Point("entered", function.declaration, function.declaration.line)


def _guards(row: Declaration, body: Sequence[Statement], ran: Ran) -> Iterator[Vacuity]:
    for statement in body:
        if isinstance(statement, Require) and not ran(Point("guard", row, statement.line, statement.number)):
            yield _finding("guard-never-false", row, statement.line, statement.text)


def _branches(row: Declaration, body: Sequence[Statement], ran: Ran) -> Iterator[Vacuity]:
    for position, statement in enumerate(body):
        if isinstance(statement, For):
            yield from _branches(row, statement.body, ran)
        if isinstance(statement, If):
            then = ran(Point("then", row, statement.line))
            other = ran(Point("else", row, statement.line))
            follows = statement.other or (returns(statement) and body[position + 1 :])
            if not then and not _breaks(row, statement.then):
                yield _finding("branch-never-taken", row, statement.line, f"if {statement.text}")
            if not other and follows:
                yield _finding("branch-never-taken", row, statement.line, f"unless {statement.text}")
            yield from _branches(row, statement.then if then else (), ran)
            yield from _branches(row, statement.other if other else (), ran)
            if ends(row, statement, ran):
                return


def _breaks(row: Declaration, body: Sequence[Statement]) -> bool:
    """Whether a branch is where a property says that it is broken: that is not to happen."""
    only = body[0] if len(body) == 1 and row.kind in ("property", "action") else None
    return isinstance(only, Return) and isinstance(only.value, Constant) and not only.value.value


def ends(row: Declaration, statement: If, ran: Ran) -> bool:
    """Whether nothing that comes behind a statement ever ran."""
    return returns(statement) and not ran(Point("behind", row, statement.line))


def _property(known: Judged, program: Program, written: Collection[Field], ran: Ran) -> Iterator[Vacuity]:
    """Of a property: that nobody is there to ask it of, that its left side never holds, that nothing can break it."""
    name, parts = known.property.name, [known.function, *([known.goal] if known.goal else [])]

    def finding(kind: VacuityKind, line: int, text: str = "") -> Vacuity:
        return Vacuity(kind, name, text, known.property.file, line)

    if not ran(_entry(known.function)):
        yield finding("never-asked", known.property.line)
        return
    for part in parts:
        row = part.declaration
        for found in _branches(row, part.body, ran):
            yield finding("left-side-never-holds", found.line, found.text)
        for node in _expressions(row, part.body, ran):
            if isinstance(node, Junction) and not ran(Point("operand", row, node.line, node.number)):
                yield finding("left-side-never-holds", node.line, linecache.getline(row.file, node.line).strip())
    if not any(_read(part, program) & set(written) for part in parts):
        yield finding("nothing-written", known.property.line)


def _expressions(row: Declaration, body: Sequence[Statement], ran: Ran) -> Iterator[Expression | Statement]:
    """What is in a body, but not in its branches that are never taken."""
    for statement in body:
        if isinstance(statement, If):
            yield from walk(statement.test)
            for way, part in (("then", statement.then), ("else", statement.other)):
                if ran(Point(cast("What", way), row, statement.line)):
                    yield from _expressions(row, part, ran)
            if ends(row, statement, ran):
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
            if isinstance(node.field.value, RefValue) and node.field.value.own:
                yield node.field.value.machine.fields["live"]  # what it held before may go
        elif isinstance(node, Change | Pop):
            yield node.container.field
        elif isinstance(node, New):
            yield from node.machine.fields.values()


def _read(function: Function, program: Program) -> set[Field]:
    """The fields that a property reads, itself or by what it calls; who is alive, where it asks that of everybody."""
    asked = [kind.machine for _, kind in function.parameters if isinstance(kind, Pointer)]
    found = {machine.fields["live"] for machine in asked if machine.dynamic}
    seen: set[Declaration] = set()
    waiting = [function]
    while waiting:
        for node in walk(waiting.pop().body):
            if isinstance(node, Load):
                found.add(node.field)
            if isinstance(node, Quantified | For) and isinstance(node.over, type) and node.over.dynamic:
                found.add(node.over.fields["live"])
            if isinstance(node, Call) and node.operation not in seen:
                seen.add(node.operation)
                waiting.append(program.functions[node.operation])
    return found


def _finding(kind: VacuityKind, row: Declaration, line: int, text: str = "") -> Vacuity:
    return Vacuity(kind, row.qualname, text, row.file, line)
