"""A machine's control states and rows as a Graphviz picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from itertools import cycle

import graphviz

from ...spec.language.control import has_states
from ...spec.language.machines import Machine
from ...spec.language.rows import Declaration, State
from ...spec.language.system import thread_of
from . import look
from .arrows import bundles
from .known import Known
from .picture import canvas

INDENT = "&#160;"
"""Between an arrow and what stands beside it."""


def drawing(machine: type[Machine], known: Known | None = None) -> graphviz.Digraph:
    """The control states of a machine as a Graphviz graph; steps have the colour of their thread, operations dashes."""
    has_states(machine)
    known = known or Known()
    graph = canvas(machine.__name__, rankdir="TB", nodesep="0.4", ranksep="0.6")
    colours = dict(zip(known.threads or _threads(machine), cycle(look.THREADS), strict=False))
    every = bundles(machine)
    for state in machine.states:
        inside = [row for each in every if each.source is each.target is state for row in each.rows]
        attributes = {"peripheries": "2"} if state.initial else {}
        if state in known.empty:
            attributes |= {"color": look.FAINT, "fontcolor": look.FAINT}
        if state.waiting or state.queued:
            attributes |= {"style": "rounded,filled", "fillcolor": look.WAITS}
        label = _box(state, [_label(row, known, colours, state in known.empty) for row in inside])
        graph.node(state.name, label=label, id=f"{machine.__name__}.{state.name}", **attributes)
    for each in every:
        if each.source is each.target:
            continue
        style = {"color": colours[thread_of(each.rows[0]).name]} if each.kind == "step" else {"style": "dashed"}
        nowhere = not known.empty.isdisjoint((each.source, each.target))
        if nowhere or all(row.qualname in known.never for row in each.rows):
            style["color"] = look.FAINT
        label = "".join(_label(row, known, colours, nowhere) for row in each.rows)
        style["id"] = ".".join([machine.__name__, *(row.name for row in each.rows), each.source.name])
        graph.edge(each.source.name, each.target.name, label=f"<{label}>", **style)
    return graph


def _threads(machine: type[Machine]) -> list[str]:
    return list(dict.fromkeys(thread_of(row).name for row in machine.rows if row.kind == "step"))


def _box(state: State, rows: Sequence[str]) -> str:
    """A state, and below it the rows that can be taken in it and stay there."""
    name = f"{state.name} (waits)" if state.waiting or state.queued else state.name
    small = f'<font point-size="{look.laid_out(look.SMALL)}">{"".join(rows)}</font>'
    below = f'<hr/><tr><td align="left" balign="left">{small}</td></tr>'
    return f'<<table border="0" cellpadding="3"><tr><td>{escape(name)}</td></tr>{below if rows else ""}</table>>'


def _label(row: Declaration, known: Known, colours: Mapping[str, str], nowhere: bool) -> str:
    """Its name, below that its thread and in which versions it fires if not in all, and what it does in short.

    It is grey if it never fires, and where it leads from or to a state that nobody is in.
    """
    never = row.qualname in known.never
    colour = look.FAINT if never or nowhere else colours[thread_of(row).name] if row.kind == "step" else look.INK
    name = f'<font color="{colour}"><b>{escape(row.name)}</b></font>'
    if row.kind == "step":
        said = [thread_of(row).name, *(["never fires"] if never else [])]
    else:
        said = ["never called" if never else "called"]
    said += [f"only {', '.join(known.only[row.qualname])}"] if row.qualname in known.only else []
    words = [", ".join(said), *(known.outlines[row].lines() if row in known.outlines else ())]
    lines = [name, *(f'<font color="{look.FAINT}">{escape(line)}</font>' for line in words)]
    return "".join(f'{INDENT}{line}<br align="left"/>' for line in lines)
