"""Whether the spec allows a recorded conversation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from ...spec.language.system import Configuration, System
from ...spec.language.variants import Profile
from . import asked
from .parts import parts
from .possible import Disallowed, Possible, TooMany
from .recording import Begin, Command, End, Moment, Recording, names

Progress = tuple[int, int]
"""How many lines were read, and how many states fit."""


@dataclass
class Validation:
    """What came of holding a recording to the spec."""

    recording: Recording
    profile: str
    configurations: list[Configuration] = field(default_factory=list)
    """Of each part of it."""
    widest: int = 0
    """In how many states it could be, at most."""
    disallowed: Disallowed | None = None
    configuration: Configuration | None = None
    """Of the part that is not allowed."""
    until: tuple[Command, ...] = ()
    """What was asked of that part until there."""
    stopped: str = ""

    @property
    def held(self) -> int:
        """How many commands the spec says something of."""
        return sum(command.name in asked.HELD for command in self.recording.commands)

    @property
    def ignored(self) -> dict[str, int]:
        """The others, and how often each was given."""
        return names(command for command in self.recording.commands if command.name not in asked.HELD)


def validate(
    system: System,
    profile: Profile,
    recording: Recording,
    configuration: Callable[[str], Configuration],
    most: int = 0,
    watch: Callable[[Progress], None] = lambda now: None,
) -> Validation:
    """Hold a recording to a version of the spec, each part of it in the smallest configuration that has it.

    `configuration` reads one, as `--scope` does. Not more than `most` states are looked at, of each part.
    """
    found = Validation(recording, profile.name)
    line = 0
    try:
        possible = []
        for part in parts(recording):
            found.configurations.append(configuration(part.scope))
            possible.append(Possible(system, profile, found.configurations[-1], part, most))
        for moment in recording.moments:
            line = _line(moment)
            for each in possible:
                disallowed = each.hear(moment)
                if disallowed is not None:
                    found.disallowed, found.configuration = disallowed, each.configuration
                    found.until = tuple(_until(recording, each, disallowed))
                    return found
            found.widest = max(found.widest, sum(len(each.nodes) for each in possible))
            watch((line, found.widest))
    except TooMany:
        where = f"{recording.file}:{line}" if line else f"before the first line of {recording.file}"
        found.stopped = (
            f"{where}: it can be in more than {most:,} states; give a greater --max-states, or a shorter file"
        )
    except KeyboardInterrupt:
        found.stopped = "interrupted"
    return found


def _line(moment: Moment) -> int:
    if isinstance(moment, Begin):
        return moment.command.line
    return moment.reply.line if isinstance(moment, End) else moment.line


def _until(recording: Recording, part: Possible, disallowed: Disallowed) -> list[Command]:
    """What was asked of a part, up to what is not allowed."""
    before = [each for each in recording.commands if each.line <= disallowed.line]
    return [each for each in before if part.concerns(each) or each is disallowed.command]
