"""What a System may not list, its defects may not edit, and its `boot` may not do."""

from __future__ import annotations

from pathlib import Path

import pytest

from refusing import HEAD, HERE, MACHINES, Mistake, compiled, each, load, refused

PARTS = """
SCOPES = {"small": {Chardev: 2, Device: 2}}
REPAIRED = Profile("repaired", "As it should be.")
BLINK = "self.lit = not self.lit"
LATE = Defect("late", "It does not blink.", "no-leak", (Edit(Device.blink, BLINK),))

@invariant
def no_leak() -> bool:
    return True

MANY = [Property(f"p{i}", "invariant", "") for i in range(60)]

def boot() -> None:
    pass
"""


def system(text: str) -> str:
    """A spec that ends in this System."""
    return f"{HEAD}{MACHINES}{PARTS}\nSYSTEM = {text}\n"


@each(
    Mistake(
        "The machines are a list.",
        'System("spec", Device, SCOPES)  # here',
        "Device is no list, of one machine each; write `[...]`",
    ),
    Mistake(
        "A machine is a class that inherits from Machine.",
        'System("spec", [Chardev, Device, Colour], SCOPES)  # here',
        "Colour is no machine; list classes that inherit from `Machine`",
    ),
    Mistake(
        "A System has a machine.",
        'System("spec", [], SCOPES)  # here',
        "spec has no machine; list at least one",
    ),
    Mistake(
        "A machine is listed once.",
        'System("spec", [Chardev, Device, Device], SCOPES)  # here',
        "spec has two with the machine name `Device`; rename or remove one",
    ),
    Mistake(
        "A property is made by a decorator.",
        'System("spec", [Chardev, Device], SCOPES, properties=[arbitrary])  # here',
        "arbitrary is no property; list what `@invariant` and the like made, and monitors",
    ),
    Mistake(
        "A property has a name of its own.",
        'System("spec", [Chardev, Device], SCOPES, properties=[no_leak])  # here',
        "spec has two with the property name `no-leak`; rename or remove one",
    ),
    Mistake(
        "A state breaks as many properties as a word has bits.",
        'System("spec", [Chardev, Device], SCOPES, properties=MANY)  # here',
        "spec has 70 properties, the built-in ones among them; keep to 64",
    ),
    Mistake(
        "A profile is a Profile.",
        'System("spec", [Chardev, Device], SCOPES, profiles=["repaired"])  # here',
        "'repaired' is no profile; list `Profile(...)`s",
    ),
    Mistake(
        "A System has a profile.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[])  # here',
        "spec has no profile; list one, or leave `profiles` out",
    ),
    Mistake(
        "A profile has a name of its own.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED, REPAIRED])  # here',
        "spec has two with the profile name `repaired`; rename or remove one",
    ),
    Mistake(
        "A profile lists its switches.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[Profile("fast", "", TURBO)])  # here',
        "turbo is no list, of one switch of profile fast each; write `[...]`",
    ),
    Mistake(
        "A switch has a name of its own.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[Profile("fast", "", (TURBO, Switch("turbo", "")))])  # here',
        "spec has two with the switch name `turbo`; rename or remove one",
    ),
    Mistake(
        "A defect is a Defect.",
        'System("spec", [Chardev, Device], SCOPES, defects=["late"])  # here',
        "'late' is no defect; list `Defect(...)`s",
    ),
    Mistake(
        "`boot` is a function.",
        'System("spec", [Chardev, Device], SCOPES, boot=boot())  # here',
        "`boot=None` is no function; write `boot=boot`, without calling it",
    ),
)
def test_a_system(tmp_path: Path, mistake: Mistake) -> None:
    """A System lists machines, properties, profiles and defects, each of its kind and by its own name."""
    refused(tmp_path, system(mistake.text), mistake.message)


@each(
    Mistake(
        "A System has a scope.",
        'System("spec", [Chardev, Device], {})  # here',
        'spec has no scope; write `scopes={"small": {Machine: 2}}`',
    ),
    Mistake(
        "A scope has a name.",
        'System("spec", [Chardev, Device], {Chardev: 1, Device: 1})  # here',
        'a scope of spec has the name Chardev; write `scopes={"small": {Machine: 2}}`',
    ),
    Mistake(
        "A scope says sizes.",
        'System("spec", [Chardev, Device], {"small": 1})  # here',
        'the scope `small` is 1, no sizes; write `scopes={"small": {Machine: 2}}`, or list Configurations',
    ),
    Mistake(
        "A scope lists configurations.",
        'System("spec", [Chardev, Device], {"small": [{Chardev: 1, Device: 1}]})  # here',
        'the scope `small` lists a dict, no Configuration; write `scopes={"small": {Machine: 2}}`',
    ),
    Mistake(
        "A scope leaves no machine out.",
        'System("spec", [Chardev, Device], {"small": {Chardev: 1}})  # here',
        "the scope gives Device 0 slots; give every machine at least 1",
    ),
    Mistake(
        "A machine has a slot.",
        'System("spec", [Chardev, Device], {"small": {Chardev: 0, Device: 1}})  # here',
        "the scope gives Chardev 0 slots; give every machine at least 1",
    ),
    Mistake(
        "A size is a number.",
        'System("spec", [Chardev, Device], {"small": {Chardev: "2", Device: 1}})  # here',
        "the scope gives Chardev '2' slots; write a number",
    ),
    Mistake(
        "A scope sizes machines that the System lists.",
        'System("spec", [Chardev, Device], {"small": {Chardev: 1, Device: 1, Monitor: 1}})  # here',
        "the scope sizes Monitor, which spec does not list; name one of Chardev, Device",
    ),
)
def test_a_scope(tmp_path: Path, mistake: Mistake) -> None:
    """A scope gives every machine at least one slot."""
    refused(tmp_path, system(mistake.text), mistake.message)


@each(
    Mistake(
        "A defect breaks a property of the system.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[Defect("late", "", "no-leek", (Edit(Device.blink, BLINK),))])  # here',
        "defect late breaks `no-leek`, which is no property of spec; did you mean `no-leak`?",
    ),
    Mistake(
        "A defect edits a profile of the system.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[Defect("late", "", "no-leak", (Edit(Device.blink, BLINK),), "repired")])  # here',
        "defect late edits `repired`, which is no profile of spec; did you mean `repaired`?",
    ),
    Mistake(
        "A defect has an edit.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[Defect("late", "", "no-leak", ())])  # here',
        'defect late edits nothing; write `(Edit(Machine.row, "old", "new"),)`',
    ),
    Mistake(
        "A defect lists its edits.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[Defect("late", "", "no-leak", Edit(Device.blink, BLINK))])  # here',
        "a Edit is no list, of one edit of defect late each; write `[...]`",
    ),
    Mistake(
        "A defect has a name of its own.",
        'System("spec", [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[LATE, LATE])  # here',
        "spec has two with the defect name `late`; rename or remove one",
    ),
)
def test_a_defect(tmp_path: Path, mistake: Mistake) -> None:
    """A defect edits rows of a profile, and breaks a property."""
    refused(tmp_path, system(mistake.text), mistake.message)


@each(
    Mistake(
        "What is edited is a row.",
        'Edit(arbitrary, "return x")',
        "defect late: arbitrary is no row; name a step or an operation, as in `Edit(Machine.row, ...)`",
    ),
    Mistake(
        "What is replaced stands in the row.",
        'Edit(Device.blink, "self.lit = True")',
        "defect late: 'self.lit = True' stands 0 times in Device.blink; quote a statement that stands there exactly once",
    ),
    Mistake(
        "What is replaced is one statement.",
        'Edit(Device.blink, "self.lit = True; self.count = 1")',
        "defect late: 'self.lit = True; self.count = 1' is not one statement; quote one statement",
    ),
    Mistake(
        "What is replaced is Python.",
        'Edit(Device.blink, "self.lit =")',
        "defect late: 'self.lit =' is no Python: invalid syntax; quote a whole statement",
    ),
    Mistake(
        "What replaces it is Python.",
        'Edit(Device.blink, BLINK, "self.lit =")',
        "defect late: 'self.lit =' is no Python: invalid syntax; quote a whole statement",
    ),
    Mistake(
        "What is replaced is text.",
        "Edit(Device.blink, None)",
        "defect late: None is no text; quote a statement",
    ),
)
def test_an_edit(tmp_path: Path, mistake: Mistake) -> None:
    """An edit replaces one statement that stands in a row exactly once."""
    defect = f'Defect("late", "It is late.", "no-leak", ({mistake.text},))'
    text = f"EDITED = {defect}  {HERE}\nSYSTEM = System('spec', [Chardev, Device], SCOPES, profiles=[REPAIRED], defects=[EDITED])"
    refused(tmp_path, f"{HEAD}{MACHINES}{PARTS}\n{text}\n", mistake.message, defect="late")


@each(
    Mistake(
        "A value has its field's type.",
        "Device[0].lit = 1  # here",
        "boot fails: TypeError: a bool is expected, this is 1; the initial states have to be made without an error",
    ),
    Mistake(
        "A field has to be declared.",
        "Device[0].lti = True  # here",
        "boot fails: AttributeError: 'Device' object has no attribute 'lti'; the initial states have to be made without an error",
    ),
    Mistake(
        "A number fits its range.",
        "Device[0].count = 4  # here",
        "boot fails: OutOfRange: 4 is outside 0..3; the initial states have to be made without an error",
    ),
    Mistake(
        "None is not used.",
        "Device[0].chr.open()  # here",
        "boot fails: AttributeError: 'NoneType' object has no attribute 'open'; the initial states have to be made without an error",
    ),
    Mistake(
        "A pool has as many instances as the scope says.",
        "Device[2].lit = True  # here",
        "boot fails: OutOfRange: Device[2] of 2; the initial states have to be made without an error",
    ),
    Mistake(
        "A full pool makes no object.",
        """
        Chardev.new()
        Chardev.new()
        Chardev.new()  # here
        """,
        "boot fails: PoolFull: Chardev; the initial states have to be made without an error",
    ),
    Mistake(
        "An assertion holds.",
        "assert Device[0].lit  # here",
        "boot fails: AssertionError; the initial states have to be made without an error",
    ),
    Mistake(
        "A name is defined.",
        "nobody()  # here",
        "boot fails: NameError: name 'nobody' is not defined; the initial states have to be made without an error",
    ),
    Mistake(
        "An operation gets its arguments.",
        "Device[0].blink(1)  # here",
        "boot fails: TypeError: Device.blink takes 0 arguments, this has 1; the initial states have to be made without an error",
    ),
    Mistake(
        "A machine is not called.",
        "Chardev()  # here",
        "Chardev is not called; write `Chardev.new(field=value)`",
    ),
    Mistake(
        "A step fires by itself.",
        "Device[0].start()  # here",
        "Device.start is a step: it fires by itself; call an `@operation`",
    ),
    Mistake(
        "A control state is reached by operations.",
        "Device[0].goto(Device.on)  # here",
        "`goto` outside a row; call an operation that leads there",
    ),
    Mistake(
        "A property is not broken before the first step.",
        'ensure(False, "no-leak")  # here',
        "`ensure` outside a row; write `assert`, or an invariant",
    ),
)
def test_a_boot(tmp_path: Path, mistake: Mistake) -> None:
    """`boot` makes the initial states, without an error."""
    text = f"def boot() -> None:\n{indent(dedent(mistake.text), '    ')}\n"
    refused(
        tmp_path,
        f"{HEAD}{MACHINES}{PARTS}\n{text}\n" + 'SYSTEM = System("spec", [Chardev, Device], SCOPES, boot=boot)\n',
        mistake.message,
    )
