"""Refused in a body: conditions."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, step


@each("""
    A pointer is no condition.
        if self.chr:  # here
            pass
    refused: Device.bad: a condition must be a bool, this is a pointer to Chardev
    instead: write `is not None`

    A number is no condition.
        if self.count:  # here
            pass
    refused: Device.bad: a condition must be a bool, this is int 0..3
    instead: write a comparison

    `not` is for bools.
        if not self.chr:  # here
            pass
    refused: Device.bad: `not` is for bools, this is a pointer to Chardev
    instead: write `is not None`

    `and` is for bools.
        if self.lit and self.chr:  # here
            pass
    refused: Device.bad: `and` is for bools, this is a pointer to Chardev
    instead: write `is not None`

    `or` hands over no operand.
        self.chr = self.chr or self.other  # here
    refused: Device.bad: `or` is for bools, this is a pointer to Chardev
    instead: write `is not None`

    An assertion is a condition.
        assert self.chr  # here
    refused: Device.bad: a condition must be a bool, this is a pointer to Chardev
    instead: write `is not None`

    Comparisons are not chained.
        if 0 < self.count < 3:  # here
            pass
    refused: Device.bad: a chain of comparisons
    instead: join two comparisons with `and`

    Pointers are compared by `is`.
        if self.chr == None:  # here
            pass
    refused: Device.bad: pointers are compared with `is`
    instead: write `is` or `is not`

    Pointers have no order.
        if self.peer < self:  # here
            pass
    refused: Device.bad: pointers have no order
    instead: write `is` or `is not`

    Pointers to different machines are never equal.
        if self.peer is self.chr:  # here
            pass
    refused: Device.bad: compares a pointer to Device with a pointer to Chardev: never equal
    instead: compare two of one type

    Values of different types are never equal.
        if self.colour is Kind.null:  # here
            pass
    refused: Device.bad: compares Colour with Kind: never equal
    instead: compare two of one type

    Numbers are compared by `==`.
        if self.count is LIMIT:  # here
            pass
    refused: Device.bad: `is` on numbers
    instead: write `==`

    Bools are compared by `==`.
        if self.lit is True:  # here
            pass
    refused: Device.bad: bools are compared with `==`
    instead: write `==`, `!=` or `not`

    Constants have no order.
        if self.colour < Colour.green:  # here
            pass
    refused: Device.bad: Colour has no order
    instead: write `is` or `is not`

    None is compared with a pointer.
        if self.blink() is None:  # here
            pass
    refused: Device.bad: compares None with None
    instead: compare a pointer with None

    `in` looks into a Set or a tuple.
        if self.peer in Device:  # here
            pass
    refused: Device.bad: `in` is for a Set field or a tuple
    instead: write `x in (a, b)`

    `in` does not look into a list.
        if self.colour in [Colour.red]:  # here
            pass
    refused: Device.bad: `in` is for a Set field or a tuple
    instead: write `x in (a, b)`

    `in` does not look into a queue.
        if Colour.red in self.queue:  # here
            pass
    refused: Device.bad: `in` a queue
    instead: use a Set field

    A tuple behind `in` has constants.
        if self.colour in (Colour.red, self.colour):  # here
            pass
    refused: Device.bad: an element after `in` is a constant
    instead: write `x is a or x is b`

    An element of a set has its type.
        if self.lit in self.seen:  # here
            pass
    refused: Device.bad: the element is Colour, this is bool
    instead: write a member, as in `Colour.red`

    What is compared with each of a tuple is read once.
        if self.queue.popleft() in (Colour.red, Colour.green):  # here
            pass
    refused: Device.bad: a call in here would run more than once
    instead: assign it to a local variable first

    Both sides of a conditional have one type.
        x = 1 if self.lit else True  # here
    refused: Device.bad: `... if ... else ...` is int 1..1 or bool
    instead: give both sides one type

    A conditional has a type.
        self.chr = None if self.lit else None  # here
    refused: Device.bad: `None if self.lit else None` has no type
    instead: write a pointer on one side, or assign None

    A switch is in a profile.
        if LOST:  # here
            self.lit = True
    refused: Device.bad: the switch `LOST` is in no profile of spec: it is never on
    instead: list it in a Profile, or remove it

    A switch is in a profile wherever it is asked.
        if self.lit and not LOST:  # here
            self.lit = True
    refused: Device.bad: the switch `LOST` is in no profile of spec: it is never on
    instead: list it in a Profile, or remove it

    What a switch turns off in a conditional is in the language.
        x = self.lti if TURBO else self.lit  # here
    refused: Device.bad: Device has no field `lti`
    instead: did you mean `lit`?
""")
def test_a_condition(tmp_path: Path, mistake: Mistake) -> None:
    """A condition is a bool, made by comparing two values of one type."""
    refused(tmp_path, step(mistake.text), mistake.message)
