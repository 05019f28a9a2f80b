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
        chosen = setup.backends[-1]
        for kind in setup.backends[:-1]:
            Id[i].backends.add(kind)
            if chosen is setup.backends[-1] and may(f"{Id[i]} starts with {kind.name}"):
                chosen = kind
        Id[i].backends.add(setup.backends[-1])
        chardev = Chardev.new(kind=chosen)
        if chosen.opens:
            chardev.be_event(True)
        Id[i].adopt(chardev)
    for i, model in enumerate(setup.frontends):
        Frontend[i].offer(model)


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

MEDIUM = (Setup((Model.serial, Model.refuser), ALL, ids=2),)
LARGE = (Setup((Model.serial, Model.virtserialport, Model.refuser), ALL, ids=2),)

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
