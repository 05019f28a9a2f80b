"""The pictures of the chardev protocol: compared by a test, and written anew when run as a script."""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from hotswap.checker.draw.arrows import anywhere
from hotswap.checker.draw.known import known, searches
from hotswap.checker.draw.machines import machines, pictures
from hotswap.checker.draw.picture import svg
from hotswap.checker.draw.renderer import PURE, render, renderer
from hotswap.spec import CHARDEV
from hotswap.spec.language import Machine
from hotswap.spec.language.rows import Declaration

FOLDER = Path(__file__).resolve().parent.parent / "diagrams"
HEAD = """\
# The chardev protocol in pictures

Generated from the rows in `spec/` by `python tests/diagrams.py`; a test holds them to it. `hotswap diagram` draws any
spec in this way. This is the protocol as repaired.

A box is a control state; the one with a double border is the first. In a yellow one something waits for somebody to end
that. An arrow is a row that leads from one state to another, and the rows that stay in a state stand in its box. A step
fires by itself, in a thread whose colour it has; an operation (dashed) is called by another row. In brackets is what
has to hold. Rows that never fire here are grey, and a row that fires in some versions of QEMU only says in which. A row
that can be taken in every state and leads to none stands below the picture.
"""

CALLS = """
## Who calls whom

![Which machines call which operations of which others](calls.svg)

An arrow is a call that changes something, by a step or by what it has called.
"""


def page(every: Iterable[type[Machine]]) -> str:
    """The text of the folder's README."""
    return HEAD + CALLS + "".join(_section(machine) for machine in every)


def _section(machine: type[Machine]) -> str:
    text = inspect.cleandoc(machine.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    states = ", ".join(state.name for state in machine.states)
    name = machine.__name__
    parts = [f"\n## {name}\n", text, f"\n![The states of {name}: {states}, and the rows between them]({name}.svg)"]
    rows = anywhere(machine)
    for kind, word in (("step", "Steps"), ("operation", "Operations")):
        names = _listed(row for row in rows if row.kind == kind)
        if names:
            parts.append(f"\n{word} in every state: {names}.")
    return "\n".join(parts) + "\n"


def _listed(rows: Iterable[Declaration]) -> str:
    return ", ".join(f"`{row.name}`" for row in rows)


@cache
def files() -> dict[str, str]:
    """What the folder has to hold."""
    program = renderer(PURE)
    assert program is not None
    found = {"README.md": page(machines(CHARDEV))}
    profile = CHARDEV.profile("repaired")
    for picture in pictures(CHARDEV, known(profile, searches(CHARDEV, profile, CHARDEV.scope()))):
        found[f"{picture.name}.dot"] = picture.dot
        found[f"{picture.name}.svg"] = svg(picture, render(program, picture.dot))
    return found


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8")
