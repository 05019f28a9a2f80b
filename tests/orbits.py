"""Renaming the slots of pools, the slow and obvious way: on the oracle's states, every permutation of every pool."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

from hotswap.spec.language import Machine
from hotswap.spec.language.plain import PlainWorld, Values
from hotswap.spec.language.properties import Monitor
from hotswap.spec.language.types import RefValue, SetValue, Value

Renaming = Mapping[type[Machine], Sequence[int]]
"""For each renamed pool, the new number of each slot."""


def renamings(world: PlainWorld, machines: Sequence[type[Machine]]) -> Iterator[Renaming]:
    """Every renaming of the slots of these machines."""
    for orders in itertools.product(*(itertools.permutations(range(world.pools[machine])) for machine in machines)):
        yield dict(zip(machines, orders, strict=True))


def renamed(world: PlainWorld, state: Values, renaming: Renaming) -> Values:
    """The state in which every slot has its new number, wherever it is named."""
    result = list(state)
    for machine in (*world.system.machines, *world.system.monitors):
        for instance in world.instances(machine):
            there = world.instances(machine)[new_slot(instance, renaming)]
            for made in machine.fields.values():
                result[there._base + made.offset] = raw(made.value, state[instance._base + made.offset], renaming)
    ghosts = [(command, row, observed) for command in world.ghost_commands() for row, observed in world.observed()]
    first = len(state) - len(world.standing()) - len(ghosts)
    for position, (command, row, observed) in enumerate(ghosts):
        moved = (
            world.instances(type(command))[new_slot(command, renaming)],
            row,
            world.instances(type(observed))[new_slot(observed, renaming)],
        )
        result[first + ghosts.index(moved)] = state[first + position]
    return tuple(result)


def new_slot(instance: Machine, renaming: Renaming) -> int:
    """The new number of a slot; a monitor's is that of what it watches."""
    machine = type(instance)
    of = machine.of if issubclass(machine, Monitor) else machine
    return renaming[of][instance._slot] if of in renaming else instance._slot


def raw(value: Value, before: int, renaming: Renaming) -> int:
    """A raw value whose pointers name the same objects by their new numbers."""
    if isinstance(value, RefValue) and value.machine in renaming and before > 0:
        return renaming[value.machine][before - 1] + 1
    if isinstance(value, SetValue) and isinstance(value.element, RefValue) and value.element.machine in renaming:
        order = renaming[value.element.machine]
        return sum(1 << order[slot] for slot in range(len(order)) if before >> slot & 1)
    return before


def orbit(world: PlainWorld, state: Values, machines: Sequence[type[Machine]]) -> frozenset[Values]:
    """All that renaming makes of a state."""
    return frozenset(renamed(world, state, renaming) for renaming in renamings(world, machines))


def reachable(world: PlainWorld, initial: Sequence[Values], most: int = 1 << 60) -> list[Values]:
    """The states that plain Python reaches, in the order of their discovery."""
    order, seen = list(initial), set(initial)
    for state in order:
        for edge in world.edges(state):
            if edge.after is not None and edge.after not in seen and len(seen) < most:
                seen.add(edge.after)
                order.append(edge.after)
    return order
