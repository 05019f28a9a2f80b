"""Sets of outcomes: what a body becomes, and how it is laid out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ..text import Lines, indented
from . import text

SHORT = 100
"""How long an `if` in one line may be."""


@dataclass(frozen=True)
class Outcomes:
    """A set of outcomes, as an expression."""


@dataclass(frozen=True)
class One(Outcomes):
    """A single outcome."""

    text: str


@dataclass(frozen=True)
class Never(Outcomes):
    """No outcome: an error, or what can't be."""


@dataclass(frozen=True)
class Of(Outcomes):
    """A set by another name: what an operator is applied to, or `BOOLEAN`."""

    text: str


@dataclass(frozen=True)
class If(Outcomes):
    """The one or the other."""

    test: str
    then: Outcomes
    other: Outcomes


@dataclass(frozen=True)
class Let(Outcomes):
    """A name for a single outcome."""

    name: str
    value: Outcomes
    rest: Outcomes


@dataclass(frozen=True)
class Define(Outcomes):
    """An operator for what stands below it, or for itself too."""

    name: str
    parameters: tuple[str, ...]
    body: Outcomes
    rest: Outcomes
    recursive: bool = False


@dataclass(frozen=True)
class Rounds(Outcomes):
    """An operator that goes round a body, which has parameters."""

    word: str
    arguments: tuple[str, ...]
    parameters: tuple[str, ...]
    body: Outcomes


@dataclass(frozen=True)
class Then(Outcomes):
    """The outcomes of what comes next, for each of the first."""

    first: Outcomes
    name: str
    rest: Outcomes


@dataclass(frozen=True)
class Noted(Outcomes):
    """A comment, and what it stands above."""

    comment: str
    rest: Outcomes


def single(node: Outcomes) -> bool:
    """Whether there is just one outcome, whatever happens."""
    match node:
        case One():
            return True
        case If(_, then, other):
            return single(then) and single(other)
        case Let(_, _, rest) | Noted(_, rest):
            return single(rest)
        case _:
            return False


def repacked(name: str) -> str:
    """A state and a value, as a record that they come from."""
    return text.record([("state", f"{name}.state"), ("value", f"{name}.value")])


def bind(first: Outcomes, name: str, rest: Outcomes) -> Outcomes:
    """What comes next, with a name for what came first. What stands before the last of the first goes ahead of it."""
    match first:
        case _ if rest in (One(name), One(repacked(name))):
            return first
        case Let(inner, known, last):
            return Let(inner, known, bind(last, name, rest))
        case Then(before, inner, last):
            return Then(before, inner, bind(last, name, rest))
        case Define(operator, parameters, body, last, recursive):
            return Define(operator, parameters, body, bind(last, name, rest), recursive)
        case If(test, Never(), last):
            return branch(test, Never(), bind(last, name, rest))
        case Noted(comment, last):
            return Noted(comment, bind(last, name, rest))
        case _:
            return Let(name, first, rest) if single(first) else Then(first, name, rest)


def branch(test: str, then: Outcomes, other: Outcomes) -> Outcomes:
    """An `if`."""
    if test in ("TRUE", "FALSE") or then == other:
        return other if test == "FALSE" else then
    if then == Never() and isinstance(other, If) and other.then == Never():
        return If(text.either([test, other.test]), Never(), other.other)
    return branch(text.negated(test), other, then) if other == Never() else If(test, then, other)


def given(holds: Sequence[str], rest: Outcomes) -> Outcomes:
    """What there is if all of this holds, and nothing otherwise."""
    needed = [known for known in holds if known != "TRUE"]
    return branch(text.either(map(text.negated, needed)), Never(), rest) if needed else rest


def lines(node: Outcomes) -> Lines:
    """The text of a set of outcomes."""
    match node:
        case One(one):
            return [f"{{{one}}}"]
        case Never():
            return ["{}"]
        case Of(whole):
            return [whole]
        case Define(name, parameters, body, rest, recursive):
            head = f"{text.applied(name, parameters)} =="
            declared = [f"RECURSIVE {text.applied(name, '_' * len(parameters))}"] if recursive else []
            return [*_hung("LET ", [*declared, head, *indented(lines(body))]), "IN", *lines(rest)]
        case Rounds(word, arguments, parameters, body):
            inner = lines(body)
            head = f"{word}({', '.join(arguments)}, LAMBDA {', '.join(parameters)}:"
            if len(inner) == 1:
                return [f"{head} {inner[0]})"]
            return [head, *indented([*inner[:-1], f"{inner[-1]})"])]
        case Then(first, name, rest):
            before, behind = lines(first), lines(rest)
            opening = [f"Then({before[0]}, LAMBDA {name}:"]
            if len(before) > 1:
                opening = ["Then(", *indented([*before[:-1], f"{before[-1]},"]), f"LAMBDA {name}:"]
            return [*opening, *behind[:-1], f"{behind[-1]})"]
        case _:
            return _nested(node, lines)


def value(node: Outcomes) -> Lines:
    """The text of a single outcome."""
    return [node.text] if isinstance(node, One) else _nested(node, value)


def _nested(node: Outcomes, inner: Callable[[Outcomes], Lines]) -> Lines:
    match node:
        case If(test, Never(), other):
            return [f"IF {test} THEN {{}} ELSE", *inner(other)]
        case If(test, then, other):
            whole = f"IF {test} THEN {' '.join(inner(then))} ELSE {' '.join(inner(other))}"
            if len(whole) <= SHORT and not isinstance(other, If) and "\\*" not in whole:
                return [whole]
            tail = inner(other)
            tail = ["ELSE", *tail] if isinstance(other, Let | Define) else [f"ELSE {tail[0]}", *tail[1:]]
            return [f"IF {test}", *_hung("THEN ", inner(then)), *tail]
        case Let(name, first, rest):
            head = _hung(f"LET {name} == ", value(first))
            return [*head[:-1], f"{head[-1]} IN", *inner(rest)]
        case Noted(comment, rest):
            return [f"\\* {comment}", *inner(rest)]
        case _:
            raise TypeError(node)


def _hung(head: str, body: Lines) -> Lines:
    """Lines behind a head."""
    return [f"{head if i == 0 else ' ' * len(head)}{line}" for i, line in enumerate(body)]
