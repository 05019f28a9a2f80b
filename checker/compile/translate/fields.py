"""Names, fields, columns and pools."""

from __future__ import annotations

import ast
from enum import Enum
from typing import cast

from ....spec.language.machines import Machine, StateValue
from ....spec.language.properties import Monitor
from ....spec.language.rows import State, declaration
from ....spec.language.tables import columns
from ....spec.language.types import (
    EnumValue,
    Field,
    IntValue,
    QueueValue,
    SetValue,
)
from ....spec.language.variants import Switch
from ..ir import (
    NOTHING,
    At,
    Column,
    Constant,
    Expression,
    Load,
    Local,
    Pointer,
    SlotOf,
    StateType,
    Type,
    constant_type,
    type_of,
)
from .scope import Missing, Name, Scope, counted, line_of


class Fields(Scope):
    """Names and what hangs on them, as expressions."""

    def _name(self, node: ast.Name) -> Expression:
        name, line = node.id, node.lineno
        if name in self.parameters:
            return Local(self.parameters[name], line, name)
        if self._is_local(name):
            if name not in self.assigned:
                self.refuse(node, f"`{name}` may have no value yet on some path", "assign it on every path before")
            return Local(self._local_type(name), line, name)
        value = self._global(name)
        if isinstance(value, Switch):
            self.refuse(node, f"the switch `{name}` is no value", f"ask `if {name}:`")
        if isinstance(value, bool | int | Enum):
            return self._constant(node, value)
        owner = self.declared.machine
        if owner is not None and name in [state.name for state in owner.states]:
            self.refuse(node, f"`{name}` alone is no state", f"write `{owner.__name__}.{name}`")
        if value is Missing:
            self._undefined(node, name)
        self.refuse(node, f"`{name}` is no value of the language", "use constants, enumerations, machines and switches")

    def _attribute(self, node: ast.Attribute) -> Expression | Name:
        static = self._static(node.value)
        if isinstance(static, type) and issubclass(static, Enum):
            member = static.__members__.get(node.attr)
            if member is None:
                self.unknown(node, f"{static.__name__} has no `{node.attr}`", node.attr, list(static.__members__))
            return self._constant(node, member)
        if isinstance(static, type) and issubclass(static, Machine):
            state = vars(static).get(node.attr)
            if isinstance(state, State):
                return Constant(StateType(static), node.lineno, state.index)
            states = [known.name for known in static.states]
            self.unknown(node, f"{static.__name__} has no state `{node.attr}`", node.attr, states)
        if static is not None and static is not Missing and not isinstance(static, Enum):
            constant = getattr(static, node.attr, Missing)
            if isinstance(constant, bool | int | Enum):
                return self._constant(node, constant)
        value = self.expression(node.value)
        if isinstance(value.type, EnumValue):
            return self._column(node, value)
        if not isinstance(value.type, Pointer):
            self.refuse(node, f"`.{node.attr}` of {value.type}", "only objects and tables' rows have fields")
        machine = value.type.machine
        if node.attr == "index":
            if machine.dynamic:
                self.refuse(node, f"{machine.__name__} is dynamic: its slots mean nothing", "keep a number in a field")
            return SlotOf(IntValue(0, max(0, self.pools[machine] - 1)), line_of(node), value)
        found = machine.fields.get(node.attr)
        if found is None or node.attr == "live":
            there = vars(machine).get(node.attr)
            if declaration(there):
                return Name(there)
            if isinstance(there, State):
                self.refuse(node, f"`{ast.unparse(node)}`: a state is named by its machine", f"write `{there}`")
            if node.attr == "live":
                self.refuse(node, "nobody can ask an object whether it is live", "set what pointed to it to None")
            choices = [name for name in machine.fields if name != "live"]
            self.unknown(node, f"{machine.__name__} has no field `{node.attr}`", node.attr, choices)
        return Load(self._field_type(found, value.type.before), line_of(node), value, found)

    @staticmethod
    def _field_type(field: Field, before: bool) -> Type:
        if isinstance(field.value, SetValue | QueueValue):
            return NOTHING
        if isinstance(field.value, StateValue):
            return StateType(field.value.machine)
        made = type_of(field.value)
        return Pointer(made.machine, before) if isinstance(made, Pointer) else made

    def _column(self, node: ast.Attribute, value: Expression) -> Expression:
        assert isinstance(value.type, EnumValue)
        members = value.type.members
        known = columns(members)
        if not known:
            hint = f"write `is {members.__name__}.{next(iter(members)).name}`"
            self.refuse(node, f"{members.__name__} has no columns: `.{node.attr}`", hint)
        if node.attr not in known:
            self.unknown(node, f"{members.__name__} has no column `{node.attr}`", node.attr, list(known))
        cells = [getattr(member, node.attr) for member in members]
        if not all(isinstance(cell, bool | int | Enum) for cell in cells):
            hint = "use bool, int or enumerations"
            self.refuse(node, f"the column `{node.attr}` has a cell that is no constant", hint)
        if len({type(cell) for cell in cells}) != 1:
            self.refuse(node, f"the column `{node.attr}` mixes types", "give all its cells one type")
        numbers = [list(type(cell)).index(cell) if isinstance(cell, Enum) else int(cell) for cell in cells]
        kind = constant_type(cells[0])
        if isinstance(kind, IntValue):
            kind = IntValue(min(numbers), max(numbers))
        if isinstance(value, Constant):
            return Constant(constant_type(cells[value.value]), node.lineno, numbers[value.value])
        return Column(kind, node.lineno, value, tuple(numbers), node.attr)

    def _container(self, node: ast.expr) -> Load | None:
        """A set or queue field, if that is what `node` names."""
        if not isinstance(node, ast.Attribute):
            return None
        static = self._static(node.value)
        if isinstance(static, type):
            return None
        found = self._attribute(node)
        if isinstance(found, Load) and isinstance(found.field.value, SetValue | QueueValue):
            return found
        return None

    def _may_write(self, node: ast.AST, load: Load) -> None:
        """A monitor writes what is its own, and nobody writes the past."""
        machine, target = self.declared.machine, cast(Pointer, load.object.type)
        if machine is not None and issubclass(machine, Monitor) and target.machine is not machine:
            self.refuse(node, "a monitor only writes its own fields", "keep what it needs in the monitor")
        if target.before:
            self.refuse(node, "the state before a step can't be changed", "read it only")

    def _subscript(self, node: ast.Subscript) -> Expression:
        machine = self._static(node.value)
        if not (isinstance(machine, type) and issubclass(machine, Machine)):
            self.refuse(node, "`[...]` is for a pool", "write `Pool[i]`")
        self._listed(node, machine)
        if machine.dynamic:
            self.refuse(node, f"{machine.__name__} is dynamic: its slots mean nothing", "keep a pointer in a field")
        index = self.expression(node.slice)
        if not isinstance(index.type, IntValue):
            self.refuse(node, f"a pool's index is an int, this is {index.type}", "write `Pool[0]`")
        if index.type.low >= self.pools[machine]:
            size = counted(self.pools[machine], "slot")
            self.refuse(node, f"`{ast.unparse(node)}`: the pool has {size}", "count from 0, or enlarge the scope")
        return At(Pointer(machine), node.lineno, machine, index)
