"""The chardev protocol as a system: what it starts from, and how large a world is looked at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from .backend import Kind
from .change import Change
from .chardev import Chardev
from .defects import DEFECTS
from .frontend import Frontend
from .language import Configuration, Machine, System, may
from .models import Model
from .profiles import PROFILES
from .properties import PROPERTIES
from .qmp import Qmp
from .registry import Id


@dataclass(frozen=True)
class Setup(Configuration):
    """A virtual machine: how many names its commands use, its devices, and the backends on offer."""

    frontends: tuple[Model, ...]
    backends: tuple[Kind, ...]
    ids: int = 1

    def pools(self) -> Mapping[type[Machine], int]:
        """Every name can be taken while a command makes one chardev more."""
        return {Id: self.ids, Chardev: self.ids + 1, Frontend: len(self.frontends), Qmp: 1, Change: 1}


def boot(setup: Setup) -> None:
    """QEMU starts with a chardev of any kind under every name, and with no device plugged."""
    for i in range(setup.ids):
        Id[i].offer()
        for kind in setup.backends:
            Id[i].backends.add(kind)
        chardev = Chardev.new(kind=_one_of(setup.backends))
        if chardev.kind.opens:
            chardev.be_event(True)
        Id[i].adopt(chardev)
    for i, model in enumerate(setup.frontends):
        Frontend[i].offer(model)


def _one_of(kinds: tuple[Kind, ...]) -> Kind:
    for kind in kinds[:-1]:
        if may(f"starts as {kind.name}"):
            return kind
    return kinds[-1]


ALL = tuple(Kind)

SMALL = (
    *(Setup((model,), ALL) for model in Model),
    Setup((Model.virtserialport, Model.refuser), ALL),
    Setup((Model.serial, Model.monitor), ALL),
    Setup((Model.virtconsole, Model.pointer_keeper), ALL),
    Setup((Model.virtserialport,), (Kind.null, Kind.file), ids=2),
    Setup((Model.refuser,), (Kind.ringbuf, Kind.file), ids=2),
)
"""Each model with each backend; then two devices that want one chardev, and one device that can take either of two."""

MEDIUM = (
    *SMALL,
    Setup((Model.virtserialport, Model.refuser), ALL, ids=2),
    Setup((Model.serial, Model.virtserialport, Model.monitor), ALL, ids=2),
    Setup((Model.virtconsole, Model.pointer_keeper), ALL, ids=2),
)
"""And several devices among two chardevs."""

LARGE = (*MEDIUM, Setup((Model.virtserialport, Model.monitor), ALL, ids=3))
"""And two devices among three chardevs."""

CHARDEV = System(
    "chardev",
    machines=(Id, Chardev, Frontend, Qmp, Change),
    scopes={"small": SMALL, "medium": MEDIUM, "large": LARGE},
    boot=boot,
    properties=PROPERTIES,
    profiles=PROFILES,
    defects=DEFECTS,
    documentation=__doc__ or "",
)
