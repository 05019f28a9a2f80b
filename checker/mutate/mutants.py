"""The mutants of a spec: one small mistake each, at every place of every row that has one."""

from __future__ import annotations

import ast
import linecache
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from ...spec.language.rows import Declaration
from ...spec.language.system import System
from ...spec.language.variants import Mutant, method_of
from ..compile.ir import Call, Program, walk
from ..compile.program import impure
from ..compile.translate.statements import conjuncts

Block = Sequence[ast.stmt]

REPORTS = ("fail", "ensure", "goto")
"""Calls that change nothing of the protocol: they report, or say where a row ends."""


def mutants(system: System, program: Program) -> tuple[Mutant, ...]:
    """Every mutant of a program's rows, in the order of the spec; each has a name of its own.

    Four mistakes are made: `drop-guard` leaves out one part of a `require`, `drop-assignment` an assignment,
    `drop-call` a call whose result nobody uses, and `swap-steps` does two neighbouring statements in the other order.
    Properties, monitors and observables stay as they are: they are what is to notice. Statements that share a line with
    others are left alone.
    """
    found = [mutant for row in rows(system, program) for mutant in _of(row)]
    seen: Counter[str] = Counter()
    named = []
    for mutant in found:
        seen[mutant.name] += 1
        again = seen[mutant.name]
        named.append(replace(mutant, name=f"{mutant.name} ({again})") if again > 1 else mutant)
    return tuple(named)


def rows(system: System, program: Program) -> list[Declaration]:
    """The rows of the protocol itself: what fires, what changes something, and what these ask."""
    changing = impure(system, program)
    found = {row for row in program.functions if row.kind in ("step", "finalizer") or row in changing}
    waiting = list(found)
    while waiting:
        for node in walk(program.functions[waiting.pop()].body):
            if isinstance(node, Call) and node.operation not in found:
                found.add(node.operation)
                waiting.append(node.operation)
    return [row for row in program.functions if row in found and row.kind not in ("handler", "observable")]


def _of(row: Declaration) -> Iterator[Mutant]:
    lines = linecache.getlines(row.file)
    method = method_of(row, "".join(lines))
    for block in _blocks(method):
        for statement in block:
            yield from _dropped(row, lines, statement)
        for first, second in pairwise(block):
            yield from _swapped(row, lines, first, second)


def _blocks(method: ast.FunctionDef) -> Iterator[Block]:
    """The bodies of a method: its own, and those of its branches and loops."""
    yield [statement for statement in method.body if not _says(statement)]
    for node in ast.walk(method):
        if isinstance(node, ast.If | ast.For):
            yield node.body
            if node.orelse and not (len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)):
                yield node.orelse


def _says(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _called(statement: ast.stmt) -> str:
    """The name of what a statement calls, of which nobody uses the result."""
    call = statement.value if isinstance(statement, ast.Expr) else None
    return ast.unparse(call.func).rpartition(".")[2] if isinstance(call, ast.Call) else ""


def _dropped(row: Declaration, lines: Sequence[str], statement: ast.stmt) -> Iterator[Mutant]:
    called = _called(statement)
    if called == "require":
        yield from _without_a_part(row, lines, statement)
    elif isinstance(statement, ast.Assign | ast.AugAssign):
        yield from _made("drop-assignment", row, lines, statement, statement, ast.unparse(statement), "pass")
    elif called and called not in REPORTS:
        yield from _made("drop-call", row, lines, statement, statement, ast.unparse(statement), "pass")


def _without_a_part(row: Declaration, lines: Sequence[str], statement: ast.stmt) -> Iterator[Mutant]:
    """A guard without each of its parts."""
    assert isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call)
    parts = list(conjuncts(statement.value.args[0]))
    for part in parts:
        rest = " and ".join(f"({ast.unparse(other)})" for other in parts if other is not part)
        new = f"require({rest})" if rest else "pass"
        yield from _made("drop-guard", row, lines, statement, statement, ast.unparse(part), new)


def _swapped(row: Declaration, lines: Sequence[str], first: ast.stmt, second: ast.stmt) -> Iterator[Mutant]:
    if any(_called(each) in ("require", "ensure") or isinstance(each, ast.Return) for each in (first, second)):
        return
    new = f"{ast.unparse(second)}\n{ast.unparse(first)}"
    text = f"{_head(first)} <-> {_head(second)}"
    yield from _made("swap-steps", row, lines, first, second, text, new)


def _head(statement: ast.stmt) -> str:
    """The first line of a statement."""
    return ast.unparse(statement).partition("\n")[0]


def _made(
    kind: str, row: Declaration, lines: Sequence[str], first: ast.stmt, last: ast.stmt, text: str, new: str
) -> Iterator[Mutant]:
    start, end = first.lineno, last.end_lineno or last.lineno
    before, after = lines[start - 1][: first.col_offset], lines[end - 1][last.end_col_offset or 0 :]
    if before.strip() or after.partition("#")[0].strip():
        return  # it shares its line
    indented = "".join(f"{before}{line}\n" for line in new.splitlines())
    missing = end - start + 1 - indented.count("\n")  # what comes behind keeps its lines
    yield Mutant(f"{kind}@{row.qualname}: {text}", row, start, end, indented + "\n" * missing)
