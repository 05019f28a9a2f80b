"""Machines: the classes of a spec. Their instances live in pools, whose sizes are the scope."""

from __future__ import annotations

import inspect
import sys
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from . import world
from .errors import OutOfRange, SpecError
from .rows import Declaration, Lock, State, Thread, declaration
from .types import Field, RefValue, Value, resolve

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")


class _Pool(type):
    """A machine class stands for the pool of its instances: it can be iterated, counted and indexed."""

    def __iter__(cls: type[T]) -> Iterator[T]:
        return iter([instance for instance in _pool(cls) if world.current().live(cast("Machine", instance))])

    def __len__(cls: type[T]) -> int:
        return len(_pool(cls))

    def __getitem__(cls: type[T], index: int) -> T:
        pool = _pool(cls)
        if not 0 <= index < len(pool):
            raise OutOfRange(f"{cls.__name__}[{index}] of {len(pool)}")
        return pool[index]

    def __bool__(cls) -> bool:
        return True


def _pool(machine: type[T]) -> Sequence[T]:
    return cast("Sequence[T]", world.current().instances(cast("type[Machine]", machine)))


class Machine(metaclass=_Pool):
    """An explicit state machine: annotated fields, `State` attributes, and rows.

    Class arguments: `dynamic`: instances come and go (`new`, references). `thread`: who runs its steps. `command`: a
    sequence of actions that is in flight whenever it is not in its initial state. `holds`: the lock that a command in
    flight holds.
    """

    dynamic: ClassVar[bool] = False
    command: ClassVar[bool] = False
    holds: ClassVar[Lock | None] = None
    thread: ClassVar[Thread | None] = None
    states: ClassVar[tuple[State, ...]] = ()
    rows: ClassVar[tuple[Declaration, ...]] = ()
    fields: ClassVar[dict[str, Field]] = {}

    _world: world.World
    _base: int
    _slot: int

    def __init_subclass__(
        cls,
        *,
        dynamic: bool = False,
        command: bool = False,
        holds: Lock | None = None,
        thread: Thread | None = None,
        **others: Any,
    ) -> None:
        super().__init_subclass__(**others)
        cls.dynamic, cls.command, cls.holds, cls.thread = dynamic, command, holds, thread
        for base in cls.__bases__:
            if base.__dict__.get("rows"):
                raise _at(
                    cls, f"{cls.__name__} inherits from the machine {base.__name__}", "give each machine its rows"
                )
        cls.states = tuple(value for value in vars(cls).values() if isinstance(value, State))
        for index, state in enumerate(cls.states):
            state.index = index
        cls.rows = tuple(found for value in vars(cls).values() if (found := declaration(value)) is not None)
        for row in cls.rows:
            row.machine = cls
        cls.fields = {}

    def __new__(cls, *arguments: Any, **keywords: Any) -> Self:
        raise SpecError(f"{cls.__name__} is not called", instead=f"write `{cls.__name__}.new(field=value)`")

    @classmethod
    def new(cls, **values: Any) -> Self:
        """Allocate the lowest free slot; fields not given are blank, the control state is the initial one."""
        encoded = {name: cls.fields[name].value.encode(value) for name, value in values.items()}
        instance = world.current().allocate(cls)
        for name, raw in encoded.items():
            cls.fields[name].store(instance, raw)
        assert isinstance(instance, cls)
        return instance

    @property
    def state(self) -> State:
        """The control state."""
        return type(self).states[type(self).fields["state"].raw(self)]

    @property
    def index(self) -> int:
        """The slot of a static instance, counted from 0."""
        return self._slot

    def goto(self, state: State) -> None:
        """The row ends in `state`, one of its `to`. The state changes at the end of the body."""
        world.current().goto(self, state)

    def __repr__(self) -> str:
        return f"{type(self).__name__}{self._slot}"

    def __eq__(self, other: object) -> bool:
        """The same slot of the same pool; in an action property `before` and `after` are told apart by `is` only."""
        return isinstance(other, Machine) and type(self) is type(other) and self._slot == other._slot

    def __hash__(self) -> int:
        return hash((type(self), self._slot))


class StateValue(Value):
    """The implicit field `state`: the position of the control state."""

    def __init__(self, machine: type[Machine]) -> None:
        self.machine = machine
        self.blank = next((state.index for state in machine.states if state.initial), 0)

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        return 0, len(self.machine.states) - 1

    def __str__(self) -> str:
        return "state"


class LiveValue(Value):
    """The implicit field of a dynamic machine: whether the slot holds an object."""

    def limits(self, pools: Mapping[type, int]) -> tuple[int, int]:
        return 0, 1

    def __str__(self) -> str:
        return "live"


def place(cls: type) -> tuple[str, int]:
    """The file and line where a class is written, as well as Python knows."""
    module = sys.modules.get(cls.__module__)
    file = getattr(module, "__file__", None) or cls.__module__
    try:
        return file, inspect.getsourcelines(cls)[1]
    except (OSError, TypeError):
        return file, 0


def _at(cls: type, message: str, instead: str = "") -> SpecError:
    file, line = place(cls)
    return SpecError(message, file=file, line=line, instead=instead)


def _line_of(cls: type, field: str) -> int:
    import re

    try:
        lines, first = inspect.getsourcelines(cls)
    except (OSError, TypeError):
        return 0
    return next((first + i for i, line in enumerate(lines) if re.match(rf"\s+{field}\s*:", line)), first)


RESERVED = {"state", "index", "new", "goto", "dynamic", "command", "holds", "thread", "states", "rows", "fields"}


def prepare(cls: type[Machine], names: dict[str, Any]) -> None:
    """Evaluate a machine's annotations and give it its fields; `names` are the classes that they may mention."""
    file, first = place(cls)
    annotations = {
        name: text
        for name, text in inspect.get_annotations(cls).items()
        if not name.startswith("_") and "ClassVar" not in str(text)
    }
    for name in annotations:
        if name in RESERVED:
            raise SpecError(f"`{name}` is a word of the language, not a field", file=file, line=_line_of(cls, name))
        if declaration(cls.__dict__.get(name)) or isinstance(cls.__dict__.get(name), State):
            raise SpecError(f"{cls.__name__}.{name} is declared twice", file=file, line=_line_of(cls, name))
    fields: list[tuple[str, Value]] = []
    if cls.dynamic:
        fields.append(("live", LiveValue()))
    if cls.states:
        initial = [state.name for state in cls.states if state.initial]
        if len(initial) != 1:
            raise SpecError(
                f"{cls.__name__} has {len(initial)} initial states" + (f": {', '.join(initial)}" if initial else ""),
                file=file,
                line=first,
                instead="write `State(initial=True)` for exactly one",
            )
        fields.append(("state", StateValue(cls)))
    for name, text in annotations.items():
        line = _line_of(cls, name)

        def where(message: str, instead: str, name: str = name, line: int = line) -> SpecError:
            return SpecError(f"{cls.__name__}.{name}: {message}", file=file, line=line, instead=instead)

        try:
            annotation = evaluate(text, cls, names)
        except NameError as error:
            raise where(
                f"`{error.name}` is not defined", "list the machine in the System, or import the type"
            ) from None
        fields.append((name, resolve(annotation, where)))
    cls.fields = {}
    for offset, (name, value) in enumerate(fields):
        made = Field(cls, name, value, offset)
        cls.fields[name] = made
        if name not in ("live", "state"):
            setattr(cls, name, made)


def evaluate(annotation: Any, owner: type | None, names: dict[str, Any], module: dict[str, Any] | None = None) -> Any:
    """An annotation as an object: strings are evaluated in the module that they stand in, then among `names`."""
    if not isinstance(annotation, str):
        return annotation
    scope = module if module is not None else vars(sys.modules[owner.__module__]) if owner else {}
    return eval(annotation, {**names, **scope}, {})  # the annotation is the spec's own code


def pointers(cls: type[Machine]) -> Iterator[tuple[Field, RefValue]]:
    """The fields of a machine that point to instances."""
    for made in cls.fields.values():
        if isinstance(made.value, RefValue):
            yield made, made.value


def signature(declared: Declaration, names: dict[str, Any]) -> tuple[dict[str, Value], Value | None]:
    """The parameters of a row (without `self`) and what it returns, as value types."""
    code = declared.body.__code__
    count = code.co_argcount
    parameters = code.co_varnames[:count]
    if declared.machine is not None:
        parameters = parameters[1:]
    hints = declared.body.__annotations__

    def where(message: str, instead: str) -> SpecError:
        return SpecError(f"{declared.qualname}: {message}", file=declared.file, line=declared.line, instead=instead)

    def value(word: str, text: Any) -> Value:
        try:
            annotation = evaluate(text, declared.machine, names, declared.body.__globals__)
        except NameError as error:
            raise where(
                f"`{error.name}` is not defined", "import the type, or list the machine in the System"
            ) from None
        if typing.get_origin(annotation) is not None and type(None) in typing.get_args(annotation):
            annotation = next(kind for kind in typing.get_args(annotation) if kind is not type(None))
        return resolve(annotation, lambda m, i: where(f"{word}: {m}", i), field=False)

    if declared.body.__code__.co_flags & 0x0C or code.co_kwonlyargcount or declared.body.__defaults__:
        raise where("parameters are plain names: no defaults, * or **", "write each parameter with its type")
    result: dict[str, Value] = {}
    for name in parameters:
        if name not in hints:
            raise where(f"parameter `{name}` has no type", f"write `{name}: bool`, or whatever it is")
        result[name] = value(f"parameter `{name}`", hints[name])
    returned = hints.get("return")
    if returned in (None, "None"):
        return result, None
    return result, value("the result", returned)
