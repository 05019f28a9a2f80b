"""Refused of a machine: what else its class has."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, spec


@each("""
    A method has a decorator.
        class Extra(Machine):
            lit: bool

            def bad(self) -> None:  # here
                self.lit = True
    refused: Extra.bad is a method that nothing runs
    instead: write `@step()` or `@operation` above it

    A method belongs to an instance.
        class Extra(Machine):
            lit: bool

            @staticmethod  # here
            @operation
            def bad() -> None:
                pass
    refused: Extra.bad is a staticmethod
    instead: write a plain `def` under `@operation`, or one beside the class

    A property of Python is no operation.
        class Extra(Machine):
            lit: bool

            @property  # here
            def bad(self) -> bool:
                return self.lit
    refused: Extra.bad is a property
    instead: write a plain `def` under `@operation`, or one beside the class

    A machine is not initialised by itself.
        class Extra(Machine):
            lit: bool

            def __init__(self) -> None:  # here
                self.lit = True
    refused: Extra.__init__ never runs
    instead: set the first values in `boot`, or hand them to `new`

    A row has a name of its own.
        class Extra(Machine):
            lit: bool

            @operation
            def bad(self) -> None:
                self.lit = True

            @operation  # here
            def bad(self) -> None:
                self.lit = False
    refused: Extra.bad is declared twice
    instead: rename one of them

    A row does not have a name of the language.
        class Extra(Machine):
            lit: bool

            @operation  # here
            def new(self) -> None:
                self.lit = True
    refused: Extra.new is a word of the language
    instead: use another name

    A machine inherits from no machine.
        class Extra(Device):  # here
            pass
    refused: Extra inherits from Device
    instead: give it its own fields and rows: only `Machine` and `Monitor` are inherited

    A machine inherits from nothing else.
        class Mixin:
            pass

        class Extra(Mixin, Machine):  # here
            pass
    refused: Extra inherits from Mixin
    instead: give it its own fields and rows: only `Machine` and `Monitor` are inherited

    A class argument is one that there is.
        class Extra(Machine, dynamc=True):  # here
            pass
    refused: Extra: a machine has no class argument `dynamc`
    instead: did you mean `dynamic`?

    A class argument that is like no other is told all.
        class Extra(Machine, order=1):  # here
            pass
    refused: Extra: a machine has no class argument `order`
    instead: there are: dynamic, command, holds, thread

    Whether a machine is dynamic is a bool.
        class Extra(Machine, dynamic="yes"):  # here
            pass
    refused: Extra: `dynamic='yes'` is no bool
    instead: write True or False

    A machine's thread is a Thread.
        class Extra(Machine, thread="main"):  # here
            pass
    refused: Extra: `thread='main'` is no Thread
    instead: write `thread=Thread("...")`

    A command is static.
        class Extra(Machine, command=True, dynamic=True):  # here
            pass
    refused: Extra is a command, and dynamic
    instead: drop `dynamic`: a command is static

    A command has states.
        class Extra(Machine, command=True):  # here
            lit: bool
    refused: Extra is a command without states
    instead: declare its states, or drop `command`

    Only a command holds a lock.
        class Extra(Machine, holds=Lock("big")):  # here
            pass
    refused: Extra holds a lock, but is no command
    instead: write `command=True`, or drop `holds`

    A static machine has no finalizer.
        class Extra(Machine):
            lit: bool

            @finalizer  # here
            def bad(self) -> None:
                pass
    refused: Extra.bad never runs: a static machine is never finalised
    instead: declare `class Extra(Machine, dynamic=True)`, or remove it

    A machine has one finalizer.
        class Extra(Machine, dynamic=True):
            lit: bool

            @finalizer
            def one(self) -> None:
                pass

            @finalizer  # here
            def two(self) -> None:
                pass
    refused: Extra.two: a machine has one finalizer
    instead: call the others from it

    A finalizer takes nothing.
        class Extra(Machine, dynamic=True):
            lit: bool

            @finalizer  # here
            def bad(self, lit: bool) -> None:
                pass
    refused: Extra.bad has parameters, but nobody hands it any
    instead: keep what it needs in fields
""")
def test_a_class(tmp_path: Path, mistake: Mistake) -> None:
    """Whatever the class of a machine has is a field, a state or a row."""
    refused(tmp_path, spec(mistake.text), mistake.message)
