"""Refused in a body: assignments, and values of a wrong type."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, step


@each("""
    One line assigns one thing.
        a = b = self.lit  # here
    refused: Device.bad: one assignment sets one thing
    instead: write one line for each

    One line assigns one thing, not a pair.
        a, b = self.lit, self.lit  # here
    refused: Device.bad: an assignment to several things at once
    instead: write one line for each

    An instance of a pool is not replaced.
        Device[0] = self  # here
    refused: Device.bad: `Device[0]` can't be assigned
    instead: assign to a local variable or a field

    A field has to be declared.
        self.lti = True  # here
    refused: Device.bad: Device has no field `lti`
    instead: did you mean `lit`?

    An operator is one of arithmetic.
        self.count |= 1  # here
    refused: Device.bad: `|=` is outside the language
    instead: write `or` or `and` of bools; a Set has add and discard

    What is updated in place is a variable or a field of one.
        self.peer.count += 1  # here
    refused: Device.bad: `self.peer.count` can't be updated in place
    instead: name its object first: `x = ...`, then `x.field += 1`

    The control state changes by a row's end.
        self.state = Device.on  # here
    refused: Device.bad: the control state is not assigned
    instead: name the row's end in `to`, or call `self.goto`

    A slot is not assigned.
        self.index = 1  # here
    refused: Device.bad: `index` can't be assigned
    instead: assign to a field

    A table is constant.
        self.kind.opens = True  # here
    refused: Device.bad: `opens` can't be assigned
    instead: assign to a field

    A set stays where it is.
        self.seen = self.peer.seen  # here
    refused: Device.bad: a set or queue is changed in place
    instead: use add, discard, clear, append or popleft

    A set has no second name.
        seen = self.seen  # here
    refused: Device.bad: a set or queue is used in place
    instead: write `x in it`, `len(it)`, `it.add(x)`

    A parameter keeps its value.
        self = self.peer  # here
    refused: Device.bad: the parameter `self` is assigned
    instead: use another name

    A loop's variable keeps its value.
        for device in Device:
            device = self  # here
    refused: Device.bad: the loop's variable `device` is assigned
    instead: use another name

    A local variable has one type.
        x = 1
        x = self.lit  # here
    refused: Device.bad: `x` is int 1..1 and becomes bool
    instead: use two names: a name has one type

    None alone has no type.
        x = None  # here
        x = self.chr
    refused: Device.bad: `x` gets None, which has no type by itself
    instead: assign an object first

    An operation without a result gives none.
        x = self.blink()  # here
    refused: Device.bad: `x` gets the result of Device.blink, which has none
    instead: only call it

    A local variable has its value on every path.
        if self.lit:
            x = 1
        self.count = x  # here
    refused: Device.bad: `x` may have no value yet on some path
    instead: assign it on every path before

    A local variable has its value before it is updated.
        x += 1  # here
    refused: Device.bad: `x` may have no value yet on some path
    instead: assign it on every path before

    What a switch turns off assigns nothing.
        if TURBO:
            x = 1
        self.count = x  # here
    refused: Device.bad: `x` may have no value yet on some path
    instead: assign it on every path before

    What a switch turns off is in the language too.
        if TURBO:
            self.lti = True  # here
    refused: Device.bad: Device has no field `lti`
    instead: did you mean `lit`?

    A local number's range is known.
        x = 0
        for device in Device:
            x = x + 1  # here
    refused: Device.bad: the range of the local `x` grows with every round
    instead: keep the number in a field, whose range is declared

    A number is not added to for ever.
        x = 0
        x += 1  # here
    refused: Device.bad: the range of the local `x` grows with every round
    instead: keep the number in a field, whose range is declared
""")
def test_an_assignment(tmp_path: Path, mistake: Mistake) -> None:
    """An assignment gives one local variable or field one value of its type."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    A bool is no int.
        self.lit = 1  # here
    refused: Device.bad: `lit` is bool, this is int 1..1
    instead: write True, False or a comparison

    A bool is no pointer.
        self.lit = self.chr  # here
    refused: Device.bad: `lit` is bool, this is a pointer to Chardev
    instead: write `is not None`

    An int is no bool.
        self.count = True  # here
    refused: Device.bad: `count` is int 0..3, this is bool
    instead: write `1 if ... else 0`

    An int is no constant.
        self.count = Colour.red  # here
    refused: Device.bad: `count` is int 0..3, this is Colour
    instead: write an int

    An enumeration has its own members.
        self.colour = Kind.null  # here
    refused: Device.bad: `colour` is Colour, this is Kind
    instead: write a member, as in `Colour.red`

    A constant is never None.
        self.colour = None  # here
    refused: Device.bad: `colour` is Colour, this is None
    instead: write a member, as in `Colour.red`

    A pointer has its machine.
        self.chr = self  # here
    refused: Device.bad: `chr` is a pointer to Chardev, this is a pointer to Device
    instead: write a pointer to Chardev

    A number that never fits its range is refused.
        self.count = 7  # here
    refused: Device.bad: 7 never fits `count`, which is int 0..3
    instead: widen the Range, or mend the value

    A sum that never fits its range is refused.
        self.count += 4  # here
    refused: Device.bad: int 4..7 never fits `count`, which is int 0..3
    instead: widen the Range, or mend the value

    Text is no value.
        self.colour = "red"  # here
    refused: Device.bad: 'red' is no value of the language
    instead: use bool, int, constants and pointers

    A fraction is no value.
        self.count = 0.5  # here
    refused: Device.bad: 0.5 is no value of the language
    instead: use bool, int, constants and pointers

    A module's fraction is no value.
        self.count = RATE  # here
    refused: Device.bad: `RATE` is no value of the language
    instead: use constants, enumerations, machines and switches

    A class is no value.
        self.chr = Chardev  # here
    refused: Device.bad: `Chardev` is no value of the language
    instead: use constants, enumerations, machines and switches

    A huge number is no value.
        x = 3000000000  # here
    refused: Device.bad: 3000000000 overflows 32 bits
    instead: keep a model's numbers small
""")
def test_a_type(tmp_path: Path, mistake: Mistake) -> None:
    """What is assigned, handed over or returned has the type that is declared."""
    refused(tmp_path, step(mistake.text), mistake.message)
