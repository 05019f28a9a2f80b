"""The record of a run: what was said over QMP, what the guest and the peers did, and what was seen of it, in order.

What only looks is not written down: of what is seen after a stimulus the last counts.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeGuard

from ..conform.stimulus import Stimulus
from ..conform.target import Words

JSON = dict[str, Any]


@dataclass(frozen=True)
class Begun:
    """A stimulus, which leads to what follows."""

    stimulus: Stimulus

    def __str__(self) -> str:
        return f"# {self.stimulus}"


@dataclass(frozen=True)
class Awaited:
    """A timer that the stimulus has started, and that runs out."""

    timer: Stimulus

    def __str__(self) -> str:
        return f"# and then {self.timer}"


@dataclass(frozen=True)
class Sent:
    """A message to the monitor."""

    message: JSON

    def __str__(self) -> str:
        return f"-> {json.dumps(self.message)}"


@dataclass(frozen=True)
class Received:
    """A message from the monitor."""

    message: JSON

    def __str__(self) -> str:
        return f"<- {json.dumps(self.message)}"


@dataclass(frozen=True)
class Did:
    """What somebody outside did: the guest, or a peer."""

    who: str
    """Empty for what needs nobody."""
    what: str
    given: tuple[object, ...] = ()
    made: str = ""
    """Who there is since then."""
    needed_by: str = ""
    """What is said or done later only by those for whom it was done; empty if it was done for itself."""
    value: str = ""
    """How it is called in this run, where in another it is called otherwise: a port, a terminal."""

    def __str__(self) -> str:
        made = f"{self.made} = " if self.made else ""
        who = f"{self.who}." if self.who else ""
        return f"   {made}{who}{self.what}({', '.join(map(str, self.given))})"


@dataclass(frozen=True)
class Seen:
    """What was seen when nothing moved any more."""

    state: Words
    before: Words

    @property
    def changes(self) -> dict[str, str]:
        """What had not been so before."""
        return {name: word for name, word in self.state.items() if self.before.get(name) != word}

    def __str__(self) -> str:
        return "   " + ", ".join(f"{name}: {word}" for name, word in self.changes.items())


Entry = Begun | Awaited | Sent | Received | Did | Seen


class Record:
    """Of one run."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._seen = Seen({}, {})
        self._looks: set[str] = set()
        """The commands that only look, and were not answered yet."""
        self._count = Counter[str]()
        self._ended = False

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All of it, but for what was there for those who have not come."""
        entries = [*self._entries, *([self._seen] if self._seen.changes else [])]
        done = "\n".join(str(each) for each in entries if isinstance(each, Sent | Did) and not _is_spare(each))
        return tuple(each for each in entries if not (_is_spare(each) and each.needed_by not in done))

    def add(self, entry: Entry) -> None:
        """What was seen before that was the last of its stimulus."""
        if self._ended:
            return
        if isinstance(entry, Begun):
            self._entries += [self._seen] if self._seen.changes else []
            self._seen = Seen(self._seen.state, self._seen.state)
        self._entries.append(entry)

    def saw(self, state: Words) -> None:
        """Of this stimulus; what can't be seen now is as it was."""
        self._seen = Seen({**self._seen.before, **state}, self._seen.before)

    def end(self) -> None:
        """What is still said and done is no part of the run."""
        self._ended = True

    def sent(self, message: Mapping[str, object]) -> None:
        """A message to the monitor."""
        if _only_looks(message):
            self._looks.add(str(message["id"]))
        else:
            self.add(Sent(dict(message)))

    def received(self, message: Mapping[str, object]) -> None:
        """A message from the monitor."""
        if message.get("id") in self._looks:
            self._looks.remove(str(message["id"]))
        else:
            self.add(Received(dict(message)))

    def did(self, what: str, *given: object, needed_by: str = "") -> None:
        """Something that needs nobody."""
        self.add(Did("", what, given, needed_by=needed_by))

    def meets(self, kind: str, what: str, *given: object, who: str = "", needed_by: str = "", value: str = "") -> Actor:
        """Somebody new, by a name made of his kind: what brings him, and the rest as in `Did`."""
        name = f"{kind}{self._count[kind]}"
        self._count[kind] += 1
        self.add(Did(who, what, given, name, needed_by, value))
        return Actor(self, name)


@dataclass(frozen=True)
class Actor:
    """Somebody outside, who has a name in a record."""

    record: Record
    name: str

    def did(self, what: str, *given: object) -> None:
        """He did something."""
        self.record.add(Did(self.name, what, given))


def _is_spare(entry: Entry) -> TypeGuard[Did]:
    """Whether it was done for somebody who may come."""
    return isinstance(entry, Did) and bool(entry.needed_by)


def _only_looks(message: Mapping[str, object]) -> bool:
    """Whether a command changes nothing."""
    arguments = message.get("arguments")
    typed = arguments.get("command-line", "") if isinstance(arguments, dict) else ""
    return str(message.get("execute", "")).startswith("query-") or str(typed).startswith("info ")
