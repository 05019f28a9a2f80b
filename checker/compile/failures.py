"""Where an expression can be an error, and which loops show in what order they ran."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from ...spec.language.rows import Declaration
from ...spec.language.types import Field, IntValue, RefValue
from .ir import (
    Assert,
    At,
    Binary,
    Call,
    Conditional,
    Constant,
    Contains,
    Ensure,
    Evaluate,
    Expression,
    For,
    Function,
    If,
    Junction,
    Load,
    Local,
    New,
    NothingType,
    Pointer,
    Program,
    Quantified,
    Require,
    Return,
    SetLocal,
    Statement,
    Store,
    walk,
)

Site = tuple[str, int, str]
"""A place that can be an error: the function, the line, and the error in words."""

Chain = tuple[str, ...]
"""A variable and the fields that are followed from it."""

NONE, DANGLING, RANGE, REFUSED = "None", "a dangling pointer", "a value out of range", "a call that is refused"


@dataclass(frozen=True)
class _Known:
    """What is known where an expression stands: which chains are not None, which variables name a live object.

    A chain through a variable or a field of `changing` says nothing for long: the code assigns it.
    """

    program: Program
    function: Function
    sure: frozenset[Chain]
    live: frozenset[str]
    changing: frozenset[str] = frozenset()
    calls: tuple[Declaration, ...] = ()

    def site(self, line: int, kind: str) -> Site:
        return self.function.name, line, kind

    def where(self, test: Expression, *, holds: bool) -> _Known:
        """What is known where a test holds, or where it does not."""
        changing = self.changing | self.function.locals.keys()
        return replace(self, sure=self.sure | {chain for chain in _sure(test, holds=holds) if not changing & {*chain}})

    def inside(self, variable: str) -> _Known:
        """What is known in a round of a loop over a pool."""
        return replace(self, sure=self.sure | {(variable,)}, live=self.live | {variable})


def failures(program: Program, function: Function, node: Expression | Statement) -> set[Site]:
    """Where the body and the condition of a generator or a loop can be an error; pure code only."""
    written = {inner.field.name for inner in walk(node) if isinstance(inner, Store)}
    known = replace(_entered(program, function), changing=frozenset(written))
    if isinstance(node, Quantified | For) and isinstance(node.over, type):
        return set(_round(node, known))
    return set(_sites(node, known))


def loop_obstacle(program: Program, function: Function, loop: For, effects: set[Declaration]) -> tuple[int, str] | None:
    """Where and why it may show in what order a loop over a pool ran; None if it can't."""
    for node in walk(loop.body):
        if isinstance(node, Statement) and not isinstance(node, _HARMLESS):
            return node.line, "what the loop does may depend on the order of the slots"
        if isinstance(node, Store) and not _is_own(node, loop.variable):
            return node.line, "the loop writes something else than a field of its own object"
        if isinstance(node, Call) and node.operation in effects:
            return node.line, f"the loop calls {node.operation.qualname}, which changes something"
        if isinstance(node, Expression) and type(node).__name__ in ("May", "New", "Pop"):
            return node.line, "what the loop does may depend on the order of the slots"
    written = {node.field for node in walk(loop.body) if isinstance(node, Store)}
    line = _read_elsewhere(program, loop, written)
    if line:
        return line, "the loop reads in other slots what it writes in its own"
    returned = [node for node in walk(loop.body) if isinstance(node, Return)]
    ends = {node.value.value if isinstance(node.value, Constant) else node for node in returned if node.value}
    speaks = any(isinstance(node, Store | Ensure) for node in walk(loop.body))
    if len(ends) > 1 or any(not isinstance(end, int) for end in ends) or (returned and speaks):
        return returned[0].line, "the loop ends at the first slot that it finds"
    sites = failures(program, function, loop)
    if len(sites) > (0 if returned else 1):
        _, at, kind = min(sites)
        return at, f"the order of the slots decides where the loop ends, with {kind} for one"
    return None


_HARMLESS = (If, Evaluate, Store, Ensure, Assert, Return)


def _is_own(store: Store, variable: str) -> bool:
    owns = isinstance(store.field.value, RefValue) and store.field.value.own  # drops what it held: a finalizer may run
    return isinstance(store.object, Local) and store.object.name == variable and not owns


def _read_elsewhere(program: Program, loop: For, written: set[Field]) -> int:
    """The line in which the loop reads a field that it writes, of another object than its own; 0 if it does not."""
    if not written:
        return 0
    for node in walk(loop.body):
        if isinstance(node, Call):
            return node.line
        if isinstance(node, Load) and node.field in written and not _is_variable(node.object, loop.variable):
            return node.line
    return 0


def _is_variable(node: Expression, name: str) -> bool:
    return isinstance(node, Local) and node.name == name


# -- errors --------------------------------------------------------------------------------------------------------


def _entered(program: Program, function: Function) -> _Known:
    """What is known at the start of a body: a row is run on something, and a property asked of live objects."""
    kind = function.declaration.kind
    pointers = [name for name, given in function.parameters if isinstance(given, Pointer)]
    if kind in ("property", "action"):
        return _Known(program, function, frozenset((name,) for name in pointers), frozenset(pointers))
    sure = pointers if kind == "step" else pointers[:1] if function.declaration.machine else []
    return _Known(program, function, frozenset((name,) for name in sure), frozenset())


def _round(node: Quantified | For, known: _Known) -> Iterator[Site]:
    inside = known.inside(node.variable)
    if isinstance(node, For):
        yield from _block(node.body, inside)
        return
    if node.condition is not None:
        yield from _sites(node.condition, inside)
        inside = inside.where(node.condition, holds=True)
    yield from _sites(node.body, inside)


def _block(body: tuple[Statement, ...], known: _Known) -> Iterator[Site]:
    for statement in body:
        yield from _sites(statement, known)


def _sites(node: object, known: _Known) -> Iterator[Site]:
    match node:
        case Junction(_, _, operator, left, right):
            yield from _sites(left, known)
            yield from _sites(right, known.where(left, holds=operator == "and"))
        case Conditional(_, _, test, then, other):
            yield from _sites(test, known)
            yield from _sites(then, known.where(test, holds=True))
            yield from _sites(other, known.where(test, holds=False))
        case If(_, test, then, other):
            yield from _sites(test, known)
            yield from _block(then, known.where(test, holds=True))
            yield from _block(other, known.where(test, holds=False))
        case Quantified() | For():
            if isinstance(node.over, type):
                yield from _round(node, known)
            else:
                yield from _parts(node, known)
        case Load():
            yield from _load(node, known)
        case Call():
            yield from _call(node, known)
        case _:
            yield from _own_sites(node, known)
            yield from _parts(node, known)


def _parts(node: object, known: _Known) -> Iterator[Site]:
    if isinstance(node, Expression | Statement):
        for part in fields(node):
            yield from _parts_of(getattr(node, part.name), known)


def _parts_of(value: object, known: _Known) -> Iterator[Site]:
    if isinstance(value, Expression | Statement):
        yield from _sites(value, known)
    elif isinstance(value, tuple):
        for element in value:
            yield from _parts_of(element, known)


def _own_sites(node: object, known: _Known) -> Iterator[Site]:
    match node:
        case Assert(line):
            yield known.site(line, "an assertion that fails")
        case Require(line):
            yield known.site(line, "a guard that fails")
        case At(_, line):
            yield known.site(line, RANGE)
        case Contains(_, line, _, element):
            if isinstance(element.type, Pointer) and not _is_sure(element, known):
                yield known.site(line, NONE)
            elif isinstance(element.type, IntValue):
                yield known.site(line, RANGE)
        case Store(line, object_, field, value):
            yield from _followed(object_, line, known)
            if isinstance(field.value, IntValue):
                yield from _range(value, field.value, line, known)
        case Return(line, value):
            result = known.function.result
            if value is not None and isinstance(result, IntValue):
                yield from _range(value, result, line, known)
        case SetLocal() | Ensure() | Evaluate() | Local() | Constant() | Binary() | New():
            return


def _range(value: Expression, wanted: IntValue, line: int, known: _Known) -> Iterator[Site]:
    if not isinstance(value.type, IntValue) or value.type.low < wanted.low or value.type.high > wanted.high:
        yield known.site(line, RANGE)


def _load(node: Load, known: _Known) -> Iterator[Site]:
    yield from _sites(node.object, known)
    yield from _followed(node.object, node.line, known)
    if isinstance(node.field.value, RefValue) and node.field.value.machine.dynamic:
        yield known.site(node.line, DANGLING)


def _followed(object_: Expression, line: int, known: _Known) -> Iterator[Site]:
    """What can go wrong where an object is asked for something."""
    assert isinstance(object_.type, Pointer)
    if not _is_sure(object_, known):
        yield known.site(line, NONE)
    if object_.type.machine.dynamic and not (isinstance(object_, Local) and object_.name in known.live):
        yield known.site(line, DANGLING)


def _call(node: Call, known: _Known) -> Iterator[Site]:
    given = (*(() if node.receiver is None else (node.receiver,)), *node.arguments)
    for argument in given:
        yield from _sites(argument, known)
    if node.receiver is not None and not _is_sure(node.receiver, known):
        yield known.site(node.line, NONE)
    row = node.operation
    if row.sources or row.depth is not None or row in known.calls:
        yield known.site(node.line, REFUSED)
    if row in known.calls:
        return
    called = known.program.functions[row]
    sure = {(name,) for name, _ in called.parameters[:1] if row.machine is not None}
    live = set()
    for (name, kind), argument in zip(called.parameters, given, strict=True):
        if isinstance(kind, IntValue):
            yield from _range(argument, kind, node.line, known)
        if _is_sure(argument, known):
            sure.add((name,))
        if isinstance(argument, Local) and argument.name in known.live:
            live.add(name)
    calls = (*known.calls, row)
    yield from _block(
        called.body, _Known(known.program, called, frozenset(sure), frozenset(live), known.changing, calls)
    )


# -- what is not None ----------------------------------------------------------------------------------------------


def _is_sure(node: Expression, known: _Known) -> bool:
    if isinstance(node, At | New):
        return True
    return _chain(node) in known.sure


def _chain(node: Expression) -> Chain | None:
    """The chain that an expression is; None if it is none."""
    if isinstance(node, Local):
        return (node.name,)
    if isinstance(node, Load):
        start = _chain(node.object)
        return None if start is None else (*start, node.field.name)
    return None


def _sure(test: Expression, *, holds: bool) -> frozenset[Chain]:
    """The chains that are not None where a test holds, or where it does not."""
    if isinstance(test, Junction) and (test.operator == "and") == holds:
        return _sure(test.left, holds=holds) | _sure(test.right, holds=holds)
    if isinstance(test, Binary) and test.operator == ("!=" if holds else "=="):
        for one, other in ((test.left, test.right), (test.right, test.left)):
            chain = _chain(one)
            if isinstance(other.type, NothingType | Pointer) and isinstance(other, Constant) and chain is not None:
                return frozenset({chain})
    return frozenset()


__all__ = ["failures", "loop_obstacle"]
