"""The bodies of a generated spec: statements, and what a body of its kind may not do."""

from __future__ import annotations

from collections.abc import Callable

from fuzz.expressions import Expressions
from fuzz.shapes import BOOL, Bool, FieldShape, Int, Kind, Pointer, Shape


class Body(Expressions):
    """Writes the body of one row or property."""

    def block(self, size: int, deep: int = 0) -> tuple[list[str], bool]:
        """Some statements, without indentation, and whether they end in a `return`."""
        lines: list[str] = []
        for _ in range(size):
            self.row.cost += self.times
            made, ends = self.statement(deep)
            lines += made
            if ends:
                return lines, True
        return lines or ["pass"], False

    def inner(self, deep: int, size: int = 0) -> tuple[list[str], bool]:
        """A nested block, indented; what it names is forgotten after it."""
        names, sure = dict(self.names), set(self.sure)
        lines, ends = self.block(size or self.choices.between(1, 3), deep + 1)
        if not ends and self.loops < 2 and self.row.kind != "handler" and self.choices.chance(10):
            lines, ends = [*lines, *self.leave()], True
        self.names, self.sure = names, sure
        return [f"    {line}" for line in lines], ends

    def leave(self) -> list[str]:
        """The end of a path: where it goes, and `return`."""
        lines = self.arrive()
        if self.row.result is None:
            return [*lines, "return"]
        return [*lines, f"return {self.result()}"]

    def result(self) -> str:
        assert self.row.result is not None
        return self.value(self.row.result, 1, none=True) or "None"

    def arrive(self) -> list[str]:
        owner = self.row.owner
        if len(self.row.targets) < 2 or owner is None:
            return []
        return [f"self.goto({owner.name}.{self.choices.pick(self.row.targets)})"]

    def statement(self, deep: int) -> tuple[list[str], bool]:
        options: list[tuple[int, Callable[[], tuple[list[str], bool]]]] = []
        if not self.pure:
            options += [
                (12, lambda: (self.assign(), False)),
                (3, lambda: (self.update(), False)),
                (4, lambda: (self.change(), False)),
                (2, lambda: (self.promise(), False)),
                (2, lambda: (self.assertion(), False)),
            ]
        else:
            options.append((1, lambda: (self.assertion(), False)))
        options.append((2 if not self.pure else 4, lambda: (self.local(), False)))
        options.append((1, lambda: (self.local_update(), False)))
        if self.acting:
            options += [
                (8, lambda: (self.called(), False)),
                (3, lambda: (self.freed(), False)),
                (1, lambda: (self.fails(), False)),
                (4, lambda: (self.moved(), False)),
            ]
        if deep < 2:
            options += [(6, lambda: self.branch(deep)), (3, lambda: self.guarded(deep))]
            if self.times <= 3 and self.loops < 2:
                options.append((3, lambda: (self.loop(deep), False)))
        return self.choices.weighed(options)()

    def local(self) -> list[str]:
        choices = self.choices
        kinds: list[tuple[int, Kind]] = [(1, BOOL), (2, Int(0, 0)), (1, choices.pick(self.plan.enumerations))]
        kind = choices.weighed([*kinds, *((3, Pointer(machine)) for machine in self.plan.machines)])
        if isinstance(kind, Int):
            text, low, high = self.number(1)
            kind = Int(low, high)
        else:
            drawn = self.value(kind, 1)
            if drawn is None or drawn == "None":
                return ["pass"]
            text = drawn
        self.count += 1
        name = f"v{self.count}"
        self.names[name] = kind
        if isinstance(kind, Pointer) and (text in self.sure or text.startswith(f"{kind.machine.name}.new(")):
            self.sure.add(name)
        return [f"{name} = {text}"]

    def local_update(self) -> list[str]:
        """Another value for a local, of the same range."""
        mine = [(name, kind) for name, kind in self.names.items() if name[0] == "v" and isinstance(kind, Int | Bool)]
        if not mine:
            return self.local()
        name, kind = self.choices.pick(mine)
        if isinstance(kind, Bool):
            return [f"{name} = {self.boolean(1)}"]
        if kind.low <= 0 <= kind.high and self.choices.chance(40):
            return [f"{name} //= {self.choices.between(1, 3)}"]
        text, low, high = self.number(1)
        if kind.low <= low and high <= kind.high:
            return [f"{name} = {text}"]
        return [f"{name} = ({text} % {kind.high - kind.low + 1} + {kind.low})"]

    def writable(self, wanted: Callable[[FieldShape], bool]) -> tuple[str, FieldShape] | None:
        """A field that this body may change."""
        allowed = lambda made: wanted(made) and self.may_drop(made)  # noqa: E731
        return self.field(1, allowed, own=self.row.kind == "handler" or self.choices.chance(50))

    def may_drop(self, made: FieldShape) -> bool:
        return made.form != "Own" or self.may_finalise(made.kind)

    def may_finalise(self, kind: Kind) -> bool:
        """Whether an object may go here: no loop over its pool runs, and its finalizer can't come back here."""
        assert isinstance(kind, Pointer)
        going = kind.machine.owned
        if self.churned(kind) & self.banned:
            return False
        mine = self.row
        return all(mine.depth or machine.finalizer is None or machine.finalizer.order < mine.order for machine in going)

    @staticmethod
    def churned(kind: Kind) -> set[Shape]:
        """The machines whose objects may come or go when one of these goes."""
        assert isinstance(kind, Pointer)
        result = kind.machine.owned
        for machine in kind.machine.owned:
            result |= machine.finalizer.churns if machine.finalizer else set()
        return result

    def assign(self) -> list[str]:
        found = self.writable(lambda made: made.form not in ("set", "queue"))
        if found is None:
            return ["pass"]
        text, made = found
        if made.form == "Own":
            assert isinstance(made.kind, Pointer)
            self.row.churns |= self.churned(made.kind)
            if self.may_make(made.kind.machine) and self.choices.chance(50):
                return [f"{text} = {self.make(made.kind.machine, 1)}"]
        value = self.value(made.kind, 0, none=True)
        return [f"{text} = {value}"] if value is not None else ["pass"]

    def update(self) -> list[str]:
        found = self.writable(lambda made: made.form == "plain" and isinstance(made.kind, Int))
        if found is None:
            return ["pass"]
        text, made = found
        kind = made.kind
        assert isinstance(kind, Int)
        base = text.rpartition(".")[0]
        if not base.isidentifier():
            return ["pass"]
        if self.choices.chance(25):
            return (
                [f"{text} {self.choices.pick(('//=', '%='))} {kind.high - kind.low + 1}"] if kind.low == 0 else ["pass"]
            )
        value, low, high = self.number(1)
        operator = self.choices.pick("+-")
        ends = (kind.low + low, kind.high + high) if operator == "+" else (kind.low - high, kind.high - low)
        if min(ends) > kind.high or max(ends) < kind.low:
            return [f"{text} {operator}= 0"]
        return [f"{text} {operator}= {value}"]

    def change(self) -> list[str]:
        """Something is done to a set or a queue."""
        found = self.writable(lambda made: made.form in ("set", "queue"))
        if found is None:
            return ["pass"]
        text, made = found
        words = ("add", "add", "discard", "clear") if made.form == "set" else ("append", "append", "popleft", "clear")
        word = self.choices.pick(words)
        if word in ("clear", "popleft"):
            return [f"{text}.{word}()"] if word == "clear" or self.acting else ["pass"]
        if isinstance(made.kind, Int) and self.choices.chance(25):
            inner = self.fitting(made.kind, 1, always=False)
        else:
            inner = self.value(made.kind, 1, none=True) or ""
        return [f"{text}.{word}{self.arguments([inner])}"] if inner else ["pass"]

    def promise(self) -> list[str]:
        if self.row.kind == "handler":
            return [f"ensure({self.boolean(1)})"]
        if not self.plan.promises:
            return ["pass"]
        return [f'ensure({self.boolean(1)}, "{self.choices.pick(self.plan.promises)}")']

    def assertion(self) -> list[str]:
        test = self.boolean(1)
        if self.choices.chance(40):
            test = self.broken(test, f"or {self.boolean(1)}", f"or {self.boolean(2)}")
        if self.choices.chance(15):
            test = f"(\n        {test}\n    )"
        return [f"assert {test}" + (', "it holds"' if self.choices.chance(20) else "")]

    def called(self) -> list[str]:
        found = self.callable(None)
        others = [kind for row in self.plan.operations if (kind := row.result) is not None and self.may_call(row)]
        if others and (not found or self.choices.chance(30)):
            found = self.callable(self.choices.pick(others))
        if not found or self.calls <= 0:
            return ["pass"]
        text = self.call(self.choices.pick(found), 1)
        return [text if text.endswith(")") and "(" in text and not text.startswith("(") else "pass"]

    def freed(self) -> list[str]:
        able = [machine for machine in self.plan.machines if machine.dynamic and self.may_finalise(Pointer(machine))]
        if not able:
            return ["pass"]
        machine = self.choices.pick(able)
        found = self.pointer(machine, 1)
        if found is None:
            return ["pass"]
        self.row.churns |= self.churned(Pointer(machine))
        return [f"free({found})"]

    def fails(self) -> list[str]:
        return ['fail("no")']

    def moved(self) -> list[str]:
        """A local outlives its object: the owner lets go, and the name is used after."""
        able = [machine for machine in self.plan.machines if machine.dynamic and self.may_finalise(Pointer(machine))]
        found = [(base, made) for machine in able for base, made in self.paths(machine) if made.form == "Own"]
        if not found:
            return ["pass"]
        base, made = self.choices.pick(found)
        self.count += 1
        name = f"v{self.count}"
        self.names[name] = made.kind
        self.row.churns |= self.churned(made.kind)
        lines = [f"{name} = {base}.{made.name}", f"{base}.{made.name} = None"]
        kept = self.field(1, lambda other: other.form in ("Ref", "Raw") and other.kind == made.kind)
        if kept is not None and self.choices.chance(60):
            lines.append(f"{kept[0]} = {name}")
        if self.choices.chance(15):
            lines.append(f"free({name})")
        return lines

    def branch(self, deep: int) -> tuple[list[str], bool]:
        if self.plan.switches and self.choices.chance(20):
            test = f"{self.choices.pick(('', 'not '))}{self.choices.pick(self.plan.switches)}"
            if self.choices.chance(40):
                test = f"{self.boolean(1)} {self.choices.pick(('and', 'or'))} {test}"
        else:
            test = self.boolean(0)
        then, then_ends = self.inner(deep)
        if not self.choices.chance(50):
            return [f"if {test}:", *then], False
        if self.choices.chance(25):
            more, more_ends = self.inner(deep)
            other, other_ends = self.inner(deep)
            lines = [f"if {test}:", *then, f"elif {self.boolean(1)}:", *more, "else:", *other]
            return lines, then_ends and more_ends and other_ends
        other, other_ends = self.inner(deep)
        return [f"if {test}:", *then, "else:", *other], then_ends and other_ends

    def guarded(self, deep: int) -> tuple[list[str], bool]:
        """What a pointer names, used where it is not None."""
        machine = self.choices.pick(self.plan.machines)
        text = self.pointer(machine, 2)
        if text is None or text == "None":
            return ["pass"], False
        self.count += 1
        name = f"v{self.count}"
        self.names[name] = Pointer(machine)
        sure = set(self.sure)
        self.sure.add(name)
        then, _ = self.inner(deep)
        self.sure = sure
        return [f"{name} = {text}", f"if {name} is not None:", *then], False

    def loop(self, deep: int) -> list[str]:
        machine: Shape | None = None
        if self.row.kind == "action" or self.choices.chance(40):
            low, high = self.choices.pick(((0, 2), (0, 3), (-1, 1), (2, 2)))
            over = f"range({high})" if low == 0 else f"range({low}, {high})"
            kind: Kind = Int(low, max(low, high - 1))
            rounds = max(1, high - low)
        else:
            machine = self.choices.pick(self.plan.machines)
            over, kind, rounds = machine.name, Pointer(machine), machine.size
        name = next(word for word in ("i", "j", "k") if word not in self.names)
        before = self.times, set(self.banned)
        self.times *= rounds
        self.loops += 1
        if machine is not None and machine.dynamic:
            self.banned.add(machine)
        with self.naming(name, kind):
            lines, _ = self.inner(deep)
        self.loops -= 1
        self.times, self.banned = before
        return [f"for {name} in {over}:", *lines]

    # -- whole bodies ------------------------------------------------------------------------------------------------

    def statements(self, size: int) -> list[str]:
        """The body of a row."""
        lines: list[str] = []
        if self.row.owner is not None and self.row.owner.clearing & set(self.row.targets):
            for made in self.row.owner.fields:
                if made.form == "Own":
                    self.row.churns |= self.churned(made.kind)
        if self.row.kind == "step":
            lines = self.guards()
        more, ends = self.block(size)
        lines += more
        if not ends:
            lines += self.arrive()
            if self.row.result is not None:
                lines.append(f"return {self.result()}")
        self.row.written = True
        return lines

    def guards(self) -> list[str]:
        lines = []
        for _ in range(self.choices.weighed([(4, 0), (4, 1), (1, 2)])):
            if self.may_choose() and self.choices.chance(10):
                self.count += 1
                self.names[f"v{self.count}"] = BOOL
                lines.append(f"v{self.count} = {self.choice()}")
            with self.only_reading():
                if self.choices.chance(20):
                    lines += self.local()
                guard = f"require({self.boolean(0)})"
            if self.plan.switches and self.choices.chance(20):
                test = f"{self.choices.pick(('', 'not '))}{self.choices.pick(self.plan.switches)}"
                lines += [f"if {test}:", f"    {guard}"]
            else:
                lines.append(guard)
        return lines

    def condition(self, size: int) -> list[str]:
        """The body of a property."""
        lines: list[str] = []
        for _ in range(size):
            made, ends = self.statement(1)
            lines += made
            if ends:
                return lines
        return [*lines, f"return {self.boolean(0)}"]
