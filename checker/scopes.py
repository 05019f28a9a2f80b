"""Read a scope from the command line: a name, or a name and what is to be different: `medium,ids=3`."""

from __future__ import annotations

import dataclasses
import difflib
import typing
from collections.abc import Mapping
from enum import Enum
from typing import Any

from ..spec.language.errors import SpecError
from ..spec.language.machines import Machine
from ..spec.language.system import Configuration, Pools, Scope, System


def read_scope(system: System, text: str | None) -> Scope:
    """The configurations that `text` asks for.

    `key=value` changes a field in every configuration of the scope (the default one if none is named): a number,
    `true` or `false`, a constant's name, or several as `a+b`. In a plain scope the keys are machines and the values
    their pools' sizes.
    """
    parts = [part.strip() for part in (text or "").split(",") if part.strip()]
    named = [part for part in parts if "=" not in part]
    if len(named) > 1:
        raise SpecError(f"`{text}` names {len(named)} scopes", instead="name one, then `key=value`")
    scope = list(system.scope(named[0] if named else None))
    for part in parts:
        if "=" in part:
            key, _, value = part.partition("=")
            scope = [_changed(system, configuration, key.strip(), value.strip()) for configuration in scope]
    return _distinct(scope)


def _changed(system: System, configuration: Configuration, key: str, value: str) -> Configuration:
    if isinstance(configuration, Pools):
        machines = {machine.__name__: machine for machine in system.machines}
        _known(system, key, machines)
        sizes: dict[type[Machine], int] = {**configuration.sizes, machines[key]: int(_read(int, key, value))}
        return Pools(sizes)
    types = _types(type(configuration))
    _known(system, key, types)
    changed = dataclasses.replace(configuration, **{key: _read(types[key], key, value)})  # type: ignore[type-var]
    assert isinstance(changed, Configuration)
    return changed


def _types(kind: type[Configuration]) -> Mapping[str, Any]:
    hints = typing.get_type_hints(kind)
    return {field.name: hints[field.name] for field in dataclasses.fields(kind)}  # type: ignore[arg-type]


def _known(system: System, key: str, known: Mapping[str, Any]) -> None:
    if key not in known:
        close = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(known)}"
        raise SpecError(f"a scope of {system.name} has no `{key}`", instead=hint)


def _read(kind: Any, key: str, value: str) -> Any:
    """A value of this type from text."""
    if kind is bool and value.lower() in ("true", "false", "1", "0"):
        return value.lower() in ("true", "1")
    if kind is int and value.lstrip("-").isdigit():
        return int(value)
    if kind is str:
        return value
    if isinstance(kind, type) and issubclass(kind, Enum):
        if value in kind.__members__:
            return kind[value]
        close = difflib.get_close_matches(value, kind.__members__, 1)
        hint = f"did you mean `{close[0]}`?" if close else f"there are: {', '.join(kind.__members__)}"
        raise SpecError(f"{key}: {kind.__name__} has no `{value}`", instead=hint)
    if typing.get_origin(kind) is tuple:
        return tuple(_read(typing.get_args(kind)[0], key, part.strip()) for part in value.split("+") if value)
    wanted = {int: "a number", bool: "true or false"}.get(kind, f"a value of type {kind}")
    raise SpecError(f"{key}: `{value}` is not {wanted}", instead=f"write `{key}=...` with {wanted}")


def _distinct(scope: list[Configuration]) -> list[Configuration]:
    """A change can make configurations equal: each is explored once."""
    kept: list[Configuration] = []
    for configuration in scope:
        if configuration not in kept:
            kept.append(configuration)
    return kept
