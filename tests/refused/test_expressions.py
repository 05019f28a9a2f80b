"""What a body may not say: values, conditions, arithmetic, generators and pools."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, step


@each(
    Mistake(
        "A list is no value.",
        "x = [1, 2]  # here",
        "Device.bad: a list is outside the language; use a Set or Queue field",
    ),
    Mistake(
        "A list is not built up.",
        "x = [device for device in Device]  # here",
        "Device.bad: a list is outside the language; use `any`, `all` or `sum` over a pool",
    ),
    Mistake(
        "A dict is no value.",
        "x = {1: 2}  # here",
        "Device.bad: a dict is outside the language; use a Table",
    ),
    Mistake(
        "A dict is not built up.",
        "x = {device: 1 for device in Device}  # here",
        "Device.bad: a dict is outside the language; use a Table",
    ),
    Mistake(
        "A set is no value.",
        "x = {1, 2}  # here",
        "Device.bad: a set literal is outside the language; use a Set field, or a tuple after `in`",
    ),
    Mistake(
        "A set is not built up.",
        "x = {device for device in Device}  # here",
        "Device.bad: a set is outside the language; use a Set field",
    ),
    Mistake(
        "A tuple is no value.",
        "x = 1, 2  # here",
        "Device.bad: a tuple is outside the language; it may stand after `in` only",
    ),
    Mistake(
        "Text is not put together.",
        'x = f"{self.count}"  # here',
        "Device.bad: an f-string is outside the language; use plain strings",
    ),
    Mistake(
        "A function is no value.",
        "x = lambda: 1  # here",
        "Device.bad: `lambda` is outside the language; write an `@operation`",
    ),
    Mistake(
        "An assignment is no value.",
        """
        if (x := self.lit):  # here
            pass
        """,
        "Device.bad: `:=` is outside the language; assign in a line of its own",
    ),
    Mistake(
        "A generator stands in `any`, `all` or `sum`.",
        "x = (device.lit for device in Device)  # here",
        "Device.bad: a generator stands inside any, all or sum; write `any(... for x in Pool)`",
    ),
    Mistake(
        "A slice is no value.",
        "x = Device[0:1]  # here",
        "Device.bad: a slice is outside the language; write `Pool[i]`",
    ),
    Mistake(
        "Nothing is unpacked.",
        "x = Device[*self.seen]  # here",
        "Device.bad: a tuple is outside the language; it may stand after `in` only",
    ),
    Mistake(
        "An unknown name may be misspelt.",
        "self.count = LIMT  # here",
        "Device.bad: `LIMT` is not defined; did you mean `LIMIT`?",
    ),
    Mistake(
        "An unknown name may be missing.",
        "self.count = height  # here",
        "Device.bad: `height` is not defined; define it in the module, or import it",
    ),
    Mistake(
        "A module is no value.",
        "x = math  # here",
        "Device.bad: `math` is no value of the language; use constants, enumerations, machines and switches",
    ),
    Mistake(
        "A state is named by its machine.",
        "require(self.state is on)  # here",
        "Device.bad: `on` alone is no state; write `Device.on`",
    ),
    Mistake(
        "A state is no field.",
        "require(self.state is self.on)  # here",
        "Device.bad: `self.on`: a state is named by its machine; write `Device.on`",
    ),
    Mistake(
        "A machine has the states that it declares.",
        "require(self.state is Device.onn)  # here",
        "Device.bad: Device has no state `onn`; did you mean `on`?",
    ),
    Mistake(
        "An enumeration has the members that it declares.",
        "self.colour = Colour.rde  # here",
        "Device.bad: Colour has no `rde`; did you mean `red`?",
    ),
    Mistake(
        "A machine has the fields that it declares.",
        "require(self.lti)  # here",
        "Device.bad: Device has no field `lti`; did you mean `lit`?",
    ),
    Mistake(
        "A machine without states is in none.",
        "require(self.chr.state is Device.on)  # here",
        "Device.bad: Chardev has no field `state`; there are: be_open, next, below, queue",
    ),
    Mistake(
        "A table has the columns that it declares.",
        "require(self.kind.opns)  # here",
        "Device.bad: Kind has no column `opns`; did you mean `opens`?",
    ),
    Mistake(
        "A plain enumeration has no columns.",
        "require(self.colour.value == 0)  # here",
        "Device.bad: Colour has no columns: `.value`; write `is Colour.red`",
    ),
    Mistake(
        "Whether an object is live is not for a body to ask.",
        "require(self.chr.live)  # here",
        "Device.bad: nobody can ask an object whether it is live; set what pointed to it to None",
    ),
    Mistake(
        "The slot of an object that comes and goes means nothing.",
        "x = self.chr.index  # here",
        "Device.bad: Chardev is dynamic: its slots mean nothing; keep a number in a field",
    ),
    Mistake(
        "A bool has no fields.",
        "require(self.lit.real)  # here",
        "Device.bad: `.real` of bool; only objects and tables' rows have fields",
    ),
    Mistake(
        "None has no fields.",
        "require(None.lit)  # here",
        "Device.bad: `.lit` of None; only objects and tables' rows have fields",
    ),
    Mistake(
        "A set is asked, not read.",
        "require(self.seen)  # here",
        "Device.bad: a set or queue is used in place; write `x in it`, `len(it)`, `it.add(x)`",
    ),
    Mistake(
        "An operation is not its result.",
        "require(self.chr.is_open)  # here",
        "Device.bad: `self.chr.is_open` is an operation, not its result; call it: `self.chr.is_open()`",
    ),
)
def test_a_value(tmp_path: Path, mistake: Mistake) -> None:
    """A value is a bool, a number, a constant or a pointer."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A pointer is no condition.",
        """
        if self.chr:  # here
            pass
        """,
        "Device.bad: a condition must be a bool, this is a pointer to Chardev; write `is not None`",
    ),
    Mistake(
        "A number is no condition.",
        """
        if self.count:  # here
            pass
        """,
        "Device.bad: a condition must be a bool, this is int 0..3; write a comparison",
    ),
    Mistake(
        "`not` is for bools.",
        """
        if not self.chr:  # here
            pass
        """,
        "Device.bad: `not` is for bools, this is a pointer to Chardev; write `is not None`",
    ),
    Mistake(
        "`and` is for bools.",
        """
        if self.lit and self.chr:  # here
            pass
        """,
        "Device.bad: `and` is for bools, this is a pointer to Chardev; write `is not None`",
    ),
    Mistake(
        "`or` hands over no operand.",
        "self.chr = self.chr or self.other  # here",
        "Device.bad: `or` is for bools, this is a pointer to Chardev; write `is not None`",
    ),
    Mistake(
        "An assertion is a condition.",
        "assert self.chr  # here",
        "Device.bad: a condition must be a bool, this is a pointer to Chardev; write `is not None`",
    ),
    Mistake(
        "Comparisons are not chained.",
        """
        if 0 < self.count < 3:  # here
            pass
        """,
        "Device.bad: a chain of comparisons; join two comparisons with `and`",
    ),
    Mistake(
        "Pointers are compared by `is`.",
        """
        if self.chr == None:  # here
            pass
        """,
        "Device.bad: pointers are compared with `is`; write `is` or `is not`",
    ),
    Mistake(
        "Pointers have no order.",
        """
        if self.peer < self:  # here
            pass
        """,
        "Device.bad: pointers are compared with `is`; write `is` or `is not`",
    ),
    Mistake(
        "Pointers to different machines are never equal.",
        """
        if self.peer is self.chr:  # here
            pass
        """,
        "Device.bad: compares a pointer to Device with a pointer to Chardev: never equal; compare two of one type",
    ),
    Mistake(
        "Values of different types are never equal.",
        """
        if self.colour is Kind.null:  # here
            pass
        """,
        "Device.bad: compares Colour with Kind: never equal; compare two of one type",
    ),
    Mistake(
        "Numbers are compared by `==`.",
        """
        if self.count is LIMIT:  # here
            pass
        """,
        "Device.bad: `is` on numbers; write `==`",
    ),
    Mistake(
        "Bools are compared by `==`.",
        """
        if self.lit is True:  # here
            pass
        """,
        "Device.bad: bools are compared with `==`; write `==`, `!=` or `not`",
    ),
    Mistake(
        "Constants have no order.",
        """
        if self.colour < Colour.green:  # here
            pass
        """,
        "Device.bad: Colour has no order; write `is` or `is not`",
    ),
    Mistake(
        "None is compared with a pointer.",
        """
        if self.blink() is None:  # here
            pass
        """,
        "Device.bad: compares None with None; compare a pointer with None",
    ),
    Mistake(
        "`in` looks into a Set or a tuple.",
        """
        if self.peer in Device:  # here
            pass
        """,
        "Device.bad: `in` is for a Set field or a tuple; write `x in (a, b)`",
    ),
    Mistake(
        "`in` does not look into a list.",
        """
        if self.colour in [Colour.red]:  # here
            pass
        """,
        "Device.bad: `in` is for a Set field or a tuple; write `x in (a, b)`",
    ),
    Mistake(
        "`in` does not look into a queue.",
        """
        if Colour.red in self.queue:  # here
            pass
        """,
        "Device.bad: `in` a queue; use a Set field",
    ),
    Mistake(
        "A tuple behind `in` has constants.",
        """
        if self.colour in (Colour.red, self.colour):  # here
            pass
        """,
        "Device.bad: an element after `in` is a constant; write `x is a or x is b`",
    ),
    Mistake(
        "An element of a set has its type.",
        """
        if self.lit in self.seen:  # here
            pass
        """,
        "Device.bad: the element is Colour, this is bool; write a member, as in `Colour.red`",
    ),
    Mistake(
        "What is compared with each of a tuple is read once.",
        """
        if self.queue.popleft() in (Colour.red, Colour.green):  # here
            pass
        """,
        "Device.bad: a call in here would run more than once; assign it to a local variable first",
    ),
    Mistake(
        "Both sides of a conditional have one type.",
        "x = 1 if self.lit else True  # here",
        "Device.bad: `... if ... else ...` is int 1..1 or bool; give both sides one type",
    ),
    Mistake(
        "A conditional has a type.",
        "self.chr = None if self.lit else None  # here",
        "Device.bad: `None if self.lit else None` has no type; write a pointer on one side, or assign None",
    ),
    Mistake(
        "What a switch turns off in a conditional is in the language.",
        "x = self.lti if TURBO else self.lit  # here",
        "Device.bad: Device has no field `lti`; did you mean `lit`?",
    ),
)
def test_a_condition(tmp_path: Path, mistake: Mistake) -> None:
    """A condition is a bool, made by comparing two values of one type."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "Bools are not added.",
        "self.count = self.count + self.lit  # here",
        "Device.bad: `+` of bool; arithmetic is for ints",
    ),
    Mistake(
        "Numbers are divided by `//`.",
        "self.count = self.count / 2  # here",
        "Device.bad: `/` is outside the language; write `//`",
    ),
    Mistake(
        "Numbers have no bits.",
        "self.count = self.count & 1  # here",
        "Device.bad: `&` is outside the language; write `or` or `and` of bools; a Set has add and discard",
    ),
    Mistake(
        "Numbers are not raised to a power.",
        "self.count = self.count ** 2  # here",
        "Device.bad: `**` is outside the language; use + - * // %",
    ),
    Mistake(
        "Numbers are not inverted.",
        "self.count = ~self.count  # here",
        "Device.bad: `~` is outside the language; use `not` and `-`",
    ),
    Mistake(
        "What divides is positive.",
        "self.count = 3 // self.count  # here",
        "Device.bad: `//` by something that may be 0 or negative; divide by a positive number",
    ),
    Mistake(
        "What is divided by for the rest is positive.",
        "self.count = 3 % self.count  # here",
        "Device.bad: `%` by something that may be 0 or negative; divide by a positive number",
    ),
    Mistake(
        "A result has to fit 62 bits.",
        """
        x = 2000000000
        y = x * x
        z = y * y  # here
        """,
        "Device.bad: `*` may overflow: its range is 16000000000000000000000000000000000000..16000000000000000000000000000000000000; narrow the ranges",
    ),
    Mistake(
        "`min` is of two.",
        "self.count = min(1, 2, 3)  # here",
        "Device.bad: `min` takes 2 arguments, this has 3; hand over 2",
    ),
    Mistake(
        "`min` is of ints.",
        "self.count = min(self.lit, True)  # here",
        "Device.bad: `min` of bool; `min` is for ints",
    ),
    Mistake(
        "What `max` may read twice calls nothing.",
        "self.count = max(self.queue.popleft(), 1)  # here",
        "Device.bad: a call in here would run more than once; assign it to a local variable first",
    ),
    Mistake(
        "`abs` is of one.",
        "self.count = abs(1, 2)  # here",
        "Device.bad: `abs` takes 1 argument, this has 2; hand over 1",
    ),
    Mistake(
        "`len` is of a pool, a set or a queue.",
        "self.count = len(self.chr.next)  # here",
        "Device.bad: `len` is for a pool, a Set or a Queue; count with `sum(1 for x in Pool if ...)`",
    ),
)
def test_arithmetic(tmp_path: Path, mistake: Mistake) -> None:
    """Arithmetic is of ints, and stays within a machine word."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "`any` is of a generator.",
        "x = any(self.seen)  # here",
        "Device.bad: `any` of `self.seen`; write `any(... for x in Pool)`",
    ),
    Mistake(
        "`sum` starts from 0.",
        "x = sum((device.count for device in Device), 1)  # here",
        "Device.bad: `sum` of `(device.count for device in Device), 1`; write `sum(... for x in Pool)`",
    ),
    Mistake(
        "A generator runs over one pool.",
        "x = any(a is b for a in Device for b in Device)  # here",
        "Device.bad: a generator over several pools; nest two: `any(any(...) for ...)`",
    ),
    Mistake(
        "A generator has one variable.",
        "x = any(a for a, b in Device)  # here",
        "Device.bad: a generator has one variable; write `for x in Pool`",
    ),
    Mistake(
        "A generator's variable is new.",
        """
        device = self
        x = any(device.lit for device in Device)  # here
        """,
        "Device.bad: the generator's variable `device` is used already; use another name",
    ),
    Mistake(
        "A generator is not asynchronous.",
        "x = any(device.lit async for device in Device)  # here",
        "Device.bad: `async` is outside the language; write `for x in Pool`",
    ),
    Mistake(
        "`all` is of conditions.",
        "x = all(device.peer for device in Device)  # here",
        "Device.bad: a condition must be a bool, this is a pointer to Device; write `is not None`",
    ),
    Mistake(
        "`sum` is of ints.",
        "x = sum(device.lit for device in Device)  # here",
        "Device.bad: `sum` of bool; sum up ints: `sum(1 for x in Pool if ...)`",
    ),
    Mistake(
        "A generator changes nothing.",
        "x = any(chr.write(1) for chr in Chardev)  # here",
        "Device.bad: a generator calls Chardev.write, which changes something; read only, and change it elsewhere",
    ),
    Mistake(
        "A generator makes no choice.",
        'x = any(may("it is lit") for device in Device)  # here',
        "Device.bad: a generator has a part that changes something; read only, and change it elsewhere",
    ),
)
def test_a_generator(tmp_path: Path, mistake: Mistake) -> None:
    """`any`, `all` and `sum` look at the instances of one pool, and only look."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A field is not indexed.",
        "x = self.seen[0]  # here",
        "Device.bad: `[...]` is for a pool; write `Pool[i]`",
    ),
    Mistake(
        "The slots of a dynamic machine mean nothing.",
        "x = Chardev[0]  # here",
        "Device.bad: Chardev is dynamic: its slots mean nothing; keep a pointer in a field",
    ),
    Mistake(
        "An index is an int.",
        "x = Device[self.lit]  # here",
        "Device.bad: a pool's index is an int, this is bool; write `Pool[0]`",
    ),
    Mistake(
        "An index is below the pool's size.",
        "x = Device[2]  # here",
        "Device.bad: `Device[2]`: the pool has 2 slots; count from 0, or enlarge the scope",
    ),
)
def test_a_pool(tmp_path: Path, mistake: Mistake) -> None:
    """`Pool[i]` is an instance of a static machine."""
    refused(tmp_path, step(mistake.text), mistake.message)
