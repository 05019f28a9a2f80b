"""What a frontend hears of a swap, in each of the four cases: computed by taking the steps of the spec."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hotswap.spec.backend import Kind
from hotswap.spec.language.plain import Call
from hotswap.spec.models import Model
from swaps import Way, ways

OPEN, CLOSED = Kind.ringbuf, Kind.null
"""A backend that is open from its creation on, and one that never is."""

REFUSALS = ("", "refuses", "refuses after its set-up")
"""What the frontend may choose."""

HEAD = """\
| old chardev | new chardev | accepted | refused at once | refused after the set-up |
|---|---|---|---|---|
"""


def heard(way: Way) -> tuple[str, ...]:
    """What the device is told, in order: that it is asked, an event, or that its chardev has changed."""
    return tuple(word for edge in way.edges[1:] for word in _words(edge.calls))  # the first plugs the device


def _words(calls: Iterable[Call], inside: str = "") -> Iterator[str]:
    for call in calls:
        word = ""
        if call.operation.qualname == "Device.event":
            word = str(call.arguments[2].name).upper()
        elif call.operation.qualname == "Device.be_change":
            word = "be_change"
        elif call.operation.qualname == "Device.agrees" and inside != "be_change":
            word = "asked"
        yield from [word] if word else []
        yield from _words(call.calls, word or inside)


def table(profile: str) -> str:
    """The four cases, and in each what is heard if the swap succeeds, or is refused."""
    return HEAD + "".join(_line(profile, old, new) for old in (OPEN, CLOSED) for new in (OPEN, CLOSED))


def _line(profile: str, old: Kind, new: Kind) -> str:
    found = ways(profile, Model.refuser, old, new)
    cells = [_cell([way for way in found if "".join(way.choices) == refusal]) for refusal in REFUSALS]
    return f"| {_is(old)} | {_is(new)} | {' | '.join(cells)} |\n"


def _is(kind: Kind) -> str:
    return "open" if kind.opens else "closed"


def _cell(found: Iterable[Way]) -> str:
    return " or ".join(dict.fromkeys(", ".join(heard(way)) for way in found)) or "can't happen"
