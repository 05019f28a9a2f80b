"""Yank: a way to break a connection that hangs, registered under the name of its chardev (util/yank.c)."""

from __future__ import annotations

from collections.abc import Callable

from ..spec import yank as spec
from .control import Control
from .errors import Abort, ChardevError

YankFunction = Callable[[], None]


class Instance:
    """What can be yanked under one name."""

    def __init__(self) -> None:
        self.control = Control(spec.Yank)
        self.functions: list[YankFunction] | None = None
        """None: not registered."""


class Yank:
    """The yank instances of all names."""

    def __init__(self) -> None:
        self.instances: dict[str, Instance] = {}

    def of(self, name: str) -> Instance:
        """The instance of a name, registered or not."""
        if name not in self.instances:
            self.instances[name] = Instance()
        return self.instances[name]

    def register_instance(self, name: str) -> None:
        """`yank_register_instance`."""
        instance = self.of(name)
        if instance.functions is not None:
            raise ChardevError("duplicate yank instance")
        with instance.control.taking("register_instance"):
            instance.functions = []

    def unregister_instance(self, name: str) -> None:
        """`yank_unregister_instance`: no function may be left."""
        instance = self.of(name)
        with instance.control.taking("unregister_instance"):
            if instance.functions:
                raise Abort("util/yank.c: yank_unregister_instance: Assertion `QLIST_EMPTY(&entry->yankfns)' failed.")
            instance.functions = None

    def register_function(self, name: str, function: YankFunction) -> None:
        """`yank_register_function`."""
        instance = self.of(name)
        with instance.control.taking("register_function"):
            assert instance.functions is not None
            instance.functions.append(function)

    def unregister_function(self, name: str, function: YankFunction) -> None:
        """`yank_unregister_function`: it aborts if there is none."""
        instance = self.of(name)
        with instance.control.taking("unregister_function"):
            if instance.functions is None or function not in instance.functions:
                raise Abort("util/yank.c: yank_unregister_function: Code should not be reached")
            instance.functions.remove(function)

    def yank(self, name: str) -> None:
        """`qmp_yank`: every connection of the name is shut down."""
        instance = self.of(name)
        if instance.functions is None:
            raise ChardevError("Instance not found")
        with instance.control.taking("yank"):
            for function in list(instance.functions):
                function()
