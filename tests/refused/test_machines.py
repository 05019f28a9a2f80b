"""How the class of a machine may not be written: rows, fields, states and tables."""

from __future__ import annotations

from pathlib import Path

from refusing import Mistake, each, refused, row, spec


@each(
    Mistake(
        "A row has `self`.",
        """
        @step(off)  # here
        def bad() -> None:
            pass
        """,
        "Device.bad: the first parameter is not `self`; write `def bad(self, ...)`",
    ),
    Mistake(
        "`self` comes first.",
        """
        @step(off)  # here
        def bad(size: Small) -> None:
            pass
        """,
        "Device.bad: the first parameter is not `self`; write `def bad(self, ...)`",
    ),
    Mistake(
        "A parameter has no default.",
        """
        @step(off)  # here
        def bad(self, size: Small = 0) -> None:
            pass
        """,
        "Device.bad: a parameter has a default, or `*`; write plain names, and hand over every argument",
    ),
    Mistake(
        "Parameters are not gathered.",
        """
        @step(off)  # here
        def bad(self, *sizes: Small) -> None:
            pass
        """,
        "Device.bad: a parameter has a default, or `*`; write plain names, and hand over every argument",
    ),
    Mistake(
        "A parameter can be handed over by its place.",
        """
        @step(off)  # here
        def bad(self, *, size: Small) -> None:
            pass
        """,
        "Device.bad: a parameter has a default, or `*`; write plain names, and hand over every argument",
    ),
    Mistake(
        "A parameter has a type.",
        """
        @step(off)  # here
        def bad(self, size) -> None:
            pass
        """,
        "Device.bad: parameter `size` has no type; write `size: bool`, or whatever it is",
    ),
    Mistake(
        "A number has a range.",
        """
        @step(off)  # here
        def bad(self, size: int) -> None:
            pass
        """,
        "Device.bad: parameter `size`: an int needs its range; write `Annotated[int, Range(low, high)]`",
    ),
    Mistake(
        "A container is not handed over.",
        """
        @step(off)
        def bad(self, seen: Set[Colour]) -> None:  # here
            pass
        """,
        "Device.bad: parameter `seen` is a container; hand over the object that has it",
    ),
    Mistake(
        "A parameter does not say how it points.",
        """
        @step(off)  # here
        def bad(self, chr: Ref[Chardev]) -> None:
            pass
        """,
        "Device.bad: parameter `chr`: only a field says how it points; write `Chardev`",
    ),
    Mistake(
        "A step's parameter is never None.",
        """
        @step(off)  # here
        def bad(self, chr: Chardev | None) -> None:
            pass
        """,
        "Device.bad: parameter `chr`: it ranges over live objects: it is never None; drop `| None`",
    ),
    Mistake(
        "A type has to be defined.",
        """
        @step(off)  # here
        def bad(self, size: Smal) -> None:
            pass
        """,
        "Device.bad: parameter `size`: `Smal` is not defined; list the machine in the System, or import the type",
    ),
    Mistake(
        "A pool that the System does not list does not exist.",
        """
        @step(off)
        def bad(self, watch: Monitor) -> None:  # here
            pass
        """,
        "Device.bad: the System does not list Monitor: it has no pool; add it to `machines`",
    ),
)
def test_a_signature(tmp_path: Path, mistake: Mistake) -> None:
    """A parameter is a plain name with a type."""
    refused(tmp_path, row(mistake.text), mistake.message)


@each(
    Mistake(
        "`@step` has parentheses.",
        """
        @step  # here
        def bad(self) -> None:
            pass
        """,
        "`@step` lacks its parentheses; write `@step()`, or name its states",
    ),
    Mistake(
        "A source is a state.",
        """
        @step("off")  # here
        def bad(self) -> None:
            pass
        """,
        "a source of `bad` is a str, not a State; name a State of the same class, or a tuple of them",
    ),
    Mistake(
        "A target is a state, or a tuple of them.",
        """
        @step(off, to=[on, off])  # here
        def bad(self) -> None:
            pass
        """,
        "a target of `bad` is a list, not a State; name a State of the same class, or a tuple of them",
    ),
    Mistake(
        "A thread is a Thread.",
        """
        @step(off, thread="main")  # here
        def bad(self) -> None:
            pass
        """,
        "`thread='main'`: a Thread is expected; make one beside the machines: `THREAD = Thread(\"name\")`",
    ),
    Mistake(
        "A lock is a Lock.",
        """
        @step(off, lock="bql")  # here
        def bad(self) -> None:
            pass
        """,
        "`lock='bql'`: a Lock is expected; make one beside the machines: `LOCK = Lock(\"name\")`",
    ),
    Mistake(
        "A depth is a count.",
        """
        @operation(depth=0)  # here
        def bad(self) -> None:
            pass
        """,
        "the depth 0 is no count; write `depth=1`, or more",
    ),
    Mistake(
        "A row has one decorator.",
        """
        @operation  # here
        @step(off)
        def bad(self) -> None:
            pass
        """,
        "`bad` has two decorators; a row is one thing: keep one",
    ),
    Mistake(
        "A row is no coroutine.",
        """
        @step(off)  # here
        async def bad(self) -> None:
            pass
        """,
        "`bad` is an `async def`; write `def`, and one row for each action",
    ),
    Mistake(
        "A row is no static method.",
        """
        @step(off)  # here
        @staticmethod
        def bad() -> None:
            pass
        """,
        "`@step` stands on a staticmethod, which is no function; put it on a plain `def`",
    ),
    Mistake(
        "A row is no lambda.",
        "bad = operation(lambda self: None)  # here",
        "the source of `Device.<lambda>` can't be found; write rows as plain `def` in a file, not as lambdas or at a prompt",
    ),
)
def test_a_decorator(tmp_path: Path, mistake: Mistake) -> None:
    """A decorator stands on a plain method, alone."""
    refused(tmp_path, row(mistake.text), mistake.message)


@each(
    Mistake(
        "A field is annotated.",
        """
        class Extra(Machine):
            lit = False  # here
        """,
        "Extra.lit is neither a field, a state nor a row; annotate it: `lit: bool`; all else stands beside the class",
    ),
    Mistake(
        "A list is no field.",
        """
        class Extra(Machine):
            devices = []  # here
        """,
        "Extra.devices is neither a field, a state nor a row; annotate it: `devices: bool`; all else stands beside the class",
    ),
    Mistake(
        "A field has no default.",
        """
        class Extra(Machine):
            lit: bool = True  # here
        """,
        "Extra.lit is a field with a default; write `lit: bool`, and set it in `boot`",
    ),
    Mistake(
        "A field's name has no underscore in front.",
        """
        class Extra(Machine):
            _lit: bool  # here
        """,
        "Extra._lit is a field with an underscore; use another name",
    ),
    Mistake(
        "A field has a name of its own.",
        """
        class Extra(Machine):
            lit: bool
            lit: Small  # here
        """,
        "Extra.lit is declared twice; rename one of them",
    ),
    Mistake(
        "A field does not have a row's name.",
        """
        class Extra(Machine):
            lit: bool

            @operation  # here
            def lit(self) -> None:
                pass
        """,
        "Extra.lit is declared twice; rename one of them",
    ),
    Mistake(
        "A field does not have a name of the language.",
        """
        class Extra(Machine):
            live: bool  # here
        """,
        "Extra.live is a word of the language; use another name",
    ),
    Mistake(
        "A State is not annotated.",
        """
        class Extra(Machine):
            off: State = State(initial=True)  # here
        """,
        "Extra.off is annotated, but a State is no field; write `off = State()`",
    ),
    Mistake(
        "A State is made by a call.",
        """
        class Extra(Machine):
            off = State  # here
        """,
        "Extra.off is neither a field, a state nor a row; annotate it: `off: bool`; all else stands beside the class",
    ),
    Mistake(
        "A field is of a type of the language.",
        """
        class Extra(Machine):
            name: str  # here
        """,
        "Extra.name: `str` is no type of the language; use bool, Annotated[int, Range(low, high)], an Enum or Table, Ref, Own, Raw, Set or Queue",
    ),
    Mistake(
        "A field holds no list.",
        """
        class Extra(Machine):
            devices: list[Device]  # here
        """,
        "Extra.devices: `list[Device]` is no type of the language; use bool, Annotated[int, Range(low, high)], an Enum or Table, Ref, Own, Raw, Set or Queue",
    ),
    Mistake(
        "A field's type has to be defined.",
        """
        class Extra(Machine):
            peer: Ref[Devise]  # here
        """,
        "Extra.peer: `Devise` is not defined; list the machine in the System, or import the type",
    ),
    Mistake(
        "A field's type has to have a meaning.",
        """
        class Extra(Machine):
            count: int[0, 3]  # here
        """,
        "Extra.count: `int[0, 3]` has no meaning: type 'int' is not subscriptable; write a type, as in `bool` or `Ref[Machine]`",
    ),
    Mistake(
        "A field is a pointer, not an object.",
        """
        class Extra(Machine):
            peer: Device  # here
        """,
        "Extra.peer: a field holds a pointer to a Device; write `Ref[Device]`",
    ),
    Mistake(
        "An int has its range.",
        """
        class Extra(Machine):
            count: int  # here
        """,
        "Extra.count: an int needs its range; write `Annotated[int, Range(low, high)]`",
    ),
    Mistake(
        "A range has two ends that are ints.",
        """
        class Extra(Machine):
            count: Annotated[int, Range(0.5, 3)]  # here
        """,
        "Extra.count: the range 0.5..3 is not of ints; write `Range(0, 3)`",
    ),
    Mistake(
        "A range is not empty.",
        """
        class Extra(Machine):
            count: Annotated[int, Range(3, 0)]  # here
        """,
        "Extra.count: the range 3..0 is empty; write `Range(low, high)` with low <= high",
    ),
    Mistake(
        "A range fits 32 bits.",
        """
        class Extra(Machine):
            count: Annotated[int, Range(0, 1 << 40)]  # here
        """,
        "Extra.count: the range 0..1099511627776 overflows 32 bits; keep a model's numbers small",
    ),
    Mistake(
        "A range is of ints.",
        """
        class Extra(Machine):
            lit: Annotated[bool, Range(0, 1)]  # here
        """,
        "Extra.lit: `Annotated[bool, Range(low=0, high=1)]` is no type of the language; write `Annotated[int, Range(low, high)]` or `Annotated[Queue[Message], Capacity(3)]`",
    ),
    Mistake(
        "An enumeration has members.",
        """
        class Nothing(Enum):
            pass

        class Extra(Machine):
            nothing: Nothing  # here
        """,
        "Extra.nothing: the enumeration Nothing has no members; give it at least one",
    ),
    Mistake(
        "An enumeration's members have values of their own.",
        """
        class Twin(Enum):
            one = 1
            two = 1  # here

        class Extra(Machine):
            twin: Twin
        """,
        "Twin.two is another name of Twin.one; give each member its own value",
    ),
    Mistake(
        "A pointer says to what.",
        """
        class Extra(Machine):
            peer: Ref  # here
        """,
        "Extra.peer: `Ref` does not say of what; write `Ref[...]`",
    ),
    Mistake(
        "A pointer names a machine.",
        """
        class Extra(Machine):
            colour: Ref[Colour]  # here
        """,
        "Extra.colour: a pointer names a Machine, this is `Colour`; write `Ref[SomeMachine]`, without quotes",
    ),
    Mistake(
        "A pointer names its machine without quotes.",
        """
        class Extra(Machine):
            peer: Ref["Device"]  # here
        """,
        "Extra.peer: a pointer names a Machine, this is `Device`; write `Ref[SomeMachine]`, without quotes",
    ),
    Mistake(
        "A pointer may be None as it is.",
        """
        class Extra(Machine):
            peer: Ref[Device] | None  # here
        """,
        "Extra.peer: `Optional[Ref[Device]]`: a pointer can be None as it is; drop `| None`",
    ),
    Mistake(
        "A pointer's machine is listed in the System.",
        """
        class Extra(Machine):
            watch: Ref[Monitor]  # here
        """,
        "Extra.watch: spec does not list Monitor: it has no pool; add it to `machines`",
    ),
    Mistake(
        "A static machine is not owned.",
        """
        class Extra(Machine):
            peer: Own[Device]  # here
        """,
        "Extra.peer: Device is static: it is never finalised, so nothing owns it; write `Ref[Device]`, or declare `class Device(Machine, dynamic=True)`",
    ),
    Mistake(
        "A set holds what never goes.",
        """
        class Extra(Machine):
            chardevs: Set[Chardev]  # here
        """,
        "Extra.chardevs: a set holds constants or static instances; keep pointers to dynamic machines in fields",
    ),
    Mistake(
        "A set is small.",
        """
        class Extra(Machine):
            sizes: Set[Annotated[int, Range(0, 100)]]  # here
        """,
        "Extra.sizes: the set is too large: at most 62 different elements; use a smaller range",
    ),
    Mistake(
        "A set's machine is listed in the System.",
        """
        class Ghost(Machine):
            lit: bool

        class Extra(Machine):
            ghosts: Set[Ghost]  # here
        """,
        "Extra.ghosts: spec does not list Ghost: it has no pool; add it to `machines`",
    ),
    Mistake(
        "A queue has a capacity.",
        """
        class Extra(Machine):
            queue: Queue[Colour]  # here
        """,
        "Extra.queue: a queue needs its capacity; write `Annotated[Queue[Colour], Capacity(3)]`",
    ),
    Mistake(
        "A queue has room for one.",
        """
        class Extra(Machine):
            queue: Annotated[Queue[Colour], Capacity(0)]  # here
        """,
        "Extra.queue: the capacity 0 is no count; write `Capacity(1)`, or more",
    ),
    Mistake(
        "A queue holds no pointers.",
        """
        class Extra(Machine):
            queue: Annotated[Queue[Device], Capacity(2)]  # here
        """,
        "Extra.queue: a queue holds constants, not pointers or containers; keep those in fields",
    ),
    Mistake(
        "A queue fits a word.",
        """
        class Extra(Machine):
            queue: Annotated[Queue[Colour], Capacity(80)]  # here
        """,
        "Extra.queue: the queue is too large: it has to fit 62 bits; use a smaller Capacity",
    ),
)
def test_a_field(tmp_path: Path, mistake: Mistake) -> None:
    """A field is annotated with a type of the language, and starts blank."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each(
    Mistake(
        "A method has a decorator.",
        """
        class Extra(Machine):
            lit: bool

            def bad(self) -> None:  # here
                self.lit = True
        """,
        "Extra.bad is a method that nothing runs; write `@step()` or `@operation` above it",
    ),
    Mistake(
        "A method belongs to an instance.",
        """
        class Extra(Machine):
            lit: bool

            @staticmethod  # here
            @operation
            def bad() -> None:
                pass
        """,
        "Extra.bad is a staticmethod; write a plain `def` under `@operation`, or one beside the class",
    ),
    Mistake(
        "A property of Python is no operation.",
        """
        class Extra(Machine):
            lit: bool

            @property  # here
            def bad(self) -> bool:
                return self.lit
        """,
        "Extra.bad is a property; write a plain `def` under `@operation`, or one beside the class",
    ),
    Mistake(
        "A machine is not initialised by itself.",
        """
        class Extra(Machine):
            lit: bool

            def __init__(self) -> None:  # here
                self.lit = True
        """,
        "Extra.__init__ never runs; set the first values in `boot`, or hand them to `new`",
    ),
    Mistake(
        "A row has a name of its own.",
        """
        class Extra(Machine):
            lit: bool

            @operation
            def bad(self) -> None:
                self.lit = True

            @operation  # here
            def bad(self) -> None:
                self.lit = False
        """,
        "Extra.bad is declared twice; rename one of them",
    ),
    Mistake(
        "A row does not have a name of the language.",
        """
        class Extra(Machine):
            lit: bool

            @operation  # here
            def new(self) -> None:
                self.lit = True
        """,
        "Extra.new is a word of the language; use another name",
    ),
    Mistake(
        "A machine inherits from no machine.",
        """
        class Extra(Device):  # here
            pass
        """,
        "Extra inherits from Device; give it its own fields and rows: only `Machine` and `Monitor` are inherited",
    ),
    Mistake(
        "A machine inherits from nothing else.",
        """
        class Mixin:
            pass

        class Extra(Mixin, Machine):  # here
            pass
        """,
        "Extra inherits from Mixin; give it its own fields and rows: only `Machine` and `Monitor` are inherited",
    ),
    Mistake(
        "A class argument is one that there is.",
        """
        class Extra(Machine, dynamc=True):  # here
            pass
        """,
        "Extra: a machine has no class argument `dynamc`; did you mean `dynamic`?",
    ),
    Mistake(
        "A class argument that is like no other is told all.",
        """
        class Extra(Machine, order=1):  # here
            pass
        """,
        "Extra: a machine has no class argument `order`; there are: dynamic, command, holds, thread",
    ),
    Mistake(
        "Whether a machine is dynamic is a bool.",
        """
        class Extra(Machine, dynamic="yes"):  # here
            pass
        """,
        "Extra: `dynamic='yes'` is no bool; write True or False",
    ),
    Mistake(
        "A machine's thread is a Thread.",
        """
        class Extra(Machine, thread="main"):  # here
            pass
        """,
        "Extra: `thread='main'` is no Thread; write `thread=Thread(\"...\")`",
    ),
    Mistake(
        "A command is static.",
        """
        class Extra(Machine, command=True, dynamic=True):  # here
            pass
        """,
        "Extra is a command, and dynamic; drop `dynamic`: a command is static",
    ),
    Mistake(
        "A command has states.",
        """
        class Extra(Machine, command=True):  # here
            lit: bool
        """,
        "Extra is a command without states; declare its states, or drop `command`",
    ),
    Mistake(
        "Only a command holds a lock.",
        """
        class Extra(Machine, holds=Lock("big")):  # here
            pass
        """,
        "Extra holds a lock, but is no command; write `command=True`, or drop `holds`",
    ),
    Mistake(
        "A static machine has no finalizer.",
        """
        class Extra(Machine):
            lit: bool

            @finalizer  # here
            def bad(self) -> None:
                pass
        """,
        "Extra.bad never runs: a static machine is never finalised; declare `class Extra(Machine, dynamic=True)`, or remove it",
    ),
    Mistake(
        "A machine has one finalizer.",
        """
        class Extra(Machine, dynamic=True):
            lit: bool

            @finalizer
            def one(self) -> None:
                pass

            @finalizer  # here
            def two(self) -> None:
                pass
        """,
        "Extra.two: a machine has one finalizer; call the others from it",
    ),
    Mistake(
        "A finalizer takes nothing.",
        """
        class Extra(Machine, dynamic=True):
            lit: bool

            @finalizer  # here
            def bad(self, lit: bool) -> None:
                pass
        """,
        "Extra.bad has parameters, but nobody hands it any; keep what it needs in fields",
    ),
)
def test_a_class(tmp_path: Path, mistake: Mistake) -> None:
    """Whatever the class of a machine has is a field, a state or a row."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each(
    Mistake(
        "A machine starts in one state, not in two.",
        """
        class Extra(Machine):  # here
            off = State(initial=True)
            on = State(initial=True)

            @step(off, to=on)
            def go(self) -> None:
                pass
        """,
        "Extra has 2 initial states: off, on; write `State(initial=True)` for exactly one",
    ),
    Mistake(
        "A machine starts in a state.",
        """
        class Extra(Machine):  # here
            off = State()

            @step(to=off)
            def go(self) -> None:
                pass
        """,
        "Extra has 0 initial states; write `State(initial=True)` for exactly one",
    ),
    Mistake(
        "A state has a row.",
        """
        class Extra(Machine):
            off = State(initial=True)
            on = State()  # here

            @step(off)
            def go(self) -> None:
                pass
        """,
        "Extra.on has no row: nothing enters or leaves it; give it a row, or remove it",
    ),
    Mistake(
        "A row can be reached.",
        """
        class Extra(Machine):
            off = State(initial=True)
            on = State()

            @step(off)
            def go(self) -> None:
                pass

            @step(on, to=off)  # here
            def back(self) -> None:
                pass
        """,
        "Extra.back can't be reached: no row leads to Extra.on; add the row that leads there, or remove this one",
    ),
    Mistake(
        "A row names states of its machine.",
        """
        class Extra(Machine):
            off = State(initial=True)

            @step(off, to=Device.on)  # here
            def go(self) -> None:
                pass
        """,
        "Extra.go names Device.on, a state of another machine; name states of Extra",
    ),
    Mistake(
        "A state belongs to a machine.",
        """
        LOST = State()

        class Extra(Machine):
            off = State(initial=True)

            @step(off, to=LOST)  # here
            def go(self) -> None:
                pass
        """,
        "Extra.go names a State of no machine; name states of Extra",
    ),
    Mistake(
        "A state has one name.",
        """
        class Extra(Machine):
            off = State(initial=True)
            on = off  # here

            @step(off, to=on)
            def go(self) -> None:
                pass
        """,
        "Extra.on is the same State as Extra.off; write `on = State()`",
    ),
    Mistake(
        "A state does not have a name of the language.",
        """
        class Extra(Machine):
            state = State(initial=True)  # here

            @step(state)
            def go(self) -> None:
                pass
        """,
        "Extra.state is a word of the language; use another name",
    ),
    Mistake(
        "A state does not have a row's name.",
        """
        class Extra(Machine):
            off = State(initial=True)

            @step(off)  # here
            def off(self) -> None:
                pass
        """,
        "Extra.off is declared twice; rename one of them",
    ),
    Mistake(
        "A row names each target once.",
        """
        class Extra(Machine):
            off = State(initial=True)

            @step(off, to=(off, off))  # here
            def go(self) -> None:
                self.goto(Extra.off)
        """,
        "Extra.go names a target twice; name each once",
    ),
)
def test_a_state(tmp_path: Path, mistake: Mistake) -> None:
    """Every control state has a name and a row, and every row can come to fire."""
    refused(tmp_path, spec(mistake.text), mistake.message)


@each(
    Mistake(
        "A row has every column.",
        """
        class Table2(Table):
            opens: bool
            null = row()  # here
        """,
        "row Table2.null has no value for its column `opens`; write `opens=...`",
    ),
    Mistake(
        "A row has no other column.",
        """
        class Table2(Table):
            opens: bool
            null = row(opens=True, opns=True)  # here
        """,
        "row Table2.null has a value for `opns`, which is no column of the table; did you mean `opens`?",
    ),
    Mistake(
        "A column is declared.",
        """
        class Table2(Table):
            null = row(opens=True)  # here
        """,
        "row Table2.null has a value for `opens`, which is no column of the table; declare `opens: bool` above the rows",
    ),
    Mistake(
        "A row is made by `row`.",
        """
        class Table2(Table):
            opens: bool
            null = True  # here
        """,
        "row Table2.null is not made by `row`; write `null = row(column=value, ...)`",
    ),
    Mistake(
        "A cell has its column's type.",
        """
        class Table2(Table):
            opens: bool
            null = row(opens=1)  # here
        """,
        "row Table2.null has 1 for `opens`; the column is bool",
    ),
    Mistake(
        "A cell of an int column is no bool.",
        """
        class Table2(Table):
            level: int
            null = row(level=True)  # here
        """,
        "row Table2.null has True for `level`; the column is int",
    ),
    Mistake(
        "A column does not have a name of Python's.",
        """
        class Table2(Table):
            name: bool
            null = row(name=True)  # here
        """,
        "row Table2.null has a column `name`, which every member has; use another name",
    ),
    Mistake(
        "A column's type is defined.",
        """
        class Table2(Table):  # here
            opens: boool
            null = row(opens=True)
        """,
        "Table2: the type `boool` is not defined; import it above",
    ),
    Mistake(
        "A column that is read holds constants.",
        """
        class Table2(Table):
            text: str
            null = row(text="")

        class Extra(Machine):
            table: Table2

            @step()
            def bad(self) -> None:
                require(self.table.text)  # here
        """,
        "Extra.bad: the column `text` has a cell that is no constant; use bool, int or enumerations",
    ),
    Mistake(
        "A column that is read holds constants of one type.",
        """
        class Table2(Table):
            mixed: Enum
            null = row(mixed=Colour.red)
            file = row(mixed=Kind.file)

        class Extra(Machine):
            table: Table2

            @step()
            def bad(self) -> None:
                require(self.table.mixed is Colour.red)  # here
        """,
        "Extra.bad: the column `mixed` mixes types; give all its cells one type",
    ),
)
def test_a_table(tmp_path: Path, mistake: Mistake) -> None:
    """A row of a table has one value for each column, of its type."""
    refused(tmp_path, spec(mistake.text), mistake.message)
