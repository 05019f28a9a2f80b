"""The layer as a whole: what there is one of in a process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ..spec import vm as spec
from .chardev import Chardev
from .control import Control
from .errors import ChardevError
from .log import Log, LogFile
from .registry import Registry
from .yank import Yank

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..spec.language import Profile
    from .connect import ConnectTask
    from .context import Context
    from .devices.device import Device
    from .devices.drivers import Plugged
    from .host import Host


@dataclass(frozen=True)
class Backend:
    """What a command wants to have created, QAPI's ChardevBackend."""

    type: type[Chardev]
    arguments: Mapping[str, Any] = field(default_factory=dict)
    log: LogFile | None = None


class Emitter(Protocol):
    """Who tells a client of events (`monitor_qapi_event_emit`)."""

    def tell(self, name: str, data: dict[str, Any]) -> None: ...


class Layer:
    """A process with chardevs and devices, which behaves as a profile of the spec does."""

    def __init__(self, profile: Profile, host: Host, main: Context, io: Context) -> None:
        self.profile = profile
        self.switches = frozenset(profile.switches)
        self.host, self.main, self.io = host, main, io
        self.registry = Registry()
        self.yank = Yank()
        self.chardevs: list[Chardev] = []
        """Every chardev that was not finalised, with or without a name."""
        self.devices: list[Device] = []
        """Those that are plugged; they are told when the machine stops."""
        self.plugged: dict[str, Plugged] = {}
        """What was plugged by the name of its driver, by its path."""
        self.monitors: list[Emitter] = []
        """Whose clients are told of events."""
        self.tasks: list[ConnectTask] = []
        self.stdio_in_use = False
        self.quit: Callable[[], None] = lambda: None
        """End the process."""
        self.quits = False
        """It is about to end."""
        self.runs = True
        self.control = Control(spec.Vm)

    def create(self, backend: Backend, label: str, *, handover: bool = False) -> Chardev:
        """`chardev_new`: open the log, then the backend, or drop the half-open object. Raises `ChardevError`."""
        new = backend.type(self, label, **backend.arguments)
        new.handover_yank_instance = handover
        try:
            if backend.log is not None:
                new.log = Log(self, backend.log)
            new.open()
        except ChardevError:
            new.unref()
            raise
        except OSError as error:
            new.unref()
            raise ChardevError(error.strerror or str(error)) from None
        return new

    def stop(self) -> None:
        """`vm_stop`: the virtual CPUs rest, and the virtio devices are told, then the monitors' clients."""
        if self.runs:
            with self.control.taking("pause"):
                self.runs = False
            for device in self.devices:
                device.enable_backend(False)
            self.tell("STOP", {})

    def cont(self) -> None:
        """`vm_start`: the clients are told first."""
        if not self.runs:
            self.tell("RESUME", {})
            with self.control.taking("resume"):
                self.runs = True
            for device in self.devices:
                device.enable_backend(True)

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """`qapi_event_send`: an event, for every QMP client."""
        for monitor in self.monitors:
            monitor.tell(name, data)
