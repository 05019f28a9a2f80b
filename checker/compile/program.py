"""A whole system as IR, and the rules that span its methods: purity, recursion, what a loop may not do."""

from __future__ import annotations

import graphlib
from collections.abc import Iterator, Mapping
from types import FunctionType
from typing import cast

from ...spec.language.errors import SpecError
from ...spec.language.machines import Machine, signature
from ...spec.language.properties import Monitor
from ...spec.language.rows import Declaration
from ...spec.language.system import System
from ...spec.language.types import BoolValue, EnumValue, IntValue, RefValue
from .ir import (
    Call,
    Change,
    Ensure,
    Fail,
    For,
    Free,
    Function,
    Goto,
    Judged,
    May,
    New,
    Pointer,
    Pop,
    Program,
    Quantified,
    Require,
    Store,
    walk,
)
from .translate import translate

EFFECTS = (Store, Change, Ensure, Fail, Free, Goto, May, New, Pop)


def build(system: System, pools: Mapping[type[Machine], int]) -> Program:
    """Translate every row and every property, and hold the rules that span them. Raises `SpecError`."""
    sizes = dict(pools)
    functions: dict[Declaration, Function] = {}
    waiting = [row for machine in (*system.machines, *system.monitors) for row in machine.rows]
    judged = []
    for known in system.all_properties:
        if known.body is not None:
            function = _condition("action" if known.kind == "action" else "property", known.body, system, sizes)
            goal = _condition("property", known.goal, system, sizes) if known.kind == "leads-to" else None
            judged.append(Judged(known, function, goal))
            waiting += [row for each in (function, goal) if each is not None for row in _called(each)]
    while waiting:
        row = waiting.pop(0)
        if row not in functions:
            functions[row] = translate(row, system, sizes)
            waiting += _called(functions[row])
    program = Program(functions, tuple(judged), sizes)
    _Rules(system, program).hold()
    return program


def _condition(kind: str, body: object, system: System, sizes: Mapping[type[Machine], int]) -> Function:
    """What a property says, translated."""
    declared = Declaration(kind, cast("FunctionType", body))
    function = translate(declared, system, dict(sizes))
    if not isinstance(function.result, BoolValue):
        raise _error(declared, f"a property is a bool, this is {function.result}", "write `-> bool`")
    return function


def _called(function: Function) -> list[Declaration]:
    return [node.operation for node in walk(function.body) if isinstance(node, Call)]


def finalizer(machine: type[Machine]) -> Declaration | None:
    """The finalizer of a machine, if it has one."""
    return next((row for row in machine.rows if row.kind == "finalizer"), None)


def listeners(system: System) -> dict[Declaration, list[tuple[type[Monitor], Declaration]]]:
    """Which monitors' handlers are told of an operation."""
    result: dict[Declaration, list[tuple[type[Monitor], Declaration]]] = {}
    for monitor in system.monitors:
        for row in monitor.rows:
            for operation in row.observes:
                result.setdefault(operation, []).append((monitor, row))
    return result


def impure(system: System, program: Program) -> set[Declaration]:
    """The rows that change something, themselves or by what they call."""
    return _Rules(system, program).impure


def _error(declared: Declaration, message: str, instead: str, line: int = 0) -> SpecError:
    return SpecError(f"{declared.qualname}: {message}", file=declared.file, line=line or declared.line, instead=instead)


class _Rules:
    def __init__(self, system: System, program: Program) -> None:
        self.system, self.program = system, program
        self.listeners = listeners(system)
        self.calls = {row: set(self._edges(function)) for row, function in program.functions.items()}
        self.impure = self._impure()

    def hold(self) -> None:
        for row, function in self.program.functions.items():
            if row.kind == "handler":
                self._handler(row, function)
        self._no_free_recursion()
        for machine in (*self.system.machines, *self.system.monitors):
            if sum(row.kind == "finalizer" for row in machine.rows) > 1:
                raise _error(machine.rows[-1], "a machine has one finalizer", "call the others from it")
        for row, function in self.program.functions.items():
            self._guards(row, function)
            self._loops(row, function)
            if row.kind == "observable":
                self._observable(row, function)
        for known in self.program.judged:
            for part in (known.function, known.goal):
                if part is not None:
                    self._pure(part.declaration, part.body, "a property")
                    self._loops(part.declaration, part)

    # -- effects -----------------------------------------------------------------------------------------------------

    def _impure(self) -> set[Declaration]:
        """The rows that change something, themselves or by what they call."""
        found = {
            row
            for row, function in self.program.functions.items()
            if row.targets or row in self.listeners or any(isinstance(node, EFFECTS) for node in walk(function.body))
        }
        while True:
            more = {row for row, called in self.calls.items() if row not in found and called & found}
            if not more:
                return found
            found |= more

    def _pure(self, row: Declaration, part: object, word: str) -> None:
        for node in walk(part):
            if isinstance(node, EFFECTS) or (isinstance(node, Call) and node.operation in self.impure):
                what = f"calls {node.operation.qualname}, which" if isinstance(node, Call) else "has a part that"
                raise _error(row, f"{word} {what} changes something", "read only, and change it elsewhere", node.line)

    def _pure_calls(self, row: Declaration, statement: object) -> None:
        """What stands before a guard is undone where the guard does not hold: readers would miss that."""
        for node in walk(statement):
            if isinstance(node, New | Pop) or (isinstance(node, Call) and node.operation in self.impure):
                raise _error(row, "a call before a guard changes something", "guard first, then act", node.line)

    def _guards(self, row: Declaration, function: Function) -> None:
        guards = [position for position, known in enumerate(function.body) if isinstance(known, Require)]
        for statement in function.body[: max(guards, default=0)]:
            self._pure_calls(row, statement)
        for node in walk(function.body):
            if isinstance(node, Require):
                self._pure(row, node.condition, "a guard")
            if isinstance(node, Quantified):
                self._pure(row, (node.condition, node.body), "a generator")

    def _observable(self, row: Declaration, function: Function) -> None:
        self._pure(row, function.body, "an observable")
        if row.machine is None or row.machine.dynamic:
            raise _error(row, "an observable belongs to a static machine", "put it where the outside looks")
        if function.parameters[1:] or not isinstance(function.result, BoolValue | IntValue | EnumValue):
            raise _error(row, "an observable is a bool, a number or a constant, without parameters", "split it up")

    def _handler(self, row: Declaration, function: Function) -> None:
        hint = "keep what it needs in the monitor"
        assert row.machine is not None and issubclass(row.machine, Monitor)
        for node in walk(function.body):
            if isinstance(node, Call) and node.operation in self.impure:
                called = node.operation.qualname
                raise _error(row, f"a monitor calls {called}, which changes something", hint, node.line)
            others = isinstance(node, Change | Pop) and node.container.object.type != Pointer(row.machine)
            if others or isinstance(node, New | Free | May | Fail):
                raise _error(row, "a monitor only writes its own fields", hint, node.line)
        for operation in row.observes:
            if operation.machine is not row.machine.of:
                owner = row.machine.of.__name__
                hint = f"name an operation of {owner}, or mend `of`"
                raise _error(row, f"{operation.qualname} is no operation of {owner}", hint)
            parameters = signature(operation, self.system.names)[0]
            wanted = [RefValue(row.machine.of), *parameters.values()]
            if [*signature(row, self.system.names)[0].values()] != wanted:
                names = ["self", row.machine.of.__name__.lower(), *parameters]
                hint = f"write `def {row.name}({', '.join(names)})`, with the types of {operation.qualname}"
                raise _error(row, f"its parameters are not those of {operation.qualname}", hint)

    def _loops(self, row: Declaration, function: Function) -> None:
        """No object comes or goes while a loop or a generator runs over its pool."""
        for node in walk(function.body):
            if isinstance(node, For) and isinstance(node.over, type) and node.over.dynamic:
                churned = self._churned(node.body, set())
                if node.over in churned:
                    raise _error(
                        row,
                        f"objects of {node.over.__name__} come or go while the loop runs over them",
                        "look for one first, then act on it",
                        node.line,
                    )

    def _churned(self, part: object, seen: set[Declaration]) -> set[type[Machine]]:
        result: set[type[Machine]] = set()
        for machine in _finalised(part):
            result |= {machine}
        for node in walk(part):
            if isinstance(node, New):
                result.add(node.machine)
        for row in self._edges_of(part):
            if row not in seen:
                seen.add(row)
                result |= self._churned(self.program.functions[row].body, seen) | _cleared(row)
        return result

    # -- recursion ---------------------------------------------------------------------------------------------------

    def _edges(self, function: Function) -> Iterator[Declaration]:
        yield from self._edges_of(function.body)
        yield from _finalizers(_cleared(function.declaration))
        for _, handler in self.listeners.get(function.declaration, ()):
            yield handler

    def _edges_of(self, part: object) -> Iterator[Declaration]:
        for node in walk(part):
            if isinstance(node, Call):
                yield node.operation
        yield from _finalizers(_finalised(part))

    def _no_free_recursion(self) -> None:
        counted = {row for row in self.program.functions if row.depth is not None}
        graph = {row: called - counted for row, called in self.calls.items() if row not in counted}
        try:
            graphlib.TopologicalSorter(graph).prepare()
        except graphlib.CycleError as cycle:
            names = " calls ".join(row.qualname for row in reversed(cycle.args[1]))
            row = cycle.args[1][-1]
            raise _error(
                row, f"{names}: without a bound", "declare how deep: `@operation(depth=4)` on one of them"
            ) from None


def _finalised(part: object) -> set[type[Machine]]:
    """The machines whose objects a piece of code may finalise, through what they own too."""
    result: set[type[Machine]] = set()
    for node in walk(part):
        if isinstance(node, Store) and isinstance(node.field.value, RefValue) and node.field.value.own:
            result |= _closure(node.field.value.machine)
        if isinstance(node, Free):
            assert isinstance(node.object.type, Pointer)
            result |= _closure(node.object.type.machine)
    return result


def _cleared(row: Declaration) -> set[type[Machine]]:
    """The machines whose objects may go when the row ends in a state that forgets the fields."""
    machine = row.machine
    return _owned(machine) if machine is not None and any(target.clear for target in row.targets) else set()


def _owned(machine: type[Machine]) -> set[type[Machine]]:
    result: set[type[Machine]] = set()
    for made in machine.fields.values():
        if isinstance(made.value, RefValue) and made.value.own:
            result |= _closure(made.value.machine)
    return result


def _closure(machine: type[Machine]) -> set[type[Machine]]:
    found, waiting = {machine}, [machine]
    while waiting:
        for made in waiting.pop().fields.values():
            if isinstance(made.value, RefValue) and made.value.own and made.value.machine not in found:
                found.add(made.value.machine)
                waiting.append(made.value.machine)
    return found


def _finalizers(machines: set[type[Machine]]) -> Iterator[Declaration]:
    for machine in machines:
        row = finalizer(machine)
        if row is not None:
            yield row
