"""Which rows of which slots disturb each other: what a search needs to put some of them off.

A *unit* is a row of one slot. Two units interfere if one may write what the other may read or write, unless they are
never enabled in the same state. A *stubborn set* of a state is a set of units with one that is enabled in it, with

- each enabled unit of the set, all that interfere with it, and
- each disabled unit of the set, all that could enable it: those that write what keeps it from firing.

Whatever the units outside of the set do, they leave those inside as they are: a run of the system may as well begin
with one of the set, and comes to the same state. So states without a step are found, and whatever a firing by itself
can break. For what is said of states one more is needed: if a unit that is enabled and in the set is *visible* to a
condition, which is to say that it may write what the condition reads, then all that are visible to it are in the set.
See `docs/reductions.md`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from ...spec.language.machines import Machine, signature
from ...spec.language.plain import PlainWorld, Values
from ...spec.language.properties import Property
from ...spec.language.rows import Declaration, State, sources_of
from ...spec.language.system import begins, lock_of
from ...spec.language.types import RefValue
from .footprint import Cell, Footprint
from .footprints import Footprints
from .ir import Judged, Pointer, Program, Type
from .possible import Possible, slots_of
from .reflexive import holds_of_nothing

FREE, ELSEWHERE, LOCKED, GUARDED = range(4)
"""Why a unit can't fire: its slot holds no object; its control state is another; a lock is held; a guard fails."""

MOST_CHOICES = 256
"""A property is looked at for each choice of its arguments by itself, if there are not more."""

Mask = int
"""A set of units: bit by bit, in their order."""


@dataclass(frozen=True)
class Unit:
    """A row of one slot."""

    row: Declaration
    machine: type[Machine]
    slot: int

    def __str__(self) -> str:
        return f"{self.machine.__name__}{self.slot}.{self.row.name}"


@dataclass(frozen=True)
class Stubborn:
    """What a search asks: what has to be in a stubborn set, with which of its units."""

    units: tuple[Unit, ...]
    """In the order in which a state's steps are found."""
    enabled: tuple[Mask, ...]
    """For each unit, what has to be in the set if it is, and is enabled."""
    disabled: tuple[tuple[Mask, ...], ...]
    """For each reason why a unit can't fire, and for each unit, what has to be in the set if it is."""
    unhelped: Mapping[str, str]
    """The properties for which nothing can be put off, and why."""


def units_of(world: PlainWorld) -> tuple[Unit, ...]:
    """Every row of every slot, in the order in which a state's steps are found."""
    return tuple(
        Unit(row, machine, slot)
        for machine in world.system.machines
        for slot in range(world.pools[machine])
        for row in world.system.steps
        if row.machine is machine
    )


def stubborn(world: PlainWorld, program: Program, initial: Sequence[Values], asked: Iterable[Property]) -> Stubborn:
    """The relations between the units of a world that starts in one of these states, for the properties `asked`.

    What a firing does by itself, and states without a step, they keep whatever is asked.
    """
    return _Relations(world, program, initial).stubborn(asked)


class _Relations:
    """Footprints of everything, and what follows from them."""

    def __init__(self, world: PlainWorld, program: Program, initial: Sequence[Values]) -> None:
        self.world, self.system = world, world.system
        self.footprints = Footprints(world, program, initial)
        self.program, self.functions, self.pools = program, program.functions, world.pools
        self.judged = {known.property: known for known in program.judged}
        self.units = units_of(world)
        self.conditions = {known: list(self._choices(judged)) for known, judged in self.judged.items()}
        self.seen = [
            self.footprints.of(self.functions[row], [_pointers([instance._slot])]).reads
            for row, instance in world.observed()
        ]
        self.made = [self._footprint(unit) for unit in self.units]
        self.guards = [self._guards(unit) for unit in self.units]
        self.asked_states = self._asked_states()
        for unit, made in zip(self.units, self.made, strict=True):
            self._resolve(made)
            self._remember(unit, made)

    def stubborn(self, asked: Iterable[Property]) -> Stubborn:
        """The relations, for these properties."""
        enabled = self._interfering()
        whole = (1 << len(self.units)) - 1
        unhelped = {}
        for known in asked:
            why = self._why_unhelped(known)
            if why:
                unhelped[known.name] = why
                enabled = [whole] * len(enabled)
            for condition in self._conditions(known):
                visible = self._writers(condition)
                enabled = [each | visible if visible >> bit & 1 else each for bit, each in enumerate(enabled)]
            if known.name == "no-deadlock" and self.world.can_wait:
                starts = [begins(unit.row) for unit in self.units]
                enabled = [whole if starting else each for starting, each in zip(starts, enabled, strict=True)]
        return Stubborn(self.units, tuple(enabled), tuple(map(tuple, self._enabling())), unhelped)

    # -- what units touch --------------------------------------------------------------------------------------------

    def _given(self, unit: Unit) -> list[Possible]:
        """The arguments that a unit can fire with."""
        kinds = [kind for _, kind in self.functions[unit.row].parameters]
        return [_pointers([unit.slot]), *(_there(self.footprints.any(kind), kind) for kind in kinds[1:])]

    def _footprint(self, unit: Unit) -> Footprint:
        """What a unit reads and writes when it fires, and what it reads to see whether it can."""
        made = self.footprints.of(self.functions[unit.row], self._given(unit))
        made.reads |= self._free(unit) | self._elsewhere(unit) | self._locks(unit) | self._arguments(unit)
        return made

    def _guards(self, unit: Unit) -> set[Cell]:
        """What a unit's guards read."""
        return self.footprints.of_guards(self.functions[unit.row], self._given(unit)).reads | self._arguments(unit)

    @staticmethod
    def _free(unit: Unit) -> set[Cell]:
        return {Cell(unit.machine, unit.slot, "live")} if unit.machine.dynamic else set()

    @staticmethod
    def _elsewhere(unit: Unit) -> set[Cell]:
        return {_state_cell(unit.machine, unit.slot, unit.row.sources)} if unit.row.sources else set()

    def _locks(self, unit: Unit) -> set[Cell]:
        """Whether others hold the lock that a unit needs."""
        lock = lock_of(unit.row)
        return {
            _state_cell(command, slot, filter(self.world.holds_lock, command.states))
            for command in (self.system.commands if lock is not None and self.world.locked else ())
            if command.holds is lock
            for slot in range(self.pools[command])
            if (command, slot) != (unit.machine, unit.slot)
        }

    def _arguments(self, unit: Unit) -> set[Cell]:
        """Who is there to be a unit's argument."""
        values = signature(unit.row, self.system.names)[0].values()
        return {cell for value in values if isinstance(value, RefValue) for cell in self._all_live(value.machine)}

    def _all_live(self, machine: type[Machine]) -> set[Cell]:
        return {Cell(machine, slot, "live") for slot in range(self.pools[machine])} if machine.dynamic else set()

    # -- what properties read ----------------------------------------------------------------------------------------

    def _choices(self, known: Judged) -> Iterator[set[Cell]]:
        """What a property reads, for each choice of its arguments, or for all of them together."""
        kinds = [kind for _, kind in known.function.parameters]
        every = [_there(self.footprints.any(kind), kind) for kind in kinds]
        each: Iterable[tuple[Possible, ...]]
        if known.property.kind == "action":
            each = ((one, one) for one in _each(every[0]))
        elif any(one is None for one in every) or math.prod(len(one or ()) for one in every) > MOST_CHOICES:
            each = [tuple(every)]
        else:
            each = itertools.product(*map(_each, every))
        told_by = self.system.told_by.get(known.property)
        for given in each:
            reads = set(self.footprints.of(known.function, given).reads)
            for kind, pointers in zip(kinds, given, strict=True):
                if isinstance(kind, Pointer) and kind.machine.dynamic:
                    reads |= {Cell(kind.machine, slot, "live") for slot in slots_of(pointers)}
            if told_by is not None:
                reads |= {Cell(told_by.machine, slot, told_by.name) for slot in slots_of(given[0])}
            yield reads

    def _conditions(self, known: Property) -> Iterator[set[Cell]]:
        """What conditions on single states read that together say whether a property holds.

        That no pointer dangles is a condition on each pointer by itself: who writes it interferes anyway.
        """
        if known.name == "no-leak":
            for machine in self.system.machines:
                yield from self._owned(machine) if machine.dynamic else ()
        if known in self.conditions and not known.liveness:
            for reads in self.conditions[known]:
                yield reads | self._between(known)

    def _owned(self, machine: type[Machine]) -> Iterator[set[Cell]]:
        owners = {
            Cell(holder, slot, made.name)
            for holder in self.footprints.machines
            for made in holder.fields.values()
            if isinstance(made.value, RefValue) and made.value.own and made.value.machine is machine
            for slot in range(self.pools[holder])
        }
        for live in self._all_live(machine):
            yield owners | {live}

    def _between(self, known: Property) -> set[Cell]:
        """What says that commands are in flight, and that a property was broken before, if it is between commands."""
        if known.between is None:
            return set()
        return self._flights(known.between) | {_standing(known)}

    def _flights(self, command: type[Machine]) -> set[Cell]:
        return {_flight(command, slot) for slot in range(self.pools[command])}

    def _why_unhelped(self, known: Property) -> str:
        if known.kind != "action" or holds_of_nothing(self.program, self.judged[known].function):
            return ""
        return "any step might break it: it is not clear that a step that changes nothing does not"

    # -- what is kept beside the fields ------------------------------------------------------------------------------

    def _asked_states(self) -> dict[type[Machine], set[frozenset[int]]]:
        """The sets of control states of which anybody asks whether a slot is in one of them."""
        found: dict[type[Machine], set[frozenset[int]]] = {machine: set() for machine in self.footprints.machines}
        reads = [
            *(made.reads for made in self.made),
            *self.guards,
            *self.seen,
            *map(self._flights, self.system.commands),
        ]
        for cell in itertools.chain(*reads, *itertools.chain(*self.conditions.values())):
            if isinstance(cell.part, frozenset):
                found[cell.machine].add(cell.part)
        return found

    def _resolve(self, made: Footprint) -> None:
        """Where a control state changes, so does whether it is one of those that somebody asks for."""
        for move in made.moves:
            made.writes.add(Cell(move.machine, move.slot, "state"))
            for which in self.asked_states[move.machine]:
                if (move.before in which) != (move.after in which):
                    made.writes.add(Cell(move.machine, move.slot, "state", which))

    def _remember(self, unit: Unit, made: Footprint) -> None:
        """What commands remember of the outside, and of what was broken when they began, is kept in a step too."""
        fields = set(made.writes)
        for command in self.world.ghost_commands():
            flight = _flight(type(command), command._slot)
            copies = [Cell(type(command), command._slot, "copy", index) for index in range(len(self.seen))]
            for seen, copy in zip(self.seen, copies, strict=True):
                if flight in fields or seen & fields:
                    made.reads |= seen | {flight}
                    made.writes.add(copy)
            if made.fails and (type(command), command._slot) == (unit.machine, unit.slot):
                made.reads |= {flight, *copies}
        if made.fails:
            made.reads |= set().union(*self.seen)
        for known in self.world.standing():
            assert known.between is not None
            flights = self._flights(known.between)
            if flights & fields:
                made.reads |= flights.union(*self.conditions[known])
                made.writes.add(_standing(known))

    # -- relations ---------------------------------------------------------------------------------------------------

    def _writers(self, cells: set[Cell]) -> Mask:
        """The units that may write one of some cells."""
        return sum(1 << bit for bit, made in enumerate(self.made) if not made.writes.isdisjoint(cells))

    def _interfering(self) -> list[Mask]:
        """For each unit the others whose order with it matters, where both are enabled."""
        result = [0] * len(self.units)
        for (one, unit), (other, second) in itertools.combinations(enumerate(self.units), 2):
            a, b = self.made[one], self.made[other]
            apart = a.writes.isdisjoint(b.writes) and a.writes.isdisjoint(b.reads) and a.reads.isdisjoint(b.writes)
            if not apart and not self._exclusive(unit, second):
                result[one] |= 1 << other
                result[other] |= 1 << one
        return result

    def _exclusive(self, one: Unit, other: Unit) -> bool:
        """Whether two units are never enabled in the same state."""
        if (one.machine, one.slot) == (other.machine, other.slot):
            return not set(sources_of(one.row)) & set(sources_of(other.row)) and bool(one.machine.states)
        return self._locks_out(one, other) or self._locks_out(other, one)

    def _locks_out(self, one: Unit, other: Unit) -> bool:
        """Whether one unit fires only while its command holds a lock that the other needs."""
        lock = lock_of(other.row)
        if lock is None or not self.world.locked or one.machine.holds is not lock:
            return False
        return all(map(self.world.holds_lock, sources_of(one.row)))

    def _enabling(self) -> Iterator[list[Mask]]:
        """For each reason why a unit can't fire, and each unit, those that can change that."""
        yield [self._writers(self._free(unit)) for unit in self.units]
        yield [self._entering(unit) for unit in self.units]
        yield [self._writers(self._locks(unit)) for unit in self.units]
        yield [self._writers(guards) for guards in self.guards]

    def _entering(self, unit: Unit) -> Mask:
        """The units that may bring a unit's slot into a state in which it can fire."""
        wanted = {state.index for state in sources_of(unit.row)}
        return sum(
            1 << bit
            for bit, made in enumerate(self.made)
            if any(
                (move.machine, move.slot) == (unit.machine, unit.slot)
                and move.after in wanted
                and move.before not in wanted
                for move in made.moves
            )
        )


def _each(values: Possible) -> Iterator[Possible]:
    """Some values, one by one."""
    yield from (frozenset((value,)) for value in sorted(values or ()))


def _there(values: Possible, kind: Type) -> Possible:
    """Without None: what a step or a property is asked of is there."""
    return values - {0} if isinstance(kind, Pointer) and values is not None else values


def _pointers(slots: Iterable[int]) -> Possible:
    return frozenset(slot + 1 for slot in slots)


def _state_cell(machine: type[Machine], slot: int, states: Iterable[State]) -> Cell:
    return Cell(machine, slot, "state", frozenset(state.index for state in states))


def _flight(command: type[Machine], slot: int) -> Cell:
    """Whether a command is in flight."""
    return _state_cell(command, slot, (state for state in command.states if state.in_flight))


def _standing(known: Property) -> Cell:
    """Whether a property between commands was broken when they began."""
    assert known.between is not None
    return Cell(known.between, 0, f"broken before: {known.name}")


__all__ = ["ELSEWHERE", "FREE", "GUARDED", "LOCKED", "Stubborn", "Unit", "stubborn", "units_of"]
