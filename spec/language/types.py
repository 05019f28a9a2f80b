"""The value types of a spec, and how the plain objects read and write a field of each.

Every field's value is one small integer in the world's list (its *raw* value): 0 or 1 for a bool, the number itself
for an int, the position of an enumeration's member, 0 for None and slot + 1 for a pointer, `DANGLING` for a pointer
whose object is gone, one bit an element for a set, and length and elements side by side for a queue.
"""

from __future__ import annotations

import typing
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, Generic, TypeVar, overload

from . import world
from .errors import DoubleFree, NullDereference, OutOfRange, SpecError, UseAfterFree

if TYPE_CHECKING:
    from .machines import Machine

M = TypeVar("M", bound="Machine")
T = TypeVar("T")

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


def resolve(
    annotation: Any, where: Callable[[str, str], SpecError], *, field: bool = True, static_elements: bool = True
) -> Value:
    """The value type that an evaluated annotation stands for; `where` makes the error that says where it stands."""
    from .machines import Machine

    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if annotation is bool:
        return BoolValue()
    if origin is Annotated:
        base, *extras = arguments
        for extra in extras:
            if isinstance(extra, Range) and base is int:
                if extra.low > extra.high:
                    raise where(
                        f"the range {extra.low}..{extra.high} is empty", "write Range(low, high) with low <= high"
                    )
                if max(abs(extra.low), abs(extra.high)) >= 1 << 31:
                    raise where(
                        f"the range {extra.low}..{extra.high} overflows 32 bits", "keep a model's numbers small"
                    )
                return IntValue(extra.low, extra.high)
            if isinstance(extra, Capacity) and typing.get_origin(base) is Queue:
                element = resolve(typing.get_args(base)[0], where, field=False)
                if isinstance(element, RefValue):
                    raise where("a queue holds constants, not pointers", "keep the pointers in fields")
                queue = QueueValue(element, extra.size)
                if queue.length_bits + queue.capacity * queue.bits > 62:
                    raise where("the queue is too large: it has to fit 62 bits", "use a smaller Capacity")
                return queue
    if annotation is int:
        raise where("an int needs its range", "write `Annotated[int, Range(low, high)]`")
    if isinstance(annotation, type) and issubclass(annotation, Enum):
        if len(annotation) == 0:
            raise where(f"the enumeration {annotation.__name__} has no members", "give it at least one")
        return EnumValue(annotation)
    if isinstance(origin, type) and issubclass(origin, Ref) and field:
        target = arguments[0]
        if not (isinstance(target, type) and issubclass(target, Machine)):
            raise where(f"a pointer names a Machine, this is {target!r}", "write `Ref[SomeMachine]`")
        own, raw = origin is Own, origin is Raw
        if own and not target.dynamic:
            raise where(
                f"{target.__name__} is static: it is never finalised, so nothing owns it",
                f"write `Ref[{target.__name__}]`, or declare `class {target.__name__}(Machine, dynamic=True)`",
            )
        return RefValue(target, own, raw)
    if isinstance(annotation, type) and issubclass(annotation, Machine):
        if field:
            raise where(f"a field holds a pointer to a {annotation.__name__}", f"write `Ref[{annotation.__name__}]`")
        return RefValue(annotation)
    if origin is Set:
        element = resolve(arguments[0], where, field=False)
        if isinstance(element, RefValue) and element.machine.dynamic:
            raise where("a set holds constants or static instances", "keep pointers to dynamic machines in fields")
        if not isinstance(element, RefValue) and element.limits({})[1] - element.limits({})[0] >= 62:
            raise where("the set is too large: at most 62 different elements", "use a smaller range")
        return SetValue(element)
    if origin is Queue:
        raise where("a queue needs its capacity", "write `Annotated[Queue[Message], Capacity(3)]`")
    raise where(
        f"`{getattr(annotation, '__name__', annotation)}` is no type of the language",
        "use bool, Annotated[int, Range(low, high)], an Enum or Table, Ref, Own, Raw, Set or Queue",
    )
