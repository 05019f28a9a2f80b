"""A sequence diagram as SVG: a lane for each thread and object, an arrow for each call, and for each pointer one."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import cycle
from textwrap import wrap

from . import look
from .moments import Message, Moment, Notes, Pointer
from .picture import framed
from .sequence import Sequence

MARGIN, HEAD, LINE, GAP, LANE, NOTE = 44, 46, 15, 26, 184, 172
"""Pixels: left of the lanes, above them, between lines, between arrows, between lanes; and how wide a note is."""
WIDE, LONG = 24, 48
"""So many letters are in a line of a note, and in one beside an arrow."""
LETTER = 6.8
"""Pixels: a letter in the widest font that a page may have (DejaVu Sans), on the average."""
FAR = 700
"""Pixels: after so many it says again whose lane is whose."""


def svg(sequence: Sequence, text: str) -> str:
    """The file; `text` is the same in words, for who can't see it."""
    return framed("sequence", sequence.title, text, *_Drawing(sequence).drawn())


class _Drawing:
    """Goes down the page, a moment after the other."""

    def __init__(self, sequence: Sequence) -> None:
        self.sequence = sequence
        self.x = {name: MARGIN + LANE // 2 + LANE * number for number, name in enumerate(sequence.lanes)}
        self.colours = dict(zip(sequence.palette or sequence.threads, cycle(look.THREADS), strict=False))
        self.y = HEAD + GAP
        self.since = {name: HEAD for name in sequence.lanes if name not in sequence.unborn}
        self.lives: list[tuple[str, int, int]] = []
        """Of those that have gone: who, from where, to where. Another can come in his place."""
        self.parts: list[str] = []
        self.width = max([MARGIN + LANE * len(self.x), *map(self._right, self._messages())])
        self.headed = HEAD
        """Where it was said last whose lane is whose."""

    def drawn(self) -> tuple[int, int, str]:
        """How wide and high it is, and what it consists of."""
        self._notes(self.sequence.start, look.FAINT)
        for moment in self.sequence.moments:
            self._moment(moment)
            if self.y - self.headed > FAR and moment is not self.sequence.moments[-1]:
                self._heads_again()
        self._end()
        height = self.y + GAP
        paper = f'<rect width="{self.width}" height="{height}" fill="{look.PAPER}"/>'
        return self.width, height, "\n".join([paper, MARKERS, *self._lanes(), *self.parts, *self._heads()])

    def _messages(self) -> Iterator[Message]:
        return (message for moment in self.sequence.moments for message in moment.messages)

    def _right(self, message: Message) -> int:
        """How far to the right the words of a message are."""
        source, target = self.x[message.source], self.x[message.target]
        start = source + 28 if source == target else min(source, target) + 8
        return start + int(LETTER * max(map(len, _lines(message.text)))) + 8

    def _heads_again(self) -> None:
        self.y += GAP
        self.parts += [self._head(name, self.y) for name in self.x if name in self.since or name in self.colours]
        self.headed = self.y
        self.y += GAP

    def _end(self) -> None:
        """What is broken, and below it what is wrong of whom."""
        if not self.sequence.end:
            return
        self.y += LINE
        for line in wrap(self.sequence.end, int((self.width - MARGIN) / LETTER)):
            self._text(MARGIN, self.y, line, look.WRONG, "start", bold=True)
            self.y += LINE
        self.y += LINE
        if self.sequence.evidence:
            self._notes(self.sequence.evidence, look.WRONG)
            self.parts += [self._head(name, self.y + LINE) for name in self.sequence.evidence]
            self.y += GAP

    def _lanes(self) -> Iterator[str]:
        left = [(name, top, self.y - LINE - GAP // 2) for name, top in self.since.items()]
        for name, top, bottom in [*self.lives, *left]:
            x = self.x[name]
            yield f'<line x1="{x}" y1="{top}" x2="{x}" y2="{bottom}" stroke="{look.FAINT}" stroke-dasharray="3 4"/>'

    def _heads(self) -> Iterator[str]:
        """Of whoever is there at the start, last: a page can keep them in sight, above all else."""
        yield f'<g class="heads"><rect width="{self.width}" height="{HEAD - 4}" fill="{look.PAPER}"/>'
        yield from (self._head(name, HEAD) for name in self.x if name not in self.sequence.unborn)
        yield "</g>"

    def _head(self, name: str, bottom: int, title: str = "") -> str:
        x, colour = self.x[name], self.colours.get(name, look.INK)
        box = "" if name in self.colours else f' stroke="{look.INK}"'
        return (
            f'<rect x="{x - 70}" y="{bottom - 34}" width="140" height="26" rx="5" fill="{look.PAPER}"{box}/>'
            f'<text x="{x}" y="{bottom - 16}" fill="{colour}" text-anchor="middle" {FONT} font-weight="bold" '
            f'font-size="13">{escape(title or name)}</text>'
        )

    def _moment(self, moment: Moment) -> None:
        top, before = self.y - GAP + 4, len(self.parts)
        breaks = self.sequence.breaks and moment is self.sequence.moments[-1]
        self._text(MARGIN - 10, self.y, str(moment.number), look.WRONG if breaks else look.INK, "end", bold=True)
        for name in sorted(moment.born):
            self.since[name] = self.y + GAP
            again = any(name == other for other, _, _ in self.lives)
            self.parts.append(self._head(name, self.y + GAP, f"another {name}" if again else ""))
            self.y += GAP + LINE
        for position, message in enumerate(moment.messages):
            self._message(message, self.colours[moment.messages[0].source] if position == 0 else look.INK)
        if moment.failed:
            x = self.x[moment.messages[0].target] + 6
            self._text(x, self.y, f'fails with "{moment.failed}"', look.WRONG, "start")
            self.y += GAP
        self._notes(moment.notes, look.FAINT)
        for name in sorted(moment.gone & self.since.keys()):
            self.lives.append((name, self.since.pop(name), self.y - 6))
            self._cross(self.x[name], self.y - 6, look.INK)
        self.y += LINE if moment.gone else 0
        for pointer in moment.pointers:
            self._pointer(pointer)
        if moment.error:
            self._text(MARGIN, self.y, moment.error, look.WRONG, "start", bold=True)
            self.y += GAP
        self.y += LINE
        band = (
            f'<rect class="band" x="0" y="{top}" width="{self.width}" height="{self.y - GAP + 4 - top}" fill="none"/>'
        )
        if breaks:
            band += f'<rect x="4" y="{top}" width="4" height="{self.y - GAP - top}" fill="{look.WRONG}"/>'
        self.parts.insert(before, f'<g class="step" data-step="{moment.number}">{band}')
        self.parts.append("</g>")

    def _message(self, message: Message, colour: str) -> None:
        source, target = self.x[message.source], self.x[message.target]
        x, down = (source + 28, 4) if source == target else (min(source, target) + 8, -2)
        first, *more = _lines(message.text)
        self._text(x, self.y + down, first, colour, "start")
        for line in more:
            self.y += LINE
            self._text(x, self.y + down, line, colour, "start")
        if source == target:
            way = f"M{source},{self.y - 5} h22 v10 h-18"
        else:
            way = f"M{source},{self.y + 4} H{target - (4 if target > source else -4)}"
        self.parts.append(f'<path d="{way}" fill="none" stroke="{colour}" marker-end="url(#{_marker(colour)})"/>')
        self.y += GAP

    def _notes(self, notes_of: Notes, border: str) -> None:
        """What there is to say of each, under its lane."""
        most = 0
        for owner, notes in notes_of.items():
            lines = [line for note in notes for line in wrap(note, WIDE, subsequent_indent="  ")]
            x, height = self.x[owner], LINE * len(lines) + 8
            self.parts.append(
                f'<rect x="{x - NOTE // 2}" y="{self.y - 10}" width="{NOTE}" height="{height}" rx="3" '
                f'fill="{look.WAITS}" stroke="{border}"/>'
            )
            for number, line in enumerate(lines):
                self._text(x - NOTE // 2 + 6, self.y + 4 + LINE * number, line, look.INK, "start", halo=False)
            most = max(most, height)
        self.y += most + (LINE if most else 0)

    def _pointer(self, pointer: Pointer) -> None:
        """From who has it to where it points."""
        colour = look.WRONG if pointer.dangles else look.FAINT
        source = self.x[pointer.holder]
        target = self.x[pointer.target] if pointer.target is not None else source + LANE // 2
        end = f"H{target}" if source != target else "h22 v10 h-18"
        tip = "" if pointer.dangles else f' marker-end="url(#{_marker(colour)})"'
        look_of_it = f'fill="none" stroke="{colour}" stroke-width="1.5" stroke-dasharray="2 3"{tip}'
        self.parts.append(f'<path d="M{source},{self.y} {end}" {look_of_it}/>')
        if pointer.dangles:
            self._cross(target, self.y, colour)
        words = f".{pointer.field} dangles" if pointer.dangles else f".{pointer.field}"
        ahead = target >= source
        self._text(source + (8 if ahead else -8), self.y - 4, words, colour, "start" if ahead else "end")
        self.y += GAP - 6

    def _cross(self, x: int, y: int, colour: str) -> None:
        way = f"M{x - 6},{y - 6} l12,12 m0,-12 l-12,12"
        self.parts.append(f'<path d="{way}" fill="none" stroke="{colour}" stroke-width="2"/>')

    def _text(
        self, x: int, y: int, text: str, colour: str, anchor: str, *, bold: bool = False, halo: bool = True
    ) -> None:
        """With paper around each letter, so that lanes do not cross it out."""
        weight = ' font-weight="bold"' if bold else ""
        around = f' stroke="{look.PAPER}" stroke-width="4" paint-order="stroke"' if halo else ""
        self.parts.append(
            f'<text x="{x}" y="{y}" fill="{colour}" text-anchor="{anchor}" {FONT} font-size="11"{weight}{around}>'
            f"{escape(text)}</text>"
        )


FONT = f'font-family="{look.FONTS}"'


def _lines(text: str) -> list[str]:
    """What is beside an arrow, in lines."""
    return wrap(text, LONG, subsequent_indent="  ", break_on_hyphens=False)


def _marker(colour: str) -> str:
    return f"tip{colour.removeprefix('#')}"


MARKERS = "".join(
    f'<marker id="{_marker(colour)}" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" '
    f'orient="auto-start-reverse"><path d="M0,0 L8,4 L0,8 z" fill="{colour}"/></marker>'
    for colour in (look.INK, look.FAINT, look.WRONG, *look.THREADS)
)
