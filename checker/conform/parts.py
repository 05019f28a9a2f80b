"""A conversation taken apart: the chardevs that have to do with one another, and the configuration that has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from . import asked
from .recording import Begin, Command, End, Recording, RecordingError

UNKNOWN = ("null", "unix", "client", "reconnect")
"""What a chardev may be of which nothing is known: for the commands, the others are as one of these."""
STACKS = ("mux", "hub")
NOBODY = "(not named)"
"""The id of what the file does not name."""


@dataclass(frozen=True)
class Device:
    """What may use a chardev."""

    id: str
    model: str
    before: str = ""
    """Which chardev it may have used before the first line; empty if the file plugs it."""


@dataclass(frozen=True)
class Part:
    """Chardevs that have to do with one another: one is on top of the other, or both may have the terminal."""

    names: tuple[str, ...]
    """In the order of their slots."""
    devices: tuple[Device, ...]
    """In the order of theirs."""
    kinds: tuple[str, ...]
    """The backends that they get."""
    starts: tuple[tuple[str, ...], ...]
    """The backend that each may have before the first line; if none, it does not exist then."""
    plugged: frozenset[str] = frozenset()
    """The devices that the file plugs, here or elsewhere."""

    @property
    def scope(self) -> str:
        """The configuration, as for `--scope`."""
        devices = "+".join(device.model for device in self.devices)
        kinds = "+".join(self.kinds)
        return f"devices={devices},backends={kinds},others=,ids={len(self.names)},changes=1,known=true"


def parts(recording: Recording) -> list[Part]:
    """The parts of a conversation. Raises `RecordingError` if it can't be followed."""
    for command in recording.commands:
        if line := asked.unread(command):
            what = f"`{line}` is done in the words of the monitor for people, which are not read here"
            raise RecordingError(recording.file, command.line, what, "record a conversation that does it over QMP")
        if command.name in asked.CHANGES and not asked.is_of_others(command) and not asked.kind(command):
            what = "the spec knows no backend of that type"
            raise RecordingError(recording.file, command.line, what, "leave out what is done with that chardev")
    found = _Found()
    found.look_for_stacks(recording.commands)
    for moment in recording.moments:
        if isinstance(moment, Begin) and not asked.is_of_others(moment.command):
            found.take(moment.command)
        elif isinstance(moment, End) and moment.command.name == "query-chardev":
            listed = asked.chardevs(moment.reply.message.get("return"))
            found.listed = {name: str(each.get("filename")) for name, each in listed.items()}
    return list(found.parts())


class _Found:
    """What occurs in a file."""

    def __init__(self) -> None:
        self.listed: dict[str, str] | None = None
        """What `query-chardev` has said last."""
        self.kinds: dict[str, set[str]] = {}
        self.starts: dict[str, tuple[str, ...]] = {}
        self.devices: dict[str, dict[Device, None]] = {}
        self.linked: dict[str, set[str]] = {}
        self.stacks: dict[str, tuple[str, ...]] = {}
        """Those that the file does not add, and of which it learns that they are a mux or a hub."""
        self.stops = False

    def look_for_stacks(self, commands: list[Command]) -> None:
        """Whatever they are, the file learns of it late."""
        added = {asked.names(command)[0] for command in commands if command.name == "chardev-add"}
        for command in commands:
            if command.name == "chardev-change" and (kinds := asked.stacks(command)):
                name = asked.names(command)[0]
                self.stacks |= {} if name in added else {name: kinds}

    def take(self, command: Command) -> None:
        """A command."""
        self.stops |= command.name in asked.RUNS
        names = asked.names(command)
        for name in names:
            if name not in self.starts:
                self.starts[name] = self._start(name, command)
                self.kinds[name] = set(self.starts[name])
                self.linked[name] = {name}
        if command.name in asked.CHANGES:
            self.kinds[names[0]] |= {asked.kind(command)}
            if asked.fails_for_the_host(command):
                self.kinds[names[0]] |= {asked.SPARE}
            self._link(names)
        elif command.name in asked.PLUGS and names:
            device = Device(asked.device(command), asked.model(command))
            self.devices.setdefault(names[0], {})[device] = None

    def _start(self, name: str, command: Command) -> tuple[str, ...]:
        """What it may have been before a first command that names it."""
        if self.listed is not None:
            return asked.starts(self.listed[name]) if name in self.listed else ()
        error = (command.reply.error if command.reply is not None else "") or ""
        if command.name == "chardev-add" and asked.names(command)[0] == name and "already exists" not in error:
            return ()
        return self.stacks.get(name, UNKNOWN)

    def _link(self, names: list[str]) -> None:
        for name in names[1:]:
            self._join(names[0], name)

    def _join(self, one: str, other: str) -> None:
        both = self.linked[one] | self.linked[other]
        for name in both:
            self.linked[name] = both

    def parts(self) -> Iterator[Part]:
        """Each once."""
        with_terminal = [name for name, kinds in self.kinds.items() if "stdio" in kinds]
        if with_terminal:
            self._link([*with_terminal, *(name for name, kinds in self.kinds.items() if "file" in kinds)])
        stacks = [name for name, start in self.starts.items() if set(start).intersection(STACKS)]
        if stacks:
            self._link([*stacks, *(name for name, start in self.starts.items() if start)])
        for name, linked in self.linked.items():
            if name == next(each for each in self.linked if each in linked):
                yield self._part([each for each in self.linked if each in linked])

    def _part(self, names: list[str]) -> Part:
        devices = [device for name in names for device in self.devices.get(name, ())]
        starts = [self.starts[name] for name in names]
        kinds = {kind for name in names for kind in self.kinds[name]}
        if any(kinds.intersection(STACKS) for kinds in map(set, starts)):  # on what, nobody has said
            names, starts, kinds = [*names, NOBODY], [*starts, ("null",)], kinds | {"null"}
        if kinds.intersection(asked.LISTENERS):
            kinds |= {"unix", "tcp"}
        models = ["serial", asked.OTHERS, *(["virtserialport"] if self.stops else [])]
        used = [name for name, start in zip(names, starts, strict=True) if start and name != NOBODY]
        unnamed = [Device(NOBODY, model, name) for name in used for model in models]
        if not devices and not unnamed:  # a configuration has one
            unnamed = [Device(NOBODY, asked.OTHERS)]
        plugged = frozenset(device.id for known in self.devices.values() for device in known)
        return Part(tuple(names), (*devices, *unnamed), tuple(sorted(kinds)), tuple(starts), plugged)
