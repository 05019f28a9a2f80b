"""The layer does what the spec says: every step that the spec can take is taken, and the states are compared."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from hotswap.impl.backends.channel import ChannelChardev
from hotswap.impl.backends.socket import Socket
from hotswap.impl.chardev import Chardev
from hotswap.impl.devices.device import Device
from hotswap.impl.devices.uart import Serial
from hotswap.impl.devices.vhost_user import VhostUser
from hotswap.impl.frontend import Frontend
from hotswap.impl.registry import Registry
from hotswap.spec import CHARDEV, Setup
from hotswap.spec.backend import Kind
from hotswap.spec.language import Configuration
from hotswap.spec.models import Model
from refinement import (
    HEAD,
    ON_SYSTEM,
    ON_SYSTEM_HEAD,
    PAGE,
    PROFILES,
    named,
    on_system,
    on_system_page,
    on_system_tours,
    tour,
    transitions,
)

REFINE = Path(__file__).resolve().parent.parent / "checker" / "refine"

PORT = Setup((Model.virtserialport,), (Kind.ringbuf, Kind.unix))
UART = Setup((Model.serial,), (Kind.null, Kind.pty))
PIPE = Setup((Model.serial,), (Kind.null, Kind.pipe))

MANY = {
    "virtserialport+ringbuf+unix",
    "virtserialport+null+spicevmc",
    "refuser+ringbuf+unix",
    "virtconsole+gdbstub+ringbuf+client",
    "refuser+null+mux+ringbuf",
    "virtconsole+null+reconnect",
    "virtconsole+reconnect+tcp",
    "htif+file+stdio+file",
    "virtconsole+null+waiting",
    "sifive+null+unix",
}
"""What has most of the edges; the others have a tenth of them."""
SOME = {
    "serial+mux+pipe",
    "serial+null+pipe",
    "serial+null+pty",
    "colo_compare+unix+client",
    "vhost_user+unix+client",
}
"""Those among the others that take longest."""
SMALL = {named(setup): setup for setup in CHARDEV.scope("small")}


def agree(profile: str, setup: Configuration) -> None:
    """Along every edge the layer does what the spec does, and is in the state that it says."""
    coverage, differences = tour(CHARDEV.profile(profile), setup)

    assert differences == []
    assert coverage.done == coverage.edges


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.thorough] if name in SOME else []) for name in SMALL if name not in MANY],
)
@pytest.mark.parametrize(
    "profile", [pytest.param(name, marks=[] if name == "repaired" else [pytest.mark.thorough]) for name in PROFILES]
)
def test_some_edges(profile: str, name: str) -> None:
    """Every step of the spec can be taken on the layer, in the small configurations of the default scope."""
    agree(profile, SMALL[name])


@pytest.mark.thorough
@pytest.mark.parametrize("name", sorted(MANY))
def test_every_edge_of_repaired(name: str) -> None:
    """And in the others, as `repaired`."""
    agree("repaired", SMALL[name])


@pytest.mark.long
@pytest.mark.parametrize("name", sorted(MANY))
@pytest.mark.parametrize("profile", PROFILES[:2])
def test_every_edge_of_qemu(profile: str, name: str) -> None:
    """And in the others, as QEMU."""
    agree(profile, SMALL[name])


def test_the_page() -> None:
    """The page says that every transition that the checker counts was taken, and that nothing was different."""
    table = PAGE.read_text("utf-8").removeprefix(HEAD).partition(ON_SYSTEM_HEAD)[0]
    lines = [line.strip("| \n").split(" | ") for line in table.splitlines()]

    assert PAGE.read_text("utf-8").startswith(HEAD)
    assert [line[0] for line in lines] == list(PROFILES)
    for profile, edges, done, _, _, differences in lines:
        assert edges == done == f"{transitions()[profile]:,}", "`make long` renews it"
        assert differences == "0"


@pytest.mark.thorough
def test_every_row_with_real_parts() -> None:
    """Every row that happens is taken with real sockets, terminals, pipes and files, if it can be had."""
    tours = on_system_tours()

    assert [difference for found in tours.values() for tour in found for difference in tour.differences] == []
    assert PAGE.read_text("utf-8").endswith(on_system_page(tours)), "`make long` renews it"


@pytest.mark.thorough
@pytest.mark.parametrize("setup", [setup for setup in ON_SYSTEM if Kind.pipe not in setup.backends], ids=named)
def test_every_edge_with_real_parts(setup: Setup) -> None:
    """And every step of `repaired`; of two chardevs on one pair of FIFOs the spec has it that they are apart."""
    found = on_system(CHARDEV.profile("repaired"), setup, rows_only=False)

    assert found.differences == []
    assert found.coverage.done == found.coverage.edges


def _forget_the_read_handler(chardev: Chardev, context: object) -> None:
    """`qemu_chr_be_update_read_handlers` that does nothing."""


def _keep_be(self: Chardev, frontend: Frontend) -> None:
    """`qemu_chr_fe_deinit` that leaves the chardev's pointer."""


def _never_told(self: Socket) -> None:
    """`tcp_chr_disconnect` that tells nobody."""
    self._unregister_function()
    self.channel = None
    self.connected = False
    self.arm()


def _stay_registered(self: Registry, chardev: Chardev) -> None:
    """`object_unparent` that leaves the chardev its name."""


def _keep_the_watch(self: Device) -> None:
    """A change handler that leaves the watch where it is."""


def _leave_the_watch(self: Device) -> None:
    """`g_source_remove` that does not."""
    self.watch = self.watched = None


def _leave_the_sources(self: ChannelChardev) -> None:
    """`remove_fd_in_watch` that does not."""
    self.sources = []


def _leave_the_channel(self: ChannelChardev) -> None:
    """A finalizer that does not close."""
    self.disarm()
    self.channel = None
    self.connected = False


def _leave_the_poll(self: Serial) -> None:
    """`timer_del` that does not."""
    self.poll = None


def _leave_the_bottom_half(self: VhostUser) -> None:
    """`qemu_bh_delete` that does not."""
    self.bottom_half = None


BROKEN: list[tuple[type, str, Callable[..., None], Setup]] = [
    (Chardev, "update_read_handler", _forget_the_read_handler, UART),
    (Chardev, "detach", _keep_be, PORT),
    (Socket, "leave", _never_told, PORT),
    (Registry, "unparent", _stay_registered, PORT),
    (Device, "move_watch", _keep_the_watch, PIPE),
    (Device, "drop_watch", _leave_the_watch, PIPE),
    (ChannelChardev, "disarm", _leave_the_sources, UART),
    (ChannelChardev, "close", _leave_the_channel, PIPE),
    (Serial, "forget_poll", _leave_the_poll, Setup((Model.serial,), (Kind.null, Kind.tty))),
    (VhostUser, "forget", _leave_the_bottom_half, Setup((Model.vhost_user,), (Kind.client,))),
]


@pytest.mark.slow
@pytest.mark.parametrize(("owner", "name", "instead", "setup"), BROKEN, ids=[name for _, name, _, _ in BROKEN])
def test_a_broken_rule_is_seen(
    owner: type, name: str, instead: Callable[..., None], setup: Setup, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A layer that breaks a rule differs from the spec."""
    monkeypatch.setattr(owner, name, instead)
    _, differences = tour(CHARDEV.profile("repaired"), setup, most=1)

    assert differences


def test_a_difference_says_what_is_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    """It has the steps that lead there, and the fields with what they are and what they should be."""
    monkeypatch.setattr(Frontend, "set_open", lambda self, opened: None)
    _, differences = tour(CHARDEV.profile("repaired"), Setup((Model.virtconsole,), (Kind.null,)))
    found = min(differences, key=lambda difference: len(difference.path))

    assert [edge.row.name for edge in found.path] == ["device_add"]
    assert sorted(found.what.split("; ")) == [
        "Chardev0.fe_open is False, not True",
        "Frontend0.fe_is_open is False, not True",
    ]


# -- how the layer is made -------------------------------------------------------------------------------------------


def syntax(path: Path) -> Iterator[ast.AST]:
    """Everything that is written in a file."""
    return ast.walk(ast.parse(path.read_text("utf-8")))


def test_the_abstraction_looks_for_itself() -> None:
    """What is compared with the spec knows neither the spec nor the control states that the layer keeps."""
    for node in syntax(REFINE / "abstraction.py"):
        if isinstance(node, ast.Import):
            assert not any("hotswap" in alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom) and node.level:
            assert (node.module or "").startswith(("impl.", "memory"))
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("control", "taking")
