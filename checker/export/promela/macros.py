"""Macros over the fields of objects, and over values."""

from __future__ import annotations

from collections.abc import Iterable

from ....spec.language.machines import Machine
from ....spec.language.types import EnumValue, Field, QueueValue, SetValue
from ...compile.ir import BOOL, Column
from ..objects import FULL, pointers_to
from ..text import Lines, block, indented, joined
from .model import PromelaModel


def define(head: str, body: str) -> Lines:
    """A macro for an expression."""
    return [f"#define {head} ({body})"]


def inline(head: str, body: Iterable[str]) -> Lines:
    """A macro for statements."""
    return block(f"inline {head} {{", body, "}")


def at_once(body: Iterable[str]) -> Lines:
    """Statements that neither choose nor fail: SPIN takes them as one."""
    return block("d_step {", body, "}")


def over(variable: str, slots: range, body: Iterable[str]) -> Lines:
    """A loop."""
    return block(f"for ({variable} : 0 .. {slots.stop - 1}) {{", body, "}") if slots else []


# -- values ----------------------------------------------------------------------------------------------------------


def column(model: PromelaModel, node: Column) -> str:
    """The column of a table, by its row."""
    assert isinstance(node.row.type, EnumValue)
    table = node.row.type.members
    name = model.names["column", table, node.name]

    def fill() -> Lines:
        rows = list(zip(table, node.values, strict=True))
        if node.type == BOOL:
            return define(
                f"{name}(x)", joined("||", [f"(x) == {model.names[row]}" for row, cell in rows if cell]) or "false"
            )
        text = model.value(node.type, rows[-1][1])
        for row, cell in reversed(rows[:-1]):
            text = f"((x) == {model.names[row]} -> {model.value(node.type, cell)} : {text})"
        return define(f"{name}(x)", text)

    return model.macro(("column", table, node.name), name, fill)


def floor(model: PromelaModel, operator: str) -> str:
    """Python's `//` and `%`."""
    if operator == "%":
        text = "(a) % (b) < 0 -> (a) % (b) + (b) : (a) % (b)"
        return model.macro("floor_remainder", "floor_remainder", lambda: define("floor_remainder(a, b)", text))
    text = "(a) % (b) < 0 -> (a) / (b) - 1 : (a) / (b)"
    return model.macro("floor_division", "floor_division", lambda: define("floor_division(a, b)", text))


def kept(model: PromelaModel, machine: type[Machine]) -> str:
    """What a field keeps of a pointer."""
    name = model.names["kept", machine]

    def fill() -> Lines:
        return define(f"{name}(x)", f"((x) != None && !{model.live(machine, 'x')}) -> Dangling : (x)")

    return model.macro(("kept", machine), name, fill)


# -- sets and queues -------------------------------------------------------------------------------------------------


def count(model: PromelaModel, made: Field) -> str:
    """How many elements a set has."""
    name = model.names["count", made]
    assert isinstance(made.value, SetValue)
    bits = range(made.value.size(model.pools))

    def fill() -> Lines:
        return define(f"{name}(x)", " + ".join(f"({model.at('x', made)} >> {i} & 1)" for i in bits))

    return model.macro(("count", made), name, fill)


def element(model: PromelaModel, made: Field, slot: str, index: str) -> str:
    """An element of a queue: those of all slots stand in one row."""
    assert isinstance(made.value, QueueValue)
    capacity, name = made.value.capacity, model.names["elements", made]
    return f"{model.macro(('elements', made), name, lambda: _elements(model, made, capacity))}({slot}, {index})"


def _elements(model: PromelaModel, made: Field, capacity: int) -> Lines:
    return [f"#define {model.names['elements', made]}(x, i) {model.names[made]}[(x) * {capacity} + (i)]"]


def shift(model: PromelaModel, made: Field) -> str:
    """The oldest element leaves a queue; behind the last, a queue is blank."""
    name = model.names["pop", made]
    assert isinstance(made.value, QueueValue)
    capacity, blank = made.value.capacity, model.value(made.value.element, made.value.element.blank)

    def fill() -> Lines:
        moved = [
            f"{element(model, made, 'x', str(i))} = {element(model, made, 'x', str(i + 1))};"
            for i in range(capacity - 1)
        ]
        last = f"{element(model, made, 'x', str(capacity - 1))} = {blank};"
        return inline(f"{name}(x)", at_once([*moved, last, f"{model.names['length', made]}[x]--;"]))

    return model.macro(("pop", made), name, fill)


def cleared(model: PromelaModel, made: Field, slot: str) -> Lines:
    """A set or a queue becomes empty."""
    if isinstance(made.value, SetValue):
        return [f"{model.at(slot, made)} = 0;"]
    assert isinstance(made.value, QueueValue)
    blank = model.value(made.value.element, made.value.element.blank)
    places = (element(model, made, slot, str(i)) for i in range(made.value.capacity))
    return [f"{model.names['length', made]}[{slot}] = 0;", *(f"{place} = {blank};" for place in places)]


# -- objects ---------------------------------------------------------------------------------------------------------


def blank(model: PromelaModel, machine: type[Machine]) -> str:
    """A slot without an object."""
    name = model.names["blank", machine]

    def fill() -> Lines:
        body: Lines = []
        for made in machine.fields.values():
            if isinstance(made.value, SetValue | QueueValue):
                body += cleared(model, made, "x")
            else:
                body.append(f"{model.at('x', made)} = {model.blank(made)};")
        return inline(f"{name}(x)", at_once(body))

    return model.macro(("blank", machine), name, fill)


def allocate(model: PromelaModel, machine: type[Machine]) -> str:
    """A new object in the lowest free slot; one that was freed in this step is not used again."""
    name = model.names["allocate", machine]

    def fill() -> Lines:
        pool = model.pools[machine]
        taken = f"{model.live(machine, 'new')} || {model.names['freed', machine]}[new]"
        body = [
            "new = 0;",
            "do",
            f":: new < {pool} && ({taken}) -> new++",
            ":: else -> break",
            "od;",
            f"check(new < {pool}); /* {FULL} */",
            f"{model.live(machine, 'new')} = true",
        ]
        return inline(f"{name}(new)", body)

    return model.macro(("allocate", machine), name, fill)


def last(model: PromelaModel, machine: type[Machine]) -> str:
    """Whether a reference that was just dropped was the last to a live object."""
    name = model.names["last", machine]

    def fill() -> Lines:
        owners = [
            f"{model.at(str(slot), made)} == (x)"
            for made in pointers_to(model, machine, own=True)
            for slot in model.slots(made.machine)
        ]
        there = f"(x) != None && {model.live(machine, 'x')}"
        return [f"#define {name}(x) ({there} \\", *_conjoined([f"!({owner})" for owner in owners])]

    return model.macro(("last", machine), name, fill)


def _conjoined(conditions: list[str]) -> Lines:
    lines = indented(f"&& {condition} \\" for condition in conditions)
    return [*lines[:-1], f"{lines[-1].removesuffix(chr(92)).rstrip()})"] if lines else ["  )"]


def dangle(model: PromelaModel, machine: type[Machine]) -> str:
    """Every pointer to an object dangles."""
    name = model.names["dangle", machine]

    def fill() -> Lines:
        body: Lines = []
        for made in pointers_to(model, machine):
            place = model.at("nth", made)
            body += over("nth", model.slots(made.machine), [f"if :: {place} == x -> {place} = Dangling :: else fi"])
        return inline(f"{name}(x)", at_once(body) if body else ["skip"])

    return model.macro(("dangle", machine), name, fill)
