"""A result as JSON: the document `hotswap-check/2`, whose schema is `check.schema.json` beside this file."""

from __future__ import annotations

import json
from collections.abc import Iterable
from importlib.resources import files
from typing import Any

from ..explore.result import CallRecord, Finding, Orbits, PutOff, Result, Step, Trace, Verdict
from .places import shown

SCHEMA = "hotswap-check/2"


def document(result: Result) -> dict[str, Any]:
    """The document of one check."""
    disk = {} if result.disk is None else {"disk": vars(result.disk)}
    return {
        "schema": SCHEMA,
        "spec": result.spec,
        "profile": result.profile,
        "defect": result.defect,
        "scope": result.scope,
        "lock": result.lock,
        "engine": result.engine,
        "exhaustive": result.exhaustive,
        "stopped": result.stopped,
        "states": result.states,
        "transitions": result.transitions,
        "depth": result.depth,
        "seconds": round(result.seconds, 6),
        "compile_seconds": round(result.compile_seconds, 6),
        "peak_bytes": result.peak_bytes,
        "rss_bytes": result.rss_bytes,
        **disk,
        "properties": [_property(known) for known in result.properties],
        "pools": {name: {"high": used.high, "size": used.size} for name, used in result.pools.items()},
        "cuts": {name: used.cuts for name, used in result.pools.items()},
        "coverage": dict(result.coverage),
        "vacuity": [
            {
                "kind": found.kind,
                "where": found.where,
                "text": found.text,
                "file": shown(found.file),
                "line": found.line,
                "explanation": found.explanation,
            }
            for found in result.vacuity
        ],
        "symmetry": None if result.symmetry is None else _symmetry(result.symmetry),
        "put_off": None if result.put_off is None else _put_off(result.put_off),
    }


def text(result: Result) -> str:
    """The document as it is written to a file."""
    return json.dumps(document(result), indent=1) + "\n"


def schema() -> dict[str, Any]:
    """The JSON Schema of the document."""
    found: dict[str, Any] = json.loads(files(__package__).joinpath("check.schema.json").read_text("utf-8"))
    return found


def traces(document: Any) -> list[Trace]:
    """The traces of all findings in a document, without the calls inside their steps. Raises ValueError."""
    if not isinstance(document, dict) or document.get("schema") != SCHEMA:
        raise ValueError(f"it is no document {SCHEMA}")
    return [
        Trace(found["initial"], tuple(map(read_step, found["trace"])), found["loop"])
        for known in document["properties"]
        for found in known["findings"]
    ]


def read_step(said: dict[str, Any]) -> Step:
    """A step that `one_step` wrote, without the calls inside it."""
    kept = ("step", "thread", "machine", "row", "arguments", "file", "line", "failed", "error")
    changes = {name: (old, new) for name, (old, new) in said["changes"].items()}
    return Step(**{name: said[name] for name in kept}, choices=tuple(said["choices"]), changes=changes, calls=())


def _symmetry(known: Orbits) -> dict[str, Any]:
    return {
        "pools": dict(known.pools),
        "order": known.order,
        "exact": known.exact,
        "asymmetric": [
            {"pool": each.pool, "reason": each.reason, "file": shown(each.file), "line": each.line}
            for each in known.asymmetric
        ],
    }


def _put_off(known: PutOff) -> dict[str, Any]:
    unhelped = [{"property": name, "reason": reason} for name, reason in known.unhelped.items()]
    return {"units": known.units, "states": known.states, "steps": known.steps, "unhelped": unhelped}


def _property(known: Verdict) -> dict[str, Any]:
    trace = known.trace
    return {
        "name": known.name,
        "kind": known.kind,
        "verdict": known.verdict,
        "reason": known.reason,
        "trace_length": None if trace is None else trace.length,
        "initial": None if trace is None else dict(trace.initial),
        "trace": None if trace is None else steps(trace),
        "loop": None if trace is None else trace.loop,
        "findings": [_finding(found) for found in known.findings],
    }


def _finding(found: Finding) -> dict[str, Any]:
    return {
        "id": found.id,
        "message": found.message,
        "file": shown(found.file),
        "line": found.line,
        "trace_length": found.trace.length,
        "initial": dict(found.trace.initial),
        "trace": steps(found.trace),
        "loop": found.trace.loop,
    }


def steps(trace: Trace) -> list[dict[str, Any]]:
    """The steps of a trace, with the operations inside them."""
    return [one_step(step) for step in trace.steps]


def one_step(step: Step) -> dict[str, Any]:
    """A step, with the operations inside it."""
    return {
        **_call(step, step.step, step.thread),
        "choices": list(step.choices),
        "failed": step.failed,
        "error": step.error,
    }


def _call(call: Step | CallRecord, number: int, thread: str) -> dict[str, Any]:
    """A step, or an operation inside it: that has the step's number and thread."""
    return {
        "step": number,
        "thread": thread,
        "machine": call.machine,
        "row": call.row,
        "arguments": dict(call.arguments),
        "changes": {name: list(values) for name, values in call.changes.items()},
        "calls": _calls(call.calls, number, thread),
        "file": shown(call.file),
        "line": call.line,
    }


def _calls(calls: Iterable[CallRecord], number: int, thread: str) -> list[dict[str, Any]]:
    return [_call(call, number, thread) for call in calls]
