"""Machines: the classes of a spec. Their instances live in pools, whose sizes are the scope."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar, cast

from . import world
from .classes import check_arguments, check_contents, check_names, lines, place
from .errors import OutOfRange, SpecError, here
from .rows import Declaration, Lock, State, Thread, declaration
from .types import Field, RefValue, Value, Where, resolve

if TYPE_CHECKING:
    from typing import Self

T = TypeVar("T")


class _Pool(type):
    """A machine class stands for the pool of its instances: it can be iterated, counted and indexed."""

    @classmethod
    def __prepare__(metacls, name: str, bases: tuple[type, ...], /, **arguments: Any) -> dict[str, object]:
        return {"__slots__": ()}  # or a misspelt field would come to be by being assigned

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

    __slots__ = ("_base", "_slot", "_world")
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
        super().__init_subclass__()
        check_arguments(cls, {"dynamic": dynamic, "command": command, "holds": holds, "thread": thread, **others})
        check_contents(cls)
        cls.dynamic, cls.command, cls.holds, cls.thread = dynamic, command, holds, thread
        cls.states = tuple(value for value in vars(cls).values() if isinstance(value, State))
        for index, state in enumerate(cls.states):
            state.index = index
        cls.rows = tuple(found for value in vars(cls).values() if (found := declaration(value)) is not None)
        for row in cls.rows:
            row.machine = cls
        cls.fields = {}

    def __new__(cls, *arguments: Any, **keywords: Any) -> Self:
        file, line = here()
        hint = f"write `{cls.__name__}.new(field=value)`"
        raise SpecError(f"{cls.__name__} is not called", file=file, line=line, instead=hint)

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


def prepare(cls: type[Machine], names: dict[str, Any]) -> None:
    """Evaluate a machine's annotations and give it its fields; `names` are the classes that they may mention."""
    check_names(cls)
    file, first = place(cls)
    written = lines(cls)
    annotations = {name: text for name, text in inspect.get_annotations(cls).items() if "ClassVar" not in str(text)}
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
        line = written.get(name, [first])[-1]

        def where(message: str, instead: str, name: str = name, line: int = line) -> SpecError:
            return SpecError(f"{cls.__name__}.{name}: {message}", file=file, line=line, instead=instead)

        annotation = _evaluated(text, where, vars(sys.modules[cls.__module__]), names)
        fields.append((name, resolve(annotation, where)))
    cls.fields = {}
    for offset, (name, value) in enumerate(fields):
        made = Field(cls, name, value, offset)
        cls.fields[name] = made
        if name not in ("live", "state"):
            setattr(cls, name, made)


def _evaluated(text: Any, where: Where, module: Mapping[str, Any], names: Mapping[str, Any]) -> Any:
    """An annotation as an object: strings are evaluated in the module that they stand in, then among `names`."""
    annotation = text
    try:
        while isinstance(annotation, str):
            annotation = eval(annotation, {**names, **module}, {})  # the annotation is the spec's own code
    except NameError as error:
        raise where(f"`{error.name}` is not defined", "list the machine in the System, or import the type") from None
    except Exception as error:
        raise where(f"`{text}` has no meaning: {error}", "write a type, as in `bool` or `Ref[Machine]`") from None
    return annotation


def pointers(cls: type[Machine]) -> Iterator[tuple[Field, RefValue]]:
    """The fields of a machine that point to instances."""
    for made in cls.fields.values():
        if isinstance(made.value, RefValue):
            yield made, made.value


def signature(declared: Declaration, names: dict[str, Any]) -> tuple[dict[str, Value], Value | None]:
    """The parameters of a row (without `self`) and what it returns, as value types."""
    code = declared.body.__code__
    parameters = code.co_varnames[: code.co_argcount]
    hints = declared.body.__annotations__

    def where(message: str, instead: str) -> SpecError:
        return SpecError(f"{declared.qualname}: {message}", file=declared.file, line=declared.line, instead=instead)

    def value(word: str, text: Any) -> Value:
        def there(message: str, instead: str) -> SpecError:
            return where(f"{word}: {message}", instead)

        annotation = _evaluated(text, there, declared.body.__globals__, names)
        return resolve(_present(annotation, declared, there), there, field=False)

    if code.co_flags & _STARS or code.co_kwonlyargcount or declared.body.__defaults__:
        raise where("a parameter has a default, or `*`", "write plain names, and hand over every argument")
    if declared.machine is not None:
        if not parameters or parameters[0] in hints:
            raise where("the first parameter is not `self`", f"write `def {declared.name}(self, ...)`")
        parameters = parameters[1:]
    result: dict[str, Value] = {}
    for name in parameters:
        if name not in hints:
            raise where(f"parameter `{name}` has no type", f"write `{name}: bool`, or whatever it is")
        result[name] = value(f"parameter `{name}`", hints[name])
    returned = hints.get("return")
    if returned in (None, "None"):
        return result, None
    if declared.kind in _WITHOUT_RESULT:
        raise where(f"a {declared.kind} has no result", "write `-> None`")
    return result, value("the result", returned)


_STARS = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS
_WITHOUT_RESULT = ("step", "finalizer", "handler")
_CALLED = ("operation", "finalizer", "handler", "observable")


def _present(annotation: Any, declared: Declaration, where: Where) -> Any:
    """`M` for `M | None`, which is what a called row takes and returns; what is quantified over is never None."""
    kinds = [kind for kind in typing.get_args(annotation) if kind is not type(None)]
    if typing.get_origin(annotation) not in (typing.Union, types.UnionType) or len(kinds) != 1:
        return annotation
    if not isinstance(kinds[0], _Pool):
        raise where("only a pointer can be None", "drop `| None`, and give the type a member for it")
    if declared.kind not in _CALLED:
        raise where("it ranges over live objects: it is never None", "drop `| None`")
    return kinds[0]
