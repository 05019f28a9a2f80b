"""What a tour is to take: every row, every edge between groups of states, or every pair of rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import ClassVar

from ...spec.language.errors import SpecError
from ...spec.language.machines import Machine
from ...spec.language.plain import PlainWorld, Values
from ...spec.language.system import System
from ..conform.conversation import Move
from ..conform.suspension import DIES
from ..explore.quotient import chosen
from ..explore.words import word

Item = tuple[str, ...]
"""Something to be taken, in words."""

Field = tuple[type[Machine], str]


class Cover:
    """A kind of items."""

    name: ClassVar[str]
    remembers: ClassVar[bool] = False
    """Whether what a stimulus takes depends on the row of the last one."""

    def items(self, world: PlainWorld, last: str, move: Move) -> frozenset[Item]:
        """Those that a move certainly takes; `last` is empty at the start."""
        raise NotImplementedError

    def named(self, system: System) -> frozenset[Item]:
        """Those that a system names, whether they can be taken or not."""
        return frozenset()


class Rows(Cover):
    """Every row: those of the stimuli, and those that an implementation takes by itself."""

    name = "rows"

    def items(self, world: PlainWorld, last: str, move: Move) -> frozenset[Item]:
        return frozenset((row,) for row in move.rows)

    def named(self, system: System) -> frozenset[Item]:
        return frozenset((row.qualname,) for row in system.steps)


class Pairs(Cover):
    """Every two rows of stimuli of which one can follow the other: Chow's 1-switch cover (1978)."""

    name = "pairs"
    remembers = True

    def items(self, world: PlainWorld, last: str, move: Move) -> frozenset[Item]:
        return frozenset({(last, move.stimulus.qualname)} if last else ())


class Edges(Cover):
    """Every edge between groups of states: the group before, the row of the stimulus, and the group after.

    States are in the same group if as many instances of each machine look alike in some fields, whichever slots they
    are in. So the groups of one configuration are those of another, too.
    """

    name = "edges"

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = fields
        self.group = lru_cache(None)(self._group)

    def items(self, world: PlainWorld, last: str, move: Move) -> frozenset[Item]:
        after = {DIES if answer.state is None else self.group(world, answer.state) for answer in move.answers}
        return frozenset({(self.group(world, move.before), move.stimulus.qualname, *after)} if len(after) == 1 else ())

    def _group(self, world: PlainWorld, state: Values) -> str:
        """The group of a state, in words."""
        words = {
            name: word(value, raw)
            for (name, value), raw in zip(world.positions, state, strict=True)
            if value is not None
        }
        return "; ".join(
            f"{machine.__name__}: {', '.join(sorted(self._looks(world, machine, words))) or 'none'}"
            for machine in dict.fromkeys(machine for machine, _ in self.fields)
        )

    def _looks(self, world: PlainWorld, machine: type[Machine], words: dict[str, str]) -> Iterator[str]:
        """What each live instance of a machine looks like."""
        names = [name for owner, name in self.fields if owner is machine]
        for instance in world.instances(machine):
            if words.get(f"{instance}.live") != "False":
                yield " ".join(words[f"{instance}.{name}"] for name in names)


def cover(system: System, name: str) -> Cover:
    """`rows`, `edges` or `pairs`. Raises SpecError."""
    known: dict[str, Cover] = {"rows": Rows(), "edges": Edges(control_states(system)), "pairs": Pairs()}
    if name not in known:
        raise SpecError(f"a tour can't cover `{name}`", instead=_known(known))
    return known[name]


def control_states(system: System) -> list[Field]:
    """By which states are grouped if nothing else is said: the control states of all machines."""
    return [(machine, "state") for machine in system.machines if len(machine.states) > 1]


def read(system: System, text: str) -> list[Field]:
    """Fields as `Vm.state,Device.model`. Raises SpecError."""
    return [(each.machine, each.field) for each in chosen(system, text)]


def _known(names: Iterable[str]) -> str:
    return f"there are: {', '.join(names)}"
