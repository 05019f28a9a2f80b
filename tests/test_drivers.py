"""Devices are plugged and unplugged as in QEMU, with its answers to whoever asks for what can't be.

Where a test says "measured", QEMU 7.2.22 and 10.0.2 were asked the same, on the command line or by a client.
"""

from __future__ import annotations

from typing import Any

import pytest

from hotswap.checker.refine.memory import MemoryContext, MemoryHost
from hotswap.impl.backends.mux import Mux
from hotswap.impl.backends.null import Null
from hotswap.impl.clients.qmp import commands
from hotswap.impl.devices.drivers import find, plug, serial_ports
from hotswap.impl.devices.uart import Serial
from hotswap.impl.devices.virtio_console import VirtConsole, VirtSerialPort
from hotswap.impl.errors import ChardevError
from hotswap.impl.layer import Backend, Layer
from hotswap.spec import CHARDEV

NOT_HOT = "Bus 'isa.0' does not support hotplugging"


class Machine:
    """A machine with a controller for ports, the chardevs `c1` to `c3`, and a client that hears of events."""

    def __init__(self, profile: str = "repaired", *, controller: bool = True) -> None:
        self.main = MemoryContext()
        self.layer = Layer(CHARDEV.profile(profile), MemoryHost(), self.main, MemoryContext())
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.layer.monitors.append(self)
        for name in ("c1", "c2", "c3"):
            self.layer.registry.add(self.layer.create(Backend(Null), name))
        if controller:
            self.boot("virtio-serial", id="vs")

    def tell(self, name: str, data: dict[str, Any]) -> None:
        """The client hears."""
        self.events.append((name, data))

    def boot(self, driver: str, **properties: object) -> None:
        """`-device`."""
        plug(self.layer, driver, properties)

    def add(self, driver: str, **properties: object) -> str:
        """`device_add`: what the client is told, if it is not done."""
        return _said(lambda: commands.plug(self.layer, {"driver": driver, **properties}))

    def delete(self, name: str) -> str:
        """`device_del`: what the client is told, if it is not done."""
        said = _said(lambda: commands.unplug(self.layer, {"id": name}))
        for source in list(self.main.sources):
            source.dispatch()
        return said

    def is_open(self, name: str) -> bool:
        """`frontend-open`."""
        chardev = self.layer.registry.find(name)
        assert chardev is not None
        return chardev.be is not None and chardev.be.fe_is_open


def _said(do: Any) -> str:
    try:
        do()
    except ChardevError as error:
        return str(error)
    return ""


# -- plugging --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("driver", "kind"), [("pci-serial", Serial), ("virtconsole", VirtConsole), ("virtserialport", VirtSerialPort)]
)
def test_a_device_is_plugged(driver: str, kind: type[object]) -> None:
    """A client plugs what is on a bus that takes devices while the machine runs."""
    machine = Machine()

    assert machine.add(driver, chardev="c1", id="d") == ""

    path = find(machine.layer, "d")
    assert path == "/machine/peripheral/d"
    assert isinstance(machine.layer.plugged[path].device, kind)
    assert machine.is_open("c1") is (kind is not VirtSerialPort)


@pytest.mark.parametrize("stopped", [False, True])
def test_a_serial_port_stays(stopped: bool) -> None:
    """The ISA bus is as it was at the start, and that is said before anything else but the driver (measured)."""
    machine = Machine()
    machine.boot("isa-serial", chardev="c1", id="s")
    if stopped:
        machine.layer.stop()
        machine.events.clear()

    assert machine.delete("s") == NOT_HOT
    assert machine.add("isa-serial", chardev="c2", id="t") == NOT_HOT
    assert machine.add("isa-serial", chardev="nope", id="s", foo=1) == NOT_HOT
    assert machine.add("isa-serial", bus="isa.0") == NOT_HOT
    assert machine.is_open("c1") and not machine.is_open("c2")
    assert not machine.events


@pytest.mark.parametrize("name", [{}, {"chardev": ""}])
@pytest.mark.parametrize("driver", ["isa-serial", "pci-serial", "virtconsole", "virtserialport"])
def test_a_device_without_a_chardev(driver: str, name: dict[str, str]) -> None:
    """A device needs no chardev: what it writes is gone, it does not wait, and it can be unplugged (measured)."""
    machine = Machine()
    machine.boot(driver, id="d", **name)
    device = machine.layer.plugged["/machine/peripheral/d"].device
    assert device is not None

    device.write(b"gone")

    assert not device.waiting and not device.pending
    assert machine.delete("d") == (NOT_HOT if driver == "isa-serial" else "")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"driver": "zz", "bus": "nope", "id": "p"}, "'zz' is not a valid device model name"),
        ({"driver": "", "bus": "nope"}, "'' is not a valid device model name"),
        ({"driver": "virtserialport", "bus": "nope.0", "id": "p"}, "Bus 'nope.0' not found"),
        ({"driver": "virtserialport", "bus": "pci.0"}, "Device 'virtserialport' can't go on PCI bus"),
        ({"driver": "pci-serial", "bus": "isa.0", "id": "p"}, "Device 'pci-serial' can't go on ISA bus"),
        ({"driver": "isa-serial", "bus": "pci.0"}, "Device 'isa-serial' can't go on PCI bus"),
        ({"driver": "pci-serial", "bus": "vs.0"}, "Device 'pci-serial' can't go on virtio-serial-bus bus"),
        ({"driver": "virtserialport", "id": "p", "chardev": "nope", "foo": 1}, "Duplicate device ID 'p'"),
        ({"driver": "virtio-serial-pci", "id": "p"}, "Duplicate device ID 'p'"),
        ({"driver": "pci-serial", "id": "vs"}, "Duplicate device ID 'vs'"),
        ({"driver": "virtconsole", "chardev": "x", "foo": 1}, "Property 'virtconsole.chardev' can't find value 'x'"),
        ({"driver": "virtserialport", "chardev": "x"}, "Property 'virtserialport.chardev' can't find value 'x'"),
        ({"driver": "pci-serial", "chardev": "x"}, "Property 'serial.chardev' can't find value 'x'"),
        ({"driver": "virtserialport", "foo": 1}, "Property 'virtserialport.foo' not found"),
        ({"driver": "virtserialport", "chardev": "c2", "index": 1}, "Property 'virtserialport.index' not found"),
        ({"driver": "pci-serial", "foo": 1}, "Property 'pci-serial.foo' not found"),
        ({"driver": "virtio-serial", "chardev": "c2"}, "Property 'virtio-serial-pci.chardev' not found"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("profile", ["qemu-7.2", "qemu-10.0"])
def test_what_is_wrong(profile: str, given: dict[str, Any], said: str) -> None:
    """Of several things that are wrong, QEMU tells of the same one, in the same words (measured); nothing is done."""
    machine = Machine(profile)
    machine.boot("virtserialport", chardev="c1", id="p")

    assert machine.add(**given) == said
    assert list(machine.layer.plugged) == ["/machine/peripheral/vs", "/machine/peripheral/p"]
    assert not any(machine.is_open(name) for name in ("c1", "c2", "c3"))


@pytest.mark.parametrize(
    ("profile", "why"), [("qemu-7.2", "Device 'c1' is in use"), ("qemu-10.0", "chardev 'c1' is already in use")]
)
def test_a_chardev_in_use(profile: str, why: str) -> None:
    """A chardev has one frontend, which is said before a property that is unknown (measured)."""
    machine = Machine(profile)
    machine.boot("virtconsole", chardev="c1", id="v")

    said = machine.add("virtserialport", chardev="c1", foo=1)

    assert said == f"Property 'virtserialport.chardev' can't take value 'c1': {why}"
    assert machine.add("pci-serial", chardev="c1") == f"Property 'serial.chardev' can't take value 'c1': {why}"
    assert machine.is_open("c1")


@pytest.mark.parametrize(
    ("profile", "why"),
    [
        ("qemu-7.2", "Device 'm' is in use"),
        ("qemu-10.0", "too many uses of multiplexed chardev 'm' (maximum is 4)"),
    ],
)
def test_a_mux_in_use(profile: str, why: str) -> None:
    """A mux has four (measured)."""
    machine = Machine(profile)
    machine.layer.registry.add(machine.layer.create(Backend(Mux, {"bases": ("c1",)}), "m"))

    said = [machine.add("virtconsole", chardev="m") for _ in range(5)]

    assert said == [""] * 4 + [f"Property 'virtconsole.chardev' can't take value 'm': {why}"]


@pytest.mark.parametrize(
    ("profile", "said"),
    [("qemu-7.2", "Property 'virtserialport.chardev' can't find value '5'"),
     ("qemu-10.0", "Invalid parameter type for 'chardev', expected: string")],
)  # fmt: skip
def test_a_chardev_that_is_a_number(profile: str, said: str) -> None:
    """To 7.2.22 it is the text of that number, to 10.0.2 it is of the wrong type (measured)."""
    assert Machine(profile).add("virtserialport", chardev=5) == said


@pytest.mark.parametrize("name", ["1", "a b", "", "#x", "device[0]"])
def test_an_id(name: str) -> None:
    """To 7.2.22 the id of a device is an identifier, which is looked at first; 10.0.2 takes any (measured)."""
    assert Machine("qemu-7.2").add("zz", id=name) == "Parameter 'id' expects an identifier"
    assert Machine("qemu-10.0").add("virtserialport", id=name) == ""


def test_two_of_a_name_on_the_command_line() -> None:
    """On the command line QEMU says it in other words (measured)."""
    machine = Machine()

    with pytest.raises(ChardevError, match=r"^Duplicate ID 'vs' for device$"):
        machine.boot("pci-serial", id="vs")


def test_no_bus() -> None:
    """Ports need a controller, which can be plugged, too (measured)."""
    machine, said = Machine(controller=False), "No 'virtio-serial-bus' bus found for device 'virtserialport'"

    assert machine.add("virtserialport", chardev="nope") == said
    assert machine.add("virtio-serial-device") == "No 'virtio-bus' bus found for device 'virtio-serial-device'"
    assert machine.add("virtio-serial-pci") == ""
    assert machine.add("virtserialport", chardev="c1", bus="virtio-serial-bus.0") == ""


# -- where the guest finds a UART ------------------------------------------------------------------------------------


def test_where_serial_ports_are() -> None:
    """By their index, or one after the other; of two at one place the guest finds the later one (measured)."""
    machine = Machine()
    for name, where in (("c1", {"index": "1"}), ("c2", {}), ("c3", {"iobase": "0x300"})):
        machine.boot("isa-serial", chardev=name, **where)

    found = {port: uart.frontend.chr for port, uart in serial_ports(machine.layer).items()}

    assert {port: chr.label for port, chr in found.items() if chr is not None} == {0x2F8: "c2", 0x300: "c3"}


@pytest.mark.parametrize(
    ("properties", "said"),
    [
        ({"index": "7"}, "Max. supported number of ISA serial ports is 4."),
        ({"index": "7", "chardev": "nope"}, "Property 'serial.chardev' can't find value 'nope'"),
        ({"index": "x", "chardev": "nope"}, "Parameter 'index' expects integer"),
        ({"index": "-1"}, "Parameter 'index' expects uint32_t"),
        ({"iobase": "zz"}, "Parameter 'iobase' expects integer"),
    ],
)
def test_a_place_that_is_none(properties: dict[str, str], said: str) -> None:
    """What can't be a place for a serial port is refused (measured)."""
    with pytest.raises(ChardevError) as caught:
        Machine().boot("isa-serial", **properties)

    assert str(caught.value) == said


def test_as_many_as_there_is_room_for() -> None:
    """A PC has four serial ports (measured); cards can be plugged beyond that."""
    machine = Machine()
    for _ in range(4):
        machine.boot("isa-serial")

    with pytest.raises(ChardevError, match=r"^Max\. supported number of ISA serial ports is 4\.$"):
        machine.boot("isa-serial")
    assert machine.add("pci-serial", id="card") == ""
    assert machine.delete("card") == ""


def test_a_card_that_goes_leaves_its_place() -> None:
    """The next card is where the last one was."""
    machine, places = Machine(), []
    for _ in range(2):
        machine.add("pci-serial", id="card")
        places.append(list(serial_ports(machine.layer)))
        machine.delete("card")

    assert places == [[0x2E8], [0x2E8]]
    assert not serial_ports(machine.layer)


# -- unplugging ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("driver", ["pci-serial", "virtconsole", "virtserialport"])
def test_a_device_is_unplugged(driver: str) -> None:
    """The client hears of it, the chardev can be used again, and the device is not there to be unplugged twice."""
    machine = Machine()
    machine.add(driver, chardev="c1", id="d")

    assert machine.delete("d") == ""
    assert machine.events[-1] == ("DEVICE_DELETED", {"device": "d", "path": "/machine/peripheral/d"})
    assert machine.delete("d") == "Device 'd' not found"
    assert machine.add("virtconsole", chardev="c1", id="d") == ""


def test_the_event_comes_later() -> None:
    """The client hears that its command was done before it hears of the event (measured)."""
    machine = Machine()
    machine.add("virtconsole", id="d")

    commands.unplug(machine.layer, {"id": "d"})

    assert not machine.events


def test_a_device_without_a_name() -> None:
    """It is unplugged by its path, and so is what has a name (measured)."""
    machine = Machine()
    machine.add("virtserialport", chardev="c1")
    machine.add("virtserialport", chardev="c2", id="p")
    anonymous, named = "/machine/peripheral-anon/device[0]", "/machine/peripheral/p"

    assert machine.delete("device[0]") == "Device 'device[0]' not found"
    assert machine.delete(anonymous) == ""
    assert machine.delete(named) == ""
    assert machine.events == [
        ("DEVICE_DELETED", {"path": anonymous}),
        ("DEVICE_DELETED", {"device": "p", "path": named}),
    ]


def test_what_is_not_there() -> None:
    """The class of the error is another, as QEMU's clients know (measured)."""
    with pytest.raises(commands.CommandError) as caught:
        commands.unplug(Machine().layer, {"id": "nope"})

    assert (caught.value.kind, str(caught.value)) == ("DeviceNotFound", "Device 'nope' not found")


def test_a_controller_goes_with_its_ports() -> None:
    """A client hears of each, in the order in which QEMU 7.2.22 says so when the machine is reset after `device_del`.

    A port needs another controller then.
    """
    machine = Machine()
    machine.add("virtserialport", chardev="c1", id="p")
    machine.add("virtserialport", chardev="c3")
    machine.add("pci-serial", chardev="c2", id="card")

    assert machine.delete("vs") == ""
    assert machine.delete("card") == ""

    assert [data for _, data in machine.events] == [
        {"path": "/machine/peripheral-anon/device[0]"},
        {"device": "p", "path": "/machine/peripheral/p"},
        {"path": "/machine/peripheral/vs/virtio-backend"},
        {"device": "vs", "path": "/machine/peripheral/vs"},
        {"path": "/machine/peripheral/card/serial"},
        {"device": "card", "path": "/machine/peripheral/card"},
    ]
    assert machine.add("virtconsole").startswith("No 'virtio-serial-bus' bus")


@pytest.mark.parametrize("driver", ["virtserialport", "virtconsole"])
def test_while_the_machine_is_stopped(driver: str) -> None:
    """Ports are plugged and unplugged then, too (measured)."""
    machine = Machine("qemu-7.2")
    machine.add(driver, chardev="c1", id="before")
    machine.layer.stop()

    assert machine.add(driver, chardev="c2", id="meanwhile") == ""
    assert machine.delete("before") == ""

    machine.layer.cont()

    assert machine.delete("meanwhile") == ""
