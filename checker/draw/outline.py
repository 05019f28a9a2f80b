"""What a row does, in few words: what has to hold, what it sets, whom it calls."""

from __future__ import annotations

from collections.abc import Container, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap

from ...spec.language.rows import Declaration, State
from ..compile.ir import Call, Change, Fail, Function, Goto, Program, Require, Store, walk

MOST = 4
"""So many words of each sort; of the others there is only that there are more."""
WIDE = 40
"""So many letters are in a line."""


@dataclass(frozen=True)
class Outline:
    """Of one row, as the chosen version of the spec has it."""

    guards: tuple[str, ...]
    sets: tuple[str, ...]
    called: tuple[Declaration, ...]
    """Rows that change something, of which a property or a guard is none."""
    fails: tuple[str, ...] = ()
    """What it can fail with, itself or by what it calls."""
    ends: tuple[State, ...] = ()
    """The states that it names to go to, as far as it can in this version."""

    @property
    def idle(self) -> bool:
        """Whether it does nothing in this version but lead on."""
        return not (self.guards or self.sets or self.called or self.fails)

    def lines(self) -> list[str]:
        """A line for each guard, one for what it sets, one for what it calls."""
        lines = [line for guard in _few(self.guards) for line in wrap(f"[{guard}]", WIDE, subsequent_indent="  ")]
        for word, names in (("sets", self.sets), ("calls", [row.qualname for row in self.called])):
            if names:
                lines += wrap(f"{word} {', '.join(_few(names))}", WIDE, subsequent_indent="  ")
        return lines


def outline(function: Function, impure: Container[Declaration], program: Program) -> Outline:
    """Every part once, in the order in which it is written; of what is called, only what changes something."""
    parts = list(walk(function.body))
    called = [part.operation for part in parts if isinstance(part, Call) and part.operation in impure]
    stored = [part.field.name for part in parts if isinstance(part, Store)]
    changed = [part.container.field.name for part in parts if isinstance(part, Change)]
    return Outline(
        tuple(dict.fromkeys(part.text.replace("self.", "") for part in parts if isinstance(part, Require))),
        tuple(dict.fromkeys([*stored, *changed])),
        tuple(dict.fromkeys(called)),
        tuple(dict.fromkeys(_messages(function, program, set()))),
        _ends(function),
    )


def _ends(function: Function) -> tuple[State, ...]:
    """One of several targets counts only if something says `goto`: not if no switch that leads there is on."""
    targets = function.declaration.targets
    said = {part.state for part in walk(function.body) if isinstance(part, Goto)}
    return tuple(state for state in targets if state in said) if len(targets) > 1 else targets


def _messages(function: Function, program: Program, seen: set[Declaration]) -> Iterator[str]:
    for part in walk(function.body):
        if isinstance(part, Fail):
            yield part.message
        elif isinstance(part, Call) and part.operation not in seen:
            seen.add(part.operation)
            yield from _messages(program.functions[part.operation], program, seen)


def _few(words: Sequence[str]) -> list[str]:
    return [*words[:MOST], "..."] if len(words) > MOST else [*words]
