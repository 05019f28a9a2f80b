"""`refuser.c` as a target: QEMU's chardevs and its monitor, and frontends that refuse when they are told to."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path

from hotswap.checker.conform.stimulus import Stimulus
from hotswap.checker.conform.target import Words
from hotswap.checker.targets.monitor import Gone, Hangs, Monitor
from hotswap.checker.targets.over_qmp import LIMIT, OverQmp
from hotswap.checker.targets.place import Place
from hotswap.spec.models import Model

ANSWERS = ("refuses", "refuses after its set-up")
"""What the spec's refuser may say; else it agrees."""
MOST = 1 << 8
"""After so many chunks somebody reads them all."""
REPORT = re.compile(r"^SUMMARY: (AddressSanitizer: .*)$", re.MULTILINE)

WITHOUT = {
    "spicevmc": "this is QEMU without SPICE",
    **{model.name: "here is no other frontend than one that refuses" for model in Model if model is not Model.refuser},
}


class Frontend(Place):
    """A frontend of `refuser.c`."""

    def __init__(self, monitor: Monitor, slot: int, settle: Callable[[], None]) -> None:
        super().__init__(monitor, slot)
        self.settle = settle

    def plug(self, chardev: str) -> None:
        """It is allocated and registers its handlers."""
        self.add("refuser", chardev)

    def unplug(self) -> None:
        """It is freed, at once."""
        self.monitor.execute("device_del", {"id": self.name})

    def write(self) -> None:
        """Until it waits, and does so still when everybody has had his turn. Raises `Hangs`."""
        for _ in range(MOST):
            self.monitor.execute("refuser-write", {"id": self.name})
            if self._waits():
                self.settle()
                if self._waits():
                    return
        raise Hangs(f"{self.name} has written {MOST} chunks, and nobody was to read them")

    def answer(self, circumstances: Collection[str]) -> None:
        """What it is to say to the next swap."""
        said = next((each for each in ANSWERS if each in circumstances), "agrees")
        self.monitor.execute("refuser-answer", {"id": self.name, "answer": said})

    def look(self) -> Iterator[tuple[str, bool]]:
        """It says all of itself."""
        for field, seen in self._status().items():
            yield field.replace("-", "_"), seen

    def _waits(self) -> bool:
        return self._status()["waits"]

    def _status(self) -> Mapping[str, bool]:
        status: Mapping[str, bool] = self.monitor.execute("refuser-status", {"id": self.name})
        return status


class RefusingQemu(OverQmp):
    """A process of `refuser.c`, with the chardevs of a version of QEMU."""

    without = WITHOUT

    def __init__(self, program: Path, version: str, limit: float = LIMIT) -> None:
        super().__init__(limit)
        self.program = program
        self.name = f"QEMU {version} under a frontend that refuses"
        self.keeps_gaps = version == "7.2"
        self.position = 0
        """How much of what was heard was read before the last stimulus."""

    def command(self) -> Sequence[str]:
        """Its words are where its monitor is, and where to write what its frontends hear."""
        return [str(self.program), "qmp", "heard"]

    def listen(self) -> None:
        """Nobody but the monitor."""

    def meet(self) -> None:
        """As before."""

    def place(self, model: str, slot: int) -> Place:
        """There is one model."""
        return Frontend(self._monitor, slot, self.settle)

    def turn(self) -> None:
        """There is no other way than the monitor's: each command is answered by another turn of the main loop."""
        self._monitor.execute("query-version")

    def leave(self) -> None:
        """Nothing was opened."""

    def cannot(self, stimulus: Stimulus, before: Words) -> str:
        """A pty asks once a second whether somebody is there, and what it learns is seen by its frontend only."""
        if stimulus.row == "device_add":
            chardev = before[f"{stimulus.argument('id')}.chardev"]
            if before[f"{chardev}.kind"] == "pty" and before[f"{chardev}.connected"] == "True":
                return "whether a pty that nobody uses knows of its peer is not seen"
        return ""

    # It is told what to say, and what it hears is written down.

    def _change(self, stimulus: Stimulus, before: Words) -> None:
        for slot in sorted(self.plugged):
            place = self.places[slot]
            assert isinstance(place, Frontend)
            place.answer(stimulus.circumstances)
        super()._change(stimulus, before)

    def _reset(self) -> None:
        super()._reset()
        self.position = len(self._heard())

    def _heard(self) -> list[str]:
        return (self.folder / "heard").read_text("ascii").splitlines()

    def hear(self) -> Mapping[str, tuple[str, ...]]:
        """By the names of the devices."""
        said = [line.split() for line in self._heard()[self.position :]]
        return {
            f"Device{slot}": tuple(event for name, event in said if name == place.name)
            for slot, place in self.places.items()
        }

    def _lost(self, error: Gone) -> None:
        """If AddressSanitizer has ended it, in its words."""
        super()._lost(error)
        if report := REPORT.search(self._process.said()):
            self.died = report[1]
