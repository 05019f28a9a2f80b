"""A number for all that generated code depends on: two worlds that have the same one are compiled to the same code.

It is of the translated program, not of the files that it was written in: a constant may come from anywhere. What
belongs to the language (machines, states, rows, ...) is written down whole where it is met first, and by a number
after that. Whatever is of a kind that is not known here is refused, lest a difference go unseen.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from enum import Enum, EnumMeta
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

from ...spec import language
from ...spec.language.machines import Machine
from ...spec.language.plain import PlainWorld
from ...spec.language.properties import Monitor, Property
from ...spec.language.rows import Declaration, Lock, State, Thread
from ...spec.language.types import Field, Value
from .ir import Program
from .layout import Layout
from .symmetry import Symmetry


def fingerprint(
    world: PlainWorld, program: Program, layout: Layout, symmetry: Symmetry | None, *, by_unit: bool = False
) -> str:
    """Of a world, its program, its layout and its symmetry, and whether steps are told apart `by_unit`; and of the
    compiler."""
    system = world.system
    machines = (*system.machines, *system.monitors)
    reader = _Reader()
    reader.read((machines, program, layout, system.all_properties, system.cases, system.told_by))
    reader.read((world.locked, [world.holds_lock(state) for machine in machines for state in machine.states]))
    reader.read((world.observed(), world.standing(), world.ghost_commands(), world.fair()))
    reader.read(() if symmetry is None else [(group, group.exact) for group in symmetry.groups])
    reader.read(by_unit)
    return hashlib.sha256("\0".join((sources(), *reader.words)).encode()).hexdigest()


FOLDERS = (Path(__file__).parent, Path(language.__file__).parent)
"""The compiler and the language: these import nothing else of what could change."""


@cache
def sources() -> str:
    """Stands for exactly this compiler, and this language."""
    files = [file for folder in FOLDERS for file in sorted(folder.rglob("*.py"))]
    return hashlib.sha256(b"\0".join(file.read_bytes() for file in files)).hexdigest()


class _Reader:
    """Writes down values, as words."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.numbers: dict[int, tuple[int, object]] = {}  # with the value: it is kept, lest another get its address
        self.parts: dict[type, tuple[str, ...]] = {}

    def read(self, value: object) -> None:
        kind = type(value)
        if kind in _PLAIN:
            self.words.append(repr(value))
        elif kind in self.parts:
            self._parts(kind.__name__, [getattr(value, name) for name in self.parts[kind]])
        elif isinstance(value, tuple | list):
            self._parts("", value)
        elif isinstance(value, Mapping):
            self._parts("map", [*value.keys(), *value.values()])
        elif isinstance(value, EnumMeta):
            self._once(value, lambda known: (known.__qualname__, list(known.__members__)))
        elif isinstance(value, Enum):
            self._parts(kind.__name__, (value.name,))
        elif isinstance(value, FunctionType):
            code = value.__code__
            self._parts("def", (value.__qualname__, code.co_filename, code.co_firstlineno))
        elif isinstance(value, Machine):
            self._parts("slot", (kind, value._slot))
        elif isinstance(value, type) and issubclass(value, Machine):
            self._once(value, _machine)
        elif isinstance(value, Declaration | State | Thread | Lock | Property):
            self._once(value, lambda known: tuple(vars(known).items()))
        elif isinstance(value, Field):  # a machine's are made anew for each system that it is in
            self._parts("field", tuple(vars(value).items()))
        elif is_dataclass(value):
            self.parts[kind] = tuple(part.name for part in fields(value))
            self.read(value)
        elif isinstance(value, Value):
            self._parts(kind.__name__, tuple(vars(value).items()))
        else:
            raise TypeError(f"{value!r} has no fingerprint")

    def _once(self, value: Any, describe: Callable[[Any], object]) -> None:
        if id(value) in self.numbers:
            self.words.append(f"#{self.numbers[id(value)][0]}")
            return
        self.numbers[id(value)] = len(self.numbers), value
        self._parts(type(value).__name__, (describe(value),))

    def _parts(self, word: str, values: Any) -> None:
        self.words.append(f"{word}(")
        for value in values:
            self.read(value)
        self.words.append(")")


_PLAIN = frozenset((int, bool, str, type(None)))


def _machine(known: type[Machine]) -> object:
    about = known.dynamic, known.command, known.holds, known.thread, known.states, known.rows
    return known.__qualname__, about, known.fields, known.of if issubclass(known, Monitor) else None
