"""Refused in a body: statements, loops, guards and ends."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, row, step


@each("""
    Nothing repeats until a condition says so.
        while self.lit:  # here
            self.lit = False
    refused: Device.bad: `while` is outside the language: it may not end
    instead: write `for x in Pool` or `range(n)`

    Nothing is caught.
        try:  # here
            self.blink()
        except ValueError:
            pass
    refused: Device.bad: `try` is outside the language
    instead: return a bool that says what went wrong

    Groups of exceptions are not caught either.
        try:  # here
            self.blink()
        except* ValueError:
            pass
    refused: Device.bad: `try` is outside the language
    instead: return a bool that says what went wrong

    Nothing is entered and left.
        with self.chr:  # here
            pass
    refused: Device.bad: `with` is outside the language
    instead: call the operations one after the other

    Nothing is raised.
        raise ValueError  # here
    refused: Device.bad: `raise` is outside the language
    instead: write `assert`, or return a bool

    Nothing is deleted.
        del self.chr  # here
    refused: Device.bad: `del` is outside the language
    instead: assign None, or call `free`

    Nothing global is assigned.
        global LIMIT  # here
        LIMIT = 4
    refused: Device.bad: `global` is outside the language
    instead: keep state in a machine's field

    A body defines no function.
        def inner():  # here
            pass
    refused: Device.bad: a function inside a body
    instead: write a module-level `@operation`

    A body defines no class.
        class Inner:  # here
            pass
    refused: Device.bad: a class inside a body
    instead: write it beside the machines

    A body imports nothing.
        import os  # here
    refused: Device.bad: an import inside a body
    instead: import at the head of the file

    A body imports nothing from elsewhere.
        from os import path  # here
    refused: Device.bad: an import inside a body
    instead: import at the head of the file

    A loop runs to its end.
        for device in Device:
            break  # here
    refused: Device.bad: `break` is outside the language
    instead: use `any(...)`, or return from an operation

    A loop's round runs to its end.
        for device in Device:
            continue  # here
    refused: Device.bad: `continue` is outside the language
    instead: put the rest of the body under an `if`

    A loop has no `else`.
        for device in Device:  # here
            pass
        else:
            pass
    refused: Device.bad: `else` of a loop is outside the language
    instead: put it after the loop

    A choice is an `if`, not a `match`.
        match self.colour:  # here
            case Colour.red:
                pass
    refused: Device.bad: `match` is outside the language
    instead: write `if` and `elif`

    A body is no generator.
        yield self.lit  # here
    refused: Device.bad: `yield` is outside the language
    instead: write one row for each action

    A body hands nothing on to a generator.
        yield from Device  # here
    refused: Device.bad: `yield` is outside the language
    instead: write one row for each action

    What a line is worth is used.
        self.lit == True  # here
    refused: Device.bad: an expression whose value nobody uses
    instead: call it, assign it, or remove it

    A docstring stands first.
        self.lit = True
        'Too late.'  # here
    refused: Device.bad: an expression whose value nobody uses
    instead: call it, assign it, or remove it

    A local variable is not annotated.
        x: int = 1  # here
    refused: Device.bad: a local variable has no annotation here
    instead: assign it; its type is that of the value

    An assertion's message is plain text.
        assert self.lit, f"at {self.count}"  # here
    refused: Device.bad: an assertion's message is a plain string
    instead: write `assert condition`

    Nothing stands behind a return.
        return
        self.lit = True  # here
    refused: Device.bad: nothing reaches this statement
    instead: remove it, or the `return` before it

    Nothing stands behind two branches that return.
        if self.lit:
            return
        else:
            return
        self.lit = True  # here
    refused: Device.bad: nothing reaches this statement
    instead: remove it, or the `return` before it

    A step returns nothing.
        return True  # here
    refused: Device.bad: a value is returned, but no type is declared for it
    instead: write `return`
""")
def test_a_statement(tmp_path: Path, mistake: Mistake) -> None:
    """What a body does is assign, call, branch, loop over what is bounded, and assert."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    A set is not iterated.
        for colour in self.seen:  # here
            pass
    refused: Device.bad: a loop over `self.seen`, which is no pool
    instead: write `for x in Pool` or `for i in range(n)`

    An enumeration is not iterated.
        for colour in Colour:  # here
            pass
    refused: Device.bad: a loop over `Colour`, which is no pool
    instead: write `for x in Pool` or `for i in range(n)`

    A range's end is constant.
        for i in range(self.count):  # here
            pass
    refused: Device.bad: a loop's bound is a constant
    instead: write a number or a module's constant

    A range has no stride.
        for i in range(0, 4, 2):  # here
            pass
    refused: Device.bad: `range` takes one or two constants
    instead: write `range(n)` or `range(low, n)`

    A range is short.
        for i in range(100000):  # here
            pass
    refused: Device.bad: a loop of 100000 rounds
    instead: keep to 1000: a model is small

    A loop has one variable.
        for i, device in enumerate(Device):  # here
            pass
    refused: Device.bad: a loop has one variable
    instead: write `for x in Pool`

    A loop's variable is new.
        device = self
        for device in Device:  # here
            pass
    refused: Device.bad: the loop's variable `device` is used already
    instead: use another name

    A pool that the System does not list does not exist.
        for monitor in Monitor:  # here
            pass
    refused: Device.bad: the System does not list Monitor: it has no pool
    instead: add it to `machines`

    A name is local everywhere in its body, or nowhere.
        for Device in Device:  # here
            pass
    refused: Device.bad: a loop over `Device`, which is no pool
    instead: write `for x in Pool` or `for i in range(n)`

    No object is made while a loop runs over its pool.
        for chr in Chardev:  # here
            self.chr = Chardev.new()
    refused: Device.bad: objects of Chardev come or go while the loop runs over them
    instead: look for one first, then act on it

    No object is freed while a loop runs over its pool.
        for chr in Chardev:  # here
            free(chr)
    refused: Device.bad: objects of Chardev come or go while the loop runs over them
    instead: look for one first, then act on it

    No object is dropped while a loop runs over its pool.
        for chr in Chardev:  # here
            chr.below = None
    refused: Device.bad: objects of Chardev come or go while the loop runs over them
    instead: look for one first, then act on it
""")
def test_a_loop(tmp_path: Path, mistake: Mistake) -> None:
    """A loop runs over a pool, or over a range that is known."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    A guard comes before every effect.
        self.lit = True
        require(self.lit)  # here
    refused: Device.bad: `require` after an effect
    instead: move the guard to the head of the step

    A guard is in no branch.
        if self.lit:
            require(self.count == 1)  # here
    refused: Device.bad: `require` inside a branch
    instead: move the guard to the head of the step

    A guard under a switch comes before every effect too.
        self.lit = True
        if TURBO:
            require(self.count == 1)  # here
    refused: Device.bad: `require` after an effect
    instead: move the guard to the head of the step

    A guard under a switch has no effect beside it.
        if not TURBO:
            self.lit = True
            require(self.count == 1)  # here
    refused: Device.bad: `require` inside a branch
    instead: move the guard to the head of the step

    A guard asks for a bool.
        require(self.chr)  # here
    refused: Device.bad: a condition must be a bool, this is a pointer to Chardev
    instead: write `is not None`

    A guard calls nothing that changes something.
        require(self.chr.write(1))  # here
    refused: Device.bad: a guard calls Chardev.write, which changes something
    instead: read only, and change it elsewhere

    A guard makes no choice.
        require(may("it works"))  # here
    refused: Device.bad: a guard has a part that changes something
    instead: read only, and change it elsewhere

    What a guard asks for is not found out by an effect.
        done = self.chr.write(1)  # here
        require(done)
    refused: Device.bad: a call before a guard changes something
    instead: guard first, then act

    A guard has one condition.
        require(self.lit, self.lit)  # here
    refused: Device.bad: `require` takes 1 argument, this has 2
    instead: hand over 1

    A guard's condition is not named.
        require(condition=self.lit)  # here
    refused: Device.bad: `require` takes plain arguments
    instead: drop the keyword or the `*`

    A guard has no value.
        x = require(self.lit)  # here
    refused: Device.bad: `require` has no value
    instead: write it as a statement of its own
""")
def test_a_guard(tmp_path: Path, mistake: Mistake) -> None:
    """`require` stands at the head of a step and only looks."""
    refused(tmp_path, step(mistake.text), mistake.message)


@each("""
    A row ends itself.
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.peer.goto(Device.on)  # here
    refused: Device.bad: `self.peer.goto`: a row ends its own object's step
    instead: write `self.goto(...)`

    A row's end is a state.
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto(Device.onn)  # here
    refused: Device.bad: `goto` names a state of Device, this is `Device.onn`
    instead: did you mean `Device.on`?

    A state is named by its machine.
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto(self.on)  # here
    refused: Device.bad: `goto` names a state of Device, this is `self.on`
    instead: did you mean `Device.on`?

    A text names no state.
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto("standby")  # here
    refused: Device.bad: `goto` names a state of Device, this is `'standby'`
    instead: there are: off, on

    A row with one end goes there anyway.
        @step(off, to=on)
        def bad(self) -> None:
            self.goto(Device.on)  # here
    refused: Device.bad: `goto` in a row with a single end
    instead: drop it, or name several states in `to`

    A row's end is among its targets.
        @step(to=(off, on))
        def bad(self) -> None:
            self.goto(Chardev.off)  # here
    refused: Device.bad: `goto` names a state of Device, this is `Chardev.off`
    instead: did you mean `Device.off`?

    A state of the same machine that is no target is no end.
        standby = State()

        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto(Device.standby)  # here

        @step(off, to=standby)
        def sleep(self) -> None:
            pass
    refused: Device.bad: Device.standby is not among the row's targets
    instead: name it in `to`: Device.on, Device.off

    Every path has an end.
        @step(off, to=(on, off))
        def bad(self) -> None:  # here
            if self.lit:
                self.goto(Device.on)
    refused: Device.bad: a path of a row with several targets ends without `goto`
    instead: call `self.goto(...)` on every path, with one of Device.on, Device.off

    A loop over an empty pool has no end.
        @step(off, to=(on, off))
        def bad(self) -> None:  # here
            for chr in Chardev:
                self.goto(Device.on)
    refused: Device.bad: a path of a row with several targets ends without `goto`
    instead: call `self.goto(...)` on every path, with one of Device.on, Device.off

    `goto` takes one state.
        @step(off, to=(on, off))
        def bad(self) -> None:
            self.goto()  # here
    refused: Device.bad: `goto` takes 1 argument, this has 0
    instead: hand over 1

    `goto` has no value.
        @step(off, to=(on, off))
        def bad(self) -> None:
            x = self.goto(Device.on)  # here
    refused: Device.bad: `goto` has no value
    instead: write it as a statement of its own
""")
def test_an_end(tmp_path: Path, mistake: Mistake) -> None:
    """`self.goto` names one of the states in which the row may end, on every path."""
    refused(tmp_path, row(mistake.text), mistake.message)
