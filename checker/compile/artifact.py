"""What lowering makes of a world: an object file, and what the numbers in it stand for. It is kept from run to run."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from ...spec.language.rows import Declaration
from .coverage import Point
from .ir import Program

Place = tuple[str, str, int]
"""A function, its file, and a line."""


@dataclass(frozen=True)
class Artifact:
    """An object file, the places of its error codes, and the points of its marks.

    Points that `ran` before it was made are not marked by it; they are numbers. That was in a search which `began` with
    certain states, for which this stands.
    """

    sites: tuple[Place, ...]
    points: tuple[Point, ...]
    code: bytes
    ran: tuple[int, ...] = ()
    began: str = ""

    def written(self, program: Program) -> bytes:
        """As bytes: one line of JSON, in which rows are numbers, and the object file."""
        number = {row: position for position, row in enumerate(_rows(program))}
        points = [(point.what, number[point.row], point.line, point.index) for point in self.points]
        return json.dumps([self.sites, points, self.ran, self.began]).encode() + b"\n" + self.code


def read(written: bytes, program: Program) -> Artifact:
    """What `written` made of an artifact of the same program."""
    head, _, code = written.partition(b"\n")
    sites, points, ran, began = json.loads(head)
    rows = _rows(program)
    return Artifact(
        tuple((function, file, line) for function, file, line in sites),
        tuple(Point(what, rows[row], line, index) for what, row, line, index in points),
        code,
        tuple(ran),
        began,
    )


def _rows(program: Program) -> Sequence[Declaration]:
    """All that is lowered, in order."""
    judged = [part for known in program.judged for part in (known.function, known.goal) if part is not None]
    return [*program.functions, *(function.declaration for function in judged)]
