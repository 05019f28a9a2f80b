"""The pictures of the chardev protocol: compared by a test, and written anew when run as a script.

`diagrams/` has a Graphviz source for every machine, and a page that shows the same in Mermaid.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterable
from pathlib import Path

from hotswap.checker.view.chart import anywhere, drawing, mermaid
from hotswap.spec import CHARDEV
from hotswap.spec.language import Machine
from hotswap.spec.language.rows import Declaration

FOLDER = Path(__file__).resolve().parent.parent / "diagrams"
HEAD = """\
# The control states of the chardev protocol

Generated from the rows in `spec/` by `python tests/diagrams.py`; a test holds them to it. Beside this page, every
machine is a Graphviz source: `dot -Tsvg diagrams/Change.dot > change.svg`.

A box is a control state, an arrow a row. A step fires by itself. A row marked `(called)` is an operation: it runs
inside the step of its caller (dashed in the Graphviz pictures). A waiting state is one that something has to end. A row
that can be taken in every state and names no state to go to has no arrow and stands below the picture; what it calls
may have one.
"""


def page(machines: Iterable[type[Machine]]) -> str:
    """The text of the folder's README."""
    return HEAD + "".join(_section(machine) for machine in machines)


def _section(machine: type[Machine]) -> str:
    text = inspect.cleandoc(machine.__doc__ or "").partition("\n\n")[0].replace("\n", " ")
    parts = [f"\n## {machine.__name__}\n", text, f"\n```mermaid\n{mermaid(machine)}```"]
    rows = anywhere(machine)
    for kind, word in (("step", "Steps"), ("operation", "Operations")):
        names = _listed(row for row in rows if row.kind == kind)
        if names:
            parts.append(f"\n{word} in every state: {names}.")
    return "\n".join(parts) + "\n"


def _listed(rows: Iterable[Declaration]) -> str:
    return ", ".join(f"`{row.name}`" for row in rows)


def files() -> dict[str, str]:
    """What the folder has to hold."""
    machines = [machine for machine in CHARDEV.machines if machine.states]
    return {"README.md": page(machines)} | {f"{machine.__name__}.dot": drawing(machine).source for machine in machines}


if __name__ == "__main__":
    for name, text in files().items():
        (FOLDER / name).write_text(text, "utf-8")
