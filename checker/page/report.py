"""The report of a check as one file for a browser: it asks for nothing else, and any step of a trace has a link."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterable
from html import escape
from string import Template
from typing import Any

from ...spec.language.system import Scope, System
from ...spec.language.variants import Defect, Profile, variant
from ..draw import look
from ..draw.sequence import sequence
from ..draw.sequence_svg import svg
from ..draw.sequence_text import text
from ..explore.check import one_at_a_time
from ..explore.result import Result, Trace, Verdict
from ..view.report import document
from ..view.text import extent, title
from .drawings import drawings
from .parts import static

SIGNS = {"proved": "✓", "violated": "✗", "unknown": "?", "undefined": "-"}


def html(
    result: Result, system: System, profile: Profile, scope: Scope, defect: Defect | None, renderer: str | None
) -> str:
    """The whole page. Without a renderer it has no pictures of the machines, and says so."""
    findings = [found for known in result.properties for found in known.findings]
    with one_at_a_time, variant(profile, defect):
        never = {row for row, count in result.coverage.items() if not count} if result.exhaustive else set()
        beside = drawings(system, scope, renderer, never)
    data = {
        "result": document(result),
        "sequences": {found.id: svg(told, text(told)) for found in findings if (told := sequence(found, system))},
        **beside,
    }
    return Template(static("report.html")).substitute(
        title=escape(title(result)),
        summary=escape(_summary(result)),
        verdicts="\n".join(map(_verdict, result.properties)),
        coverage="\n".join(_row(name, count) for name, count in result.coverage.items()),
        pools="\n".join(_pool(name, used.high, used.size, used.cuts) for name, used in result.pools.items()),
        vacuity="\n".join(f"<li>{escape(found.id)} {escape(found.explanation)}</li>" for found in result.vacuity),
        style=look.variables() + static("page.css"),
        data=_packed(data),
        script=static("trace.js") + static("report.js"),
    )


def _packed(data: dict[str, Any]) -> str:
    """Traces say the same again and again: compressed they are a tenth, and the browser can undo that."""
    said = json.dumps(data, separators=(",", ":")).encode()
    return base64.b64encode(gzip.compress(said, 9, mtime=0)).decode()


def _summary(result: Result) -> str:
    counts = f"{result.states:,} states, {result.transitions:,} transitions, depth {result.depth}"
    words = [known.verdict for known in result.properties]
    verdicts = ", ".join(f"{words.count(word)} {word}" for word in SIGNS if word in words)
    return f"{counts}. {verdicts}." + (f" Stopped at {result.stopped}." if result.stopped else "")


def _verdict(known: Verdict) -> str:
    links = "".join(f"<li>{_link(found.id, found.trace)}</li>" for found in known.findings)
    more = f"<ul>{links}</ul>" if links else escape(known.reason)
    return (
        f'<tr class="{known.verdict}"><th scope="row">{escape(known.name)}</th>'
        f'<td class="word"><span aria-hidden="true">{SIGNS[known.verdict]}</span> {known.verdict.upper()}</td>'
        f"<td>{escape(known.documentation.splitlines()[0] if known.documentation else '')}</td><td>{more}</td></tr>"
    )


def _link(name: str, trace: Trace) -> str:
    where = name.partition("@")[2]
    return f'<a href="#{escape(_quoted(name))}/{trace.length}">{escape(where or name)}, {extent(trace)}</a>'


def _quoted(name: str) -> str:
    """As a part of an address, just as a browser's `encodeURIComponent` has it."""
    from urllib.parse import quote

    return quote(name, safe="!'()*-._~")


def _row(name: str, count: int) -> str:
    return f'<tr{_never(count)}><th scope="row">{escape(name)}</th><td class="count">{count:,}</td></tr>'


def _never(count: int) -> str:
    return "" if count else ' class="never"'


def _pool(name: str, high: int, size: int, cuts: int) -> str:
    cells: Iterable[int] = (high, size, cuts)
    return f'<tr><th scope="row">{escape(name)}</th>{"".join(f"<td class=count>{cell:,}</td>" for cell in cells)}</tr>'
