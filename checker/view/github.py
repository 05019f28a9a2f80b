"""Findings as annotations that GitHub shows beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator

from ..explore.result import Finding, Result
from .places import shown
from .steps import with_choices
from .text import extent, title


def commands(result: Result) -> Iterator[str]:
    """One line a finding, at the row or the statement that broke; a warning if the search did not finish."""
    for known in result.properties:
        if known.verdict != "violated":
            continue
        if not known.findings:
            yield _command("error", {"title": known.name}, f"no state meets this: {known.documentation}")
        for found in known.findings:
            yield _command("error", _where(found), _message(found))
    if not result.exhaustive:
        yield _command("warning", {"title": "hotswap"}, f"{title(result)}: stopped, {result.stopped}")


def _where(found: Finding) -> dict[str, str]:
    file = found.file.partition(" with ")[0]  # of an edited method: the file that was edited
    place = {"file": shown(file), "line": str(found.line)} if file else {}
    return {**place, "title": found.id}


def _message(found: Finding) -> str:
    trace = "\n".join(f"{step.step}. {with_choices(step)}" for step in found.trace.steps)
    head = f"{found.message or found.property} after {extent(found.trace)}"
    return f"{head}\n{trace}" if trace else head


def _command(level: str, properties: dict[str, str], message: str) -> str:
    """A workflow command; GitHub asks for these escapes."""
    named = ",".join(f"{name}={_escaped(value, ',:')}" for name, value in properties.items())
    return f"::{level} {named}::{_escaped(message, '')}"


def _escaped(text: str, more: str) -> str:
    for character in "%\r\n" + more:
        text = text.replace(character, f"%{ord(character):02X}")
    return text
