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
        self.functions: list[YankFunction] = []


class Yank:
    """The yank instances that are registered, by their names."""

    def __init__(self) -> None:
        self.instances: dict[str, Instance] = {}

    def of(self, name: str) -> Instance:
        """The instance of a name, registered or not."""
        return self.instances.get(name) or Instance()

    def register_instance(self, name: str) -> None:
        """`yank_register_instance`."""
        if name in self.instances:
            raise ChardevError("duplicate yank instance")
        instance = Instance()
        with instance.control.taking("register_instance"):
            self.instances[name] = instance

    def unregister_instance(self, name: str) -> None:
        """`yank_unregister_instance`: no function may be left."""
        instance = self.of(name)
        with instance.control.taking("unregister_instance"):
            if instance.functions:
                raise Abort("util/yank.c: yank_unregister_instance: Assertion `QLIST_EMPTY(&entry->yankfns)' failed.")
            del self.instances[name]

    def register_function(self, name: str, function: YankFunction) -> None:
        """`yank_register_function`."""
        instance = self.of(name)
        with instance.control.taking("register_function"):
            instance.functions.append(function)

    def unregister_function(self, name: str, function: YankFunction) -> None:
        """`yank_unregister_function`: it aborts if there is none."""
        instance = self.of(name)
        with instance.control.taking("unregister_function"):
            if function not in instance.functions:
                raise Abort("util/yank.c: yank_unregister_function: Code should not be reached")
            instance.functions.remove(function)

    def yank(self, name: str) -> None:
        """`qmp_yank`: every connection of the name is shut down."""
        if name not in self.instances:
            raise ChardevError("Instance not found")
        instance = self.of(name)
        with instance.control.taking("yank"):
            for function in list(instance.functions):
                function()
