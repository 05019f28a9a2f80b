"""An adapter: how the tests of an implementation move it, and what they see of it, in the words of its spec."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from string import ascii_letters
from typing import TYPE_CHECKING, Any, ClassVar

from ...spec.language.interface import declared, places
from ...spec.language.machines import signature
from ...spec.language.rows import Declaration
from ...spec.language.system import System
from ...spec.language.types import BoolValue, IntValue, RefValue, Value
from ..conform.stimulus import Stimulus
from ..conform.target import Observation, Words

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy


class AdapterError(Exception):
    """An adapter that does not go with its spec: what, and what to write instead."""


class Adapter:
    """An implementation under test. One object is one run.

    A subclass has a method for each row of the spec that somebody outside begins: `client_lease` for `Client.lease`. It
    is called with the number of the machine's instance, and with the row's parameters by their names: a number for an
    instance, a bool, a number, or the name of a constant. Of a command whose reply the spec knows (`Interface.replies`)
    it returns the error, or `""`. What it raises is a disagreement, unless the spec ends in an error there.
    """

    cannot: ClassVar[Mapping[str, str]] = {}
    """Which rows it can't be moved along, as `Client.lease`, and why."""
    choices: ClassVar[Collection[str]] = ()
    """The labels of the choices that the adapter makes, as `open fails`: those in `circumstances` are to come out true.
    All others are the implementation's own."""
    data: ClassVar[Mapping[str, SearchStrategy[Any]]] = {}
    """What is drawn besides, for the method of a row: it gets that as `data`."""

    waits: ClassVar[bool] = False
    """Whether what comes of a stimulus may take a while, so that it has to be looked again."""

    circumstances: frozenset[str] = frozenset()
    drawn: Mapping[str, Any] | None = None
    """For each row the data that was drawn last; none where nothing is drawn, as in a tour."""
    error: Exception | None = None
    """What the implementation has raised."""

    def __init__(self, system: System) -> None:
        self.system = system

    # What a subclass says.

    def set_up(self, initial: Words) -> None:
        """Bring the implementation to an initial state, whose fields are named as in traces: `Pool0.driver`."""

    def look(self) -> Mapping[str, object]:
        """What is to be seen now, by the names of observables and fields: `Pool0.drivers`, `Client1.state`.

        A value is a number, a bool, the name of a constant, a state or an instance (`Driver0`), None, or a set of them.
        """
        return {}

    def tear_down(self) -> None:
        """End the implementation, whatever has come of it."""

    # A target of `checker.conform`.

    @property
    def name(self) -> str:
        """As a report names it."""
        return type(self).__name__

    def drives(self, stimulus: Stimulus, before: Words) -> str:
        """What `cannot` says; a row with data needs some."""
        if self.drawn is None and stimulus.qualname in self.data:
            return "nothing is drawn for it"
        return self.cannot.get(stimulus.qualname, "")

    def lacks(self, initial: Words) -> str:
        """Nothing."""
        return ""

    def start(self, initial: Words) -> None:
        """Set it up."""
        self.said: list[str] = []
        self.replies: dict[str, str] = {}
        self.set_up(initial)

    def do(self, stimulus: Stimulus, before: Words) -> None:
        """Call the row's method."""
        self.replies = {}
        self.circumstances = frozenset(stimulus.circumstances)
        types = _parameters(self.system, stimulus.qualname)
        given = {name: _value(types[name], word) for name, word in stimulus.arguments}
        if self.drawn is not None and stimulus.qualname in self.data:
            given["data"] = self.drawn[stimulus.qualname]
        self.said.append(str(stimulus))
        try:
            reply = getattr(self, method(stimulus.qualname))(stimulus.slot, **given)
        except Exception as error:
            self.error = error
            self.said.append(f"  {type(error).__name__}: {error}")
        else:
            if reply is not None:
                self.replies = {stimulus.instance: reply}
                self.said.append(f"  {reply or 'done'}")

    def wait(self, timer: Stimulus, before: Words) -> None:
        """Have a timer run out: the adapter has a method for that as well."""
        replies = self.replies
        self.do(timer, before)
        self.replies = {**replies, **self.replies}

    def observe(self) -> Observation:
        """Look at it."""
        if self.error is not None:
            return Observation({}, died=f"{type(self.error).__name__}: {self.error}")
        seen = {name: _word(value) for name, value in self.look().items()}
        return Observation(seen, self.replies, final=not self.waits)

    def sees(self, name: str, word: str) -> str:
        """As it is."""
        return word

    def log(self) -> list[str]:
        """What was done, and what came of it."""
        return list(self.said)

    def stop(self) -> None:
        """Tear it down."""
        self.tear_down()


def method(qualname: str) -> str:
    """What the method is called that begins a row: `write_all_begin` for `WriteAll.begin`."""
    machine, _, row = qualname.partition(".")
    return f"{re.sub('(?<=[a-z0-9])(?=[A-Z])', '_', machine).lower()}_{row}"


def moved(system: System) -> list[Declaration]:
    """The rows that a test begins: those of the stimuli, and the timers that it has run out."""
    return [*map(declared, system.outside.stimuli), *(row for row, _ in places(system.outside.timers))]


def require_whole(adapter: type[Adapter], system: System) -> None:
    """See that an adapter says something of each row that is its to begin, and of no other. Raises `AdapterError`."""
    rows = [row.qualname for row in moved(system)]
    for name in rows:
        if name not in adapter.cannot and not callable(getattr(adapter, method(name), None)):
            instead = f"write `def {method(name)}(self, {name.partition('.')[0].lower()}, ...)`"
            raise AdapterError(f"{adapter.__name__} does not begin {name}: {instead}, or name it in `cannot`")
    for name in (*adapter.cannot, *adapter.data):
        if name not in rows:
            raise AdapterError(f"{adapter.__name__} speaks of {name}, and {system.name} has {', '.join(rows)}")


@lru_cache
def _parameters(system: System, qualname: str) -> Mapping[str, Value]:
    """The types of a row's parameters."""
    row = next(row for row in moved(system) if row.qualname == qualname)
    return signature(row, system.names)[0]


def _value(value: Value, word: str) -> int | bool | str | None:
    """What a method gets for a parameter's word."""
    if isinstance(value, RefValue):
        return None if word == "None" else int(word.lstrip(ascii_letters + "_"))
    if isinstance(value, BoolValue):
        return word == "True"
    return int(word) if isinstance(value, IntValue) else word


def _word(value: object) -> str:
    """A value in the spec's words."""
    if isinstance(value, (set, frozenset)):
        return _set(map(_word, value))
    return str(getattr(value, "name", value))


def _set(words: Iterable[str]) -> str:
    return "{" + ", ".join(sorted(words)) + "}"
