"""A frontend that refuses, which no device of QEMU's does: under it QEMU's own chardevs do what the spec says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conformance import finding
from hotswap.checker.conform.campaign import Asked, campaign
from hotswap.checker.conform.finding import route
from hotswap.checker.conform.reproduce import reproduce
from hotswap.checker.conform.stimulus import read
from hotswap.checker.conform.target import Observation
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.models import Model
from qemu_defects import QEMU_DEFECTS, QemuDefect
from refuser.target import ANSWERS, RefusingQemu
from test_targets import LIMIT, PLUG, UNPLUG, Start, Talk, starts, to

pytestmark = pytest.mark.thorough

BEFORE, AFTER = (f" [{answer}]" for answer in ANSWERS)
BREAK = "Qmp0.chardev_send_break(id=Id0)"
REFUSAL = {"Change.part", "Change.reattach", "Change.reopen", "Change.drop_new"}
"""The rows that only a refusal has."""
SETUPS = (
    *(setup for setup in CHARDEV.scope() if isinstance(setup, Setup) and setup.devices == (Model.refuser,)),
    Setup((Model.refuser,), (Kind.unix, Kind.client)),
    Setup((Model.refuser,), (Kind.null, Kind.reconnect)),
)
DEFECTS = [each for each in QEMU_DEFECTS if each.name.startswith(("refusal-", "refused-"))]
OTHERWISE = "refusal-leaves-its-watch"
"""The one that comes out otherwise: see `test_a_refused_watch`."""


@pytest.fixture(params=["7.2", pytest.param("10.0", marks=pytest.mark.long)])
def version(request: pytest.FixtureRequest) -> str:
    """Of the second one the program takes another minute to build."""
    found: str = request.param
    return found


@pytest.fixture
def make(version: str, refuser: Callable[[str], Path]) -> Callable[[], RefusingQemu]:
    """What makes a process that was not started."""
    program = refuser(version)
    return lambda: RefusingQemu(program, version, LIMIT)


@pytest.fixture
def start(version: str, make: Callable[[], RefusingQemu]) -> Iterator[Start]:
    """Processes that are held to the spec."""
    yield from starts(make, f"qemu-{version}")


def seen_after(talk: Talk, text: str) -> Observation:
    """What is seen after a stimulus of which it is known that the spec says something else."""
    stimulus = read(text)
    talk.target.do(stimulus, talk.held.words)
    return talk.target.observe()


@pytest.mark.parametrize("setup", SETUPS, ids=str)
def test_every_row_of_a_refusal(setup: Setup, version: str, make: Callable[[], RefusingQemu]) -> None:
    """A tour takes every row that can be had, those of a refusal too, and finds nothing that the spec does not say."""
    found = campaign(CHARDEV, CHARDEV.profile(f"qemu-{version}"), (setup,), make, Asked(paths=0), limit=LIMIT)

    assert found.differences == []
    assert found.rows == found.drivable
    assert found.rows >= REFUSAL


def test_at_random(version: str, make: Callable[[], RefusingQemu]) -> None:
    """Random conversations find nothing either, but where there is a mux: see `test_use_after_free`."""
    scope = [setup for setup in SETUPS if Kind.mux not in setup.backends]

    found = campaign(CHARDEV, CHARDEV.profile(f"qemu-{version}"), scope, make, Asked(stimuli=200, seed=1), limit=LIMIT)

    assert found.differences == []


@pytest.mark.parametrize("defect", [each for each in DEFECTS if each.name != OTHERWISE], ids=lambda each: each.name)
def test_what_a_refusal_does_wrong(defect: QemuDefect, version: str, make: Callable[[], RefusingQemu]) -> None:
    """The checker's own trace leads there, and it is seen."""
    profile = CHARDEV.profile(f"qemu-{version}")
    scope, known = finding(defect, profile)

    found = reproduce(route(CHARDEV, profile, scope, known, make().drives), make, LIMIT)

    assert found.difference is None
    assert found.appeared


@pytest.mark.parametrize("answer", [BEFORE, AFTER])
def test_use_after_free(start: Start, answer: str) -> None:
    """A refused mux leaves the old chardev with a pointer to a frontend that is freed when the device goes.

    It is followed as soon as somebody asks for the chardevs.
    """
    talk = start(Model.refuser, Kind.null, Kind.mux, others=(Kind.ringbuf,))
    talk(PLUG, to(Kind.mux, base="Id1") + answer)

    seen = seen_after(talk, UNPLUG)

    assert seen.died.startswith("AddressSanitizer: heap-use-after-free")
    assert seen.died.endswith("in qmp_query_chardev_foreach")


@pytest.mark.parametrize("answer", [BEFORE, AFTER])
def test_no_other_refusal_leaves_such_a_pointer(start: Start, answer: str) -> None:
    """After a refused ringbuf the device goes, and whatever is done with its chardev is well."""
    talk = start(Model.refuser, Kind.null, Kind.ringbuf)

    talk(PLUG, to(Kind.ringbuf) + answer, UNPLUG, BREAK, "Qmp0.chardev_remove(id=Id0)")


@pytest.mark.parametrize("kind", [Kind.file, Kind.client])
def test_a_refused_watch(start: Start, version: str, kind: Kind) -> None:
    """A watch that was moved to a chardev that is refused keeps its channel, and fires, though the peer does not read.

    In 10.0 a socket's finalizer closes the channel: then the watch is on a descriptor that is closed, and never fires.
    The spec has a watch on a chardev that is gone, whose firing is a use after free.
    """
    talk = start(Model.refuser, Kind.unix, kind)
    talk("Chardev0.peer_connects", PLUG, "Chardev0.peer_stalls", "Device0.guest_writes")
    assert talk.held.observation.state["Device0.waits"] == "True"

    seen = seen_after(talk, to(kind) + AFTER)

    assert not seen.died
    assert seen.replies == {"Change0": "Chardev 'id0' change failed"}
    assert seen.state["Device0.waits"] == str(version == "10.0" and kind is Kind.client)
