"""What a body may not do: statements, assignments, loops, guards and ends."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, row, step


@each(
    Mistake(
        "Nothing repeats until a condition says so.",
        """
        while self.lit:  # here
            self.lit = False
        """,
        "Device.bad: `while` is outside the language: it may not end; write `for x in Pool` or `range(n)`",
    ),
    Mistake(
        "Nothing is caught.",
        """
        try:  # here
            self.blink()
        except ValueError:
            pass
        """,
        "Device.bad: `try` is outside the language; return a bool that says what went wrong",
    ),
    Mistake(
        "Groups of exceptions are not caught either.",
        """
        try:  # here
            self.blink()
        except* ValueError:
            pass
        """,
        "Device.bad: `try` is outside the language; return a bool that says what went wrong",
    ),
    Mistake(
        "Nothing is entered and left.",
        """
        with self.chr:  # here
            pass
        """,
        "Device.bad: `with` is outside the language; call the operations one after the other",
    ),
    Mistake(
        "Nothing is raised.",
        "raise ValueError  # here",
        "Device.bad: `raise` is outside the language; write `assert`, or return a bool",
    ),
    Mistake(
        "Nothing is deleted.",
        "del self.chr  # here",
        "Device.bad: `del` is outside the language; assign None, or call `free`",
    ),
    Mistake(
        "Nothing global is assigned.",
        """
        global LIMIT  # here
        LIMIT = 4
        """,
        "Device.bad: `global` is outside the language; keep state in a machine's field",
    ),
    Mistake(
        "A body defines no function.",
        """
        def inner():  # here
            pass
        """,
        "Device.bad: a function inside a body; write a module-level `@operation`",
    ),
    Mistake(
        "A body defines no class.",
        """
        class Inner:  # here
            pass
        """,
        "Device.bad: a class inside a body; write it beside the machines",
    ),
    Mistake(
        "A body imports nothing.",
        "import os  # here",
        "Device.bad: an import inside a body; import at the head of the file",
    ),
    Mistake(
        "A body imports nothing from elsewhere.",
        "from os import path  # here",
        "Device.bad: an import inside a body; import at the head of the file",
    ),
    Mistake(
        "A loop runs to its end.",
        """
        for device in Device:
            break  # here
        """,
        "Device.bad: `break` is outside the language; use `any(...)`, or return from an operation",
    ),
    Mistake(
        "A loop's round runs to its end.",
        """
        for device in Device:
            continue  # here
        """,
        "Device.bad: `continue` is outside the language; put the rest of the body under an `if`",
    ),
    Mistake(
        "A loop has no `else`.",
        """
        for device in Device:  # here
            pass
        else:
            pass
        """,
        "Device.bad: `else` of a loop is outside the language; put it after the loop",
    ),
    Mistake(
        "A choice is an `if`, not a `match`.",
        """
        match self.colour:  # here
            case Colour.red:
                pass
        """,
        "Device.bad: `match` is outside the language; write `if` and `elif`",
    ),
    Mistake(
        "A body is no generator.",
        "yield self.lit  # here",
        "Device.bad: `yield` is outside the language; write one row for each action",
    ),
    Mistake(
        "A body hands nothing on to a generator.",
        "yield from Device  # here",
        "Device.bad: `yield` is outside the language; write one row for each action",
    ),
    Mistake(
        "What a line is worth is used.",
        "self.lit == True  # here",
        "Device.bad: an expression whose value nobody uses; call it, assign it, or remove it",
    ),
    Mistake(
        "A docstring stands first.",
        """
        self.lit = True
        'Too late.'  # here
        """,
        "Device.bad: an expression whose value nobody uses; call it, assign it, or remove it",
    ),
    Mistake(
        "A local variable is not annotated.",
        "x: int = 1  # here",
        "Device.bad: a local variable has no annotation here; assign it; its type is that of the value",
    ),
    Mistake(
        "An assertion's message is plain text.",
        'assert self.lit, f"at {self.count}"  # here',
        "Device.bad: an assertion's message is a plain string; write `assert condition`",
    ),
    Mistake(
        "Nothing stands behind a return.",
        """
        return
        self.lit = True  # here
        """,
        "Device.bad: nothing reaches this statement; remove it, or the `return` before it",
    ),
    Mistake(
        "Nothing stands behind two branches that return.",
        """
        if self.lit:
            return
        else:
            return
        self.lit = True  # here
        """,
        "Device.bad: nothing reaches this statement; remove it, or the `return` before it",
    ),
    Mistake(
        "A step returns nothing.",
        "return True  # here",
        "Device.bad: a value is returned, but no type is declared for it; write `return`",
    ),
)
def test_a_statement(tmp_path: Path, mistake: Mistake) -> None:
    """What a body does is assign, call, branch, loop over what is bounded, and assert."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "One line assigns one thing.",
        "a = b = self.lit  # here",
        "Device.bad: one assignment sets one thing; write one line for each",
    ),
    Mistake(
        "One line assigns one thing, not a pair.",
        "a, b = self.lit, self.lit  # here",
        "Device.bad: an assignment to several things at once; write one line for each",
    ),
    Mistake(
        "An instance of a pool is not replaced.",
        "Device[0] = self  # here",
        "Device.bad: `Device[0]` can't be assigned; assign to a local variable or a field",
    ),
    Mistake(
        "A field has to be declared.",
        "self.lti = True  # here",
        "Device.bad: Device has no field `lti`; did you mean `lit`?",
    ),
    Mistake(
        "An operator is one of arithmetic.",
        "self.count |= 1  # here",
        "Device.bad: `|=` is outside the language; write `or` or `and` of bools; a Set has add and discard",
    ),
    Mistake(
        "What is updated in place is a variable or a field of one.",
        "self.peer.count += 1  # here",
        "Device.bad: `self.peer.count` can't be updated in place; name its object first: `x = ...`, then `x.field += 1`",
    ),
    Mistake(
        "The control state changes by a row's end.",
        "self.state = Device.on  # here",
        "Device.bad: the control state is not assigned; name the row's end in `to`, or call `self.goto`",
    ),
    Mistake(
        "A slot is not assigned.",
        "self.index = 1  # here",
        "Device.bad: `index` can't be assigned; assign to a field",
    ),
    Mistake(
        "A table is constant.",
        "self.kind.opens = True  # here",
        "Device.bad: `opens` can't be assigned; assign to a field",
    ),
    Mistake(
        "A set stays where it is.",
        "self.seen = self.peer.seen  # here",
        "Device.bad: a set or queue is changed in place; use add, discard, clear, append or popleft",
    ),
    Mistake(
        "A set has no second name.",
        "seen = self.seen  # here",
        "Device.bad: a set or queue is used in place; write `x in it`, `len(it)`, `it.add(x)`",
    ),
    Mistake(
        "A parameter keeps its value.",
        "self = self.peer  # here",
        "Device.bad: the parameter `self` is assigned; use another name",
    ),
    Mistake(
        "A loop's variable keeps its value.",
        """
        for device in Device:
            device = self  # here
        """,
        "Device.bad: the loop's variable `device` is assigned; use another name",
    ),
    Mistake(
        "A local variable has one type.",
        """
        x = 1
        x = self.lit  # here
        """,
        "Device.bad: `x` is int 1..1 and becomes bool; use two names: a name has one type",
    ),
    Mistake(
        "None alone has no type.",
        """
        x = None  # here
        x = self.chr
        """,
        "Device.bad: `x` gets None, which has no type by itself; assign an object first",
    ),
    Mistake(
        "An operation without a result gives none.",
        "x = self.blink()  # here",
        "Device.bad: `x` gets the result of Device.blink, which has none; only call it",
    ),
    Mistake(
        "A local variable has its value on every path.",
        """
        if self.lit:
            x = 1
        self.count = x  # here
        """,
        "Device.bad: `x` may have no value yet on some path; assign it on every path before",
    ),
    Mistake(
        "A local variable has its value before it is updated.",
        "x += 1  # here",
        "Device.bad: `x` may have no value yet on some path; assign it on every path before",
    ),
    Mistake(
        "What a switch turns off assigns nothing.",
        """
        if TURBO:
            x = 1
        self.count = x  # here
        """,
        "Device.bad: `x` may have no value yet on some path; assign it on every path before",
    ),
    Mistake(
        "What a switch turns off is in the language too.",
        """
        if TURBO:
            self.lti = True  # here
        """,
        "Device.bad: Device has no field `lti`; did you mean `lit`?",
    ),
    Mistake(
        "A local number's range is known.",
        """
        x = 0
        for device in Device:
            x = x + 1  # here
        """,
        "Device.bad: the range of the local `x` grows with every round; keep the number in a field, whose range is declared",
    ),
    Mistake(
        "A number is not added to for ever.",
        """
        x = 0
        x += 1  # here
        """,
        "Device.bad: the range of the local `x` grows with every round; keep the number in a field, whose range is declared",
    ),
)
def test_an_assignment(tmp_path: Path, mistake: Mistake) -> None:
    """An assignment gives one local variable or field one value of its type."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A bool is no int.",
        "self.lit = 1  # here",
        "Device.bad: `lit` is bool, this is int 1..1; write True, False or a comparison",
    ),
    Mistake(
        "A bool is no pointer.",
        "self.lit = self.chr  # here",
        "Device.bad: `lit` is bool, this is a pointer to Chardev; write `is not None`",
    ),
    Mistake(
        "An int is no bool.",
        "self.count = True  # here",
        "Device.bad: `count` is int 0..3, this is bool; write `1 if ... else 0`",
    ),
    Mistake(
        "An int is no constant.",
        "self.count = Colour.red  # here",
        "Device.bad: `count` is int 0..3, this is Colour; write an int",
    ),
    Mistake(
        "An enumeration has its own members.",
        "self.colour = Kind.null  # here",
        "Device.bad: `colour` is Colour, this is Kind; write a member, as in `Colour.red`",
    ),
    Mistake(
        "A constant is never None.",
        "self.colour = None  # here",
        "Device.bad: `colour` is Colour, this is None; write a member, as in `Colour.red`",
    ),
    Mistake(
        "A pointer has its machine.",
        "self.chr = self  # here",
        "Device.bad: `chr` is a pointer to Chardev, this is a pointer to Device; write a pointer to Chardev",
    ),
    Mistake(
        "A number that never fits its range is refused.",
        "self.count = 7  # here",
        "Device.bad: 7 never fits `count`, which is int 0..3; widen the Range, or mend the value",
    ),
    Mistake(
        "A sum that never fits its range is refused.",
        "self.count += 4  # here",
        "Device.bad: int 4..7 never fits `count`, which is int 0..3; widen the Range, or mend the value",
    ),
    Mistake(
        "Text is no value.",
        'self.colour = "red"  # here',
        "Device.bad: 'red' is no value of the language; use bool, int, constants and pointers",
    ),
    Mistake(
        "A fraction is no value.",
        "self.count = 0.5  # here",
        "Device.bad: 0.5 is no value of the language; use bool, int, constants and pointers",
    ),
    Mistake(
        "A module's fraction is no value.",
        "self.count = RATE  # here",
        "Device.bad: `RATE` is no value of the language; use constants, enumerations, machines and switches",
    ),
    Mistake(
        "A class is no value.",
        "self.chr = Chardev  # here",
        "Device.bad: `Chardev` is no value of the language; use constants, enumerations, machines and switches",
    ),
    Mistake(
        "A huge number is no value.",
        "x = 3000000000  # here",
        "Device.bad: 3000000000 overflows 32 bits; keep a model's numbers small",
    ),
)
def test_a_type(tmp_path: Path, mistake: Mistake) -> None:
    """What is assigned, handed over or returned has the type that is declared."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A set is not iterated.",
        """
        for colour in self.seen:  # here
            pass
        """,
        "Device.bad: a loop over `self.seen`, which is no pool; write `for x in Pool` or `for i in range(n)`",
    ),
    Mistake(
        "An enumeration is not iterated.",
        """
        for colour in Colour:  # here
            pass
        """,
        "Device.bad: a loop over `Colour`, which is no pool; write `for x in Pool` or `for i in range(n)`",
    ),
    Mistake(
        "A range's end is constant.",
        """
        for i in range(self.count):  # here
            pass
        """,
        "Device.bad: a loop's bound is a constant; write a number or a module's constant",
    ),
    Mistake(
        "A range has no stride.",
        """
        for i in range(0, 4, 2):  # here
            pass
        """,
        "Device.bad: `range` takes one or two constants; write `range(n)` or `range(low, n)`",
    ),
    Mistake(
        "A range is short.",
        """
        for i in range(100000):  # here
            pass
        """,
        "Device.bad: a loop of 100000 rounds; keep to 1000: a model is small",
    ),
    Mistake(
        "A loop has one variable.",
        """
        for i, device in enumerate(Device):  # here
            pass
        """,
        "Device.bad: a loop has one variable; write `for x in Pool`",
    ),
    Mistake(
        "A loop's variable is new.",
        """
        device = self
        for device in Device:  # here
            pass
        """,
        "Device.bad: the loop's variable `device` is used already; use another name",
    ),
    Mistake(
        "A pool that the System does not list does not exist.",
        """
        for monitor in Monitor:  # here
            pass
        """,
        "Device.bad: the System does not list Monitor: it has no pool; add it to `machines`",
    ),
    Mistake(
        "A name is local everywhere in its body, or nowhere.",
        """
        for Device in Device:  # here
            pass
        """,
        "Device.bad: a loop over `Device`, which is no pool; write `for x in Pool` or `for i in range(n)`",
    ),
    Mistake(
        "No object is made while a loop runs over its pool.",
        """
        for chr in Chardev:  # here
            self.chr = Chardev.new()
        """,
        "Device.bad: objects of Chardev come or go while the loop runs over them; look for one first, then act on it",
    ),
    Mistake(
        "No object is freed while a loop runs over its pool.",
        """
        for chr in Chardev:  # here
            free(chr)
        """,
        "Device.bad: objects of Chardev come or go while the loop runs over them; look for one first, then act on it",
    ),
    Mistake(
        "No object is dropped while a loop runs over its pool.",
        """
        for chr in Chardev:  # here
            chr.below = None
        """,
        "Device.bad: objects of Chardev come or go while the loop runs over them; look for one first, then act on it",
    ),
)
def test_a_loop(tmp_path: Path, mistake: Mistake) -> None:
    """A loop runs over a pool, or over a range that is known."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A guard comes before every effect.",
        """
        self.lit = True
        require(self.lit)  # here
        """,
        "Device.bad: `require` after an effect; move the guard to the head of the step",
    ),
    Mistake(
        "A guard is in no branch.",
        """
        if self.lit:
            require(self.count == 1)  # here
        """,
        "Device.bad: `require` inside a branch; move the guard to the head of the step",
    ),
    Mistake(
        "A guard asks for a bool.",
        "require(self.chr)  # here",
        "Device.bad: a condition must be a bool, this is a pointer to Chardev; write `is not None`",
    ),
    Mistake(
        "A guard calls nothing that changes something.",
        "require(self.chr.write(1))  # here",
        "Device.bad: a guard calls Chardev.write, which changes something; read only, and change it elsewhere",
    ),
    Mistake(
        "A guard makes no choice.",
        'require(may("it works"))  # here',
        "Device.bad: a guard has a part that changes something; read only, and change it elsewhere",
    ),
    Mistake(
        "What a guard asks for is not found out by an effect.",
        """
        done = self.chr.write(1)  # here
        require(done)
        """,
        "Device.bad: a call before a guard changes something; guard first, then act",
    ),
    Mistake(
        "A guard has one condition.",
        "require(self.lit, self.lit)  # here",
        "Device.bad: `require` takes 1 argument, this has 2; hand over 1",
    ),
    Mistake(
        "A guard's condition is not named.",
        "require(condition=self.lit)  # here",
        "Device.bad: `require` takes plain arguments; drop the keyword or the `*`",
    ),
    Mistake(
        "A guard has no value.",
        "x = require(self.lit)  # here",
        "Device.bad: `require` has no value; write it as a statement of its own",
    ),
)
def test_a_guard(tmp_path: Path, mistake: Mistake) -> None:
    """`require` stands at the head of a step and only looks."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each(
    Mistake(
        "A row ends itself.",
        """
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.peer.goto(Device.on)  # here
        """,
        "Device.bad: `self.peer.goto`: a row ends its own object's step; write `self.goto(...)`",
    ),
    Mistake(
        "A row's end is a state.",
        """
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto(Device.onn)  # here
        """,
        "Device.bad: `goto` names a state of Device, this is `Device.onn`; did you mean `Device.on`?",
    ),
    Mistake(
        "A state is named by its machine.",
        """
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto(self.on)  # here
        """,
        "Device.bad: `goto` names a state of Device, this is `self.on`; did you mean `Device.on`?",
    ),
    Mistake(
        "A text names no state.",
        """
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto("standby")  # here
        """,
        "Device.bad: `goto` names a state of Device, this is `'standby'`; there are: off, on",
    ),
    Mistake(
        "A row with one end goes there anyway.",
        """
        @step(off, to=on)
        def bad(self) -> None:
            self.goto(Device.on)  # here
        """,
        "Device.bad: `goto` in a row with a single end; drop it, or name several states in `to`",
    ),
    Mistake(
        "A row's end is among its targets.",
        """
        @step(to=(off, on))
        def bad(self) -> None:
            self.goto(Chardev.off)  # here
        """,
        "Device.bad: `goto` names a state of Device, this is `Chardev.off`; did you mean `Device.off`?",
    ),
    Mistake(
        "A state of the same machine that is no target is no end.",
        """
        standby = State()

        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto(Device.standby)  # here

        @step(off, to=standby)
        def sleep(self) -> None:
            pass
        """,
        "Device.bad: Device.standby is not among the row's targets; name it in `to`: Device.on, Device.off",
    ),
    Mistake(
        "Every path has an end.",
        """
        @step(off, to=(on, off))
        def bad(self) -> None:  # here
            if self.lit:
                self.goto(Device.on)
        """,
        "Device.bad: a path of a row with several targets ends without `goto`; call `self.goto(...)` on every path, with one of Device.on, Device.off",
    ),
    Mistake(
        "A loop over an empty pool has no end.",
        """
        @step(off, to=(on, off))
        def bad(self) -> None:  # here
            for chr in Chardev:
                self.goto(Device.on)
        """,
        "Device.bad: a path of a row with several targets ends without `goto`; call `self.goto(...)` on every path, with one of Device.on, Device.off",
    ),
    Mistake(
        "`goto` takes one state.",
        """
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto()  # here
        """,
        "Device.bad: `goto` takes 1 argument, this has 0; hand over 1",
    ),
    Mistake(
        "`goto` has no value.",
        """
        @step(off, to=(on, off))
        def bad(self) -> None:
            x = self.goto(Device.on)  # here
        """,
        "Device.bad: `goto` has no value; write it as a statement of its own",
    ),
)
def test_an_end(tmp_path: Path, mistake: Mistake) -> None:
    """`self.goto` names one of the states in which the row may end, on every path."""
    refused(tmp_path, row(mistake.text), mistake.message)
