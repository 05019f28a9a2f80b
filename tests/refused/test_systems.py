"""Refused of a system: its parts, its scopes, its defects and its `boot`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from hotswap.spec.language import SpecError, System
from hotswap.spec.language.plain import PlainWorld
from refusing import HEAD, HERE, MACHINES, Mistake, each, load, refused

PARTS = """
SCOPES = {"small": {Chardev: 2, Device: 2}}
REPAIRED = Profile("repaired", "As it should be.")
BLINK = "self.lit = not self.lit"
LATE = Defect("late", "It does not blink.", "no-leak", (Edit(Device.blink, BLINK),))

ONE_EDIT = Defect("late", "It does not blink.", "no-leak", Edit(Device.blink, BLINK))

@invariant
def no_leak() -> bool:
    return True

MANY = [Property(f"p{i}", "invariant", "") for i in range(60)]

def boot() -> None:
    pass
"""

WITH_DEFECT = """
SYSTEM = System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[EDITED])
"""


def system(text: str) -> str:
    """A spec that ends in this System."""
    return f"{HEAD}{MACHINES}{PARTS}\nSYSTEM = {text}\n"


@each("""
    The machines are a list.
        System("spec", Device, SCOPES)  # here
    refused: Device is no list, of one machine each
    instead: write `[...]`

    A machine is a class that inherits from Machine.
        System("spec", [Chardev, Device, Colour], SCOPES)  # here
    refused: Colour is no machine
    instead: list classes that inherit from `Machine`

    A System has a machine.
        System("spec", [], SCOPES)  # here
    refused: spec has no machine
    instead: list at least one

    A machine is listed once.
        System("spec", [Chardev, Device, Device], SCOPES)  # here
    refused: spec has two with the machine name `Device`
    instead: rename or remove one

    A property is made by a decorator.
        System("spec", [Chardev, Device], SCOPES, properties=[arbitrary])  # here
    refused: arbitrary is no property
    instead: list what `@invariant` and the like made, and monitors

    A property has a name of its own.
        System("spec", [Chardev, Device], SCOPES, properties=[no_leak])  # here
    refused: spec has two with the property name `no-leak`
    instead: rename or remove one

    A state breaks as many properties as a word has bits.
        System("spec", [Chardev, Device], SCOPES, properties=MANY)  # here
    refused: spec has 70 properties, the built-in ones and all cases among them
    instead: keep to 64

    A profile is a Profile.
        System("spec", [Chardev, Device], SCOPES, profiles=["repaired"])  # here
    refused: 'repaired' is no profile
    instead: list `Profile(...)`s

    A System has a profile.
        System("spec", [Chardev, Device], SCOPES, profiles=[])  # here
    refused: spec has no profile
    instead: list one, or leave `profiles` out

    The first profile is a version.
        System("spec", [Chardev, Device], SCOPES, profiles=[Profile("apart", "", study=True), REPAIRED])  # here
    refused: the first profile, apart, is a study
    instead: put a version first: the first is the default

    A profile has a name of its own.
        System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED, REPAIRED])  # here
    refused: spec has two with the profile name `repaired`
    instead: rename or remove one

    A profile lists its switches.
        System("spec", [Chardev, Device], SCOPES, profiles=[Profile("fast", "", TURBO)])  # here
    refused: turbo is no list, of one switch of profile fast each
    instead: write `[...]`

    A switch has a name of its own.
        System("spec", [Chardev, Device], SCOPES, profiles=[Profile("fast", "", (TURBO, Switch("turbo", "")))])  # here
    refused: spec has two with the switch name `turbo`
    instead: rename or remove one

    A defect is a Defect.
        System("spec", [Chardev, Device], SCOPES, defects=["late"])  # here
    refused: 'late' is no defect
    instead: list `Defect(...)`s

    `boot` is a function.
        System("spec", [Chardev, Device], SCOPES, boot=boot())  # here
    refused: `boot=None` is no function
    instead: write `boot=boot`, without calling it
""")
def test_a_system(tmp_path: Path, mistake: Mistake) -> None:
    """A System lists machines, properties, profiles and defects, each of its kind and by its own name."""
    refused(tmp_path, system(mistake.text), mistake.message)


@each("""
    A System has a scope.
        System("spec", [Chardev, Device], {})  # here
    refused: spec has no scope
    instead: write `scopes={"small": {Machine: 2}}`

    A scope has a name.
        System("spec", [Chardev, Device], {Chardev: 1, Device: 1})  # here
    refused: a scope of spec has the name Chardev
    instead: write `scopes={"small": {Machine: 2}}`

    A scope says sizes.
        System("spec", [Chardev, Device], {"small": 1})  # here
    refused: the scope `small` is 1, no sizes
    instead: write `scopes={"small": {Machine: 2}}`, or list Configurations

    A scope lists configurations.
        System("spec", [Chardev, Device], {"small": [{Chardev: 1, Device: 1}]})  # here
    refused: the scope `small` lists a dict, no Configuration
    instead: write `scopes={"small": {Machine: 2}}`

    A scope leaves no machine out.
        System("spec", [Chardev, Device], {"small": {Chardev: 1}})  # here
    refused: the scope gives Device 0 slots
    instead: give every machine at least 1

    A machine has a slot.
        System("spec", [Chardev, Device], {"small": {Chardev: 0, Device: 1}})  # here
    refused: the scope gives Chardev 0 slots
    instead: give every machine at least 1

    A size is a number.
        System("spec", [Chardev, Device], {"small": {Chardev: "2", Device: 1}})  # here
    refused: the scope gives Chardev '2' slots
    instead: write a number

    A scope sizes machines that the System lists.
        System("spec", [Chardev, Device], {"small": {Chardev: 1, Device: 1, Monitor: 1}})  # here
    refused: the scope sizes Monitor, which spec does not list
    instead: name one of Chardev, Device
""")
def test_a_scope(tmp_path: Path, mistake: Mistake) -> None:
    """A scope gives every machine at least one slot."""
    refused(tmp_path, system(mistake.text), mistake.message)


@each("""
    A defect breaks a property of the system.
        Defect("late", "", "no-leek", (Edit(Device.blink, BLINK),))  # here
    refused: defect late breaks `no-leek`, which is no property of spec
    instead: did you mean `no-leak`?

    A defect edits a profile of the system.
        Defect("late", "", "no-leak", (Edit(Device.blink, BLINK),), "repired")  # here
    refused: defect late edits `repired`, which is no profile of spec
    instead: did you mean `repaired`?

    A defect has an edit.
        Defect("late", "", "no-leak", ())  # here
    refused: defect late edits nothing
    instead: write `(Edit(Machine.row, "old", "new"),)`
""")
def test_a_defect(tmp_path: Path, mistake: Mistake) -> None:
    """A defect edits rows of a profile, and breaks a property."""
    refused(tmp_path, f"{HEAD}{MACHINES}{PARTS}\nEDITED = {mistake.text.strip()}\n{WITH_DEFECT}", mistake.message)


@each("""
    A defect lists its edits.
        System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[ONE_EDIT])  # here
    refused: a Edit is no list, of one edit of defect late each
    instead: write `[...]`

    A defect has a name of its own.
        System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[LATE, LATE])  # here
    refused: spec has two with the defect name `late`
    instead: rename or remove one
""")
def test_a_list_of_defects(tmp_path: Path, mistake: Mistake) -> None:
    """The defects of a System are told apart by their names."""
    refused(tmp_path, system(mistake.text), mistake.message)


@each("""
    What is edited is a row.
        Edit(arbitrary, "return x")
    refused: defect late: arbitrary is no row
    instead: name a step or an operation, as in `Edit(Machine.row, ...)`

    What is replaced stands in the row.
        Edit(Device.blink, "self.lit = True")
    refused: defect late: 'self.lit = True' stands 0 times in Device.blink
    instead: quote a statement that stands there exactly once

    What is replaced is one statement.
        Edit(Device.blink, "self.lit = True; self.count = 1")
    refused: defect late: 'self.lit = True; self.count = 1' is not one statement
    instead: quote one statement

    What is replaced is Python.
        Edit(Device.blink, "self.lit =")
    refused: defect late: 'self.lit =' is no Python: invalid syntax
    instead: quote a whole statement

    What replaces it is Python.
        Edit(Device.blink, BLINK, "self.lit =")
    refused: defect late: 'self.lit =' is no Python: invalid syntax
    instead: quote a whole statement

    What is replaced is text.
        Edit(Device.blink, None)
    refused: defect late: None is no text
    instead: quote a statement
""")
def test_an_edit(tmp_path: Path, mistake: Mistake) -> None:
    """An edit replaces one statement that stands in a row exactly once."""
    defect = f'Defect("late", "It is late.", "no-leak", ({mistake.text.strip()},))'
    text = f"{HEAD}{MACHINES}{PARTS}\nEDITED = {defect}  {HERE}\n{WITH_DEFECT}"
    refused(tmp_path, text, mistake.message, defect="late")


@each("""
    A value has its field's type.
        Device[0].lit = 1  # here
    refused: boot fails: TypeError: a bool is expected, this is 1
    instead: the initial states have to be made without an error

    A field has to be declared.
        Device[0].lti = True  # here
    refused: boot fails: AttributeError: 'Device' object has no attribute 'lti'
    instead: the initial states have to be made without an error

    A number fits its range.
        Device[0].count = 4  # here
    refused: boot fails: OutOfRange: 4 is outside 0..3
    instead: the initial states have to be made without an error

    None is not used.
        Device[0].chr.open()  # here
    refused: boot fails: AttributeError: 'NoneType' object has no attribute 'open'
    instead: the initial states have to be made without an error

    A pool has as many instances as the scope says.
        Device[2].lit = True  # here
    refused: boot fails: OutOfRange: Device[2] of 2
    instead: the initial states have to be made without an error

    A full pool makes no object.
        Chardev.new()
        Chardev.new()
        Chardev.new()  # here
    refused: boot fails: PoolFull: Chardev
    instead: the initial states have to be made without an error

    An assertion holds.
        assert Device[0].lit  # here
    refused: boot fails: AssertionError
    instead: the initial states have to be made without an error

    A name is defined.
        nobody()  # here
    refused: boot fails: NameError: name 'nobody' is not defined
    instead: the initial states have to be made without an error

    An operation gets its arguments.
        Device[0].blink(1)  # here
    refused: boot fails: TypeError: Device.blink takes 0 arguments, this has 1
    instead: the initial states have to be made without an error

    A machine is not called.
        Chardev()  # here
    refused: Chardev is not called
    instead: write `Chardev.new(field=value)`

    A step fires by itself.
        Device[0].start()  # here
    refused: Device.start is a step: it fires by itself
    instead: call an `@operation`

    A control state is reached by operations.
        Device[0].goto(Device.on)  # here
    refused: `goto` outside a row
    instead: call an operation that leads there

    A property is not broken before the first step.
        ensure(False, "no-leak")  # here
    refused: `ensure` outside a row
    instead: write `assert`, or an invariant
""")
def test_a_boot(tmp_path: Path, mistake: Mistake) -> None:
    """`boot` makes the initial states, without an error."""
    body = indent(dedent(mistake.text), "    ")
    text = f"{HEAD}{MACHINES}{PARTS}\ndef boot() -> None:\n{body}\n"
    text += 'SYSTEM = System("spec", [Chardev, Device], SCOPES, boot=boot)\n'
    line = next(number for number, written in enumerate(text.split("\n"), 1) if HERE in written)
    system = load(tmp_path / "spec.py", text)
    world = PlainWorld(system, system.pools(system.scope()))
    with pytest.raises(SpecError) as caught:
        list(world.initial(system.scope()))
    assert str(caught.value) == f"{tmp_path}/spec.py:{line}: {mistake.message}"


def test_a_configuration_without_pools(tmp_path: Path) -> None:
    """A configuration says how large the pools are."""
    text = f"class Setup(Configuration):  {HERE}\n    pass\n"
    text += 'SYSTEM = System("spec", [Chardev, Device], {"small": [Setup()]})\n'
    message = "Setup has no `pools`; write `def pools(self)`, which returns `{Machine: 2}`"
    refused(tmp_path, f"{HEAD}{MACHINES}{text}", message)


def test_an_edited_row_that_is_hidden(tmp_path: Path) -> None:
    """A defect finds a row that stands directly in its class or module."""
    text = f"if True:\n    @operation  {HERE}\n    def hidden() -> None:\n        pass\n"
    text += 'EDITED = Defect("late", "", "no-leak", (Edit(hidden, "pass"),))'
    message = "hidden stands 0 times where a defect looks for it; define it once, directly in its class or module"
    refused(tmp_path, f"{HEAD}{MACHINES}{PARTS}\n{text}\n{WITH_DEFECT}", message, defect="late")


@pytest.mark.parametrize(
    ("ask", "message"),
    [
        (lambda system: system.profile("repired"), "spec has no profile `repired`; did you mean `repaired`?"),
        (lambda system: system.profile("x"), "spec has no profile `x`; there are: repaired"),
        (lambda system: system.scope("smal"), "spec has no scope `smal`; did you mean `small`?"),
        (lambda system: system.defect("lat"), "spec has no defect `lat`; did you mean `late`?"),
        (lambda system: system.property("no-leek"), "spec has no property `no-leek`; did you mean `no-leak`?"),
    ],
)
def test_a_name(tmp_path: Path, ask: Callable[[System], object], message: str) -> None:
    """A name that a System does not have may be misspelt."""
    system = load(tmp_path / "spec.py", f"{HEAD}{MACHINES}{PARTS}EDITED = LATE\n{WITH_DEFECT}")
    with pytest.raises(SpecError) as caught:
        ask(system)
    assert str(caught.value) == message
