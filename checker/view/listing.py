"""What a system has, as tables: profiles, properties, defects, scopes, machines, rows."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.table import Table
from rich.text import Text

from ...spec.language.rows import UNFAIR, Declaration
from ...spec.language.system import System, fairness_of, thread_of
from .console import columns, put

MOST_SHOWN = 4
"""How many of a scope's configurations are shown when nobody asks for all."""


def print_list(console: Console, system: System, kind: str, *, verbose: bool = False) -> None:
    """One table; `verbose` adds what a line stands for."""
    put(console, KINDS[kind](system, verbose))


def _profiles(system: System, verbose: bool) -> RenderableType:
    table = columns("profile", "switches", "what it is", right=("switches",))
    for profile in system.profiles:
        table.add_row(profile.name, str(len(profile.switches)), _first(profile.documentation))
    return Group(table, "", _switches(system)) if verbose and system.switches else table


def _switches(system: System) -> Table:
    """A line for each switch, with a mark below each profile in which it is on."""
    table = columns("switch", *(profile.name for profile in system.profiles), "what it says, and its source")
    for switch in system.switches:
        marks = ("x" if switch in profile.switches else "" for profile in system.profiles)
        source = Text(f"\n{switch.source}" if switch.source else "", "dim")
        table.add_row(switch.name, *marks, Text(switch.documentation) + source)
    return table


def _properties(system: System, verbose: bool) -> Table:
    table = columns("property", "kind", "what it says")
    for known in system.all_properties:
        between = f" (while no {known.between.__name__} is in flight)" if known.between else ""
        table.add_row(known.name, known.kind, (known.documentation if verbose else known.summary) + between)
    return table


def _defects(system: System, verbose: bool) -> Table:
    table = columns("defect", "of", "breaks", "what it is")
    for defect in system.defects:
        table.add_row(defect.name, defect.profile, defect.breaks, _first(defect.documentation))
        for edit in defect.edits if verbose else ():
            changed = f"{edit.method.__qualname__}: {edit.old.strip()}  ->  {edit.new.strip()}"
            table.add_row("", "", "", Text(changed, "dim"))
    return table


def _scopes(system: System, verbose: bool) -> Table:
    table = columns("scope", "configurations")
    known: dict[str, list[str]] = {}
    for name in system.scopes:
        known[name] = [str(configuration) for configuration in system.scope(name)]
        for position, text in enumerate(_shown(name, known, verbose)):
            table.add_row(name if position == 0 else "", text)
    return table


def _shown(name: str, known: dict[str, list[str]], verbose: bool) -> list[str]:
    """The configurations of a scope; of those of a smaller scope that it has too, only how many they are."""
    mine = known[name]
    smaller = [other for other, theirs in known.items() if other != name and set(theirs) <= set(mine)]
    most = max(smaller, key=lambda other: len(known[other]), default=None)
    if most is None:
        return _few(mine, verbose)
    added = [text for text in mine if text not in known[most]]
    return [f"the {len(known[most])} of {most}, and" if added else f"those of {most}", *_few(added, verbose)]


def _few(texts: list[str], verbose: bool) -> list[str]:
    if verbose or len(texts) <= MOST_SHOWN:
        return texts
    rest = len(texts) - MOST_SHOWN + 1
    return [*texts[: MOST_SHOWN - 1], f"and {rest} more, which -v shows"]


def _machines(system: System, verbose: bool) -> Table:
    table = columns("machine", "states", "rows", "fields", "what it is", right=("states", "rows", "fields"))
    for machine in (*system.machines, *system.monitors):
        fields = [name for name in machine.fields if name not in ("live", "state")]
        counts = (len(machine.states), len(machine.rows), len(fields))
        table.add_row(machine.__name__, *map(str, counts), _first(inspect.getdoc(machine) or ""))
        if verbose:
            states = ", ".join(state.name for state in machine.states)
            described = ", ".join(f"{name}: {machine.fields[name].value}" for name in fields)
            for word in (states, described):
                if word:
                    table.add_row("", "", "", "", Text(word, "dim"))
    return table


def _rows(system: System, verbose: bool) -> Table:
    table = columns("row", "from", "to", "thread", "guards", "what it stands for", right=("guards",))
    for machine in system.machines:
        for row in machine.rows:
            if row.kind == "observable":
                continue
            runs = _runs(row) if row.kind == "step" else "(called)"
            guards = str(guard_count(row)) if row.kind == "step" else ""
            states = (_names(row.sources), _names(row.targets))
            table.add_row(row.qualname, *states, runs, guards, row.documentation if verbose else row.summary)
    return table


def _runs(row: Declaration) -> str:
    """The thread of a step, and what is taken for granted of it."""
    fair = fairness_of(row)
    return thread_of(row).name + ("" if fair is UNFAIR else f", {fair.value}")


def _names(states: tuple[Any, ...]) -> str:
    return ", ".join(state.name for state in states)


def guard_count(row: Declaration) -> int:
    """How many `require` a row begins with."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(row.body)))
    return sum(
        isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "require"
        for node in ast.walk(tree)
    )


def _first(documentation: str) -> str:
    return documentation.strip().partition("\n")[0]


KINDS: dict[str, Callable[[System, bool], RenderableType]] = {
    "profiles": _profiles,
    "properties": _properties,
    "defects": _defects,
    "scopes": _scopes,
    "machines": _machines,
    "rows": _rows,
}
