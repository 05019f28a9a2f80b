"""Which pools are symmetric: nothing that the spec says tells one slot from another.

A pool is symmetric if renaming its slots turns every step into a step, and every broken property into a broken one.
That is derived here, never declared: each of these keeps a pool from it, and is named with its line.

- `Machine[i]` and `.index` tell slots apart.
- A loop takes slots in their order. It is harmless if it only reads and asks, or writes fields of its own object.
- `any`, `all` and `sum` stop at the first slot that decides, or that is an error. Where one slot could decide and
  another be an error, which it is depends on the order.
- Whether a slot can go on is followed by its number, where deadlocks are looked for, and so is what a property of
  whole runs speaks of.

`boot` may do as it likes. A state is as far from the initial states as any other that renaming makes of it is from
those that renaming makes of them.
"""

from __future__ import annotations

import math
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass

from ...spec.language.machines import Machine
from ...spec.language.plain import PlainWorld
from ...spec.language.properties import Monitor
from ...spec.language.types import RefValue, SetValue
from .failures import failures, loop_obstacle
from .ir import At, Binary, For, Function, Pointer, Program, Quantified, SlotOf, walk
from .program import impure

PRESERVED = ("invariant", "action", "sometimes", "monitor", "built-in")
"""The kinds of properties that are proved to be the same of a whole orbit. What speaks of whole runs is not."""

MOST_PERMUTATIONS = 720
"""Up to so many renamings of a group are all tried, to find the least."""


@dataclass(frozen=True)
class Obstacle:
    """What keeps a pool from being symmetric, and where; `line` is 0 if it is no line of the spec."""

    text: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True)
class Group:
    """Symmetric pools that have to be renamed together: their slots point to each other, or one does to itself."""

    machines: tuple[type[Machine], ...]
    sizes: tuple[int, ...]
    linked: bool

    @property
    def order(self) -> int:
        """How many renamings there are."""
        return math.prod(map(math.factorial, self.sizes))

    @property
    def exact(self) -> bool:
        """Whether all states that renaming makes of each other get the same representative."""
        return not self.linked or self.order <= MOST_PERMUTATIONS


@dataclass(frozen=True)
class Symmetry:
    """The symmetric pools of a system under one variant, and why the others with more than one slot are not."""

    groups: tuple[Group, ...]
    obstacles: Mapping[type[Machine], Obstacle]

    @property
    def machines(self) -> tuple[type[Machine], ...]:
        """The machines whose pools are symmetric."""
        return tuple(machine for group in self.groups for machine in group.machines)

    @property
    def order(self) -> int:
        """How many states one state may stand for, at most."""
        return math.prod(group.order for group in self.groups)

    @property
    def exact(self) -> bool:
        return all(group.exact for group in self.groups)


def symmetry_of(
    world: PlainWorld, program: Program, *, deadlocks: bool = True, liveness: Container[str] | None = None
) -> Symmetry:
    """The symmetry of a world; with `deadlocks`, of what `no-deadlock` needs to see too.

    So it is with the properties of `liveness` that are named, or all of them.
    """
    obstacles: dict[type[Machine], Obstacle] = {}
    for machine, obstacle in _obstacles(world, program, deadlocks, liveness):
        if program.pools[machine] > 1:
            obstacles.setdefault(machine, obstacle)
    free = [machine for machine in world.system.machines if program.pools[machine] > 1 and machine not in obstacles]
    return Symmetry(tuple(_groups(world, free)), obstacles)


def owner(machine: type[Machine]) -> type[Machine]:
    """The machine whose slots those of `machine` go with: a monitor's are those of what it is of."""
    return machine.of if issubclass(machine, Monitor) else machine


# -- what tells slots apart ----------------------------------------------------------------------------------------


def _obstacles(
    world: PlainWorld, program: Program, deadlocks: bool, liveness: Container[str] | None
) -> Iterator[tuple[type[Machine], Obstacle]]:
    effects = impure(world.system, program)
    for known in world.system.all_properties:
        if known.kind not in PRESERVED and (liveness is None or known.name in liveness):
            for machine in world.system.machines:
                yield machine, Obstacle(f"`{known.name}` may tell slots apart along a run", known.file, known.line)
    for function in (*program.functions.values(), *(known.function for known in program.judged)):
        for machine, line, text in _told_apart(function):
            yield owner(machine), Obstacle(text, function.declaration.file, line)
        for node in walk(function.body):
            if isinstance(node, For) and isinstance(node.over, type):
                found = loop_obstacle(program, function, node, effects)
                if found is not None:
                    yield owner(node.over), Obstacle(found[1], function.declaration.file, found[0])
            if isinstance(node, Quantified) and isinstance(node.over, type):
                text = _undecided(program, function, node)
                if text:
                    yield owner(node.over), Obstacle(text, function.declaration.file, node.line)
    for machine in (*world.system.machines, *world.system.monitors):
        for name, made in machine.fields.items():
            named = made.value.element if isinstance(made.value, SetValue) else made.value
            if isinstance(named, RefValue) and issubclass(named.machine, Monitor):
                yield named.machine.of, Obstacle(f"{machine.__name__}.{name} points to a monitor of it")
    for machine in world.system.machines if deadlocks else ():
        if any(state.waits for state in machine.states):
            yield machine, Obstacle("`no-deadlock` follows each of its slots; ask for other properties only")


def _told_apart(function: Function) -> Iterator[tuple[type[Machine], int, str]]:
    """The expressions that name a slot by its number."""
    for node in walk(function.body):
        if isinstance(node, At):
            yield node.machine, node.line, f"`{node.machine.__name__}[...]` picks a slot by its number"
        if isinstance(node, SlotOf):
            assert isinstance(node.object.type, Pointer)
            yield node.object.type.machine, node.line, "`.index` is the number of a slot"
        if isinstance(node, Binary) and node.operator not in ("==", "!="):
            for side in (node.left, node.right):
                if isinstance(side.type, Pointer):
                    yield side.type.machine, node.line, f"`{node.operator}` compares slots"


def _undecided(program: Program, function: Function, node: Quantified) -> str:
    """What is wrong with a generator whose result depends on the order; empty if it does not."""
    sites = failures(program, function, node)
    if not sites or (node.quantifier == "sum" and len(sites) == 1):
        return ""
    _, line, kind = min(sites)
    return f"the order of the slots decides whether `{node.quantifier}` meets {kind} (line {line})"


# -- which pools belong together -----------------------------------------------------------------------------------


def _groups(world: PlainWorld, free: list[type[Machine]]) -> Iterator[Group]:
    links = set(_links(world, set(free)))
    waiting = list(free)
    while waiting:
        group = [waiting.pop(0)]
        for known in group:
            near = [other for other in waiting if (known, other) in links or (other, known) in links]
            group += near
            waiting = [other for other in waiting if other not in near]
        linked = any((one, other) in links for one in group for other in group)
        yield Group(tuple(group), tuple(world.pools[machine] for machine in group), linked)


def _links(world: PlainWorld, free: set[type[Machine]]) -> Iterator[tuple[type[Machine], type[Machine]]]:
    """The pairs of symmetric pools between whose slots something is kept."""
    for holder in (*world.system.machines, *world.system.monitors):
        for made in holder.fields.values():
            value = made.value.element if isinstance(made.value, SetValue) else made.value
            if isinstance(value, RefValue) and {owner(holder), value.machine} <= free:
                yield owner(holder), value.machine
    for command in {type(instance) for instance in world.ghost_commands()}:
        for observed in {type(instance) for _, instance in world.observed()}:
            if {command, observed} <= free:
                yield command, observed
