"""`docs/scope.md`: from which size on do larger scopes show nothing new? Compared by tests, written as a script."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from textwrap import fill

from findings import steps_of
from hotswap.checker.explore.explorer import Explorer, Reached
from hotswap.checker.explore.projection import Projection, View, projections
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.chardev import Chardev
from hotswap.spec.connect import Connect
from hotswap.spec.device import Device
from hotswap.spec.frontend import Frontend
from hotswap.spec.language import Machine
from hotswap.spec.models import Model
from hotswap.spec.write_all import WriteAll

PAGE = Path(__file__).resolve().parent.parent / "docs" / "scope.md"
PROFILES = [profile.name for profile in CHARDEV.versions]

VIEWS = (
    View((Device, Frontend, Chardev), ((0, "frontend", 1),)),
    View((Chardev, Frontend, Chardev), ((0, "own", 1),)),
)
"""A device, its frontend and any chardev; a mux, its frontend and any other chardev."""

Seen = frozenset[tuple[View, Projection]]
"""The projections of all states of a search."""


@dataclass(frozen=True)
class Grown(Setup):
    """A setup with more than one task that connects (`tasks`), and more than one write at a time (`writes`)."""

    tasks: int = 1
    writes: int = 1

    def pools(self) -> Mapping[type[Machine], int]:
        """Every further task may keep another chardev that lost its name."""
        sizes = super().pools()
        kept = sizes[Chardev] + self.tasks - 1
        return {**sizes, Chardev: kept, Connect: self.tasks, WriteAll: self.writes}

    @property
    def shared(self) -> tuple[int, int, int]:
        """The pools whose size is all that bounds how much is in use of them."""
        return self.changes, self.tasks, self.writes


@dataclass(frozen=True)
class Growth:
    """One setup, and the same with more of something."""

    family: str
    what: str
    sizes: tuple[int, ...]
    setups: tuple[Grown, ...]

    @property
    def stacks(self) -> bool:
        """Whether there are chardevs on top of chardevs."""
        return any(kind.stacks for kind in self.setups[0].backends)


def growths(family: str, base: Grown, *, names: int = 3, devices: int = 3) -> Iterator[Growth]:
    """More names and more devices like the first, each alone and beside one more of the other, and more commands."""
    first = base.devices[0]
    more = replace(base, ids=base.ids + 1)
    two = replace(base, devices=(first, *base.devices))
    yield _names(family, "names", base, names)
    yield _names(family, f"names, beside two `{first.name}`", two, names)
    yield _devices(family, f"`{first.name}`", base, devices)
    yield _devices(family, f"`{first.name}`, beside {more.ids} names", more, devices)
    yield Growth(family, "commands", (1, 2, 3), tuple(replace(base, changes=size) for size in (1, 2, 3)))


def _names(family: str, what: str, base: Grown, most: int) -> Growth:
    sizes = tuple(range(base.ids, most + 1))
    return Growth(family, what, sizes, tuple(replace(base, ids=size) for size in sizes))


def _devices(family: str, what: str, base: Grown, most: int) -> Growth:
    first, *others = base.devices
    sizes = tuple(range(1, most + 1))
    return Growth(family, what, sizes, tuple(replace(base, devices=(first,) * n + tuple(others)) for n in sizes))


CONNECTING = Grown((Model.virtconsole,), (Kind.reconnect,))
WRITING = Grown((Model.htif, Model.htif), (Kind.unix,), ids=2)
MUX_OVER_SOCKET = Grown((Model.virtserialport,), (Kind.mux,), (Kind.unix,), ids=2)
GROWTHS = (
    *growths("a port on a socket", Grown((Model.virtserialport,), (Kind.unix,), (Kind.ringbuf,))),
    *growths("a UART on a socket", Grown((Model.serial,), (Kind.ringbuf, Kind.unix), (Kind.ringbuf,))),
    *growths("a UART on a pty", Grown((Model.serial,), (Kind.null, Kind.pty), (Kind.null,))),
    *growths("a console, a monitor", Grown((Model.virtconsole, Model.monitor), (Kind.null, Kind.ringbuf))),
    *growths("a console, a debugger", Grown((Model.virtconsole, Model.gdbstub), (Kind.client,), (Kind.ringbuf,))),
    *growths("a console that connects", Grown((Model.virtconsole,), (Kind.null, Kind.reconnect), (Kind.null,))),
    Growth("a console that connects", "tasks", (1, 2, 3), tuple(replace(CONNECTING, tasks=n) for n in (1, 2, 3))),
    Growth("consoles that wait", "writes", (1, 2, 3), tuple(replace(WRITING, writes=n) for n in (1, 2, 3))),
    *growths(
        "a console on a mux", Grown((Model.virtconsole,), (Kind.mux,), (Kind.ringbuf,), ids=2), names=4, devices=4
    ),
    _devices("a port on a mux over a socket", "`virtserialport`", MUX_OVER_SOCKET, 3),
    _names("a port on a mux over a socket", "names", MUX_OVER_SOCKET, 3),
)

HEAD = """\
# How large a scope has to be

Written by `python tests/saturation.py`; tests hold it to the spec. A proof is of one scope: so many names, so many
devices, so many commands at a time. Would a larger one show anything else? Here one thing at a time is made more, one
by one, and what can be seen in the states is compared.

## What is compared

A *sight* is what a state looks like from a device, its frontend and one live chardev: all fields of the three. The peer
is in the chardev's. Of a pointer there is only whether it is none, dangles, names one of the three, or another object;
of a set of frontends, whether this one is in it and whether others are. Slot numbers are not in a sight, so that those
of a small scope can be compared with those of a large one. A mux, its own frontend and another chardev have a sight
too. Every reachable state is visited, and looked at from every such three, whether they use each other or not; the lock
is `bql`.

`103 +28 +0`: there are 103 different sights at the first size, 28 at the second that are not among those of the first,
and none at the third that is not among those of the second. `+0-6`: none is new, and 6 are gone, because what was short
no longer is. The last column is the first size after which no profile shows anything new.

"""
LIMITS = """
## What this says, and what it does not

- Where a row ends in `+0`, one more shows no device, frontend and chardev in a state in which they were not seen
  before. What is new from one to two is to be expected: only then can there be another chardev or another device.
- One name and one device are not enough. Where nothing new comes any more, it takes {plain} of each, and {stacked}
  where chardevs are on top of chardevs. A second command at a time only waits for the lock.
- The scope `small` has one name or one device in most of its configurations. Two of both are in a few of them, and in
  more of `medium`; none of the scopes has two devices of the same model.
- It is evidence, and no proof. Something new may come up first at a size that was not tried, or when two things are
  more that were only made more one at a time. These are a few configurations of many.
- A sight leaves out the rest of the state: the commands and how far they are, the names, the machine, the other
  objects. A larger scope may combine known sights in a new way, and break a property that speaks of several.
- Sights are of states. That the same steps lead from one to the next is not compared.
"""
OPEN = """
## Where it is not known

The largest size that was searched still shows something new, and the next is too large to search. Of a sight, what is
not false, none or empty is shown.
"""

BLANK = ("False", "None", "{}")


class Searches:
    """What is seen in each setup; a variant is compiled once for all setups that can share its pools."""

    def __init__(self, setups: Iterable[Grown]) -> None:
        self.setups = tuple(dict.fromkeys(setups))
        self.explorer = functools.cache(self._explorer)
        self.seen = functools.cache(self._seen)

    def _explorer(self, profile: str, shared: tuple[int, int, int]) -> Explorer:
        room = [setup for setup in self.setups if setup.shared == shared]
        return Explorer(CHARDEV, room, profile=profile)

    def reach(self, profile: str, setup: Grown) -> Reached:
        """All states of a setup."""
        reached = self.explorer(profile, setup.shared).reach([setup])
        assert not reached.search.stopped and not reached.search.cuts
        return reached

    def _seen(self, profile: str, setup: Grown) -> Seen:
        reached = self.reach(profile, setup)
        return frozenset((view, projection) for view in VIEWS for projection in projections(reached, view))


def gained(seen: Sequence[Seen]) -> list[int]:
    """How many are new at each size but the first."""
    return [len(after - before) for before, after in pairwise(seen)]


def settled(sizes: Sequence[int], seen: Iterable[Sequence[Seen]]) -> int | None:
    """The size from which on nothing new was seen, in any profile; none, if the largest shows something new."""
    news = [any(step) for step in zip(*map(gained, seen), strict=True)]
    if news[-1]:
        return None
    return sizes[max((position for position, new in enumerate(news, 1) if new), default=0)]


def cell(seen: Sequence[Seen]) -> str:
    """The number at the first size, then what is new and what is gone at each further size."""
    steps = [(len(after - before), len(before - after)) for before, after in pairwise(seen)]
    return " ".join([str(len(seen[0])), *(f"+{new}" + (f"-{gone}" if gone else "") for new, gone in steps)])


def page() -> str:
    """The whole page."""
    return "".join(_page(Searches(setup for growth in GROWTHS for setup in growth.setups)))


def _page(searches: Searches) -> Iterator[str]:
    yield HEAD
    yield f"| | what grows | sizes | {' | '.join(PROFILES)} | nothing new from |\n"
    yield "|---" * (len(PROFILES) + 4) + "|\n"
    sufficient: dict[Growth, int | None] = {}
    for growth in GROWTHS:
        columns = [[searches.seen(profile, setup) for setup in growth.setups] for profile in PROFILES]
        enough = sufficient[growth] = settled(growth.sizes, columns)
        sizes = ", ".join(map(str, growth.sizes))
        cells = " | ".join(map(cell, columns))
        yield f"| {growth.family} | {growth.what} | {sizes} | {cells} | {enough or '**not known**'} |\n"
    known = {growth: enough for growth, enough in sufficient.items() if enough is not None}
    plain, stacked = (max(known[growth] for growth in known if growth.stacks is stacks) for stacks in (False, True))
    yield LIMITS.format(plain=plain, stacked=stacked)
    if len(known) < len(GROWTHS):
        yield OPEN
    for growth in GROWTHS:
        if growth not in known:
            yield _example(searches, growth)


def _example(searches: Searches, growth: Growth) -> str:
    """What is seen first of all that no smaller size shows, with the shortest way to it."""
    profile, (smaller, largest) = PROFILES[-1], growth.setups[-2:]
    known, reached = searches.seen(profile, smaller), searches.reach(profile, largest)
    sights = ((state, view, sight) for view in VIEWS for sight, state in projections(reached, view).items())
    state, view, new = min((each for each in sights if each[1:] not in known), key=lambda each: each[0])
    words = ", ".join(f"`{name}={word}`" for name, word in view.words(new).items() if word not in BLANK)
    size, what = growth.sizes[-1], growth.what
    head = f"### {growth.family}: {what}\n\nFirst seen in `{profile}` with {size} {what}, and not with fewer"
    trace = reached.trace(state)
    return f"\n{head}, after {trace.length} steps:\n\n{fill(words, 120)}\n\n{steps_of(trace)}"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
