"""What a reader has to know before the pictures of the chardev protocol: who is who, the words, and what the rows say.

A part of the walk-through. What is written here by hand is held to the spec by tests.
"""

from __future__ import annotations

from collections.abc import Iterable

from hotswap.spec.models import Model

OPEN = {
    "Chardev.be_open": (
        ("Chardev.be_event", "open_stack", "hear"),
        "is the backend's other end there? What it has said last: OPENED or CLOSED; a mux or a hub has it of its base",
        "`tell` (has the old chardev to say CLOSED?), `set_handlers` (is OPENED to be said at once?)",
    ),
    "Device.sees_open": (
        ("Device.event", "Device.unrealize"),
        "what the device has *heard* last: OPENED or CLOSED. It should be its chardev's `be_open`",
        "the device: to the guest of a port it is the host's end",
    ),
    "Device.asks_open": (
        ("Device.register", "Device.guest_connects", "Device.unrealize"),
        "what the device *wants*: of a port, whether the guest has opened it; most others are open as soon as plugged",
        "`Device.be_change`, as repaired: the new chardev is told",
    ),
    "Frontend.fe_is_open": (
        ("Frontend.set_open", "Frontend.init"),
        "what the frontend remembers of that. `init` clears it, and so do `attach` and `reattach`",
        "`set_open` (is it news for the chardev?), `query-chardev`",
    ),
    "Chardev.fe_open": (
        ("Chardev.set_fe_open",),
        "what the chardev has been told of that; a new chardev has been told nothing",
        "the backend",
    ),
}
"""The five fields that say whether something is open: which rows set each, what it is, and who reads it."""

SHORT = {
    "chardev_remove": {
        "Chardev '%s' not found": "nothing has the name",
        "Chardev '%s' is busy": "`Chardev.frontend` is not None; of a mux, `attached` is not empty. A watch or a"
        " connect task that points to the chardev does not count",
    },
    "chardev_send_break": {"Chardev '%s' not found": "nothing has the name"},
    "device_add": {"chardev '%s' is already in use": "the chardev is no mux, and its `frontend` is not None"},
    "device_del": {},
    "stop": {},
    "cont": {},
}
"""When the short commands refuse, and with which words."""

WHO = """
## Who is who

- A **device** (`Device`) belongs to the virtual machine: a UART, a port, a console. It *embeds* its **frontend**
  (`Frontend`), which lives as long as the device.
- A **chardev** (`Chardev`) is the host's side, a socket or a file. It lives while somebody *owns* it: its **name**
  (`Id`), whoever creates it, and a connect task. When the last owner lets go, it is finalized and freed.
- Frontend and chardev only *point* at each other: `Frontend.chr`, `Chardev.frontend` (QEMU's `be`). So does a
  **watch**: `Device.watch` is the chardev on whose channel the device waits until it can write again.
- A **connect task** (`Connect`) is an attempt to connect that runs in the background. It owns the chardev that it
  connects for (`reference`), which can so outlive its name.
- A **yank instance** (`Yank`) belongs to a *name*, not to a chardev. In it are functions, one for each connection of a
  socket of that name; `yank` calls them. It must not be unregistered while there is a function left.
- **Commands** (`Change`, `Qmp`) come from the monitor. `Change` is `chardev-change` and `chardev-add`, step by step;
  `Qmp` are those that are done in one step.

Who owns is a thick arrow, who merely points a thin one. A dashed one is a bare pointer, such as a local variable of a
function, which may dangle as long as nobody follows it:

![Which machines point to which others by which fields, and which of these own](pointers.svg)

Five fields say whether something is *open*, of two different things: the host's end (the first two) and the guest's.

| field | what it is | set by | read by |
|---|---|---|---|
"""

WORDS = """
Other words in the pictures:

- `old`, `fresh`, `frontend` of `Change`: the chardev that is replaced, the new one, and who uses the old one. `base` is
  the name of the chardev on which a new mux or hub is to stand (for other kinds, the name itself). `asked`: the
  frontend has been asked; `closed_sent`: the old chardev has said CLOSED.
- `label`: the name that a chardev is created for, whether it has it yet (`registered`) or not (`unparented`).
  `unparent` takes the chardev's name away, `disown` is the name's half of that: it drops its reference. `lose` marks a
  name that a change has emptied.
- `handover`: the yank instance of this chardev's name belongs to another chardev of that name.
- `own`: a mux or a hub stands on another chardev, its base, and has a frontend of its own there, whose `stack` is the
  mux (`role = stack`). `attached` and `focus`, of a mux: its frontends, and the one that has the input. (`attached` is
  also a state of `Frontend`.)
- `cts`: clear to send, a modem line of a serial port.
- `be_change` is a step of `Change`, and the operation of the `Device` that it calls: the change handler.
- `rng_egd`: a random generator, a device that has no change handler and keeps a copy of the pointer.

What ends the waiting of a device in `blocked`, besides `device_del`:

| device | its watch fires | it hears CLOSED | swapped to a backend that gives a watch | to one that gives none |
|---|---|---|---|---|
"""

REFUSE = """
A watch fires when the peer reads again, or is gone. The short commands refuse:

| command | says | if |
|---|---|---|
"""

LEGEND = """
## How to read them

Object names end in a number: `Chardev0` is in the first place for a chardev. When it has been freed, another may take
that place.

In every picture a **step** fires by itself, in a thread, and each thread has a colour of its own. An **operation** is
called by a step or by another operation. All have the colours of the page, light or dark, and no picture needs its
colours to be understood.

**Machine.** A box is a control state; the first has a double border, and in a yellow one something waits for somebody
to end that. An arrow is a row that leads from one state to another, dashed if it is an operation; the rows that stay in
a state stand in its box. Below a row's name is its thread, or *called*; in brackets is what has to hold. Grey rows
never fire in this version, and nobody is ever in a grey state; rows that fire in some versions only say in which. A row
that can be taken in every state and leads to none stands below the picture.

**Flow.** A box is a step of one command, with what it does; beside an arrow is the state between two steps. The thick
way is the one on which the command is done. Thin, red ways are those on which it is refused; they end in a dashed box,
with what the command then says. Grey never happens in this version. A dashed grey step has nothing to do in it: it is
passed, and the code has no such step. In QEMU that is `ask`, in the pictures of its defects, too.

**States.** A box is all states that look the same in a few fields: what these show, how many states there are, how many
steps stay among them. An arrow has the rows that lead from one box to another, and how often each does.

**Sequence.** There is a lane for each thread that takes part, then for each object: first the commands, then devices
and their frontends, then chardevs, then what there is one of. Notes under the names say how it begins: the state of
each object, and what is not False or None. An arrow is a call that changes something or says something, in order from
top to bottom, and a number begins a step. The notes below are what has changed when the step is over, whichever of its
calls did it. A dotted arrow is where a pointer points from now on; a cross means that the object is freed. Who comes
later has its name where it comes. The step with the red bar breaks the property that stands at the end, with its
meaning; red notes are all the fields that the broken condition reads, with what is in them. (Of an event that comes at
the wrong time, that is what has been heard before.) A red pointer dangles.
"""

LOCKS = """
| console | command | |
|---|---|---|
| `idle` | any state | the command takes step after step, and nobody else has the lock in between |
| `spinning` | `idle`, `queued` | a command that comes now waits: `written` ends that, then `dispatch` begins it |
| `spinning` | any other | never |
"""


def primer() -> str:
    """Who is who, and the words."""
    fields = (
        f"| `{name}` | {what} | {', '.join(f'`{row}`' for row in rows)} | {read} |\n"
        for name, (rows, what, read) in OPEN.items()
    )
    refusals = (
        f"| `{command}` | {words} | {reason} |\n"
        for command, reasons in SHORT.items()
        for words, reason in ([(f"“{said}”", why) for said, why in reasons.items()] or [("never refuses", "")])
    )
    return WHO + "".join(fields) + WORDS + "".join(blocked(Model)) + REFUSE + "".join(refusals)


def blocked(models: Iterable[Model]) -> Iterable[str]:
    """Of each device that waits, what ends that."""
    for model in models:
        if model.waits and model.hotswap:
            closed = "goes on" if model.unthrottles else "waits on"
            moved = "waits for that" if model.moves_watch else "QEMU: for the old one's; repaired: for that"
            none = "QEMU: waits for ever; repaired: goes on"
            yield f"| `{model.name}` | goes on | {closed} | {moved} | {none} |\n"
