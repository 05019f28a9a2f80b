"""What a body may not call, and how."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, row, spec, step


@each(
    Mistake(
        "An arbitrary function is not called.",
        "x = arbitrary(1)  # here",
        "Device.bad: a call of `arbitrary`, which is an arbitrary function; decorate it with `@operation`",
    ),
    Mistake(
        "A built-in function is not called.",
        'print("on")  # here',
        "Device.bad: a call of `print`, which is outside the language; use any, all, sum, len, min, max and abs, or an `@operation`",
    ),
    Mistake(
        "A function of a module is not called.",
        "x = math.floor(1)  # here",
        "Device.bad: `math` is no value of the language; use constants, enumerations, machines and switches",
    ),
    Mistake(
        "A function that is not defined is not called.",
        "x = arbitary(1)  # here",
        "Device.bad: `arbitary` is not defined; did you mean `arbitrary`?",
    ),
    Mistake(
        "A machine is not called.",
        "self.chr = Chardev(be_open=True)  # here",
        "Device.bad: Chardev is not called; write `Chardev.new(field=value)`",
    ),
    Mistake(
        "An enumeration is not called.",
        "self.colour = Colour(0)  # here",
        "Device.bad: Colour is not called; write `Colour.red`",
    ),
    Mistake(
        "A step is not called.",
        "self.start()  # here",
        "Device.bad: Device.start is a step: it is not called; make it an `@operation`",
    ),
    Mistake(
        "A field is not called.",
        "self.lit()  # here",
        "Device.bad: Device.lit is a field: it is not called; drop the `()`",
    ),
    Mistake(
        "A result is not called.",
        "self.blink()()  # here",
        "Device.bad: `self.blink()` is no operation; call operations by name",
    ),
    Mistake(
        "A number has no operations.",
        "x = self.count.bit_length()  # here",
        "Device.bad: `.bit_length()` of int 0..3; only objects have operations",
    ),
    Mistake(
        "A machine has the operations that it declares.",
        "self.chr.opne()  # here",
        "Device.bad: Chardev has no operation `opne`; did you mean `open`?",
    ),
    Mistake(
        "An operation is called on an instance.",
        "Chardev.open(self.chr)  # here",
        "Device.bad: `Chardev.open` is called on the class; call it on an instance",
    ),
)
def test_a_call(tmp_path: Path, mistake: Mistake) -> None:
    """A body calls operations, and what the language has."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "An operation takes no more than it declares.",
        "self.chr.open(1)  # here",
        "Device.bad: Chardev.open takes 0 arguments, this has 1; hand over none",
    ),
    Mistake(
        "An operation takes no less than it declares.",
        "self.chr.write()  # here",
        "Device.bad: Chardev.write needs its argument `size`; hand over size",
    ),
    Mistake(
        "An argument has its type.",
        "self.chr.write(True)  # here",
        "Device.bad: `size` of Chardev.write is int 0..3, this is bool; write `1 if ... else 0`",
    ),
    Mistake(
        "An argument fits its range.",
        "self.chr.write(4)  # here",
        "Device.bad: 4 never fits `size` of Chardev.write, which is int 0..3; widen the Range, or mend the value",
    ),
    Mistake(
        "An argument has the name that is declared.",
        "self.chr.write(sise=1)  # here",
        "Device.bad: Chardev.write has no parameter `sise`; did you mean `size`?",
    ),
    Mistake(
        "An argument is handed over once.",
        "self.chr.write(1, size=1)  # here",
        "Device.bad: `size` is given twice; hand it over once",
    ),
    Mistake(
        "Arguments are written out.",
        "self.chr.write(*self.seen)  # here",
        "Device.bad: `*` in a call is outside the language; write the arguments out",
    ),
    Mistake(
        "Named arguments are written out.",
        "self.chr.write(**self.seen)  # here",
        "Device.bad: `**` in a call is outside the language; write the arguments out",
    ),
)
def test_an_argument(tmp_path: Path, mistake: Mistake) -> None:
    """A call hands over every argument, each of its type."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A static machine's instances are all there.",
        "self.peer = Device.new()  # here",
        "Device.bad: Device is static: all its instances are there from the start; declare `class Device(Machine, dynamic=True)`",
    ),
    Mistake(
        "A new object's fields are named.",
        "self.chr = Chardev.new(True)  # here",
        "Device.bad: `Chardev.new` takes keywords; write `new(field=value)`",
    ),
    Mistake(
        "A new object has the fields of its machine.",
        "self.chr = Chardev.new(be_opne=True)  # here",
        "Device.bad: Chardev has no field `be_opne`; did you mean `be_open`?",
    ),
    Mistake(
        "A new object's fields have their types.",
        "self.chr = Chardev.new(be_open=1)  # here",
        "Device.bad: `be_open` is bool, this is int 1..1; write True, False or a comparison",
    ),
    Mistake(
        "A new object's fields are written out.",
        "self.chr = Chardev.new(**self.seen)  # here",
        "Device.bad: `**` in a call is outside the language; write the arguments out",
    ),
    Mistake(
        "A new object's containers are empty.",
        "self.chr = Chardev.new(queue=self.queue)  # here",
        "Device.bad: `queue` is a container, which starts empty; add to it afterwards",
    ),
    Mistake(
        "What is freed is an object of a dynamic machine.",
        "free(self)  # here",
        "Device.bad: `free` of a pointer to Device; free an instance of a dynamic machine",
    ),
    Mistake(
        "`free` has no value.",
        "x = free(self.chr)  # here",
        "Device.bad: `free` has no value; write it as a statement of its own",
    ),
)
def test_an_allocation(tmp_path: Path, mistake: Mistake) -> None:
    """`new` makes an object of a dynamic machine, with values for its fields."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A set has its own words.",
        "self.seen.remove(Colour.red)  # here",
        "Device.bad: a Set[Colour] has no `remove`; there are: add, discard, clear",
    ),
    Mistake(
        "A queue has its own words.",
        "self.queue.pop()  # here",
        "Device.bad: a Queue[Colour] has no `pop`; did you mean `popleft`?",
    ),
    Mistake(
        "A set takes one element.",
        "self.seen.add(Colour.red, Colour.green)  # here",
        "Device.bad: `add` takes 1 argument, this has 2; hand over 1",
    ),
    Mistake(
        "A queue takes what it is declared to hold.",
        "self.queue.append(self.lit)  # here",
        "Device.bad: the element is Colour, this is bool; write a member, as in `Colour.red`",
    ),
    Mistake(
        "Adding to a set has no value.",
        "x = self.seen.add(Colour.red)  # here",
        "Device.bad: `add` has no value; write it as a statement of its own",
    ),
)
def test_a_container(tmp_path: Path, mistake: Mistake) -> None:
    """A set and a queue are changed by what they have."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A choice is labelled in plain text.",
        "x = may(self.colour)  # here",
        'Device.bad: a plain string is expected here; write it in quotes: "..."',
    ),
    Mistake(
        "A choice has a label.",
        "x = may()  # here",
        "Device.bad: `may` takes 1 argument, this has 0; hand over 1",
    ),
    Mistake(
        "A failure is described in plain text.",
        'fail(f"at {self.count}")  # here',
        'Device.bad: a plain string is expected here; write it in quotes: "..."',
    ),
    Mistake(
        "A failure has no value.",
        'x = fail("no")  # here',
        "Device.bad: `fail` has no value; write it as a statement of its own",
    ),
    Mistake(
        "What is ensured has a condition and a name.",
        "ensure()  # here",
        'Device.bad: `ensure` takes a condition and a name; write `ensure(condition, "name")`',
    ),
    Mistake(
        "What is ensured outside a monitor has a name.",
        "ensure(self.lit)  # here",
        'Device.bad: `ensure` outside a monitor names its property; write `ensure(condition, "name")`',
    ),
    Mistake(
        "What is ensured is a property of the system.",
        'ensure(self.lit, "no-leek")  # here',
        "Device.bad: the system has no property `no-leek`; did you mean `no-leak`?",
    ),
    Mistake(
        "What is ensured is a condition.",
        'ensure(self.chr, "no-leak")  # here',
        "Device.bad: a condition must be a bool, this is a pointer to Chardev; write `is not None`",
    ),
)
def test_a_word(tmp_path: Path, mistake: Mistake) -> None:
    """The words of the language take plain arguments."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "`require` is for steps.",
        """
        class Extra(Machine):
            lit: bool

            @operation
            def bad(self) -> None:
                require(self.lit)  # here
        """,
        "Extra.bad: `require` is the guard of a step; this is called; write `assert` here",
    ),
    Mistake(
        "A step beside the machines is not called.",
        """
        @step()
        def alone() -> None:
            pass

        class Extra(Machine):
            lit: bool

            @step()
            def bad(self) -> None:
                alone()  # here
        """,
        "Extra.bad: alone is a step: it is not called; make it an `@operation`",
    ),
    Mistake(
        "An operation beside the machines has no states.",
        """
        @operation(to=Device.on)
        def alone() -> None:  # here
            pass

        class Extra(Machine):
            lit: bool

            @step()
            def bad(self) -> None:
                alone()
        """,
        "alone: an operation beside the machines has no states; drop them, or move it into one",
    ),
    Mistake(
        "Named arguments come in the order of the parameters.",
        """
        @operation
        def copy(one: Small, two: Small) -> None:
            pass

        class Extra(Machine):
            lit: bool

            @step()
            def bad(self) -> None:
                copy(two=1, one=2)  # here
        """,
        "Extra.bad: keyword arguments out of order; write them in the order of the parameters",
    ),
    Mistake(
        "A pool that the System does not list does not exist.",
        """
        class Ghost(Machine, dynamic=True):
            lit: bool

        class Extra(Machine):
            lit: bool

            @step()
            def bad(self) -> None:
                ghost = Ghost.new()  # here
        """,
        "Extra.bad: the System does not list Ghost: it has no pool; add it to `machines`",
    ),
    Mistake(
        "An operation that comes to call itself says how deep.",
        """
        class Extra(Machine):
            other: Ref[Extra]

            @operation  # here
            def ring(self) -> None:
                self.other.answer()

            @operation
            def answer(self) -> None:
                self.other.ring()
        """,
        "Extra.ring: Extra.ring calls Extra.answer calls Extra.ring: without a bound; declare how deep: `@operation(depth=4)` on one of them",
    ),
    Mistake(
        "A finalizer that comes to run itself says how deep.",
        """
        class Extra(Machine, dynamic=True):
            below: Own[Extra]

            @finalizer  # here
            def finalise(self) -> None:
                self.below = None
        """,
        "Extra.finalise: Extra.finalise calls Extra.finalise: without a bound; declare how deep: `@operation(depth=4)` on one of them",
    ),
)
def test_a_row_that_calls(tmp_path: Path, mistake: Mistake) -> None:
    """What a row calls has to be a row of the right kind."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each(
    Mistake(
        "A result has its type.",
        """
        @operation
        def bad(self) -> bool:
            return 1  # here
        """,
        "Device.bad: the result is bool, this is int 1..1; write True, False or a comparison",
    ),
    Mistake(
        "A result fits its range.",
        """
        @operation
        def bad(self) -> Small:
            return 4  # here
        """,
        "Device.bad: 4 never fits the result, which is int 0..3; widen the Range, or mend the value",
    ),
    Mistake(
        "A result has a declared type.",
        """
        @operation
        def bad(self):
            return self.lit  # here
        """,
        "Device.bad: a value is returned, but no type is declared for it; write `-> bool`, or whatever it is",
    ),
    Mistake(
        "A result is not left out.",
        """
        @operation
        def bad(self) -> bool:
            return  # here
        """,
        "Device.bad: `return` without a value; the result is bool; return one",
    ),
    Mistake(
        "A result comes from every path.",
        """
        @operation
        def bad(self) -> bool:  # here
            if self.lit:
                return True
        """,
        "Device.bad: a path ends without `return`; return a value on every path",
    ),
    Mistake(
        "A result is no container.",
        """
        @operation
        def bad(self) -> Set[Colour]:  # here
            return self.seen
        """,
        "Device.bad: the result is a container; hand over the object that has it",
    ),
    Mistake(
        "A step has no result.",
        """
        @step(off)  # here
        def bad(self) -> bool:
            return True
        """,
        "Device.bad: a step has no result; write `-> None`",
    ),
    Mistake(
        "A constant is never None.",
        """
        @operation  # here
        def bad(self) -> Colour | None:
            return None
        """,
        "Device.bad: the result: only a pointer can be None; drop `| None`, and give the type a member for it",
    ),
)
def test_a_result(tmp_path: Path, mistake: Mistake) -> None:
    """A row returns what it declares, on every path."""
    refused(tmp_path, row(mistake.text), mistake.message)
