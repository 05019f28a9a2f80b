"""What an engine hands over: counts, and for each cause the states that lead to it. Both engines fill the same form."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from ...spec.language.plain import Site, Values
from ...spec.language.rows import Declaration
from ..compile.symmetry import Symmetry
from .result import DiskUse, PutOff, Vacuity

Turn = tuple[Declaration, int]
"""A row of the instance with this slot."""


@dataclass(frozen=True)
class Cause:
    """Where a property, or a case of one, broke first.

    `path` is the states from an initial one to the last before the breaking step; `row` is that step, None when the
    last state of `path` itself is the finding (an initial state, a deadlock, a witness).

    Of a property of liveness, `path` is a lasso: from the state number `loop` on it is repeated for ever. Where that is
    the last one, nothing more happens. `choice` says to whom what never comes was promised, counted as
    `PlainWorld.promises` lists them; `turns` are the fair rows that have to take a step, `None` where it may be any.
    """

    property: str
    path: tuple[Values, ...]
    row: Declaration | None = None
    site: Site | None = None
    stuck: str = ""
    loop: int | None = None
    choice: int = 0
    turns: tuple[Turn | None, ...] = ()


@dataclass(frozen=True)
class Progress:
    """How far a search is."""

    states: int
    transitions: int
    depth: int
    frontier: int
    bytes: int
    seconds: float
    phase: str = "exploring"


@dataclass(frozen=True)
class Search:
    """The outcome of one exploration; `stopped` says at which bound, empty when it finished.

    `pruned`: something was left out behind a violation.
    """

    states: int
    transitions: int
    depth: int
    seconds: float
    compile_seconds: float
    peak_bytes: int
    stopped: str
    causes: tuple[Cause, ...]
    fired: Mapping[Declaration, int]
    cuts: Mapping[str, int]
    high: Mapping[str, int]
    pruned: bool = False
    vacuity: tuple[Vacuity, ...] = ()
    symmetry: Symmetry | None = None
    notes: tuple[str, ...] = ()
    unjudged: Mapping[str, str] = field(default_factory=dict)
    """Properties of which this way to search can say nothing, and why."""
    disk: DiskUse | None = None
    put_off: PutOff | None = None


@dataclass(frozen=True)
class Bounds:
    """Where a search stops before it is done: states, and bytes that the engine may allocate (0: no bound).

    `memory` is how many bytes the whole process may have in memory, with Python and the compiled spec (0: no limit).
    `prune` does not look behind violations; `until` names a `sometimes` property whose first witness is enough;
    `deadlocks` are not looked for if nobody asks, nor is anything judged but the properties that are `asked` for (None:
    all). `threads` are how many explore a level that is wide enough for them.
    """

    max_states: int = 0
    max_bytes: int = 0
    prune: bool = False
    until: str = ""
    deadlocks: bool = True
    memory: int = 0
    threads: int = 1
    asked: frozenset[str] | None = None


NO_BOUNDS = Bounds()


def amount(size: int) -> str:
    """So many bytes, at which a search stopped."""
    return f"{size / 1e9:.1f} GB of memory" if size >= 1e9 else f"{size / 1e6:.0f} MB of memory"


class Watch(Protocol):
    """Told of progress now and then; may raise KeyboardInterrupt to stop the search."""

    def __call__(self, progress: Progress) -> None: ...


def silent(progress: Progress) -> None:
    """The watch of a search that nobody looks at."""


@dataclass
class Firsts:
    """The first cause under each key, in order of discovery."""

    found: dict[tuple[str, str], Cause] = field(default_factory=dict)

    def note(self, property: str, where: str, make: Callable[[], Cause]) -> None:
        """Keep the cause unless there is one: the search is breadth first, so the first is the shortest."""
        if (property, where) not in self.found:
            self.found[property, where] = make()
