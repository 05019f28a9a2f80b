"""The layer of `impl` in this process, with an operating system in memory: all of it can be moved, and all be seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import partial
from string import ascii_letters

from ...impl.backends.channel import ChannelChardev
from ...impl.backends.pty import Pty
from ...impl.frontend import Event, Frontend
from ...impl.layer import Layer
from ...spec.language import Profile
from ..conform.stimulus import Stimulus
from ..conform.target import Observation, Words
from ..refine.in_memory import InMemory
from ..refine.in_process import BREAKS, InProcess
from ..refine.memory import MemoryContext, MemorySource
from ..refine.outside import NotPossible

WHICH_WAITS = "which command waits is not known before it begins"
NO_REST = "it does not come to rest"
MOST_MOVES = 1000
"""That a layer makes before it comes to rest, if it ever does."""


class Overheard(Frontend):
    """A frontend that passes on what it hears."""

    def __init__(self, layer: Layer, hear: Callable[[Event], None]) -> None:
        super().__init__(layer)
        self.hear = hear

    def event(self, event: Event) -> None:
        """If there is a handler for it."""
        if self.handlers.event is not None:
            self.hear(event)
        super().event(event)


class Impl:
    """See `Target`. One run, as a profile of the spec behaves.

    When a stimulus has been carried out the layer runs until nothing moves any more. Time is the only thing that has to
    be asked to pass: timers, and what a pty learns by asking, are stimuli of their own.
    """

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self.name = f"impl as {profile.name}"
        self.died = ""
        self.breaks: frozenset[str] = frozenset()
        """What its end breaks."""
        self.hangs = ""
        self.heard: list[tuple[str, str]] = []
        """Which device has heard what since what was seen last before the last stimulus."""
        self.seen = 0
        """How much of that was seen."""
        self.said: list[str] = []
        self.at_end = ExitStack()

    def drives(self, stimulus: Stimulus, before: Words) -> str:
        """Nearly everything can be had."""
        return WHICH_WAITS if stimulus.qualname == "Change.wait" else ""

    def lacks(self, initial: Words) -> str:
        """Nothing."""
        return ""

    def start(self, initial: Words) -> None:
        """Make a layer, and overhear its devices."""
        self.outside = InMemory()
        self.driven = InProcess(self.profile, initial, self.outside)
        self.at_end.callback(self.driven.end)
        for slot, device in enumerate(self.driven.devices):
            device.frontend = Overheard(self.driven.layer, partial(self._hears, f"Device{slot}"))

    def do(self, stimulus: Stimulus, before: Words) -> None:
        """Begin the row, then let the layer run. What it does not offer is not done."""
        self.driven.replies.clear()
        del self.heard[: self.seen]
        self.seen = 0
        self._carry_out(stimulus)

    def wait(self, timer: Stimulus, before: Words) -> None:
        """Have it run out."""
        self._carry_out(timer)

    def _carry_out(self, stimulus: Stimulus) -> None:
        if self.died or self.hangs:
            return
        known = len(self.driven.replies)
        self.said.append(f"-> {stimulus}")
        try:
            with self.driven.where(stimulus.circumstances):
                words = [_argument(word) for _, word in stimulus.arguments]
                self.driven.take(stimulus.qualname, stimulus.slot, *words)
                self._run()
        except NotPossible:
            self.said.append("   not possible")
        except tuple(BREAKS) as error:
            self.died, self.breaks = f"{type(error).__name__}: {error}", self.driven.breaks(error)
        replies = list(self.driven.replies.items())[known:]
        self.said += [f"<- {command}: {error or 'done'}" for command, error in replies]
        self.said += [f"<- {end}" for end in (self.died, self.hangs) if end]

    def observe(self) -> Observation:
        """All fields of the spec's state."""
        if self.died:
            return Observation({}, died=self.died, breaks=self.breaks)
        if self.hangs:
            return Observation({}, hangs=self.hangs)
        self.seen = len(self.heard)
        heard = {
            device: tuple(event for who, event in self.heard if who == device)
            for device in (f"Device{slot}" for slot in range(len(self.driven.devices)))
        }
        state = {**self.driven.state(), **dict(self._beside())}
        return Observation(state, dict(self.driven.replies), heard, final=True)

    def _beside(self) -> Iterator[tuple[str, str]]:
        """What is wrong, and no field of the spec."""
        if unheard := self._unheard():
            yield "unheard", unheard
        if self.outside.host.echo == self.driven.layer.stdio_in_use:
            yield "terminal", "not as whoever has it wants it"

    def _unheard(self) -> str:
        """Whose peer would not be heard, though the frontend takes input. Without data the spec says nothing of it."""
        if self.driven.running:
            return ""
        asked = [(source.on, source.call) for source in self.driven.outside.sources() if source.on is not None]
        return ", ".join(
            each.label
            for each in self.driven.layer.chardevs
            if isinstance(each, ChannelChardev) and each.channel is not None and each.room() > 0
            if (each.connected or each.can_come()) and (each.channel, each.readable) not in asked
        )

    def known(self) -> Words:
        """All of it."""
        return {} if self.died else self.driven.state()

    def sees(self, name: str, word: str) -> str:
        """As it is, but for the errors that its version says in other words."""
        return word

    def log(self) -> list[str]:
        """What was done, and what was said to that."""
        return list(self.said)

    def stop(self) -> None:
        """Nothing is left."""
        self.at_end.close()

    def _hears(self, device: str, event: Event) -> None:
        self.heard.append((device, event.name))
        self.said.append(f"<- {device} hears {event.name}")

    # The layer runs by itself.

    def _run(self) -> None:
        """Until it is at rest."""
        for _ in range(MOST_MOVES):
            if not self._moves():
                return
            self.driven.settle()
        self.hangs = NO_REST

    def _moves(self) -> bool:
        """Let one thing happen, if one can: while a command is carried out only the I/O thread runs beside it."""
        if self.driven.running or self.driven.write_all.device is not None:
            goes_on = self._command_goes_on()
        else:
            goes_on = self._dispatches(self.driven.outside.main)
        return goes_on or self._dispatches(self.driven.outside.io)

    def _command_goes_on(self) -> bool:
        for slot, command in self.driven.running.items():
            if command.can_go_on():
                self.driven.go_on(slot)
                return True
        return self.driven.write_all.device is not None and self.driven.write_all.try_again()

    def _dispatches(self, context: MemoryContext) -> bool:
        """Run the first source that is ready; bottom halves are when nothing else is."""
        for source in sorted(context.sources, key=lambda source: source.on is None):
            if not _waits_for_time(source) and self.driven.outside.is_ready(source):
                source.dispatch()
                return True
        return False


def _waits_for_time(source: MemorySource) -> bool:
    """A pty asks from time to time whether somebody is there, and whether he still is."""
    return source.timed or issubclass(type(getattr(source.call, "__self__", None)), Pty)


def _argument(word: str) -> int | str | bool:
    """A slot's number, a constant's name, a bool."""
    if word in ("True", "False"):
        return word == "True"
    return int(word.lstrip(ascii_letters)) if word[0].isupper() else word
