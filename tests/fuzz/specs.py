"""Random small specs in the language, as text: every construct, well typed, with machines that do go wrong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from textwrap import indent
from typing import Any

from hypothesis import strategies as st

from fuzz.bodies import Body
from fuzz.shapes import BOOL, Choices, Enumeration, FieldShape, Int, Kind, Plan, Pointer, Row, Shape, annotation

HEAD = '''\
"""A generated spec."""

from __future__ import annotations

from enum import Enum
from typing import Annotated

from hotswap.spec.language import *

BIG = Lock("big")
SMALL = Lock("small")
WORKER = Thread("worker", needs=BIG)
OUTSIDE = Thread("outside")
'''


@st.composite
def specs(draw: Callable[[Any], Any]) -> str:
    """The text of a module that defines `SYSTEM`."""
    choices = Choices(draw)
    return _Spec(choices).text()


class _Spec:
    def __init__(self, choices: Choices) -> None:
        self.choices = choices
        self.plan = Plan()
        self.bodies: dict[Row, list[str]] = {}
        self.owning: dict[str, list[FieldShape]] = defaultdict(list)

    def text(self) -> str:
        self._constants()
        self._machines()
        self._fields()
        self._rows()
        self._monitors()
        self.plan.promises = self._promises()
        self._write()
        parts = [HEAD, *self._show_constants(), *(self._show(machine) for machine in self.plan.machines)]
        parts += [self._show_row(row, "") for row in self.plan.functions]
        parts += [self._show(monitor) for monitor in self.plan.monitors]
        return "\n\n".join([*parts, *self._properties(), self._boot(), self._system()]) + "\n"

    # -- constants ---------------------------------------------------------------------------------------------------

    def _constants(self) -> None:
        choices, plan = self.choices, self.plan
        speed = Enumeration("Speed", ("slow", "fast", "idle", "gone", "lost")[: choices.between(2, 5)])
        plan.enumerations.append(speed)
        if choices.chance(80):
            members = ("null", "file", "pipe", "socket", "tty")[: choices.between(1, 5)]
            columns: dict[str, tuple[Kind, tuple[Any, ...]]] = {}
            columns["opens"] = BOOL, tuple(choices.chance(50) for _ in members)
            if choices.chance(70):
                cells = tuple(choices.pick((0, 1, 3, -2, 100000, -70000)) for _ in members)
                columns["size"] = Int(min(cells), max(cells)), cells
            if choices.chance(50):
                columns["speed"] = speed, tuple(choices.pick(speed.members) for _ in members)
            plan.enumerations.append(Enumeration("Mode", members, columns))
        if choices.chance(50):
            plan.constants["MOST"] = choices.between(-1, 3)
        plan.switches = ["NEWER"] if choices.chance(30) else []

    def _show_constants(self) -> list[str]:
        parts = [f"{name} = {value}" for name, value in self.plan.constants.items()]
        parts += [f'{name} = Switch("{name.lower()}", "")' for name in self.plan.switches]
        for kind in self.plan.enumerations:
            if not kind.columns:
                lines = [f"    {member} = {i}" for i, member in enumerate(kind.members)]
                parts.append("\n".join([f"class {kind.name}(Enum):", *lines]))
                continue
            lines = [
                f"    {column}: {'int' if isinstance(inner, Int) else annotation(inner)}"
                for column, (inner, _) in kind.columns.items()
            ]
            for i, member in enumerate(kind.members):
                cells = ", ".join(
                    f"{column}={f'{inner.name}.{values[i]}' if isinstance(inner, Enumeration) else values[i]}"
                    for column, (inner, values) in kind.columns.items()
                )
                lines.append(f"    {member} = row({cells})")
            parts.append("\n".join([f"class {kind.name}(Table):", *lines]))
        return parts

    # -- machines ----------------------------------------------------------------------------------------------------

    def _machines(self) -> None:
        choices, plan = self.choices, self.plan
        plan.machines.append(Shape(choices.pick(("Owner", "Slot2")), size=choices.between(1, 2)))
        for name in ("Thing", "Part7")[: choices.weighed([(6, 1), (3, 2), (1, 0)])]:
            plan.machines.append(Shape(name, dynamic=True, size=choices.between(1, 3)))
        if choices.chance(65):
            holds = choices.pick(("BIG", "BIG", "SMALL", ""))
            plan.machines.append(Shape("Command", size=choices.weighed([(4, 1), (1, 2)]), command=True, holds=holds))
        if choices.chance(30):
            plan.machines.reverse()
        for machine in plan.machines:
            if machine.command or choices.chance(55):
                self._states(machine)
            machine.thread = choices.pick(("", "", "WORKER", "OUTSIDE"))

    def _states(self, machine: Shape) -> None:
        choices = self.choices
        for i, name in enumerate(("idle", "busy", "torn", "done")[: choices.between(2, 4)]):
            given = ["initial=True"] if i == 0 else []
            if choices.chance(12):
                given.append("waiting=True")
            if choices.chance(30 if i == 0 and machine.command else 12):
                given.append("clear=True")
                machine.clearing.add(name)
            machine.states[name] = ", ".join(given)

    def _int(self) -> Int:
        return Int(*self.choices.pick(((0, 1), (0, 2), (0, 3), (-1, 1), (-2, 0), (1, 3), (2, 2), (-3, -1))))

    def _constant_kind(self) -> Kind:
        kinds: list[Kind] = [BOOL, self._int(), self.choices.pick(self.plan.enumerations)]
        return self.choices.pick(kinds)

    def _fields(self) -> None:
        choices, plan = self.choices, self.plan
        for machine in plan.machines:
            for i in range(choices.between(2, 5)):
                machine.fields.append(self._field("abcde"[i]))
        for target in plan.machines:
            if target.dynamic and not any(
                made.form == "Own" and made.kind == Pointer(target) for m in plan.machines for made in m.fields
            ):
                holder = choices.pick([machine for machine in plan.machines if not machine.dynamic])
                holder.fields.append(FieldShape(f"has_{target.name.lower()}", "Own", Pointer(target)))

    def _field(self, name: str) -> FieldShape:
        choices, plan = self.choices, self.plan
        form = choices.weighed([(8, "plain"), (4, "Ref"), (4, "Own"), (2, "Raw"), (2, "set"), (2, "queue")])
        if form in ("Own", "Raw"):
            dynamic = [machine for machine in plan.machines if machine.dynamic]
            if dynamic:
                return FieldShape(name, form, Pointer(choices.pick(dynamic)))
            form = "Ref"
        if form == "Ref":
            return FieldShape(name, form, Pointer(choices.pick(plan.machines)))
        kind = self._constant_kind()
        if form == "set" and choices.chance(30):
            kind = Pointer(choices.pick([machine for machine in plan.machines if not machine.dynamic]))
        return FieldShape(name, form, kind, choices.between(1, 3) if form == "queue" else 0)

    # -- rows --------------------------------------------------------------------------------------------------------

    def _kind(self, *, pointers: bool = True) -> Kind:
        if pointers and self.choices.chance(45):
            return Pointer(self.choices.pick(self.plan.machines))
        return self._constant_kind()

    def _result(self) -> Kind | None:
        return None if self.choices.chance(45) else self._kind()

    def _parameters(self, most: int) -> list[tuple[str, Kind]]:
        return [(f"p{i}", self._kind()) for i in range(self.choices.below(most + 1))]

    def _rows(self) -> None:
        choices, plan = self.choices, self.plan
        for machine in plan.machines:
            if machine.dynamic and choices.chance(35):
                machine.rows.append(Row("finalizer", "end", machine))
        for machine in plan.machines:
            for i in range(choices.below(4)):
                machine.rows.append(self._operation(f"op{i}", machine))
            if not machine.dynamic and choices.chance(60):
                for i in range(choices.between(1, 2)):
                    kind = self._constant_kind()
                    machine.rows.append(Row("observable", f"seen{i}", machine, result=kind, pure=True))
        for i in range(choices.below(3)):
            plan.functions.append(self._operation(f"helper{i}", None))
        for machine in plan.machines:
            for i in range(choices.between(1, 3)):
                self._step(f"step{i}", machine)
            self._reach(machine)
        self._order()

    def _operation(self, name: str, machine: Shape | None) -> Row:
        choices = self.choices
        row = Row("operation", name, machine, self._parameters(2), self._result())
        row.pure = choices.chance(25)
        row.depth = choices.weighed([(7, 0), (1, 1), (2, 2), (1, 3)])
        if machine is not None and machine.states:
            if choices.chance(35):
                row.sources = choices.some(list(machine.states), 1)
            if not row.pure and choices.chance(45):
                row.targets = self._targets(machine)
        return row

    def _targets(self, machine: Shape) -> list[str]:
        names = list(machine.states)
        return self.choices.some(names, 1) if self.choices.chance(40) else [self.choices.pick(names)]

    def _step(self, name: str, machine: Shape) -> Row:
        choices = self.choices
        row = Row("step", name, machine, self._parameters(2 if choices.chance(30) else 1))
        if machine.states and (machine.command or choices.chance(70)):
            row.sources = choices.some(list(machine.states), 1)
            if machine.command or choices.chance(70):
                row.targets = self._targets(machine)
        row.thread = choices.pick(("", "", "", "WORKER", "OUTSIDE"))
        row.lock = choices.pick(("", "", "", "BIG", "SMALL"))
        machine.rows.append(row)
        return row

    def _reach(self, machine: Shape) -> None:
        """Every state is entered from one that is reached before it; the first is left."""
        names = list(machine.states)
        for i, name in enumerate(names[1:], 1):
            if not any(
                name in row.targets and (not row.sources or row.sources[0] in names[:i]) for row in machine.rows
            ):
                row = self._step(f"to_{name}", machine)
                row.sources = [self.choices.pick(names[:i])]
                row.targets = [name] if self.choices.chance(60) else [name, *self.choices.some(names)]
                row.targets = list(dict.fromkeys(row.targets))
        if names and not any(names[0] in (*row.sources, *row.targets) for row in machine.rows):
            next(row for row in machine.rows if row.sources or row.kind == "step").sources.insert(0, names[0])
        for row in machine.rows:
            if row.kind == "step" and machine.command and (not row.sources or names[0] in row.sources):
                row.sources = names[:1]

    def _order(self) -> None:
        plan = self.plan
        rows = [row for m in plan.machines for row in m.rows]
        kinds = ("finalizer", "operation", "observable", "step")
        ordered = [row for kind in kinds for row in [*rows, *plan.functions] if row.kind == kind]
        for order, row in enumerate(ordered):
            row.order = order

    def _monitors(self) -> None:
        choices, plan = self.choices, self.plan
        if not choices.chance(45):
            return
        static = [
            (machine, [row for row in machine.rows if row.kind == "operation" and not row.pure])
            for machine in plan.machines
            if not machine.dynamic
        ]
        able = [(machine, rows) for machine, rows in static if rows]
        if not able:
            return
        machine, rows = choices.pick(able)
        monitor = Shape("EventsAlternate", of=machine, size=machine.size)
        for i in range(choices.between(1, 2)):
            kind = self._constant_kind()
            monitor.fields.append(FieldShape(f"m{i}", "plain", kind))
        if choices.chance(20):
            monitor.fields.append(FieldShape("last", "Ref", Pointer(choices.pick(plan.machines))))
        row = choices.pick(rows)
        alike = [other for other in rows if other is row or other.parameters == row.parameters]
        handler = Row("handler", "told", monitor, [("about", Pointer(machine)), *row.parameters])
        handler.observes = alike if choices.chance(50) else [row]
        handler.order = 1 << 20
        monitor.rows.append(handler)
        plan.monitors.append(monitor)

    # -- bodies ------------------------------------------------------------------------------------------------------

    def _promises(self) -> list[str]:
        choices = self.choices
        names = [f"always{i}" for i in range(choices.below(3))]
        if choices.chance(50):
            names.append("kept")
        if choices.chance(10):
            names.append("no-leak")
        return names

    def _write(self) -> None:
        plan = self.plan
        rows = [*plan.functions, *(row for m in [*plan.machines, *plan.monitors] for row in m.rows)]
        for row in sorted(rows, key=lambda row: row.order):
            names: dict[str, Kind] = dict(row.parameters)
            sure = {name for name, _ in row.parameters} if row.kind in ("step", "handler") else set()
            if row.owner is not None:
                names["self"] = Pointer(row.owner)
                sure.add("self")
            body = Body(self.choices, plan, row, names, sure=sure)
            if row.kind == "handler":
                body.mine = row.owner
            size = self.choices.between(1, 4) if not row.pure else self.choices.below(2)
            self.bodies[row] = body.statements(size)

    # -- the text ----------------------------------------------------------------------------------------------------

    def _show(self, machine: Shape) -> str:
        given = [f"of={machine.of.name}"] if machine.of else []
        given += ["dynamic=True"] if machine.dynamic else []
        given += ["command=True"] if machine.command else []
        given += [f"holds={machine.holds}"] if machine.holds else []
        given += [f"thread={machine.thread}"] if machine.thread else []
        base = "Monitor" if machine.of else "Machine"
        lines = [f"class {machine.name}({', '.join([base, *given])}):"]
        lines += [f"    {name} = State({made})" for name, made in machine.states.items()]
        lines += [f"    {made}" for made in machine.fields]
        return "\n".join([*lines, *(indent(self._show_row(row, "self"), "    ") for row in machine.rows)])

    def _show_row(self, row: Row, receiver: str) -> str:
        given = list(row.sources)
        if row.targets:
            given.append(f"to={row.targets[0] if len(row.targets) == 1 else '(' + ', '.join(row.targets) + ')'}")
        if row.kind == "step":
            given += [f"thread={row.thread}"] if row.thread else []
            given += [f"lock={row.lock}"] if row.lock else []
            decorator = f"@step({', '.join(given)})"
        elif row.kind == "handler":
            owner = row.owner.of if row.owner else None
            assert owner is not None
            decorator = f"@on({', '.join(f'{owner.name}.{known.name}' for known in row.observes)})"
        elif row.kind == "operation":
            given += [f"depth={row.depth}"] if row.depth else []
            decorator = f"@operation({', '.join(given)})" if given else "@operation"
        else:
            decorator = f"@{row.kind}"
        result = "None" if row.result is None else annotation(row.result)
        if isinstance(row.result, Pointer):
            result += " | None"
        parameters = ([receiver] if receiver else []) + [f"{name}: {annotation(kind)}" for name, kind in row.parameters]
        head = f"def {row.name}({', '.join(parameters)}) -> {result}:"
        return "\n".join([decorator, head, *(f"    {line}" for line in self.bodies[row])])

    def _properties(self) -> list[str]:
        choices, plan = self.choices, self.plan
        self.listed = [monitor.name for monitor in plan.monitors]
        shown = []
        commands = [machine for machine in plan.machines if machine.command]
        for name in plan.promises:
            if name.startswith("always"):
                over = [choices.pick(plan.machines) for _ in range(choices.below(3))]
                parameters = [(f"x{i}", Pointer(machine)) for i, machine in enumerate(over)]
                given = []
                if commands and choices.chance(40):
                    given.append(f"between={commands[0].name}")
                if over and choices.chance(30) and not self._ensured(name):
                    given += [f'by="{choices.pick(cases)}"' for cases in [_cases(over[0])] if cases]
                decorator = f"@invariant({', '.join(given)})" if given else "@invariant"
                shown.append(self._condition(name, decorator, parameters, None))
            elif name == "kept":
                machine = choices.pick(plan.machines)
                pair = [("before", Pointer(machine)), ("after", Pointer(machine))]
                shown.append(self._condition(name, "@action", pair, machine))
        if choices.chance(50):
            over = [choices.pick(plan.machines) for _ in range(choices.below(2))]
            parameters = [(f"x{i}", Pointer(machine)) for i, machine in enumerate(over)]
            shown.append(self._condition("reached", "@sometimes", parameters, None))
        return shown

    def _ensured(self, name: str) -> bool:
        """Whether a body says that it breaks this property, and so can't say for which case."""
        return any(f'"{name}"' in line for body in self.bodies.values() for line in body)

    def _condition(self, name: str, decorator: str, parameters: list[tuple[str, Pointer]], past: Shape | None) -> str:
        row = Row("action" if past else "property", name, None, pure=True, result=BOOL, order=1 << 20)
        names: dict[str, Kind] = {given: kind for given, kind in parameters if given != "before"}
        body = Body(self.choices, self.plan, row, names, sure=set(names))
        body.past = past
        lines = body.condition(self.choices.below(2))
        self.listed.append(name)
        given = ", ".join(f"{word}: {kind.machine.name}" for word, kind in parameters)
        return "\n".join([decorator, f"def {name}({given}) -> bool:", *(f"    {line}" for line in lines)])

    # -- where it starts ---------------------------------------------------------------------------------------------

    def _boot(self) -> str:
        """Plain Python: some objects are there from the start, owned, and some fields are not blank."""
        choices = self.choices
        lines: list[str] = []
        room = {machine: machine.size for machine in self.plan.machines}
        for machine in self.plan.machines:
            if machine.dynamic:
                continue
            for slot in range(machine.size):
                for made in sorted(machine.fields, key=lambda made: made.form != "Own"):
                    if not choices.chance(70 if isinstance(made.kind, Pointer) else 30):
                        continue
                    text = f"{machine.name}[{slot}].{made.name}"
                    statement = self._first(text, made, room)
                    if statement and choices.chance(20):
                        statement = f'if may("{made.name} is there"):\n    {statement}'
                    lines += [statement] if statement else []
        return "\n".join(["def boot() -> None:", *(indent(line, "    ") for line in lines or ["pass"])])

    def _first(self, text: str, made: FieldShape, room: dict[Shape, int]) -> str:
        choices = self.choices
        kind = made.kind
        if isinstance(kind, Pointer) and made.form != "set":
            machine = kind.machine
            if machine.dynamic:
                if made.form != "Own":
                    owner = text.partition(".")[0]
                    owned = [f.name for f in self.owning[owner] if f.kind == kind]
                    return f"{text} = {owner}.{choices.pick(owned)}" if owned else ""
                if room[machine] == 0:
                    return ""
                self.owning[text.partition(".")[0]].append(made)
                room[machine] -= 1
                plain = [f for f in machine.fields if f.form == "plain" and self.choices.chance(40)]
                return f"{text} = {machine.name}.new({', '.join(f'{f.name}={self._raw(f.kind)}' for f in plain)})"
            return f"{text} = {self._raw(kind)}"
        if made.form == "set":
            return f"{text}.add({self._raw(kind)})"
        if made.form == "queue":
            return f"{text}.append({self._raw(kind)})"
        return f"{text} = {self._raw(kind)}"

    def _raw(self, kind: Kind) -> str:
        choices = self.choices
        if isinstance(kind, Int):
            return str(choices.between(kind.low, kind.high))
        if isinstance(kind, Enumeration):
            return f"{kind.name}.{choices.pick(kind.members)}"
        if isinstance(kind, Pointer):
            return f"{kind.machine.name}[{choices.below(kind.machine.size)}]"
        return choices.pick(("False", "True"))

    def _system(self) -> str:
        plan = self.plan
        machines = ", ".join(machine.name for machine in plan.machines)
        pools = ", ".join(f"{machine.name}: {machine.size}" for machine in plan.machines)
        lines = ["SYSTEM = System(", '    "generated",', f"    machines=({machines},),"]
        lines += [f'    scopes={{"small": {{{pools}}}}},', "    boot=boot,"]
        lines.append(f"    properties=[{', '.join(self.listed)}],")
        if plan.switches:
            on = ["", ", (NEWER,)"][self.choices.below(2)]
            other = "" if on else ", (NEWER,)"
            lines.append(f'    profiles=[Profile("first", ""{on}), Profile("other", ""{other})],')
        return "\n".join([*lines, ")"])


def _cases(machine: Shape) -> list[str]:
    """The fields by which the findings of an invariant can be told apart."""
    plain = [made.name for made in machine.fields if made.form == "plain" and not isinstance(made.kind, Int | Pointer)]
    return [*plain, *(["state"] if machine.states else [])]
