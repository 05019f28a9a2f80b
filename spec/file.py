"""The file that a name's `file` backend writes to."""

from __future__ import annotations

from .language import Machine, State, observable, operation


class File(Machine):
    """One file of the host. What was in it before is precious until somebody has asked for it to be overwritten."""

    precious = State(initial=True)
    emptied = State()

    @operation(precious, emptied, to=emptied)
    def truncate(self) -> None:
        """`open(2)` with `O_TRUNC`."""

    @observable
    def kept(self) -> bool:
        """Whether its content is there."""
        return self.state is File.precious
