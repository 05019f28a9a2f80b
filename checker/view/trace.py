"""A trace that somebody chose as JSON: the document `hotswap-trace/1`."""

from __future__ import annotations

from typing import Any

from ..explore.result import Trace
from .report import read_step, steps

SCHEMA = "hotswap-trace/1"


def document(trace: Trace, about: dict[str, Any]) -> dict[str, Any]:
    """The document of a trace; `about` says of what it is."""
    return {"schema": SCHEMA, **about, "initial": dict(trace.initial), "trace": steps(trace)}


def read(document: dict[str, Any]) -> Trace:
    """The trace in a document, without the calls inside its steps."""
    return Trace(document["initial"], tuple(map(read_step, document["trace"])))
