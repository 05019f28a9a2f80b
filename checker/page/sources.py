"""The text of rows for a page, with its words coloured."""

from __future__ import annotations

import linecache
from collections.abc import Iterable

from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from ...spec.language.rows import Declaration
from ..compile.source import tree
from ..view.places import place


def sources(rows: Iterable[Declaration]) -> dict[str, str]:
    """The definition of each row as HTML, under `file:line` as a step has it; the lines have their numbers."""
    return {place(row.file, row.line): _html(row) for row in rows}


def _html(row: Declaration) -> str:
    node = tree(row.body)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    lines = linecache.getlines(row.body.__code__.co_filename)[first - 1 : node.end_lineno]
    indent = min(len(line) - len(line.lstrip()) for line in lines if line.strip())
    form = HtmlFormatter(nowrap=True)
    coloured: str = highlight("".join(line[indent:] or "\n" for line in lines), PythonLexer(stripnl=False), form)
    numbered = enumerate(coloured.rstrip("\n").split("\n"), first)
    return "\n".join(f'<span class="number">{number:>4}</span> {line}' for number, line in numbered)
