"""What can go wrong in the layer."""

from __future__ import annotations


class ChardevError(Exception):
    """A command can't be done: the text is QEMU's, for the client."""


class Abort(AssertionError):
    """QEMU would abort here: an assertion of its own is false."""


class IllegalTransition(Exception):
    """The spec has no such step in this control state."""


class UseAfterFree(Exception):
    """An object was used after it was finalised."""


FATAL = (Abort, IllegalTransition, UseAfterFree)
"""After these nothing can be relied upon: the process ends, as QEMU does."""


class Finalised:
    """What an object becomes when it is finalised: whoever still has a pointer to it can do nothing with it."""

    def __getattribute__(self, name: str) -> object:
        raise UseAfterFree(f"{name} of a chardev that was finalised")

    def __setattr__(self, name: str, value: object) -> None:
        raise UseAfterFree(f"{name} of a chardev that was finalised")
