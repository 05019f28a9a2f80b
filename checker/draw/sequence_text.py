"""A sequence diagram as plain text, for a terminal or a commit message."""

from __future__ import annotations

from collections.abc import Iterator

from .moments import Moment, Notes
from .sequence import Sequence


def text(sequence: Sequence) -> str:
    """A line for each call, below it what has changed when the step is over."""
    width = len(str(len(sequence.moments)))
    lines = [sequence.title, "", *_notes(sequence.start), *([""] if sequence.start else [])]
    for moment in sequence.moments:
        for position, line in enumerate(_lines(moment)):
            lines.append(f"{moment.number if position == 0 else '':>{width}}  {line}")
    end = ["", sequence.end, *_notes(sequence.evidence)] if sequence.end else []
    return "\n".join([*lines, *end, ""])


def _notes(notes: Notes) -> Iterator[str]:
    for owner, lines in notes.items():
        yield f"   {owner}: {', '.join(lines)}"


def _lines(moment: Moment) -> Iterator[str]:
    for message in moment.messages:
        yield f"{message.source} ──▶ {message.target}: {message.text}"
    if moment.failed:
        yield f'   fails with "{moment.failed}"'
    for name in sorted(moment.born):
        yield f"   {name} is new"
    yield from _notes(moment.notes)
    for name in sorted(moment.gone):
        yield f"   {name} is freed"
    for pointer in moment.pointers:
        gone = f"✕ {pointer.target}, which is gone" if pointer.target else "✕ what is gone already"
        yield f"   {pointer.holder}.{pointer.field} ┄┄{gone if pointer.dangles else f'▶ {pointer.target}'}"
    if moment.error:
        yield f"   {moment.error}"
