"""Murphi text: lines, blocks of lines, and when an operand needs brackets."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Lines = list[str]


def indented(lines: Iterable[str]) -> Lines:
    """The lines, one level further in."""
    return [f"  {line}" if line else "" for line in lines]


def block(head: str, body: Iterable[str], end: str) -> Lines:
    """Lines between a head and an end."""
    return [head, *indented(body), end]


def listed(head: str, names: Iterable[str], end: str) -> Lines:
    """A head and names, as many as fit a line."""
    whole = f"{head}{', '.join(names)}{end}"
    return textwrap.wrap(whole, 116, subsequent_indent="    ", break_long_words=False, break_on_hyphens=False)


def routine(
    head: str, variables: Iterable[tuple[str, str]], body: Iterable[str], *, comment: str = "", end: str
) -> Lines:
    """A function or a procedure, with a comment above it."""
    above = [f"-- {comment}"] if comment else []
    declared = [f"{name}: {kind};" for name, kind in variables]
    return [
        *above,
        *listed(head, [], ";"),
        *(["var", *indented(declared)] if declared else []),
        *block("begin", body, f"{end};"),
    ]


@dataclass(frozen=True)
class Part:
    """What a routine does, and what is to be said of it."""

    lines: Lines
    comment: str = ""


def headed(name: str, given: Iterable[tuple[str, str]], result: str, variables: Mapping[str, str], part: Part) -> Lines:
    """A routine with parameters: a procedure, if it has no result."""
    word, returns = ("function", f": {result}") if result else ("procedure", "")
    head = f"{word} {name}({comma(given)}){returns}"
    return routine(head, variables.items(), part.lines, comment=part.comment, end=f"end{word}")


def comma(parts: Iterable[tuple[str, str]]) -> str:
    """Parameters and their types."""
    return "; ".join(f"{name}: {kind}" for name, kind in parts)


def outside(text: str) -> set[str]:
    """The words of an expression that stand outside of its brackets."""
    depth, bare = 0, ""
    for sign in text:
        depth += (sign in "([") - (sign in ")]")
        bare += sign if depth == 0 else ""
    return set(bare.split(" "))


def tight(text: str) -> str:
    """An expression as an operand of whatever operator."""
    return f"({text})" if len(outside(text)) > 1 or text[0] in "-!" else text


def part_of(operator: str, condition: str) -> str:
    """A condition as an operand of `&` or `|`."""
    return f"({condition})" if outside(condition) & ({"&", "|", "->"} - {operator}) else condition


def joined(operator: str, conditions: Iterable[str]) -> str:
    """Conditions, joined by `&` or `|`."""
    return f" {operator} ".join(part_of(operator, condition) for condition in conditions)


def negated(condition: str) -> str:
    """The opposite of a condition."""
    words = condition.split(" ")
    if len(words) == 3 and words[1] in OPPOSITES:
        return f"{words[0]} {OPPOSITES[words[1]]} {words[2]}"
    return condition[1:] if re.fullmatch(r"!\S+", condition) else f"!{tight(condition)}"


OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", "<=": ">", ">": "<="}


def check(holds: str, name: str, give_up: Sequence[str] | None = None) -> Lines:
    """What ends the path of a step unless `holds`.

    With `give_up` it can also be met beside a step, in looking at what is there: then the error is noted, and these
    lines follow.
    """
    if give_up is None:
        return [f'assume "{name}" {holds};']
    return block(f"if {negated(holds)} then", [f'assume "{name}" looking;', "hidden := true;", *give_up], "endif;")
