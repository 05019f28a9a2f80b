"""The text that leads through the pictures of the chardev protocol: `diagrams/README.md`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill

from explanations import EXPLANATIONS, GROUPS
from findings import start
from hotswap.checker.draw.arrows import anywhere
from hotswap.checker.explore.result import Trace
from hotswap.spec import CHARDEV
from hotswap.spec.language import Machine, Switch
from hotswap.spec.language.rows import Declaration
from primer import LEGEND, LOCKS, primer
from qemu_defects import QemuDefect

WIDE = 120

READING = """\
Generated from the rows in `spec/` by `python tests/diagrams.py`; a test holds every file here to them. Any spec is
drawn in this way by `hotswap diagram`. Unless it says otherwise, a picture shows the protocol as *repaired*: QEMU 10.0
with what it takes for every property to hold; what never happens is said of the *small scope*, the few dozen
configurations of devices and backends that are explored. Ten [questions](QUESTIONS.md) tell whether the pictures have
been understood.

A *chardev* is the backend of a device of a virtual machine: a socket, a file, a terminal. The device uses it through
its *frontend*, a part of the device. `chardev-change` swaps the chardev under a device that is in use.
"""

CALLS = """
## Who calls whom

![Which machines call which operations of which others](calls.svg)

An arrow is a call that changes something, by a step or by what it has called. Commands are on the left: they call
devices and names, these call frontends and chardevs. A chardev calls back: what it says goes to its frontend and from
there to the device.
"""

MACHINES = """
## The machines

For reference. Each has a few states; most of what it knows is in its fields, which the sequences show.
"""

FLOW = """
## The change command as a flow

![Change as a flow: from find down to name_new, with a refusal beside each step that can fail](Change-flow.svg)

`chardev-change` looks, asks the frontend, and creates the new chardev. From then on it can't be refused. Only now it
changes something: it has the old chardev say CLOSED, takes the frontend from the old one to the new one, and lets the
frontend set itself up. The easy case, a chardev that nobody uses, goes another way between `look` and `opened`, and has
no frontend to move; `chardev-add` is the same with nothing to replace.

In QEMU the frontend is not asked: its refusal comes out of `be_change`, when everything has been moved. So it can be
refused up to there, and there is a way back, in four steps. `ask`, as repaired, is in the place of that refusal. In the
easy case nobody can refuse but the backend: from `add_instead` on it is done, in QEMU, too. But there `drop_old` has
freed the old chardev before, so that a refusal by `add_instead` leaves nothing.

![The same in QEMU 10.0, where be_change can be refused, and part, reattach, reopen and drop_new undo \
it](Change-flow-qemu-10.0.svg)

What the way back undoes: the new chardev's pointer to the frontend (`part`), the frontend's to the chardev and the old
chardev's to the frontend (`reattach`), the CLOSED that the old one has said (`reopen`), and the new chardev itself
(`drop_new`).
What it does not undo is among [QEMU's defects](#qemus-defects): the names there that begin with *refus*.
"""

LOCK = """
## Who has the lock

A command holds the `bql`, QEMU's big lock, from its first step to its last, and so does a console that writes to a peer
that does not read (`WriteAll` is `spinning`). All states of the small scope, by what these two are doing:

![{alt}](WriteAll.state+Change.state.svg)

{rows}
`hotswap diagram --profile repaired --quotient WriteAll.state,Change.state` draws this.
"""

SWAP = """
## The swap as it should be

A UART is on a ring buffer, and `chardev-change` puts a file in its place; both are open.

![{alt}](swap.svg)

Where the pointers point when each step is over. Chardev0 is the old one, Chardev1 the new one; `-` is None:

{table}
After `detach` the frontend points to a chardev that does not point back; `attach` makes a pair again, with the new one.
From then on the frontend uses one chardev while the name still has the other, and after `unparent_old` the name has
none. Nobody sees that but the command, which has the lock.
"""

HEARD = """
## What the frontend hears

A frontend hears of a swap through its event handler (OPENED, CLOSED) and its change handler (`be_change`). Which of
these, and in which order, depends on whether the two chardevs are open, and on whether the frontend refuses: at once,
or after it has registered its handlers with the new chardev. The tables are computed by taking the steps.

In QEMU 10.0 (and the same in 2.10 and 7.2):

{qemu}
Of two open chardevs, the frontend hears OPENED twice in a row. A frontend that goes back to a closed chardev after it
has heard OPENED of the new one hears no CLOSED.

As repaired; *asked* is the call by which the frontend can refuse while nothing has changed:

{repaired}"""

DEFECTS = """
## QEMU's defects

What `hotswap check` finds in QEMU, each by the shortest way there in the newest version that has it. *Seen* is what a
real QEMU has shown; [docs/qemu.md](../docs/qemu.md) has the same ways as tables. A switch that mends a defect is one
change to the protocol; [docs/repaired.md](../docs/repaired.md) says of each why it is needed.

Each property is defined below the first table that names it. Of the backends, `unix` is a socket that listens at a
path, `waiting` one whose creation waits for its client, `client` one that connects once, `reconnect` one that connects
in the background, again and again; `tty` is the host's serial line. Of the devices, `serial` and `sifive` are UARTs,
`virtconsole` and `htif` consoles, and `virtserialport` is a port that the guest opens and closes. `refuser` is a
frontend whose change handler says no, which none in QEMU does today.
"""

TABLE = """
| defect | what goes wrong | in QEMU | breaks | steps |
|---|---|---|---|---|
"""


def page(
    every: Iterable[type[Machine]],
    lock: str,
    swap: Trace,
    tables: tuple[str, str],
    defects: Sequence[tuple[QemuDefect, Trace]],
) -> str:
    """The whole text, from what has been computed."""
    machines = [_machine(each) for each in every]
    qemu, repaired = tables
    body = [
        primer(),
        LEGEND,
        SWAP.format(alt=_alt("The swap as it should be", swap), table=pointers(swap)),
        FLOW,
        HEARD.format(qemu=qemu, repaired=repaired),
        LOCK.format(alt=lock, rows=LOCKS),
        DEFECTS,
        *_groups(defects),
        CALLS,
        MACHINES,
        *machines,
    ]
    text = "".join(body)
    return f"# The chardev protocol in pictures\n\n{READING}\n{_contents(text)}{text}"


def _contents(text: str) -> str:
    titles = re.findall(r"^## (.+)$", text, re.MULTILINE)
    return "".join(f"- [{title}](#{_anchor(title)})\n" for title in titles)


def _anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def _machine(machine: type[Machine]) -> str:
    text = inspect.cleandoc(machine.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    states = ", ".join(state.name for state in machine.states)
    name = machine.__name__
    parts = [
        f"\n### {name}\n",
        fill(text, WIDE),
        f"\n![The states of {name}: {states}, and the rows between them]({name}.svg)",
    ]
    rows = anywhere(machine)
    for kind, word in (("step", "Steps"), ("operation", "Operations")):
        names = ", ".join(f"`{row.name}`" for row in _of_kind(rows, kind))
        if names:
            parts.append("\n" + fill(f"{word} in every state: {names}.", WIDE, break_on_hyphens=False))
    return "\n".join(parts) + "\n"


def _of_kind(rows: Iterable[Declaration], kind: str) -> Iterator[Declaration]:
    return (row for row in rows if row.kind == kind)


def _alt(start: str, trace: Trace) -> str:
    """A sequence for who does not see it: its steps."""
    steps = ", ".join(f"{step.step} {step.machine}.{step.row}" for step in trace.steps)
    return f"{start}, {trace.length} step{'s' if trace.length > 1 else ''}: {steps}"


POINTERS = ("Frontend0.chr", "Chardev0.frontend", "Chardev1.frontend", "Id0.chardev")


def pointers(trace: Trace) -> str:
    """Where the pointers of a swap point after each of its steps."""
    lines = [f"| step | {' | '.join(f'`{name}`' for name in POINTERS)} |", "|---|" + "---|" * len(POINTERS)]
    now = {name: trace.initial.get(name, "None") for name in POINTERS}
    for step in trace.steps:
        now |= {name: new for name, (_, new) in step.changes.items() if name in POINTERS}
        gone = [name for name, (_, new) in step.changes.items() if name.endswith(".live") and new == "False"]
        now |= {name: "freed" for name in POINTERS if f"{name.partition('.')[0]}.live" in gone}
        cells = " | ".join("-" if now[name] == "None" else now[name] for name in POINTERS)
        lines.append(f"| {step.step} `{step.row}` | {cells} |")
    return "\n".join(lines) + "\n"


def _groups(defects: Sequence[tuple[QemuDefect, Trace]]) -> Iterator[str]:
    """The defects of a group as a table, what the properties mean that are named for the first time, then each."""
    by_name = {each[0].name: each for each in defects}
    meanings = {known.name: " ".join(known.documentation.split()) for known in CHARDEV.all_properties}
    for title, names in GROUPS.items():
        every = [by_name[name] for name in names]
        broken = dict.fromkeys(re.split(r"[@[]", defect.breaks)[0] for defect, _ in every)
        new = [f"- `{name}`: {meanings.pop(name)}" for name in broken if name in meanings]
        yield f"\n### {title}\n{TABLE}{''.join(_line(*each) for each in every)}"
        yield "".join(f"\n{fill(each, WIDE, subsequent_indent='  ', break_on_hyphens=False)}" for each in new)
        yield "\n" if new else ""
        yield from (_defect(*each) for each in every)


def _line(defect: QemuDefect, trace: Trace) -> str:
    name = defect.breaks.partition("@")[0]
    cells = (f"[{defect.name}](#{defect.name})", defect.what, _versions(defect), f"`{name}`", str(trace.length))
    return f"| {' | '.join(cells)} |\n"


def _versions(defect: QemuDefect) -> str:
    return ", ".join(profile.removeprefix("qemu-") for profile in defect.profiles)


def _defect(defect: QemuDefect, trace: Trace) -> str:
    explained = EXPLANATIONS[defect.name]
    mended = f"Mended by {_mended(explained.mended)}."
    findings = ", ".join(f"`{each}`" for each in (defect.breaks, *defect.also))
    facts = f"In QEMU {_versions(defect)}; {defect.evidence}. Findings: {findings}."
    prose = [
        fill(each, WIDE, break_on_hyphens=False, break_long_words=False)
        for each in (f"{defect.what} {explained.whose}", mended, facts)
    ]
    begins = fill(f"At the start, {_start(trace)}.", WIDE)
    image = f"![{_alt(defect.name, trace)}]({picture(defect)})"
    return f"\n#### {defect.name}\n\n{prose[0]}\n\n{prose[1]}\n\n{begins}\n\n{image}\n\n{prose[2]}\n"


def _start(trace: Trace) -> str:
    """The devices and chardevs that there are, and who still connects."""
    connects = trace.initial.get("Connect0.state") == "connecting"
    return start(trace) + (f", and Connect0 connects for {trace.initial['Connect0.chardev']}" if connects else "")


def picture(defect: QemuDefect) -> str:
    """The name of a defect's picture."""
    return f"defect-{defect.name}.svg"


def _mended(switch: Switch) -> str:
    """What a switch changes, and whether a later QEMU has it."""
    since = [each.name for each in CHARDEV.versions if switch in each.switches]
    where = f"in {since[0].replace('qemu-', 'QEMU ')}" if since[0] != "repaired" else "in `repaired`"
    return f"`{switch.name}` {where}: {switch.documentation[0].lower()}{switch.documentation[1:].rstrip('.')}"
