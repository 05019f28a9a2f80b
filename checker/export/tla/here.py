"""What is known at one point of a body."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ....spec.language.types import Field
from . import text


@dataclass(frozen=True)
class Update:
    """A change of a state: where, and to what; `field` is what has to be read anew afterwards."""

    path: str
    value: str
    field: Field | None = None


@dataclass(frozen=True)
class Here:
    """One point of a body. Values are texts that hold good wherever they stand: a state, once named, never changes."""

    state: str
    """The name of the last state that has one."""
    locals: Mapping[str, str] = field(default_factory=dict)
    updates: tuple[Update, ...] = ()
    """What has happened since."""
    some: frozenset[str] = frozenset()
    """Pointers that are not None."""
    sound: frozenset[str] = frozenset()
    """Pointers to dynamic objects that are None, or name one that lives."""

    @property
    def now(self) -> str:
        """The present state."""
        return text.changed(self.state, ((update.path, update.value) for update in self.updates))

    def at(self, state: str) -> Here:
        """In another state, in which the same objects live."""
        return replace(self, state=state, updates=())

    def beyond(self, state: str) -> Here:
        """In another state, before which objects may have died."""
        return replace(self, state=state, updates=(), sound=frozenset())

    def updated(self, *updates: Update) -> Here:
        """After a change of fields."""
        return replace(self, updates=(*self.updates, *updates))

    def has(self, name: str, value: str) -> Here:
        """With the value of a local variable."""
        return replace(self, locals={**self.locals, name: value})

    def knows(self, *, some: str = "", sound: str = "") -> Here:
        """With what is known of a pointer."""
        return replace(
            self,
            some=self.some | ({some} if some else frozenset()),
            sound=self.sound | ({sound} if sound else frozenset()),
        )

    def touched(self, made: Field) -> bool:
        """Whether a field has changed since the state was named."""
        return any(update.field is made for update in self.updates)
