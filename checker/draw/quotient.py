"""The quotient of a state graph as a picture: what the states show, and the steps that change it."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import wrap

from ..explore.quotient import Class, Quotient
from . import look
from .picture import Picture, canvas

MOST = 5
"""So many rows are beside an arrow."""
WIDE = 40
"""So many letters are in a line of a box."""


def picture(system: str, fields: str, quotient: Quotient) -> Picture:
    """A box for each class, with how many states it has and how many steps stay in it; an arrow for each pair."""
    name = fields.replace(",", "+").replace(" ", "")
    graph = canvas(name, rankdir="TB", nodesep="0.35", ranksep="0.55")
    for number, each in enumerate(quotient.classes):
        stay = sum(quotient.arrows.get((number, number), {}).values())
        lines = [line for machine, words in each.shown.items() for line in _wrapped(f"{machine}: {words}")]
        lines += [f"{each.states:,} states" + (f", {stay:,} steps stay" if stay else "")]
        graph.node(str(number), label="".join(f"{line}\\l" for line in lines), peripheries="2" if each.initial else "1")
    for (source, target), rows in quotient.arrows.items():
        if source != target:
            graph.edge(str(source), str(target), label=_label(rows), color=look.FAINT)
    return Picture(name, f"{system}: the states by {fields}", _said(quotient), graph.source)


def _label(rows: Mapping[str, int]) -> str:
    """The rows that lead there most often, first."""
    often = sorted(rows.items(), key=lambda item: -item[1])
    more = [f"and {len(often) - MOST} more rows"] if len(often) > MOST else []
    return "".join(f" {line}\\l" for line in [*(f"{row} {count:,}" for row, count in often[:MOST]), *more])


def _said(quotient: Quotient) -> str:
    """How many there are of what, and the classes in words."""
    steps = sum(sum(rows.values()) for rows in quotient.arrows.values())
    states = sum(each.states for each in quotient.classes)
    classes = "; ".join(_words(each) for each in quotient.classes)
    return f"{states:,} states and {steps:,} steps in {len(quotient.classes)} classes: {classes}."


def _words(each: Class) -> str:
    return f"{', '.join(f'{machine} {words}' for machine, words in each.shown.items())} ({each.states:,} states)"


def _wrapped(text: str) -> list[str]:
    return wrap(text, WIDE, subsequent_indent="  ") or [text]
