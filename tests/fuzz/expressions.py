"""The expressions of a generated spec, typed as the language wants them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext

from fuzz.shapes import BOOL, Bool, Choices, Enumeration, FieldShape, Int, Kind, Plan, Pointer, Row, Shape

Number = tuple[str, int, int]
"""An expression for an int, and the range that the language gives it."""

DEEP = 3
"""How deep expressions nest."""


class Expressions:
    """Writes the expressions of one row or property."""

    def __init__(self, choices: Choices, plan: Plan, row: Row, names: dict[str, Kind], *, sure: set[str]) -> None:
        self.choices, self.plan, self.row = choices, plan, row
        self.names, self.sure = dict(names), set(sure)
        self.pure, self.calling = row.pure, True
        self.banned: set[Shape] = set()
        self.mine: Shape | None = None
        self.past: Shape | None = None
        self.times = 1
        self.loops = 0
        self.count = 0
        self.calls = 3
        self.most = {"step": 4, "operation": 2}.get(row.kind, 0)

    # -- what holds for a part of a body -----------------------------------------------------------------------------

    @contextmanager
    def only_reading(self, *, calling: bool = True) -> Iterator[None]:
        """An expression that changes nothing; without `calling`, one that may be evaluated twice."""
        before = self.pure, self.calling
        self.pure, self.calling = True, self.calling and calling
        yield
        self.pure, self.calling = before

    @contextmanager
    def naming(self, name: str, kind: Kind, *, sure: bool = True) -> Iterator[None]:
        """A name that is known in here only."""
        names, known = dict(self.names), set(self.sure)
        self.names[name] = kind
        if sure:
            self.sure.add(name)
        yield
        self.names, self.sure = names, known

    @property
    def acting(self) -> bool:
        return not self.pure and self.row.kind != "handler"

    def broken(self, *parts: str) -> str:
        """Parts of an expression in parentheses, now and then over several lines."""
        return f"({(chr(10) + '    ' if self.choices.chance(4) else ' ').join(parts)})"

    def arguments(self, texts: list[str]) -> str:
        """A list of arguments, now and then over several lines."""
        if texts and self.choices.chance(5):
            return "(\n        " + ",\n        ".join(texts) + ",\n    )"
        return f"({', '.join(texts)})"

    # -- pointers ----------------------------------------------------------------------------------------------------

    def pointer(self, machine: Shape, deep: int = 0, *, none: bool = False) -> str | None:
        """A pointer to an instance; None if there is no way to name one."""
        choices = self.choices
        wanted = Pointer(machine)
        options: list[tuple[int, Callable[[], str]]] = []
        for name, kind in self.names.items():
            if kind == wanted:
                options.append((10 if name in self.sure else 4, lambda name=name: name))  # type: ignore[misc]
        if not machine.dynamic:
            options.append((6, lambda: f"{machine.name}[{choices.below(machine.size)}]"))
            options.append((1, lambda: f"{machine.name}[{self.index(machine, deep + 1)}]"))
        for base, made in self.paths(machine):
            options.append((2, lambda base=base, made=made: f"{base}.{made.name}"))  # type: ignore[misc]
        if deep < DEEP:
            for found in self.callable(wanted):
                options.append((1, lambda found=found: self.call(found, deep + 1)))  # type: ignore[misc]
            if self.may_make(machine):
                options.append((2, lambda: self.make(machine, deep + 1)))
        if none:
            options.append((4, lambda: "None"))
        if not options:
            return None
        made_ = choices.weighed(options)()
        if deep < DEEP and made_ != "None" and choices.chance(3):
            other = choices.weighed(options)()
            return self.broken(made_, f"if {self.boolean(deep + 1)}", f"else {other}")
        return None if made_ == "None" and not none else made_

    def paths(self, machine: Shape) -> list[tuple[str, FieldShape]]:
        """The fields of nameable objects that point to `machine`."""
        return [
            (base, made)
            for base, owner in self.bases()
            for made in owner.fields
            if made.form in ("Ref", "Own", "Raw") and made.kind == Pointer(machine)
        ]

    def bases(self) -> list[tuple[str, Shape]]:
        """What a field can be read of, most of them objects for sure."""
        found = [(name, kind.machine) for name, kind in self.names.items() if isinstance(kind, Pointer)]
        found += [(f"{machine.name}[0]", machine) for machine in self.plan.machines if not machine.dynamic]
        return found

    def object(self, machine: Shape, deep: int) -> str | None:
        """A pointer to dereference: mostly one that is not None. An action property looks back now and then."""
        if self.past is machine and self.choices.chance(50):
            return "before"
        safe = [name for name, kind in self.names.items() if kind == Pointer(machine) and name in self.sure]
        if not machine.dynamic:
            safe.append(f"{machine.name}[{self.choices.below(machine.size)}]")
        if safe and self.choices.chance(94):
            return self.choices.pick(safe)
        found = self.pointer(machine, deep + 1)
        if found is not None and "\n" not in found and "." in found and self.choices.chance(4):
            return "(" + found.replace(".", "\n            .") + ")" if found.replace(".", "").isidentifier() else found
        return found

    def field(
        self, deep: int, wanted: Callable[[FieldShape], bool], *, own: bool = False
    ) -> tuple[str, FieldShape] | None:
        """A field of some object, as text."""
        machines = [self.mine] if own and self.mine else self.plan.machines + ([self.mine] if self.mine else [])
        found = [(machine, made) for machine in dict.fromkeys(machines) for made in machine.fields if wanted(made)]
        if not found:
            return None
        near = [(m, made) for m, made in found if any(self.names.get(n) == Pointer(m) for n in self.sure)]
        machine, made = self.choices.pick(near if near and self.choices.chance(70) else found)
        base = "self" if own and self.mine else self.object(machine, deep)
        if base is None:
            return None
        if made.form in ("set", "queue") and self.choices.chance(6):
            return f"({base}\n        .{made.name})", made
        return f"{base}.{made.name}", made

    def has(self, wanted: Callable[[FieldShape], bool]) -> bool:
        """Whether any machine has such a field."""
        return any(wanted(made) for machine in self.plan.machines for made in machine.fields)

    def index(self, machine: Shape, deep: int) -> str:
        """An index that may be out of range, but not always is."""
        text, low, high = self.number(deep + 1)
        if low >= machine.size or high < 0:
            return str(self.choices.below(machine.size))
        return text

    def may_make(self, machine: Shape) -> bool:
        return machine.dynamic and self.acting and self.calling and machine not in self.banned

    def make(self, machine: Shape, deep: int) -> str:
        """A new object."""
        given = []
        for made in machine.fields:
            if made.form not in ("set", "queue") and self.choices.chance(40):
                value = self.value(made.kind, deep + 1, none=True, fits=True)
                if value is not None:
                    given.append(f"{made.name}={value}")
        self.row.churns.add(machine)
        return f"{machine.name}.new{self.arguments(given)}"

    # -- calls -------------------------------------------------------------------------------------------------------

    def callable(self, result: Kind | None) -> list[Row]:
        """The operations that may be called here for a result of this kind (any int for an int)."""
        if not self.calling or self.calls <= 0:
            return []
        return [row for row in self.plan.operations if self.fits(row, result) and self.may_call(row)]

    @staticmethod
    def fits(row: Row, result: Kind | None) -> bool:
        if isinstance(result, Int):
            return isinstance(row.result, Int)
        return row.result == result

    def may_call(self, row: Row) -> bool:
        mine = self.row
        if self.row.kind == "observable" and row.kind == "finalizer":
            return False
        if (self.pure or mine.kind == "handler") and not row.pure:
            return False
        if not row.depth and (row.order >= mine.order or not row.written):
            return False
        if self.banned and not row.pure and (not row.written or row.churns & self.banned):
            return False
        if row.depth and not row.pure and mine.depth and mine.kind == "operation" and self.times > 1:
            return False
        if self.used + row.choices * self.times > self.most:
            return False
        return self.cost(row) * self.times <= 150

    @staticmethod
    def cost(row: Row) -> int:
        return max(row.cost, 12) if row.depth else row.cost

    @property
    def used(self) -> int:
        return self.row.choices

    def call(self, row: Row, deep: int) -> str:
        """A call of an operation, with its receiver."""
        self.calls -= 1
        if not self.calling or not self.may_call(row):
            return self.fallback(row.result)
        self.row.choices += row.choices * self.times
        self.row.cost += self.cost(row) * self.times
        self.row.churns |= row.churns if row.written else {m for m in self.plan.machines if m.dynamic}
        target = ""
        if row.owner is not None:
            past = self.past
            if any(isinstance(kind, Pointer) for kind in (row.result, *(kind for _, kind in row.parameters))):
                self.past = None
            receiver = self.object(row.owner, deep)
            self.past = past
            if receiver is None:
                return self.fallback(row.result)
            target = f"{receiver}."
        given = []
        for _, kind in row.parameters:
            value = self.value(kind, deep + 1, none=True, fits=self.choices.chance(90))
            if value is None:
                return self.fallback(row.result)
            given.append(value)
        if given and not any("\n" in text for text in given) and self.choices.chance(8):
            names = [name for name, _ in row.parameters]
            given[-1] = f"{names[-1]}={given[-1]}"
        return f"{target}{row.name}{self.arguments(given)}"

    def fallback(self, kind: Kind | None) -> str:
        """The simplest value of a kind."""
        if kind is None:
            return "pass"
        if isinstance(kind, Bool):
            return "False"
        if isinstance(kind, Int):
            return str(kind.low)
        if isinstance(kind, Enumeration):
            return f"{kind.name}.{kind.members[0]}"
        return f"{kind.machine.name}[0]" if not kind.machine.dynamic else "None"

    # -- values ------------------------------------------------------------------------------------------------------

    def value(self, kind: Kind, deep: int, *, none: bool = False, fits: bool = False) -> str | None:
        """An expression of a kind; an int fits its range, or at least may."""
        if isinstance(kind, Bool):
            return self.boolean(deep)
        if isinstance(kind, Enumeration):
            return self.constant(kind, deep)
        if isinstance(kind, Pointer):
            return self.pointer(kind.machine, deep, none=none)
        return self.fitting(kind, deep, always=fits or self.choices.chance(80))

    def fitting(self, kind: Int, deep: int, *, always: bool) -> str:
        """A number that may fit a range, or (`always`) that does."""
        text, low, high = self.number(deep)
        if kind.low <= low and high <= kind.high:
            return text
        if not always and low <= kind.high and high >= kind.low:
            return text
        wide = kind.high - kind.low + 1
        return f"({text} % {wide} + {kind.low})" if kind.low else f"({text} % {wide})"

    def constant(self, kind: Enumeration, deep: int) -> str:
        """A member of an enumeration or table."""
        choices = self.choices
        options: list[tuple[int, Callable[[], str]]] = [
            (3, lambda: f"{kind.name}.{choices.pick(kind.members)}"),
        ]
        for name, known in self.names.items():
            if known is kind:
                options.append((4, lambda name=name: name))  # type: ignore[misc]
        if self.has(lambda made: made.form == "plain" and made.kind is kind):
            options.append((6, lambda: self.loaded(kind, deep)))
        if deep < DEEP:
            for other in self.plan.enumerations:
                for column, (inner, _) in other.columns.items():
                    if inner is kind:
                        options.append((2, lambda o=other, c=column: f"{self.constant(o, deep + 1)}.{c}"))  # type: ignore[misc]
            for found in self.callable(kind):
                options.append((2, lambda found=found: self.call(found, deep + 1)))  # type: ignore[misc]
            options.append((1, lambda: self.chosen(kind, deep)))
            options.append((1, lambda: self.popped(kind, deep)))
        return choices.weighed(options)()

    def chosen(self, kind: Enumeration, deep: int) -> str:
        test = self.boolean(deep + 1)
        return self.broken(self.constant(kind, deep + 1), f"if {test}", f"else {self.constant(kind, deep + 1)}")

    def loaded(self, kind: Kind, deep: int) -> str:
        """A field of this very kind."""
        found = self.field(deep, lambda made: made.form == "plain" and made.kind == kind)
        return self.fallback(kind) if found is None else found[0]

    def popped(self, kind: Kind, deep: int) -> str:
        """The oldest element of a queue."""
        if self.pure or not self.calling or self.row.kind == "handler":
            return self.fallback(kind)
        found = self.field(deep, lambda made: made.form == "queue" and made.kind == kind)
        return self.fallback(kind) if found is None else f"{found[0]}.popleft()"

    # -- numbers -----------------------------------------------------------------------------------------------------

    def number(self, deep: int) -> Number:
        """Any int, with its range."""
        choices = self.choices
        options: list[tuple[int, Callable[[], Number]]] = [(2, self.literal)]
        for name, known in self.names.items():
            if isinstance(known, Int):
                options.append((4, lambda n=name, k=known: (n, k.low, k.high)))  # type: ignore[misc]
        if self.has(lambda made: made.form == "plain" and isinstance(made.kind, Int)):
            options.append((7, lambda: self.loaded_number(deep)))
        if deep < DEEP:
            options += [
                (3, lambda: self.arithmetic(deep)),
                (2, lambda: self.divided(deep)),
                (1, lambda: self.negated(deep)),
                (2, lambda: self.extreme(deep)),
                (1, lambda: self.chosen_number(deep)),
                (1, lambda: self.total(deep)),
                (1, lambda: self.length(deep)),
                (1, lambda: self.column_number(deep)),
                (1, lambda: self.slot(deep)),
                (1, lambda: self.popped_number(deep)),
            ]
            for found in self.callable(Int(0, 0)):
                options.append((2, lambda found=found: self.called_number(found, deep)))  # type: ignore[misc]
        return choices.weighed(options)()

    def literal(self) -> Number:
        if self.plan.constants and self.choices.chance(20):
            name = self.choices.pick(list(self.plan.constants))
            return name, self.plan.constants[name], self.plan.constants[name]
        value = self.choices.pick((0, 1, 2, 3, -1, -2, 5))
        return (str(value) if value >= 0 else f"({value})"), value, value

    def loaded_number(self, deep: int) -> Number:
        found = self.field(deep, lambda made: made.form == "plain" and isinstance(made.kind, Int))
        if found is None:
            return self.literal()
        kind = found[1].kind
        assert isinstance(kind, Int)
        return found[0], kind.low, kind.high

    def arithmetic(self, deep: int) -> Number:
        left, a, b = self.number(deep + 1)
        right, c, d = self.number(deep + 1)
        operator = self.choices.pick("+-*" if max(map(abs, (a, b, c, d))) < 1000 else "+-")
        ends = {"+": [a + c, b + d], "-": [a - d, b - c], "*": [a * c, a * d, b * c, b * d]}[operator]
        return self.broken(left, f"{operator} {right}"), min(ends), max(ends)

    def divided(self, deep: int) -> Number:
        left, a, b = self.number(deep + 1)
        right, c, d = self.number(deep + 1)
        if c <= 0 or not (right.isdigit() or "." in right):
            right, c, d = self.choices.pick((("2", 2, 2), ("3", 3, 3), ("1", 1, 1)))
        operator = self.choices.pick(("//", "%"))
        if a == b and c == d:
            value = a // c if operator == "//" else a % c
            return self.broken(left, f"{operator} {right}"), *(
                (value, value) if left.strip("()-").isdigit() else self._quotient(operator, a, b, c, d)
            )
        return self.broken(left, f"{operator} {right}"), *self._quotient(operator, a, b, c, d)

    @staticmethod
    def _quotient(operator: str, a: int, b: int, c: int, d: int) -> tuple[int, int]:
        if operator == "%":
            return (a % c, a % c) if a == b and c == d else (0, d - 1)
        ends = [x // y for x in (a, b) for y in (c, d)]
        return min(ends), max(ends)

    def negated(self, deep: int) -> Number:
        text, low, high = self.number(deep + 1)
        return f"(-{text})", -high, -low

    def extreme(self, deep: int) -> Number:
        with self.only_reading(calling=False):
            left, a, b = self.number(deep + 1)
            if self.choices.chance(30):
                return f"abs{self.arguments([left])}", 0, max(abs(a), abs(b))
            right, c, d = self.number(deep + 1)
        if self.choices.chance(50):
            return f"min{self.arguments([left, right])}", min(a, c), min(b, d)
        return f"max{self.arguments([left, right])}", max(a, c), max(b, d)

    def chosen_number(self, deep: int) -> Number:
        test = self.boolean(deep + 1)
        left, a, b = self.number(deep + 1)
        right, c, d = self.number(deep + 1)
        return self.broken(left, f"if {test}", f"else {right}"), min(a, c), max(b, d)

    def total(self, deep: int) -> Number:
        """`sum` over a pool or a range."""
        drawn = self.generator(deep)
        if drawn is None:
            return self.literal()
        name, kind, over, count = drawn
        with self.only_reading(), self.naming(name, kind):
            body, low, high = self.number(deep + 1)
            test = f" if {self.boolean(deep + 1)}" if self.choices.chance(60) else ""
        return f"sum({body} for {name} in {over}{test})", min(0, low * count), max(0, high * count)

    def generator(self, deep: int) -> tuple[str, Kind, str, int] | None:
        """A generator's variable, its kind, what it runs over, and how often."""
        self.count += 1
        # A later local may have the same name: the two have nothing to do with each other.
        name = f"v{self.count + 1}" if self.choices.chance(35) else f"q{self.count}"
        if name in self.names or self.row.kind == "action":
            name = f"q{self.count}"
        if self.row.kind == "action" or self.choices.chance(20):
            low, high = self.choices.pick(((0, 2), (0, 3), (-1, 2), (1, 1)))
            text = f"range({high})" if low == 0 else f"range({low}, {high})"
            return name, Int(low, max(low, high - 1)), text, max(0, high - low)
        machine = self.choices.pick(self.plan.machines)
        return name, Pointer(machine), machine.name, machine.size

    def length(self, deep: int) -> Number:
        found = self.field(deep, lambda made: made.form in ("set", "queue"))
        if found is None or self.choices.chance(20):
            machine = self.choices.pick(self.plan.machines)
            return f"len({machine.name})", machine.size, machine.size
        text, made = found
        if made.form == "queue":
            return f"len({text})", 0, made.capacity
        return f"len({text})", 0, elements(made.kind)

    def column_number(self, deep: int) -> Number:
        for kind in self.plan.enumerations:
            for column, (inner, cells) in kind.columns.items():
                if isinstance(inner, Int):
                    row = self.constant(kind, deep + 1)
                    member = self.member_of(row)
                    known = cells if member is None else [cells[member]]
                    return f"{row}.{column}", min(known), max(known)
        return self.literal()

    def member_of(self, text: str) -> int | None:
        """Which member a constant expression names: `Kind.file`, or a column of that; None if it is no constant."""
        first, *rest = text.split(".")
        kind = next((known for known in self.plan.enumerations if known.name == first), None)
        if kind is None or not rest or rest[0] not in kind.members:
            return None
        member = kind.members.index(rest[0])
        for column in rest[1:]:
            inner, cells = kind.columns[column]
            assert isinstance(inner, Enumeration)
            kind, member = inner, inner.members.index(cells[member])
        return member

    def slot(self, deep: int) -> Number:
        static = [machine for machine in self.plan.machines if not machine.dynamic]
        machine = self.choices.pick(static)
        found = self.pointer(machine, deep + 1)
        return self.literal() if found is None else (f"{found}.index", 0, machine.size - 1)

    def popped_number(self, deep: int) -> Number:
        if self.pure or not self.calling or self.row.kind == "handler":
            return self.literal()
        found = self.field(deep, lambda made: made.form == "queue" and isinstance(made.kind, Int))
        if found is None:
            return self.literal()
        kind = found[1].kind
        assert isinstance(kind, Int)
        return f"{found[0]}.popleft()", kind.low, kind.high

    def called_number(self, row: Row, deep: int) -> Number:
        text = self.call(row, deep + 1)
        assert isinstance(row.result, Int)
        if text == str(row.result.low):
            return text if row.result.low >= 0 else f"({text})", row.result.low, row.result.low
        return text, row.result.low, row.result.high

    # -- conditions --------------------------------------------------------------------------------------------------

    def boolean(self, deep: int) -> str:
        """Any condition."""
        choices = self.choices
        options: list[tuple[int, Callable[[], str]]] = [
            (1 if deep < DEEP else 2, lambda: choices.pick(("True", "False"))),
        ]
        if self.has(lambda made: made.form == "plain" and made.kind == BOOL):
            options.append((10, lambda: self.loaded(BOOL, deep)))
        for name, known in self.names.items():
            if known == BOOL:
                options.append((4, lambda name=name: name))  # type: ignore[misc]
        if deep < DEEP:
            options += [
                (4, lambda: self.compared(deep)),
                (3, lambda: self.same_constant(deep)),
                (4, lambda: self.same_pointer(deep)),
                (3, lambda: self.in_state(deep)),
                (2, lambda: f"(not {self.boolean(deep + 1)})"),
                (4, lambda: self.joined(deep)),
                (1, lambda: self.chosen_boolean(deep)),
                (2, lambda: self.quantified(deep)),
                (2, lambda: self.member(deep)),
                (1, lambda: self.listed(deep)),
                (1, lambda: self.column_boolean(deep)),
                (1, lambda: self.popped(BOOL, deep)),
                (1, lambda: f"({self.boolean(deep + 1)} {choices.pick(('==', '!='))} {self.boolean(deep + 1)})"),
            ]
            for found in self.callable(BOOL):
                options.append((2, lambda found=found: self.call(found, deep + 1)))  # type: ignore[misc]
            if self.may_choose():
                options.append((2, self.choice))
        return choices.weighed(options)()

    def may_choose(self) -> bool:
        return self.acting and self.calling and not self.row.depth and self.used + self.times <= self.most

    def choice(self) -> str:
        self.row.choices += self.times
        return f'may("{self.choices.pick(("it rains", "it fails"))}")'

    def compared(self, deep: int) -> str:
        left, right = self.number(deep + 1)[0], self.number(deep + 1)[0]
        return self.broken(left, f"{self.choices.pick(('<', '<=', '>', '>=', '==', '!='))} {right}")

    def same_constant(self, deep: int) -> str:
        kind = self.choices.pick(self.plan.enumerations)
        known = [made for machine in self.plan.machines for made in machine.fields if made.form == "plain"]
        kind = next((made.kind for made in known if isinstance(made.kind, Enumeration)), kind)
        left = self.field(deep, lambda made: made.form == "plain" and made.kind is kind)
        sides = left[0] if left else self.constant(kind, deep + 1), self.constant(kind, deep + 1)
        return self.broken(sides[0], f"{self.choices.pick(('is', 'is not'))} {sides[1]}")

    def same_pointer(self, deep: int) -> str:
        if self.past is not None and self.choices.chance(40):
            held = [made.name for made in self.past.fields if made.form in ("Ref", "Own", "Raw")]
            if held:
                name = self.choices.pick(held)
                return f"(before.{name} {self.choices.pick(('==', '!='))} after.{name})"
        machine = self.choices.pick(self.plan.machines)
        left = self.pointer(machine, deep + 1)
        if left is None:
            return "True"
        right = "None" if self.choices.chance(60) else self.pointer(machine, deep + 1, none=True)
        return self.broken(left, f"{self.choices.pick(('is', 'is not'))} {right}")

    def in_state(self, deep: int) -> str:
        stateful = [machine for machine in self.plan.machines if machine.states]
        if not stateful:
            return "True"
        machine = self.choices.pick(stateful)
        several = self.choices.chance(20)
        with self.only_reading(calling=False) if several else nullcontext():
            found = self.object(machine, deep)
        if found is None:
            return "False"
        if several:
            few = self.choices.some(list(machine.states), 1)
            listed = ", ".join(f"{machine.name}.{state}" for state in few)
            return f"({found}.state {self.choices.pick(('in', 'not in'))} ({listed},))"
        state = self.choices.pick(list(machine.states))
        return f"({found}.state {self.choices.pick(('is', 'is not'))} {machine.name}.{state})"

    def joined(self, deep: int) -> str:
        word = self.choices.pick(("and", "or"))
        parts = [self.boolean(deep + 1) for _ in range(self.choices.between(2, 3))]
        return self.broken(parts[0], *(f"{word} {part}" for part in parts[1:]))

    def chosen_boolean(self, deep: int) -> str:
        test = self.boolean(deep + 1)
        return self.broken(self.boolean(deep + 1), f"if {test}", f"else {self.boolean(deep + 1)}")

    def quantified(self, deep: int) -> str:
        drawn = self.generator(deep)
        if drawn is None:
            return "True"
        name, kind, over, _ = drawn
        with self.only_reading(), self.naming(name, kind):
            body = self.boolean(deep + 1)
            test = f"if {self.boolean(deep + 1)}" if self.choices.chance(40) else ""
        word = self.choices.pick(("any", "all"))
        return f"{word}{self.broken(body, f'for {name} in {over}', test)}"

    def member(self, deep: int) -> str:
        """Whether a set has an element."""
        found = self.field(deep, lambda made: made.form == "set")
        if found is None:
            return "False"
        text, made = found
        element = self.value(made.kind, deep + 1, none=True)
        if element is None:
            return "True"
        return self.broken(element, f"{self.choices.pick(('in', 'not in'))} {text}")

    def listed(self, deep: int) -> str:
        """`x in (a, b)`"""
        with self.only_reading(calling=False):
            if self.choices.chance(50):
                kind = self.choices.pick(self.plan.enumerations)
                left = self.constant(kind, deep + 1)
                listed = [f"{kind.name}.{member}" for member in self.choices.some(kind.members, 1)]
            else:
                left = self.number(deep + 1)[0]
                listed = [str(number) for number in self.choices.some((0, 1, 2, 5), 1)]
        return f"({left} {self.choices.pick(('in', 'not in'))} ({', '.join(listed)},))"

    def column_boolean(self, deep: int) -> str:
        for kind in self.plan.enumerations:
            for column, (inner, _) in kind.columns.items():
                if inner == BOOL:
                    return f"{self.constant(kind, deep + 1)}.{column}"
        return "False"


def elements(kind: Kind) -> int:
    """How many different values there are."""
    if isinstance(kind, Bool):
        return 2
    if isinstance(kind, Int):
        return kind.high - kind.low + 1
    return len(kind.members) if isinstance(kind, Enumeration) else kind.machine.size
