"""The virtual machine: it runs, or it is stopped."""

from __future__ import annotations

from .language import Machine, State, operation


class Vm(Machine):
    """The run state. While the machine is stopped, its virtual CPUs do nothing."""

    running = State(initial=True)
    stopped = State()

    @operation
    def runs(self) -> bool:
        """`runstate_is_running`."""
        return self.state is Vm.running

    @operation(running, to=stopped)
    def pause(self) -> None:
        """`pause_all_vcpus`."""

    @operation(stopped, to=running)
    def resume(self) -> None:
        """`resume_all_vcpus`."""
