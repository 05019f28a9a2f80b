"""TLA+'s signs and words, and its expressions as text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ..text import Syntax

WORDS = """
    ACTION ASSUME ASSUMPTION AXIOM BOOLEAN BY CASE CHOOSE CONSTANT CONSTANTS COROLLARY DEF DEFINE DEFS DOMAIN ELSE
    ENABLED EXCEPT EXTENDS FALSE HAVE HIDE IF IN INSTANCE LAMBDA LEMMA LET LOCAL MODULE NEW OBVIOUS OMITTED ONLY OTHER
    PICK PROOF PROPOSITION PROVE QED RECURSIVE SF_ STATE STRING SUBSET SUFFICES TAKE TEMPORAL THEN THEOREM TRUE
    UNCHANGED UNION USE VARIABLE VARIABLES WF_ WITH WITNESS
"""
OWN = """
    None Dangling Then Each Any All Sum Kept Placed Lowest Seen Blank state Init Next Spec look unseen
    Nat Int Cardinality IsFiniteSet Seq Len Append Head Tail SubSeq SelectSeq
"""
VARIABLES = "after before earlier later mover s x y"

TLA = Syntax(
    becomes="==",
    equal="=",
    both="/\\",
    either="\\/",
    comment="\\* {}",
    reserved=frozenset(WORDS.split()),
    own=tuple(OWN.split()),
    variables=frozenset(VARIABLES.split()),
)
"""Its reserved words are in capitals, and only so they are reserved."""

LOOSE = frozenset(["/\\", "\\/", "=>", "\\E", "\\A", "IF", "CASE", "LET"])
"""What binds less than a comparison."""

OPPOSITES = {"=": "#", "#": "=", "<": ">=", ">=": "<", "<=": ">", ">": "<=", "\\in": "\\notin", "\\notin": "\\in"}


def words(text: str) -> list[str]:
    """An expression, parted at the spaces outside of its brackets."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        if sign == " " and depth == 0:
            parts.append("")
        else:
            parts[-1] += sign
    return parts


def tight(text: str) -> str:
    """An expression as an operand of whatever operator."""
    return f"({text})" if len(words(text)) > 1 or text[0] in "-~" else text


def loose(operator: str, condition: str) -> str:
    """A condition as an operand of what joins conditions."""
    return f"({condition})" if LOOSE.intersection(words(condition)) - {operator} else condition


def both(conditions: Iterable[str]) -> str:
    """All of them hold."""
    return _joined("/\\", conditions)


def either(conditions: Iterable[str]) -> str:
    """One of them holds."""
    return _joined("\\/", conditions)


def _joined(operator: str, conditions: Iterable[str]) -> str:
    each = list(dict.fromkeys(conditions))
    return each[0] if len(each) == 1 else f" {operator} ".join(loose(operator, condition) for condition in each)


def implied(condition: str, consequence: str) -> str:
    """The one follows from the other."""
    return f"{loose('', condition)} => {loose('', consequence)}"


def negated(condition: str) -> str:
    """The opposite of a condition."""
    parts = words(condition)
    joints = LOOSE.intersection(parts)
    if joints == {"/\\"}:
        return either(map(negated, _parted("/\\", parts)))
    if joints == {"\\/"}:
        return both(map(negated, _parted("\\/", parts)))
    if joints == {"=>"}:
        condition, consequence = _parted("=>", parts)
        return both([condition, negated(consequence)])
    if not joints and len(parts) >= 3 and parts[1] in OPPOSITES:
        return " ".join([parts[0], OPPOSITES[parts[1]], *parts[2:]])
    if condition in ("TRUE", "FALSE"):
        return "FALSE" if condition == "TRUE" else "TRUE"
    if len(parts) == 1 and condition[0] == "~":
        return condition[1:]
    return f"~{tight(condition)}"


def _parted(operator: str, parts: Sequence[str]) -> list[str]:
    """The operands of an operator."""
    operands: list[list[str]] = [[]]
    for part in parts:
        if part == operator:
            operands.append([])
        else:
            operands[-1].append(part)
    return [" ".join(operand) for operand in operands]


def some(pointer: str) -> str:
    """A pointer is not None."""
    return f"{tight(pointer)} # None"


def one_of(text: str, values: Sequence[str]) -> str:
    """A value is one of several."""
    return f"{text} = {values[0]}" if len(values) == 1 else f"{text} \\in {{{', '.join(values)}}}"


def changed(state: str, updates: Iterable[tuple[str, str]]) -> str:
    """A record or a function, but for some of its values."""
    parts = [f"!.{path} = {value}" for path, value in updates]
    return f"[{state} EXCEPT {', '.join(parts)}]" if parts else state


def record(fields: Iterable[tuple[str, str]]) -> str:
    """A record."""
    parts = [f"{name} |-> {value}" for name, value in fields]
    return f"[{', '.join(parts)}]" if parts else "<<>>"


def applied(name: str, arguments: Iterable[str]) -> str:
    """An operator and what it is applied to."""
    given = ", ".join(arguments)
    return f"{name}({given})" if given else name
