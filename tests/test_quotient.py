"""The states of a system by what they show in a few fields."""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import networkx
import pytest

from hotswap.checker.cli import main
from hotswap.checker.explore import quotient as module
from hotswap.checker.explore.check import name_of_scope
from hotswap.checker.explore.explorer import Explorer, Reached
from hotswap.checker.explore.quotient import Chosen, Quotient, chosen, quotient
from hotswap.checker.explore.words import word
from hotswap.checker.view.graph import state_graph
from hotswap.spec.language import Machine, Pools, SpecError, System
from hotswap.spec.language.system import Scope
from nic import NIC
from test_saturation import HANDS, Bag, Hand

Words = tuple[str, ...]
Classes = Counter[Words]
Steps = Counter[tuple[Words, Words, str]]
CARDS = f"{Path(__file__).with_name('nic.py')}:NIC"


@functools.cache
def plain_graph(scope: str) -> networkx.MultiDiGraph:
    """Every state and every step of the network card, by plain Python."""
    return state_graph(NIC, scope=scope)


def reached(system: System, scope: str | Scope) -> Reached:
    """Every state, by the engine."""
    _, configurations = name_of_scope(system, scope)
    return Explorer(system, configurations).reach(configurations)


def shown(fields: tuple[Chosen, ...], values: dict[str, str], pools: Mapping[type[Machine], int]) -> Words:
    """What a state shows, of the words that plain Python has for it: sorted, so that no slot is known by its place."""
    machines: dict[type[Machine], list[str]] = {}
    for each in fields:
        machines.setdefault(each.machine, []).append(each.field)
    parts = []
    for machine, names in machines.items():
        alive = [
            slot for slot in range(pools[machine]) if not machine.dynamic or f"{machine.__name__}{slot}.live" in values
        ]
        of = [" ".join(value(machine, slot, name, values) for name in names) for slot in alive]
        counts = sorted(Counter(of).items())
        parts.append(", ".join(what if count == 1 else f"{count} {what}" for what, count in counts) or "-")
    return tuple(parts)


def value(machine: type[Machine], slot: int, name: str, values: dict[str, str]) -> str:
    """A field in words; a blank one is not among the words of a state."""
    blank = machine.fields[name].value
    return values.get(f"{machine.__name__}{slot}.{name}", word(blank, blank.blank))


def plainly(
    graph: networkx.MultiDiGraph, fields: tuple[Chosen, ...], pools: Mapping[type[Machine], int]
) -> tuple[Classes, Steps]:
    """The classes and the steps between them, counted one by one."""
    what = {node: shown(fields, data["values"], pools) for node, data in graph.nodes(data=True)}
    steps = Counter((what[a], what[b], data["row"]) for a, b, data in graph.edges(data=True))
    return Counter(what.values()), steps


def counted(found: Quotient) -> tuple[Classes, Steps]:
    """The same of a quotient."""
    words = [tuple(each.shown.values()) for each in found.classes]
    steps = {(words[a], words[b], row): count for (a, b), rows in found.arrows.items() for row, count in rows.items()}
    return Counter(dict(zip(words, (each.states for each in found.classes), strict=True))), Counter(steps)


@pytest.mark.parametrize(
    "text",
    [
        "Swap.state",
        "Swap.state,Card.state",
        "Backend.speed",
        "Backend.sent,Backend.speed,Card.last",
        "Card.features,Swap.speed",
        "Card.backend",
    ],
)
@pytest.mark.parametrize("scope", ["small", "medium"])
def test_the_counts(text: str, scope: str) -> None:
    """Classes, their states and the steps between them are those of the plain graph: no more, no fewer, every row."""
    fields = chosen(NIC, text)
    graph = plain_graph(scope)

    assert counted(quotient(reached(NIC, scope), fields)) == plainly(graph, fields, NIC.pools(NIC.scope(scope)))


def test_objects_that_come_and_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a dynamic machine those that are alive count, whichever slots they have; a pointer that dangles says so."""
    monkeypatch.setattr(module, "MOST", 1000)
    scope = (Pools({Bag: 2, Hand: 2}),)
    fields = chosen(HANDS, ",".join(f"Hand.{name}" for name in Hand.fields if name != "live"))
    graph = state_graph(HANDS, scope=scope)

    assert counted(quotient(reached(HANDS, scope), fields)) == plainly(graph, fields, HANDS.pools(scope))


def test_where_it_starts() -> None:
    """A class in which a run can begin is marked, and the others are not."""
    found = quotient(reached(NIC, "small"), chosen(NIC, "Card.state"))

    assert {each.shown["Card.state"]: each.initial for each in found.classes} == {"off": True, "on_": False}


def test_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """More classes than can be looked at are refused with their number, and with what to leave out."""
    monkeypatch.setattr(module, "MOST", 3)
    with pytest.raises(SpecError) as two:
        quotient(reached(NIC, "small"), chosen(NIC, "Swap.state,Backend.speed"))
    monkeypatch.setattr(module, "MOST", 1)
    with pytest.raises(SpecError) as one:
        quotient(reached(NIC, "small"), chosen(NIC, "Swap.state"))

    assert "different values of Swap.state, Backend.speed; 3 can be drawn" in two.value.message
    assert "leave Backend.speed out, which alone shows" in (two.value.instead or "")
    assert "without it there are 2" in (two.value.instead or "")
    assert "the states show 2 different values of Swap.state" in one.value.message
    assert "fewer values" in (one.value.instead or "")


def test_a_search_that_was_stopped() -> None:
    """Of a part of the states nothing is drawn: a class could be missing."""
    scope = (Pools({Bag: 2, Hand: 2}),)
    stopped = Explorer(HANDS, scope).reach(scope, max_states=10)

    with pytest.raises(SpecError, match="the search stopped"):
        quotient(stopped, chosen(HANDS, "Hand.bag"))


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It writes the source and the picture, which says how many states and steps there are in how many classes."""
    assert main(["diagram", CARDS, "--quotient", "Swap.state, Card.state", "--out", str(tmp_path), "-q"]) == 0

    assert {path.name for path in tmp_path.iterdir()} == {f"Swap.state+Card.state.{to}" for to in ("dot", "svg")}
    graph = state_graph(NIC)
    classes = len(quotient(reached(NIC, "small"), chosen(NIC, "Swap.state,Card.state")).classes)
    said = f"{len(graph):,} states and {graph.number_of_edges():,} steps in {classes} classes"
    assert said in (tmp_path / "Swap.state+Card.state.svg").read_text("utf-8")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--quotient", "Swop.state"], "nic has no machine `Swop`; did you mean `Swap`?"),
        (["--quotient", "Card.stat"], "Card has no field `stat`; did you mean `Card.state`?"),
        (["--quotient", "Backend.live"], "Backend has no field `live`"),
        (["--quotient", "Card"], "`Card` is a machine, and no field of one; name one of Card.state"),
        (["--quotient", "Card.state", "--to", "text"], "states are drawn as svg or dot, not as text"),
        (["--quotient", "Card.state", "--trace", "no-leak"], "ask for one of them"),
    ],
)
def test_what_can_not_be_chosen(
    arguments: list[str], message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What there is not is said in one line, and nothing is written."""
    assert main(["diagram", CARDS, "--out", str(tmp_path / "out"), "-q", *arguments]) == 2

    assert message in " ".join(capsys.readouterr().err.split())
    assert not list(tmp_path.glob("out/*"))
