"""A command as a flow: from its first step down to where it is done, with the ways on which it is refused beside it."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape
from textwrap import wrap

import graphviz

from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State
from . import look
from .known import Known
from .picture import Picture, canvas
from .ways import Ways, ways

WIDE = 46
"""So many letters are in a line of a box."""
THICK = "2.5"
"""Of the way on which it is done."""
START, DONE = "(start)", "(done)"
"""No row has such a name."""


def picture(system: str, machine: type[Machine], known: Known, version: str = "") -> Picture | None:
    """The flow of a command that can be done and can be refused; None of any other machine.

    `version` is a part of its name, beside pictures of another version.
    """
    found = ways(machine, known)
    if found is None:
        return None
    name = machine.__name__
    lock = f" It holds the lock {machine.holds.name} from its first step to its end." if machine.holds else ""
    said = f"The steps of {name} from top to bottom.{lock} {' '.join(_said(found, known))}"
    title = " in ".join([f"{system}: {name} as a flow", *([version] if version else [])])
    file = "-".join([name, "flow", *([version] if version else [])])
    return Picture(file, title, said, _drawing(machine, found, known, file).source)


def _said(found: Ways, known: Known) -> Iterable[str]:
    """The same in words."""
    for row in found.steps:
        ends = [f"{state.name}: {' or '.join(each.name for each in found.of(state))}" for state in found.nexts[row]]
        ends += ["done"] if row in found.done else []
        ends += [f"refused with {' or '.join(known.outlines[row].fails)}"] if row in found.refused else []
        yield f"{row.name} leads to {', '.join(ends)}."


def _drawing(machine: type[Machine], found: Ways, known: Known, name: str) -> graphviz.Digraph:
    """Thick is the way on which it is done; red are those on which it is refused; grey is what never happens."""
    graph = canvas(name, rankdir="TB", nodesep="0.35", ranksep="0.45")
    lock = [_faint(f"holds {machine.holds.name} until it is over")] if machine.holds else []
    graph.node(START, label=f"<{_lines([f'<b>{machine.__name__}</b>', *lock])}>", peripheries="0")
    graph.node(DONE, label="done", peripheries="2", penwidth="1.5")
    back, settled = found.undoing, found.settled
    for row in found.first:
        graph.edge(START, row.name, penwidth=THICK)
    for row in found.steps:
        undoes = bool(row.sources) and back.issuperset(row.sources)
        idle = _is_idle(row, known)
        colour = look.FAINT if idle or row.qualname in known.never else look.WRONG if undoes else look.INK
        style = "rounded,dashed" if idle else "rounded"
        graph.node(row.name, label=f"<{_box(row, known)}>", color=colour, style=style)
        for state in found.nexts[row]:
            last_word = state in settled and state not in back and not settled.issuperset(row.sources)
            for after in found.of(state):
                _way(graph, row, after.name, _state(state, last_word), state in back, known)
        if row in found.done:
            _way(graph, row, DONE, "", False, known)
        if row in found.refused:
            _refusal(graph, row, beside=not undoes, known=known)
    return graph


def _way(graph: graphviz.Digraph, row: Declaration, to: str, label: str, refused: bool, known: Known) -> None:
    style = {"weight": "1"} if refused else {"penwidth": THICK, "weight": "8"}
    machine = row.qualname.removesuffix(row.name)
    grey = not known.never.isdisjoint((row.qualname, f"{machine}{to}"))
    colour = look.FAINT if grey else look.WRONG if refused else look.INK
    graph.edge(row.name, to, label=label, color=colour, **style)


def _refusal(graph: graphviz.Digraph, row: Declaration, *, beside: bool, known: Known) -> None:
    """An end of its own for each step that can fail, to the side of it."""
    colour = look.FAINT if row.qualname in known.never else look.WRONG
    end = f"{row.name}-fails"
    words = [line for message in known.outlines[row].fails for line in wrap(f"“{message}”", WIDE)]
    lines = [f'<font color="{colour}">refused</font>', *map(_faint, words)]
    with graph.subgraph() as rank:
        rank.attr(rank="same" if beside else "")
        if beside:
            rank.node(row.name)
        rank.node(end, label=f"<{_lines(lines)}>", color=colour, style="rounded,dashed")
    graph.edge(row.name, end, color=colour, constraint="false" if beside else "true")


def _box(row: Declaration, known: Known) -> str:
    """A step: its name, in which versions it is taken if not in all, and what it does."""
    lines = [f"<b>{escape(row.name)}</b>"]
    if row.qualname in known.only:
        lines.append(_faint(f"only {', '.join(known.only[row.qualname])}"))
    lines += [_faint("nothing to do in this version")] if _is_idle(row, known) else []
    lines += [_small(line) for line in wrap(row.summary.replace("`", ""), WIDE)]
    return _lines(lines)


def _is_idle(row: Declaration, known: Known) -> bool:
    return row in known.outlines and known.outlines[row].idle


def _state(state: State, last_word: bool) -> str:
    return f" {state.name}\\l" + (" from here on it can't be refused\\l" if last_word else "")


def _lines(lines: Iterable[str]) -> str:
    return "".join(f'{line}<br align="left"/>' for line in lines)


def _small(text: str) -> str:
    return f'<font point-size="{look.laid_out(look.SMALL)}">{escape(text)}</font>'


def _faint(text: str) -> str:
    return f'<font point-size="{look.laid_out(look.SMALL)}" color="{look.FAINT}">{escape(text)}</font>'
