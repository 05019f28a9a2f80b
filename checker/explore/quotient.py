"""The quotient of a search: the states that look the same in a few fields are one, and its steps are theirs, counted.

Of each machine that is chosen, a state shows what its objects have in the chosen fields: which values, and how many of
them each. Which object has which is not told, and neither is which slot it is in; of a dynamic machine only the objects
that are alive count. A pointer shows which slot it names.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...spec.language.errors import SpecError
from ...spec.language.machines import Machine
from ...spec.language.system import System
from ...spec.language.types import DANGLING
from ..compile.layout import Layout, dangling_code
from .cells import control as cells
from .engine import quotient as kernel
from .explorer import Array, Reached, stored_in
from .words import word

MOST = 300
"""So many classes can be looked at."""

RANGE = 1 << 16
"""How many states the kernel looks at before it comes back."""

GONE = 0
"""The code of a slot without an object."""


@dataclass(frozen=True)
class Chosen:
    """A field of the objects of a machine."""

    machine: type[Machine]
    field: str

    def __str__(self) -> str:
        return f"{self.machine.__name__}.{self.field}"


@dataclass(frozen=True)
class Quotient:
    """The classes of the states as words, with how many states there are in each; and the steps between classes.

    A class is what each chosen machine shows. A step is counted for each choice of its row's parameters and outcomes;
    those that lead to a state of the same class are there, too.
    """

    classes: tuple[Class, ...]
    arrows: Mapping[tuple[int, int], Mapping[str, int]]
    """From the number of a class to that of another: the rows, and how often each leads there."""


@dataclass(frozen=True)
class Class:
    """What is seen of its states, by machine; how many they are; and whether one can start in it."""

    shown: Mapping[str, str]
    states: int
    initial: bool


def chosen(system: System, text: str) -> tuple[Chosen, ...]:
    """The fields that are named, as in `Change.state,Frontend.state`. Raises `SpecError` for one that there is not."""
    return tuple(dict.fromkeys(_field(system, name.strip()) for name in text.split(",")))


def _field(system: System, name: str) -> Chosen:
    machines = {machine.__name__: machine for machine in system.machines}
    owner, _, field = name.partition(".")
    if owner not in machines:
        raise SpecError(f"{system.name} has no machine `{owner}`", instead=_instead(owner, list(machines)))
    fields = [known for known in machines[owner].fields if known != "live"]
    if not field:
        raise SpecError(f"`{name}` is a machine, and no field of one", instead=_instead("", fields, f"{owner}."))
    if field not in fields:
        raise SpecError(f"{owner} has no field `{field}`", instead=_instead(field, fields, f"{owner}."))
    return Chosen(machines[owner], field)


def _instead(name: str, known: Sequence[str], before: str = "") -> str:
    close = difflib.get_close_matches(name, known, 1)
    if close:
        return f"did you mean `{before}{close[0]}`?"
    return f"name one of {', '.join(before + each for each in known)}" if known else "choose another machine"


def quotient(reached: Reached, fields: Sequence[Chosen]) -> Quotient:
    """The quotient of the states of a search. Raises `SpecError` if it has more than `MOST` classes, or was stopped."""
    if reached.search.stopped:
        raise SpecError(
            f"the search stopped ({reached.search.stopped}), so that not all states are known",
            instead="use a smaller scope",
        )
    columns = list(_columns(reached, fields))
    numbers, firsts = _numbered(columns)
    if len(firsts) > MOST:
        raise _too_many(reached, fields, len(firsts))
    order = np.argsort(firsts)  # the class that is met first is the first
    classes = np.argsort(order)[numbers]
    sizes = np.bincount(classes)
    starts = set(classes[reached.exploration.store.parents[: reached.search.states] == 0].tolist())
    shown = [_shown(reached, fields, int(first)) for first in firsts[order]]
    return Quotient(
        tuple(Class(what, int(sizes[number]), number in starts) for number, what in enumerate(shown)),
        _arrows(reached, classes.astype(np.int64), len(shown)),
    )


def _by_machine(fields: Sequence[Chosen]) -> dict[type[Machine], list[str]]:
    machines: dict[type[Machine], list[str]] = {}
    for each in fields:
        machines.setdefault(each.machine, []).append(each.field)
    return machines


def _columns(reached: Reached, fields: Sequence[Chosen]) -> Iterator[Array]:
    """Of each machine as many columns as it has slots: what the objects show, sorted."""
    for machine, names in _by_machine(fields).items():
        slots = [_codes(reached, machine, names, slot) for slot in range(reached.explorer.world.pools[machine])]
        together = np.unique(np.concatenate(slots), return_inverse=True, axis=0)[1].reshape(len(slots), -1)
        yield from np.sort(together, axis=0)


def _codes(reached: Reached, machine: type[Machine], names: Sequence[str], slot: int) -> Array:
    """What an object shows in each state: a row of codes, blank where there is none."""
    layout, states = reached.layout, reached.states
    codes = np.stack([stored_in(layout.places[machine, name], slot, states) + np.uint64(1) for name in names], axis=1)
    if machine.dynamic:
        codes[stored_in(layout.places[machine, "live"], slot, states) == 0] = GONE
    return codes


def _numbered(columns: Sequence[Array]) -> tuple[Array, Array]:
    """Which of the different rows each row is, and where each of these is first; of rows given by columns."""
    same = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        values, codes = np.unique(column, return_inverse=True)
        same = np.unique(same * len(values) + codes, return_inverse=True)[1]
    return same, np.unique(same, return_index=True)[1]


def _too_many(reached: Reached, fields: Sequence[Chosen], classes: int) -> SpecError:
    """Says how many there are, which field has most values, and how many classes there are without it."""
    values = {each: len(_numbered(list(_columns(reached, [each])))[1]) for each in fields}
    most = max(fields, key=lambda each: values[each])
    rest = [each for each in fields if each != most]
    instead = f"leave {most} out, which alone shows {values[most]:,}"
    if rest:
        instead += f": without it there are {len(_numbered(list(_columns(reached, rest)))[1]):,}"
    else:
        instead = "choose a field with fewer values, such as a control state"
    names = ", ".join(map(str, fields))
    return SpecError(f"the states show {classes:,} different values of {names}; {MOST} can be drawn", instead=instead)


def _shown(reached: Reached, fields: Sequence[Chosen], state: int) -> dict[str, str]:
    """What the machines show in one state: `attached, 2 detached`, and `-` if no object is alive."""
    layout, pools = reached.layout, reached.explorer.world.pools
    shown = {}
    for machine, names in _by_machine(fields).items():
        alive = [
            slot
            for slot in range(pools[machine])
            if not machine.dynamic or stored_in(layout.places[machine, "live"], slot, reached.states[state:][:1])[0]
        ]
        counts = Counter(
            " ".join(_word(layout, pools, machine, name, slot, reached.states[state:][:1]) for name in names)
            for slot in alive
        )
        words = [what if count == 1 else f"{count} {what}" for what, count in sorted(counts.items())]
        shown[", ".join(f"{machine.__name__}.{name}" for name in names)] = ", ".join(words) or "-"
    return shown


def _word(
    layout: Layout, pools: Mapping[type[Machine], int], machine: type[Machine], name: str, slot: int, state: Array
) -> str:
    value = machine.fields[name].value
    place = layout.places[machine, name]
    stored = int(stored_in(place, slot, state)[0])
    dangling = dangling_code(value, pools)
    return word(value, DANGLING if dangling and stored == dangling else stored + place.low)


def _arrows(reached: Reached, classes: Array, many: int) -> dict[tuple[int, int], dict[str, int]]:
    """The steps between the classes, by row."""
    exploration = reached.exploration
    compiled, states = exploration.compiled, reached.search.states
    exploration.store.number(states)
    counts = np.zeros((many, many, max(1, len(compiled.rows))), np.int64)
    done = 0
    while done < states:
        last = min(done + RANGE, states)
        done = kernel.count(
            np.uint64(compiled.code.successors),
            exploration.words,
            exploration.control,
            exploration.store.table,
            exploration.store.size,
            exploration.store.base,
            exploration.out,
            classes,
            counts,
            done,
            last,
        )
        if done < last:
            exploration.widen(2 * int(exploration.control[cells.RECORDS]))
        exploration.watch(exploration.progress())
    arrows: dict[tuple[int, int], dict[str, int]] = {}
    for source, target, row in np.argwhere(counts).tolist():
        arrows.setdefault((source, target), {})[compiled.rows[row].qualname] = int(counts[source, target, row])
    return arrows
