"""Refused in a body: expressions that have no value in the language."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, step


@each("""
    A list is no value.
        x = [1, 2]  # here
    refused: Device.bad: a list is outside the language
    instead: use a Set or Queue field

    A list is not built up.
        x = [device for device in Device]  # here
    refused: Device.bad: a list is outside the language
    instead: use `any`, `all` or `sum` over a pool

    A dict is no value.
        x = {1: 2}  # here
    refused: Device.bad: a dict is outside the language
    instead: use a Table

    A dict is not built up.
        x = {device: 1 for device in Device}  # here
    refused: Device.bad: a dict is outside the language
    instead: use a Table

    A set is no value.
        x = {1, 2}  # here
    refused: Device.bad: a set literal is outside the language
    instead: use a Set field, or a tuple after `in`

    A set is not built up.
        x = {device for device in Device}  # here
    refused: Device.bad: a set is outside the language
    instead: use a Set field

    A tuple is no value.
        x = 1, 2  # here
    refused: Device.bad: a tuple is outside the language
    instead: it may stand after `in` only

    Text is not put together.
        x = f"{self.count}"  # here
    refused: Device.bad: an f-string is outside the language
    instead: use plain strings

    A function is no value.
        x = lambda: 1  # here
    refused: Device.bad: `lambda` is outside the language
    instead: write an `@operation`

    An assignment is no value.
        if (x := self.lit):  # here
            pass
    refused: Device.bad: `:=` is outside the language
    instead: assign in a line of its own

    A generator stands in `any`, `all` or `sum`.
        x = (device.lit for device in Device)  # here
    refused: Device.bad: a generator stands inside any, all or sum
    instead: write `any(... for x in Pool)`

    A slice is no value.
        x = Device[0:1]  # here
    refused: Device.bad: a slice is outside the language
    instead: write `Pool[i]`

    Nothing is unpacked.
        x = Device[*self.seen]  # here
    refused: Device.bad: a tuple is outside the language
    instead: it may stand after `in` only

    An unknown name may be misspelt.
        self.count = LIMT  # here
    refused: Device.bad: `LIMT` is not defined
    instead: did you mean `LIMIT`?

    An unknown name may be missing.
        self.count = height  # here
    refused: Device.bad: `height` is not defined
    instead: define it in the module, or import it

    A module is no value.
        x = math  # here
    refused: Device.bad: `math` is no value of the language
    instead: use constants, enumerations, machines and switches

    A state is named by its machine.
        require(self.state is on)  # here
    refused: Device.bad: `on` alone is no state
    instead: write `Device.on`

    A state is named by its machine, wherever it is asked for.
        require(self.state is off)  # here
    refused: Device.bad: `off` alone is no state
    instead: write `Device.off`

    A switch is asked by `if` alone.
        x = TURBO  # here
    refused: Device.bad: the switch `TURBO` is no value
    instead: ask `if TURBO:`

    A state is no field.
        require(self.state is self.on)  # here
    refused: Device.bad: `self.on`: a state is named by its machine
    instead: write `Device.on`

    A machine has the states that it declares.
        require(self.state is Device.onn)  # here
    refused: Device.bad: Device has no state `onn`
    instead: did you mean `on`?

    An enumeration has the members that it declares.
        self.colour = Colour.rde  # here
    refused: Device.bad: Colour has no `rde`
    instead: did you mean `red`?

    A machine has the fields that it declares.
        require(self.lti)  # here
    refused: Device.bad: Device has no field `lti`
    instead: did you mean `lit`?

    A machine without states is in none.
        require(self.chr.state is Device.on)  # here
    refused: Device.bad: Chardev has no field `state`
    instead: there are: be_open, next, below, queue

    A table has the columns that it declares.
        require(self.kind.opns)  # here
    refused: Device.bad: Kind has no column `opns`
    instead: did you mean `opens`?

    A plain enumeration has no columns.
        require(self.colour.value == 0)  # here
    refused: Device.bad: Colour has no columns: `.value`
    instead: write `is Colour.red`

    Whether an object is live is not for a body to ask.
        require(self.chr.live)  # here
    refused: Device.bad: nobody can ask an object whether it is live
    instead: set what pointed to it to None

    The slot of an object that comes and goes means nothing.
        x = self.chr.index  # here
    refused: Device.bad: Chardev is dynamic: its slots mean nothing
    instead: keep a number in a field

    A bool has no fields.
        require(self.lit.real)  # here
    refused: Device.bad: `.real` of bool
    instead: only objects and tables' rows have fields

    None has no fields.
        require(None.lit)  # here
    refused: Device.bad: `.lit` of None
    instead: only objects and tables' rows have fields

    A set is asked, not read.
        require(self.seen)  # here
    refused: Device.bad: a set or queue is used in place
    instead: write `x in it`, `len(it)`, `it.add(x)`

    An operation is not its result.
        require(self.chr.is_open)  # here
    refused: Device.bad: `self.chr.is_open` is an operation, not its result
    instead: call it: `self.chr.is_open()`
""")
def test_a_value(tmp_path: Path, mistake: Mistake) -> None:
    """A value is a bool, a number, a constant or a pointer."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    Bools are not added.
        self.count = self.count + self.lit  # here
    refused: Device.bad: `+` of bool
    instead: arithmetic is for ints

    Numbers are divided by `//`.
        self.count = self.count / 2  # here
    refused: Device.bad: `/` is outside the language
    instead: write `//`

    Numbers have no bits.
        self.count = self.count & 1  # here
    refused: Device.bad: `&` is outside the language
    instead: write `or` or `and` of bools; a Set has add and discard

    Numbers are not raised to a power.
        self.count = self.count ** 2  # here
    refused: Device.bad: `**` is outside the language
    instead: use + - * // %

    Numbers are not inverted.
        self.count = ~self.count  # here
    refused: Device.bad: `~` is outside the language
    instead: use `not` and `-`

    What divides is positive.
        self.count = 3 // self.count  # here
    refused: Device.bad: `//` by something that may be 0 or negative
    instead: divide by a positive number

    What is divided by for the rest is positive.
        self.count = 3 % self.count  # here
    refused: Device.bad: `%` by something that may be 0 or negative
    instead: divide by a positive number

    A result has to fit 62 bits.
        x = 2000000000
        y = x * x
        z = y * 3  # here
    refused: Device.bad: `*` may overflow: its range is 12000000000000000000..12000000000000000000
    instead: narrow the ranges

    `min` is of two.
        self.count = min(1, 2, 3)  # here
    refused: Device.bad: `min` takes 2 arguments, this has 3
    instead: hand over 2

    `min` is of ints.
        self.count = min(self.lit, True)  # here
    refused: Device.bad: `min` of bool
    instead: `min` is for ints

    What `max` may read twice calls nothing.
        self.count = max(self.queue.popleft(), 1)  # here
    refused: Device.bad: a call in here would run more than once
    instead: assign it to a local variable first

    `abs` is of one.
        self.count = abs(1, 2)  # here
    refused: Device.bad: `abs` takes 1 argument, this has 2
    instead: hand over 1

    `len` is of a pool, a set or a queue.
        self.count = len(self.chr.next)  # here
    refused: Device.bad: `len` is for a pool, a Set or a Queue
    instead: count with `sum(1 for x in Pool if ...)`
""")
def test_arithmetic(tmp_path: Path, mistake: Mistake) -> None:
    """Arithmetic is of ints, and stays within a machine word."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    `any` is of a generator.
        x = any(self.seen)  # here
    refused: Device.bad: `any` of `self.seen`
    instead: write `any(... for x in Pool)`

    `sum` starts from 0.
        x = sum((device.count for device in Device), 1)  # here
    refused: Device.bad: `sum` of `(device.count for device in Device), 1`
    instead: write `sum(... for x in Pool)`

    A generator runs over one pool.
        x = any(a is b for a in Device for b in Device)  # here
    refused: Device.bad: a generator over several pools
    instead: nest two: `any(any(...) for ...)`

    A generator has one variable.
        x = any(a for a, b in Device)  # here
    refused: Device.bad: a generator has one variable
    instead: write `for x in Pool`

    A generator's variable is new.
        device = self
        x = any(device.lit for device in Device)  # here
    refused: Device.bad: the generator's variable `device` is used already
    instead: use another name

    A generator is not asynchronous.
        x = any(device.lit async for device in Device)  # here
    refused: Device.bad: `async` is outside the language
    instead: write `for x in Pool`

    `all` is of conditions.
        x = all(device.peer for device in Device)  # here
    refused: Device.bad: a condition must be a bool, this is a pointer to Device
    instead: write `is not None`

    `sum` is of ints.
        x = sum(device.lit for device in Device)  # here
    refused: Device.bad: `sum` of bool
    instead: sum up ints: `sum(1 for x in Pool if ...)`

    A generator changes nothing.
        x = any(chr.write(1) for chr in Chardev)  # here
    refused: Device.bad: a generator calls Chardev.write, which changes something
    instead: read only, and change it elsewhere

    A generator makes no choice.
        x = any(may("it is lit") for device in Device)  # here
    refused: Device.bad: a generator has a part that changes something
    instead: read only, and change it elsewhere
""")
def test_a_generator(tmp_path: Path, mistake: Mistake) -> None:
    """`any`, `all` and `sum` look at the instances of one pool, and only look."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    A field is not indexed.
        x = self.seen[0]  # here
    refused: Device.bad: `[...]` is for a pool
    instead: write `Pool[i]`

    The slots of a dynamic machine mean nothing.
        x = Chardev[0]  # here
    refused: Device.bad: Chardev is dynamic: its slots mean nothing
    instead: keep a pointer in a field

    An index is an int.
        x = Device[self.lit]  # here
    refused: Device.bad: a pool's index is an int, this is bool
    instead: write `Pool[0]`

    An index is below the pool's size.
        x = Device[2]  # here
    refused: Device.bad: `Device[2]`: the pool has 2 slots
    instead: count from 0, or enlarge the scope
""")
def test_a_pool(tmp_path: Path, mistake: Mistake) -> None:
    """`Pool[i]` is an instance of a static machine."""
    refused(tmp_path, step(mistake.text), mistake.message)
