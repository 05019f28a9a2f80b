"""The names of chardevs: children of QEMU's container /chardevs."""

from __future__ import annotations

from ..spec import registry as spec
from .chardev import Chardev
from .control import Control
from .errors import ChardevError


class Id:
    """One name. It has a reference to the chardev of that name."""

    def __init__(self) -> None:
        self.control = Control(spec.Id)
        self.chardev: Chardev | None = None
        self.lost = False
        """A command that was to change its chardev has taken it away, and has put nothing in its place."""
        with self.control.taking("offer"):
            pass


class Registry:
    """The container /chardevs."""

    def __init__(self) -> None:
        self.ids: dict[str, Id] = {}
        """The names that are taken or lost."""

    def id(self, name: str) -> Id:
        """A name, taken or not."""
        if name not in self.ids:
            self.ids[name] = Id()
        return self.ids[name]

    def find(self, name: str) -> Chardev | None:
        """`qemu_chr_find`."""
        return self.ids[name].chardev if name in self.ids else None

    def chardevs(self) -> list[Chardev]:
        """The children, the latest last."""
        return [id.chardev for id in self.ids.values() if id.chardev is not None]

    def add(self, chardev: Chardev) -> None:
        """`object_property_add_child`: the name takes over the reference of whoever created the chardev."""
        id = self.id(chardev.label)
        if id.chardev is not None:
            raise ChardevError(f"attempt to add duplicate property '{chardev.label}' to object (type 'container')")
        with id.control.taking("adopt"):
            id.chardev = chardev
            id.lost = False
            chardev.parent()

    def unparent(self, chardev: Chardev) -> None:
        """`object_unparent`: take the chardev out, which usually finalises it."""
        id = self.id(chardev.label)
        chardev.unparent()
        del self.ids[chardev.label]
        with id.control.taking("disown"):
            id.chardev = None
            chardev.unref()

    def lose(self, name: str) -> None:
        """The name was not to become vacant."""
        id = self.id(name)
        with id.control.taking("lose"):
            id.lost = True
