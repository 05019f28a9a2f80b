"""Refused in a body: calls."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, spec, step


@each("""
    An arbitrary function is not called.
        x = arbitrary(1)  # here
    refused: Device.bad: a call of `arbitrary`, which is an arbitrary function
    instead: decorate it with `@operation`

    A built-in function is not called.
        print("on")  # here
    refused: Device.bad: a call of `print`, which is outside the language
    instead: use any, all, sum, len, min, max and abs, or an `@operation`

    A function of a module is not called.
        x = math.floor(1)  # here
    refused: Device.bad: `math` is no value of the language
    instead: use constants, enumerations, machines and switches

    A function that is not defined is not called.
        x = arbitary(1)  # here
    refused: Device.bad: `arbitary` is not defined
    instead: did you mean `arbitrary`?

    A machine is not called.
        self.chr = Chardev(be_open=True)  # here
    refused: Device.bad: Chardev is not called
    instead: write `Chardev.new(field=value)`

    An enumeration is not called.
        self.colour = Colour(0)  # here
    refused: Device.bad: Colour is not called
    instead: write `Colour.red`

    A step is not called.
        self.start()  # here
    refused: Device.bad: Device.start is a step: it is not called
    instead: make it an `@operation`

    A field is not called.
        self.lit()  # here
    refused: Device.bad: Device.lit is a field: it is not called
    instead: drop the `()`

    A result is not called.
        self.blink()()  # here
    refused: Device.bad: `self.blink()` is no operation
    instead: call operations by name

    A number has no operations.
        x = self.count.bit_length()  # here
    refused: Device.bad: `.bit_length()` of int 0..3
    instead: only objects have operations

    A machine has the operations that it declares.
        self.chr.opne()  # here
    refused: Device.bad: Chardev has no operation `opne`
    instead: did you mean `open`?

    An operation is called on an instance.
        Chardev.open(self.chr)  # here
    refused: Device.bad: `Chardev.open` is called on the class
    instead: call it on an instance
""")
def test_a_call(tmp_path: Path, mistake: Mistake) -> None:
    """A body calls operations, and what the language has."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    An operation takes no more than it declares.
        self.chr.open(1)  # here
    refused: Device.bad: Chardev.open takes 0 arguments, this has 1
    instead: hand over none

    An operation takes no less than it declares.
        self.chr.write()  # here
    refused: Device.bad: Chardev.write needs its argument `size`
    instead: hand over size

    An argument has its type.
        self.chr.write(True)  # here
    refused: Device.bad: `size` of Chardev.write is int 0..3, this is bool
    instead: write `1 if ... else 0`

    An argument fits its range.
        self.chr.write(4)  # here
    refused: Device.bad: 4 never fits `size` of Chardev.write, which is int 0..3
    instead: widen the Range, or mend the value

    An argument has the name that is declared.
        self.chr.write(sise=1)  # here
    refused: Device.bad: Chardev.write has no parameter `sise`
    instead: did you mean `size`?

    An argument is handed over once.
        self.chr.write(1, size=1)  # here
    refused: Device.bad: `size` is given twice
    instead: hand it over once

    Arguments are written out.
        self.chr.write(*self.seen)  # here
    refused: Device.bad: `*` in a call is outside the language
    instead: write the arguments out

    Named arguments are written out.
        self.chr.write(**self.seen)  # here
    refused: Device.bad: `**` in a call is outside the language
    instead: write the arguments out
""")
def test_an_argument(tmp_path: Path, mistake: Mistake) -> None:
    """A call hands over every argument, each of its type."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    A static machine's instances are all there.
        self.peer = Device.new()  # here
    refused: Device.bad: Device is static: all its instances are there from the start
    instead: declare `class Device(Machine, dynamic=True)`

    A new object's fields are named.
        self.chr = Chardev.new(True)  # here
    refused: Device.bad: `Chardev.new` takes keywords
    instead: write `new(field=value)`

    A new object has the fields of its machine.
        self.chr = Chardev.new(be_opne=True)  # here
    refused: Device.bad: Chardev has no field `be_opne`
    instead: did you mean `be_open`?

    A new object's fields have their types.
        self.chr = Chardev.new(be_open=1)  # here
    refused: Device.bad: `be_open` is bool, this is int 1..1
    instead: write True, False or a comparison

    A new object's fields are written out.
        self.chr = Chardev.new(**self.seen)  # here
    refused: Device.bad: `**` in a call is outside the language
    instead: write the arguments out

    A new object's containers are empty.
        self.chr = Chardev.new(queue=self.queue)  # here
    refused: Device.bad: `queue` is a container, which starts empty
    instead: add to it afterwards

    What is freed is an object of a dynamic machine.
        free(self)  # here
    refused: Device.bad: `free` of a pointer to Device
    instead: free an instance of a dynamic machine

    `free` has no value.
        x = free(self.chr)  # here
    refused: Device.bad: `free` has no value
    instead: write it as a statement of its own
""")
def test_an_allocation(tmp_path: Path, mistake: Mistake) -> None:
    """`new` makes an object of a dynamic machine, with values for its fields."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    A set has its own words.
        self.seen.remove(Colour.red)  # here
    refused: Device.bad: a Set[Colour] has no `remove`
    instead: there are: add, discard, clear

    A queue has its own words.
        self.queue.pop()  # here
    refused: Device.bad: a Queue[Colour] has no `pop`
    instead: did you mean `popleft`?

    A set takes one element.
        self.seen.add(Colour.red, Colour.green)  # here
    refused: Device.bad: `add` takes 1 argument, this has 2
    instead: hand over 1

    A queue takes what it is declared to hold.
        self.queue.append(self.lit)  # here
    refused: Device.bad: the element is Colour, this is bool
    instead: write a member, as in `Colour.red`

    Adding to a set has no value.
        x = self.seen.add(Colour.red)  # here
    refused: Device.bad: `add` has no value
    instead: write it as a statement of its own
""")
def test_a_container(tmp_path: Path, mistake: Mistake) -> None:
    """A set and a queue are changed by what they have."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    A choice is labelled in plain text.
        x = may(self.colour)  # here
    refused: Device.bad: a plain string is expected here
    instead: write it in quotes: "..."

    A choice has a label.
        x = may()  # here
    refused: Device.bad: `may` takes 1 argument, this has 0
    instead: hand over 1

    A failure is described in plain text.
        fail(f"at {self.count}")  # here
    refused: Device.bad: a plain string is expected here
    instead: write it in quotes: "..."

    A failure has no value.
        x = fail("no")  # here
    refused: Device.bad: `fail` has no value
    instead: write it as a statement of its own

    What is ensured has a condition and a name.
        ensure()  # here
    refused: Device.bad: `ensure` takes a condition and a name
    instead: write `ensure(condition, "name")`

    What is ensured outside a monitor has a name.
        ensure(self.lit)  # here
    refused: Device.bad: `ensure` outside a monitor names its property
    instead: write `ensure(condition, "name")`

    What is ensured is a property of the system.
        ensure(self.lit, "no-leek")  # here
    refused: Device.bad: the system has no property `no-leek`
    instead: did you mean `no-leak`?

    What is ensured is a condition.
        ensure(self.chr, "no-leak")  # here
    refused: Device.bad: a condition must be a bool, this is a pointer to Chardev
    instead: write `is not None`
""")
def test_a_word(tmp_path: Path, mistake: Mistake) -> None:
    """The words of the language take plain arguments."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    `require` is for steps.
        class Extra(Machine):
            lit: bool

            @operation
            def bad(self) -> None:
                require(self.lit)  # here
    refused: Extra.bad: `require` is the guard of a step; this is called
    instead: write `assert` here

    A step beside the machines is not called.
        @step()
        def alone() -> None:
            pass

        class Extra(Machine):
            lit: bool

            @step()
            def bad(self) -> None:
                alone()  # here
    refused: Extra.bad: alone is a step: it is not called
    instead: make it an `@operation`

    An operation beside the machines has no states.
        @operation(to=Device.on)
        def alone() -> None:  # here
            pass

        class Extra(Machine):
            lit: bool

            @step()
            def bad(self) -> None:
                alone()
    refused: alone: an operation beside the machines has no states
    instead: drop them, or move it into one

    Named arguments come in the order of the parameters.
        @operation
        def copy(one: Small, two: Small) -> None:
            pass

        class Extra(Machine):
            lit: bool

            @step()
            def bad(self) -> None:
                copy(two=1, one=2)  # here
    refused: Extra.bad: keyword arguments out of order
    instead: write them in the order of the parameters

    A pool that the System does not list does not exist.
        class Ghost(Machine, dynamic=True):
            lit: bool

        class Extra(Machine):
            lit: bool

            @step()
            def bad(self) -> None:
                ghost = Ghost.new()  # here
    refused: Extra.bad: the System does not list Ghost: it has no pool
    instead: add it to `machines`

    An operation that comes to call itself says how deep.
        class Extra(Machine):
            other: Ref[Extra]

            @operation  # here
            def ring(self) -> None:
                self.other.answer()

            @operation
            def answer(self) -> None:
                self.other.ring()
    refused: Extra.ring: Extra.ring calls Extra.answer calls Extra.ring: without a bound
    instead: declare how deep: `@operation(depth=4)` on one of them

    A finalizer that comes to run itself says how deep.
        class Extra(Machine, dynamic=True):
            below: Own[Extra]

            @finalizer  # here
            def finalise(self) -> None:
                self.below = None
    refused: Extra.finalise: Extra.finalise calls Extra.finalise: without a bound
    instead: declare how deep: `@operation(depth=4)` on one of them
""")
def test_a_row_that_calls(tmp_path: Path, mistake: Mistake) -> None:
    """What a row calls has to be a row of the right kind."""
    refused(tmp_path, spec(mistake.text), mistake.message)
