"""A whole system as a TLA+ module."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable

from ....spec.language.plain import PlainWorld
from ....spec.language.system import Scope
from ...compile.program import build
from ..names import spelt
from ..text import Lines
from . import start
from .model import TlaModel
from .steps import action, taken
from .text import TLA

WIDTH = 120

HEADER = """\
\\* {title}
\\*
\\* Written by `hotswap export`, for TLC to count the reachable states; this file is called {name}.tla.
\\*   echo SPECIFICATION Spec > {name}.cfg
\\*   java -cp tla2tools.jar tlc2.TLC -deadlock {name}
\\*
\\* A state is a record of pools, a pool a function from slots to objects, an object a record of its fields. A pointer
\\* is a slot, None or Dangling. A row of the spec is an action. An operation is an operator from a state to the set of
\\* its outcomes: several where it may choose, none where there is an error, or a pool that is full. What is only judged
\\* (`ensure`, `fail`) has no effect."""

WORDS = {
    "Then": """\
\\* What comes next, for each of the outcomes of what comes first.
Then(outcomes, rest(_)) == UNION {rest(result) : result \\in outcomes}""",
    "Each": """\
\\* The outcomes of a loop: of each round, for each outcome of the one before.
Each(first, last, start, Round(_, _)) ==
  LET until[i \\in first - 1..last] == IF i < first THEN {start} ELSE Then(until[i - 1], LAMBDA r: Round(i, r))
  IN until[last]""",
    "Any": """\
\\* Whether a test holds for one of several numbers; those behind it are not asked.
Any(first, last, Test(_)) ==
  LET from[i \\in first..last + 1] ==
        IF i > last THEN {FALSE} ELSE Then(Test(i), LAMBDA found: IF found THEN {TRUE} ELSE from[i + 1])
  IN from[first]""",
    "All": """\
\\* Whether a test holds for all of several numbers; those behind one for which it does not are not asked.
All(first, last, Test(_)) ==
  LET from[i \\in first..last + 1] ==
        IF i > last THEN {TRUE} ELSE Then(Test(i), LAMBDA hold: IF hold THEN from[i + 1] ELSE {FALSE})
  IN from[first]""",
    "Sum": """\
\\* The sum of what there is for each of several numbers.
Sum(first, last, Number(_)) == Each(first, last, 0, LAMBDA i, total: Then(Number(i), LAMBDA n: {total + n}))""",
    "Kept": """\
\\* A pointer as a field keeps it: it dangles if its object has died in this step.
Kept(pool, x) == IF x = None \\/ x \\in DOMAIN pool THEN x ELSE Dangling""",
    "Placed": """\
\\* A pool with one more object.
Placed(pool, x, object) == [y \\in DOMAIN pool \\union {x} |-> IF y = x THEN object ELSE pool[y]]""",
    "Lowest": """\
\\* The lowest of several slots, if there is one.
Lowest(slots) == {x \\in slots : \\A y \\in slots : x <= y}""",
    "Seen": """\
\\* What others change of what was seen changes in the copy too.
Seen(before, after, copy) == [x \\in DOMAIN copy |-> IF before[x] = after[x] THEN copy[x] ELSE after[x]]""",
}
"""Operators that are there if they are needed, each above those that need it."""


def text(world: PlainWorld, scope: Scope, title: str) -> str:
    """A module that has as many states as the world."""
    model = TlaModel(world, build(world.system, world.pools))
    name = spelt(world.system.name.replace("-", " "), TLA.reserved)
    actions = [action(model, row) for row in world.system.steps]
    blank, initial = start.blank(model), start.initial(model, scope)
    enumerations = [f"{model.names[each]} == {{{', '.join(map(model.word, each))}}}" for each in model.enumerations]
    recursive = [f"RECURSIVE {each}({', '.join('_' * count)})" for each, count in model.recursive.items()]
    own = _paragraphs(
        [
            enumerations,
            recursive,
            *model.written(),
            blank,
            initial,
            *actions,
            ["Next ==", *(f"  \\/ {taken(model, row)}" for row in world.system.steps)],
            ["Spec == Init /\\ [][Next]_state"],
        ]
    )
    for word, definition in reversed(WORDS.items()):
        if re.search(rf"\b{word}\(", own):
            own = f"{definition}\n\n{own}"
    head = _paragraphs(
        [
            HEADER.format(title=title, name=name).splitlines(),
            ["EXTENDS Integers, FiniteSets, Sequences"],
            ["VARIABLE state"],
            ["None == -1", "Dangling == -2"],
        ]
    )
    return f"{f' MODULE {name} ':-^{WIDTH}}\n{head}\n\n{own}\n{'=' * WIDTH}\n"


def _paragraphs(parts: Iterable[Lines]) -> str:
    return "\n\n".join("\n".join(each for line in part for each in _wrapped(line)) for part in parts if part)


def _wrapped(line: str) -> list[str]:
    """A line, parted where it is too long: at the changes of a record if there are several, else at spaces."""
    if len(line) <= WIDTH:
        return [line]
    indent = " " * (len(line) - len(line.lstrip()))
    head, sign, changes = line.partition(" EXCEPT !")
    parts = _changes(sign[-1:] + changes)
    if len(parts) > 1 and not line.lstrip().startswith("\\*"):
        more = f"{indent}    "
        return [*_wrapped(f"{head}{sign[:-2]}"), *(each for part in parts for each in _wrapped(f"{more}{part}"))]
    more = f"{indent}\\* " if line.lstrip().startswith("\\*") else f"{indent}    "
    return textwrap.wrap(line, WIDTH, subsequent_indent=more, break_long_words=False, break_on_hyphens=False)


def _changes(text: str) -> list[str]:
    """What stands behind EXCEPT, change by change, and what is behind the bracket with the last."""
    parts, depth = [""], 0
    for sign in text:
        depth += (sign in "([{") - (sign in ")]}")
        parts[-1] += sign
        if sign == "," and depth == 0:
            parts.append("")
    return [part.strip() for part in parts]
