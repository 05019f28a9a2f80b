"""The shortest way to a state that a reader asks for, in the spec's own language."""

from __future__ import annotations

import ast
import linecache
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

from ...spec.language.checks import MOST_PROPERTIES
from ...spec.language.errors import SpecError
from ...spec.language.properties import Property
from ...spec.language.system import Scope, System
from ...spec.language.variants import Profile
from .check import Engine, check
from .result import Result
from .search import Watch, silent

NAME = "the predicate"
"""No property is called this: their names are those of functions and classes."""


def path(
    system: System,
    predicate: str,
    *,
    profile: str | Profile | None = None,
    scope: str | Scope | None = None,
    lock: str = "bql",
    engine: Engine = "native",
    max_states: int = 0,
    threads: int = 1,
    watch: Watch = silent,
) -> Result:
    """Look for a state in which `predicate` holds: an expression over the system's machines.

    The result has one property, which is proved where there is such a state; its trace leads there.
    """
    asked = asking(system, predicate)
    with named(predicate):
        return check(
            asked,
            profile=profile,
            scope=scope,
            properties=[NAME],
            lock=lock,
            engine=engine,
            max_states=max_states,
            until=NAME,
            threads=threads,
            watch=watch,
        )


@contextmanager
def named(predicate: str) -> Iterator[None]:
    """What is wrong with a predicate is said of its text: it stands in no file."""
    try:
        yield
    except SpecError as error:
        if error.file != _file(predicate):
            raise
        message = error.message.removeprefix("predicate: ")
        raise SpecError(f"`{predicate}`: {message}", instead=error.instead) from None


def asking(system: System, predicate: str) -> System:
    """The system with one property more, that a state in which `predicate` holds can be reached."""
    if len(system.case_names) == MOST_PROPERTIES:
        message = f"{system.name} has {MOST_PROPERTIES} properties, so that there is no room for one more to look for"
        raise system.refused(message, "leave one out of the System")
    wanted = Property(NAME, "sometimes", f"Reached: {predicate}", _compiled(system, predicate))
    own = (*system.properties, wanted)
    return System(
        system.name,
        system.machines,
        system.scopes,
        system.boot,
        own,
        system.profiles,
        system.defects,
        system.documentation,
    )


def _file(predicate: str) -> str:
    return f"<{predicate}>"


def _compiled(system: System, predicate: str) -> FunctionType:
    """The predicate as a function whose source can be found, among the names of the spec's own modules."""
    file = _file(predicate)
    text = f"def predicate() -> bool:\n    return ({predicate})\n"
    try:
        ast.parse(predicate.strip(), mode="eval")
        code = compile(text, file, "exec")
    except SyntaxError as error:
        raise SpecError(f"`{predicate}` is no expression: {error.msg}", instead="write a condition") from None
    names: dict[str, Any] = {}
    for machine in (*system.machines, *system.monitors):
        names.update(vars(sys.modules[machine.__module__]))
    names.update(system.names)
    _check_names(predicate, names)
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    scope: dict[str, Any] = {}
    exec(code, names, scope)  # the user's own expression
    made = scope["predicate"]
    assert isinstance(made, FunctionType)
    return made


def _check_names(predicate: str, names: dict[str, Any]) -> None:
    import builtins
    import difflib

    tree = ast.parse(predicate.strip(), mode="eval")
    bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id not in bound | set(names) and not hasattr(builtins, node.id):
            close = difflib.get_close_matches(node.id, names, 1)
            hint = f"did you mean `{close[0]}`?" if close else "use the machines and constants of the spec"
            raise SpecError(f"`{node.id}` is not defined", instead=hint)
