"""`docs/conformance.md`: QEMUs that are installed, held to the spec. Run as a script, with their binaries."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from textwrap import fill

from hotswap.checker import check
from hotswap.checker.conform.campaign import Asked, Campaign, campaign
from hotswap.checker.conform.finding import NotDrivable, route
from hotswap.checker.conform.reproduce import reproduce
from hotswap.checker.conform.suspension import DIES
from hotswap.checker.conform.target import Target
from hotswap.checker.explore.result import Finding
from hotswap.checker.targets.named import target
from hotswap.spec import CHARDEV
from hotswap.spec.language import Profile
from hotswap.spec.language.system import Scope
from qemu_defects import QEMU_DEFECTS, QemuDefect

PAGE = Path(__file__).resolve().parent.parent / "docs" / "conformance.md"
STIMULI = 5_000
"""How many random stimuli there are with each seed."""
LIMIT = 10.0
Start = Callable[[], Target]

HEAD = """\
# A real QEMU, held to the spec

Written by `python tests/conformance.py BINARY...`. A QEMU is started for each conversation and moved from outside: over
QMP, as the guest of its devices over qtest, and as whoever is at the other ends of its chardevs. After each stimulus
those states of the spec are kept in which it can be by all that was seen: `query-chardev`, `query-yank`, the replies
and their errors, `info qtree`, a UART's line status, the trace of what a port hears, the socket's path, the file, and
the descriptors 0 and 1 in /proc. A difference is that no state is left.

The tour takes each row of the spec that can be had by the shortest conversation that has it, in each configuration of
the default scope; the random conversations have 40 stimuli each. `hotswap conform --target qemu` does the same.

"""
RESOLVED = """
## Differences that there were

| conversation | the spec said | QEMU | who was wrong |
|---|---|---|---|
| a device is plugged on a mux | the mux's `frontend-open` is false | true: a mux's `be` is the frontend that has its \
focus (`mux_set_focus`) | the spec; mended |
| a socket hangs in `connect(2)`, and is yanked | `connect(2)` ends | it does not: the channel has no descriptor \
before `connect(2)` has returned (`qio_channel_socket_connect_sync`) | both: the spec is mended, and the finding is \
`done-as-asked` at `Yank.yank` |
| a port is throttled, the machine is stopped, the peer leaves | the port goes on when its watch fires | it tries to \
write what it has, which fails, and is throttled again, until the next peer leaves (`flush_buf`) | both: the spec is \
mended, and the finding is `blocked-writer-has-wakeup` at `Device.watch_fires` |
| a mux is changed; a device is plugged on what is in use | an error in the words of 10.0, of 7.2 | in the words of \
its version | the spec; mended |

Three differences are left, and avoided, as the spec leaves out what they are about. QEMU connects for as many sockets
as there are at the same time, the spec for one after the other: nothing is asked to connect while another still does.
Before 10.0 a mux keeps the place of a frontend that has gone, to which the focus can move: nobody types there then. And
a UART that waits and is unplugged leaves its watch behind (`watch-outlives-its-uart`). When that fires, the memory that
it is told of was freed, and may be that of a UART plugged meanwhile: 7.2.22 and 10.0.2 then die by SIGSEGV, or in
`serial_xmit`, or go on. The spec has the watch for as long as nothing is plugged there.

That a pointer is used after its object was freed may go unnoticed in C. Where the spec ends in such an error QEMU may
go on, and the conversation is at its end.

What no device of QEMU's does is refuse a swap. QEMU's own chardevs, built with AddressSanitizer under a frontend of
ours that does (`tests/refuser`), are held to the spec in the same way, in 7.2.22 and 10.0.2: every row that only a
refusal has is taken, with no difference; five of its defects appear; and there is a heap-use-after-free in
`qmp_query_chardev` after a refused mux, which the spec, whose frontends stay when their devices go, does not have.
"""
DEFECTS = """
## The defects of the spec, on the real thing

For each known defect the checker's shortest trace is done, or, where that can't be driven, the shortest conversation
that can. It has appeared if the QEMU has shown all along what the version with the defect does, and in the end what the
version with the one repair would not. `hotswap reproduce PROFILE FINDING` shows the conversation and the QMP log.

"""


@dataclass(frozen=True)
class Named:
    """A target by its names on the command line, and with how many seeds it is moved at random."""

    name: str
    seeds: tuple[int, ...]
    profile: str | None = None
    binary: str = ""

    def made(self) -> tuple[Profile, Start]:
        """The version that it is held to, and what makes one."""
        return target(CHARDEV, self.name, self.profile, self.binary, LIMIT)


def held(named: Named) -> tuple[Campaign, Campaign]:
    """A tour, and random conversations."""
    version, start = named.made()
    scope = CHARDEV.scope()
    tour = campaign(CHARDEV, version, scope, start, Asked(paths=0), limit=LIMIT)
    total, *others = (
        campaign(CHARDEV, version, scope, start, Asked(stimuli=STIMULI, seed=100 * seed), limit=LIMIT)
        for seed in named.seeds
    )
    for each in others:
        total.conversations += each.conversations
        total.stimuli += each.stimuli
        total.timers += each.timers
        total.differences += each.differences
    return tour, total


def table(found: Sequence[tuple[Campaign, Campaign]]) -> Iterator[str]:
    """What was done with each."""
    yield f"| | {' | '.join(tour.target for tour, _ in found)} |\n|---|{'---|' * len(found)}\n"
    rows: list[tuple[str, Callable[[Campaign, Campaign], object]]] = [
        ("held to", lambda tour, _: tour.profile),
        ("rows that can be had", lambda tour, _: len(tour.drivable)),
        ("of these taken by the tour", lambda tour, _: len(tour.rows & tour.drivable)),
        ("conversations, stimuli of the tour", lambda tour, _: f"{tour.conversations}, {tour.stimuli}"),
        ("random conversations, stimuli", lambda _, drawn: f"{drawn.conversations:,}, {drawn.stimuli:,}"),
        ("timers waited for", lambda tour, drawn: tour.timers + drawn.timers),
        ("differences", lambda tour, drawn: len(tour.differences) + len(drawn.differences)),
    ]
    for name, say in rows:
        yield f"| {name} | {' | '.join(str(say(*each)) for each in found)} |\n"


def undriven(found: Sequence[tuple[Campaign, Campaign]]) -> Iterator[str]:
    """What can't be had, everywhere or of some devices and backends."""
    whys: dict[str, dict[str, None]] = {}
    for tour, _ in found:
        for why, stimuli in tour.undriven.items():
            whys.setdefault(why, {}).update(dict.fromkeys(sorted(stimuli)))
    yield "\nWhat can't be had, everywhere or of some devices and backends:\n\n"
    for why, rows in sorted(whys.items(), key=lambda each: list(each[1])):
        yield fill(f"- {', '.join(f'`{row}`' for row in rows)}: {why}.", 120, subsequent_indent="  ") + "\n"


def finding(defect: QemuDefect, version: Profile) -> tuple[Scope, Finding]:
    """Where a defect is found, and the finding."""
    scope = (defect.setup,) if defect.setup is not None else CHARDEV.scope()
    result = check(CHARDEV, profile=version, scope=scope)
    for known in result.properties:
        for each in known.findings:
            if each.id.partition(":")[0] == defect.breaks:
                return scope, each
    raise LookupError(defect.breaks)


def appears(named: Named) -> dict[str, str]:
    """What came of each defect on a target, by its name; none of those that its version has not."""
    version, start = named.made()
    return {each.name: _appears(each, version, start) for each in QEMU_DEFECTS if version.name in each.profiles}


def _appears(defect: QemuDefect, version: Profile, start: Start) -> str:
    scope, known = finding(defect, version)
    try:
        found = reproduce(route(CHARDEV, version, scope, known, start().drives), start, LIMIT)
    except NotDrivable as error:
        return f"can't be had: {error}"
    if found.difference is not None:
        return f"something else: {'; '.join(found.difference.observed)}"
    if not found.appeared:
        return "nothing shows it"
    shown = {name: seen for name, (_, seen) in found.seen.items()}
    return "appeared: " + "; ".join(seen if name == DIES else f"{name}: {seen}" for name, seen in shown.items())


def page(binaries: Sequence[str]) -> Iterator[str]:
    """The whole page."""
    qemus = [Named("qemu", (1, 2, 3, 4), binary=binary) for binary in binaries]
    with ProcessPoolExecutor(2) as pool:
        made = pool.map(held, [*qemus, Named("serve", (1,), "repaired")])
        shown = list(pool.map(appears, qemus))
        found = list(made)
    yield HEAD
    yield from table(found)
    yield from undriven(found)
    yield RESOLVED
    yield DEFECTS
    names = [tour.target for tour, _ in found[: len(qemus)]]
    yield f"| defect | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n"
    for defect in QEMU_DEFECTS:
        cells = [each.get(defect.name, "").replace("|", "\\|") for each in shown]
        if any(cells):
            yield f"| [{defect.name}](qemu.md#{defect.name}) | {' | '.join(cells)} |\n"


if __name__ == "__main__":
    PAGE.write_text("".join(page(sys.argv[1:])), "utf-8")
