"""Refused of a machine: fields and tables."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, spec


@each("""
    A field is annotated.
        class Extra(Machine):
            lit = False  # here
    refused: Extra.lit is neither a field, a state nor a row
    instead: annotate it: `lit: bool`; all else stands beside the class

    A list is no field.
        class Extra(Machine):
            devices = []  # here
    refused: Extra.devices is neither a field, a state nor a row
    instead: annotate it: `devices: bool`; all else stands beside the class

    A field has no default.
        class Extra(Machine):
            lit: bool = True  # here
    refused: Extra.lit is a field with a default
    instead: write `lit: bool`, and set it in `boot`

    A field's name has no underscore in front.
        class Extra(Machine):
            _lit: bool  # here
    refused: Extra._lit is a field with an underscore
    instead: use another name

    A field has a name of its own.
        class Extra(Machine):
            lit: bool
            lit: Small  # here
    refused: Extra.lit is declared twice
    instead: rename one of them

    A field does not have a row's name.
        class Extra(Machine):
            lit: bool

            @operation  # here
            def lit(self) -> None:
                pass
    refused: Extra.lit is declared twice
    instead: rename one of them

    A field does not have a name of the language.
        class Extra(Machine):
            live: bool  # here
    refused: Extra.live is a word of the language
    instead: use another name

    A State is not annotated.
        class Extra(Machine):
            off: State = State(initial=True)  # here
    refused: Extra.off is annotated, but a State is no field
    instead: write `off = State()`

    A State is made by a call.
        class Extra(Machine):
            off = State  # here
    refused: Extra.off is neither a field, a state nor a row
    instead: annotate it: `off: bool`; all else stands beside the class

    A field is of a type of the language.
        class Extra(Machine):
            name: str  # here
    refused: Extra.name: `str` is no type of the language
    instead: use bool, Annotated[int, Range(low, high)], an Enum or Table, Ref, Own, Raw, Set or Queue

    A field holds no list.
        class Extra(Machine):
            devices: list[Device]  # here
    refused: Extra.devices: `list[Device]` is no type of the language
    instead: use bool, Annotated[int, Range(low, high)], an Enum or Table, Ref, Own, Raw, Set or Queue

    A field's type has to be defined.
        class Extra(Machine):
            peer: Ref[Devise]  # here
    refused: Extra.peer: `Devise` is not defined
    instead: list the machine in the System, or import the type

    A field's type has to have a meaning.
        class Extra(Machine):
            count: int[0, 3]  # here
    refused: Extra.count: `int[0, 3]` has no meaning: type 'int' is not subscriptable
    instead: write a type, as in `bool` or `Ref[Machine]`

    A field is a pointer, not an object.
        class Extra(Machine):
            peer: Device  # here
    refused: Extra.peer: a field holds a pointer to a Device
    instead: write `Ref[Device]`

    An int has its range.
        class Extra(Machine):
            count: int  # here
    refused: Extra.count: an int needs its range
    instead: write `Annotated[int, Range(low, high)]`

    A range has two ends that are ints.
        class Extra(Machine):
            count: Annotated[int, Range(0.5, 3)]  # here
    refused: Extra.count: the range 0.5..3 is not of ints
    instead: write `Range(0, 3)`

    A range is not empty.
        class Extra(Machine):
            count: Annotated[int, Range(3, 0)]  # here
    refused: Extra.count: the range 3..0 is empty
    instead: write `Range(low, high)` with low <= high

    A range fits 32 bits.
        class Extra(Machine):
            count: Annotated[int, Range(0, 1 << 40)]  # here
    refused: Extra.count: the range 0..1099511627776 overflows 32 bits
    instead: keep a model's numbers small

    A range is of ints.
        class Extra(Machine):
            lit: Annotated[bool, Range(0, 1)]  # here
    refused: Extra.lit: `Annotated[bool, Range(low=0, high=1)]` is no type of the language
    instead: write `Annotated[int, Range(low, high)]` or `Annotated[Queue[Message], Capacity(3)]`

    An enumeration has members.
        class Nothing(Enum):
            pass

        class Extra(Machine):
            nothing: Nothing  # here
    refused: Extra.nothing: the enumeration Nothing has no members
    instead: give it at least one

    An enumeration's members have values of their own.
        class Twin(Enum):
            one = 1
            two = 1  # here

        class Extra(Machine):
            twin: Twin
    refused: Twin.two is another name of Twin.one
    instead: give each member its own value

    A pointer says to what.
        class Extra(Machine):
            peer: Ref  # here
    refused: Extra.peer: `Ref` does not say of what
    instead: write `Ref[...]`

    A pointer names a machine.
        class Extra(Machine):
            colour: Ref[Colour]  # here
    refused: Extra.colour: a pointer names a Machine, this is `Colour`
    instead: write `Ref[SomeMachine]`, without quotes

    A pointer names its machine without quotes.
        class Extra(Machine):
            peer: Ref["Device"]  # here
    refused: Extra.peer: a pointer names a Machine, this is `Device`
    instead: write `Ref[SomeMachine]`, without quotes

    A pointer may be None as it is.
        class Extra(Machine):
            peer: Ref[Device] | None  # here
    refused: Extra.peer: `Optional[Ref[Device]]`: a pointer can be None as it is
    instead: drop `| None`

    A pointer's machine is listed in the System.
        class Extra(Machine):
            watch: Ref[Monitor]  # here
    refused: Extra.watch: spec does not list Monitor: it has no pool
    instead: add it to `machines`

    A static machine is not owned.
        class Extra(Machine):
            peer: Own[Device]  # here
    refused: Extra.peer: Device is static: it is never finalised, so nothing owns it
    instead: write `Ref[Device]`, or declare `class Device(Machine, dynamic=True)`

    A set holds what never goes.
        class Extra(Machine):
            chardevs: Set[Chardev]  # here
    refused: Extra.chardevs: a set holds constants or static instances
    instead: keep pointers to dynamic machines in fields

    A set is small.
        class Extra(Machine):
            sizes: Set[Annotated[int, Range(0, 100)]]  # here
    refused: Extra.sizes: the set is too large: at most 62 different elements
    instead: use a smaller range

    A set's machine is listed in the System.
        class Ghost(Machine):
            lit: bool

        class Extra(Machine):
            ghosts: Set[Ghost]  # here
    refused: Extra.ghosts: spec does not list Ghost: it has no pool
    instead: add it to `machines`

    A queue has a capacity.
        class Extra(Machine):
            queue: Queue[Colour]  # here
    refused: Extra.queue: a queue needs its capacity
    instead: write `Annotated[Queue[Colour], Capacity(3)]`

    A queue has room for one.
        class Extra(Machine):
            queue: Annotated[Queue[Colour], Capacity(0)]  # here
    refused: Extra.queue: the capacity 0 is no count
    instead: write `Capacity(1)`, or more

    A queue holds no pointers.
        class Extra(Machine):
            queue: Annotated[Queue[Device], Capacity(2)]  # here
    refused: Extra.queue: a queue holds constants, not pointers or containers
    instead: keep those in fields

    A queue fits a word.
        class Extra(Machine):
            queue: Annotated[Queue[Colour], Capacity(80)]  # here
    refused: Extra.queue: the queue is too large: it has to fit 62 bits
    instead: use a smaller Capacity
""")
def test_a_field(tmp_path: Path, mistake: Mistake) -> None:
    """A field is annotated with a type of the language, and starts blank."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each("""
    A row has every column.
        class Table2(Table):
            size: int
            null = row()  # here
    refused: row Table2.null has no value for its column `size`
    instead: write `size=...`

    A row has no other column.
        class Table2(Table):
            opens: bool
            null = row(opens=True, opns=True)  # here
    refused: row Table2.null has a value for `opns`, which is no column of the table
    instead: did you mean `opens`?

    A column is declared.
        class Table2(Table):
            null = row(opens=True)  # here
    refused: row Table2.null has a value for `opens`, which is no column of the table
    instead: declare `opens: bool` above the rows

    A row is made by `row`.
        class Table2(Table):
            opens: bool
            null = True  # here
    refused: row Table2.null is not made by `row`
    instead: write `null = row(column=value, ...)`

    A cell has its column's type.
        class Table2(Table):
            opens: bool
            null = row(opens=1)  # here
    refused: row Table2.null has 1 for `opens`
    instead: the column is bool

    A cell of an int column is no bool.
        class Table2(Table):
            level: int
            null = row(level=True)  # here
    refused: row Table2.null has True for `level`
    instead: the column is int

    A column does not have a name of Python's.
        class Table2(Table):
            name: bool
            null = row(name=True)  # here
    refused: row Table2.null has a column `name`, which every member has
    instead: use another name

    A column's type is defined.
        class Table2(Table):  # here
            opens: boool
            null = row(opens=True)
    refused: Table2: the type `boool` is not defined
    instead: import it above

    A column that is read holds constants.
        class Table2(Table):
            text: str
            null = row(text="")

        class Extra(Machine):
            table: Table2

            @step()
            def bad(self) -> None:
                require(self.table.text)  # here
    refused: Extra.bad: the column `text` has a cell that is no constant
    instead: use bool, int or enumerations

    A column that is read holds constants of one type.
        class Table2(Table):
            mixed: Enum
            null = row(mixed=Colour.red)
            file = row(mixed=Kind.file)

        class Extra(Machine):
            table: Table2

            @step()
            def bad(self) -> None:
                require(self.table.mixed is Colour.red)  # here
    refused: Extra.bad: the column `mixed` mixes types
    instead: give all its cells one type
""")
def test_a_table(tmp_path: Path, mistake: Mistake) -> None:
    """A row of a table has one value for each column, of its type."""
    refused(tmp_path, spec(mistake.text), mistake.message)
