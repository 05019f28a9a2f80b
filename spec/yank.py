"""Yank: a way to break a connection that hangs, registered under the name of its chardev (util/yank.c)."""

from __future__ import annotations

from .char_socket import shut_down
from .chardev import Chardev
from .connect import Connect
from .language import Machine, State, ensure, observable, operation, require, step
from .threads import MONITOR


class Yank(Machine):
    """The yank instance of one name. Its functions are those of the sockets of that name, one a connection."""

    unregistered = State(initial=True)
    registered = State()

    @operation
    def has_entry(self) -> bool:
        """`yank_find_entry`."""
        return self.state is Yank.registered

    @operation
    def has_functions(self) -> bool:
        """Whether some function is registered (`yankfns`)."""
        return any(chardev.yank_function for chardev in Chardev if chardev.label.yank is self)

    @operation(unregistered, to=registered)
    def register_instance(self) -> None:
        """`yank_register_instance`, for a name that has none."""

    @operation(registered, to=unregistered)
    def unregister_instance(self) -> None:
        """`yank_unregister_instance`: no function may be left."""
        assert not self.has_functions()

    @operation(registered)
    def register_function(self, chardev: Chardev) -> None:
        """`yank_register_function`."""
        chardev.yank_function = True

    @operation(registered)
    def unregister_function(self, chardev: Chardev) -> None:
        """`yank_unregister_function`: it aborts if there is none."""
        assert chardev.yank_function
        chardev.yank_function = False

    @operation
    def is_connecting(self, task: Connect) -> bool:
        """Whether a task waits in `connect(2)` for a chardev of that name."""
        return task.state is Connect.connecting and task.chardev.label.yank is self

    @step(registered, thread=MONITOR)
    def yank(self) -> None:
        """`qmp_yank`, out of band: every connection of the name is shut down, whatever the main loop is doing."""
        require(self.has_functions())
        for chardev in Chardev:
            if chardev.label.yank is self and chardev.yank_function:
                shut_down(chardev)
        ensure(not any(self.is_connecting(task) for task in Connect), "done-as-asked")

    @observable
    def listed(self) -> bool:
        """Whether `query-yank` lists the name."""
        return self.state is Yank.registered
