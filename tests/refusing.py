"""What the language says of a spec that is not in it: each mistake is a small file of its own."""

from __future__ import annotations

import importlib.util
import linecache
import sys
from pathlib import Path
from textwrap import dedent, indent
from typing import NamedTuple

import pytest

from hotswap.checker.compile.program import build
from hotswap.spec.language import SpecError, System
from hotswap.spec.language.variants import variant

MODULE = "a_spec_with_a_mistake"
HERE = "# here"
"""Marks the line that a message has to name."""

HEAD = """
from __future__ import annotations

import math
from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from hotswap.spec.language import *

TURBO = Switch("turbo", "It is faster.")
LOST = Switch("lost", "Nobody turns it on.")
LIMIT = 3
RATE = 0.5
Small = Annotated[int, Range(0, 3)]

class Colour(Enum):
    red = 0
    green = 1

class Kind(Table):
    opens: bool
    null = row(opens=False)
    file = row(opens=True)

def arbitrary(x):
    return x
"""
MACHINES = """
class Chardev(Machine, dynamic=True):
    be_open: bool
    next: Ref[Chardev]
    below: Own[Chardev]
    queue: Annotated[Queue[Colour], Capacity(2)]

    @operation
    def is_open(self) -> bool:
        return self.be_open

    @operation
    def open(self) -> None:
        self.be_open = True

    @operation
    def write(self, size: Small) -> bool:
        self.be_open = True
        return size > 0

class Device(Machine):
    off = State(initial=True)
    on = State()
    lit: bool
    count: Small
    kind: Kind
    colour: Colour
    peer: Ref[Device]
    chr: Own[Chardev]
    other: Ref[Chardev]
    seen: Set[Colour]
    queue: Annotated[Queue[Colour], Capacity(2)]

    @step(off, to=on)
    def start(self) -> None:
        self.lit = True

    @operation
    def blink(self) -> None:
        self.lit = not self.lit
"""
TAIL = """
PROFILES = [Profile("slow", "As it was."), Profile("turbo", "As it is.", (TURBO,))]
SYSTEM = System(
    "spec", [Chardev, Device{machines}], {{"small": {{Chardev: 2, Device: 2{sizes}}}}}, profiles=PROFILES{arguments}
)
"""


class Mistake(NamedTuple):
    """One thing that a spec may not say: the rule, a text that breaks it, and what the message has to be."""

    rule: str
    text: str
    message: str


def each(table: str) -> pytest.MarkDecorator:
    """Run a test for each mistake of a table: a rule, indented a text that breaks it, and both parts of the message."""
    mistakes: list[Mistake] = []
    rule, text, what = "", "", ""
    for line in dedent(table).strip("\n").split("\n"):
        if line.startswith("refused: "):
            what = line.removeprefix("refused: ")
        elif line.startswith("instead: "):
            mistakes.append(Mistake(rule, text, f"{what}; {line.removeprefix('instead: ')}"))
            rule, text = "", ""
        elif line.startswith(" ") or (rule and not line):
            text += f"{line}\n"
        elif line:
            rule = line
    return pytest.mark.parametrize("mistake", mistakes, ids=[mistake.rule.rstrip(".") for mistake in mistakes])


def step(body: str) -> str:
    """A spec in which a step of `Device` has this body."""
    return row(f"@step(off)\ndef bad(self) -> None:\n{indent(dedent(body).strip(), '    ')}\n")


def row(text: str) -> str:
    """A spec in which `Device` has one row more."""
    return spec("", row=indent(dedent(text).strip("\n"), "    "))


def spec(text: str, *, row: str = "") -> str:
    """A spec with `text` behind its machines; what it calls `Extra`, `watch` and `Watch` is listed in the System."""
    text = dedent(text)
    extra = ", Extra" if "class Extra" in text else ""
    properties = [name for name in ("watch", "Watch") if f"def {name}(" in text or f"class {name}(" in text]
    tail = TAIL.format(
        machines=extra,
        sizes=f"{extra}: 1" if extra else "",
        arguments=f", properties=[{', '.join(properties)}]" if properties else "",
    )
    return f"{HEAD}{MACHINES}\n{row}\n{text}{tail}"


def load(file: Path, text: str) -> System:
    """The system that `text` defines, imported from `file`."""
    file.write_text(text)
    linecache.checkcache(str(file))
    described = importlib.util.spec_from_file_location(MODULE, file)
    assert described is not None and described.loader is not None
    module = importlib.util.module_from_spec(described)
    sys.modules[MODULE] = module
    described.loader.exec_module(module)
    system = module.SYSTEM
    assert isinstance(system, System)
    return system


def compiled(file: Path, text: str, *, defect: str = "") -> None:
    """Import a spec and translate all of it, as every check does first."""
    system = load(file, text)
    edit = system.defect(defect) if defect else None
    with variant(system.profile(), edit):
        build(system, system.pools(system.scope()))


def refused(folder: Path, text: str, message: str, *, defect: str = "") -> None:
    """Assert that a spec is refused with `message`, at the line that is marked."""
    file = folder / "spec.py"
    line = next(number for number, written in enumerate(text.split("\n"), 1) if HERE in written)
    with pytest.raises(SpecError) as caught:
        compiled(file, text, defect=defect)
    assert str(caught.value) == f"{file}:{line}: {message}"
