"""The text of a program, whatever its language: lines, blocks of lines, and when an operand needs brackets."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass

Lines = list[str]


@dataclass(frozen=True)
class Syntax:
    """The signs of a language."""

    becomes: str
    """The sign of an assignment."""
    equal: str
    both: str
    either: str
    comment: str
    """A comment, with `{}` for what it says."""
    reserved: frozenset[str]
    """Its words, in small letters: no name is one of them."""
    own: tuple[str, ...]
    """What is in every file, or may be."""
    variables: frozenset[str]
    """The variables of the routines that are not the spec's: nothing that they use has one of these names."""


@dataclass(frozen=True)
class Part:
    """What a routine does, and what is to be said of it."""

    lines: Lines
    comment: str = ""


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
    """A condition as an operand of what joins conditions."""
    return f"({condition})" if outside(condition) & ({"&", "|", "&&", "||", "->"} - {operator}) else condition


def joined(operator: str, conditions: Iterable[str]) -> str:
    """Conditions, joined by the language's `and` or `or`."""
    return f" {operator} ".join(part_of(operator, condition) for condition in conditions)


def negated(condition: str) -> str:
    """The opposite of a condition."""
    words = condition.split(" ")
    if len(words) == 3 and words[1] in OPPOSITES:
        return f"{words[0]} {OPPOSITES[words[1]]} {words[2]}"
    return condition[1:] if re.fullmatch(r"!\S+", condition) else f"!{tight(condition)}"


OPPOSITES = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", "<=": ">", ">": "<="}
