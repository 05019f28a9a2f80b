"""What some code reads and writes: cells of the state, by slot where the slot is known."""

from __future__ import annotations

from dataclasses import dataclass, field

from ...spec.language.machines import Machine


@dataclass(frozen=True)
class Cell:
    """A part of the state: a field of a slot, or less of it.

    Of a set, `part` is one element; of a control state it is a set of states, and stands for whether it is one of them.
    """

    machine: type[Machine]
    slot: int
    field: str
    part: int | frozenset[int] | None = None


@dataclass(frozen=True)
class Move:
    """A slot's control state may go from one to another."""

    machine: type[Machine]
    slot: int
    before: int
    after: int


@dataclass
class Footprint:
    """What some code may read and write; and whether a command may fail in it."""

    reads: set[Cell] = field(default_factory=set)
    writes: set[Cell] = field(default_factory=set)
    moves: set[Move] = field(default_factory=set)
    fails: bool = False
