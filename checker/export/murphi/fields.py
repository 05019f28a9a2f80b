"""Routines that read and write fields, and check what the language checks at each."""

from __future__ import annotations

from ....spec.language.errors import NullDereference, OutOfRange, UseAfterFree
from ....spec.language.machines import Machine
from ....spec.language.types import Field, QueueValue, RefValue, SetValue
from ..text import Lines, block
from .model import MurphiModel
from .text import check, routine


def alive(model: MurphiModel, machine: type[Machine], give_up: Lines | None) -> Lines:
    """The checks before a field of the object `x` is touched."""
    lines = check("x != None", NullDereference.name, give_up)
    if machine.dynamic:
        lines += check(model.live(machine, "x"), UseAfterFree.name, give_up)
    return lines


def the(model: MurphiModel, machine: type[Machine]) -> str:
    """The slot of the object that a pointer names."""
    name = model.names["the", machine]

    def fill() -> Lines:
        head = f"function {name}(x: {model.names['Pointer', machine]}): {model.slots(machine)}"
        give_up = ["return 0;"] if machine in model.looked_into else None
        return routine(head, [], [*alive(model, machine, give_up), "return x;"], end="endfunction")

    return model.routine(("the", machine), name, fill)


def read(model: MurphiModel, made: Field) -> str:
    """The value of a field of whatever object; one that dangles can't be read."""
    name = model.names["get", made]
    machine, value = made.machine, made.value

    def fill() -> Lines:
        head = f"function {name}(x: {model.names['Pointer', machine]}): {model.kind(value)}"
        give_up = [f"return {model.blank(made)};"] if made in model.looked_into else None
        body = alive(model, machine, give_up)
        if isinstance(value, RefValue) and value.machine.dynamic:
            body += check(f"{model.at('x', made)} != Dangling", UseAfterFree.name, give_up)
        return routine(head, [], [*body, f"return {model.at('x', made)};"], end="endfunction")

    return model.routine(("get", made), name, fill)


def kept(model: MurphiModel, machine: type[Machine]) -> str:
    """What a field keeps of a pointer: it dangles if its object has died in this step."""
    name = model.names["kept", machine]

    def fill() -> Lines:
        pointer = model.names["Pointer", machine]
        body = [*block(f"if x != None & !{model.live(machine, 'x')} then", ["return Dangling;"], "endif;"), "return x;"]
        return routine(f"function {name}(x: {pointer}): {pointer}", [], body, end="endfunction")

    return model.routine(("kept", machine), name, fill)


def within(model: MurphiModel) -> str:
    """A number, if it is inside of its range."""

    def fill() -> Lines:
        head = "function within(low: number; high: number; value: number): number"
        holds, give_up = "low <= value & value <= high", ["return low;"] if model.looks else None
        return routine(head, [], [*check(holds, OutOfRange.name, give_up), "return value;"], end="endfunction")

    return model.routine("within", "within", fill)


def floor(model: MurphiModel, operator: str) -> str:
    """Python's `//` and `%` of what may be negative: Murphi's round to zero."""

    def remainder() -> Lines:
        head = "function floor_remainder(a: number; b: number): number"
        return routine(head, [], ["return a % b < 0 ? a % b + b : a % b;"], end="endfunction")

    def division() -> Lines:
        head = "function floor_division(a: number; b: number): number"
        return routine(head, [], ["return a % b < 0 ? a / b - 1 : a / b;"], end="endfunction")

    if operator == "%":
        return model.routine("floor_remainder", "floor_remainder", remainder)
    return model.routine("floor_division", "floor_division", division)


def append(model: MurphiModel, made: Field) -> str:
    """Put an element at the end of a queue that has room for it."""
    name = model.names["append", made]
    kind, queue = made.value, model.at("x", made)
    assert isinstance(kind, QueueValue)

    def fill() -> Lines:
        head = f"procedure {name}(x: {model.slots(made.machine)}; element: {model.kind(kind.element)})"
        body = [
            *check(f"{queue}.length < {kind.capacity}", OutOfRange.name),
            f"{queue}.elements[{queue}.length] := element;",
            f"{queue}.length := {queue}.length + 1;",
        ]
        return routine(head, [], body, end="endprocedure")

    return model.routine(("append", made), name, fill)


def pop(model: MurphiModel, made: Field) -> str:
    """Take the oldest element off a queue that has one; behind the last, a queue is blank."""
    name = model.names["pop", made]
    kind, queue = made.value, model.at("x", made)
    assert isinstance(kind, QueueValue)

    def fill() -> Lines:
        element = model.kind(kind.element)
        moved = [f"{queue}.elements[i] := {queue}.elements[i + 1];"]
        body = [
            *check(f"{queue}.length > 0", OutOfRange.name),
            f"first := {queue}.elements[0];",
            *(block(f"for i: 0..{kind.capacity - 2} do", moved, "endfor;") if kind.capacity > 1 else []),
            f"clear {queue}.elements[{kind.capacity - 1}];",
            f"{queue}.length := {queue}.length - 1;",
            "return first;",
        ]
        head = f"function {name}(x: {model.slots(made.machine)}): {element}"
        return routine(head, [("first", element)], body, end="endfunction")

    return model.routine(("pop", made), name, fill)


def count(model: MurphiModel, made: Field) -> str:
    """How many elements a set has."""
    name = model.names["count", made]
    kind = made.value
    assert isinstance(kind, SetValue)

    def fill() -> Lines:
        most = f"0..{kind.size(model.pools)}"
        counted = block(f"if {model.at('x', made)}[i] then", ["total := total + 1;"], "endif;")
        body = ["total := 0;", *block(f"for i: {model.index(kind.element)} do", counted, "endfor;"), "return total;"]
        head = f"function {name}(x: {model.slots(made.machine)}): {most}"
        return routine(head, [("total", most)], body, end="endfunction")

    return model.routine(("count", made), name, fill)
