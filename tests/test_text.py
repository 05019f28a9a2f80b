"""The report of a check as text."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from rich.console import Console

from hotswap.checker import Result, check
from hotswap.checker.explore.path import path
from hotswap.checker.explore.result import Usage, Vacuity
from hotswap.checker.view.console import console
from hotswap.checker.view.steps import packed, what_changes
from hotswap.checker.view.text import print_path, print_result, size, steps
from hotswap.spec.language import System


def printed(result: Result, *, verbose: bool = False, width: int = 120) -> str:
    """The report, without colour."""
    stream = io.StringIO()
    print_result(Console(file=stream, width=width, highlight=False, markup=False), result, verbose=verbose)
    return stream.getvalue()


def test_every_property_has_its_verdict(broken: Result) -> None:
    """PROVED, or VIOLATED with the length of each finding's shortest trace and the row where it broke."""
    lines = [line.split() for line in printed(broken).splitlines()]

    assert ["no-double-free", "PROVED"] in lines
    assert ["no-dangling-pointer", "VIOLATED", "3", "Swap.change:", "Card0.last", "dangles"] in lines
    assert ["served", "VIOLATED", "3", "Swap.change"] in lines
    assert ["fast", "PROVED", "3", "reached"] in lines


def test_the_first_violation_has_its_trace(broken: Result) -> None:
    """One step a line: number, thread, row with arguments and outcomes, what changes, file and line."""
    lines = [" ".join(line.split()) for line in printed(broken).splitlines()]

    assert "no-dangling-pointer, 3 steps, tests/nic.py:124: Card0.last dangles" in lines
    assert "1 guest Card0.switch_on off -> on_, last = Backend0 tests/nic.py:85" in lines
    assert "2 monitor Swap0.find(card=Card0, speed=slow) idle -> found, card = Card0 tests/nic.py:117" in lines
    assert any(line.startswith("3 monitor Swap0.change [open fails] found -> idle") for line in lines)
    assert """fails with "can't open the backend\"""" in lines


def test_verbose_shows_calls(nic: System) -> None:
    """With -v, an operation stands indented below the step that it ran in."""
    result = path(nic, "any(backend.sent == 1 for backend in Backend)", engine="python")

    def shown(*, verbose: bool) -> list[str]:
        stream = io.StringIO()
        print_path(Console(file=stream, width=120, highlight=False), result, "sent", verbose=verbose)
        return stream.getvalue().splitlines()

    assert not any("Backend0.send" in line for line in shown(verbose=False))
    assert shown(verbose=True)[-1].startswith("             Backend0.send  sent = 1 ")


def test_a_bound_is_said(nic: System) -> None:
    """A search that stopped says so first, and what it does not know is UNKNOWN."""
    text = printed(check(nic, engine="python", max_states=10))

    assert "Not every state was visited. Stopped: 10 states." in text
    assert text.count("PROVED") == 1
    assert ["fast", "PROVED", "3", "reached"] in [line.split() for line in text.splitlines()]


def test_pools(proved: Result) -> None:
    """How far a pool was used, and what was cut for want of a slot."""
    result = replace(proved, pools={"Backend": Usage(3, 3, 12)})

    assert "Backend: 3 of 3 slots ever used; 12 steps needed one more and were not explored\n" in printed(result)


def test_what_is_vacuous(proved: Result) -> None:
    """What says less than it seems to is named with its place; what is explained is only counted, but for -v."""
    found = Vacuity("guard-never-false", "Card.send", "ready", "/tmp/nic.py", 7)
    known = Vacuity("row-never-fires", "Card.queue", "", "/tmp/nic.py", 3, "Nobody queues.")
    result = replace(proved, vacuity=(found, known))

    assert "Vacuous: guard-never-false@Card.send: ready, /tmp/nic.py:7\n" in printed(result)
    assert "Vacuous, and explained: 1 (-v shows them)\n" in printed(result)
    assert "Vacuous: row-never-fires@Card.queue: Nobody queues.\n" in printed(result, verbose=True)


@pytest.mark.parametrize("width", [60, 80, 100, 120])
def test_no_line_is_too_long(broken: Result, width: int) -> None:
    """The report fits the terminal, and no line ends in spaces."""
    for line in printed(broken, width=width).splitlines():
        assert len(line) <= width
        assert line == line.rstrip()


def test_no_colour_where_nobody_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal, or with NO_COLOR, there are no escape codes."""
    assert console().color_system is None
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    assert console().color_system is not None or not console().is_terminal
    monkeypatch.setenv("NO_COLOR", "1")
    assert console().color_system is None


def test_changes_in_few_words() -> None:
    """The step's own machine comes first and unnamed; of a gone object only that is said; a state says from where."""
    changes = {
        "B0.live": ("True", "False"),
        "B0.size": ("3", "0"),
        "B1.live": ("False", "True"),
        "B1.size": ("0", "2"),
        "A0.b": ("B0", "B1"),
        "A0.state": ("idle", "busy"),
    }

    assert what_changes(changes, "A0") == [["idle -> busy", "b = B1"], ["B0: freed"], ["B1: new", "size = 2"]]


def test_packing() -> None:
    """A group that does not fit begins a new line; a line longer than the room is broken at a comma."""
    assert packed([["a", "b"], ["c"]], 20) == ["a, b; c"]
    assert packed([["aaaa", "bbbb"], ["cccc", "dddd"]], 12) == ["aaaa, bbbb;", "cccc, dddd"]
    assert packed([["aaaaaa", "bbbbbb"]], 10) == ["aaaaaa,", "  bbbbbb"]
    assert packed([], 10) == []


def test_words() -> None:
    """Counts and sizes as people say them."""
    assert [steps(1), steps(2)] == ["1 step", "2 steps"]
    assert [size(n) for n in (0, 999, 1500, 63_000_000, 4_200_000_000)] == ["0 B", "999 B", "1.5 kB", "63 MB", "4.2 GB"]
