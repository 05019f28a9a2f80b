"""Control states and rows: what a machine may do, when, and where that leaves it.

A *step* fires by itself: every live instance and every value of every parameter is explored. An *operation* runs only
when it is called, inside the step of its caller. A *finalizer* is the operation that runs when an object's last
reference is dropped.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum
from types import FunctionType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar, overload

from . import world
from .errors import Disabled, SpecError, here

if TYPE_CHECKING:
    from .machines import Machine
    from .variants import Switch

P = ParamSpec("P")
R = TypeVar("R")


class Lock:
    """A mutex that rows need and commands hold, QEMU's BQL for one."""

    def __init__(self, name: str, documentation: str = "") -> None:
        self.name, self.documentation = name, documentation

    def __repr__(self) -> str:
        return f"Lock({self.name!r})"


class Fairness(Enum):
    """What is taken for granted of a row of an instance, in the long run.

    `unfair`: nothing. `weak`: it does not stay enabled for ever without being taken. `strong`: it is not enabled again
    and again, for ever, without being taken.
    """

    unfair = "unfair"
    weak = "weak"
    strong = "strong"


UNFAIR, WEAK, STRONG = Fairness


class Thread:
    """Who runs a step; `needs` is the lock that all its steps run under, if any.

    `fair` is the fairness of each of its rows that does not begin a command: whoever runs the others is not idle.
    """

    def __init__(
        self, name: str, documentation: str = "", *, needs: Lock | None = None, fair: Fairness | None = None
    ) -> None:
        _fairness(fair)
        self.name, self.documentation, self.needs, self.fair = name, documentation, needs, fair

    def __repr__(self) -> str:
        return f"Thread({self.name!r})"


def _fairness(fair: object) -> None:
    if fair is not None and not isinstance(fair, Fairness):
        file, line = here()
        raise SpecError(
            f"`fair={fair!r}` is no fairness", file=file, line=line, instead="write `WEAK`, `STRONG` or `UNFAIR`"
        )


MAIN = Thread("main")
"""The thread of a machine that names none."""


class State:
    """A control state of a machine.

    `initial`: a new object is in it. `waiting`: something has to happen before the machine goes on, and
    `no-deadlock` asks that it can. `queued`: a command that is asked for waits to begin. `clear`: whoever enters it
    forgets all its other fields.
    """

    def __init__(
        self, *, initial: bool = False, waiting: bool = False, queued: bool = False, clear: bool = False
    ) -> None:
        self.initial, self.waiting, self.queued, self.clear = initial, waiting, queued, clear
        self.name = ""
        self.machine: type[Machine] | None = None
        self.index = -1
        self.file, self.line = here()

    def __set_name__(self, owner: type[Machine], name: str) -> None:
        if self.machine is None:
            self.name, self.machine = name, owner

    def __repr__(self) -> str:
        return f"{self.machine.__name__}.{self.name}" if self.machine else "a State of no machine"

    @property
    def in_flight(self) -> bool:
        """Whether a command is between its steps in it."""
        return self.machine is not None and self.machine.command and not (self.initial or self.queued)

    @property
    def waits(self) -> bool:
        """Whether `no-deadlock` asks that it can be left."""
        return self.waiting or self.queued or self.in_flight


@dataclass(eq=False)
class Declaration:
    """What a decorator says of a function: one row of a machine, or an operation beside the machines."""

    kind: str  # "step", "operation", "finalizer", "observable" or "handler"
    body: FunctionType
    sources: tuple[State, ...] = ()
    targets: tuple[State, ...] = ()
    thread: Thread | None = None
    lock: Lock | None = None
    depth: int | None = None
    fair: Fairness | None = None
    observes: tuple[Declaration, ...] = ()
    machine: type[Machine] | None = field(default=None, repr=False)

    @property
    def name(self) -> str:
        return self.body.__name__

    @property
    def qualname(self) -> str:
        return f"{self.machine.__name__}.{self.name}" if self.machine else self.name

    @property
    def file(self) -> str:
        return self.body.__code__.co_filename

    @property
    def line(self) -> int:
        return self.body.__code__.co_firstlineno

    @property
    def documentation(self) -> str:
        return inspect.cleandoc(self.body.__doc__ or "")

    @property
    def summary(self) -> str:
        return self.documentation.split("\n")[0]


def sources_of(row: Declaration) -> tuple[State, ...]:
    """The states of its machine in which a row can fire: all of them, if it names none."""
    return row.sources or (row.machine.states if row.machine else ())


def declaration(function: object) -> Declaration | None:
    """The declaration behind a function that one of the decorators made; None for any other object."""
    found = getattr(function, "__hotswap__", None)
    return found if isinstance(found, Declaration) else None


def _states(value: State | tuple[State, ...] | None, function: FunctionType, word: str) -> tuple[State, ...]:
    states = () if value is None else value if isinstance(value, tuple) else (value,)
    for state in states:
        if not isinstance(state, State):
            raise SpecError(
                f"{word} of `{function.__name__}` is a {type(state).__name__}, not a State",
                file=function.__code__.co_filename,
                line=function.__code__.co_firstlineno,
                instead="name a State of the same class, or a tuple of them",
            )
    return states


def written(word: str, found: object) -> FunctionType:
    """What a decorator stands on: a plain function that has no other decorator."""
    if not isinstance(found, FunctionType):
        file, line = here()
        what = found.__name__ if isinstance(found, type) else f"a {type(found).__name__}"
        raise SpecError(
            f"`@{word}` stands on {what}, which is no function", file=file, line=line, instead="put it on a plain `def`"
        )
    file, line, name = found.__code__.co_filename, found.__code__.co_firstlineno, found.__name__
    if declaration(found) is not None:
        file, line = here()
        raise SpecError(f"`{name}` has two decorators", file=file, line=line, instead="a row is one thing: keep one")
    if inspect.iscoroutinefunction(found) or inspect.isasyncgenfunction(found):
        raise SpecError(
            f"`{name}` is an `async def`", file=file, line=line, instead="write `def`, and one row for each action"
        )
    return found


def _parenthesised(word: str, sources: tuple[Any, ...]) -> None:
    if len(sources) == 1 and callable(sources[0]):
        file, line = here()
        raise SpecError(
            f"`@{word}` lacks its parentheses", file=file, line=line, instead=f"write `@{word}()`, or name its states"
        )


def _of_type(word: str, value: object, kind: type) -> None:
    if value is not None and not isinstance(value, kind):
        file, line = here()
        raise SpecError(
            f"`{word}={value!r}`: a {kind.__name__} is expected",
            file=file,
            line=line,
            instead=f'make one beside the machines: `{kind.__name__.upper()} = {kind.__name__}("name")`',
        )


def _called(declared: Declaration) -> Any:
    """The function that a body calls: told to the world before and after, so that it checks, counts and traces."""

    @functools.wraps(declared.body)
    def call(*arguments: Any, **keywords: Any) -> Any:
        here = world.current()
        if keywords:
            arguments = inspect.signature(declared.body).bind(*arguments, **keywords).args
        if declared.machine is not None and arguments[0]._world is not here:
            with world.looking_at(arguments[0]._world):  # an action property calls this on an object before the step
                return call(*arguments)
        here.enter(declared, arguments)
        result = declared.body(*arguments)
        here.leave(declared, result)
        return result

    call.__hotswap__ = declared  # type: ignore[attr-defined]
    return call


def step(
    *sources: State | tuple[State, ...],
    to: State | tuple[State, ...] | None = None,
    thread: Thread | None = None,
    lock: Lock | None = None,
    fair: Fairness | None = None,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """A row that fires by itself, in any of the `sources` (every state when none is given).

    It ends in `to`; with several, the body says which with `self.goto`. `thread` runs it, under `lock` (by default
    the lock that the thread needs). Its parameters are the environment's choice. `fair` says that each instance takes
    it in the end (by default what the thread says).
    """

    _parenthesised("step", sources)
    _of_type("thread", thread, Thread)
    _of_type("lock", lock, Lock)
    _fairness(fair)

    def decorate(wrapped: Callable[P, R]) -> Callable[P, R]:
        function = written("step", wrapped)
        flat = tuple(state for source in sources for state in _states(source, function, "a source"))
        declared = Declaration("step", function, flat, _states(to, function, "a target"), thread, lock, fair=fair)

        def fire(*arguments: Any, **keywords: Any) -> Any:
            file, line = here()
            raise SpecError(
                f"{declared.qualname} is a step: it fires by itself",
                file=file,
                line=line,
                instead="call an `@operation`",
            )

        functools.update_wrapper(fire, function)
        fire.__hotswap__ = declared  # type: ignore[attr-defined]
        return fire

    return decorate


@overload
def operation(function: Callable[P, R], /) -> Callable[P, R]: ...
@overload
def operation(
    *sources: State | tuple[State, ...], to: State | tuple[State, ...] | None = None, depth: int | None = None
) -> Callable[[Callable[P, R]], Callable[P, R]]: ...
def operation(*sources: Any, to: Any = None, depth: int | None = None) -> Any:
    """A row that runs when it is called, inside its caller's step.

    With `sources`, a call in any other state breaks `no-illegal-transition`. `depth` is how often the operation may
    be active at once; an operation that can come to call itself has to declare it.
    """
    if depth is not None and (type(depth) is not int or depth < 1):
        file, line = here()
        raise SpecError(f"the depth {depth!r} is no count", file=file, line=line, instead="write `depth=1`, or more")
    if len(sources) == 1 and not isinstance(sources[0], State | tuple):
        return _called(Declaration("operation", written("operation", sources[0])))

    def decorate(wrapped: Any) -> Any:
        function = written("operation", wrapped)
        flat = tuple(state for source in sources for state in _states(source, function, "a source"))
        return _called(Declaration("operation", function, flat, _states(to, function, "a target"), depth=depth))

    return decorate


def finalizer(function: Callable[[Any], None]) -> Callable[[Any], None]:
    """The operation that runs when an object's last reference is dropped, while its fields can still be read."""
    return _called(Declaration("finalizer", written("finalizer", function)))  # type: ignore[no-any-return]


def require(condition: bool | Switch) -> None:
    """The step exists only where `condition` holds. Stands at the head of a step."""
    if not condition:
        raise Disabled
