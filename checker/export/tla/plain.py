"""Expressions that only look: a text, and what has to hold for it to have a value.

Whatever is wrong, a step that errs has no outcome. So it does not matter which of two errors comes first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ....spec.language.machines import Machine
from ....spec.language.types import EnumValue, Field, IntValue, RefValue, SetValue
from ...compile.ir import (
    BOOL,
    At,
    Binary,
    Column,
    Conditional,
    Constant,
    Contains,
    Expression,
    Junction,
    Length,
    Load,
    Local,
    Not,
    NothingType,
    Pointer,
    Quantified,
    SlotOf,
)
from . import text
from .here import Here
from .model import TlaModel
from .names import Fresh

Pool = type[Machine] | tuple[int, int]
"""What a loop, a quantifier or a parameter ranges over: the objects of a machine, or numbers below the second."""

STRICT = (Load, Column, Binary, Not, At, SlotOf, Contains, Length)
"""What is made of the values of its operands."""

SIGNS = {"==": "=", "!=": "#", "//": "\\div"}


@dataclass(frozen=True)
class Plain:
    """A value, what has to hold for there to be one, and what is known then."""

    text: str
    holds: tuple[str, ...]
    here: Here


def operands(node: Expression) -> tuple[Expression, ...]:
    """What is evaluated first, in this order."""
    match node:
        case Load(_, _, target) | SlotOf(_, _, target):
            return (target,)
        case Column(_, _, row):
            return (row,)
        case Binary(_, _, _, left, right):
            return left, right
        case Not(_, _, operand):
            return (operand,)
        case At(_, _, _, index):
            return (index,)
        case Contains(_, _, container, element):
            return element, container.object
        case Length(_, _, container):
            return (container.object,)
        case _:
            raise TypeError(node)


class Looking:
    """The expressions of one body that only look."""

    def __init__(self, model: TlaModel, fresh: Fresh) -> None:
        self.model, self.fresh = model, fresh
        self._variables: dict[int, str] = {}

    def plain(self, node: Expression, here: Here) -> Plain | None:
        """An expression as a text; None if it takes more than that."""
        match node:
            case Constant():
                return Plain(self.model.constant(node), (), here)
            case Local(_, _, name):
                return Plain(here.locals[name], (), here)
            case Junction(_, _, _, left, right):
                return self._sided(node, here, left, right)
            case Conditional():
                return self._conditional(node, here)
            case Quantified():
                return self._quantified(node, here)
            case Load() | Column() | Binary() | Not() | At() | SlotOf() | Contains() | Length():
                texts: list[str] = []
                holds: tuple[str, ...] = ()
                for operand in operands(node):
                    known = self.plain(operand, here)
                    if known is None:
                        return None
                    texts.append(known.text)
                    holds += known.holds
                    here = known.here
                return self.made(node, texts, here, holds)
            case _:
                return None

    def made(self, node: Expression, texts: Sequence[str], here: Here, holds: tuple[str, ...] = ()) -> Plain:
        """What is made of the values of its operands."""
        model = self.model
        match node:
            case Load(_, _, target, made):
                known = self.found(target, texts[0], here, holds)
                return self._sound(made, model.field(here.state, texts[0], made), known)
            case Column():
                return Plain(text.applied(self._column(node), texts), holds, here)
            case Binary(_, _, operator, _, _):
                sign = SIGNS.get(operator, operator)
                return Plain(f"{text.tight(texts[0])} {sign} {text.tight(texts[1])}", holds, here)
            case Not():
                return Plain(text.negated(texts[0]), holds, here)
            case At(_, _, machine, index):
                fits = fitting(texts[0], index.type, IntValue(0, model.pools[machine] - 1))
                return Plain(texts[0], (*holds, *fits), here.knows(some=texts[0]))
            case SlotOf(_, _, target):
                return self.found(target, texts[0], here, holds)
            case Contains(_, _, container, inner):
                element = self.element(container.field, inner, texts[0], here, holds)
                known = self.found(container.object, texts[1], element.here, element.holds)
                place = model.field(here.state, texts[1], container.field)
                return Plain(f"{text.tight(texts[0])} \\in {place}", known.holds, known.here)
            case Length(_, _, container):
                known = self.found(container.object, texts[0], here, holds)
                word = "Cardinality" if isinstance(container.field.value, SetValue) else "Len"
                place = model.field(here.state, texts[0], container.field)
                return Plain(f"{word}({place})", known.holds, known.here)
            case _:
                raise TypeError(node)

    # -- objects -----------------------------------------------------------------------------------------------------

    def found(self, node: Expression, pointer: str, here: Here, holds: tuple[str, ...] = ()) -> Plain:
        """The slot of an object, which there has to be."""
        assert isinstance(node.type, Pointer)
        machine = node.type.machine
        known = here.knows(some=pointer, sound=pointer if machine.dynamic else "")
        if pointer in here.sound or not machine.dynamic:
            if pointer in here.some:
                return Plain(pointer, holds, here)
            dangles = f"{pointer} # Dangling"
            if dangles not in holds:
                return Plain(pointer, (*holds, text.some(pointer)), known)
            holds = tuple(each for each in holds if each != dangles)
        return Plain(pointer, (*holds, self.model.there(here.state, machine, pointer)), known)

    def _sound(self, made: Field, place: str, known: Plain) -> Plain:
        """What was read; a pointer that dangles can't be."""
        value = made.value
        if not isinstance(value, RefValue) or not value.machine.dynamic or place in known.here.sound:
            return Plain(place, known.holds, known.here)
        return Plain(place, (*known.holds, f"{place} # Dangling"), known.here.knows(sound=place))

    def element(self, made: Field, node: Expression, value: str, here: Here, holds: tuple[str, ...] = ()) -> Plain:
        """An element of a set or a queue."""
        kind = made.value.element  # type: ignore[attr-defined]
        if isinstance(kind, RefValue):
            return self.found(node, value, here, holds)
        return Plain(value, (*holds, *fitting(value, node.type, kind)), here)

    # -- conditions --------------------------------------------------------------------------------------------------

    def _sided(self, node: Junction, here: Here, left: Expression, right: Expression) -> Plain | None:
        first = self.plain(left, here)
        if first is None:
            return None
        conjunction = node.operator == "and"
        second = self.plain(right, self.assuming(left, first.here, conjunction))
        if second is None:
            return None
        whole = (text.both if conjunction else text.either)([first.text, second.text])
        return Plain(whole, (*first.holds, *_where(first.text, second.holds, conjunction)), first.here)

    def _conditional(self, node: Conditional, here: Here) -> Plain | None:
        test = self.plain(node.test, here)
        if test is None:
            return None
        then = self.plain(node.then, self.assuming(node.test, test.here, True))
        other = self.plain(node.other, self.assuming(node.test, test.here, False))
        if then is None or other is None:
            return None
        holds = (*test.holds, *_where(test.text, then.holds, True), *_where(test.text, other.holds, False))
        return Plain(f"IF {test.text} THEN {then.text} ELSE {other.text}", holds, test.here)

    def _quantified(self, node: Quantified, here: Here) -> Plain | None:
        """A quantifier that can't err: of one that can, it matters how far it gets."""
        variable = self.variable(node)
        inner = here.has(node.variable, variable)
        if isinstance(node.over, type):
            inner = inner.knows(some=variable, sound=variable if node.over.dynamic else "")
        condition = self.plain(node.condition or TRUE, inner)
        if condition is None or condition.holds:
            return None
        assumed = inner if node.condition is None else self.assuming(node.condition, inner, True)
        body = self.plain(node.body, assumed)
        if body is None or body.holds:
            return None
        domain = f"{variable} \\in {self.domain(node.over, here)}"
        conditions = [] if node.condition is None else [condition.text]
        if node.quantifier == "any":
            return Plain(f"\\E {domain} : {text.both([*conditions, body.text])}", (), here)
        if node.quantifier == "all":
            whole = text.implied(conditions[0], body.text) if conditions else body.text
            return Plain(f"\\A {domain} : {whole}", (), here)
        if body.text == "1":
            return Plain(f"Cardinality({{{domain} : {condition.text}}})", (), here)
        return None

    def variable(self, node: Quantified) -> str:
        """The variable of a quantifier, which may be looked at more than once."""
        if id(node) not in self._variables:
            self._variables[id(node)] = self.fresh(node.variable)
        return self._variables[id(node)]

    def domain(self, over: Pool, here: Here) -> str:
        """What a quantifier or a parameter ranges over."""
        return f"{over[0]}..{over[1] - 1}" if isinstance(over, tuple) else f"DOMAIN {self.model.pool(here.state, over)}"

    def assuming(self, node: Expression, here: Here, truth: bool) -> Here:
        """What is known where a condition holds, or does not."""
        match node:
            case Not(_, _, operand):
                return self.assuming(operand, here, not truth)
            case Junction(_, _, operator, left, right) if (operator == "and") == truth:
                here = self.assuming(left, here, truth)
                known = self.plain(right, here)
                return here if known is None else self.assuming(right, known.here, truth)
            case Binary(_, _, operator, left, right) if (operator == "!=") == truth and is_none(right):
                known = self.plain(left, here)
                return here if known is None else here.knows(some=known.text)
            case _:
                return here

    # -- tables ------------------------------------------------------------------------------------------------------

    def _column(self, node: Column) -> str:
        """A column of a table as an operator on its rows."""
        model = self.model
        assert isinstance(node.row.type, EnumValue)
        table = node.row.type.members
        name = model.names["column", table, node.name]
        groups: dict[int, list[str]] = {}
        for member, cell in zip(table, node.values, strict=True):
            groups.setdefault(cell, []).append(model.word(member))

        def body() -> str:
            if node.type == BOOL:
                return text.one_of("x", groups[1]) if 1 in groups else "FALSE"
            cases = (f"{text.one_of('x', rows)} -> {model.value(node.type, cell)}" for cell, rows in groups.items())
            return f"CASE {' [] '.join(cases)}"

        return model.defined(("column", table, node.name), name, ["x"], body)


TRUE = Constant(BOOL, 0, 1)


def is_none(node: Expression) -> bool:
    """Whether an expression is None."""
    return isinstance(node, Constant) and isinstance(node.type, Pointer | NothingType)


def fitting(value: str, given: object, wanted: object) -> tuple[str, ...]:
    """What has to hold of a number that becomes one of a narrower type."""
    if not isinstance(given, IntValue) or not isinstance(wanted, IntValue):
        return ()
    if wanted.low <= given.low and given.high <= wanted.high:
        return ()
    return (f"{text.tight(value)} \\in {wanted.low}..{wanted.high}",)


def _where(condition: str, holds: tuple[str, ...], truth: bool) -> tuple[str, ...]:
    """What has to hold of something that is only evaluated where a condition holds, or does not."""
    if not holds:
        return ()
    needed = text.both(holds)
    return (text.implied(condition, needed) if truth else text.either([condition, needed]),)
