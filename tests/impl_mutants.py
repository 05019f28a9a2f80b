"""The mutants of the layer: one small mistake each, at every place of `impl` that has one."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from pathlib import Path

IMPL = Path(__file__).resolve().parent.parent / "impl"

SIBLINGS = {
    "old": "fresh",
    "_old": "_fresh",
    "opened": "closed",
    "main": "io",
    "readable": "writable",
}
"""Pointers, events, contexts and conditions that are easily taken for one another."""
OTHER = SIBLINGS | {there: here for here, there in SIBLINGS.items()}

Place = tuple[int, int]
"""A line, from 1, and a column in bytes, as `ast` counts."""


@dataclass(frozen=True)
class Mutant:
    """One mistake in one statement of a function, known by what is written there and not by where that is."""

    operator: str
    file: str
    """Below `impl`."""
    function: str
    source: str
    """The statement as it is; of a compound one, its head."""
    result: str
    """And as it becomes."""
    again: int = field(default=1)
    """Which of those in the function that look alike."""
    lines: range = field(default=range(0), compare=False)
    """Where the statement is."""
    start: Place = field(default=(0, 0), compare=False)
    end: Place = field(default=(0, 0), compare=False)
    text: str = field(default="", compare=False)
    """What stands from `start` to `end` instead."""

    @property
    def name(self) -> str:
        """No other mutant has this one."""
        again = f" ({self.again})" if self.again > 1 else ""
        return f"{self.operator}@{self.file}:{self.function}: {self.source} => {self.result or 'nothing'}{again}"

    def changed(self, source: str) -> str:
        """The file with the mistake in it."""
        return spliced(source, self.start, self.end, self.text)


def mutants(file: str) -> list[Mutant]:
    """All of a file below `impl`, in its order.

    `drop-call`, `drop-assignment`, `drop-raise` and `drop-return` leave a statement out; `swap-steps` does two
    neighbouring calls in the other order; `negate` takes an `if` the other way; `other-word` follows another pointer,
    says another event, asks another context or condition, or has True for False. What a local variable is set to, and a
    field at first, is left alone: everybody would notice that it is missing.
    """
    source = (IMPL / file).read_text("utf-8")
    seen: Counter[Mutant] = Counter()
    found = []
    for function, body in functions(ast.parse(source)):
        written = [node for each in body for node in ast.walk(each) if isinstance(node, ast.Name)]
        names = frozenset(node.id for node in written if isinstance(node.ctx, ast.Store))
        for block in blocks(body):
            for mutant in _of(_Maker(source, file, function, names), block):
                seen[mutant] += 1
                found.append(replace(mutant, again=seen[mutant]))
    return found


def spliced(source: str, start: Place, end: Place, text: str) -> str:
    """A text with another between two places."""
    lines = source.encode().splitlines(keepends=True)
    before = b"".join(lines[: start[0] - 1]) + lines[start[0] - 1][: start[1]]
    after = lines[end[0] - 1][end[1] :] + b"".join(lines[end[0] :])
    return (before + text.encode() + after).decode()


def statements(file: str) -> list[range]:
    """The lines of each statement in a function of a file; of a compound one, those of its head."""
    tree = ast.parse((IMPL / file).read_text("utf-8"))
    found = [each for _, body in functions(tree) for block in blocks(body) for each in block]
    return [head(each) for each in found if not _says(each)]


def functions(tree: ast.Module) -> Iterator[tuple[str, Sequence[ast.stmt]]]:
    """Every function and method of a module, and its statements."""
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node.body
        if isinstance(node, ast.ClassDef):
            yield from (
                (f"{node.name}.{each.name}", each.body) for each in node.body if isinstance(each, ast.FunctionDef)
            )


def blocks(body: Sequence[ast.stmt]) -> Iterator[Sequence[ast.stmt]]:
    """A body, and those of its branches, loops and handlers."""
    yield body
    for statement in body:
        for _, value in ast.iter_fields(statement):
            if isinstance(value, list) and value and isinstance(value[0], ast.stmt):
                yield from blocks(value)
            if isinstance(value, list) and value and isinstance(value[0], ast.ExceptHandler):
                for handler in value:
                    yield from blocks(handler.body)


def head(statement: ast.stmt) -> range:
    """The lines of a statement, without those of its body."""
    body = getattr(statement, "body", None)
    last = body[0].lineno - 1 if isinstance(body, list) and body else statement.end_lineno or statement.lineno
    return range(statement.lineno, max(last, statement.lineno) + 1)


def is_step(statement: ast.stmt) -> bool:
    """Whether it does something, and is neither a docstring, an assertion nor the call of a base's constructor."""
    if isinstance(statement, ast.Expr):
        says = isinstance(statement.value, ast.Constant | ast.Yield)
        return not says and "__init__" not in ast.unparse(statement)
    return False


def is_change(statement: ast.stmt) -> bool:
    """Whether it changes a field of an object."""
    if isinstance(statement, ast.Assign):
        return all(_is_field(target) for target in statement.targets)
    if isinstance(statement, ast.AugAssign | ast.AnnAssign):
        return _is_field(statement.target) and statement.value is not None
    return isinstance(statement, ast.Delete) and all(map(_is_field, statement.targets))


def _is_field(target: ast.expr) -> bool:
    if isinstance(target, ast.Tuple):
        return all(map(_is_field, target.elts))
    return isinstance(target, ast.Attribute | ast.Subscript)


@dataclass(frozen=True)
class _Maker:
    """Who makes the mutants of one function."""

    source: str
    file: str
    function: str
    names: frozenset[str]
    """Its local variables."""

    def made(
        self,
        operator: str,
        first: ast.stmt,
        last: ast.stmt,
        start: Place,
        end: Place,
        text: str,
        result: str | None = None,
    ) -> Mutant:
        """One; `text` stands between two places in its statements."""
        lines = range(head(first).start, head(last).stop)
        there = self._text(lines)
        moved = (start[0] - lines.start + 1, start[1]), (end[0] - lines.start + 1, end[1])
        result = " ".join(spliced(there, *moved, text).split()) if result is None else result
        return Mutant(operator, self.file, self.function, " ".join(there.split()), result, 1, lines, start, end, text)

    def _text(self, lines: range) -> str:
        return "".join(self.source.splitlines(keepends=True)[lines.start - 1 : lines.stop - 1])

    def between(self, start: Place, end: Place) -> str:
        """What is written there."""
        return self.source.encode().splitlines(keepends=True)[start[0] - 1][start[1] : end[1]].decode()


def _of(maker: _Maker, block: Sequence[ast.stmt]) -> Iterator[Mutant]:
    for statement in block:
        yield from _dropped(maker, statement)
        yield from _within(maker, statement)
    for first, second in pairwise(block):
        if is_step(first) and is_step(second):
            text = f"{ast.unparse(second)}; {ast.unparse(first)}"
            yield maker.made("swap-steps", first, second, _start(first), _end(second), text, text)


def _dropped(maker: _Maker, statement: ast.stmt) -> Iterator[Mutant]:
    operator = ""
    if is_step(statement):
        operator = "drop-call"
    elif is_change(statement) and not maker.function.endswith(".__init__"):
        operator = "drop-assignment"
    elif isinstance(statement, ast.Raise) and statement.exc is not None:
        operator = "drop-raise"
    elif isinstance(statement, ast.Return) and statement.value is None:
        operator = "drop-return"
    if operator:
        yield maker.made(operator, statement, statement, _start(statement), _end(statement), "pass", "")


def _within(maker: _Maker, statement: ast.stmt) -> Iterator[Mutant]:
    """The mistakes in an expression of a statement."""
    if isinstance(statement, ast.Assert | ast.FunctionDef | ast.Raise) or _says(statement):
        return
    for node in _expressions(statement):
        if isinstance(node, ast.If):
            yield _replaced(maker, "negate", statement, node.test, f"not ({ast.unparse(node.test)})")
        if isinstance(node, ast.Constant) and isinstance(node.value, bool) and not maker.function.endswith(".__init__"):
            yield _replaced(maker, "other-word", statement, node, str(not node.value))
        if isinstance(node, ast.Attribute) and node.attr in OTHER and _is_meant(node):
            new = f"{ast.unparse(node.value)}.{OTHER[node.attr]}"
            yield _replaced(maker, "other-word", statement, node, new)
        if isinstance(node, ast.Name) and OTHER.get(node.id) in maker.names and isinstance(node.ctx, ast.Load):
            yield _replaced(maker, "other-word", statement, node, OTHER[node.id])


def _is_meant(node: ast.Attribute) -> bool:
    """`opened` and `readable` are words of an enumeration, and names of methods as well."""
    of = ast.unparse(node.value)
    return {
        "old": of == "self",
        "fresh": of == "self",
        "_old": of == "self",
        "_fresh": of == "self",
        "main": of.endswith("layer"),
        "io": of.endswith("layer"),
    }.get(node.attr, of in ("Event", "Condition"))


def _says(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _expressions(statement: ast.stmt) -> Iterator[ast.AST]:
    """A statement, and all that is written in it before its body."""
    yield statement
    for _, value in ast.iter_fields(statement):
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, ast.expr | ast.withitem | ast.keyword):
                yield from ast.walk(each)


def _replaced(maker: _Maker, operator: str, statement: ast.stmt, node: ast.expr, text: str) -> Mutant:
    return maker.made(operator, statement, statement, _start(node), _end(node), text)


def _start(node: ast.stmt | ast.expr) -> Place:
    return node.lineno, node.col_offset


def _end(node: ast.stmt | ast.expr) -> Place:
    return node.end_lineno or node.lineno, node.end_col_offset or 0
