"""The value types of a spec, and how the plain objects read and write a field of each.

Every field's value is one small integer in the world's list (its *raw* value): 0 or 1 for a bool, the number itself
for an int, the position of an enumeration's member, 0 for None and slot + 1 for a pointer, `DANGLING` for a pointer
whose object is gone, one bit an element for a set, and length and elements side by side for a queue.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, overload

from . import world
from .classes import lines, place
from .errors import DoubleFree, NullDereference, OutOfRange, SpecError, UseAfterFree

if TYPE_CHECKING:
    from .machines import Machine

M = TypeVar("M", bound="Machine")
T = TypeVar("T")

Where = Callable[[str, str], SpecError]
"""Makes the error that says where something stands, of what is wrong and what to write instead."""

LARGEST_NUMBER = (1 << 31) - 1
"""The largest number of a model, either way."""

DANGLING = -1
"""The raw value of a pointer whose object has been finalised."""


@dataclass(frozen=True)
class Range:
    """The values an integer may take, both ends included: `Level = Annotated[int, Range(0, 4)]`."""

    low: int
    high: int


@dataclass(frozen=True)
class Capacity:
    """How many elements a queue holds: `Annotated[Queue[Message], Capacity(3)]`."""

    size: int


class Ref(Generic[M]):
    """A borrowed pointer: None, an object, or dangling. One that dangles at the end of a step breaks
    `no-dangling-pointer`.

    Typed as the machine itself, so that a spec can write the very dereference that the checker is to judge.
    """

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type | None = None) -> M: ...
        def __set__(self, instance: object, value: M | None) -> None: ...


class Own(Ref[M]):
    """A pointer that holds a reference: the object lives while one `Own` names it, as with QEMU's `object_ref`."""


class Raw(Ref[M]):
    """A copy of a pointer, like a command's local variable: it may dangle, and only using it then is an error."""


class Set(Generic[T]):
    """A small set of constants or static instances, kept in a field."""

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type | None = None) -> Set[T]: ...
        def add(self, element: T) -> None: ...
        def discard(self, element: T) -> None: ...
        def clear(self) -> None: ...
        def __contains__(self, element: T) -> bool: ...
        def __len__(self) -> int: ...


class Queue(Generic[T]):
    """A bounded first-in-first-out queue of constants, kept in a field; `Capacity` bounds it."""

    if TYPE_CHECKING:

        def __get__(self, instance: object, owner: type | None = None) -> Queue[T]: ...
        def append(self, element: T) -> None: ...
        def popleft(self) -> T: ...
        def clear(self) -> None: ...
        def __len__(self) -> int: ...


@cache
def _members(enumeration: type[Enum]) -> tuple[Enum, ...]:
    return tuple(enumeration)


class Value:
    """A value type: how many values there are, the one that a blank field has, and both conversions."""

    blank: int = 0

    def decode(self, raw: int, here: world.World) -> Any:
        return raw

    def encode(self, value: Any) -> int:
        raise NotImplementedError

    def values(self) -> Iterator[Any]:
        """Every value, in order; what a step's parameter of this type ranges over."""
        raise NotImplementedError

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        """The lowest and the highest raw value, with pools of these sizes."""
        raise NotImplementedError


@dataclass(frozen=True)
class BoolValue(Value):
    """True or False."""

    def decode(self, raw: int, here: world.World) -> bool:
        return raw != 0

    def encode(self, value: Any) -> int:
        if value is True:
            return 1
        if value is False:
            return 0
        raise TypeError(f"a bool is expected, this is {value!r}")

    def values(self) -> Iterator[bool]:
        yield from (False, True)

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        return 0, 1

    def __str__(self) -> str:
        return "bool"


@dataclass(frozen=True)
class IntValue(Value):
    """A number from `low` to `high`."""

    low: int
    high: int

    @property
    def blank(self) -> int:  # type: ignore[override]
        return min(max(0, self.low), self.high)

    def encode(self, value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool):
            raise TypeError(f"an int is expected, this is {value!r}")
        if not self.low <= value <= self.high:
            raise OutOfRange(f"{value} is outside {self.low}..{self.high}")
        return value

    def values(self) -> Iterator[int]:
        yield from range(self.low, self.high + 1)

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        return self.low, self.high

    def __str__(self) -> str:
        return f"int {self.low}..{self.high}"


@dataclass(frozen=True)
class EnumValue(Value):
    """A member of an enumeration or a table."""

    members: type[Enum]

    def decode(self, raw: int, here: world.World) -> Enum:
        return _members(self.members)[raw]

    def encode(self, value: Any) -> int:
        if not isinstance(value, self.members):
            raise TypeError(f"a {self.members.__name__} is expected, this is {value!r}")
        return _members(self.members).index(value)

    def values(self) -> Iterator[Enum]:
        yield from self.members

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        return 0, len(self.members) - 1

    def __str__(self) -> str:
        return self.members.__name__


@dataclass(frozen=True)
class RefValue(Value):
    """A pointer: `own` for one that holds a reference, `raw` for one that may dangle."""

    machine: type[Machine]
    own: bool = False
    raw: bool = False

    def decode(self, raw: int, here: world.World) -> Machine | None:
        if raw == 0:
            return None
        if raw == DANGLING:
            raise UseAfterFree("the pointer dangles")
        return here.instances(self.machine)[raw - 1]

    def encode(self, value: Any) -> int:
        if value is None:
            return 0
        if not isinstance(value, self.machine):
            raise TypeError(f"a {self.machine.__name__} is expected, this is {value!r}")
        return value._slot + 1 if value._world.live(value) else DANGLING

    def values(self) -> Iterator[Machine]:
        here = world.current()
        yield from (instance for instance in here.instances(self.machine) if here.live(instance))

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        return (DANGLING if self.machine.dynamic else 0), pools[self.machine]

    def __str__(self) -> str:
        return f"{'Own' if self.own else 'Raw' if self.raw else 'Ref'}[{self.machine.__name__}]"


@dataclass(frozen=True)
class SetValue(Value):
    """A set of constants or static instances: one bit an element."""

    element: Value

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        return 0, (1 << self.size(pools)) - 1

    def size(self, pools: Mapping[type, int]) -> int:
        """How many different elements there are."""
        if isinstance(self.element, RefValue):
            return pools[self.element.machine]
        low, high = self.element.limits(pools)
        return high - low + 1

    def index(self, value: Any) -> int:
        if isinstance(self.element, RefValue):
            if value is None:
                raise NullDereference("None is no element")
            return self.element.encode(value) - 1
        return self.element.encode(value) - self.element.limits({})[0]

    def __str__(self) -> str:
        return f"Set[{self.element}]"


@dataclass(frozen=True)
class QueueValue(Value):
    """Raw form: the length in the low `length_bits`, then the elements, the oldest first, `bits` each."""

    element: Value
    capacity: int

    @property
    def length_bits(self) -> int:
        return self.capacity.bit_length()

    @property
    def bits(self) -> int:
        low, high = self.element.limits({})
        return max(1, (high - low).bit_length())

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        return 0, (1 << (self.length_bits + self.capacity * self.bits)) - 1

    def __str__(self) -> str:
        return f"Queue[{self.element}]"


class SetView:
    """A set field of a plain object: reads and writes the world."""

    def __init__(self, instance: Machine, field: Field, kind: SetValue) -> None:
        self._instance, self._field, self._kind = instance, field, kind

    def __contains__(self, element: Any) -> bool:
        return bool(self._field.raw(self._instance) >> self._kind.index(element) & 1)

    def __len__(self) -> int:
        return self._field.raw(self._instance).bit_count()

    def add(self, element: Any) -> None:
        bit = 1 << self._kind.index(element)
        self._field.store(self._instance, self._field.raw(self._instance) | bit)

    def discard(self, element: Any) -> None:
        bit = 1 << self._kind.index(element)
        self._field.store(self._instance, self._field.raw(self._instance) & ~bit)

    def clear(self) -> None:
        self._field.store(self._instance, 0)


class QueueView:
    """A queue field of a plain object: reads and writes the world."""

    def __init__(self, instance: Machine, field: Field, kind: QueueValue) -> None:
        self._instance, self._field, self._kind = instance, field, kind

    def _split(self) -> tuple[int, int]:
        raw = self._field.raw(self._instance)
        return raw & ((1 << self._kind.length_bits) - 1), raw >> self._kind.length_bits

    def _store(self, length: int, elements: int) -> None:
        self._field.store(self._instance, length | elements << self._kind.length_bits)

    def __len__(self) -> int:
        return self._split()[0]

    def append(self, element: Any) -> None:
        raw = self._kind.element.encode(element) - self._kind.element.limits({})[0]
        length, elements = self._split()
        if length == self._kind.capacity:
            raise OutOfRange(f"the queue is full with {length} elements")
        self._store(length + 1, elements | raw << length * self._kind.bits)

    def popleft(self) -> Any:
        length, elements = self._split()
        if length == 0:
            raise OutOfRange("the queue is empty")
        self._store(length - 1, elements >> self._kind.bits)
        raw = elements & ((1 << self._kind.bits) - 1)
        return self._kind.element.decode(raw + self._kind.element.limits({})[0], self._instance._world)

    def clear(self) -> None:
        self._store(0, 0)


class Field:
    """One declared field of a machine: the descriptor through which its plain objects read and write the world."""

    def __init__(self, machine: type[Machine], name: str, value: Value, offset: int) -> None:
        self.machine, self.name, self.value, self.offset = machine, name, value, offset

    def raw(self, instance: Machine) -> int:
        values = instance._world.values
        if self.machine.dynamic and not values[instance._base]:
            raise UseAfterFree(f"{instance} is not live")
        return values[instance._base + self.offset]

    def store(self, instance: Machine, raw: int) -> None:
        values = instance._world.values
        if self.machine.dynamic and not values[instance._base]:
            raise UseAfterFree(f"{instance} is not live")
        values[instance._base + self.offset] = raw

    @overload
    def __get__(self, instance: Machine, owner: type | None = None) -> Any: ...
    @overload
    def __get__(self, instance: object, owner: type | None = None) -> Field: ...
    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if isinstance(self.value, SetValue):
            return SetView(instance, self, self.value)
        if isinstance(self.value, QueueValue):
            return QueueView(instance, self, self.value)
        return self.value.decode(self.raw(instance), instance._world)

    def __set__(self, instance: Machine, value: Any) -> None:
        raw = self.value.encode(value)
        if isinstance(self.value, RefValue) and self.value.own:
            before = self.raw(instance)
            self.store(instance, raw)
            release(instance._world, self.value.machine, before)
        else:
            self.store(instance, raw)


def release(here: world.World, machine: type[Machine], raw: int) -> None:
    """Drop the reference that an `Own` field held: the last one finalises its object."""
    if raw == DANGLING:
        raise DoubleFree("a reference to a finalised object is dropped")
    if raw != 0:
        here.drop(here.instances(machine)[raw - 1])


def resolve(annotation: Any, where: Where, *, field: bool = True) -> Value:
    """The value type that an evaluated annotation stands for; `where` makes the error that says where it stands."""
    from .machines import Machine

    origin = typing.get_origin(annotation)
    if annotation is bool:
        return BoolValue()
    if annotation is int:
        raise where("an int needs its range", "write `Annotated[int, Range(low, high)]`")
    if origin is Annotated:
        return _annotated(annotation, where)
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        return _enumeration(annotation, where)
    if isinstance(origin, type) and issubclass(origin, Ref):
        return _pointer(annotation, where, field)
    if isinstance(annotation, type) and issubclass(annotation, Machine):
        if field:
            raise where(f"a field holds a pointer to a {annotation.__name__}", f"write `Ref[{annotation.__name__}]`")
        return RefValue(annotation)
    if origin is Set:
        return _set(typing.get_args(annotation)[0], where)
    if origin is Queue:
        raise where("a queue needs its capacity", f"write `Annotated[{_spelt(annotation)}, Capacity(3)]`")
    if annotation in (Ref, Own, Raw, Set, Queue):
        raise where(f"`{annotation.__name__}` does not say of what", f"write `{annotation.__name__}[...]`")
    parts = typing.get_args(annotation) if origin in (typing.Union, types.UnionType) else ()
    if any(typing.get_origin(part) in (Ref, Own, Raw) for part in parts):
        raise where(f"`{_spelt(annotation)}`: a pointer can be None as it is", "drop `| None`")
    raise where(f"`{_spelt(annotation)}` is no type of the language", _TYPES)


_TYPES = "use bool, Annotated[int, Range(low, high)], an Enum or Table, Ref, Own, Raw, Set or Queue"


def _spelt(annotation: Any) -> str:
    """A type as a spec writes it, without the modules that its parts come from."""
    text = annotation.__name__ if isinstance(annotation, type) and not typing.get_args(annotation) else str(annotation)
    return re.sub(r"\b(?:\w+\.)+(?=\w)", "", text) if "." in text and not isinstance(annotation, Enum) else text


def _annotated(annotation: Any, where: Where) -> Value:
    base, *extras = typing.get_args(annotation)
    if base is int and len(extras) == 1 and isinstance(extras[0], Range):
        return _number(extras[0], where)
    if typing.get_origin(base) is Queue and len(extras) == 1 and isinstance(extras[0], Capacity):
        return _queue(typing.get_args(base)[0], extras[0], where)
    raise where(
        f"`{_spelt(annotation)}` is no type of the language",
        "write `Annotated[int, Range(low, high)]` or `Annotated[Queue[Message], Capacity(3)]`",
    )


def _number(ends: Range, where: Where) -> Value:
    low, high = ends.low, ends.high
    if type(low) is not int or type(high) is not int:
        raise where(f"the range {low!r}..{high!r} is not of ints", "write `Range(0, 3)`")
    if low > high:
        raise where(f"the range {low}..{high} is empty", "write `Range(low, high)` with low <= high")
    if max(abs(low), abs(high)) > LARGEST_NUMBER:
        raise where(f"the range {low}..{high} overflows 32 bits", "keep a model's numbers small")
    return IntValue(low, high)


def _enumeration(members: type[Enum], where: Where) -> Value:
    if len(members) == 0:
        raise where(f"the enumeration {members.__name__} has no members", "give it at least one")
    for name, member in members.__members__.items():
        if member.name != name:
            file, line = place(members)
            line = lines(members).get(name, [line])[-1]
            message, hint = f"{members.__name__}.{name} is another name of {member}", "give each member its own value"
            raise SpecError(message, file=file, line=line, instead=hint)
    return EnumValue(members)


def _pointer(annotation: Any, where: Where, field: bool) -> Value:
    from .machines import Machine

    origin, target = typing.get_origin(annotation), typing.get_args(annotation)[0]
    if not (isinstance(target, type) and issubclass(target, Machine)):
        what = target.__forward_arg__ if isinstance(target, typing.ForwardRef) else _spelt(target)
        raise where(f"a pointer names a Machine, this is `{what}`", "write `Ref[SomeMachine]`, without quotes")
    if not field:
        raise where("only a field says how it points", f"write `{target.__name__}`")
    if origin is Own and not target.dynamic:
        raise where(
            f"{target.__name__} is static: it is never finalised, so nothing owns it",
            f"write `Ref[{target.__name__}]`, or declare `class {target.__name__}(Machine, dynamic=True)`",
        )
    return RefValue(target, own=origin is Own, raw=origin is Raw)


def _set(annotation: Any, where: Where) -> Value:
    element = resolve(annotation, where, field=False)
    if isinstance(element, SetValue | QueueValue) or (isinstance(element, RefValue) and element.machine.dynamic):
        raise where("a set holds constants or static instances", "keep pointers to dynamic machines in fields")
    if not isinstance(element, RefValue) and element.limits({})[1] - element.limits({})[0] >= 62:
        raise where("the set is too large: at most 62 different elements", "use a smaller range")
    return SetValue(element)


def _queue(annotation: Any, capacity: Capacity, where: Where) -> Value:
    element = resolve(annotation, where, field=False)
    if isinstance(element, RefValue | SetValue | QueueValue):
        raise where("a queue holds constants, not pointers or containers", "keep those in fields")
    if type(capacity.size) is not int or capacity.size < 1:
        raise where(f"the capacity {capacity.size!r} is no count", "write `Capacity(1)`, or more")
    queue = QueueValue(element, capacity.size)
    if queue.length_bits + queue.capacity * queue.bits > 62:
        raise where("the queue is too large: it has to fit 62 bits", "use a smaller Capacity")
    return queue
