"""What a body may do besides reading, writing and calling: choose, promise, fail and free."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import world

if TYPE_CHECKING:
    from .machines import Machine


def may(label: str) -> bool:
    """A labelled outcome that nobody in the model decides: both are explored, and traces show the label."""
    return world.current().choose(label)


def ensure(condition: bool, name: str | None = None) -> None:
    """Break the property `name` (in a monitor: its own) if `condition` is false, and go on.

    An `assert` ends the path and hides what comes after it; a property must not.
    """
    if not condition:
        world.current().broken(name)


def fail(message: str) -> None:
    """The command in flight ends with this error: `failed-command-changes-nothing` is asked of it."""
    world.current().failed(message)


def free(instance: Machine | None) -> None:
    """Finalise an object whoever still owns it: the unbalanced `object_unref` of a bug, or of a failed creation."""
    world.current().finalise(instance)
