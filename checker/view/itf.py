"""A trace in the Informal Trace Format, which Apalache, Quint and their trace viewers read.

Every instance is a variable, whose value is a record of its fields; the variable `step` says what led there. Of a
lasso, `loop` is the index of the state to which it comes back: the last state is the same but for its `step`.
"""

from __future__ import annotations

import json
import re
from typing import Any

from ..explore.result import Result, Trace
from .places import place
from .steps import with_choices
from .text import title


def document(trace: Trace, description: str) -> dict[str, Any]:
    """The ITF document of a trace."""
    fields = {**_before(trace), **trace.initial}
    states = [_state(0, fields, "start", "")]
    for step in trace.steps:
        fields = {**fields, **{name: new for name, (_, new) in step.changes.items()}}
        states.append(_state(step.step, fields, with_choices(step), place(step.file, step.line)))
    return {
        "#meta": {
            "format": "ITF",
            "format-description": "https://apalache-mc.org/docs/adr/015adr-trace.html",
            "description": description,
        },
        "vars": ["step", *(name for name in states[0] if name not in ("step", "#meta"))],
        "states": states,
        **({} if trace.loop is None else {"loop": trace.loop}),
    }


def text(result: Result, trace: Trace) -> str:
    """The document as it is written to a file."""
    return json.dumps(document(trace, title(result)), indent=1) + "\n"


def _before(trace: Trace) -> dict[str, str]:
    """The first value of every field that is blank at the start and changes later."""
    first: dict[str, str] = {}
    for step in trace.steps:
        for name, (old, _) in step.changes.items():
            first.setdefault(name, old)
    return first


def _state(number: int, fields: dict[str, str], action: str, where: str) -> dict[str, Any]:
    state: dict[str, Any] = {"#meta": {"index": number, "where": where}, "step": action}
    for name in sorted(fields):
        owner, field = name.split(".", 1)
        state.setdefault(owner, {})[field] = value(fields[name])
    return state


def value(word: str) -> Any:
    """A value of a trace as ITF has it: booleans, integers, sets and lists as such, all else as its name."""
    if word in ("True", "False"):
        return word == "True"
    if re.fullmatch(r"-?\d+", word):
        return int(word)
    if word[:1] == "{" and word[-1:] == "}":
        return {"#set": _elements(word)}
    if word[:1] == "[" and word[-1:] == "]":
        return _elements(word)
    return word


def _elements(word: str) -> list[Any]:
    return [value(element) for element in word[1:-1].split(", ") if element]
