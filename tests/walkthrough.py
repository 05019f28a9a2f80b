"""The text that leads through the pictures of the chardev protocol: `diagrams/README.md`."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Iterator, Sequence
from textwrap import fill

from explanations import EXPLANATIONS
from findings import start
from hotswap.checker.draw.arrows import anywhere
from hotswap.checker.explore.result import Trace
from hotswap.spec import CHARDEV
from hotswap.spec.language import Machine, Switch
from hotswap.spec.language.rows import Declaration
from qemu_defects import QemuDefect

WIDE = 120

READING = """\
Generated from the rows in `spec/` by `python tests/diagrams.py`; a test holds every file here to them. Any spec is
drawn in this way by `hotswap diagram`. Unless it says otherwise, a picture shows the protocol as *repaired*: QEMU 10.0
with what it takes for every property to hold. Ten [questions](QUESTIONS.md) tell whether the pictures have been
understood.

A *chardev* is the backend of a device of a virtual machine: a socket, a file, a terminal. The device uses it through
its *frontend*, a part of the device. `chardev-change` swaps the chardev under a device that is in use. The frontend and
the chardev point at each other with raw pointers; who owns a chardev is its *name*.
"""

LEGEND = """
## How to read them

In every picture a **step** fires by itself, in a thread, and each thread has a colour of its own. An **operation** is
called by a step or by another operation. All have the colours of the page, light or dark, and no picture needs its
colours to be understood.

**Machine.** A box is a control state; the first has a double border, and in a yellow one something waits for somebody
to end that. An arrow is a row that leads from one state to another, dashed if it is an operation; the rows that stay in
a state stand in its box. In brackets is what has to hold. Grey rows never fire in this version, and those that fire in
some versions only say in which. A row that can be taken in every state and leads to none stands below the picture.

**Flow.** A box is a step of one command, with what it does; beside an arrow is the state between two steps. The thick
way is the one on which the command is done. Thin, red ways are those on which it is refused; they end in a dashed box,
with what the command then says. Grey never happens in this version.

**States.** A box is all states that look the same in a few fields: what these show, how many states there are, how many
steps stay among them. An arrow has the rows that lead from one box to another, and how often each does.

**Sequence.** There is a lane for each thread that takes part, then for each object: first the commands, then devices
and their frontends, then chardevs, then what there is one of. An arrow is a call that changes something or says
something, in order from top to bottom, and a number begins a step. A dotted arrow is where a pointer points from now
on. A note says what the step has changed; a cross, that the object is freed. Red is a pointer that dangles, and what is
broken at the end. A bare pointer, such as a local variable of a function, may dangle as long as nobody follows it.
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

Each has a few states; most of what it knows is in its fields, which the sequences show.
"""

FLOW = """
## The change command as a flow

![Change as a flow: from find down to name_new, with a refusal beside each step that can fail](Change-flow.svg)

`chardev-change` looks, asks the frontend, and creates the new chardev. From then on it can't be refused. Only now it
changes something: it has the old chardev say CLOSED, takes the frontend from the old one to the new one, and lets the
frontend set itself up. The easy case, a chardev that nobody uses, goes another way between `look` and `opened`, and has
no frontend to move; `chardev-add` is the same with nothing to replace.

In QEMU the frontend is not asked: its refusal comes out of `be_change`, when everything has been moved. So it can be
refused up to there, and there is a way back, in four steps. In the easy case `drop_old` frees the old chardev before
there is a new one.

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

A command is never between its steps while a console spins: it is `queued`, and what comes then is `written`, and
`dispatch`. `hotswap diagram --profile repaired --quotient WriteAll.state,Change.state` draws this.
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

Of the backends, `unix` is a socket that listens at a path, `waiting` one whose creation waits for its client, `client`
one that connects once, `reconnect` one that connects in the background, again and again; `tty` is the host's serial
line. Of the devices, `serial` and `sifive` are UARTs, `virtconsole` and `htif` consoles, and `virtserialport` is a port
that the guest opens and closes. `refuser` is a frontend whose change handler says no, which none in QEMU does today.

| defect | in QEMU | breaks | steps |
|---|---|---|---|
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
        LEGEND,
        CALLS,
        MACHINES,
        *machines,
        FLOW,
        LOCK.format(alt=lock),
        SWAP.format(alt=_alt("The swap as it should be", swap), table=pointers(swap)),
        HEARD.format(qemu=qemu, repaired=repaired),
        DEFECTS + "".join(_line(*each) for each in defects),
        *(_defect(*each) for each in defects),
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


def _line(defect: QemuDefect, trace: Trace) -> str:
    name = defect.breaks.partition("@")[0]
    return f"| [{defect.name}](#{defect.name}) | {_versions(defect)} | `{name}` | {trace.length} |\n"


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
    return f"\n### {defect.name}\n\n{prose[0]}\n\n{prose[1]}\n\n{begins}\n\n{image}\n\n{prose[2]}\n"


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
